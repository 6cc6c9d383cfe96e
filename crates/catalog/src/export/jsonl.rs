//! Track records (`docs/format/track-records.md`): an import reads them again.

use {
    super::{
        gather::{Chunk, Track},
        record::record,
        sink::Sink,
        sources::Sources,
    },
    crate::error::Error,
    longplay_model::{RecordingId, TrackId, TrackRecord},
    rayon::prelude::*,
    serde::Serialize,
    std::{
        fs::File,
        io::{BufWriter, Write},
        path::{Path, PathBuf},
    },
};

/// Tracks that are written as JSON at once.
const AT_ONCE: usize = 2048;

pub(super) struct JsonlFile {
    path: PathBuf,
    out: BufWriter<File>,
}

/// A record, and what the catalog knows beyond it; an import passes over that.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    record: TrackRecord,
    catalog: Beyond<'a>,
}

#[derive(Serialize)]
struct Beyond<'a> {
    track: TrackId,
    recording: RecordingId,
    rank: u32,
    source: &'a str,
    access: &'a str,
}

impl JsonlFile {
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let file = File::create(path).map_err(Error::write(path))?;
        Ok(Self {
            path: path.into(),
            out: BufWriter::with_capacity(1 << 18, file),
        })
    }
}

impl Sink for JsonlFile {
    fn write(&mut self, chunk: &Chunk, sources: &Sources) -> Result<(), Error> {
        let parts: Vec<Vec<u8>> = chunk
            .tracks
            .par_chunks(AT_ONCE)
            .map(|tracks| lines(tracks, chunk, sources))
            .collect();
        for part in parts {
            self.out
                .write_all(&part)
                .map_err(Error::write(&self.path))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.out.flush().map_err(Error::write(&self.path))
    }
}

fn lines(tracks: &[Track], chunk: &Chunk, sources: &Sources) -> Vec<u8> {
    let mut lines = Vec::new();
    for track in tracks {
        let line = Line {
            record: record(track, chunk, sources),
            catalog: Beyond {
                track: TrackId::from_bytes(track.line.track_id.0),
                recording: track.recording,
                rank: track.row,
                source: sources.name(track.line.source),
                access: &track.rights.access,
            },
        };
        serde_json::to_writer(&mut lines, &line).expect("all keys are strings");
        lines.push(b'\n');
    }
    lines
}
