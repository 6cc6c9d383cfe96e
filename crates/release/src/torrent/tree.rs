//! `file tree` and `piece layers`: the files as v2 tells them (BEP 52).

use {
    super::{
        layer::root_of_layer,
        metainfo::{EntryKind, FileEntry},
        names::{component, shown},
        refusal::TorrentError,
    },
    crate::bencode::Node,
    longplay_model::Digest,
};

/// The files in the order of the tree, with their layers where there are some.
pub fn read_tree(
    info: &Node,
    layers: Option<&Node>,
    piece_length: u64,
) -> Result<Vec<FileEntry>, TorrentError> {
    let tree = info
        .get("file tree")
        .ok_or(TorrentError::Missing("file tree"))?;
    let mut files = Vec::new();
    walk(tree, &mut Vec::new(), &mut files)?;
    for file in &mut files {
        file.layer = layer_of(file, layers, piece_length)?;
    }
    check_strays(layers, &files)?;
    Ok(files)
}

fn walk(
    node: &Node,
    path: &mut Vec<String>,
    files: &mut Vec<FileEntry>,
) -> Result<(), TorrentError> {
    let entries = node
        .entries()
        .filter(|entries| !entries.is_empty())
        .ok_or(TorrentError::Malformed("file tree"))?;
    for (name, child) in entries {
        if name.is_empty() {
            if entries.len() > 1 || path.is_empty() {
                return Err(TorrentError::Malformed("file tree"));
            }
            files.push(file(child, path)?);
            continue;
        }
        path.push(component(name)?);
        walk(child, path, files)?;
        path.pop();
    }
    Ok(())
}

fn file(node: &Node, path: &[String]) -> Result<FileEntry, TorrentError> {
    let refused = |field| TorrentError::File {
        path: shown(path),
        field,
    };
    let kind = kind(node).ok_or_else(|| refused("attr"))?;
    let length = node.get("length").map(Node::integer);
    let bytes = match (length, kind) {
        (None, EntryKind::Link) => 0,
        (Some(Some(length)), _) => u64::try_from(length).map_err(|_| refused("length"))?,
        _ => return Err(refused("length")),
    };
    let root = root(node).ok_or_else(|| refused("pieces root"))?;
    if root.is_some() != (bytes > 0) {
        return Err(refused("pieces root"));
    }
    Ok(FileEntry {
        path: path.to_vec(),
        bytes,
        kind,
        root,
        layer: Vec::new(),
    })
}

/// Pads have no place in a tree, whose files are aligned by themselves.
fn kind(node: &Node) -> Option<EntryKind> {
    match node.get("attr").map(Node::bytes) {
        None => Some(EntryKind::File),
        Some(Some(attr)) if attr.contains(&b'p') => None,
        Some(Some(attr)) if attr.contains(&b'l') => Some(EntryKind::Link),
        Some(Some(_)) => Some(EntryKind::File),
        Some(None) => None,
    }
}

/// No content hashes to zeros, which stand for what lies beyond the end.
fn root(node: &Node) -> Option<Option<Digest>> {
    let Some(node) = node.get("pieces root") else {
        return Some(None);
    };
    let bytes: [u8; 32] = node.bytes()?.try_into().ok()?;
    (bytes != [0; 32]).then_some(Some(Digest::from_bytes(bytes)))
}

fn layer_of(
    file: &FileEntry,
    layers: Option<&Node>,
    piece_length: u64,
) -> Result<Vec<Digest>, TorrentError> {
    let Some(root) = file.root.filter(|_| file.bytes > piece_length) else {
        return Ok(Vec::new());
    };
    find(layers, &root)
        .and_then(digests)
        .filter(|layer| layer.len() as u64 == file.bytes.div_ceil(piece_length))
        .filter(|layer| root_of_layer(layer, piece_length) == root)
        .ok_or_else(|| TorrentError::Layer(shown(&file.path)))
}

fn find<'a>(layers: Option<&Node<'a>>, root: &Digest) -> Option<&'a [u8]> {
    let entries = layers?.entries()?;
    let at = entries
        .binary_search_by(|(key, _)| (*key).cmp(root.as_bytes().as_slice()))
        .ok()?;
    entries[at].1.bytes()
}

fn digests(bytes: &[u8]) -> Option<Vec<Digest>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty()
        .then(|| hashes.iter().copied().map(Digest::from_bytes).collect())
}

fn check_strays(layers: Option<&Node>, files: &[FileEntry]) -> Result<(), TorrentError> {
    let Some(layers) = layers else {
        return Ok(());
    };
    let entries = layers
        .entries()
        .ok_or(TorrentError::Malformed("piece layers"))?;
    let mut roots: Vec<Digest> = files
        .iter()
        .filter(|file| !file.layer.is_empty())
        .filter_map(|file| file.root)
        .collect();
    roots.sort();
    let known = |key: &[u8]| {
        roots
            .binary_search_by(|root| root.as_bytes().as_slice().cmp(key))
            .is_ok()
    };
    match entries.iter().all(|(key, _)| known(key)) {
        true => Ok(()),
        false => Err(TorrentError::StrayLayer),
    }
}
