//! Archives with tranches made in code, as `docs/format/tranche.md` says, so
//! that tranches can be made that sealing would never make.

use {
    longplay_model::{
        Access, Clock, Digest, Event, Finding, FindingCode, FixedClock, Form, IndexRecord,
        MemberKind, Monitor, RightsUri, Timestamp, TrackId, Unit,
    },
    longplay_store::{
        Config, Home, Mode,
        bag::{BAGIT_TXT, BagInfo, MANIFEST, Manifest, TAG_MANIFEST, format_manifest},
        leaves::{LeafEntry, LeafFile},
        merkle::{leaves_of, root_of},
        names::{INDEX, TrancheKind, TrancheName},
        pack::{Item, PackLayout, ShardStream, Source},
    },
    std::{
        collections::BTreeMap,
        fs,
        path::{Path, PathBuf},
        sync::Mutex,
    },
    tempfile::TempDir,
};

pub const PIECE: u64 = 16_384;

pub struct Archive {
    pub folder: TempDir,
    pub home: Home,
}

/// Keeps findings; may ask to stop after some progress.
#[derive(Default)]
pub struct Watcher {
    pub findings: Mutex<Vec<Finding>>,
    pub hashed: Mutex<u64>,
    pub stop_after: Option<u64>,
}

impl Monitor for Watcher {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
    fn advance(&self, amount: u64) {
        *self.hashed.lock().unwrap() += amount;
    }
    fn finding(&self, finding: Finding) {
        self.findings.lock().unwrap().push(finding);
    }
    fn is_interrupted(&self) -> bool {
        let done = *self.hashed.lock().unwrap();
        self.stop_after.is_some_and(|most| done >= most)
    }
}

impl Watcher {
    pub fn codes(&self) -> Vec<FindingCode> {
        let findings = self.findings.lock().unwrap();
        findings.iter().map(|finding| finding.code).collect()
    }
}

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn clock() -> impl Clock {
    FixedClock(time("2026-03-01T12:00:00Z"))
}

/// Bytes that differ from file to file.
pub fn content(length: usize, seed: usize) -> Vec<u8> {
    (0..length).map(|n| ((n * 31 + seed) % 251) as u8).collect()
}

/// A record of audio with these bytes, everything filled in.
pub fn record(title: &str, bytes: &[u8], access: Access) -> IndexRecord {
    let sha256 = Digest::of(bytes);
    let track = TrackId::of_blob(&sha256, 1);
    let text = serde_json::json!({
        "path": format!("Künstler/1999 Platte/{title}.opus"),
        "pack": "", "offset": 0, "length": bytes.len(), "sha256": sha256,
        "kind": "audio", "form": "access", "media_type": "audio/ogg", "codec": "opus",
        "tracks": [track], "isrcs": ["AA0002600042"],
        "title": title, "artist": "Künstler", "duration_ms": 60_000,
        "rights": "https://creativecommons.org/licenses/by/4.0/",
        "rights_basis": "given with the source", "access": access,
    });
    serde_json::from_value(text).unwrap()
}

pub type Blob = (IndexRecord, Vec<u8>);

pub fn blob(title: &str, length: usize, access: Access) -> Blob {
    let bytes = content(length, title.len() + length);
    (record(title, &bytes, access), bytes)
}

pub fn in_form(mut blob: Blob, form: Form) -> Blob {
    blob.0.form = Some(form);
    blob
}

pub fn without_rights(mut blob: Blob) -> Blob {
    blob.0.rights = None;
    blob
}

pub fn cover(length: usize, rights: Option<&str>, access: Access) -> Blob {
    let (mut record, bytes) = blob("cover", length, access);
    record.kind = MemberKind::Cover;
    record.form = None;
    record.rights = rights.map(|uri| uri.parse::<RightsUri>().unwrap());
    (record, bytes)
}

impl Archive {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("archive");
        let mut config = Config::new("Dorf & <Musik>");
        config.contact = Some("music@example.org".into());
        let home = Home::create(&root, &config, &clock()).unwrap();
        Self { folder, home }
    }

    /// Three open tranches, one of each kind, sealed out of order.
    pub fn open() -> Self {
        let archive = Self::new();
        let audio = [
            blob("One", 40_000, Access::Open),
            blob("Two", 100, Access::Open),
        ];
        let more = [blob("Three", 70_000, Access::Open)];
        let rights = Some("https://creativecommons.org/publicdomain/zero/1.0/");
        archive.seal_packs(
            4,
            TrancheKind::Art,
            Access::Open,
            &[vec![cover(9_000, rights, Access::Open)]],
        );
        archive.seal_packs(
            2,
            TrancheKind::Audio,
            Access::Open,
            &[audio.to_vec(), more.to_vec()],
        );
        archive.seal_files(
            1,
            &[
                ("tracks.parquet", content(50_000, 1)),
                ("empty.parquet", vec![]),
            ],
        );
        archive
    }

    pub fn public(&self) -> PathBuf {
        self.home.public_dir().unwrap()
    }

    pub fn reopened(self) -> Self {
        let root = self.home.root().clone();
        drop(self.home);
        let home = Home::open(&root, Mode::Write, &longplay_model::Silent).unwrap();
        Self {
            folder: self.folder,
            home,
        }
    }

    pub fn seal_packs(&self, number: u32, kind: TrancheKind, access: Access, packs: &[Vec<Blob>]) {
        let name = TrancheName::new(number, kind, access);
        let mut files = BTreeMap::new();
        let mut index = Vec::new();
        for (number, blobs) in (0..).zip(packs) {
            let (bytes, lines) = self.pack(&name.pack(number), access, blobs);
            files.insert(name.pack_path(number).to_string(), bytes);
            index.extend(lines);
        }
        self.seal(&name, access, files, Some(index));
    }

    pub fn seal_files(&self, number: u32, files: &[(&str, Vec<u8>)]) {
        let name = TrancheName::new(number, TrancheKind::Metadata, Access::Open);
        let files = files
            .iter()
            .map(|(file, bytes)| (format!("data/catalog/{file}"), bytes.clone()));
        self.seal(&name, Access::Open, files.collect(), None);
    }

    fn pack(&self, name: &str, access: Access, blobs: &[Blob]) -> (Vec<u8>, Vec<u8>) {
        let items = blobs.iter().map(|(record, bytes)| {
            let path = self.folder.path().join(record.sha256.to_string());
            fs::write(&path, bytes).unwrap();
            let source = Source {
                location: path.into(),
                digest: record.sha256,
                bytes: bytes.len() as u64,
            };
            Item {
                record: record.clone(),
                source,
                fingerprint: None,
            }
        });
        let layout = PackLayout::new(name.into(), PIECE, access, items.collect());
        let mut bytes = vec![0; layout.bytes as usize];
        let filled = ShardStream::new(layout.segments())
            .fill(&mut bytes)
            .unwrap();
        assert_eq!(filled, bytes.len());
        (bytes, layout.index_lines())
    }

    fn seal(
        &self,
        name: &TrancheName,
        access: Access,
        files: BTreeMap<String, Vec<u8>>,
        index: Option<Vec<u8>>,
    ) {
        let longest = files.values().map(Vec::len).max().unwrap_or(0);
        let recovery = content(longest.next_multiple_of(PIECE as usize), 7);
        let recovery = BTreeMap::from([(name.recovery_path(0, 0).to_string(), recovery)]);
        let leaves = name.leaves_path(0).to_string();
        let (bytes, tagmanifest) = self.bag(&name.to_string(), access, files, &leaves, index);
        let leaves = name.recovery_leaves_path(0).to_string();
        let (recovery_bytes, recovery) =
            self.bag(&name.recovery(), access, recovery, &leaves, None);
        let event = Event::Sealing {
            tranche: name.to_string(),
            tagmanifest,
            recovery,
            bytes,
            recovery_bytes,
        };
        self.home.record(event, &clock()).unwrap();
    }

    fn bag(
        &self,
        name: &str,
        access: Access,
        mut files: BTreeMap<String, Vec<u8>>,
        leaves: &str,
        index: Option<Vec<u8>>,
    ) -> (u64, Digest) {
        let leaf_file = leaf_file(name, &files).to_bytes();
        files.insert(leaves.into(), leaf_file);
        files.extend(index.map(|index| (INDEX.to_owned(), index)));
        let payload = files.values().map(|bytes| bytes.len() as u64).collect();
        let manifest = manifest(&files);
        let info = BagInfo {
            organization: self.home.config().name.clone(),
            identifier: name.into(),
            description: "A tranche".into(),
            date: time("2026-01-31T10:00:00Z"),
            payload,
            software: "longplay 0.1.0".into(),
            access,
            stripes: 1,
            k: 2,
            m: 1,
            piece_length: PIECE,
        };
        let mut tags = BTreeMap::from([
            ("bagit.txt".to_owned(), BAGIT_TXT.as_bytes().to_vec()),
            ("bag-info.txt".into(), info.to_text().into_bytes()),
            ("README.txt".into(), b"Read me\n".to_vec()),
            ("longplay_reader.py".into(), content(20_000, 3)),
            (MANIFEST.into(), format_manifest(&manifest).into_bytes()),
        ]);
        let tagmanifest = format_manifest(&self::manifest(&tags)).into_bytes();
        let digest = Digest::of(&tagmanifest);
        tags.insert(TAG_MANIFEST.into(), tagmanifest);
        files.extend(tags);
        let folder = self.home.tranches_dir().join(name);
        write_all(folder.path(), &files);
        let bytes = files.values().map(|bytes| bytes.len() as u64).sum();
        (bytes, digest)
    }
}

fn manifest(files: &BTreeMap<String, Vec<u8>>) -> Manifest {
    let digests = files.iter();
    digests
        .map(|(path, bytes)| (path.clone(), Digest::of(bytes)))
        .collect()
}

fn leaf_file(name: &str, files: &BTreeMap<String, Vec<u8>>) -> LeafFile {
    let hashes: Vec<_> = files.values().map(|bytes| leaves_of(bytes)).collect();
    let entries = files
        .iter()
        .zip(&hashes)
        .map(|((path, bytes), leaves)| LeafEntry {
            path: path.parse().unwrap(),
            bytes: bytes.len() as u64,
            sha256: Digest::of(bytes),
            root: root_of(leaves),
        });
    LeafFile {
        tranche: name.into(),
        stripe: 0,
        files: entries.collect(),
        hashes,
    }
}

fn write_all(dir: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for (path, bytes) in files {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Every file and link below `dir` with its content, links not followed.
pub fn snapshot(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let content = match fs::read_link(&path) {
            Ok(target) => target.to_str().unwrap().as_bytes().to_vec(),
            Err(_) => fs::read(&path).unwrap(),
        };
        found.insert(name, content);
    }
    found
}

/// When each of them was last written.
pub fn times(dir: &Path) -> BTreeMap<PathBuf, std::time::SystemTime> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            let modified = path.symlink_metadata().unwrap().modified().unwrap();
            (path, modified)
        })
        .collect()
}
