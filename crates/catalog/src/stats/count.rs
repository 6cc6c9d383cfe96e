//! The counts of one row group of tracks.

use {
    super::{
        durations::Seconds,
        tally::Tally,
        told::{Explicit, STEPS, With},
    },
    crate::{
        error::Error,
        scan::{Tables, column},
    },
    arrow_array::{Array, RecordBatch},
};

/// Codes of a track that are told apart.
pub(super) const MOST_CODES: usize = 10;

#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) by_source: Vec<u64>,
    pub(super) with: With,
    pub(super) seconds: Seconds,
    pub(super) languages: Tally,
    pub(super) explicit: Explicit,
    pub(super) isrcs_a_track: [u64; MOST_CODES + 1],
    /// From each of the steps up to the next.
    pub(super) popularity: [u64; STEPS.len()],
}

const COLUMNS: [&str; 5] = ["source", "duration_ms", "isrcs", "explicit", "synthetic"];

/// Counts a row group of `tracks`, with the popularity of its tracks.
pub(super) fn group(tables: &Tables, group: usize, sources: usize) -> Result<Counted, Error> {
    let tracks = &tables.tracks;
    let rows = tracks.rows_of(group);
    let mut counted = Counted {
        by_source: vec![0; sources],
        ..Counted::default()
    };
    let mut from = Vec::with_capacity((rows.end - rows.start) as usize);
    for batch in tracks.batches_at(rows.clone(), &COLUMNS)? {
        counted.tracks(tables, &batch)?;
        from.extend_from_slice(column::<u16>(tracks, &batch, "source")?.values());
    }
    counted.with.mbid = tracks.present(group, "recording_mbid")?;
    counted.with.release = tracks.present(group, "release")?;
    let languages = &mut counted.languages;
    tracks.tally(group, "language", |text, count| languages.add(text, count))?;
    for popularity in tables.figures.popularity(&rows, &from, |_| true)? {
        counted.popularity(popularity);
    }
    Ok(counted)
}

impl Counted {
    fn tracks(&mut self, tables: &Tables, batch: &RecordBatch) -> Result<(), Error> {
        let table = &tables.tracks;
        for source in column::<u16>(table, batch, "source")?.values() {
            let count = self.by_source.get_mut(usize::from(*source));
            *count.ok_or_else(|| table.shape("sources that its snapshot names"))? += 1;
        }
        let durations = column::<u32>(table, batch, "duration_ms")?;
        durations
            .iter()
            .flatten()
            .for_each(|ms| self.seconds.add(ms));
        let isrcs = column::<Vec<String>>(table, batch, "isrcs")?;
        for ends in isrcs.value_offsets().windows(2) {
            let codes = usize::try_from(ends[1] - ends[0]).unwrap_or(0);
            self.isrcs_a_track[codes.min(MOST_CODES)] += 1;
            self.with.isrc += u64::from(codes > 0);
        }
        self.explicit(column::<bool>(table, batch, "explicit")?);
        let synthetic = column::<bool>(table, batch, "synthetic")?;
        self.with.synthetic += synthetic.true_count() as u64;
        self.with.duration += present(durations);
        Ok(())
    }

    fn explicit(&mut self, column: &arrow_array::BooleanArray) {
        let yes = column.true_count() as u64;
        self.explicit.yes += yes;
        self.explicit.no += present(column) - yes;
        self.explicit.unknown += column.null_count() as u64;
    }

    fn popularity(&mut self, popularity: f32) {
        if !popularity.is_nan() {
            let step = match popularity {
                ..1.0 => 0,
                ..10.0 => 1,
                _ => (popularity as usize / 10 + 1).min(STEPS.len() - 1),
            };
            self.popularity[step] += 1;
            self.with.popularity += 1;
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.by_source.resize(other.by_source.len(), 0);
        add(&mut self.by_source, &other.by_source);
        add(&mut self.isrcs_a_track, &other.isrcs_a_track);
        add(&mut self.popularity, &other.popularity);
        self.with = With {
            isrc: self.with.isrc + other.with.isrc,
            mbid: self.with.mbid + other.with.mbid,
            duration: self.with.duration + other.with.duration,
            release: self.with.release + other.with.release,
            genre: self.with.genre + other.with.genre,
            popularity: self.with.popularity + other.with.popularity,
            synthetic: self.with.synthetic + other.with.synthetic,
        };
        self.explicit = Explicit {
            yes: self.explicit.yes + other.explicit.yes,
            no: self.explicit.no + other.explicit.no,
            unknown: self.explicit.unknown + other.explicit.unknown,
        };
        self.seconds.merge(&other.seconds);
        self.languages.merge(other.languages);
    }
}

fn present(column: &dyn Array) -> u64 {
    (column.len() - column.null_count()) as u64
}

fn add(counts: &mut [u64], more: &[u64]) {
    let counts = counts.iter_mut().zip(more);
    counts.for_each(|(count, more)| *count += more);
}
