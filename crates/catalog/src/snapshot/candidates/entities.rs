use {
    super::super::tables::Tables,
    crate::{
        error::Error,
        tables::{about, metric},
    },
};

/// Figures by row of `releases` or `artists`; empty where nobody gives any.
#[derive(Debug, Default)]
pub(super) struct Entities {
    /// Popularity; not a number where nobody tells.
    pub(super) releases: Vec<f32>,
    pub(super) artists: Vec<Artist>,
}

/// What tracks take from an artist, side by side: tracks ask for artists in no
/// order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Artist {
    /// Not a number where nobody tells.
    pub(super) popularity: f32,
    /// One more than their number; 0 where nobody tells.
    followers: u64,
}

impl Artist {
    pub(super) const UNKNOWN: Self = Self {
        popularity: f32::NAN,
        followers: 0,
    };

    /// One more than their number; 0 where nobody tells.
    pub(super) fn followers(&self) -> u64 {
        self.followers
    }
}

impl Entities {
    pub(super) fn read(tables: &Tables) -> Result<Self, Error> {
        let figures = &tables.figures;
        let (mut releases, mut artists) = (Vec::new(), Vec::new());
        let read_releases = || {
            figures.column(
                (about::RELEASE, metric::POPULARITY),
                &tables.releases,
                f32::NAN,
                &mut releases,
                &mut |share, value| *share = value as f32,
            )
        };
        let read_artists = || {
            figures.column(
                (about::ARTIST, metric::POPULARITY),
                &tables.artists,
                Artist::UNKNOWN,
                &mut artists,
                &mut |artist, value| artist.popularity = value as f32,
            )?;
            figures.column(
                (about::ARTIST, metric::FOLLOWERS),
                &tables.artists,
                Artist::UNKNOWN,
                &mut artists,
                &mut |artist, value| artist.followers = (value as u64).saturating_add(1),
            )
        };
        let (of_releases, of_artists) = rayon::join(read_releases, read_artists);
        of_releases.and(of_artists)?;
        Ok(Self { releases, artists })
    }
}
