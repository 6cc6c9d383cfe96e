//! Some tracks with what they point at.
//!
//! What several of them need is read once, and each page is decoded once, so
//! that many tracks at a time cost little more than few.

use {
    super::sources::Sources,
    crate::{
        error::Error,
        scan::{Tables, Told, figures_at},
        table::{Id, Line, Table, table},
        tables::{ArtistLine, GenreLine, ReleaseLine, RightsLine, TrackLine, about},
    },
    longplay_model::{Mbid, RecordingId, TrackId},
    std::collections::{BTreeMap, BTreeSet},
};

table! {
    /// One name of a credit, in `track_artists` and `release_artists` alike.
    Part {
        artist: u32,
        name: Option<String>,
        join: String,
    }
}

table! {
    /// What names a recording.
    Identity {
        track_id: Id,
        recording_mbid: Option<Id>,
    }
}

pub(super) struct Chunk {
    /// By row.
    pub(super) tracks: Vec<Track>,
    pub(super) releases: BTreeMap<u32, Release>,
    pub(super) artists: BTreeMap<u32, Artist>,
}

pub(super) struct Track {
    pub(super) row: u32,
    pub(super) line: TrackLine,
    pub(super) recording: RecordingId,
    pub(super) credit: Vec<Part>,
    pub(super) genres: Vec<String>,
    pub(super) rights: RightsLine,
    pub(super) told: Told,
}

pub(super) struct Release {
    pub(super) line: ReleaseLine,
    pub(super) credit: Vec<Part>,
    pub(super) told: Told,
}

pub(super) struct Artist {
    pub(super) line: ArtistLine,
    pub(super) told: Told,
}

pub(super) struct Gather<'a> {
    tables: &'a Tables,
    sources: &'a Sources,
    open_only: bool,
}

impl<'a> Gather<'a> {
    pub(super) const fn new(tables: &'a Tables, sources: &'a Sources, open_only: bool) -> Self {
        Self {
            tables,
            sources,
            open_only,
        }
    }

    /// The tracks in these rows, which ascend and do not repeat.
    pub(super) fn chunk(&self, rows: &[u64]) -> Result<Chunk, Error> {
        let lines: Vec<TrackLine> = self.tables.tracks.lines_at(rows)?;
        let releases = lines.iter().filter_map(|line| line.release);
        let releases = self.releases(releases.map(u64::from).collect())?;
        let tracks = self.tracks(rows, lines)?;
        let credits = tracks.iter().map(|track| &track.credit);
        let credits = credits.chain(releases.values().map(|release| &release.credit));
        let artists = credits.flatten().map(|part| u64::from(part.artist));
        Ok(Chunk {
            artists: self.artists(artists.collect())?,
            tracks,
            releases,
        })
    }

    fn tracks(&self, rows: &[u64], lines: Vec<TrackLine>) -> Result<Vec<Track>, Error> {
        let tables = self.tables;
        let sources = lines.iter().map(|line| line.source);
        let told = self.told(about::TRACK, rows, sources)?;
        let rights: Vec<RightsLine> = tables.rights.lines_at(rows)?;
        let recordings = recordings(&tables.tracks, rows, &lines)?;
        let mut credits = Lists::<Part>::read(&tables.track_artists, rows)?;
        let mut genres = Lists::<GenreLine>::read(&tables.genres, rows)?;
        let rest = told.into_iter().zip(rights);
        let tracks = rows.iter().zip(lines).zip(rest);
        let track =
            |((row, line), (told, rights)): ((&u64, TrackLine), (Told, RightsLine))| Track {
                row: *row as u32,
                recording: recordings[&line.recording],
                credit: credits.next(*row),
                genres: genres.next(*row).into_iter().map(|it| it.genre).collect(),
                line,
                rights,
                told,
            };
        Ok(tracks.map(track).collect())
    }

    fn releases(&self, rows: BTreeSet<u64>) -> Result<BTreeMap<u32, Release>, Error> {
        let rows: Vec<u64> = rows.into_iter().collect();
        let lines: Vec<ReleaseLine> = self.tables.releases.lines_at(&rows)?;
        let told = self.told(about::RELEASE, &rows, lines.iter().map(|line| line.source))?;
        let mut credits = Lists::<Part>::read(&self.tables.release_artists, &rows)?;
        let releases = rows.iter().zip(lines).zip(told);
        let release = |((row, line), told): ((&u64, ReleaseLine), Told)| {
            let credit = credits.next(*row);
            (*row as u32, Release { line, credit, told })
        };
        Ok(releases.map(release).collect())
    }

    fn artists(&self, rows: BTreeSet<u64>) -> Result<BTreeMap<u32, Artist>, Error> {
        let rows: Vec<u64> = rows.into_iter().collect();
        let lines: Vec<ArtistLine> = self.tables.artists.lines_at(&rows)?;
        let told = self.told(about::ARTIST, &rows, lines.iter().map(|line| line.source))?;
        let artists = rows.iter().zip(lines).zip(told);
        let artist =
            |((row, line), told): ((&u64, ArtistLine), Told)| (*row as u32, Artist { line, told });
        Ok(artists.map(artist).collect())
    }

    fn told(
        &self,
        kind: &str,
        rows: &[u64],
        sources: impl Iterator<Item = u16>,
    ) -> Result<Vec<Told>, Error> {
        let rows: Vec<(u64, u16)> = rows.iter().copied().zip(sources).collect();
        let allowed = |source| !self.open_only || self.sources.is_open(source);
        figures_at(self.tables, kind, &rows, allowed)
    }
}

/// The names of the recordings by the row that stands for each.
fn recordings(
    tracks: &Table,
    rows: &[u64],
    lines: &[TrackLine],
) -> Result<BTreeMap<u32, RecordingId>, Error> {
    let name = |track: &Id, mbid: Option<&Id>| match mbid {
        Some(mbid) => RecordingId::of_mbid(&Mbid::from_bytes(mbid.0)),
        None => RecordingId::of_track(&TrackId::from_bytes(track.0)),
    };
    let own = rows.iter().zip(lines);
    let own = own.map(|(row, line)| {
        (
            *row as u32,
            name(&line.track_id, line.recording_mbid.as_ref()),
        )
    });
    let mut names: BTreeMap<u32, RecordingId> = own.collect();
    let others = lines.iter().map(|line| line.recording);
    let others: BTreeSet<u32> = others.filter(|row| !names.contains_key(row)).collect();
    let others: Vec<u64> = others.into_iter().map(u64::from).collect();
    let identities: Vec<Identity> = tracks.lines_at(&others)?;
    let identities = others.iter().zip(&identities);
    names.extend(
        identities.map(|(row, it)| (*row as u32, name(&it.track_id, it.recording_mbid.as_ref()))),
    );
    Ok(names)
}

/// Lines of a table that has none, one or several for a row.
struct Lists<L> {
    lines: std::iter::Peekable<std::vec::IntoIter<(u64, L)>>,
}

impl<L: Line + Send> Lists<L> {
    fn read(table: &Table, rows: &[u64]) -> Result<Self, Error> {
        let lines = table.lines_with(table.groups(), "row", rows)?;
        Ok(Self {
            lines: lines.into_iter().peekable(),
        })
    }

    /// Those of a row; rows ascend.
    fn next(&mut self, row: u64) -> Vec<L> {
        while self.lines.next_if(|line| line.0 < row).is_some() {}
        let mut list = Vec::new();
        while let Some((_, line)) = self.lines.next_if(|line| line.0 == row) {
            list.push(line);
        }
        list
    }
}
