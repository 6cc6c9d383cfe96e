use {
    super::{
        documents::{Content, Documents},
        meta::{MEMBERS, Member, RECORDS},
    },
    crate::{error::Error, seekable::SeekableReader, sources::Format},
    std::path::{Path, PathBuf},
};

/// A source whose records can be read.
pub(crate) struct Kept {
    dir: PathBuf,
    records: SeekableReader,
    members: Option<Vec<Member>>,
}

impl Kept {
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let members = dir.join(MEMBERS);
        Ok(Self {
            dir: dir.into(),
            records: SeekableReader::open(&dir.join(RECORDS))?,
            members: members
                .exists()
                .then(|| read_members(&members))
                .transpose()?,
        })
    }

    /// Bytes of the records, uncompressed.
    pub(crate) fn bytes(&self) -> u64 {
        self.records.len()
    }

    /// The documents in order; longer ones than `limit` come without content.
    pub(crate) fn documents(&self, limit: u64) -> Result<Documents, Error> {
        let path = self.dir.join(RECORDS);
        let stream = self.records.stream()?;
        Ok(Documents::new(path, stream, self.members.clone(), limit))
    }

    /// The bytes of a record, exactly as they came.
    pub(crate) fn range(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        self.records.range(offset, length)
    }

    /// The format of the first document that has one.
    pub(crate) fn detect(&self, limit: u64) -> Result<Format, Error> {
        for document in self.documents(limit)? {
            if let Content::Whole(bytes) = document?.content
                && let Some(format) = Format::of(&bytes)
            {
                return Ok(format);
            }
        }
        Ok(Format::TrackRecords)
    }
}

fn read_members(path: &Path) -> Result<Vec<Member>, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::read(path))?;
    text.lines()
        .map(|line| {
            serde_json::from_str(line).map_err(|source| Error::ReadJson {
                path: path.into(),
                source,
            })
        })
        .collect()
}
