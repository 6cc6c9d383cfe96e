use {
    super::infohash::InfohashV1,
    crate::bencode::Value,
    longplay_model::{Digest, Timestamp},
};

/// A torrent: the content of a `.torrent` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metainfo {
    /// Name of the folder, or of the file of a single-file torrent.
    pub name: String,
    pub piece_length: u64,
    /// In the order of pieces, pads included.
    pub files: Vec<FileEntry>,
    /// Whether there is one file and no folder.
    pub is_single_file: bool,
    /// SHA-1 of each piece; empty in a torrent of v2 only.
    pub pieces: Vec<[u8; 20]>,
    /// Absent in a torrent of v2 only.
    pub infohash_v1: Option<InfohashV1>,
    /// Absent in a torrent of v1 only.
    pub infohash_v2: Option<Digest>,
    pub is_private: bool,
    pub around: Around,
    /// The info dictionary as it stands in the file.
    pub info: Vec<u8>,
}

/// One file of a torrent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Below the folder of the torrent; for a single file, its name.
    pub path: Vec<String>,
    pub bytes: u64,
    pub kind: EntryKind,
    /// BEP 52 pieces root; absent in v1 and in empty files.
    pub root: Option<Digest>,
    /// Hashes of the pieces of a file longer than one piece.
    pub layer: Vec<Digest>,
}

/// What an entry of the file list is (BEP 47).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    File,
    /// Zeros that let the next file begin with a piece; nobody keeps them.
    Pad,
    /// Points elsewhere and has no bytes.
    Link,
}

/// What stands outside the info dictionary: it may change without changing
/// the infohash.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around {
    /// Each a tier of its own (BEP 12).
    pub trackers: Vec<String>,
    /// BEP 19; one that ends in `/` gets the name and the path appended.
    pub web_seeds: Vec<String>,
    pub creation_date: Option<Timestamp>,
    pub created_by: Option<String>,
    pub comment: Option<String>,
}

impl Metainfo {
    pub const fn is_hybrid(&self) -> bool {
        self.infohash_v1.is_some() && self.infohash_v2.is_some()
    }

    /// Bytes of all files, pads not counted.
    pub fn bytes(&self) -> u64 {
        self.content().map(|file| file.bytes).sum()
    }

    /// The files without pads and links.
    pub fn content(&self) -> impl Iterator<Item = &FileEntry> {
        self.files
            .iter()
            .filter(|file| file.kind == EntryKind::File)
    }

    /// The text of the `.torrent` file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut entries = self.around.entries();
        entries.push(("info", Value::Raw(self.info.clone())));
        if self.infohash_v2.is_some() {
            entries.push(("piece layers", self.piece_layers()));
        }
        Value::dictionary(entries).to_bytes()
    }

    fn piece_layers(&self) -> Value {
        let layered = |file: &&FileEntry| !file.layer.is_empty();
        Value::dictionary(self.files.iter().filter(layered).filter_map(|file| {
            let hashes = file.layer.iter().flat_map(Digest::as_bytes).copied();
            Some((
                file.root?.as_bytes().to_vec(),
                Value::Text(hashes.collect()),
            ))
        }))
    }
}

impl Around {
    fn entries(&self) -> Vec<(&'static str, Value)> {
        let mut entries = Vec::new();
        if let Some(first) = self.trackers.first() {
            let tier = |tracker| Value::List(vec![Value::text(tracker)]);
            let tiers = self.trackers.iter().map(tier).collect();
            entries.push(("announce", Value::text(first)));
            entries.push(("announce-list", Value::List(tiers)));
        }
        if !self.web_seeds.is_empty() {
            let seeds = self.web_seeds.iter().map(Value::text).collect();
            entries.push(("url-list", Value::List(seeds)));
        }
        let texts = [("comment", &self.comment), ("created by", &self.created_by)];
        entries.extend(
            texts
                .into_iter()
                .filter_map(|(key, text)| Some((key, Value::text(text.as_ref()?)))),
        );
        let date = self.creation_date.map(|time| time.unix_seconds());
        entries.extend(date.map(|seconds| ("creation date", Value::Integer(seconds))));
        entries
    }
}
