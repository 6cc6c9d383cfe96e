//! The readers of what others made, for the fuzz targets in `fuzz/`: whatever the bytes,
//! none of these panics.

use crate::{public::proofs::ProofsHead, torrent};

/// A torrent of any kind.
///
/// # Panics
/// When what was read is not what is read again once it is written.
pub fn read_torrent(bytes: &[u8]) {
    let Ok(read) = torrent::parse(bytes) else {
        return;
    };
    let again = torrent::parse(&read.to_bytes()).expect("it was written");
    assert_eq!(again.info, read.info);
    assert_eq!(again.files, read.files);
    assert_eq!(again.pieces, read.pieces);
    assert_eq!(again.infohash_v1, read.infohash_v1);
    assert_eq!(again.infohash_v2, read.infohash_v2);
    read.magnet();
    read.bytes();
}

/// The proofs of a tranche whose name is `t`.
pub fn read_proofs(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let line = end.map_or(bytes, |end| &bytes[..=end]);
    let Ok(head) = ProofsHead::parse(line, "t") else {
        return;
    };
    for pack in &head.packs {
        let name = pack.path.as_str().rsplit('/').next();
        head.find(name.unwrap_or_default());
        pack.leaves();
        pack.proves(&[]);
    }
}
