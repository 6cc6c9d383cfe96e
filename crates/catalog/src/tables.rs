//! The tables of a snapshot (`docs/format/catalog.md`).

use {
    crate::table::{Id, Layout, table},
    longplay_model::{Digest, Timestamp},
    parquet::basic::Encoding::{
        BYTE_STREAM_SPLIT, DELTA_BINARY_PACKED, DELTA_BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, PLAIN,
    },
};

table! {
    /// `tracks.parquet`: one row a track, the most popular first.
    TrackLine {
        track_id: Id,
        recording: u32,
        source: u16,
        record: u64,
        source_id: Option<String>,
        title: String,
        release: Option<u32>,
        disc: Option<u32>,
        position: Option<u32>,
        duration_ms: Option<u32>,
        isrcs: Vec<String>,
        recording_mbid: Option<Id>,
        language: Option<String>,
        explicit: Option<bool>,
        synthetic: bool,
    }
}

// Levels of zstd, measured on pages of hundreds of rows: codes hold few repetitions
// that are worth their place, and are the smaller the fewer are looked for. Of texts,
// level 6 finds 2 % more than level 2 and takes three times as long; of numbers split
// into bytes, level 12 finds 5 % more than level 3 and takes eight times as long.
const CODES: i32 = 1;
const TEXTS: i32 = 2;
const NUMBERS: i32 = 3;

pub(crate) const TRACKS: &str = "tracks.parquet";
pub(crate) const TRACKS_LAYOUT: Layout = Layout {
    page_rows: 1024,
    pages: &[
        ("track_id", 4096),
        ("title", 256),
        ("source_id", 256),
        ("isrcs", 256),
        ("recording", 512),
        ("source", 8192),
        ("disc", 4096),
        ("explicit", 4096),
        ("synthetic", 8192),
    ],
    group_rows: 1 << 17,
    page_limits: &[],
    encodings: &[
        ("track_id", PLAIN),
        ("recording", BYTE_STREAM_SPLIT),
        ("record", BYTE_STREAM_SPLIT),
        ("source_id", DELTA_LENGTH_BYTE_ARRAY),
        ("title", DELTA_LENGTH_BYTE_ARRAY),
        ("release", BYTE_STREAM_SPLIT),
        ("position", BYTE_STREAM_SPLIT),
        ("isrcs.list.element", DELTA_LENGTH_BYTE_ARRAY),
        ("recording_mbid", PLAIN),
        ("duration_ms", BYTE_STREAM_SPLIT),
    ],
    levels: &[
        ("title", TEXTS),
        ("source_id", CODES),
        ("isrcs", CODES),
        ("position", CODES),
        ("recording", NUMBERS),
        ("release", NUMBERS),
        ("duration_ms", NUMBERS),
    ],
};

table! {
    /// `popularity.parquet`: sorted by kind, metric, source and row; a row
    /// group holds one kind, metric and source.
    PopularityLine {
        kind: String,
        metric: String,
        source: u16,
        row: u32,
        inherited: bool,
        value: f64,
        at: Option<Timestamp>,
    }
}

pub(crate) const POPULARITY: &str = "popularity.parquet";

pub(crate) const POPULARITY_LAYOUT: Layout = Layout {
    page_rows: 1024,
    pages: &[
        ("value", 512),
        ("kind", 1 << 16),
        ("metric", 1 << 16),
        ("source", 1 << 16),
        ("inherited", 1 << 14),
        ("at", 1 << 14),
    ],
    group_rows: 1 << 20,
    page_limits: &["row"],
    encodings: &[("row", DELTA_BINARY_PACKED), ("value", BYTE_STREAM_SPLIT)],
    levels: &[],
};

/// What a figure is about: a row of `tracks`, `releases` or `artists`.
pub(crate) mod about {
    pub(crate) const ARTIST: &str = "artist";
    pub(crate) const RELEASE: &str = "release";
    pub(crate) const TRACK: &str = "track";
}

/// What a figure counts.
pub(crate) mod metric {
    /// Followers of an artist.
    pub(crate) const FOLLOWERS: &str = "followers";
    /// Listens in the source's own period.
    pub(crate) const LISTENS: &str = "listens";
    /// 0 to 100.
    pub(crate) const POPULARITY: &str = "popularity";
}

table! {
    /// `rights.parquet`: row for row as `tracks`.
    RightsLine {
        row: u32,
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
        row: u32,
        place: u16,
        /// Row of `artists`.
        artist: u32,
        /// As credited here, where it is not the artist's name.
        name: Option<String>,
        join: String,
    }
}

pub(crate) const TRACK_ARTISTS: &str = "track_artists.parquet";

table! {
    /// `genres.parquet`: sorted by row, as given.
    GenreLine {
        row: u32,
        genre: String,
    }
}

pub(crate) const GENRES: &str = "genres.parquet";

table! {
    /// `files.parquet`: sorted by row; the tracks that came from a file.
    FileLine {
        row: u32,
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
        row: u32,
        media_type: String,
        width: u32,
        height: u32,
        bytes: u64,
        sha256: Digest,
    }
}

pub(crate) const ARTWORK: &str = "artwork.parquet";

/// Tables of which every row begins with the number of another table's row.
pub(crate) const BY_ROW: Layout = Layout {
    page_rows: 2048,
    pages: &[
        ("artist", 512),
        ("genre", 1024),
        ("source", 1 << 14),
        ("uri", 8192),
        ("basis", 8192),
        ("access", 8192),
    ],
    group_rows: 1 << 18,
    page_limits: &["row"],
    encodings: &[
        ("row", DELTA_BINARY_PACKED),
        ("artist", BYTE_STREAM_SPLIT),
        ("sha256", PLAIN),
        ("path", DELTA_BYTE_ARRAY),
    ],
    levels: &[("name", TEXTS)],
};

table! {
    /// `releases.parquet`: by the rank of their most popular track.
    ReleaseLine {
        release_id: Id,
        source: u16,
        source_id: Option<String>,
        title: String,
        date: Option<String>,
        gtin: Option<String>,
        label: Option<String>,
        tracks: u32,
        first_row: u32,
    }
}

pub(crate) const RELEASES: &str = "releases.parquet";

table! {
    /// `artists.parquet`: by the rank of the most popular track that they or
    /// a release of theirs is credited with; those without any last.
    ArtistLine {
        artist_id: Id,
        source: u16,
        source_id: Option<String>,
        name: String,
        tracks: u32,
        first_row: Option<u32>,
    }
}

pub(crate) const ARTISTS: &str = "artists.parquet";

/// Tables of releases and artists. Labels have no dictionary: of many small
/// labels it would be long, and a lookup would read it for one.
pub(crate) const ENTITIES: Layout = Layout {
    page_rows: 256,
    pages: &[
        ("release_id", 4096),
        ("artist_id", 4096),
        ("name", 128),
        ("title", 128),
        ("label", 128),
        ("gtin", 128),
        ("source", 8192),
        ("tracks", 2048),
        ("first_row", 1024),
    ],
    group_rows: 1 << 16,
    page_limits: &[],
    encodings: &[
        ("release_id", PLAIN),
        ("artist_id", PLAIN),
        ("source_id", DELTA_LENGTH_BYTE_ARRAY),
        ("title", DELTA_LENGTH_BYTE_ARRAY),
        ("name", DELTA_LENGTH_BYTE_ARRAY),
        ("date", DELTA_LENGTH_BYTE_ARRAY),
        ("gtin", DELTA_LENGTH_BYTE_ARRAY),
        ("label", DELTA_LENGTH_BYTE_ARRAY),
        ("first_row", DELTA_BINARY_PACKED),
    ],
    levels: &[
        ("title", TEXTS),
        ("name", TEXTS),
        ("date", TEXTS),
        ("label", TEXTS),
        ("source_id", CODES),
        ("gtin", CODES),
    ],
};

table! {
    /// `release_artists.parquet`: sorted by row of the release and place.
    ReleaseArtistLine {
        /// Row of `releases`.
        row: u32,
        place: u16,
        /// Row of `artists`.
        artist: u32,
        name: Option<String>,
        join: String,
    }
}

pub(crate) const RELEASE_ARTISTS: &str = "release_artists.parquet";

table! {
    /// `identifiers.parquet`: sorted by kind, key and row.
    IdentifierLine {
        kind: String,
        key: u64,
        row: u32,
    }
}

pub(crate) const IDENTIFIERS: &str = "identifiers.parquet";

/// One lookup decodes one page. A row group holds one kind.
pub(crate) const IDENTIFIERS_LAYOUT: Layout = Layout {
    page_rows: 2048,
    pages: &[("kind", 1 << 20)],
    group_rows: 1 << 20,
    page_limits: &["key"],
    encodings: &[("key", DELTA_BINARY_PACKED), ("row", BYTE_STREAM_SPLIT)],
    levels: &[],
};
