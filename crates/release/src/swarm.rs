//! The torrent of a bag: made from what its sealing noted, or by one read of all its
//! bytes, or taken over from an earlier release of the same bag.

use {
    crate::{
        bag::Bag,
        error::Error,
        torrent::{
            Around, Hashed, HashedFile, InfohashV1, Metainfo, Promise, Wanted, create, hash_files,
            parse,
        },
    },
    longplay_model::{Digest, Finding, Monitor, Unit},
    longplay_store::{
        Home, bag::TAG_MANIFEST, leaves::LeafEntry, merkle::piece_layer, pieces::SealedPieces,
    },
    std::{collections::BTreeMap, fs, path::Path},
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

/// What the sealing noted of the pieces of this very bag, if it did and that is still
/// there. That its files have the lengths that it tells is compared in [`make`].
pub fn sealed_pieces(home: &Home, bag: &Bag) -> Option<SealedPieces> {
    let pieces = SealedPieces::read(home.root(), &bag.name)?;
    let is_ours = Some(&pieces.tagmanifest) == bag.manifest.get(TAG_MANIFEST)
        && pieces.piece_length == bag.piece_length;
    is_ours.then_some(pieces)
}

/// Makes the torrent from the pieces that the sealing noted and the leaves of the same
/// files, and reads all other files once, on `threads` threads, comparing them with
/// their sealing on the way.
pub fn make(
    bag: &Bag,
    sealed: Option<&SealedPieces>,
    around: &Around,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Made, Error> {
    let files = match sort_out(bag, sealed) {
        Ok(files) => files,
        Err(finding) => return Ok(Made::Damaged(vec![finding])),
    };
    let bytes = files.wanted.iter().map(|wanted| wanted.bytes).sum();
    monitor.begin(&format!("hashing {}", bag.name), Some(bytes), Unit::Bytes);
    let read = hash_files(&bag.dir, &files.wanted, bag.piece_length, threads, monitor);
    let mut hashed = match read {
        Hashed::Whole(files) => files,
        Hashed::Interrupted => return Err(Error::Interrupted),
        Hashed::Broken(broken) => {
            let tell = |file: crate::torrent::Broken| bag.damage(&file.path.join("/"), file.seen);
            return Ok(Made::Damaged(broken.into_iter().map(tell).collect()));
        }
    };
    hashed.extend(files.known);
    create(&bag.name, bag.piece_length, hashed, around)
        .map(|metainfo| Made::Torrent(Box::new(metainfo)))
        .map_err(|source| Error::MakeTorrent {
            name: bag.name.clone(),
            source,
        })
}

/// The files of a bag, apart by whether they have to be read.
struct Files {
    known: Vec<HashedFile>,
    wanted: Vec<Wanted>,
}

/// What a file was sealed as is the root of its leaf file where there is one, else the
/// digest of the manifest.
fn sort_out(bag: &Bag, sealed: Option<&SealedPieces>) -> Result<Files, Finding> {
    let mut known = BTreeMap::new();
    let mut roots = BTreeMap::new();
    for file in bag.leaf_files() {
        let (_, file) = file?;
        for (entry, leaves) in file.files.iter().zip(&file.hashes) {
            let path = entry.path.to_string();
            match sealed.and_then(|sealed| pieces_of(sealed, entry)) {
                Some(pieces) => {
                    let file = hashed(entry, leaves, pieces, bag.piece_length);
                    known.insert(path, file);
                }
                None => drop(roots.insert(path, entry.root)),
            }
        }
    }
    let others = bag.lengths.iter();
    let others = others.filter(|(path, _)| !known.contains_key(*path));
    let wanted = others.map(|(path, bytes)| Wanted {
        path: components(path),
        bytes: *bytes,
        promise: match roots.get(path) {
            Some(root) => Promise::Root(*root),
            None => Promise::Digest(bag.manifest[path]),
        },
    });
    Ok(Files {
        wanted: wanted.collect(),
        known: known.into_values().collect(),
    })
}

fn pieces_of<'a>(sealed: &'a SealedPieces, entry: &LeafEntry) -> Option<&'a [[u8; 20]]> {
    let mut files = sealed.files.iter();
    let file = files.find(|file| file.path == entry.path)?;
    (file.bytes == entry.bytes).then_some(&file.pieces)
}

/// The file as [`hash_files`] would tell it, but for its last piece without pad: in a
/// torrent of more than one file nobody asks for that.
fn hashed(
    entry: &LeafEntry,
    leaves: &[Digest],
    pieces: &[[u8; 20]],
    piece_length: u64,
) -> HashedFile {
    HashedFile {
        path: components(entry.path.as_str()),
        bytes: entry.bytes,
        root: (entry.bytes > 0).then_some(entry.root),
        layer: match entry.bytes > piece_length {
            true => piece_layer(leaves, piece_length),
            false => Vec::new(),
        },
        pieces: pieces.to_vec(),
        short_piece: None,
    }
}

fn components(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
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
    let told: BTreeMap<_, _> = content.collect();
    metainfo.around = around.clone();
    (is_noted && is_ours && told == bag.lengths).then_some(metainfo)
}
