use {
    super::{
        batches::Batches,
        document_index::{DocumentIndex, Draft, Terms},
        documents::{Batch, Content, Document},
        meta::{MEMBERS, Member, RECORDS},
        parquet_rows::{ParquetRows, row_of},
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

    /// The bytes of document `number`, exactly as they came, cut as
    /// [`batches`](Self::batches) with the same arguments cuts them.
    pub(crate) fn record(
        &self,
        number: u64,
        splitting: Splitting,
        max_document_bytes: u64,
    ) -> Result<Vec<u8>, Error> {
        if splitting.is_parquet() {
            let row = row_of(&self.records, self.stretches(splitting), number)?;
            return row.map_err(|documents| Error::NoDocument {
                path: self.dir.join(RECORDS),
                number,
                documents,
            });
        }
        let terms = self.terms(splitting, max_document_bytes);
        let index = self.index(terms)?;
        let absent = || Error::NoDocument {
            path: self.dir.join(RECORDS),
            number,
            documents: index.documents(),
        };
        let start = index.before(number).ok_or_else(absent)?;
        let records = Arc::clone(&self.records);
        let batches = Batches::from(records, self.stretches(splitting), terms.limit, start, 1);
        for batch in batches {
            let batch = batch?;
            let found = batch.documents.iter().find(|found| found.number == number);
            if let Some(document) = found {
                return self.content(document, &batch.bytes);
            }
        }
        Err(absent())
    }

    /// The bytes of a record, exactly as they came.
    pub(crate) fn range(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        self.records.range(offset, length)
    }

    /// The format of the first document that has one.
    pub(crate) fn detect(&self, max_document_bytes: u64) -> Result<Format, Error> {
        let records = Arc::clone(&self.records);
        let stretches = self.stretches(Splitting::Lines);
        for batch in Batches::new(records, stretches, max_document_bytes.min(LONGEST), None) {
            let batch = batch?;
            let contents = batch
                .documents
                .iter()
                .filter_map(|document| document.content.data());
            if let Some(format) = contents
                .filter_map(|range| Format::of(&batch.bytes[range]))
                .next()
            {
                return Ok(format);
            }
        }
        Ok(Format::TrackRecords)
    }

    /// The lock is not held while an index is drawn: that runs on the threads
    /// of rayon, which may come here again.
    fn index(&self, terms: Terms) -> Result<Arc<DocumentIndex>, Error> {
        let last = || self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last().clone().filter(|index| index.terms() == terms);
        if let Some(index) = known {
            return Ok(index);
        }
        let index = Arc::new(match DocumentIndex::read(&self.dir, terms) {
            Some(index) => index,
            None => self.draw_index(terms)?,
        });
        *last() = Some(Arc::clone(&index));
        Ok(index)
    }

    fn draw_index(&self, terms: Terms) -> Result<DocumentIndex, Error> {
        let records = Arc::clone(&self.records);
        let stretches = self.stretches(terms.splitting);
        let mut draft = Draft::new(&self.dir, terms);
        for batch in Batches::new(records, stretches, terms.limit, None) {
            for document in batch?.documents {
                draft.document(document.offset);
            }
        }
        Ok(draft.finish())
    }

    fn content(&self, document: &Document, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        match &document.content {
            Content::Within(range) | Content::Aside(range) => Ok(bytes[range.clone()].to_vec()),
            Content::TooLong => self.range(document.offset, document.length),
        }
    }

    pub(super) fn stretches(&self, splitting: Splitting) -> Stretches {
        Stretches::new(self.members.clone(), splitting, self.bytes())
    }

    fn terms(&self, splitting: Splitting, max_document_bytes: u64) -> Terms {
        Terms {
            splitting,
            limit: max_document_bytes.min(LONGEST),
            bytes: self.bytes(),
        }
    }
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
