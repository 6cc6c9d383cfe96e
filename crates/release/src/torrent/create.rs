use {
    super::{
        hash::HashedFile,
        metainfo::{Around, Metainfo},
        parse::parse,
        refusal::TorrentError,
    },
    crate::bencode::Value,
    longplay_model::Digest,
    std::collections::BTreeMap,
};

/// Makes the hybrid v1+v2 torrent of a folder (BEP 3, 47, 52).
///
/// Both file lists are sorted by path as raw bytes, component by component,
/// which is the order of the v2 tree; pads stand where a file does not fill
/// its last piece, after the last file too. The info dictionary follows from
/// `name`, `piece_length` and `files` alone, so equal content has equal
/// infohashes. The private flag is never set.
///
/// # Errors
/// The torrent is read again by [`parse`]; what that refuses, such as more
/// than 10,000,000 bytes of metainfo, is not made.
pub fn create(
    name: &str,
    piece_length: u64,
    files: Vec<HashedFile>,
    around: &Around,
) -> Result<Metainfo, TorrentError> {
    let files = sorted(files);
    let info = info(name, piece_length, &files);
    let layers = files.iter().filter(|file| !file.layer.is_empty());
    let layers = Value::dictionary(layers.filter_map(|file| {
        let hashes = file.layer.iter().flat_map(Digest::as_bytes).copied();
        Some((
            file.root?.as_bytes().to_vec(),
            Value::Text(hashes.collect()),
        ))
    }));
    let text = Value::dictionary([("info", info), ("piece layers", layers)]).to_bytes();
    let mut metainfo = parse(&text)?;
    metainfo.around = around.clone();
    Ok(metainfo)
}

fn sorted(mut files: Vec<HashedFile>) -> Vec<HashedFile> {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn info(name: &str, piece_length: u64, files: &[HashedFile]) -> Value {
    let (list, pieces) = list(files, piece_length);
    Value::dictionary([
        ("file tree", tree(files)),
        ("files", Value::List(list)),
        ("meta version", Value::Integer(2)),
        ("name", Value::text(name)),
        ("piece length", Value::count(piece_length)),
        ("pieces", Value::Text(pieces)),
    ])
}

fn list(files: &[HashedFile], piece_length: u64) -> (Vec<Value>, Vec<u8>) {
    let mut list = Vec::new();
    let mut pieces = Vec::new();
    let is_padded = files.len() > 1;
    for file in files {
        let path = file.path.iter().map(Value::text).collect();
        list.push(Value::dictionary([
            ("length", Value::count(file.bytes)),
            ("path", Value::List(path)),
        ]));
        let missing = file.bytes.next_multiple_of(piece_length) - file.bytes;
        if is_padded && missing > 0 {
            list.push(pad(missing));
        }
        append_pieces(file, is_padded, &mut pieces);
    }
    (list, pieces)
}

fn append_pieces(file: &HashedFile, is_padded: bool, pieces: &mut Vec<u8>) {
    let last = file.short_piece.filter(|_| !is_padded);
    let kept = file.pieces.len() - usize::from(last.is_some());
    pieces.extend(file.pieces[..kept].iter().chain(&last).flatten());
}

/// The path that BEP 47 recommends.
fn pad(bytes: u64) -> Value {
    let path = vec![Value::text(".pad"), Value::text(bytes.to_string())];
    Value::dictionary([
        ("attr", Value::text("p")),
        ("length", Value::count(bytes)),
        ("path", Value::List(path)),
    ])
}

fn tree(files: &[HashedFile]) -> Value {
    let mut root = BTreeMap::new();
    for file in files {
        insert(&mut root, &file.path, leaf(file));
    }
    Value::Dictionary(root)
}

fn leaf(file: &HashedFile) -> Value {
    let mut entries = vec![("length", Value::count(file.bytes))];
    let root = file.root.map(|root| Value::text(root.as_bytes()));
    entries.extend(root.map(|root| ("pieces root", root)));
    Value::dictionary([("", Value::dictionary(entries))])
}

fn insert(folder: &mut BTreeMap<Vec<u8>, Value>, path: &[String], leaf: Value) {
    let Some((name, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        folder.insert(name.as_bytes().to_vec(), leaf);
        return;
    }
    let below = folder
        .entry(name.as_bytes().to_vec())
        .or_insert_with(|| Value::Dictionary(BTreeMap::new()));
    if let Value::Dictionary(below) = below {
        insert(below, rest, leaf);
    }
}
