//! A collection, a catalog of it, a plan for it, and an archive.

use {
    longplay_intake::{Error, IntakeOptions, IntakeSummary, intake},
    longplay_media::{
        Tags,
        synth::{self, CoverFormat},
    },
    longplay_model::{
        Codec, Digest, Finding, FindingCode, FixedClock, Form, How, Match, Matcher, Monitor,
        PlanRow, Probe, Reason, Receipt, RecordingId, RightsStatement, Timestamp, TrackId, Unit,
    },
    longplay_plan::PlanLookup,
    longplay_store::{Config, Home, Mode},
    std::{
        collections::BTreeMap,
        fs,
        path::{Path, PathBuf},
        sync::{
            Mutex,
            atomic::{AtomicUsize, Ordering},
        },
    },
};

/// Keeps what it is told, and asks to stop after so many questions.
pub struct Watcher {
    findings: Mutex<Vec<Finding>>,
    asked: AtomicUsize,
    stop_after: usize,
}

impl Watcher {
    pub fn new() -> Self {
        Self::stopping_after(usize::MAX)
    }

    pub fn stopping_after(stop_after: usize) -> Self {
        Self {
            findings: Mutex::default(),
            asked: AtomicUsize::new(0),
            stop_after,
        }
    }

    pub fn findings(&self) -> Vec<Finding> {
        self.findings.lock().unwrap().clone()
    }

    /// Codes and subjects, in the order in which they came.
    pub fn told(&self) -> Vec<(FindingCode, String)> {
        self.findings()
            .into_iter()
            .map(|finding| (finding.code, finding.subject))
            .collect()
    }
}

impl Monitor for Watcher {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
    fn advance(&self, _: u64) {}
    fn finding(&self, finding: Finding) {
        self.findings.lock().unwrap().push(finding);
    }
    fn is_interrupted(&self) -> bool {
        self.asked.fetch_add(1, Ordering::SeqCst) >= self.stop_after
    }
}

/// Knows files by their digests and recordings by their ISRCs.
#[derive(Default)]
pub struct Catalog {
    pub by_blob: BTreeMap<Digest, Match>,
    pub by_isrc: BTreeMap<String, Match>,
}

impl Matcher for Catalog {
    fn find(&self, probe: &Probe) -> Option<Match> {
        let by_blob = probe.blob.and_then(|blob| self.by_blob.get(&blob));
        let by_isrc = || {
            let codes = probe.isrcs.iter().map(ToString::to_string);
            codes.into_iter().find_map(|code| self.by_isrc.get(&code))
        };
        by_blob.or_else(by_isrc).copied()
    }
}

#[derive(Default, Clone)]
pub struct Plan(pub Vec<PlanRow>);

impl PlanLookup for Plan {
    fn row(&self, track: &TrackId, recording: &RecordingId) -> Option<PlanRow> {
        let of_track = self.0.iter().find(|row| row.track == *track);
        let of_recording = || self.0.iter().find(|row| row.recording == *recording);
        of_track.or_else(of_recording).cloned()
    }
}

impl Plan {
    pub fn add(&mut self, track: TrackId, recording: RecordingId, form: Option<Form>) {
        let order = self.0.len() as u64;
        self.0.push(PlanRow {
            track,
            recording,
            rank: order,
            order,
            form,
            reason: match form {
                Some(_) => Reason::Popular,
                None => Reason::OverBudget,
            },
            bytes: 0,
            bytes_so_far: 0,
            listens: 0.0,
            score: 0.0,
        });
    }
}

/// Everything that one test needs, in one folder that goes away.
pub struct Scene {
    folder: tempfile::TempDir,
    pub catalog: Catalog,
    pub plan: Plan,
    pub rights: Option<RightsStatement>,
    pub rights_file: Option<PathBuf>,
    pub threads: usize,
    pub now: i64,
}

pub const BY: &str = "https://creativecommons.org/licenses/by/4.0/";

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("music")).unwrap();
        let scene = Self {
            folder,
            catalog: Catalog::default(),
            plan: Plan::default(),
            rights: Some(statement(BY)),
            rights_file: None,
            threads: 3,
            now: 1_700_000_000,
        };
        Home::create(scene.root(), &Config::new("test"), &scene.clock()).unwrap();
        scene
    }

    /// Twelve files in several codecs, folders and forms.
    pub fn with_collection() -> Self {
        let mut scene = Self::new();
        let codecs = [
            (Codec::Flac, Form::Original),
            (Codec::Wav, Form::Lossless),
            (Codec::Vorbis, Form::Original),
            (Codec::Aiff, Form::Access),
            (Codec::Mp3, Form::Original),
            (Codec::Opus, Form::Original),
        ];
        for number in 0..12u64 {
            let (codec, form) = codecs[number as usize % codecs.len()];
            let name = format!(
                "Artist {}/{number:02} Song.{}",
                number % 3,
                codec.extension()
            );
            scene.song(&name, codec, number, form);
        }
        scene
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    pub fn music(&self) -> PathBuf {
        self.folder.path().join("music")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.music().join(name)
    }

    pub fn clock(&self) -> FixedClock {
        FixedClock(Timestamp::from_unix_seconds(self.now))
    }

    /// Writes a song and gives it a row in catalog and plan.
    pub fn song(&mut self, name: &str, codec: Codec, seed: u64, form: Form) -> TrackId {
        self.write(name, codec, seed, &tags(name, seed));
        self.list(name, Some(form))
    }

    pub fn write(&self, name: &str, codec: Codec, seed: u64, tags: &Tags) {
        let path = self.file(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let pcm = synth::compose(seed, 0.6, 48_000, 2);
        let cover = (codec != Codec::Wav).then(|| synth::cover(seed % 3, 24, 24, CoverFormat::Png));
        synth::write(&path, codec, &pcm, tags, cover.as_ref()).unwrap();
    }

    /// Gives the file a row in catalog and plan.
    pub fn list(&mut self, name: &str, form: Option<Form>) -> TrackId {
        let blob = Digest::of(&fs::read(self.file(name)).unwrap());
        let track = TrackId::of_blob(&blob, 1);
        let recording = RecordingId::of_track(&track);
        let found = Match {
            track,
            recording,
            how: How::Blob,
        };
        self.catalog.by_blob.insert(blob, found);
        self.plan.add(track, recording, form);
        track
    }

    pub fn options(&self) -> IntakeOptions {
        IntakeOptions {
            collection: self.music(),
            rights: self.rights.clone(),
            rights_file: self.rights_file.clone(),
            threads: self.threads,
            fingerprint: false,
        }
    }

    pub fn open(&self) -> Home {
        Home::open(self.root(), Mode::Write, &longplay_model::Silent).unwrap()
    }

    pub fn try_intake(&self, watcher: &Watcher) -> Result<IntakeSummary, Error> {
        let (home, clock) = (self.open(), self.clock());
        intake(
            &home,
            &self.options(),
            &self.catalog,
            &self.plan,
            &clock,
            watcher,
        )
    }

    pub fn intake(&self) -> (IntakeSummary, Watcher) {
        let watcher = Watcher::new();
        let summary = self.try_intake(&watcher).unwrap();
        (summary, watcher)
    }

    pub fn receipts(&self) -> Vec<Receipt> {
        self.open().state().staged().unwrap()
    }

    pub fn journal(&self) -> Vec<u8> {
        fs::read(self.root().join("journal/0001.jsonl")).unwrap()
    }
}

pub fn statement(uri: &str) -> RightsStatement {
    RightsStatement {
        uri: uri.parse().unwrap(),
        basis: "given with the source".into(),
    }
}

pub fn tags(name: &str, seed: u64) -> Tags {
    let stem = Path::new(name).file_stem().unwrap().to_string_lossy();
    Tags {
        title: Some(stem.into_owned()),
        artist: Some(format!("Artist {}", seed % 3)),
        release: Some("Songs".into()),
        date: Some("2019-05-03".into()),
        position: Some(seed as u32 + 1),
        isrcs: vec![format!("AAXYZ19{seed:05}")],
        ..Tags::default()
    }
}
