//! `files.jsonl`: what each file of a collection was like when it was read, so
//! that the next import reads only those that changed.
//!
//! A file is taken for unchanged when its path, number, length and both of its
//! times are what they were. Content that is put back under an old time has a
//! new time of change, where the file system keeps one apart. Derived; whoever
//! deletes it has every file read again.

use {
    super::walk::Found,
    crate::{durable, error::Error},
    longplay_model::{Digest, Timestamp},
    serde::{Deserialize, Serialize},
    std::{
        collections::HashMap,
        fs::{self, Metadata},
        io,
        os::unix::fs::MetadataExt,
        path::Path,
    },
};

pub(crate) const FILES: &str = "files.jsonl";

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

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    path: String,
    #[serde(flatten)]
    stamp: Stamp,
    sha256: Digest,
}

/// Digests of files as they were, and as they are now.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    before: HashMap<String, (Stamp, Digest)>,
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
        let text = fs::read_to_string(dir.join(FILES)).unwrap_or_default();
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let known = lines.map(|line: Line| (line.path, (line.stamp, line.sha256)));
        self.before.extend(known);
    }

    /// Length and digest of a file: as it was, or as `read` finds it.
    pub(super) fn digest(
        &mut self,
        found: &Found,
        advance: impl FnOnce(u64),
        read: impl FnOnce() -> io::Result<(u64, Digest)>,
    ) -> io::Result<(u64, Digest)> {
        let stamp = Stamp::of(&fs::metadata(&found.path)?);
        let known = self.before.get(&found.name);
        let known = known.filter(|(before, _)| *before == stamp);
        let sha256 = match known {
            Some((_, sha256)) => {
                advance(stamp.bytes);
                *sha256
            }
            None => {
                let (bytes, sha256) = read()?;
                let is_same = Stamp::of(&fs::metadata(&found.path)?) == stamp;
                if !is_same || bytes != stamp.bytes {
                    return Ok((bytes, sha256));
                }
                sha256
            }
        };
        if stamp.modified_ns.max(stamp.changed_ns) < self.settled_ns {
            self.now.push(Line {
                path: found.name.clone(),
                stamp,
                sha256,
            });
        }
        Ok((stamp.bytes, sha256))
    }

    /// Writes what is known now into a folder that is not finished.
    pub(crate) fn write(&self, dir: &Path) -> Result<(), Error> {
        let mut text = Vec::new();
        for line in &self.now {
            serde_json::to_writer(&mut text, line).expect("all keys are strings");
            text.push(b'\n');
        }
        durable::write_inside(&dir.join(FILES), &text)
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

    impl Bench {
        /// Whether the file was read, by an import at `clock` that knows what
        /// the one before wrote.
        fn is_read(&self, clock: i64) -> bool {
            let mut seen = Seen::new(Timestamp::from_unix_seconds(clock));
            seen.learn(self.dir.path());
            let was_read = Cell::new(false);
            let read = || {
                was_read.set(true);
                let bytes = fs::read(&self.found.path)?;
                Ok((bytes.len() as u64, Digest::of(&bytes)))
            };
            let told = seen.digest(&self.found, |_| (), read).unwrap();
            let bytes = fs::read(&self.found.path).unwrap();
            assert_eq!(told, (bytes.len() as u64, Digest::of(&bytes)));
            seen.write(self.dir.path()).unwrap();
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
}
