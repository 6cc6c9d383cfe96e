//! `files`, `length` and `pieces`: the files as v1 tells them (BEP 3, 47).

use {
    super::{
        metainfo::{EntryKind, FileEntry},
        names::{component, shown},
        refusal::TorrentError,
    },
    crate::bencode::Node,
};

/// What v1 says: the files in the order of their bytes, pads included.
pub struct FileList {
    pub files: Vec<FileEntry>,
    pub is_single_file: bool,
    pub pieces: Vec<[u8; 20]>,
}

pub fn read_list(info: &Node, name: &str, piece_length: u64) -> Result<FileList, TorrentError> {
    let (files, is_single_file) = match (info.get("length"), info.get("files")) {
        (Some(_), Some(_)) => return Err(TorrentError::TwoShapes),
        (None, None) => return Err(TorrentError::NoFiles),
        (Some(_), None) => (vec![entry(info, vec![name.to_owned()])?], true),
        (None, Some(list)) => (entries(list)?, false),
    };
    let pieces = pieces(info)?;
    check_count(&files, pieces.len() as u64, piece_length)?;
    Ok(FileList {
        files,
        is_single_file,
        pieces,
    })
}

fn entries(list: &Node) -> Result<Vec<FileEntry>, TorrentError> {
    let list = list.list().ok_or(TorrentError::Malformed("files"))?;
    list.iter().map(|node| entry(node, path(node)?)).collect()
}

/// A pad may go without a path (BEP 47).
fn path(node: &Node) -> Result<Vec<String>, TorrentError> {
    let Some(path) = node.get("path") else {
        return match kind(node) {
            Some(EntryKind::Pad) => Ok(vec![".pad".into(), pad_name(node)]),
            _ => Err(TorrentError::Missing("path")),
        };
    };
    let parts = path
        .list()
        .filter(|parts| !parts.is_empty())
        .ok_or(TorrentError::Malformed("path"))?;
    let part = |node: &Node| {
        let bytes = node.bytes().ok_or(TorrentError::Malformed("path"))?;
        component(bytes)
    };
    parts.iter().map(part).collect()
}

fn pad_name(node: &Node) -> String {
    let length = node.get("length").and_then(Node::integer);
    length.unwrap_or_default().to_string()
}

fn kind(node: &Node) -> Option<EntryKind> {
    match node.get("attr").map(Node::bytes) {
        None => Some(EntryKind::File),
        Some(Some(attr)) if attr.contains(&b'p') => Some(EntryKind::Pad),
        Some(Some(attr)) if attr.contains(&b'l') => Some(EntryKind::Link),
        Some(Some(_)) => Some(EntryKind::File),
        Some(None) => None,
    }
}

fn entry(node: &Node, path: Vec<String>) -> Result<FileEntry, TorrentError> {
    let refused = |field| TorrentError::File {
        path: shown(&path),
        field,
    };
    let kind = kind(node).ok_or_else(|| refused("attr"))?;
    let bytes = match (node.get("length").map(Node::integer), kind) {
        (_, EntryKind::Link) => 0,
        (Some(Some(length)), _) => u64::try_from(length).map_err(|_| refused("length"))?,
        _ => return Err(refused("length")),
    };
    Ok(FileEntry {
        path,
        bytes,
        kind,
        root: None,
        layer: Vec::new(),
    })
}

fn pieces(info: &Node) -> Result<Vec<[u8; 20]>, TorrentError> {
    let text = info
        .get("pieces")
        .ok_or(TorrentError::Missing("pieces"))?
        .bytes()
        .ok_or(TorrentError::Malformed("pieces"))?;
    let (pieces, rest) = text.as_chunks::<20>();
    match rest.is_empty() {
        true => Ok(pieces.to_vec()),
        false => Err(TorrentError::Malformed("pieces")),
    }
}

fn check_count(files: &[FileEntry], found: u64, piece_length: u64) -> Result<(), TorrentError> {
    let sum = files
        .iter()
        .try_fold(0u64, |sum, file| sum.checked_add(file.bytes));
    let bytes = sum.ok_or(TorrentError::Malformed("length"))?;
    if bytes == 0 {
        return Err(TorrentError::NoFiles);
    }
    let expected = bytes.div_ceil(piece_length);
    match found == expected {
        true => Ok(()),
        false => Err(TorrentError::PieceCount {
            bytes,
            expected,
            found,
        }),
    }
}
