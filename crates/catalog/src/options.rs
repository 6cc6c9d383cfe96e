use {
    crate::sources::Mapping,
    longplay_model::{Digest, RightsStatement, Timestamp},
    std::path::PathBuf,
};

/// Where the catalog of an archive lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dirs {
    /// `sources/`: what was imported, as it came.
    pub sources: PathBuf,
    /// `catalog/`: one folder a snapshot.
    pub catalog: PathBuf,
}

/// How a source is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// The name of the source; track ids are made from it, so that an update
    /// of a source keeps its name.
    pub source_name: String,
    /// Rights in the records themselves; without an open licence they are
    /// kept and never leave the archive.
    pub records_rights: Option<RightsStatement>,
    /// Rights in the audio of items that say nothing themselves.
    pub audio_rights: Option<RightsStatement>,
    /// Rights by path, for folders of music (`docs/format/rights-file.md`).
    pub rights_file: Option<PathBuf>,
    /// What the columns of a table mean (`docs/format/mapping.md`); needed for
    /// CSV, TSV and Parquet.
    pub mapping: Option<Mapping>,
    /// Written to `source.json`, to no table.
    pub clock: Timestamp,
    /// Longer records are left out and reported.
    pub max_line_bytes: u64,
    /// Take fields whose licence is not open into the tables too: genres of
    /// MusicBrainz. The records, which hold them in any case, are then dark.
    pub restricted_fields: bool,
    /// Memory for each sort; above it, runs are spilled to files.
    pub sort_memory_bytes: u64,
    /// What becomes of earlier sources of the same name.
    pub succession: Succession,
    /// Sources of the same delivery, which are not replaced.
    pub beside: Vec<Digest>,
    /// Let a source take the place of one that held over 1 % more.
    pub allow_shrink: bool,
    /// Read files of a collection again that look unchanged.
    pub rehash: bool,
}

/// What becomes of earlier sources of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Succession {
    /// As the format says of itself (`docs/format/source.md`).
    #[default]
    Usual,
    /// Those of the same kind are replaced.
    Replace,
    /// They stay.
    Add,
}

impl ImportOptions {
    /// Longest record by default: 64 MiB. The longest release of MusicBrainz
    /// takes tens of megabytes.
    pub const MAX_LINE_BYTES: u64 = 64 << 20;

    pub const SORT_MEMORY_BYTES: u64 = 256 << 20;

    /// A source of this name that says nothing about rights.
    pub fn new(source_name: impl Into<String>, clock: Timestamp) -> Self {
        Self {
            source_name: source_name.into(),
            records_rights: None,
            audio_rights: None,
            rights_file: None,
            mapping: None,
            clock,
            max_line_bytes: Self::MAX_LINE_BYTES,
            restricted_fields: false,
            sort_memory_bytes: Self::SORT_MEMORY_BYTES,
            succession: Succession::Usual,
            beside: Vec::new(),
            allow_shrink: false,
            rehash: false,
        }
    }
}

/// What is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKind {
    /// A file or folder of records.
    Records,
    /// A folder of music.
    Audio,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSummary {
    /// The snapshot that holds the source now.
    pub snapshot: String,
    /// Digest of the source's records.
    pub source: Digest,
    /// Format of the source: `track-records`, `musicbrainz-releases`,
    /// `audio-folder`.
    pub format: &'static str,
    /// Bytes of the source's records.
    pub bytes: u64,
    /// Records of the source: lines that are not empty, documents, files.
    pub records: u64,
    /// Tracks that the records told of.
    pub tracks: u64,
    /// Records that were left out.
    pub rejected: u64,
    /// Tracks of the whole snapshot.
    pub snapshot_tracks: u64,
    /// Recordings of the whole snapshot.
    pub snapshot_recordings: u64,
    /// The snapshot was there before: nothing was written.
    pub unchanged: bool,
    /// Sources of the snapshot before whose place it takes.
    pub replaced: Vec<Replaced>,
}

/// A source that is kept and goes into the next snapshot no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Its number in the snapshot before.
    pub number: u16,
    pub digest: Digest,
    /// When it came first, where that is known.
    pub imported_at: Option<Timestamp>,
    pub records: u64,
    pub tracks: u64,
}

/// What an import would read, for a dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportPlan {
    pub source: Digest,
    pub format: &'static str,
    pub bytes: u64,
    pub records: u64,
    pub tracks: u64,
    pub rejected: u64,
    /// The source is in the previous snapshot on the same terms.
    pub unchanged: bool,
    /// Sources whose place it would take.
    pub replaced: Vec<Replaced>,
}
