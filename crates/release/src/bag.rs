//! A bag of the archive as the release sees it: what was promised at sealing,
//! and whether a quick look agrees.

use {
    longplay_model::{Access, Digest, Finding, FindingCode, RelativePath, Timestamp},
    longplay_store::{
        bag::{MANIFEST, Manifest, TAG_MANIFEST, parse_info, parse_manifest},
        disk::{Kind, Location},
        leaves::LeafFile,
        pack::is_piece_length,
    },
    std::{collections::BTreeMap, io},
};

/// A bag whose manifests and tag files have the digests of its sealing, and
/// whose payload has the files and lengths that they tell.
#[derive(Debug, Clone)]
pub struct Bag {
    pub dir: Location,
    /// Name of the tranche, or of its recovery bag.
    pub name: String,
    pub access: Access,
    pub piece_length: u64,
    /// The day of the plan's clock.
    pub date: Option<Timestamp>,
    /// Program and version that sealed it.
    pub software: String,
    /// All files below `dir` that belong to the bag, with their digests, by path.
    pub manifest: Manifest,
    /// Their lengths in bytes.
    pub lengths: BTreeMap<String, u64>,
}

/// Why a bag is not released: always [`FindingCode::R003`].
fn damage(name: &str, path: &str, seen: impl Into<String>) -> Finding {
    let subject = match path {
        "" => format!("tranches/{name}"),
        _ => format!("tranches/{name}/{path}"),
    };
    Finding::new(FindingCode::R003, subject, seen)
}

/// Opens the bag in `dir` whose `tagmanifest-sha256.txt` had `sealed` as its
/// digest. Reads tag files and manifests, and asks for the length of all else.
///
/// # Errors
/// What is missing or differs, as findings.
pub fn open(dir: &Location, name: &str, sealed: &Digest) -> Result<Bag, Vec<Finding>> {
    let one = |finding| vec![finding];
    let text = read(dir, name, TAG_MANIFEST).map_err(one)?;
    if Digest::of(text.as_bytes()) != *sealed {
        let seen = format!("its SHA-256 is not the {sealed} of its sealing");
        return Err(one(damage(name, TAG_MANIFEST, seen)));
    }
    let mut manifest = manifest(name, TAG_MANIFEST, &text).map_err(one)?;
    check_tags(dir, name, &manifest)?;
    let payload = read(dir, name, MANIFEST).map_err(one)?;
    manifest.extend(self::manifest(name, MANIFEST, &payload).map_err(one)?);
    manifest.insert(TAG_MANIFEST.into(), *sealed);
    let lengths = lengths(dir, name, &manifest)?;
    let info = read(dir, name, "bag-info.txt").map_err(one)?;
    describe(dir, name, &info, manifest, lengths).map_err(one)
}

fn read(dir: &Location, name: &str, path: &str) -> Result<String, Finding> {
    let bytes = dir.join(path).read();
    let text = bytes.and_then(|bytes| {
        String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    });
    text.map_err(|error| damage(name, path, unreadable(&error)))
}

fn unreadable(error: &io::Error) -> String {
    format!("it cannot be read: {error}")
}

fn manifest(name: &str, path: &str, text: &str) -> Result<Manifest, Finding> {
    parse_manifest(text).map_err(|error| damage(name, path, error.to_string()))
}

fn check_tags(dir: &Location, name: &str, tags: &Manifest) -> Result<(), Vec<Finding>> {
    let findings: Vec<Finding> = tags
        .iter()
        .filter_map(|(path, digest)| match dir.join(path).read() {
            Err(error) => Some(damage(name, path, unreadable(&error))),
            Ok(bytes) if Digest::of(&bytes) != *digest => {
                let seen = format!("its SHA-256 is not the {digest} of {TAG_MANIFEST}");
                Some(damage(name, path, seen))
            }
            Ok(_) => None,
        })
        .collect();
    none_or(findings)
}

fn none_or(findings: Vec<Finding>) -> Result<(), Vec<Finding>> {
    match findings.is_empty() {
        true => Ok(()),
        false => Err(findings),
    }
}

fn lengths(
    dir: &Location,
    name: &str,
    manifest: &Manifest,
) -> Result<BTreeMap<String, u64>, Vec<Finding>> {
    let mut lengths = BTreeMap::new();
    let mut findings = Vec::new();
    for path in manifest.keys() {
        match dir.join(path).about() {
            Ok(file) if file.kind == Kind::File => drop(lengths.insert(path.clone(), file.bytes)),
            Ok(_) => findings.push(damage(name, path, "it is no file")),
            Err(error) => findings.push(damage(name, path, unreadable(&error))),
        }
    }
    none_or(findings).map(|()| lengths)
}

fn describe(
    dir: &Location,
    name: &str,
    info: &str,
    manifest: Manifest,
    lengths: BTreeMap<String, u64>,
) -> Result<Bag, Finding> {
    let info = parse_info(info);
    let value = |key: &str| info.get(key).copied().unwrap_or_default();
    let refused = |key: &str| {
        let seen = format!("{key} is missing or cannot be understood");
        damage(name, "bag-info.txt", seen)
    };
    check_oxum(name, value("Payload-Oxum"), &lengths)?;
    let date = format!("{}T00:00:00Z", value("Bagging-Date"));
    Ok(Bag {
        dir: dir.into(),
        name: name.into(),
        access: value("Longplay-Access")
            .parse()
            .map_err(|_| refused("Longplay-Access"))?,
        piece_length: value("Longplay-Piece-Length")
            .parse()
            .ok()
            .filter(|length| is_piece_length(*length))
            .ok_or_else(|| refused("Longplay-Piece-Length"))?,
        date: date.parse().ok(),
        software: value("Bag-Software-Agent").into(),
        manifest,
        lengths,
    })
}

/// RFC 8493 §2.2.2: bytes and number of the files of the payload.
fn check_oxum(name: &str, told: &str, lengths: &BTreeMap<String, u64>) -> Result<(), Finding> {
    let payload = lengths.iter().filter(|(path, _)| path.starts_with("data/"));
    let (bytes, files) = payload.fold((0u64, 0u64), |(bytes, files), (_, length)| {
        (bytes.saturating_add(*length), files + 1)
    });
    let found = format!("{bytes}.{files}");
    match found == told {
        true => Ok(()),
        false => {
            let seen = format!("{bytes} bytes in {files} files, and Payload-Oxum says {told}");
            Err(damage(name, "data", seen))
        }
    }
}

impl Bag {
    /// Bytes of all files of the bag.
    pub fn bytes(&self) -> u64 {
        self.lengths.values().sum()
    }

    /// Paths below `data/packs/`, in the order of their numbers.
    pub fn packs(&self) -> impl Iterator<Item = &str> {
        let paths = self.manifest.keys().map(String::as_str);
        paths.filter(|path| path.starts_with("data/packs/"))
    }

    /// The leaf files by their paths, each as the manifest tells it.
    pub fn leaf_files(&self) -> impl Iterator<Item = Result<(RelativePath, LeafFile), Finding>> {
        let is_leaf_file = |path: &&String| path.starts_with("data/leaves/");
        let paths = self.manifest.keys().filter(is_leaf_file);
        paths.map(|path| self.leaf_file(path))
    }

    fn leaf_file(&self, path: &str) -> Result<(RelativePath, LeafFile), Finding> {
        let refused = |seen: String| damage(&self.name, path, seen);
        let bytes = self.dir.join(path).read();
        let bytes = bytes.map_err(|error| refused(unreadable(&error)))?;
        if self.manifest.get(path) != Some(&Digest::of(&bytes)) {
            return Err(refused("its SHA-256 is not that of the manifest".into()));
        }
        let leaves = LeafFile::parse(&bytes).map_err(|error| refused(error.to_string()))?;
        let told = |entry: &longplay_store::leaves::LeafEntry| {
            let path = entry.path.as_str();
            self.manifest.get(path) == Some(&entry.sha256)
                && self.lengths.get(path) == Some(&entry.bytes)
        };
        if !leaves.files.iter().all(told) {
            return Err(refused("it tells other files than the manifest".into()));
        }
        let path: RelativePath = path
            .parse()
            .map_err(|_| refused("no portable path".into()))?;
        Ok((path, leaves))
    }

    /// A finding about a file of this bag.
    pub fn damage(&self, path: &str, seen: impl Into<String>) -> Finding {
        damage(&self.name, path, seen)
    }
}
