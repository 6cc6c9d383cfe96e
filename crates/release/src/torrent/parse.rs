use {
    super::{
        infohash::{InfohashV1, infohash_v2},
        layer::LEAF_BYTES,
        list::{FileList, read_list},
        metainfo::{Around, EntryKind, FileEntry, Metainfo},
        names::{component, shown},
        refusal::TorrentError,
        tree::read_tree,
    },
    crate::bencode::{self, Limits, Node},
    longplay_model::Timestamp,
    std::collections::BTreeSet,
};

/// As libtorrent counts.
const MAX_PIECES: u64 = 2_097_152;

/// Reads the text of a `.torrent` file, ours or foreign: v1, v2 or hybrid.
///
/// What is accepted is consistent in itself: names can be kept as they stand,
/// counts match lengths, layers lead to their roots (BEP 52), and v1 and v2 of
/// a hybrid tell the same files in the same places. Never panics.
pub fn parse(bytes: &[u8]) -> Result<Metainfo, TorrentError> {
    let root = bencode::read(bytes, &Limits::default()).map_err(TorrentError::ReadBencode)?;
    let info = root.get("info").ok_or(TorrentError::Missing("info"))?;
    info.entries().ok_or(TorrentError::Malformed("info"))?;
    let is_v2 = is_v2(info)?;
    let is_v1 = info.get("pieces").is_some() || !is_v2;
    let name = name(info)?;
    let piece_length = piece_length(info, is_v2)?;
    let list = is_v1
        .then(|| read_list(info, &name, piece_length))
        .transpose()?;
    let tree = is_v2
        .then(|| read_tree(info, root.get("piece layers"), piece_length))
        .transpose()?;
    let (files, is_single_file, pieces) = combine(list, tree, &name, piece_length)?;
    check_pieces(&files, piece_length)?;
    check_names(&files)?;
    Ok(Metainfo {
        infohash_v1: is_v1.then(|| InfohashV1::of(info.raw)),
        infohash_v2: is_v2.then(|| infohash_v2(info.raw)),
        is_private: info.get("private").and_then(Node::integer) == Some(1),
        around: around(&root),
        info: info.raw.to_vec(),
        name,
        piece_length,
        files,
        is_single_file,
        pieces,
    })
}

/// The version is looked at before all else, as BEP 52 asks.
fn is_v2(info: &Node) -> Result<bool, TorrentError> {
    let Some(version) = info.get("meta version") else {
        return Ok(false);
    };
    match version.integer() {
        Some(2) => Ok(true),
        Some(version) if version > 2 => Err(TorrentError::NewerVersion(version)),
        _ => Err(TorrentError::Malformed("meta version")),
    }
}

fn name(info: &Node) -> Result<String, TorrentError> {
    let name = info.get("name").ok_or(TorrentError::Missing("name"))?;
    component(name.bytes().ok_or(TorrentError::Malformed("name"))?)
}

fn piece_length(info: &Node, is_v2: bool) -> Result<u64, TorrentError> {
    let length = info
        .get("piece length")
        .ok_or(TorrentError::Missing("piece length"))?
        .integer()
        .ok_or(TorrentError::Malformed("piece length"))?;
    let bytes = u64::try_from(length).unwrap_or(0);
    let fits_v2 = bytes.is_power_of_two() && bytes >= LEAF_BYTES;
    match bytes > 0 && i32::try_from(length).is_ok() && (fits_v2 || !is_v2) {
        true => Ok(bytes),
        false => Err(TorrentError::PieceLength(length)),
    }
}

type Files = (Vec<FileEntry>, bool, Vec<[u8; 20]>);

fn combine(
    list: Option<FileList>,
    tree: Option<Vec<FileEntry>>,
    name: &str,
    piece_length: u64,
) -> Result<Files, TorrentError> {
    match (list, tree) {
        (Some(list), None) => Ok((list.files, list.is_single_file, list.pieces)),
        (Some(list), Some(tree)) => {
            let files = join(list.files, tree, piece_length)?;
            Ok((files, list.is_single_file, list.pieces))
        }
        (None, Some(tree)) => {
            let lone = tree.len() == 1 && tree[0].path == [name];
            Ok((tree, lone, Vec::new()))
        }
        (None, None) => Err(TorrentError::NoFiles),
    }
}

/// Lays the tree over the list: same files, same order, each at a piece.
fn join(
    list: Vec<FileEntry>,
    tree: Vec<FileEntry>,
    piece_length: u64,
) -> Result<Vec<FileEntry>, TorrentError> {
    let mut tree = tree.into_iter();
    let (mut offset, mut expected) = (0u64, 0u64);
    let mut files = Vec::with_capacity(list.len());
    for file in list {
        let start = offset;
        offset += file.bytes;
        if file.kind == EntryKind::Pad {
            files.push(file);
            continue;
        }
        let differs = || TorrentError::Inconsistent(shown(&file.path));
        let twin = tree.next().ok_or_else(differs)?;
        let placed = start == expected || file.bytes == 0;
        let same = (&twin.path, twin.bytes, twin.kind) == (&file.path, file.bytes, file.kind);
        if !(same && placed) {
            return Err(differs());
        }
        expected += file.bytes.next_multiple_of(piece_length);
        files.push(twin);
    }
    match tree.next() {
        None => Ok(files),
        Some(file) => Err(TorrentError::Inconsistent(shown(&file.path))),
    }
}

fn check_pieces(files: &[FileEntry], piece_length: u64) -> Result<(), TorrentError> {
    let count = files.iter().try_fold(0u64, |sum, file| {
        sum.checked_add(file.bytes.div_ceil(piece_length))
    });
    match count {
        Some(count) if count <= MAX_PIECES + files.len() as u64 => Ok(()),
        _ => Err(TorrentError::TooManyPieces(MAX_PIECES)),
    }
}

fn check_names(files: &[FileEntry]) -> Result<(), TorrentError> {
    let mut seen = BTreeSet::new();
    match files
        .iter()
        .filter(|file| file.kind != EntryKind::Pad)
        .find(|file| !seen.insert(&file.path))
    {
        None => Ok(()),
        Some(file) => Err(TorrentError::Duplicate(shown(&file.path))),
    }
}

/// What is malformed out here is left out: it is advice, not content.
fn around(root: &Node) -> Around {
    let text = |key| root.get(key).and_then(text);
    Around {
        trackers: trackers(root),
        web_seeds: root.get("url-list").map(texts).unwrap_or_default(),
        creation_date: root
            .get("creation date")
            .and_then(Node::integer)
            .map(Timestamp::from_unix_seconds),
        created_by: text("created by"),
        comment: text("comment"),
    }
}

fn trackers(root: &Node) -> Vec<String> {
    let tiers = root.get("announce-list").and_then(Node::list);
    let listed: Vec<String> = tiers.unwrap_or_default().iter().flat_map(texts).collect();
    match listed.is_empty() {
        true => root.get("announce").and_then(text).into_iter().collect(),
        false => listed,
    }
}

fn text(node: &Node) -> Option<String> {
    let text = str::from_utf8(node.bytes()?).ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// One text, or all texts of a list.
fn texts(node: &Node) -> Vec<String> {
    match node.list() {
        Some(items) => items.iter().filter_map(text).collect(),
        None => text(node).into_iter().collect(),
    }
}
