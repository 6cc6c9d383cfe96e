//! Every track as the plan sees it, a row group of `tracks` at a time.
//!
//! Row groups are read side by side, each with the rows of the other tables
//! that are of its tracks. In memory are the figures of all releases (4 bytes
//! each) and artists (12 bytes each), and the row groups at work.

use {
    super::{
        figures::Section,
        recording::{self, Names},
        tables::Tables,
    },
    crate::{
        error::Error,
        popularity::listens_of,
        table::{Cell, Id, Table, table},
        tables::{about, metric},
    },
    arrow_array::RecordBatch,
    longplay_model::{Access, Candidate, CandidateFile, Codec, RecordingId, TrackId},
    rayon::prelude::*,
    std::{collections::VecDeque, ops::Range},
};

/// Tracks one after the other as the plan sees them: the n-th of each list is
/// of the track at rank `first` + n.
#[derive(Debug, Clone, Default)]
pub struct CandidateBatch {
    /// Rank of the first track.
    pub first: u64,
    pub tracks: Vec<TrackId>,
    /// Rank of the track that stands for the recording: equal for all tracks
    /// of one, and their own where they are alone.
    pub recordings: Vec<u32>,
    /// 0 to 100; 0 also when no source tells.
    pub popularity: Vec<f32>,
    /// Whether any source tells how popular the track, its artists or its
    /// release are.
    pub is_rated: Vec<bool>,
    /// As counted, otherwise estimated from the popularity.
    pub listens: Vec<f64>,
    pub duration_ms: Vec<Option<u32>>,
    /// The highest of the credited artists.
    pub artist_popularity: Vec<f32>,
    pub release_popularity: Vec<f32>,
    /// The highest of the credited artists.
    pub followers: Vec<u64>,
    pub has_isrc: Vec<bool>,
    pub files: Vec<Option<CandidateFile>>,
    pub access: Vec<Access>,
    /// Names of the recordings that the tracks would stand for.
    names: Vec<RecordingId>,
}

impl CandidateBatch {
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    fn candidate(&self, at: usize, recording: RecordingId) -> Candidate {
        Candidate {
            track: self.tracks[at],
            recording,
            rank: self.first + at as u64,
            popularity: self.popularity[at],
            is_rated: self.is_rated[at],
            listens: self.listens[at],
            duration_ms: self.duration_ms[at],
            artist_popularity: self.artist_popularity[at],
            release_popularity: self.release_popularity[at],
            followers: self.followers[at],
            has_isrc: self.has_isrc[at],
            file: self.files[at],
            access: self.access[at],
        }
    }
}

/// Gives a batch for each row group of `tracks`.
pub(super) struct Batches<'a> {
    tables: &'a Tables,
    entities: Entities,
    groups: Range<usize>,
    ready: VecDeque<Result<CandidateBatch, Error>>,
}

/// Figures by row of `releases` or `artists`; empty where nobody gives any.
struct Entities {
    release_popularity: Vec<f32>,
    artist_popularity: Vec<f32>,
    followers: Vec<u64>,
}

/// The source of each track, and the row of its release.
type Sources = Vec<u16>;
type Releases = Vec<Option<u32>>;

/// What artists tell of each track.
type Shares = Vec<Option<f32>>;
type Counts = Vec<Option<u64>>;

/// Stands for a share that nobody tells.
const NO_SHARE: f32 = f32::NAN;
/// Stands for a number that nobody tells.
const NO_COUNT: u64 = u64::MAX;

pub(super) fn batches(tables: &Tables) -> Result<Batches<'_>, Error> {
    Ok(Batches {
        tables,
        entities: Entities::read(tables)?,
        groups: tables.tracks.groups(),
        ready: VecDeque::new(),
    })
}

/// The same one by one, with the ids of their recordings: of those of several
/// tracks, 16 bytes each are in memory.
pub(super) fn candidates(
    tables: &Tables,
) -> Result<impl Iterator<Item = Result<Candidate, Error>>, Error> {
    let names = Names::read(&tables.tracks)?;
    Ok(batches(tables)?.flat_map(move |batch| match batch {
        Ok(batch) => {
            let named = |at: usize| {
                let recording = u64::from(batch.recordings[at]);
                let is_own = recording == batch.first + at as u64;
                let other = || names.get(recording).filter(|_| !is_own);
                batch.candidate(at, other().unwrap_or(batch.names[at]))
            };
            (0..batch.len()).map(named).map(Ok).collect()
        }
        Err(error) => vec![Err(error)],
    }))
}

impl Iterator for Batches<'_> {
    type Item = Result<CandidateBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() {
            let window = self.groups.by_ref().take(2 * rayon::current_num_threads());
            let window: Vec<usize> = window.collect();
            let read = |group: &usize| Reading::of(self.tables, &self.entities, *group).batch();
            let batches: Vec<_> = window.par_iter().map(read).collect();
            self.ready = batches.into();
        }
        self.ready.pop_front()
    }
}

impl Entities {
    fn read(tables: &Tables) -> Result<Self, Error> {
        let share = |value| value as f32;
        let (figures, artists) = (&tables.figures, &tables.artists);
        let (kind, popularity) = (about::ARTIST, metric::POPULARITY);
        Ok(Self {
            release_popularity: figures.column(
                about::RELEASE,
                popularity,
                &tables.releases,
                NO_SHARE,
                share,
            )?,
            artist_popularity: figures.column(kind, popularity, artists, NO_SHARE, share)?,
            followers: figures.column(kind, metric::FOLLOWERS, artists, NO_COUNT, |value| {
                value as u64
            })?,
        })
    }
}

/// What is told of an entity, unless `absent` stands there.
fn told<T: Copy + PartialOrd>(column: &[T], row: u32, is_told: impl Fn(&T) -> bool) -> Option<T> {
    column.get(row as usize).copied().filter(is_told)
}

/// A row group of `tracks` while its batch is made.
struct Reading<'a> {
    tables: &'a Tables,
    entities: &'a Entities,
    rows: Range<u64>,
}

table! {
    /// What a candidate takes from `track_artists`.
    ArtistPart {
        row: u32,
        artist: u32,
    }
}

table! {
    /// What a candidate takes from `files`.
    FilePart {
        row: u32,
        codec: String,
        bytes: u64,
    }
}

impl<'a> Reading<'a> {
    fn of(tables: &'a Tables, entities: &'a Entities, group: usize) -> Self {
        Self {
            tables,
            entities,
            rows: tables.tracks.rows_of(group),
        }
    }

    fn batch(&self) -> Result<CandidateBatch, Error> {
        let (mut batch, sources, releases) = self.tracks()?;
        let popularity = self.figures(metric::POPULARITY, &sources)?;
        let listens = self.figures(metric::LISTENS, &sources)?;
        let (shares, followers) = self.artists()?;
        let release = |row: &Option<u32>| {
            let column = &self.entities.release_popularity;
            row.and_then(|row| told(column, row, |share| !share.is_nan()))
        };
        let of_releases: Vec<Option<f32>> = releases.iter().map(release).collect();
        let zero = |shares: &[Option<f32>]| shares.iter().map(|s| s.unwrap_or(0.0)).collect();
        let estimate = |at: usize| listens_of(popularity[at].unwrap_or(0.0) as f32);
        let all = 0..batch.len();
        batch.popularity = popularity
            .iter()
            .map(|share| share.unwrap_or(0.0) as f32)
            .collect();
        batch.listens = all
            .clone()
            .map(|at| listens[at].unwrap_or_else(|| estimate(at)))
            .collect();
        batch.is_rated = all
            .map(|at| {
                let counts = listens[at].is_some() || followers[at].is_some();
                let own = popularity[at].is_some() || shares[at].is_some();
                counts || own || of_releases[at].is_some()
            })
            .collect();
        batch.artist_popularity = zero(&shares);
        batch.release_popularity = zero(&of_releases);
        batch.followers = followers.iter().map(|count| count.unwrap_or(0)).collect();
        batch.files = self.files()?;
        batch.access = self.access()?;
        Ok(batch)
    }

    /// What `tracks` tells; also the source and release of each.
    fn tracks(&self) -> Result<(CandidateBatch, Sources, Releases), Error> {
        let table = &self.tables.tracks;
        let mut batch = CandidateBatch {
            first: self.rows.start,
            ..CandidateBatch::default()
        };
        let (mut sources, mut releases) = (Vec::new(), Vec::new());
        let columns = [
            "track_id",
            "recording",
            "source",
            "release",
            "duration_ms",
            "isrcs",
            "recording_mbid",
        ];
        for part in table.batches_at(self.rows.clone(), &columns)? {
            let ids = column::<Id>(table, &part, "track_id")?;
            let mbids = column::<Id>(table, &part, "recording_mbid")?;
            let isrcs = column::<Vec<String>>(table, &part, "isrcs")?;
            for row in 0..part.num_rows() {
                let id = Id::get(ids, row).ok_or_else(|| table.shape("track_id"))?;
                let mbid = <Option<Id>>::get(mbids, row).flatten();
                batch.tracks.push(TrackId::from_bytes(id.0));
                batch.names.push(recording::named(&id, mbid.as_ref()));
                batch.has_isrc.push(isrcs.value_length(row) > 0);
            }
            let recordings = column::<u32>(table, &part, "recording")?;
            batch.recordings.extend(recordings.values());
            sources.extend(column::<u16>(table, &part, "source")?.values());
            releases.extend(column::<u32>(table, &part, "release")?);
            batch
                .duration_ms
                .extend(column::<u32>(table, &part, "duration_ms")?);
        }
        Ok((batch, sources, releases))
    }

    /// The figure of each track that counts.
    fn figures(&self, metric: &str, own: &[u16]) -> Result<Vec<Option<f64>>, Error> {
        let mut chosen = vec![None; own.len()];
        let sections = self.tables.figures.sections(about::TRACK, metric);
        let mut take = |section: &Section, only_own: bool| {
            let figures = &self.tables.figures;
            figures.within(section, &self.rows, |row, value, inherited| {
                let at = (row - self.rows.start) as usize;
                if !only_own || inherited || own[at] == section.source {
                    chosen[at] = Some(value);
                }
            })
        };
        // The earliest source comes after those that it outdoes.
        for section in sections.iter().rev() {
            take(section, false)?;
        }
        if sections.len() > 1 {
            for section in sections.iter().rev() {
                take(section, true)?;
            }
        }
        Ok(chosen)
    }

    /// The highest popularity, and the most followers, of the artists of each
    /// track.
    fn artists(&self) -> Result<(Shares, Counts), Error> {
        let tracks = (self.rows.end - self.rows.start) as usize;
        let (mut shares, mut followers) = (vec![None; tracks], vec![None; tracks]);
        let entities = self.entities;
        if entities.artist_popularity.is_empty() && entities.followers.is_empty() {
            return Ok((shares, followers));
        }
        for (at, line) in self.beside::<ArtistPart>(&self.tables.track_artists, |line| line.row)? {
            let share = told(&entities.artist_popularity, line.artist, |s| !s.is_nan());
            let highest: &mut Option<f32> = &mut shares[at];
            *highest = highest.iter().copied().chain(share).max_by(f32::total_cmp);
            let count = told(&entities.followers, line.artist, |count| *count != NO_COUNT);
            followers[at] = followers[at].max(count);
        }
        Ok((shares, followers))
    }

    fn files(&self) -> Result<Vec<Option<CandidateFile>>, Error> {
        let table = &self.tables.files;
        let mut files = vec![None; (self.rows.end - self.rows.start) as usize];
        for (at, file) in self.beside::<FilePart>(table, |line| line.row)? {
            let codec =
                codec_of(&file.codec).ok_or_else(|| table.shape("codecs that are known"))?;
            files[at] = Some(CandidateFile {
                codec,
                bytes: file.bytes,
            });
        }
        Ok(files)
    }

    fn access(&self) -> Result<Vec<Access>, Error> {
        let table = &self.tables.rights;
        let mut access = Vec::new();
        for part in table.batches_at(self.rows.clone(), &["access"])? {
            let texts = column::<String>(table, &part, "access")?;
            let mut last = ("", Access::Dark);
            for text in texts.iter().map(Option::unwrap_or_default) {
                if text != last.0 {
                    last = (text, access_of(text));
                }
                access.push(last.1);
            }
        }
        match access.len() as u64 == self.rows.end - self.rows.start {
            true => Ok(access),
            false => Err(table.shape("a row for each track")),
        }
    }

    /// The lines of another table that are of these tracks, with the places
    /// of the tracks among them.
    fn beside<L: crate::table::Line>(
        &self,
        table: &Table,
        row_of: impl Fn(&L) -> u32,
    ) -> Result<Vec<(usize, L)>, Error> {
        let batches = table.batches_with(table.groups(), "row", self.rows.clone(), L::COLUMNS)?;
        let mut found = Vec::new();
        for batch in batches {
            let lines = L::read(&batch).map_err(|what| table.shape(what))?;
            found.extend(lines.into_iter().filter_map(|line| {
                let row = u64::from(row_of(&line));
                let at = row.checked_sub(self.rows.start)?;
                (row < self.rows.end).then_some((at as usize, line))
            }));
        }
        Ok(found)
    }
}

fn column<'a, T: Cell>(
    table: &Table,
    batch: &'a RecordBatch,
    name: &'static str,
) -> Result<&'a T::Column, Error> {
    batch
        .column_by_name(name)
        .and_then(|column| T::column(column.as_ref()))
        .ok_or_else(|| table.shape(name))
}

/// What is not known is dark.
pub(super) fn access_of(text: &str) -> Access {
    text.parse().unwrap_or_default()
}

pub(super) fn codec_of(name: &str) -> Option<Codec> {
    Codec::ALL.into_iter().find(|codec| codec.name() == name)
}
