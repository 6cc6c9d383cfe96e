use {
    crate::sources::MappingError,
    std::{io, path::PathBuf},
    thiserror::Error,
};

/// What kept the catalog from looking or writing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    #[error("could not read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("could not write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("could not read table {}", path.display())]
    ReadTable {
        path: PathBuf,
        #[source]
        source: parquet::errors::ParquetError,
    },
    #[error("could not write table {}", path.display())]
    WriteTable {
        path: PathBuf,
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// A table lacks a column, or a row that another table points at.
    #[error("table {} does not hold {what}", path.display())]
    TableShape { path: PathBuf, what: &'static str },
    #[error("could not read {} as JSON", path.display())]
    ReadJson {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("{} has format version {found}; this longplay knows up to {known}", path.display())]
    NewerFormat {
        path: PathBuf,
        found: u32,
        known: u32,
    },
    #[error("{} has tables of version {found}; import one of its sources again to make new ones", path.display())]
    OlderSnapshot { path: PathBuf, found: u32 },
    #[error("seek table of {} is damaged", path.display())]
    SeekTable { path: PathBuf },
    #[error("{} belongs to a dump of schema {found:?}; this longplay reads schema {known}", path.display())]
    SchemaNumber {
        path: PathBuf,
        found: String,
        known: &'static str,
    },
    /// Something was to be imported that longplay knows nothing about.
    #[error(
        "none of {documents} records is of a format that longplay reads; \
         `longplay import --help` names them, and a table needs --mapping"
    )]
    UnknownFormat { documents: u64 },
    #[error("no document {number} in {}, which holds {documents}", path.display())]
    NoDocument {
        path: PathBuf,
        number: u64,
        documents: u64,
    },
    /// `file` is empty where the source is one file.
    #[error("could not read the source by its mapping{}{file}", if file.is_empty() { "" } else { ": " })]
    Map {
        file: String,
        #[source]
        source: MappingError,
    },
    #[error("no catalog snapshot {}", path.display())]
    NoSnapshot { path: PathBuf },
    #[error("no plan {}", path.display())]
    NoPlan { path: PathBuf },
    #[error("plan {} exists already", path.display())]
    PlanExists { path: PathBuf },
    #[error("{} is there already; --force puts another in its place", path.display())]
    ExportExists { path: PathBuf },
    #[error("could not write database {}", path.display())]
    WriteDatabase {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    #[error("the catalog holds more than {limit} tracks")]
    TooManyTracks { limit: u64 },
    #[error("a catalog holds at most {limit} sources")]
    TooManySources { limit: usize },
    #[error("no search index {}; import again to have one made", path.display())]
    NoSearchIndex { path: PathBuf },
    #[error("search index {} does not hold {what}", path.display())]
    SearchIndex { path: PathBuf, what: &'static str },
    #[error("could not read the recipe of a synthetic catalog")]
    ReadRecipe {
        #[source]
        source: crate::synthetic::ParseRecipeError,
    },
    #[error("the source has no record {number}")]
    NoRecord { number: u64 },
    #[error("interrupted; start the same command again to go on")]
    Interrupted,
}

impl Error {
    pub(crate) fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Read { path, source }
    }

    pub(crate) fn write(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Write { path, source }
    }

    pub(crate) fn read_table<E: Into<parquet::errors::ParquetError>>(
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(E) -> Self {
        let path = path.into();
        |source| Self::ReadTable {
            path,
            source: source.into(),
        }
    }

    pub(crate) fn write_table<E: Into<parquet::errors::ParquetError>>(
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(E) -> Self {
        let path = path.into();
        |source| Self::WriteTable {
            path,
            source: source.into(),
        }
    }

    pub(crate) fn write_database(path: impl Into<PathBuf>) -> impl FnOnce(rusqlite::Error) -> Self {
        let path = path.into();
        |source| Self::WriteDatabase { path, source }
    }
}
