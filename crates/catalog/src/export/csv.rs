//! CSV (RFC 4180) in UTF-8 with a header; lists are joined with `; `.

use {
    super::{
        flat::{FlatLine, flat},
        gather::Chunk,
        sink::Sink,
        sources::Sources,
    },
    crate::{
        error::Error,
        table::{Id, Line},
    },
    longplay_model::{Mbid, TrackId},
    rayon::prelude::*,
    std::{
        fs::File,
        io::{BufWriter, Write},
        path::{Path, PathBuf},
    },
};

/// Tracks that are written at once.
const AT_ONCE: usize = 2048;

pub(super) struct CsvFile {
    path: PathBuf,
    out: BufWriter<File>,
}

impl CsvFile {
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let file = File::create(path).map_err(Error::write(path))?;
        let mut out = BufWriter::with_capacity(1 << 18, file);
        let head = rows([FlatLine::COLUMNS
            .iter()
            .map(|name| (*name).to_owned())
            .collect()]);
        out.write_all(&head).map_err(Error::write(path))?;
        Ok(Self {
            path: path.into(),
            out,
        })
    }
}

impl Sink for CsvFile {
    fn write(&mut self, chunk: &Chunk, sources: &Sources) -> Result<(), Error> {
        let cells = |track| cells(flat(track, chunk, sources));
        let parts: Vec<Vec<u8>> = chunk
            .tracks
            .par_chunks(AT_ONCE)
            .map(|tracks| rows(tracks.iter().map(cells)))
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

fn rows(rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(&row)
            .expect("memory takes all rows of one length");
    }
    writer.into_inner().expect("memory takes all rows")
}

/// In the order of the columns.
fn cells(line: FlatLine) -> Vec<String> {
    fn text<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let hex = |id: Id| TrackId::from_bytes(id.0).to_string();
    vec![
        line.rank.to_string(),
        hex(line.track_id),
        hex(line.recording_id),
        line.source,
        line.source_id,
        line.title,
        line.artists,
        text(line.release),
        text(line.release_artists),
        text(line.release_date),
        text(line.gtin),
        text(line.label),
        text(line.disc),
        text(line.position),
        text(line.duration_ms),
        line.isrcs.join("; "),
        text(line.recording_mbid.map(|id| Mbid::from_bytes(id.0))),
        line.genres.join("; "),
        text(line.language),
        text(line.explicit),
        text(line.popularity),
        text(line.listens),
        text(line.popularity_at),
        text(line.rights),
        text(line.rights_basis),
        line.access,
        line.synthetic.to_string(),
    ]
}
