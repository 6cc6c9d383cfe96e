//! `files.jsonl`: what each file of a collection was like when it was read, and
//! what was found in it, so that the next import opens only those that changed.
//!
//! A file is taken for unchanged when its path, number, length and both of its
//! times are what they were. Content that is put back under an old time has a
//! new time of change, where the file system keeps one apart. Derived; whoever
//! deletes it has every file read again.

use {
    super::walk::Found,
    crate::{durable, error::Error, row::CoverFacts},
    longplay_media::Tags,
    longplay_model::{Codec, Digest, Timestamp},
    serde::{Deserialize, Serialize},
    std::{
        cmp::Ordering,
        fs::{self, File, Metadata},
        io::{self, BufRead, BufReader, BufWriter, Write},
        iter::Peekable,
        os::unix::fs::MetadataExt,
        path::Path,
    },
};

pub(crate) const FILES: &str = "files.jsonl";

/// Whoever changes what is read out of a file counts this up: what was found
/// by another reading is not used again.
const READING: u32 = 1;

/// A file that changed so shortly before it was read may change again without
/// another time: file systems count in steps of up to two seconds.
const SETTLED_NS: i64 = 2_000_000_000;

/// What a file system says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    /// In its file system.
    inode: u64,
    bytes: u64,
    /// Nanoseconds since 1970: when its content changed, and when anything did.
    modified_ns: i64,
    changed_ns: i64,
}

/// What a file was found to hold.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Content {
    Audio(Box<Audio>),
    Other(String),
}

/// What a file of audio says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Audio {
    pub(super) codec: Codec,
    pub(super) duration_ms: u32,
    pub(super) tags: Tags,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tag_error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cover: Option<CoverFacts>,
}

/// A file that was looked into.
#[derive(Debug, PartialEq)]
pub(super) enum Looked {
    Audio {
        audio: Box<Audio>,
        bytes: u64,
        sha256: Digest,
    },
    /// No audio that could be read, and why.
    Other(String),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    path: String,
    #[serde(flatten)]
    stamp: Stamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<Digest>,
    #[serde(default)]
    reading: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<Content>,
}

impl Line {
    /// What was found in the file, by the reading of this version.
    fn looked(self) -> Option<Looked> {
        let content = self.content.filter(|_| self.reading == READING);
        match (content?, self.sha256) {
            (Content::Audio(audio), Some(sha256)) => Some(Looked::Audio {
                audio,
                bytes: self.stamp.bytes,
                sha256,
            }),
            (Content::Audio(_), None) => None,
            (Content::Other(reason), _) => Some(Looked::Other(reason)),
        }
    }
}

/// Files as they were, and as they are now, both in the order of a walk.
#[derive(Default)]
pub(crate) struct Seen {
    before: Vec<Peekable<Box<dyn Iterator<Item = Line>>>>,
    now: Vec<Line>,
    /// What changed since then is read again the next time.
    settled_ns: i64,
}

impl Seen {
    /// Knows no file yet, of an import that begins at `clock`.
    pub(crate) fn new(clock: Timestamp) -> Self {
        let seconds = clock.unix_seconds();
        Self {
            settled_ns: seconds.saturating_mul(1_000_000_000) - SETTLED_NS,
            ..Self::default()
        }
    }

    /// Adds what the kept source in the folder `dir` knows. Lines that cannot
    /// be read are passed over.
    pub(crate) fn learn(&mut self, dir: &Path) {
        let Ok(file) = File::open(dir.join(FILES)) else {
            return;
        };
        let lines = BufReader::new(file).split(b'\n').map_while(Result::ok);
        let lines = lines.filter_map(|line| serde_json::from_slice(&line).ok());
        let lines: Box<dyn Iterator<Item = Line>> = Box::new(lines);
        self.before.push(lines.peekable());
    }

    /// What is in a file: as it was found before, or as `look` finds it, which
    /// is given the file's digest where that is known.
    pub(super) fn file(
        &mut self,
        found: &Found,
        advance: impl FnOnce(u64),
        look: impl FnOnce(Option<Digest>) -> io::Result<Looked>,
    ) -> io::Result<Looked> {
        let stamp = Stamp::of(&fs::metadata(&found.path)?);
        let known = self.known(&found.name, stamp);
        let sha256 = known.as_ref().and_then(|line| line.sha256);
        if let Some(looked) = known.and_then(Line::looked) {
            advance(stamp.bytes);
            self.note(found, stamp, &looked);
            return Ok(looked);
        }
        let looked = look(sha256)?;
        let is_same = Stamp::of(&fs::metadata(&found.path)?) == stamp;
        let is_whole = match &looked {
            Looked::Audio { bytes, .. } => *bytes == stamp.bytes,
            Looked::Other(_) => true,
        };
        if is_same && is_whole {
            self.note(found, stamp, &looked);
        }
        Ok(looked)
    }

    fn note(&mut self, found: &Found, stamp: Stamp, looked: &Looked) {
        if stamp.modified_ns.max(stamp.changed_ns) >= self.settled_ns {
            return;
        }
        let (content, sha256) = match looked {
            Looked::Audio { audio, sha256, .. } => (Content::Audio(audio.clone()), Some(*sha256)),
            Looked::Other(reason) => (Content::Other(reason.clone()), None),
        };
        self.now.push(Line {
            path: found.name.clone(),
            stamp,
            sha256,
            reading: READING,
            content: Some(content),
        });
    }

    /// What is known of the file `name` if it looks as it did. Names come in
    /// the order of a walk.
    fn known(&mut self, name: &str, stamp: Stamp) -> Option<Line> {
        let of_one = |lines: &mut Peekable<Box<dyn Iterator<Item = Line>>>| {
            while lines
                .next_if(|line| in_walk(&line.path, name).is_lt())
                .is_some()
            {}
            lines.next_if(|line| line.path == name)
        };
        let known = self.before.iter_mut().filter_map(of_one);
        known.fold(None, |known, line| {
            known.or(Some(line).filter(|line| line.stamp == stamp))
        })
    }

    /// Writes what was learnt since the last time.
    pub(super) fn write(&mut self, out: &mut SeenWriter) -> Result<(), Error> {
        self.now.drain(..).try_for_each(|line| out.push(&line))
    }
}

/// The order in which a walk comes by files.
fn in_walk(a: &str, b: &str) -> Ordering {
    a.split('/').cmp(b.split('/'))
}

/// Writes the list of files into a folder that is not finished.
pub(super) struct SeenWriter<'a> {
    path: &'a Path,
    out: BufWriter<File>,
}

impl<'a> SeenWriter<'a> {
    pub(super) fn create(path: &'a Path) -> Result<Self, Error> {
        let out = File::create(path).map_err(Error::write(path))?;
        let out = BufWriter::new(out);
        Ok(Self { path, out })
    }

    fn push(&mut self, line: &Line) -> Result<(), Error> {
        let mut text = serde_json::to_vec(line).expect("all keys are strings");
        text.push(b'\n');
        self.out.write_all(&text).map_err(Error::write(self.path))
    }

    pub(super) fn finish(self) -> Result<(), Error> {
        durable::sync_written(self.out, self.path)
    }
}

impl Stamp {
    fn of(file: &Metadata) -> Self {
        let ns = |seconds: i64, ns: i64| seconds.saturating_mul(1_000_000_000).saturating_add(ns);
        Self {
            inode: file.ino(),
            bytes: file.len(),
            modified_ns: ns(file.mtime(), file.mtime_nsec()),
            changed_ns: ns(file.ctime(), file.ctime_nsec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use {super::*, std::cell::Cell};

    const FAR: i64 = 4_000_000_000;

    struct Bench {
        dir: tempfile::TempDir,
        found: Found,
    }

    fn bench() -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let found = Found {
            path: dir.path().join("a"),
            name: "a".into(),
        };
        fs::write(&found.path, "sound").unwrap();
        Bench { dir, found }
    }

    fn looked(bytes: &[u8]) -> Looked {
        let tags = Tags {
            title: Some(String::from_utf8(bytes.into()).unwrap()),
            ..Tags::default()
        };
        let audio = Audio {
            codec: Codec::Flac,
            duration_ms: 1,
            tags,
            tag_error: None,
            cover: None,
        };
        Looked::Audio {
            audio: Box::new(audio),
            bytes: bytes.len() as u64,
            sha256: Digest::of(bytes),
        }
    }

    fn write(seen: &mut Seen, dir: &Path) {
        let path = dir.join(FILES);
        let mut out = SeenWriter::create(&path).unwrap();
        seen.write(&mut out).unwrap();
        out.finish().unwrap();
    }

    impl Bench {
        /// Whether the file was read, by an import at `clock` that knows what
        /// the one before wrote.
        fn is_read(&self, clock: i64) -> bool {
            let mut seen = Seen::new(Timestamp::from_unix_seconds(clock));
            seen.learn(self.dir.path());
            let was_read = Cell::new(false);
            let look = |_| {
                was_read.set(true);
                fs::read(&self.found.path).map(|bytes| looked(&bytes))
            };
            let told = seen.file(&self.found, |_| (), look).unwrap();
            assert_eq!(told, looked(&fs::read(&self.found.path).unwrap()));
            write(&mut seen, self.dir.path());
            was_read.get()
        }
    }

    #[test]
    fn only_what_changed_is_read() {
        let bench = bench();
        assert!(bench.is_read(FAR));
        assert!(!bench.is_read(FAR));
        assert!(!bench.is_read(FAR), "known from what was not read");
        fs::write(&bench.found.path, "other sound").unwrap();
        assert!(bench.is_read(FAR));
        assert!(!bench.is_read(FAR));
    }

    #[test]
    fn an_old_time_does_not_hide_a_change() {
        let bench = bench();
        let time = fs::metadata(&bench.found.path).unwrap().modified().unwrap();
        assert!(bench.is_read(FAR));
        // Times may come in steps of milliseconds.
        std::thread::sleep(std::time::Duration::from_millis(20));
        fs::write(&bench.found.path, "SOUND").unwrap();
        let file = fs::File::options().write(true).open(&bench.found.path);
        file.unwrap().set_modified(time).unwrap();
        assert!(bench.is_read(FAR));
    }

    #[test]
    fn what_changed_a_moment_ago_is_not_trusted() {
        let bench = bench();
        let now = std::time::SystemTime::now();
        let now = now.duration_since(std::time::UNIX_EPOCH).unwrap();
        let now = now.as_secs() as i64;
        assert!(bench.is_read(now));
        assert!(bench.is_read(now));
    }

    #[test]
    fn damaged_lines_are_passed_over() {
        let bench = bench();
        assert!(bench.is_read(FAR));
        let path = bench.dir.path().join(FILES);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{{\"path\":\n{text}")).unwrap();
        assert!(!bench.is_read(FAR));
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert!(bench.is_read(FAR));
    }

    #[test]
    fn another_reading_keeps_the_digest_alone() {
        let bench = bench();
        assert!(bench.is_read(FAR));
        let path = bench.dir.path().join(FILES);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"reading\":1", "\"reading\":0")).unwrap();
        let mut seen = Seen::new(Timestamp::from_unix_seconds(FAR));
        seen.learn(bench.dir.path());
        let told = seen.file(
            &bench.found,
            |_| (),
            |sha256| {
                assert_eq!(sha256, Some(Digest::of(b"sound")));
                Ok(looked(b"sound"))
            },
        );
        assert_eq!(told.unwrap(), looked(b"sound"));
    }

    #[test]
    fn files_are_found_in_the_order_of_a_walk() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["a.flac", "a/b", "a/c", "a b/d", "ä/e", "z", "zz/1/2"];
        for name in names {
            let path = dir.path().join("music").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        let read = |gone: &[&str]| {
            let mut seen = Seen::new(Timestamp::from_unix_seconds(FAR));
            seen.learn(dir.path());
            let mut reads = Vec::new();
            let music = dir.path().join("music");
            super::super::walk(&music, &longplay_model::Silent, &mut |found| {
                if !gone.contains(&found.name.as_str()) {
                    let bytes = fs::read(&found.path).unwrap();
                    let look = |_| {
                        reads.push(found.name.clone());
                        Ok(looked(&bytes))
                    };
                    let told = seen.file(&found, |_| (), look).unwrap();
                    assert_eq!(told, looked(&bytes));
                }
                Ok(())
            })
            .unwrap();
            write(&mut seen, dir.path());
            reads
        };
        assert_eq!(read(&["a/c", "z"]).len(), 5);
        assert_eq!(read(&["a.flac"]), ["a/c", "z"]);
        assert_eq!(read(&[]), ["a.flac"]);
        assert_eq!(read(&[]), [""; 0]);
    }
}
