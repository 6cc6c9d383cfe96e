use {
    std::{io, path::PathBuf},
    thiserror::Error,
};

/// What keeps the store from looking or from acting.
///
/// Damage is no error: it is told as findings, and the work goes on.
#[derive(Debug, Error)]
pub enum Error {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },

    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },

    #[error(
        "the disk is full: cannot write {}; free some space and run the same command again, \
         nothing that was taken in is lost",
        path.display()
    )]
    DiskFull { path: PathBuf, source: io::Error },

    #[error("cannot remove {}", path.display())]
    Remove { path: PathBuf, source: io::Error },

    #[error("cannot rename {} to {}", from.display(), to.display())]
    Rename {
        from: PathBuf,
        to: PathBuf,
        source: io::Error,
    },

    #[error("{} is already there and is not overwritten", path.display())]
    AlreadyThere { path: PathBuf },

    #[error("cannot create the folder {}", path.display())]
    CreateFolder { path: PathBuf, source: io::Error },

    #[error("cannot make the names in the folder {} durable", path.display())]
    SyncFolder { path: PathBuf, source: io::Error },

    #[error("cannot list the folder {}", path.display())]
    ListFolder { path: PathBuf, source: io::Error },

    #[error(
        "{} is not an archive: it has no longplay.toml; make one with `longplay init`, \
         or name another with --archive",
        path.display()
    )]
    NotAnArchive { path: PathBuf },

    #[error("{} is already an archive; nothing was changed", path.display())]
    AlreadyExists { path: PathBuf },

    #[error(
        "{} holds files that are not an archive's; name an empty or a new folder",
        path.display()
    )]
    ForeignFolder { path: PathBuf },

    #[error("cannot understand {}", path.display())]
    ParseConfig {
        path: PathBuf,
        source: toml::de::Error,
    },

    #[error("cannot write the settings as TOML")]
    WriteConfig { source: toml::ser::Error },

    #[error(
        "{k} data packs and {m} recovery packs make no stripe; both are at least 1, and \
         together at most 255"
    )]
    Geometry { k: u8, m: u8 },

    #[error("{field} = {bytes} in longplay.toml is too small; the least is {least}")]
    SizeTooSmall {
        field: &'static str,
        bytes: u64,
        least: u64,
    },

    #[error(
        "{} is of format version {found}, and this longplay knows versions up to {known}; \
         use a newer longplay, nothing was changed",
        path.display()
    )]
    NewerFormat {
        path: PathBuf,
        found: u32,
        known: u32,
    },

    #[error(
        "another longplay command is at work in {}; run this one again when it has ended",
        path.display()
    )]
    Locked { path: PathBuf },

    #[error("cannot lock {}", path.display())]
    TakeLock { path: PathBuf, source: io::Error },

    #[error(
        "{} is no file that other programs of this system can open, and this needs one; \
         copy the archive to a folder and name that with --archive",
        path.display()
    )]
    NotLocal { path: PathBuf },

    #[error("the archive {} was opened for reading only", path.display())]
    ReadOnly { path: PathBuf },

    #[error("cannot write a journal entry as JSON")]
    EncodeEntry { source: serde_json::Error },

    #[error(
        "cannot use the state cache {}; delete it, and it will be made again from the journal",
        path.display()
    )]
    State {
        path: PathBuf,
        source: rusqlite::Error,
    },

    #[error(
        "an entry of the state cache cannot be understood; delete state.sqlite, and it will be made again from the journal"
    )]
    StateEntry { source: serde_json::Error },

    #[error(
        "a row of the state cache {} is damaged; delete it, and it will be made again from \
         the journal",
        path.display()
    )]
    StateRow { path: PathBuf },

    #[error(
        "{} is no place for a disk: name its folder from the root on, without `..`",
        path.display()
    )]
    DiskPath { path: PathBuf },

    #[error(
        "tranches lie on several disks or at {address}, not both: name one of them in longplay.toml"
    )]
    DisksAndStore { address: String },

    #[error(
        "{} and {} are one folder; name one folder on each disk",
        one.display(),
        other.display()
    )]
    DiskTwice { one: PathBuf, other: PathBuf },

    #[error(
        "{id:?} in longplay.toml cannot name a folder: an id has up to 64 small letters, digits \
         and hyphens"
    )]
    ArchiveId { id: String },

    #[error(
        "longplay.toml names disks and no id; add a line such as id = \"attic\", up to 64 small \
         letters, digits and hyphens that no other archive on these disks has"
    )]
    NoArchiveId,

    #[error("there is no folder {}; mount the disk, or make the folder", path.display())]
    NoSuchDisk { path: PathBuf },

    #[error(
        "the disk {} is not there: {} is missing; mount it, or mend its path in longplay.toml; \
         if it is lost, run `longplay repair --lost-disk {}`",
        path.display(),
        marker.display(),
        path.display()
    )]
    DiskAbsent { path: PathBuf, marker: PathBuf },

    #[error(
        "the disk {} is there; only one that is not can be given up: unmount it, or take its \
         path out of the command",
        path.display()
    )]
    DiskPresent { path: PathBuf },

    #[error(
        "longplay.toml names no disk {}; the paths of all stand there",
        path.display()
    )]
    UnknownDisk { path: PathBuf },

    #[error(
        "{} and {} both say that they are disk {number} of this archive; one of them is an \
         older copy: take it out of longplay.toml",
        one.display(),
        other.display()
    )]
    SameDisk {
        one: PathBuf,
        other: PathBuf,
        number: u32,
    },

    #[error(
        "cannot understand {}; write {{\"longplay\":\"disk\",\"version\":1,\"archive\":\"{id}\",\
         \"disk\":N}} into it, N being the number that no other disk of the archive has",
        path.display()
    )]
    ParseMarker {
        path: PathBuf,
        id: String,
        source: serde_json::Error,
    },

    #[error(
        "a disk of {disks} holds up to {most} files of a stripe of {k}+{m} (({k}+{m})/{disks}, \
         rounded up), and the loss of more than {m} is not healed; choose {nearest}"
    )]
    TooFewDisks {
        k: u8,
        m: u8,
        disks: usize,
        most: usize,
        nearest: crate::spread::rule::Nearest,
    },

    #[error(
        "no disk of the archive has room for a file of {bytes} bytes; free some space, or give it \
         another one with `longplay repair --new-disk DIR`"
    )]
    NoRoom { bytes: u64 },

    #[error("cannot link {} to {}", link.display(), file.display())]
    Link {
        link: PathBuf,
        file: PathBuf,
        source: io::Error,
    },

    #[error("cannot ask how much room {} has", path.display())]
    AskRoom { path: PathBuf, source: io::Error },

    #[error("cannot rebuild a stripe")]
    Code { source: crate::code::CodeError },

    #[error(
        "cannot understand {}; remove it if no `longplay seal` was interrupted",
        path.display()
    )]
    ParseSealNote {
        path: PathBuf,
        source: serde_json::Error,
    },

    #[error("cannot understand {}; run `longplay repair`, then seal again", path.display())]
    ReadTrancheIndex {
        path: PathBuf,
        source: serde_json::Error,
    },

    #[error("cannot put {name:?} into a metadata tranche")]
    NameMetadata {
        name: String,
        source: longplay_model::PathError,
    },

    #[error("cannot seal {}: it changed since it was planned; run the same command again", path.display())]
    SourceChanged {
        path: PathBuf,
        source: crate::pack::FaultKind,
    },

    #[error(
        "tranche {tranche} does not read back as it was written; its disk may be failing; \
         staging keeps everything, and the same command writes it again"
    )]
    SealedDamaged { tranche: String },

    #[error(
        "tranche {tranche}, which a sealing that was killed had finished, is damaged beyond its \
         recovery, and staging does not hold all of it: the journal may be an older one; run \
         `longplay rebuild`, which keeps what is left of the tranche"
    )]
    UnendedDamaged { tranche: String },

    #[error("cannot keep tranches at {address}")]
    FindStore {
        address: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    #[error("cannot bring {} to {}", from.display(), to.display())]
    Carry {
        from: PathBuf,
        to: PathBuf,
        source: io::Error,
    },

    #[error(
        "{} has no longplay.toml that can be read, and no tranche in it tells what stood \
         there; write one with the lines `version = 1` and `name = \"…\"`, and a table \
         `[tranches]` with the line `at = \"s3://…\"` where its tranches lie in an object \
         store, or restore it from a copy",
        path.display()
    )]
    NoSettings { path: PathBuf },

    #[error(
        "{different} of {expected} ({percent} %) are lost, moved or unknown, more than \
         1 %; nothing was changed: look whether this is the right folder and all its disks \
         are there, and if it is as it should be, say --allow-difference"
    )]
    TooDifferent {
        /// `3 files`, `1.2 GB`.
        different: String,
        expected: String,
        percent: String,
    },

    #[error("interrupted; run the same command again to go on")]
    Interrupted,
}

impl Error {
    /// A failed write, told apart where the disk is full.
    pub fn write(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        if is_full(&source) {
            Self::DiskFull { path, source }
        } else {
            Self::Write { path, source }
        }
    }

    pub fn read(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Read {
            path: path.into(),
            source,
        }
    }

    pub(crate) fn create_folder(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        if is_full(&source) {
            Self::DiskFull { path, source }
        } else {
            Self::CreateFolder { path, source }
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
