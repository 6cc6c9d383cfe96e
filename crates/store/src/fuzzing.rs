//! The readers of what an archive is made of, for the fuzz targets in `fuzz/`: whatever
//! the bytes, none of these panics. Where a digest would keep every mutation out, it is
//! made to agree with them first.

use {
    crate::{
        bag::{format_manifest, parse_info, parse_manifest},
        config::Config,
        disk::DiskFile,
        facts::{Geometry, observe::Bytes, witness::walk},
        journal,
        kit::{Kit, TRAILER_BYTES, Trailer, read_kit as kit_of},
        leaves::{LeafFile, files_of_head},
        merkle::{leaf_count, root_of},
        pack::{LOCATOR_BYTES, Locator, joined, read_index},
        tar::END_BYTES,
        verify::shard::tail_of,
    },
    longplay_model::Digest,
    std::{
        io::{self, Cursor, ErrorKind},
        path::Path,
    },
};

/// Recovery data of a kit is written out up to this length.
const MOST_DATA: u64 = 1 << 16;

/// A kit, and the end of a recovery pack.
///
/// # Panics
/// When a kit is not read again as it is written, or not found in a recovery pack.
pub fn read_kit(bytes: &[u8]) {
    if let Some((_, end)) = bytes.split_last_chunk::<{ TRAILER_BYTES as usize }>() {
        assert!(Trailer::parse(end).is_none_or(|trailer| trailer.to_bytes() == *end));
    }
    kit_of(&mut Cursor::new(bytes)).ok();
    let Ok(kit) = Kit::parse(bytes) else {
        return;
    };
    assert_eq!(Kit::parse(&kit.to_bytes()).ok().as_ref(), Some(&kit));
    let Some(tail) = tail_of(&kit, 0).filter(|_| kit.data_bytes <= MOST_DATA) else {
        return;
    };
    let mut pack = vec![0; kit.data_bytes as usize];
    pack.extend(tail);
    assert_eq!(pack.len() as u64, kit.pack_bytes);
    let (read, trailer) = kit_of(&mut Cursor::new(pack)).expect("it was written so");
    assert_eq!((read, trailer.j), (kit, 0));
}

/// A leaf file.
///
/// # Panics
/// When leaves are not read again as they are written.
pub fn read_leaves(bytes: &[u8]) {
    let is_read_again = |file: &LeafFile| {
        let read = LeafFile::parse(&file.to_bytes());
        assert_eq!(read.ok().as_ref(), Some(file));
    };
    LeafFile::parse(bytes).iter().for_each(is_read_again);
    with_roots(bytes).iter().for_each(is_read_again);
}

/// The leaf file that these bytes are when the roots in its first line are those of its
/// leaves.
fn with_roots(bytes: &[u8]) -> Option<LeafFile> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, body) = bytes.split_at(end + 1);
    let mut files = files_of_head(line).ok()?;
    let (mut left, _) = body.as_chunks::<32>();
    let mut hashes = Vec::new();
    for file in &mut files {
        let count = usize::try_from(leaf_count(file.bytes)).ok()?;
        let (mine, others) = left.split_at_checked(count)?;
        left = others;
        let mine: Vec<Digest> = mine.iter().copied().map(Digest::from_bytes).collect();
        file.root = root_of(&mine);
        hashes.push(mine);
    }
    Some(LeafFile {
        tranche: "0001-audio-open".into(),
        stripe: 0,
        files,
        hashes,
    })
}

/// A manifest, and a `bag-info.txt`.
///
/// # Panics
/// When a manifest of plain paths is not read again as it is written.
pub fn read_bag(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    parse_info(&text);
    Geometry::of_info(&text);
    let Ok(manifest) = parse_manifest(&text) else {
        return;
    };
    // What else stands before a path is a mark of other writers.
    let is_plain = |path: &String| path.starts_with(|first: char| first.is_ascii_alphanumeric());
    if manifest.keys().all(is_plain) {
        let again = parse_manifest(&format_manifest(&manifest));
        assert_eq!(again.ok(), Some(manifest));
    }
}

/// A pack, with the locator that its index asks for.
///
/// # Panics
/// When a pack that is as its index says has a blob with another digest.
pub fn read_pack(bytes: &[u8]) {
    joined(&mut &*bytes);
    let pack = with_locator(bytes).unwrap_or_else(|| bytes.to_vec());
    let Ok(index) = read_index(&mut Cursor::new(&pack)) else {
        return;
    };
    let memory = Bytes::of(Box::new(Memory(pack.clone()))).expect("memory has a length");
    if walk(&index, memory, &index.head.pack).is_some() {
        for record in &index.records {
            let end = record.offset + record.length;
            let blob = &pack[record.offset as usize..end as usize];
            assert_eq!(Digest::of(blob), record.sha256);
        }
    }
}

fn with_locator(bytes: &[u8]) -> Option<Vec<u8>> {
    let head = br#"{"longplay":"pack-index""#;
    let end = bytes
        .len()
        .checked_sub((LOCATOR_BYTES + END_BYTES) as usize)?;
    let start = bytes[..end].windows(head.len()).position(|it| it == head)?;
    let locator = Locator::line(start as u64, &bytes[start..end]);
    let mut pack = bytes.to_vec();
    pack[end..end + LOCATOR_BYTES as usize].copy_from_slice(&locator);
    Some(pack)
}

/// What follows the check in a line of the journal.
///
/// # Panics
/// When an entry is not read again as it is written.
pub fn read_journal(bytes: &[u8]) {
    journal::read_body(bytes);
}

/// The text of `longplay.toml`.
///
/// # Panics
/// When settings are not read again as they are written.
pub fn read_settings(bytes: &[u8]) {
    let path = Path::new("longplay.toml");
    let text = String::from_utf8_lossy(bytes);
    if let Ok(config) = Config::parse(&text, path) {
        let written = config.to_toml().expect("they were read");
        assert_eq!(Config::parse(&written, path).ok(), Some(config));
    }
}

/// A file that nobody writes to.
#[derive(Debug)]
struct Memory(Vec<u8>);

impl DiskFile for Memory {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = self
            .0
            .len()
            .min(usize::try_from(offset).unwrap_or(usize::MAX));
        let there = &self.0[start..];
        let length = there.len().min(buffer.len());
        buffer[..length].copy_from_slice(&there[..length]);
        Ok(length)
    }

    fn write_at(&self, _: &[u8], _: u64) -> io::Result<usize> {
        Err(ErrorKind::ReadOnlyFilesystem.into())
    }

    fn bytes(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn set_bytes(&self, _: u64) -> io::Result<()> {
        Err(ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
