//! Who is credited with tracks and releases, in the words of the credit.

use {
    super::{
        figures::{Figure, Figures},
        tables::Tables,
    },
    crate::{
        error::Error,
        table::{Table, table},
        tables::{about, metric},
    },
    longplay_model::{ArtistCredit, CreditedArtist},
    std::collections::{BTreeMap, BTreeSet, HashMap},
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
    /// What a credit takes from `artists`.
    ArtistPart {
        source: u16,
        source_id: Option<String>,
        name: String,
    }
}

/// The credits of some rows, each with its names in order.
pub(super) struct Credits {
    parts: HashMap<u64, Vec<Part>>,
}

/// The artists of credits.
pub(super) struct Artists {
    lines: BTreeMap<u64, ArtistPart>,
    popularity: HashMap<u64, Figure>,
    followers: HashMap<u64, Figure>,
}

impl Credits {
    /// Reads from `track_artists` or `release_artists`; rows ascend and do
    /// not repeat.
    pub(super) fn read(links: &Table, rows: &[u64]) -> Result<Self, Error> {
        let lines = links.lines_with::<Part>(links.groups(), "row", rows)?;
        Ok(Self {
            parts: by_row(lines),
        })
    }

    pub(super) fn artists(&self) -> impl Iterator<Item = u64> {
        let parts = self.parts.values().flatten();
        parts.map(|part| u64::from(part.artist))
    }

    /// The credit of a row; empty where it has none.
    pub(super) fn of(&self, row: u64, artists: &Artists) -> ArtistCredit {
        let parts = self.parts.get(&row).into_iter().flatten();
        ArtistCredit(parts.filter_map(|part| artists.credited(part)).collect())
    }
}

impl Artists {
    /// Names and ids alone.
    pub(super) fn read(artists: &Table, rows: BTreeSet<u64>) -> Result<Self, Error> {
        let rows: Vec<u64> = rows.into_iter().collect();
        let lines = artists.lines_at(&rows)?;
        Ok(Self {
            lines: rows.into_iter().zip(lines).collect(),
            popularity: HashMap::new(),
            followers: HashMap::new(),
        })
    }

    /// How popular they are, too.
    pub(super) fn rated(tables: &Tables, rows: BTreeSet<u64>) -> Result<Self, Error> {
        let artists = Self::read(&tables.artists, rows)?;
        let own: Vec<(u64, u16)> = artists
            .lines
            .iter()
            .map(|(row, artist)| (*row, artist.source))
            .collect();
        let figures: &Figures = &tables.figures;
        Ok(Self {
            popularity: figures.of(about::ARTIST, metric::POPULARITY, &own)?,
            followers: figures.of(about::ARTIST, metric::FOLLOWERS, &own)?,
            ..artists
        })
    }

    fn credited(&self, part: &Part) -> Option<CreditedArtist> {
        let row = u64::from(part.artist);
        let artist = self.lines.get(&row)?;
        let popularity = self.popularity.get(&row);
        let followers = self.followers.get(&row);
        Some(CreditedArtist {
            name: part.name.as_ref().unwrap_or(&artist.name).clone(),
            id: artist.source_id.clone(),
            join: part.join.clone(),
            popularity: popularity.map(|figure| figure.value as f32),
            followers: followers.map(|figure| figure.value as u64),
        })
    }
}

/// Lines by the row that they are of, in their order.
pub(super) fn by_row<L>(lines: Vec<(u64, L)>) -> HashMap<u64, Vec<L>> {
    let mut rows: HashMap<u64, Vec<L>> = HashMap::new();
    for (row, line) in lines {
        rows.entry(row).or_default().push(line);
    }
    rows
}

/// The credits of some tracks as text, by row.
pub(super) fn credit_texts(tables: &Tables, rows: &[u64]) -> Result<Vec<String>, Error> {
    let credits = Credits::read(&tables.track_artists, rows)?;
    let artists = Artists::read(&tables.artists, credits.artists().collect())?;
    let text = |row: &u64| credits.of(*row, &artists).to_string();
    Ok(rows.iter().map(text).collect())
}
