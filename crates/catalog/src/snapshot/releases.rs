use {
    super::{
        credits::{Artists, Credits},
        figures::Figure,
        tables::Tables,
    },
    crate::{
        error::Error,
        tables::{ReleaseLine, about, metric},
    },
    longplay_model::{PartialDate, TrackId},
    std::collections::{BTreeSet, HashMap},
};

/// The release of a track.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseDetails {
    /// Row in `releases`; 0 is that of the most popular track.
    pub row: u64,
    /// 32 hexadecimal digits.
    pub id: String,
    pub source_id: Option<String>,
    pub title: String,
    /// The whole credit.
    pub artist: String,
    pub date: Option<PartialDate>,
    pub gtin: Option<String>,
    pub label: Option<String>,
    pub popularity: Option<f32>,
    /// Tracks of the snapshot that name it.
    pub tracks: u32,
    /// Rank of the most popular of them.
    pub first_rank: u64,
}

/// The releases in these rows.
pub(super) fn releases(
    tables: &Tables,
    rows: BTreeSet<u64>,
) -> Result<HashMap<u64, ReleaseDetails>, Error> {
    let releases = Releases::read(tables, rows.into_iter().collect())?;
    let credits = Credits::read(&tables.release_artists, &releases.rows)?;
    let artists = Artists::read(&tables.artists, credits.artists().collect())?;
    Ok(releases.credited(&credits, &artists))
}

/// Some releases without their credits.
pub(super) struct Releases {
    rows: Vec<u64>,
    lines: Vec<ReleaseLine>,
    popularity: HashMap<u64, Figure>,
}

impl Releases {
    /// Rows ascend and do not repeat.
    pub(super) fn read(tables: &Tables, rows: Vec<u64>) -> Result<Self, Error> {
        let lines: Vec<ReleaseLine> = tables.releases.lines_at(&rows)?;
        let sources = lines.iter().map(|line| line.source);
        let own: Vec<(u64, u16)> = rows.iter().copied().zip(sources).collect();
        let figures = &tables.figures;
        Ok(Self {
            popularity: figures.of(about::RELEASE, metric::POPULARITY, &own)?,
            lines,
            rows,
        })
    }

    /// The releases by row, with their credits.
    pub(super) fn credited(
        self,
        credits: &Credits,
        artists: &Artists,
    ) -> HashMap<u64, ReleaseDetails> {
        let lines = self.rows.into_iter().zip(self.lines);
        let details = lines.map(|(row, line)| {
            let popularity = self.popularity.get(&row);
            let details = ReleaseDetails {
                row,
                id: TrackId::from_bytes(line.release_id.0).to_string(),
                source_id: line.source_id,
                title: line.title,
                artist: credits.of(row, artists).to_string(),
                date: line.date.and_then(|date| date.parse().ok()),
                gtin: line.gtin,
                label: line.label,
                popularity: popularity.map(|figure| figure.value as f32),
                tracks: line.tracks,
                first_rank: line.first_row.into(),
            };
            (row, details)
        });
        details.collect()
    }
}
