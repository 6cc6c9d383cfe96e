use {crate::bencode::ReadError, thiserror::Error};

/// Why a text is no torrent that longplay accepts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TorrentError {
    #[error("the torrent is not canonical bencoding")]
    ReadBencode(#[source] ReadError),
    #[error("the torrent is of meta version {0}, newer than version 2")]
    NewerVersion(i64),
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`{0}` has a value that it must not have")]
    Malformed(&'static str),
    #[error("`length` and `files` stand together")]
    TwoShapes,
    #[error("there are no files")]
    NoFiles,
    #[error("{0:?} is no file name that can be kept as it stands")]
    Name(String),
    #[error("file {path:?} has no valid {field}")]
    File { path: String, field: &'static str },
    #[error("the path {0:?} stands twice")]
    Duplicate(String),
    #[error("a piece length of {0} is not allowed")]
    PieceLength(i64),
    #[error("{bytes} bytes make {expected} pieces, found {found} hashes")]
    PieceCount {
        bytes: u64,
        expected: u64,
        found: u64,
    },
    #[error("more than the limit of {0} pieces")]
    TooManyPieces(u64),
    #[error("the piece layer of {0:?} is missing, of the wrong length or leads to another root")]
    Layer(String),
    #[error("a piece layer belongs to no file")]
    StrayLayer,
    #[error("v1 and v2 tell different files, from {0:?} on")]
    Inconsistent(String),
}
