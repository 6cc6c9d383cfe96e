//! What is known of an artist.

use {
    super::tables::Tables,
    crate::{
        error::Error,
        tables::{ArtistLine, about, metric},
    },
    longplay_model::TrackId,
};

/// An artist that tracks or releases are credited to.
#[derive(Debug, Clone, PartialEq)]
pub struct ArtistDetails {
    /// 32 hexadecimal digits.
    pub id: String,
    pub source_id: Option<String>,
    pub name: String,
    pub popularity: Option<f32>,
    pub followers: Option<u64>,
    /// Tracks of the snapshot that credit it.
    pub tracks: u32,
    /// Rank of the most popular track that credits it or whose release does.
    pub first_rank: Option<u64>,
}

/// The artist in this row.
pub(super) fn artist(tables: &Tables, row: u64) -> Result<Option<ArtistDetails>, Error> {
    let Some(line) = tables.artists.line_at::<ArtistLine>(row)? else {
        return Ok(None);
    };
    let own = [(row, line.source)];
    let figure = |metric| {
        let found = tables.figures.of(about::ARTIST, metric, &own)?;
        Ok::<_, Error>(found.get(&row).map(|figure| figure.value))
    };
    Ok(Some(ArtistDetails {
        id: TrackId::from_bytes(line.artist_id.0).to_string(),
        source_id: line.source_id,
        name: line.name,
        popularity: figure(metric::POPULARITY)?.map(|share| share as f32),
        followers: figure(metric::FOLLOWERS)?.map(|count| count as u64),
        tracks: line.tracks,
        first_rank: line.first_row.map(u64::from),
    }))
}
