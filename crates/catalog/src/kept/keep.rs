use {
    super::{
        meta::{MEMBERS, Member, RECORDS},
        open::Kept,
        tar_members::{TarMembers, is_tar},
        unpack::unpacked,
    },
    crate::{durable, error::Error, seekable::SeekableWriter, sources::schema_of_dump},
    longplay_model::{Digest, Finding, FindingCode, Monitor},
    memchr::memchr_iter,
    sha2::Digest as _,
    std::{
        cell::Cell,
        fs::File,
        io::{self, BufRead, BufReader, Read, Write},
        path::{Path, PathBuf},
    },
};

/// Bytes of a small file that are looked at while they are taken in.
const LOOK: u64 = 64;

const BUFFER: usize = 1 << 17;

/// Takes in the bytes of a source, into a folder that is not finished.
pub(crate) struct Keeper {
    dir: PathBuf,
    out: SeekableWriter,
    members: Option<Vec<Member>>,
    line_feeds: u64,
    bytes: u64,
    ends_in_line_feed: bool,
    /// No archive was cut off or damaged.
    is_whole: bool,
}

/// What was taken in.
pub(crate) struct Taken {
    pub(crate) digest: Digest,
    pub(crate) bytes: u64,
    pub(crate) records: u64,
    /// No archive was cut off or damaged.
    pub(crate) is_whole: bool,
}

/// A file that is being taken in.
struct Coming<'a> {
    path: &'a Path,
    /// What findings call it.
    subject: &'a str,
    /// Its path in the source; none where it is the source.
    name: Option<&'a str>,
    /// Set when the file itself could not be read.
    is_unreadable: &'a Cell<bool>,
    monitor: &'a dyn Monitor,
}

impl Keeper {
    pub(crate) fn create(dir: &Path) -> Result<Self, Error> {
        durable::fresh_dir(dir)?;
        let path = dir.join(RECORDS);
        let out = File::create(&path).map_err(Error::write(path))?;
        Ok(Self {
            dir: dir.into(),
            out: SeekableWriter::new(out),
            members: None,
            line_feeds: 0,
            bytes: 0,
            ends_in_line_feed: true,
            is_whole: true,
        })
    }

    /// Takes in a whole file, unpacked where it is gzip, xz or zstd; of a tar,
    /// the files in it. What can be read of a damaged archive is taken in.
    pub(crate) fn file(&mut self, path: &Path, monitor: &dyn Monitor) -> Result<(), Error> {
        let subject = path.file_name().unwrap_or(path.as_os_str());
        self.content(path, &subject.to_string_lossy(), None, monitor)
    }

    /// Takes in one of many files, as [`file`](Self::file) does.
    pub(crate) fn member(
        &mut self,
        path: &Path,
        name: String,
        monitor: &dyn Monitor,
    ) -> Result<(), Error> {
        self.has_members();
        self.content(path, &name, Some(&name), monitor)
    }

    /// Declares that the source is a folder of documents, maybe of none.
    pub(crate) fn has_members(&mut self) {
        self.members.get_or_insert_default();
    }

    fn content(
        &mut self,
        path: &Path,
        subject: &str,
        name: Option<&str>,
        monitor: &dyn Monitor,
    ) -> Result<(), Error> {
        let file = File::open(path).map_err(Error::read(path))?;
        let is_unreadable = &Cell::new(false);
        let coming = Coming {
            path,
            subject,
            name,
            is_unreadable,
            monitor,
        };
        let watched = Watched {
            file,
            monitor,
            is_unreadable,
        };
        match head(watched) {
            Ok((head, from)) if is_tar(&head) => self.tar(&coming, TarMembers::new(from)),
            Ok((_, from)) => self.plain(&coming, from),
            Err(error) => self.cut_off(&coming, error, 0),
        }
    }

    /// Takes in a file that is no tar.
    fn plain(&mut self, coming: &Coming, mut from: impl Read) -> Result<(), Error> {
        let before = self.bytes;
        let read = self.one(coming, coming.name, 0, &mut from)?;
        read.or_else(|error| self.cut_off(coming, error, self.bytes - before))
    }

    /// Takes in the files of a tar.
    fn tar(&mut self, coming: &Coming, mut tar: TarMembers<impl BufRead>) -> Result<(), Error> {
        self.has_members();
        let folder = coming.name.map(|name| format!("{name}/"));
        let folder = folder.unwrap_or_default();
        loop {
            let before = self.bytes;
            let read = match tar.next() {
                Ok(None) => return Ok(()),
                Ok(Some(found)) => {
                    let path = format!("{folder}{}", found.path);
                    self.one(coming, Some(&path), found.bytes, &mut tar)?
                }
                Err(error) => Err(error),
            };
            if let Err(error) = read {
                return self.cut_off(coming, error, self.bytes - before);
            }
        }
    }

    /// Takes in one file of this `path` in the source. The outer error is of
    /// this side, the inner one of the other.
    fn one(
        &mut self,
        coming: &Coming,
        path: Option<&str>,
        expected: u64,
        from: &mut impl Read,
    ) -> Result<io::Result<()>, Error> {
        let start = self.bytes;
        let looked = self.refuse_schema(coming, path, from)?;
        let read = match looked {
            Ok(()) => self.stream(from, coming.monitor)?,
            error => error,
        };
        let bytes = self.bytes - start;
        if let Some(path) = path
            // What could be read of a file stays, even when its end could not.
            && (bytes > 0 || read.is_ok() && expected == 0)
        {
            let path = path.to_owned();
            self.members
                .get_or_insert_default()
                .push(Member { path, bytes });
        }
        Ok(read)
    }

    /// Looks into the file of a dump that tells its schema.
    fn refuse_schema(
        &mut self,
        coming: &Coming,
        path: Option<&str>,
        from: &mut impl Read,
    ) -> Result<io::Result<()>, Error> {
        let Some((path, known)) = path.and_then(|path| Some((path, schema_of_dump(path)?))) else {
            return Ok(Ok(()));
        };
        let mut head = Vec::new();
        let read = from.take(LOOK).read_to_end(&mut head);
        self.bytes(&head)?;
        let found = String::from_utf8_lossy(head.trim_ascii()).into_owned();
        if read.is_err() || found == known {
            return Ok(read.map(drop));
        }
        let seen = format!("schema {found:?}; schema {known} is read");
        let finding = Finding::new(FindingCode::C014, coming.subject, seen);
        coming.monitor.finding(finding.at(path));
        Err(Error::SchemaNumber {
            path: coming.path.into(),
            found,
            known,
        })
    }

    /// A file that ends before its end: an error when it could not be read,
    /// otherwise a finding about what was packed into it.
    fn cut_off(&mut self, coming: &Coming, error: io::Error, bytes: u64) -> Result<(), Error> {
        if coming.is_unreadable.get() {
            return Err(Error::read(coming.path)(error));
        }
        let place = match self.members.iter().flatten().last() {
            Some(last) => format!("byte {} of {}", last.bytes, last.path),
            None => format!("byte {bytes} of its content"),
        };
        let finding = Finding::new(FindingCode::C013, coming.subject, error.to_string());
        coming.monitor.finding(finding.at(place));
        self.is_whole = false;
        Ok(())
    }

    /// Takes in all that comes.
    fn stream(
        &mut self,
        from: &mut impl Read,
        monitor: &dyn Monitor,
    ) -> Result<io::Result<()>, Error> {
        let mut buffer = vec![0; BUFFER];
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => return Ok(Ok(())),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Err(error)),
            };
            self.bytes(&buffer[..read])?;
            if monitor.is_interrupted() {
                return Err(Error::Interrupted);
            }
        }
    }

    /// Takes in bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes += bytes.len() as u64;
        self.line_feeds += memchr_iter(b'\n', bytes).count() as u64;
        self.ends_in_line_feed = bytes.last().map_or(self.ends_in_line_feed, |b| *b == b'\n');
        let written = self.out.write_all(bytes);
        written.map_err(|error| Error::write(self.dir.join(RECORDS))(error))
    }

    /// Makes the folder readable; the caller names and places it.
    pub(crate) fn finish(self) -> Result<(Taken, Kept), Error> {
        let path = self.dir.join(RECORDS);
        let mut hasher = self.out.finish().map_err(Error::write(path))?;
        let mut records = self.line_feeds + u64::from(!self.ends_in_line_feed);
        if let Some(members) = &self.members {
            let text = member_lines(members);
            hasher.update(&text);
            durable::write_inside(&self.dir.join(MEMBERS), &text)?;
            records = members.len() as u64;
        }
        let taken = Taken {
            digest: hasher.into(),
            bytes: self.bytes,
            records,
            is_whole: self.is_whole,
        };
        Ok((taken, Kept::open(&self.dir)?))
    }
}

/// The first bytes of what a file holds, and all of them to read.
fn head<'a>(file: impl Read + 'a) -> io::Result<(Vec<u8>, impl BufRead + 'a)> {
    const HEADER: u64 = 512;
    let mut from = unpacked(file)?;
    let mut head = Vec::new();
    let read = from.by_ref().take(HEADER).read_to_end(&mut head);
    let rest = Failing {
        error: read.err(),
        from,
    };
    let whole = io::Cursor::new(head.clone()).chain(BufReader::with_capacity(BUFFER, rest));
    Ok((head, whole))
}

/// Fails once with an error that came too early to be told.
struct Failing<R> {
    error: Option<io::Error>,
    from: R,
}

impl<R: Read> Read for Failing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.error.take() {
            Some(error) => Err(error),
            None => self.from.read(buffer),
        }
    }
}

fn member_lines(members: &[Member]) -> Vec<u8> {
    let mut text = Vec::new();
    for member in members {
        serde_json::to_writer(&mut text, member).expect("a member is two plain values");
        text.push(b'\n');
    }
    text
}

/// Tells the monitor of every byte that is read from disk.
struct Watched<'a> {
    file: File,
    monitor: &'a dyn Monitor,
    is_unreadable: &'a Cell<bool>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer);
        match &read {
            Ok(read) => self.monitor.advance(*read as u64),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.is_unreadable.set(true),
        }
        read
    }
}
