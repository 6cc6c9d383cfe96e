//! A stranger judges: the reader that lies in a sealed bag, run by Python,
//! must list, extract, verify and heal what this crate wrote.

use {
    longplay_model::{
        Access, ByteSize, Codec, Cover, Digest, Event, FixedClock, Form, How, Receipt, RecordingId,
        Silent, Timestamp, TrackId,
    },
    longplay_store::{
        Config, FileState, Home, Mode, Recovery,
        facts::Folders,
        seal::{self, Payload, SealRequest},
        verify_tranche,
    },
    std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        io::Write,
        path::{Path, PathBuf},
        process::Command,
    },
};

const K: u8 = 3;
const M: u8 = 2;
const TRACKS: u8 = 17;

type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// An archive with an audio, an art and a metadata tranche.
struct Sealed {
    folder: tempfile::TempDir,
    /// Contents that were taken in, by digest.
    blobs: BTreeMap<Digest, Vec<u8>>,
}

/// What the reader said.
#[derive(Debug)]
struct Answer {
    code: i32,
    out: String,
}

#[test]
fn the_reader_lists_and_extracts_every_blob() {
    let Some(sealed) = sealed() else { return };
    for tranche in ["0002-audio-open", "0003-art-open"] {
        let out = sealed.folder.path().join("out").join(tranche);
        let answer = sealed.reader(tranche, &["extract", ".", "--to", out.to_str().unwrap()]);
        assert_eq!(answer.code, 0, "{answer:?}");
        let listed = sealed.reader(tranche, &["list", ".", "--json"]);
        let records: Vec<serde_json::Value> = lines(&listed.out);
        let extracted = tree(&out);
        assert_eq!(records.len(), extracted.len());
        for record in records
            .iter()
            .filter(|record| record["kind"] != "fingerprints")
        {
            let digest: Digest = record["sha256"].as_str().unwrap().parse().unwrap();
            let bytes = &extracted[Path::new(record["path"].as_str().unwrap())];
            assert_eq!(bytes, &sealed.blobs[&digest], "{record}");
        }
    }
    let out = sealed.folder.path().join("one");
    let isrc = sealed.reader(
        "0002-audio-open",
        &[
            "extract",
            ".",
            "GB-AYE-69-00007",
            "--to",
            out.to_str().unwrap(),
        ],
    );
    assert_eq!((isrc.code, tree(&out).len()), (0, 1), "{isrc:?}");
}

#[test]
fn the_reader_finds_no_fault_in_what_was_sealed() {
    let Some(sealed) = sealed() else { return };
    let before = tree(&sealed.tranches());
    for tranche in sealed.names() {
        let verified = sealed.reader(&tranche, &["verify", "."]);
        assert_eq!(verified.code, 0, "{verified:?}");
        let repaired = sealed.reader(&tranche, &["repair", "."]);
        assert_eq!((repaired.code, &*repaired.out), (0, "Nothing to repair.\n"));
    }
    assert_eq!(tree(&sealed.tranches()), before);
}

#[test]
fn the_reader_heals_byte_for_byte() {
    let Some(sealed) = sealed() else { return };
    let before = tree(&sealed.tranches());
    for tranche in sealed.names() {
        for wound in [
            wound_shards as fn(&Sealed, &str),
            lose_small_files,
            lose_kits,
            lose_recovery_packs,
        ] {
            wound(&sealed, &tranche);
            assert_ne!(tree(&sealed.tranches()), before);
            assert_eq!(sealed.reader_verify(&tranche).code, 1);
            let answer = sealed.reader_repair(&tranche);
            assert_eq!(answer.code, 0, "{tranche}: {answer:?}");
            assert_same(&tree(&sealed.tranches()), &before);
        }
        let folders = Folders {
            data: sealed.bag(&tranche).into(),
            recovery: Some(sealed.recovery(&tranche).into()),
            volumes: longplay_store::spread::Volumes::default(),
        };
        let report = verify_tranche(&folders, &Silent).unwrap();
        assert!(
            report
                .files
                .iter()
                .all(|file| file.state == FileState::Whole)
        );
    }
}

#[test]
fn the_reader_heals_shards_of_which_nothing_else_is_left() {
    let Some(sealed) = sealed() else { return };
    let before = tree(&sealed.tranches());
    for tranche in sealed.names() {
        wound_shards(&sealed, &tranche);
        lose_small_files(&sealed, &tranche);
        let answer = sealed.reader_repair(&tranche);
        assert_eq!(answer.code, 0, "{tranche}: {answer:?}");
        assert_same(&tree(&sealed.tranches()), &before);
    }
}

#[test]
fn the_reader_says_what_is_beyond_recovery() {
    let Some(sealed) = sealed() else { return };
    for pack in data_files(&sealed, "0002-audio-open").iter().take(3) {
        fs::remove_file(pack).unwrap();
    }
    let answer = sealed.reader_repair("0002-audio-open");
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains("beyond recovery"), "{}", answer.out);
    assert!(answer.out.contains("NOT sound"), "{}", answer.out);
}

/// Flips, a truncation and as many lost files as the code can bear.
fn wound_shards(sealed: &Sealed, tranche: &str) {
    let data = data_files(sealed, tranche);
    fs::remove_file(&data[0]).unwrap();
    flip(data.last().unwrap(), 5);
    let recovery = sealed.recovery_packs(tranche);
    let length = fs::metadata(&recovery[1]).unwrap().len();
    let file = fs::OpenOptions::new()
        .write(true)
        .open(&recovery[1])
        .unwrap();
    file.set_len(length / 2).unwrap();
}

/// Leaves, index, manifests and tag files of both bags.
fn lose_small_files(sealed: &Sealed, tranche: &str) {
    for bag in [sealed.bag(tranche), sealed.recovery(tranche)] {
        fs::remove_dir_all(bag.join("data/leaves")).unwrap();
        let _ = fs::remove_file(bag.join("data/index.jsonl"));
        for path in tree(&bag).keys().filter(|path| !path.starts_with("data")) {
            fs::remove_file(bag.join(path)).unwrap();
        }
    }
}

/// The kits of all recovery packs, and a data file.
fn lose_kits(sealed: &Sealed, tranche: &str) {
    for pack in sealed.recovery_packs(tranche) {
        flip(&pack, fs::metadata(&pack).unwrap().len() - 90);
    }
    flip(&data_files(sealed, tranche)[0], 5);
}

fn lose_recovery_packs(sealed: &Sealed, tranche: &str) {
    for pack in sealed.recovery_packs(tranche) {
        fs::remove_file(pack).unwrap();
    }
}

fn data_files(sealed: &Sealed, tranche: &str) -> Vec<PathBuf> {
    let bag = sealed.bag(tranche);
    let below = ["data/packs", "data/catalog"].map(|folder| bag.join(folder));
    files(below.iter().find(|folder| folder.exists()).unwrap())
}

impl Sealed {
    fn tranches(&self) -> PathBuf {
        self.folder.path().join("archive/tranches")
    }

    fn bag(&self, tranche: &str) -> PathBuf {
        self.tranches().join(tranche)
    }

    fn recovery(&self, tranche: &str) -> PathBuf {
        self.tranches().join(format!("{tranche}-recovery"))
    }

    fn recovery_packs(&self, tranche: &str) -> Vec<PathBuf> {
        files(&self.recovery(tranche).join("data/recovery"))
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.tranches()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let names: BTreeSet<_> = names.filter(|name| !name.ends_with("-recovery")).collect();
        names
            .into_iter()
            .filter(|name| !name.starts_with('.'))
            .collect()
    }

    /// Runs the reader that lies in the bag, in the bag.
    fn reader(&self, tranche: &str, arguments: &[&str]) -> Answer {
        let bag = self.bag(tranche);
        let program = bag.join("longplay_reader.py");
        run(Command::new("python3")
            .arg(program)
            .args(arguments)
            .current_dir(bag))
    }

    /// Runs a copy of the reader that no damage reaches.
    fn kept_reader(&self, arguments: &[&str]) -> Answer {
        let program = self.folder.path().join("kept.py");
        fs::write(&program, longplay_store::stranger::READER).unwrap();
        run(Command::new("python3").arg(program).args(arguments))
    }

    fn reader_verify(&self, tranche: &str) -> Answer {
        self.kept_reader(&["verify", self.bag(tranche).to_str().unwrap()])
    }

    fn reader_repair(&self, tranche: &str) -> Answer {
        self.kept_reader(&["repair", self.bag(tranche).to_str().unwrap()])
    }
}

fn run(command: &mut Command) -> Answer {
    let output = command.env("PYTHONIOENCODING", "utf-8").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(errors, "", "{command:?}");
    Answer {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
    }
}

/// `None`, and a word about it, where Python is absent.
fn sealed() -> Option<Sealed> {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("SKIPPED: python3 is absent, so no stranger judges the tranches");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive");
    let clock = FixedClock(Timestamp::from_unix_seconds(1_769_860_800));
    let config = Config {
        recovery: Recovery { k: K, m: M },
        pack_bytes: ByteSize(256 << 10),
        ..Config::new("Village archive")
    };
    Home::create(&root, &config, &clock).unwrap();
    let home = Home::open(&root, Mode::Write, &Silent).unwrap();
    seal_catalog(&home, folder.path(), &clock);
    let blobs = stage(&home, &clock);
    seal_all(&home, Payload::Staged, &clock);
    Some(Sealed { folder, blobs })
}

fn seal_catalog(home: &Home, folder: &Path, clock: &FixedClock) {
    let files = (0..5_u8).map(|n| {
        let path = folder.join(format!("table-{n}"));
        fs::write(
            &path,
            noise(n, [40_000, 1, 33_000, 16_384, 1_500_000][usize::from(n)]),
        )
        .unwrap();
        (format!("table-{n}.parquet"), path.into())
    });
    let payload = Payload::Files {
        access: Access::Open,
        files: files.collect(),
    };
    seal_all(home, payload, clock);
}

fn seal_all(home: &Home, payload: Payload, clock: &FixedClock) {
    let request = SealRequest {
        clock: clock.0,
        payload,
        software: "longplay 0.1.0".into(),
    };
    let plan = seal::plan(home, &request).unwrap();
    let summary = seal::execute(home, &plan, clock, &Silent).unwrap();
    assert!(!summary.tranches.is_empty());
}

fn stage(home: &Home, clock: &FixedClock) -> BTreeMap<Digest, Vec<u8>> {
    let mut blobs = BTreeMap::new();
    for n in 0..TRACKS {
        let audio = noise(n, 30_000 + 9_000 * usize::from(n));
        let cover = noise(100 + n / 6, 5_000);
        let receipt = receipt(n, put(home, &audio), &audio, put(home, &cover), &cover);
        let receipt = Box::new(receipt);
        home.record(Event::Ingestion { receipt }, clock).unwrap();
        blobs.insert(Digest::of(&audio), audio);
        blobs.insert(Digest::of(&cover), cover);
    }
    blobs
}

fn put(home: &Home, bytes: &[u8]) -> Digest {
    let staging = home.staging();
    let mut writer = staging.create().unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().0
}

fn receipt(n: u8, blob: Digest, audio: &[u8], cover: Digest, picture: &[u8]) -> Receipt {
    let track = TrackId::of_blob(&blob, 1);
    Receipt {
        track,
        recording: RecordingId::of_track(&track),
        how: How::Blob,
        order: u64::from(n),
        form: Form::Original,
        blob,
        bytes: audio.len() as u64,
        codec: Codec::Flac,
        duration_ms: 215_000,
        sample_rate_hz: 44_100,
        channels: 2,
        bit_rate: 800_000,
        source_path: format!("{n}.flac"),
        source: blob,
        source_bytes: audio.len() as u64,
        encoder: None,
        title: format!(
            "Título \"{n}\" \u{1} {}",
            "long ".repeat(usize::from(n) * 3)
        ),
        artist: "Béla & Édith".into(),
        release: Some(format!("Release {}", n / 6)),
        release_artist: None,
        date: Some("2019-05".into()),
        disc: None,
        position: Some(u32::from(n % 6) + 1),
        isrcs: vec![format!("GBAYE69000{n:02}").parse().unwrap()],
        cover: Some(Cover {
            blob: cover,
            bytes: picture.len() as u64,
            media_type: "image/jpeg".into(),
            width: 300,
            height: 300,
        }),
        fingerprint: n.is_multiple_of(2).then(|| "AQAAE0mUaEkSRZEG".into()),
        rights: None,
        access: Access::Open,
    }
}

/// Bytes that do not repeat (a xorshift generator).
fn noise(seed: u8, length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ (u64::from(seed) + 1);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

fn flip(path: &Path, at: u64) {
    let mut bytes = fs::read(path).unwrap();
    bytes[usize::try_from(at).unwrap()] ^= 4;
    fs::write(path, bytes).unwrap();
}

fn lines(text: &str) -> Vec<serde_json::Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn assert_same(found: &Tree, expected: &Tree) {
    let names = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected));
    for (path, bytes) in expected {
        assert!(found[path] == *bytes, "{} differs", path.display());
    }
}

/// Files of one folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    tree(folder)
        .into_keys()
        .map(|path| folder.join(path))
        .collect()
}

/// All files below a folder.
fn tree(folder: &Path) -> Tree {
    let mut found = Tree::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(relative, fs::read(&path).unwrap());
            }
        }
    }
    found
}
