use {
    super::range::Part,
    crate::{
        error::Error,
        get::{http::Client, options::GetOptions, shelf::Shelf},
        public::{map::MapRecord, proofs::HASH_BYTES},
    },
    longplay_model::{Digest, Finding, FindingCode, Monitor},
    std::{
        io::{self, Read},
        ops::Range,
    },
};

/// One part that is asked for, and the ways to it.
pub struct Job<'a> {
    pub chosen: &'a MapRecord,
    pub part: Part,
    pub shelf: Shelf,
    pub options: &'a GetOptions,
    pub client: &'a Client,
    pub monitor: &'a dyn Monitor,
}

/// Why there is no part.
pub enum Trouble {
    /// What was read is not what it should be (R004).
    Differs(Box<Finding>),
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Job<'_> {
    /// The pack, as a path on the shelf.
    pub fn pack(&self) -> String {
        self.below(&format!("data/packs/{}", self.chosen.record.pack))
    }

    /// A file of the tranche, as a path on the shelf.
    pub fn below(&self, path: &str) -> String {
        format!("{}/{path}", self.chosen.tranche)
    }

    /// Reads this range of a file from the shelf.
    pub fn range(&self, path: &str, range: Range<u64>) -> Result<Box<dyn Read>, Error> {
        self.shelf.range(path, range, self.options, self.client)
    }

    /// That a file of the shelf could not be read to its end.
    pub fn broken(&self, path: &str, source: io::Error) -> Error {
        Error::ReadStream {
            place: self.shelf.place(path),
            source,
        }
    }

    /// Reads `count` hashes that stand at `offset` of a file on a shelf.
    pub fn hashes(
        &self,
        shelf: &Shelf,
        path: &str,
        offset: u64,
        count: u64,
    ) -> Result<Vec<Digest>, Trouble> {
        let end = offset.saturating_add(count.saturating_mul(HASH_BYTES));
        let mut source = shelf.range(path, offset..end, self.options, self.client)?;
        let mut bytes = Vec::new();
        let read = source.read_to_end(&mut bytes);
        read.map_err(|source| Error::ReadStream {
            place: shelf.place(path),
            source,
        })?;
        let (hashes, _) = bytes.as_chunks::<32>();
        match bytes.len() as u64 == end - offset {
            true => Ok(hashes.iter().copied().map(Digest::from_bytes).collect()),
            false => {
                let seen = format!("it ends before byte {end}");
                Err(differs(path, offset..end, seen))
            }
        }
    }
}

/// What is wrong with a range of a file.
pub fn differs(path: &str, range: Range<u64>, seen: impl Into<String>) -> Trouble {
    let place = format!("bytes {}+{}", range.start, range.end - range.start);
    Trouble::Differs(Box::new(
        Finding::new(FindingCode::R004, path, seen).at(place),
    ))
}

/// What is wrong with a whole file.
pub fn differs_whole(path: &str, seen: impl Into<String>) -> Trouble {
    Trouble::Differs(Box::new(Finding::new(FindingCode::R004, path, seen)))
}
