use {
    super::figures::Figures,
    crate::{
        error::Error,
        own_ids::OwnIds,
        snapshot_meta::SnapshotMeta,
        table::Table,
        tables::{
            ARTISTS, GENRES, POPULARITY, RELEASE_ARTISTS, RELEASES, RIGHTS, TRACK_ARTISTS, TRACKS,
        },
    },
    std::path::Path,
};

/// The tables that questions are asked of.
pub(crate) struct Tables {
    pub(crate) tracks: Table,
    pub(crate) track_artists: Table,
    pub(crate) genres: Table,
    pub(crate) figures: Figures,
    pub(crate) rights: Table,
    pub(crate) releases: Table,
    pub(crate) release_artists: Table,
    pub(crate) artists: Table,
}

impl Tables {
    /// Opens the tables of the snapshot in the folder `dir`.
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let sources = &SnapshotMeta::read(dir)?.sources;
        let table = |name| Table::open(&dir.join(name));
        Ok(Self {
            tracks: table(TRACKS)?.with(OwnIds::of_tracks(sources)),
            track_artists: table(TRACK_ARTISTS)?,
            genres: table(GENRES)?,
            figures: Figures::open(&dir.join(POPULARITY))?,
            rights: table(RIGHTS)?,
            releases: table(RELEASES)?.with(OwnIds::of_releases(sources)),
            release_artists: table(RELEASE_ARTISTS)?,
            artists: table(ARTISTS)?.with(OwnIds::of_artists(sources)),
        })
    }
}
