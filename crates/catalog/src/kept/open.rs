use {
    super::{
        batches::Batches,
        document_index::{DocumentIndex, Draft, Terms},
        documents::Batch,
        meta::{MEMBERS, Member, RECORDS},
        parquet_rows::ParquetRows,
        stretches::Stretches,
    },
    crate::{
        error::Error,
        seekable::SeekableReader,
        sources::{Format, Splitting},
    },
    std::{
        path::{Path, PathBuf},
        sync::{Arc, Mutex, PoisonError},
    },
};

/// A record travels with lengths of 32 bits.
const LONGEST: u64 = 1 << 30;

/// A source whose records can be read.
pub(crate) struct Kept {
    dir: PathBuf,
    pub(super) records: Arc<SeekableReader>,
    members: Option<Arc<[Member]>>,
    /// The index that was used last.
    index: Mutex<Option<Arc<DocumentIndex>>>,
}

impl Kept {
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let members = dir.join(MEMBERS);
        let members = members.exists().then(|| read_members(&members));
        Ok(Self {
            dir: dir.into(),
            records: Arc::new(SeekableReader::open(&dir.join(RECORDS))?),
            members: members.transpose()?.map(Arc::from),
            index: Mutex::default(),
        })
    }

    /// Bytes of the records, uncompressed.
    pub(crate) fn bytes(&self) -> u64 {
        self.records.len()
    }

    /// All documents in order, about 4 MiB of them at a time; longer ones than
    /// `max_document_bytes` come without content. When all are read, the index
    /// of documents is written if there is none.
    ///
    /// Frames are unpacked on the threads of rayon: a caller that waits for a
    /// lock there while it holds this can wait forever.
    pub(crate) fn batches(
        &self,
        splitting: Splitting,
        max_document_bytes: u64,
    ) -> Box<dyn Iterator<Item = Result<Batch, Error>> + Send> {
        if splitting.is_parquet() {
            return Box::new(self.rows(splitting, max_document_bytes));
        }
        let terms = self.terms(splitting, max_document_bytes);
        let known = DocumentIndex::read(&self.dir, terms);
        let draft = known.is_none().then(|| Draft::new(&self.dir, terms));
        let records = Arc::clone(&self.records);
        let stretches = self.stretches(splitting);
        Box::new(Batches::new(records, stretches, terms.limit, draft))
    }

    fn rows(&self, splitting: Splitting, max_document_bytes: u64) -> ParquetRows {
        let records = Arc::clone(&self.records);
        let limit = max_document_bytes.min(LONGEST);
        ParquetRows::new(
            records,
            self.stretches(splitting),
            splitting.columns(),
            limit,
        )
    }

    /// The bytes of a record, exactly as they came.
    pub(crate) fn range(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        self.records.range(offset, length)
    }

    /// The path of the first file, where there are many.
    pub(crate) fn first_member(&self) -> Option<&str> {
        let member = self.members.as_ref()?.first()?;
        Some(&member.path)
    }

    /// What a dump of this format is about, where formats have dumps of several
    /// contents.
    pub(crate) fn content_of(
        &self,
        format: Format,
        max_document_bytes: u64,
    ) -> Result<Option<&'static str>, Error> {
        let records = Arc::clone(&self.records);
        let stretches = self.stretches(Splitting::Lines);
        for batch in Batches::new(records, stretches, max_document_bytes.min(LONGEST), None) {
            let batch = batch?;
            let documents = batch.documents.iter();
            let contents = documents.filter_map(|document| document.content.data());
            let mut found = contents.filter_map(|range| format.content(&batch.bytes[range]));
            if let Some(found) = found.next() {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The format of the first document that has one; where it is of JSON, of
    /// most documents beside it, and of as many of one as of another the first.
    /// Formats of MusicBrainz count as one.
    ///
    /// # Errors
    /// When there are documents and none has a format.
    pub(crate) fn detect(&self, max_document_bytes: u64) -> Result<Format, Error> {
        let records = Arc::clone(&self.records);
        let stretches = self.stretches(Splitting::Lines);
        let mut documents = 0u64;
        for batch in Batches::new(records, stretches, max_document_bytes.min(LONGEST), None) {
            let batch = batch?;
            let contents = batch.documents.iter();
            let contents = contents.filter_map(|document| document.content.data());
            let contents =
                contents.filter(|range| !batch.bytes[range.clone()].trim_ascii().is_empty());
            let mut found = Vec::new();
            for range in contents {
                documents += 1;
                found.extend(Format::of(&batch.bytes[range]));
                if found.first().is_some_and(|first| !first.is_json()) {
                    break;
                }
            }
            if let Some(format) = most(&found) {
                return Ok(format);
            }
        }
        match documents {
            0 => Ok(Format::TrackRecords),
            _ => Err(Error::UnknownFormat { documents }),
        }
    }

    pub(crate) fn has_members(&self) -> bool {
        self.members.is_some()
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The index that was used last, where it was drawn on these terms.
    pub(super) fn last_index(&self, terms: Terms) -> Option<Arc<DocumentIndex>> {
        let last = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone().filter(|index| index.terms() == terms)
    }

    pub(super) fn keep_index(&self, index: &Arc<DocumentIndex>) {
        let mut last = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Arc::clone(index));
    }

    pub(super) fn stretches(&self, splitting: Splitting) -> Stretches {
        Stretches::new(self.members.clone(), splitting, self.bytes())
    }

    pub(super) fn terms(&self, splitting: Splitting, max_document_bytes: u64) -> Terms {
        Terms {
            splitting,
            limit: max_document_bytes.min(LONGEST),
            bytes: self.bytes(),
        }
    }
}

/// The format that is there most often; of several the first.
fn most(found: &[Format]) -> Option<Format> {
    let times = |format: Format| {
        let same = found.iter().filter(|other| other.reads_as(format));
        same.count()
    };
    let mut distinct: Vec<Format> = Vec::new();
    for format in found {
        if !distinct.iter().any(|known| known.reads_as(*format)) {
            distinct.push(*format);
        }
    }
    distinct
        .into_iter()
        .rev()
        .max_by_key(|format| times(*format))
}

pub(super) fn read_members(path: &Path) -> Result<Vec<Member>, Error> {
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
