//! Do the files on disk equal what a torrent says of them?

use {
    super::{
        hash::{Hashed, HashedFile, Promise, Wanted, hash_files},
        metainfo::{FileEntry, Metainfo},
        names::shown,
    },
    longplay_model::Monitor,
    std::path::Path,
};

/// What a check of the files against a torrent says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every file is there, and every piece has the hashes of the torrent,
    /// in v1, in v2, or in both where both are told.
    Whole,
    /// These files are missing or differ.
    Differs(Vec<String>),
    /// The user asked to stop.
    Interrupted,
}

/// Reads all files of the torrent below `folder` (the torrent's own folder, or
/// the folder that holds its single file). v1 pieces are checked where every
/// file begins at a piece, as in every torrent that longplay makes.
pub fn check(metainfo: &Metainfo, folder: &Path, threads: usize, monitor: &dyn Monitor) -> Verdict {
    let content: Vec<&FileEntry> = metainfo.content().collect();
    let wanted: Vec<Wanted> = content.iter().map(|file| wanted(file)).collect();
    match hash_files(folder, &wanted, metainfo.piece_length, threads, monitor) {
        Hashed::Interrupted => Verdict::Interrupted,
        Hashed::Broken(broken) => {
            let mut paths: Vec<_> = broken.iter().map(|broken| shown(&broken.path)).collect();
            paths.dedup();
            Verdict::Differs(paths)
        }
        Hashed::Whole(files) => compare(metainfo, &content, &files),
    }
}

fn wanted(file: &FileEntry) -> Wanted {
    Wanted {
        path: file.path.clone(),
        bytes: file.bytes,
        promise: Promise::None,
    }
}

fn compare(metainfo: &Metainfo, content: &[&FileEntry], files: &[HashedFile]) -> Verdict {
    let mut pieces = metainfo.pieces.as_slice();
    let is_v1 = metainfo.infohash_v1.is_some();
    let is_v2 = metainfo.infohash_v2.is_some();
    let mut differing = Vec::new();
    for (file, hashed) in content.iter().zip(files) {
        let (mine, rest) = pieces.split_at(hashed.pieces.len().min(pieces.len()));
        pieces = rest;
        let v1 = !is_v1 || equal_pieces(mine, hashed);
        let v2 = !is_v2 || (file.root, &file.layer) == (hashed.root, &hashed.layer);
        if !(v1 && v2) {
            differing.push(shown(&file.path));
        }
    }
    match differing.is_empty() {
        true => Verdict::Whole,
        false => Verdict::Differs(differing),
    }
}

/// The last piece may be completed with zeros or stand as it is.
fn equal_pieces(told: &[[u8; 20]], hashed: &HashedFile) -> bool {
    let Some((last, rest)) = hashed.pieces.split_last() else {
        return told.is_empty();
    };
    told.len() == hashed.pieces.len()
        && told[..rest.len()] == *rest
        && (told[rest.len()] == *last || Some(told[rest.len()]) == hashed.short_piece)
}
