//! The tables of a snapshot (`docs/format/catalog.md`).

use {
    crate::table::{Id, Layout, table},
    longplay_model::{Digest, Timestamp},
    parquet::basic::Encoding::{
        DELTA_BINARY_PACKED, DELTA_BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, PLAIN,
    },
};

table! {
    /// `tracks.parquet`: one row a track, the most popular first.
    TrackLine {
        track_id: Id,
        recording_id: Id,
        source: u16,
        source_name: String,
        source_id: String,
        source_offset: u64,
        source_length: u64,
        title: String,
        artist: String,
        isrcs: Vec<String>,
        recording_mbid: Option<Id>,
        release_id: Option<Id>,
        disc: Option<u32>,
        position: Option<u32>,
        duration_ms: Option<u32>,
        language: Option<String>,
        explicit: Option<bool>,
        synthetic: bool,
    }
}

pub(crate) const TRACKS: &str = "tracks.parquet";
pub(crate) const TRACKS_LAYOUT: Layout = Layout {
    page_rows: 4096,
    group_rows: 1 << 17,
    encodings: &[
        ("track_id", PLAIN),
        ("recording_id", PLAIN),
        ("source_id", DELTA_LENGTH_BYTE_ARRAY),
        ("source_offset", DELTA_BINARY_PACKED),
        ("source_length", DELTA_BINARY_PACKED),
        ("title", DELTA_LENGTH_BYTE_ARRAY),
        ("isrcs.list.element", DELTA_LENGTH_BYTE_ARRAY),
        ("recording_mbid", PLAIN),
        ("duration_ms", DELTA_BINARY_PACKED),
    ],
};

table! {
    /// `popularity.parquet`: row for row as `tracks`.
    PopularityLine {
        row: u64,
        source: u16,
        inherited: bool,
        at: Option<Timestamp>,
        popularity: Option<f32>,
        listens: Option<u64>,
        listens_estimate: f64,
        artist_popularity: Option<f32>,
        followers: Option<u64>,
        release_popularity: Option<f32>,
    }
}

pub(crate) const POPULARITY: &str = "popularity.parquet";

table! {
    /// `rights.parquet`: row for row as `tracks`.
    RightsLine {
        row: u64,
        source: u16,
        uri: Option<String>,
        basis: Option<String>,
        access: String,
    }
}

pub(crate) const RIGHTS: &str = "rights.parquet";

table! {
    /// `track_artists.parquet`: sorted by row and place.
    TrackArtistLine {
        row: u64,
        place: u16,
        artist_id: Id,
        name: String,
        join: String,
    }
}

pub(crate) const TRACK_ARTISTS: &str = "track_artists.parquet";

table! {
    /// `genres.parquet`: sorted by row, as given.
    GenreLine {
        row: u64,
        genre: String,
    }
}

pub(crate) const GENRES: &str = "genres.parquet";

table! {
    /// `files.parquet`: sorted by row; the tracks that came from a file.
    FileLine {
        row: u64,
        path: String,
        codec: String,
        bytes: u64,
        sha256: Digest,
    }
}

pub(crate) const FILES: &str = "files.parquet";

table! {
    /// `artwork.parquet`: sorted by row; front covers inside those files.
    ArtworkLine {
        row: u64,
        media_type: String,
        width: u32,
        height: u32,
        bytes: u64,
        sha256: Digest,
    }
}

pub(crate) const ARTWORK: &str = "artwork.parquet";

/// Tables of which every row begins with the number of a track's row.
pub(crate) const BY_ROW: Layout = Layout {
    page_rows: 4096,
    group_rows: 1 << 18,
    encodings: &[
        ("row", DELTA_BINARY_PACKED),
        ("sha256", PLAIN),
        ("path", DELTA_BYTE_ARRAY),
        ("listens", DELTA_BINARY_PACKED),
        ("followers", DELTA_BINARY_PACKED),
    ],
};

table! {
    /// `releases.parquet`: by the rank of their most popular track.
    ReleaseLine {
        release_id: Id,
        source: u16,
        source_id: Option<String>,
        title: String,
        artist: String,
        date: Option<String>,
        gtin: Option<String>,
        label: Option<String>,
        popularity: Option<f32>,
        tracks: u32,
        first_row: u64,
    }
}

pub(crate) const RELEASES: &str = "releases.parquet";

table! {
    /// `artists.parquet`: by the rank of their most popular track.
    ArtistLine {
        artist_id: Id,
        source: u16,
        source_id: Option<String>,
        name: String,
        popularity: Option<f32>,
        followers: Option<u64>,
        tracks: u32,
        first_row: u64,
    }
}

pub(crate) const ARTISTS: &str = "artists.parquet";

/// Tables of releases and artists.
pub(crate) const ENTITIES: Layout = Layout {
    page_rows: 4096,
    group_rows: 1 << 17,
    encodings: &[
        ("release_id", PLAIN),
        ("artist_id", PLAIN),
        ("source_id", DELTA_LENGTH_BYTE_ARRAY),
        ("title", DELTA_LENGTH_BYTE_ARRAY),
        ("name", DELTA_LENGTH_BYTE_ARRAY),
        ("first_row", DELTA_BINARY_PACKED),
    ],
};

table! {
    /// `release_artists.parquet`: sorted by row of the release and place.
    ReleaseArtistLine {
        release_row: u64,
        place: u16,
        artist_id: Id,
        name: String,
        join: String,
    }
}

pub(crate) const RELEASE_ARTISTS: &str = "release_artists.parquet";
pub(crate) const RELEASE_ARTISTS_LAYOUT: Layout = Layout {
    page_rows: 4096,
    group_rows: 1 << 18,
    encodings: &[("release_row", DELTA_BINARY_PACKED)],
};

table! {
    /// `identifiers.parquet`: sorted by kind, value and row.
    IdentifierLine {
        kind: String,
        value: String,
        row: u64,
    }
}

pub(crate) const IDENTIFIERS: &str = "identifiers.parquet";

/// Small pages: one lookup decodes one. A row group holds one kind.
pub(crate) const IDENTIFIERS_LAYOUT: Layout = Layout {
    page_rows: 512,
    group_rows: 1 << 20,
    encodings: &[("value", DELTA_BYTE_ARRAY), ("row", DELTA_BINARY_PACKED)],
};
