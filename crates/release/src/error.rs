use {
    crate::torrent::TorrentError,
    longplay_model::RelativePath,
    std::{io, path::PathBuf},
    thiserror::Error,
};

/// What keeps the release from looking or from acting.
///
/// A tranche that may not or cannot leave is no error: it is told as a finding
/// and the others are released.
#[derive(Debug, Error)]
pub enum Error {
    #[error("the archive gave no answer")]
    UseStore {
        #[from]
        source: longplay_store::Error,
    },

    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },

    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },

    #[error("{} is in the way: it is not what longplay put there; move it away", path.display())]
    Occupied { path: PathBuf },

    #[error("{url:?} is no address to publish under; it should start with http:// or https://")]
    PublishUnder { url: String },

    #[error("{url:?} is no tracker; it should start with udp://, http:// or https://")]
    AnnounceTo { url: String },

    #[error("cannot make the torrent of {name}")]
    MakeTorrent { name: String, source: TorrentError },

    #[error("cannot write {} as JSON", path.display())]
    WriteJson {
        path: PathBuf,
        source: serde_json::Error,
    },

    #[error(
        "{text:?} is no track id (32 hexadecimal digits), ISRC (such as GBAYE6900531) or SHA-256 (64 digits)"
    )]
    ParseTarget { text: String },

    #[error(
        "{text:?} is no part of a track; it should be START+LENGTH in bytes of the track, such \
         as 1000000+500000, with at least one byte"
    )]
    ParsePart { text: String },

    #[error("the bytes {part} are not all in {path}, which has {bytes}")]
    PartBeyond {
        part: String,
        path: RelativePath,
        bytes: u64,
    },

    #[error(
        "there is no {place}, by which a part could be proven; fetch the whole track, or release \
         the archive again"
    )]
    FindProofs { place: String },

    #[error("{} is neither an archive nor a folder with a map.jsonl", path.display())]
    OpenSource { path: PathBuf },

    #[error("{target} is not among the {records} records that were looked at")]
    Find { target: String, records: u64 },

    #[error("line {line} of {place} cannot be understood")]
    ReadMap {
        place: String,
        line: u64,
        source: serde_json::Error,
    },

    #[error("cannot read {place}")]
    ReadStream { place: String, source: io::Error },

    #[error("cannot fetch {url}")]
    Fetch {
        url: String,
        source: Box<ureq::Error>,
    },

    #[error("{url} answered with status {status}")]
    Refused { url: String, status: u16 },

    #[error("{url} answered with {found:?} when asked for bytes {first}-{last}")]
    WrongRange {
        url: String,
        found: String,
        first: u64,
        last: u64,
    },

    #[error(
        "{url} cannot give parts of a file, and {skip} bytes stand before the track, more than \
         the limit of {limit}; fetch it from a server that answers Range requests, or by torrent"
    )]
    IgnoresRange { url: String, skip: u64, limit: u64 },

    #[error("{} is already there with other content; name another folder", path.display())]
    KeepOutput { path: PathBuf },

    #[error("interrupted; run the same command again to go on")]
    Interrupted,
}
