//! Files made in code.

use {
    longplay_media::{
        Error, Examination, ExamineOptions, Picture, Tags, examine,
        synth::{self, CoverFormat, Pcm},
    },
    longplay_model::Codec,
    std::{
        fs,
        path::{Path, PathBuf},
    },
    tempfile::TempDir,
};

pub const RATE: u32 = 44_100;

pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file with these bytes.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// A song of a second and a half in stereo.
    pub fn song(&self, codec: Codec) -> PathBuf {
        let path = self.path(&format!("song.{}", codec.extension()));
        synth::write(&path, codec, &tune(), &tags(), Some(&cover())).unwrap();
        path
    }

    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

pub fn tune() -> Pcm {
    synth::compose(11, 1.5, RATE, 2)
}

pub fn cover() -> Picture {
    synth::cover(11, 64, 48, CoverFormat::Png)
}

/// Every field that a tag can hold.
pub fn tags() -> Tags {
    Tags {
        title: Some("Träume — 夢".into()),
        artist: Some("A & B feat. C".into()),
        release: Some("Works".into()),
        release_artist: Some("A".into()),
        date: Some("2019-05-17".into()),
        disc: Some(2),
        position: Some(7),
        isrcs: vec!["AAXX01900001".into(), "AAXX01900002".into()],
        recording_mbid: Some("b1a9c0e9-d987-4042-ae91-78d6a3267d69".into()),
        genres: vec!["Ambient".into(), "Drone".into()],
        label: Some("Kitchen".into()),
        barcode: Some("4006381333931".into()),
        rights: vec![(
            "LICENSE".into(),
            "https://creativecommons.org/publicdomain/zero/1.0/".into(),
        )],
    }
}

pub fn look(path: &Path) -> Result<Examination, Error> {
    examine(path, &ExamineOptions { fingerprint: false })
}
