use {
    super::track_rows::TrackRows,
    longplay_model::{RightsUri, Timestamp},
    std::{ops::RangeInclusive, path::Path},
};

/// What is exported, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportOptions {
    pub format: ExportFormat,
    pub filter: ExportFilter,
    /// Leave out the records of sources that are not open, and their figures.
    pub open_only: bool,
    /// At most so many tracks, the most popular first.
    pub limit: Option<u64>,
    /// Put the file in the place of another.
    pub force: bool,
    /// Embargoes are held against it.
    pub clock: Timestamp,
}

/// The format of an exported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    Parquet,
    Csv,
    /// Track records that an import reads again.
    Jsonl,
    Sqlite,
}

/// Tracks for which all of this holds. Of several values, one must; letter
/// case does not matter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExportFilter {
    /// Those that a query chose.
    pub tracks: Option<TrackRows>,
    pub rights: Option<WantedRights>,
    pub languages: Vec<String>,
    pub genres: Vec<String>,
    pub labels: Vec<String>,
    /// Of the release's date.
    pub years: Option<RangeInclusive<u16>>,
    pub min_popularity: Option<f32>,
}

/// Rights in the audio of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedRights {
    /// The audio may be released.
    Open,
    /// Exactly this statement.
    Uri(RightsUri),
}

impl ExportFormat {
    pub const ALL: [Self; 4] = [Self::Parquet, Self::Csv, Self::Jsonl, Self::Sqlite];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Sqlite => "sqlite",
        }
    }

    /// The format that a file name ends with.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        let named = Self::ALL.into_iter().find(|it| it.name() == extension);
        named.or_else(|| (extension == "db").then_some(Self::Sqlite))
    }
}
