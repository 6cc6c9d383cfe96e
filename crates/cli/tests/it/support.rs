//! A command line in a folder of its own, with a clock that stands still.

use {
    longplay::{Env, Exit, Input, Stream, run},
    longplay_media::{Tags, synth},
    longplay_model::{Codec, FixedClock},
    std::{
        fs,
        io::{self, Write},
        path::{Path, PathBuf},
        sync::{Arc, Mutex},
    },
    tempfile::TempDir,
};

pub const CC0: &str = "https://creativecommons.org/publicdomain/zero/1.0/";
pub const CLOCK: &str = "2026-01-31T12:00:00Z";

pub struct Bench {
    folder: TempDir,
    /// Of the environment.
    pub variables: Vec<(String, String)>,
}

pub struct Ran {
    pub exit: Exit,
    pub stdout: String,
    pub stderr: String,
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Bench {
    pub fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            variables: Vec::new(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `longplay` with these words, apart by spaces.
    pub fn run(&self, words: &str) -> Ran {
        self.run_words(&words.split(' ').collect::<Vec<_>>())
    }

    pub fn run_words(&self, words: &[&str]) -> Ran {
        self.run_in(self.folder.path(), words)
    }

    pub fn run_in(&self, folder: &Path, words: &[&str]) -> Ran {
        self.run_with(folder, words, "")
    }

    /// Runs with this text on stdin.
    pub fn run_with(&self, folder: &Path, words: &[&str], input: &str) -> Ran {
        let (stdout, stderr) = (Buffer::default(), Buffer::default());
        let env = Env {
            variables: self.variables.clone(),
            arguments: [&["longplay"], words]
                .concat()
                .into_iter()
                .map(Into::into)
                .collect(),
            folder: folder.to_owned(),
            clock: Arc::new(FixedClock(CLOCK.parse().unwrap())),
            stdin: Input::new(io::Cursor::new(input.to_owned())),
            stdout: Stream::new(stdout.clone()),
            stderr: Stream::new(stderr.clone()),
            is_watched: false,
            width: 80,
            interrupted: Arc::default(),
        };
        let exit = run(&env);
        Ran {
            exit,
            stdout: stdout.text(),
            stderr: stderr.text(),
        }
    }

    /// Runs and insists that all was sound.
    pub fn sound(&self, words: &str) -> Ran {
        let ran = self.run(words);
        assert_eq!(
            ran.exit,
            Exit::Sound,
            "{words}\n{}{}",
            ran.stdout,
            ran.stderr
        );
        ran
    }

    /// A recording of `seconds`, in the folder `music`.
    pub fn record(&self, name: &str, codec: Codec, seed: u64, seconds: f32) -> PathBuf {
        let path = self.path("music").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let pcm = synth::compose(seed, seconds, 44_100, 2);
        let cover = synth::cover(seed, 64, 64, synth::CoverFormat::Png);
        synth::write(&path, codec, &pcm, &tags(seed), Some(&cover)).unwrap();
        path
    }

    /// A recording without tags, two seconds long.
    pub fn bare(&self, name: &str, codec: Codec, seed: u64, has_cover: bool) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let pcm = synth::compose(seed, 2.0, 44_100, 2);
        let cover = has_cover.then(|| synth::cover(seed, 64, 64, synth::CoverFormat::Png));
        synth::write(&path, codec, &pcm, &Tags::default(), cover.as_ref()).unwrap();
    }

    /// Twelve recordings in five codecs.
    pub fn music(&self) {
        for seed in 0..12 {
            let codec = Codec::ALL[seed as usize % Codec::ALL.len()];
            let codec = if codec == Codec::Mp3 {
                Codec::Flac
            } else {
                codec
            };
            let name = format!("Artist {}/{seed:02} Song.{}", seed % 3, codec.extension());
            self.record(&name, codec, seed, 1.0 + seed as f32 / 8.0);
        }
    }

    /// An archive `home` of small packs in which the folder `music` is sealed.
    pub fn sealed(&self) {
        self.music();
        self.sound("init --archive home --name Test --recovery 4+2 --pack-size 256KiB");
        for words in [
            format!("import --archive home --audio music --rights {CC0}"),
            format!("plan --archive home --budget 1GB --clock {CLOCK}"),
            format!("intake --archive home music --rights {CC0}"),
            "seal --archive home".to_owned(),
        ] {
            self.sound(&words);
        }
    }
}

impl Ran {
    /// The summary of a run with `--json`.
    pub fn summary(&self) -> serde_json::Value {
        let last = self.stdout.lines().last().unwrap_or_default();
        let value: serde_json::Value = serde_json::from_str(last).expect(&self.stdout);
        value["summary"].clone()
    }
}

fn tags(seed: u64) -> Tags {
    Tags {
        title: Some(format!("Song {seed}")),
        artist: Some(format!("Artist {}", seed % 3)),
        release: Some(format!("Release {}", seed % 4)),
        date: Some("1999".to_owned()),
        position: Some(seed as u32 + 1),
        isrcs: vec![format!("AA00026{seed:05}")],
        ..Tags::default()
    }
}

/// All files below `folder`, as paths and bytes, in the order of their paths.
pub fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap();
                files.push((name.to_str().unwrap().to_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}
