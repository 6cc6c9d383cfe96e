//! The torrent of a bag: made by one read of all its bytes, or taken over from
//! an earlier release of the same bag.

use {
    crate::{
        bag::Bag,
        error::Error,
        torrent::{Around, Hashed, InfohashV1, Metainfo, create, hash_files, parse},
    },
    longplay_model::{Digest, Finding, Monitor, Unit},
    std::{fs, path::Path},
};

/// The infohashes of a torrent, as an earlier release noted them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    pub v1: InfohashV1,
    pub v2: Digest,
}

/// The torrent of `bag`, or what is wrong with its files.
pub enum Made {
    Torrent(Box<Metainfo>),
    Damaged(Vec<Finding>),
}

/// Reads every file of the bag once, on `threads` threads, and compares it
/// with its sealing on the way.
pub fn make(
    bag: &Bag,
    around: &Around,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Made, Error> {
    let wanted = match bag.wanted() {
        Ok(wanted) => wanted,
        Err(finding) => return Ok(Made::Damaged(vec![finding])),
    };
    monitor.begin(
        &format!("hashing {}", bag.name),
        Some(bag.bytes()),
        Unit::Bytes,
    );
    let files = match hash_files(&bag.dir, &wanted, bag.piece_length, threads, monitor) {
        Hashed::Whole(files) => files,
        Hashed::Interrupted => return Err(Error::Interrupted),
        Hashed::Broken(broken) => {
            let tell = |file: crate::torrent::Broken| bag.damage(&file.path.join("/"), file.seen);
            return Ok(Made::Damaged(broken.into_iter().map(tell).collect()));
        }
    };
    create(&bag.name, bag.piece_length, files, around)
        .map(|metainfo| Made::Torrent(Box::new(metainfo)))
        .map_err(|source| Error::MakeTorrent {
            name: bag.name.clone(),
            source,
        })
}

/// The torrent at `path` with new surroundings, when it is the noted one and
/// tells the files of `bag`.
pub fn take_over(
    path: &Path,
    noted: Option<Noted>,
    bag: &Bag,
    around: &Around,
) -> Option<Metainfo> {
    let noted = noted?;
    let mut metainfo = parse(&fs::read(path).ok()?).ok()?;
    let is_noted = metainfo.infohash_v1 == Some(noted.v1) && metainfo.infohash_v2 == Some(noted.v2);
    let is_ours = metainfo.name == bag.name && metainfo.piece_length == bag.piece_length;
    let content = metainfo
        .content()
        .map(|file| (file.path.join("/"), file.bytes));
    let told: std::collections::BTreeMap<_, _> = content.collect();
    metainfo.around = around.clone();
    (is_noted && is_ours && told == bag.lengths).then_some(metainfo)
}
