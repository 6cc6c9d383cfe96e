//! Documents by their numbers.
//!
//! ```text
//!   numbers ─► index ─► the frames around ─► cut ─► documents     of text
//!          └─► footer ─► row groups ─► selected rows ─► as JSON   of Parquet
//! ```
//!
//! What lies between documents that are near each other is read once.

use {
    super::{
        batches::Batches,
        document_index::{DocumentIndex, Draft, Terms},
        documents::{Content, Document},
        meta::RECORDS,
        open::Kept,
        parquet_numbered::{count, rows_of},
    },
    crate::{error::Error, sources::Splitting},
    std::{collections::BTreeMap, sync::Arc},
};

impl Kept {
    /// The bytes of document `number`, exactly as they came, cut as
    /// [`batches`](Self::batches) with the same arguments cuts them.
    pub(crate) fn record(
        &self,
        number: u64,
        splitting: Splitting,
        max_document_bytes: u64,
    ) -> Result<Vec<u8>, Error> {
        let mut found = self.records(&[number], splitting, max_document_bytes, u64::MAX)?;
        match found.remove(&number) {
            Some(record) => Ok(record),
            None => Err(self.absent(number, splitting, max_document_bytes)),
        }
    }

    /// The same of many documents, whose numbers ascend; absent ones are left
    /// out. When more than `most_bytes` are held, the rest is left out too.
    pub(crate) fn records(
        &self,
        numbers: &[u64],
        splitting: Splitting,
        max_document_bytes: u64,
        most_bytes: u64,
    ) -> Result<BTreeMap<u64, Vec<u8>>, Error> {
        if splitting.is_parquet() {
            let stretches = self.stretches(splitting);
            return rows_of(&self.records, stretches, numbers, most_bytes);
        }
        let terms = self.terms(splitting, max_document_bytes);
        let index = self.index(terms)?;
        let mut found = BTreeMap::new();
        let mut held = 0;
        let mut left = numbers;
        while let Some((&number, rest)) = left.split_first() {
            let Some(start) = index.before(number) else {
                left = rest;
                continue;
            };
            left = self.near(left, start, terms, &index, &mut |number, record| {
                held += record.len() as u64;
                found.insert(number, record);
                held <= most_bytes
            })?;
            if held > most_bytes {
                break;
            }
        }
        Ok(found)
    }

    /// Reads from `start` on as long as the next of `numbers` is near, or
    /// `take` wants more. What is left of them.
    fn near<'a>(
        &self,
        mut numbers: &'a [u64],
        start: (u64, u64),
        terms: Terms,
        index: &DocumentIndex,
        take: &mut dyn FnMut(u64, Vec<u8>) -> bool,
    ) -> Result<&'a [u64], Error> {
        let records = Arc::clone(&self.records);
        let stretches = self.stretches(terms.splitting);
        for batch in Batches::from(records, stretches, terms.limit, start, 1) {
            let batch = batch?;
            for document in &batch.documents {
                let Some((_, rest)) = numbers
                    .split_first()
                    .filter(|(next, _)| **next == document.number)
                else {
                    continue;
                };
                numbers = rest;
                if !take(document.number, self.content(document, &batch.bytes)?) {
                    return Ok(numbers);
                }
            }
            let last = batch.documents.last().map_or(0, |last| last.number);
            let next = numbers.first().and_then(|next| index.before(*next));
            if next.is_none_or(|before| before.0 > last + 1) {
                return Ok(numbers);
            }
        }
        // The index promised more than there is.
        Ok(numbers.get(1..).unwrap_or_default())
    }

    fn absent(&self, number: u64, splitting: Splitting, max_document_bytes: u64) -> Error {
        let documents = match splitting.is_parquet() {
            true => count(&self.records, self.stretches(splitting)),
            false => self
                .index(self.terms(splitting, max_document_bytes))
                .map_or(0, |index| index.documents()),
        };
        Error::NoDocument {
            path: self.dir().join(RECORDS),
            number,
            documents,
        }
    }

    fn draw_index(&self, terms: Terms) -> Result<DocumentIndex, Error> {
        let records = Arc::clone(&self.records);
        let stretches = self.stretches(terms.splitting);
        let mut draft = Draft::new(self.dir(), terms);
        for batch in Batches::new(records, stretches, terms.limit, None) {
            for document in batch?.documents {
                draft.document(document.offset);
            }
        }
        Ok(draft.finish())
    }

    /// The lock is not held while an index is drawn: that runs on the threads
    /// of rayon, which may come here again.
    fn index(&self, terms: Terms) -> Result<Arc<DocumentIndex>, Error> {
        if let Some(index) = self.last_index(terms) {
            return Ok(index);
        }
        let index = Arc::new(match DocumentIndex::read(self.dir(), terms) {
            Some(index) => index,
            None => self.draw_index(terms)?,
        });
        self.keep_index(&index);
        Ok(index)
    }

    fn content(&self, document: &Document, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        match &document.content {
            Content::Within(range) | Content::Aside(range) => Ok(bytes[range.clone()].to_vec()),
            Content::TooLong => self.range(document.offset, document.length),
        }
    }
}
