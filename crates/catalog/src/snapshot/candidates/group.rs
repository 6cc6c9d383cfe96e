use {
    super::{
        super::{figures::Section, tables::Tables, words::codec_of},
        entities::{Artist, Entities},
    },
    crate::{
        error::Error,
        popularity::listens_of,
        scan::column,
        table::{Line, Table, table},
        tables::{about, metric},
    },
    arrow_array::{Array, RecordBatch},
    longplay_model::{CandidateBatch, CandidateColumns, CandidateFile},
    std::ops::Range,
};

/// A row group of `tracks` while its batch is made.
pub(super) struct Group<'a> {
    tables: &'a Tables,
    rows: Range<u64>,
}

/// Artists that are fetched from all over memory before they are looked at: nothing
/// else waits for one, so the processor fetches many at a time.
const AT_ONCE: usize = 256;

table! {
    /// What a candidate takes from `files`.
    FilePart {
        row: u32,
        codec: String,
        bytes: u64,
    }
}

impl<'a> Group<'a> {
    pub(super) fn new(tables: &'a Tables, group: usize) -> Self {
        let rows = tables.tracks.rows_of(group);
        Self { tables, rows }
    }

    fn len(&self) -> usize {
        (self.rows.end - self.rows.start) as usize
    }

    pub(super) fn batch(
        &self,
        columns: CandidateColumns,
        entities: &Entities,
    ) -> Result<CandidateBatch, Error> {
        let mut batch = CandidateBatch {
            first_row: u32::try_from(self.rows.start).unwrap_or(u32::MAX),
            recording: self.numbers("recording", 0)?,
            ..CandidateBatch::default()
        };
        if columns != CandidateColumns::Listens {
            batch.files = self.files()?;
        }
        match columns {
            CandidateColumns::Order => self.order(entities, &mut batch)?,
            CandidateColumns::Lengths => batch.duration_ms = self.numbers("duration_ms", 0)?,
            CandidateColumns::Listens => batch.listens = self.listens()?,
            CandidateColumns::Size => {
                batch.duration_ms = self.numbers("duration_ms", 0)?;
                batch.listens = self.listens()?;
            }
        }
        Ok(batch)
    }

    fn order(&self, entities: &Entities, batch: &mut CandidateBatch) -> Result<(), Error> {
        let popularity = self.figures(metric::POPULARITY)?;
        batch.popularity = popularity.iter().map(|share| *share as f32).collect();
        batch.release_popularity = self.releases(entities)?;
        let artists = self.artists(entities)?;
        batch.artist_popularity = artists.popularity;
        // Nobody asks it of rows without a file.
        if !batch.files.is_empty() {
            let listens = self.figures(metric::LISTENS)?;
            let is_rated = |at: usize| {
                !popularity[at].is_nan()
                    || !listens[at].is_nan()
                    || !batch.release_popularity[at].is_nan()
                    || !batch.artist_popularity[at].is_nan()
                    || artists.followers[at] > 0
            };
            batch.is_rated = (0..self.len()).map(is_rated).collect();
        }
        batch.followers = artists.followers;
        for count in &mut batch.followers {
            *count = count.saturating_sub(1);
        }
        Ok(())
    }

    /// A column of `tracks`, with `absent` where it is null.
    fn numbers(&self, name: &'static str, absent: u32) -> Result<Vec<u32>, Error> {
        let table = &self.tables.tracks;
        let mut numbers = Vec::with_capacity(self.len());
        for part in table.batches_at(self.rows.clone(), &[name])? {
            let values = column::<u32>(table, &part, name)?;
            if values.null_count() == 0 {
                numbers.extend_from_slice(values.values());
            } else {
                numbers.extend(values.iter().map(|value| value.unwrap_or(absent)));
            }
        }
        Ok(numbers)
    }

    fn sources(&self) -> Result<Vec<u16>, Error> {
        let table = &self.tables.tracks;
        let mut sources = Vec::with_capacity(self.len());
        for part in table.batches_at(self.rows.clone(), &["source"])? {
            sources.extend_from_slice(column::<u16>(table, &part, "source")?.values());
        }
        Ok(sources)
    }

    /// The figure of each track that counts; not a number where nobody tells.
    fn figures(&self, metric: &str) -> Result<Vec<f64>, Error> {
        let mut chosen = vec![f64::NAN; self.len()];
        let figures = &self.tables.figures;
        let sections = figures.sections(about::TRACK, metric);
        // The earliest source comes after those that it outdoes.
        for section in sections.iter().rev() {
            self.take(section, None, &mut chosen)?;
        }
        if sections.len() > 1 {
            let own = self.sources()?;
            for section in sections.iter().rev() {
                self.take(section, Some(&own), &mut chosen)?;
            }
        }
        Ok(chosen)
    }

    /// The figures of a section; with `own`, the sources of the tracks, only
    /// those that were inherited or come from the track's source.
    fn take(
        &self,
        section: &Section,
        own: Option<&[u16]>,
        chosen: &mut [f64],
    ) -> Result<(), Error> {
        let figures = &self.tables.figures;
        let is_own = |at: usize| own.is_none_or(|own| own[at] == section.source);
        figures.within(
            section,
            &self.rows,
            own.is_some(),
            |row, value, inherited| {
                let at = (row - self.rows.start) as usize;
                if inherited || is_own(at) {
                    chosen[at] = value;
                }
            },
        )
    }

    /// As counted, otherwise estimated from the popularity.
    fn listens(&self) -> Result<Vec<f64>, Error> {
        let mut listens = self.figures(metric::LISTENS)?;
        if listens.iter().any(|count| count.is_nan()) {
            let popularity = self.figures(metric::POPULARITY)?;
            for (count, share) in listens.iter_mut().zip(popularity) {
                if count.is_nan() {
                    *count = listens_of(if share.is_nan() { 0.0 } else { share as f32 });
                }
            }
        }
        Ok(listens)
    }

    /// The popularity of the release of each track.
    fn releases(&self, entities: &Entities) -> Result<Vec<f32>, Error> {
        if entities.releases.is_empty() {
            return Ok(vec![f32::NAN; self.len()]);
        }
        let rows = self.numbers("release", u32::MAX)?;
        let told = |row: u32| entities.releases.get(row as usize).copied();
        Ok(rows
            .into_iter()
            .map(|row| told(row).unwrap_or(f32::NAN))
            .collect())
    }

    /// The highest popularity, and the most followers, of the artists of each
    /// track.
    fn artists(&self, entities: &Entities) -> Result<Highest, Error> {
        let mut highest = Highest {
            popularity: vec![f32::NAN; self.len()],
            followers: vec![0; self.len()],
        };
        if entities.artists.is_empty() {
            return Ok(highest);
        }
        let table = &self.tables.track_artists;
        let mut asked = Vec::with_capacity(AT_ONCE);
        for batch in beside(table, &self.rows, &["row", "artist"])? {
            let rows = column::<u32>(table, &batch, "row")?.values();
            let artists = column::<u32>(table, &batch, "artist")?.values();
            for (rows, artists) in rows.chunks(AT_ONCE).zip(artists.chunks(AT_ONCE)) {
                let artist = |row: &u32| entities.artists.get(*row as usize);
                let artists = artists.iter().map(|row| artist(row).copied());
                asked.clear();
                asked.extend(artists.map(|artist| artist.unwrap_or(Artist::UNKNOWN)));
                for (row, artist) in rows.iter().zip(&asked) {
                    if self.rows.contains(&u64::from(*row)) {
                        let at = (u64::from(*row) - self.rows.start) as usize;
                        highest.take(at, artist);
                    }
                }
            }
        }
        Ok(highest)
    }

    fn files(&self) -> Result<Vec<(u32, CandidateFile)>, Error> {
        let table = &self.tables.files;
        let mut files = Vec::new();
        for batch in beside(table, &self.rows, FilePart::COLUMNS)? {
            let lines = FilePart::read(&batch).map_err(|what| table.shape(what))?;
            for line in lines {
                if self.rows.contains(&u64::from(line.row)) {
                    let codec = codec_of(&line.codec);
                    let codec = codec.ok_or_else(|| table.shape("codecs that are known"))?;
                    let bytes = line.bytes;
                    files.push((line.row, CandidateFile { codec, bytes }));
                }
            }
        }
        Ok(files)
    }
}

/// What the artists of each track reach.
struct Highest {
    /// Not a number where nobody tells.
    popularity: Vec<f32>,
    /// One more than their number; 0 where nobody tells.
    followers: Vec<u64>,
}

impl Highest {
    fn take(&mut self, at: usize, artist: &Artist) {
        self.popularity[at] = self.popularity[at].max(artist.popularity);
        self.followers[at] = self.followers[at].max(artist.followers());
    }
}

/// The rows of another table that are of these tracks, and others of the same
/// pages.
fn beside(table: &Table, rows: &Range<u64>, columns: &[&str]) -> Result<Vec<RecordBatch>, Error> {
    table.batches_with(table.groups(), "row", rows.clone(), columns)
}
