use {
    super::figures::Figures,
    crate::{
        error::Error,
        own_ids::OwnIds,
        snapshot_meta::SourceEntry,
        table::Table,
        tables::{
            ARTISTS, ARTWORK, FILES, GENRES, POPULARITY, RELEASE_ARTISTS, RELEASES, RIGHTS,
            TRACK_ARTISTS, TRACKS,
        },
    },
    std::path::Path,
};

/// The open tables of a snapshot but for the identifiers.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) tracks: Table,
    pub(super) track_artists: Table,
    pub(super) genres: Table,
    pub(super) figures: Figures,
    pub(super) rights: Table,
    pub(super) files: Table,
    pub(super) artwork: Table,
    pub(super) releases: Table,
    pub(super) release_artists: Table,
    pub(super) artists: Table,
}

impl Tables {
    pub(super) fn open(dir: &Path, sources: &[SourceEntry]) -> Result<Self, Error> {
        let table = |name| Table::open(&dir.join(name));
        Ok(Self {
            tracks: table(TRACKS)?.with(OwnIds::of_tracks(sources)),
            track_artists: table(TRACK_ARTISTS)?,
            genres: table(GENRES)?,
            figures: Figures::open(&dir.join(POPULARITY))?,
            rights: table(RIGHTS)?,
            files: table(FILES)?,
            artwork: table(ARTWORK)?,
            releases: table(RELEASES)?.with(OwnIds::of_releases(sources)),
            release_artists: table(RELEASE_ARTISTS)?,
            artists: table(ARTISTS)?.with(OwnIds::of_artists(sources)),
        })
    }
}
