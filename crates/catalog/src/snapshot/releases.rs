use {
    super::{
        credits::{Artists, Credits},
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
    let rows: Vec<u64> = rows.into_iter().collect();
    let lines: Vec<ReleaseLine> = tables.releases.lines_at(&rows)?;
    let credits = Credits::read(&tables.release_artists, &rows)?;
    let artists = Artists::read(&tables.artists, credits.artists().collect())?;
    let sources = lines.iter().map(|line| line.source);
    let own: Vec<(u64, u16)> = rows.iter().copied().zip(sources).collect();
    let figures = &tables.figures;
    let popularity = figures.of(about::RELEASE, metric::POPULARITY, &own)?;
    let lines = rows.into_iter().zip(lines);
    let details = lines.map(|(row, line)| {
        let details = ReleaseDetails {
            row,
            id: TrackId::from_bytes(line.release_id.0).to_string(),
            source_id: line.source_id,
            title: line.title,
            artist: credits.of(row, &artists).to_string(),
            date: line.date.and_then(|date| date.parse().ok()),
            gtin: line.gtin,
            label: line.label,
            popularity: popularity.get(&row).map(|figure| figure.value as f32),
            tracks: line.tracks,
            first_rank: line.first_row.into(),
        };
        (row, details)
    });
    Ok(details.collect())
}
