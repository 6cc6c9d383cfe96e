//! An archive made in code, with blobs in staging and receipts in the journal.

use {
    longplay_model::{
        Access, Codec, Cover, Digest, Event, Finding, FixedClock, Form, How, Monitor, Receipt,
        RecordingId, RightsStatement, Silent, TrackId, Unit,
    },
    longplay_store::{
        Config, Home, Mode, Recovery,
        seal::{Payload, SealPlan, SealRequest, SealSummary, execute, plan},
    },
    std::{
        collections::BTreeMap,
        fs,
        io::Write,
        path::{Path, PathBuf},
        sync::{LazyLock, Mutex},
    },
};

/// The clock of all tests.
pub static NOW: LazyLock<FixedClock> =
    LazyLock::new(|| FixedClock("2026-01-31T12:00:00Z".parse().unwrap()));

pub struct Archive {
    pub folder: tempfile::TempDir,
}

/// Findings of a job.
#[derive(Default)]
pub struct Ear(pub Mutex<Vec<Finding>>);

impl Monitor for Ear {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
    fn advance(&self, _: u64) {}
    fn finding(&self, finding: Finding) {
        self.0.lock().unwrap().push(finding);
    }
}

/// Bytes that look like nothing in particular, the same for the same seed.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| next()).collect()
}

impl Archive {
    pub fn new(k: u8, m: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Home::create(folder.path().join("home"), &config(k, m), &*NOW).unwrap();
        Self { folder }
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub fn open(&self) -> Home {
        Home::open(self.root(), Mode::Write, &Silent).unwrap()
    }

    pub fn stage(&self, home: &Home, bytes: &[u8]) -> Digest {
        let _ = self;
        stage(home, bytes)
    }

    /// See [`fill`].
    pub fn fill(&self, count: u64, access: Access) {
        fill(&self.open(), count, access);
    }

    pub fn plan(&self) -> SealPlan {
        plan(&self.open(), &staged()).unwrap()
    }

    pub fn seal(&self) -> SealSummary {
        seal(&self.open())
    }

    pub fn tranches(&self) -> PathBuf {
        self.root().join("tranches")
    }

    /// Every file of the archive but the caches, as path → bytes.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.root(), "", &mut files);
        files.retain(|path, _| !is_cache(path) && !path.contains("lock"));
        files
    }
}

pub fn config(k: u8, m: u8) -> Config {
    let mut config = Config::new("Test archive");
    config.recovery = Recovery { k, m };
    config.pack_bytes.0 = 200_000;
    config
}

pub fn stage(home: &Home, bytes: &[u8]) -> Digest {
    let mut writer = home.staging().create().unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().0
}

/// Stages `count` pieces of audio of class `access`, two a release, with covers
/// that releases share.
pub fn fill(home: &Home, count: u64, access: Access) {
    let mut events = Vec::new();
    for number in 0..count {
        let audio = noise(number + 1, 3_000 + (number as usize * 7_919) % 40_000);
        let art = noise(1_000 + number / 2, 500 + number as usize);
        let cover = if number % 3 == 0 {
            &art[..500]
        } else {
            &art[..400]
        };
        let receipt = receipt(
            number,
            access,
            (stage(home, &audio), audio.len()),
            Some((stage(home, cover), cover.len())),
        );
        events.push(Event::Ingestion {
            receipt: Box::new(receipt),
        });
    }
    home.record_all(events, &*NOW).unwrap();
}

pub fn seal(home: &Home) -> SealSummary {
    let plan = plan(home, &staged()).unwrap();
    execute(home, &plan, &*NOW, &Silent).unwrap()
}

/// Whether a path is of what is made again from the rest.
fn is_cache(path: &str) -> bool {
    path.starts_with("state.sqlite") || path.starts_with("holdings/")
}

pub fn staged() -> SealRequest {
    SealRequest {
        clock: NOW.0,
        payload: Payload::Staged,
        software: "longplay 0.0.0-test".into(),
    }
}

pub fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true => collect(&entry.path(), &format!("{name}/"), files),
            false => drop(files.insert(name, fs::read(entry.path()).unwrap())),
        }
    }
}

pub fn receipt(
    number: u64,
    access: Access,
    audio: (Digest, usize),
    cover: Option<(Digest, usize)>,
) -> Receipt {
    let track = TrackId::of_blob(&audio.0, number as u32);
    Receipt {
        track,
        recording: RecordingId::of_track(&track),
        how: How::Blob,
        order: number,
        form: Form::Original,
        blob: audio.0,
        bytes: audio.1 as u64,
        codec: Codec::Flac,
        duration_ms: 1000,
        sample_rate_hz: 44_100,
        channels: 2,
        bit_rate: 800_000,
        source_path: format!("{number}.flac"),
        source: audio.0,
        source_bytes: audio.1 as u64,
        encoder: None,
        title: format!("Títle {number}"),
        artist: format!("Artist {}", number / 4),
        release: Some(format!("Release {}", number / 2)),
        release_artist: None,
        date: Some("2019-05-01".into()),
        disc: Some(1 + (number % 2) as u32),
        position: Some(1 + number as u32),
        isrcs: Vec::new(),
        cover: cover.map(|(blob, bytes)| Cover {
            blob,
            bytes: bytes as u64,
            media_type: "image/png".into(),
            width: 10,
            height: 10,
        }),
        fingerprint: number.is_multiple_of(2).then(|| format!("AQAA{number}")),
        rights: Some(RightsStatement {
            uri: "https://creativecommons.org/licenses/by/4.0/"
                .parse()
                .unwrap(),
            basis: "given with the source".into(),
        }),
        access,
    }
}
