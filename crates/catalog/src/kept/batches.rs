use {
    super::{
        cutting::{Cutting, End, Fall},
        document_index::Draft,
        documents::{Batch, Content, Document},
        stretches::{Stretch, Stretches},
    },
    crate::{error::Error, seekable::SeekableReader},
    memchr::memmem::Finder,
    std::{ops::Range, sync::Arc},
};

/// Bytes of text in a batch, more where one document is longer.
pub(super) const BATCH: usize = 1 << 20;

/// Reads a source from start to end.
pub(crate) struct Batches {
    records: Arc<SeekableReader>,
    stretches: Stretches,
    current: Option<Stretch>,
    limit: u64,
    /// Bytes that are read at least before they are cut.
    at_once: usize,
    /// Number of the last document.
    number: u64,
    /// Documents of the current stretch before the next.
    nth: u64,
    /// Bytes that are read and not handed out, and where they begin.
    pending: Vec<u8>,
    base: u64,
    /// Where documents begin, drawn on the way.
    draft: Option<Draft>,
    is_over: bool,
}

/// A batch in the making.
#[derive(Default)]
struct Making {
    documents: Vec<Document>,
    /// Pending bytes that are done with.
    done: usize,
    /// Where reading goes on, when that is behind the pending bytes.
    resume: Option<u64>,
}

/// What kept a batch from growing.
#[derive(PartialEq)]
enum Stop {
    /// The next document is not complete.
    Incomplete,
    /// Reading goes on elsewhere.
    Elsewhere,
    Over,
}

impl Batches {
    /// From the start; an index of the documents is drawn and left beside
    /// them when they are all read.
    pub(super) fn new(
        records: Arc<SeekableReader>,
        stretches: Stretches,
        limit: u64,
        draft: Option<Draft>,
    ) -> Self {
        let mut batches = Self::from(records, stretches, limit, (1, 0), BATCH);
        batches.draft = draft;
        batches
    }

    /// From the document of this `number`, which begins at `offset`; at least
    /// `at_once` bytes are read before they are cut.
    pub(super) fn from(
        records: Arc<SeekableReader>,
        mut stretches: Stretches,
        limit: u64,
        (number, offset): (u64, u64),
        at_once: usize,
    ) -> Self {
        stretches.skip_to(offset);
        Self {
            current: stretches.next(),
            records,
            stretches,
            limit,
            at_once,
            number: number - 1,
            nth: 0,
            pending: Vec::new(),
            base: offset,
            draft: None,
            is_over: false,
        }
    }

    fn batch(&mut self) -> Result<Option<Batch>, Error> {
        let mut wanted = self.at_once;
        loop {
            self.fill(wanted)?;
            let mut making = Making::default();
            let stop = self.cut(&mut making)?;
            if !making.documents.is_empty() {
                return Ok(Some(self.hand_out(making)));
            }
            if stop == Stop::Over {
                return Ok(None);
            }
            self.pending.drain(..making.done);
            self.base += making.done as u64;
            wanted = self.at_once.max(self.pending.len().saturating_mul(2));
        }
    }

    /// Cuts all that is pending.
    fn cut(&mut self, making: &mut Making) -> Result<Stop, Error> {
        loop {
            let Some(stretch) = self.current.clone() else {
                return Ok(Stop::Over);
            };
            let stop = match stretch.fall {
                Fall::Pieces(cutting) => self.pieces(making, &stretch, cutting)?,
                Fall::Whole => self.whole(making, &stretch, Content::Within),
                Fall::Aside => self.whole(making, &stretch, Content::Aside),
            };
            if let Some(stop) = stop {
                return Ok(stop);
            }
        }
    }

    /// Takes a stretch as one document.
    fn whole(
        &mut self,
        making: &mut Making,
        stretch: &Stretch,
        content: fn(Range<usize>) -> Content,
    ) -> Option<Stop> {
        let here = making.done;
        let offset = self.base + here as u64;
        let place = offset..stretch.range.end.max(offset);
        let length = place.end - offset;
        if length > self.limit {
            making
                .documents
                .push(self.document(stretch, place.clone(), Content::TooLong));
            self.next_stretch();
            return self.go_on(making, place.end);
        }
        let end = here + usize::try_from(length).expect("within the limit of 2^30");
        if end > self.pending.len() {
            return Some(Stop::Incomplete);
        }
        making
            .documents
            .push(self.document(stretch, place, content(here..end)));
        making.done = end;
        self.next_stretch();
        None
    }

    /// Cuts what is pending of a stretch.
    fn pieces(
        &mut self,
        making: &mut Making,
        stretch: &Stretch,
        cutting: Cutting,
    ) -> Result<Option<Stop>, Error> {
        let here = making.done;
        let left = stretch.range.end.saturating_sub(self.base + here as u64);
        let held = &self.pending[here..];
        let is_last = left <= held.len() as u64;
        let held = if is_last {
            &held[..left as usize]
        } else {
            held
        };
        let end = here + held.len();
        let mut ranges = Vec::new();
        let used = (cutting.cut)(held, is_last, &mut ranges);
        for range in ranges {
            let within = here + range.start..here + range.end;
            let place = self.base + within.start as u64..self.base + within.end as u64;
            if range.len() as u64 <= self.limit {
                making
                    .documents
                    .push(self.document(stretch, place, Content::Within(within)));
                continue;
            }
            let ends = self.end_of_long(cutting.end, place.start, stretch.range.end)?;
            if ends.0 != place.end {
                return Ok(self.pass_over(making, stretch, place.start, ends));
            }
            making
                .documents
                .push(self.document(stretch, place, Content::TooLong));
        }
        if is_last {
            making.done = end;
            self.next_stretch();
            return Ok(None);
        }
        making.done = here + used;
        if (end - making.done) as u64 > self.limit {
            let offset = self.base + making.done as u64;
            let ends = self.end_of_long(cutting.end, offset, stretch.range.end)?;
            return Ok(self.pass_over(making, stretch, offset, ends));
        }
        Ok(Some(Stop::Incomplete))
    }

    /// Passes over the long document at `offset`, which ends at `ends.0`, to
    /// `ends.1`.
    fn pass_over(
        &mut self,
        making: &mut Making,
        stretch: &Stretch,
        offset: u64,
        ends: (u64, u64),
    ) -> Option<Stop> {
        let document = self.document(stretch, offset..ends.0, Content::TooLong);
        making.documents.push(document);
        if ends.1 == stretch.range.end {
            self.next_stretch();
        }
        self.go_on(making, ends.1)
    }

    /// Where the long document at `offset` ends and what follows begins.
    fn end_of_long(&self, end: End, offset: u64, last: u64) -> Result<(u64, u64), Error> {
        let overlap = end.bytes.len() - 1;
        let finder = Finder::new(end.bytes);
        let within = if end.belongs {
            end.bytes.len() as u64
        } else {
            0
        };
        let mut at = offset + (self.limit + 1).saturating_sub(within);
        let mut read = Vec::new();
        while at < last {
            let from = usize::try_from(at - self.base).unwrap_or(usize::MAX);
            let mut piece = self.pending.get(from..).unwrap_or_default();
            if piece.len() <= overlap {
                read.clear();
                self.records
                    .read(at, self.at_once.max(overlap + 1), &mut read)?;
                piece = &read;
            }
            let left = usize::try_from(last - at).unwrap_or(usize::MAX);
            let piece = &piece[..piece.len().min(left)];
            if let Some(found) = finder.find(piece) {
                let behind = at + (found + end.bytes.len()) as u64;
                let apart = if end.belongs {
                    0
                } else {
                    end.bytes.len() as u64
                };
                return Ok((behind - apart, behind));
            }
            if piece.len() == left {
                break;
            }
            at += (piece.len() - overlap) as u64;
        }
        Ok((last, last))
    }

    /// Goes on at `resume`, in this batch where it is pending already.
    fn go_on(&self, making: &mut Making, resume: u64) -> Option<Stop> {
        let ahead = usize::try_from(resume - self.base).unwrap_or(usize::MAX);
        if ahead <= self.pending.len() {
            making.done = ahead;
            return None;
        }
        making.done = self.pending.len();
        making.resume = Some(resume);
        Some(Stop::Elsewhere)
    }

    fn next_stretch(&mut self) {
        self.current = self.stretches.next();
        self.nth = 0;
    }

    fn document(&mut self, stretch: &Stretch, place: Range<u64>, content: Content) -> Document {
        self.number += 1;
        self.nth += 1;
        if let Some(draft) = &mut self.draft {
            draft.document(place.start);
        }
        Document {
            number: self.number,
            nth: matches!(stretch.fall, Fall::Pieces(_)).then_some(self.nth),
            offset: place.start,
            length: place.end - place.start,
            member: stretch.member.clone(),
            content,
        }
    }

    fn hand_out(&mut self, making: Making) -> Batch {
        let rest = self.pending[making.done..].to_vec();
        let mut bytes = std::mem::replace(&mut self.pending, rest);
        bytes.truncate(making.done);
        self.base += making.done as u64;
        self.base = making.resume.unwrap_or(self.base);
        Batch {
            bytes,
            documents: making.documents,
        }
    }

    /// Reads until `wanted` bytes are pending, or all there are.
    fn fill(&mut self, wanted: usize) -> Result<(), Error> {
        let missing = wanted.saturating_sub(self.pending.len());
        let next = self.base + self.pending.len() as u64;
        if missing > 0 && next < self.records.len() {
            self.records.read(next, missing, &mut self.pending)?;
        }
        Ok(())
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let batch = self.batch().transpose();
        self.is_over = !matches!(batch, Some(Ok(_)));
        if batch.is_none()
            && let Some(draft) = self.draft.take()
        {
            draft.finish();
        }
        batch
    }
}
