//! The first rows of all terms that begin alike, for beginnings of one to four
//! characters that many terms share: `dav` has so many continuations that a
//! search could not look at their lists one by one.
//!
//! A list as any other; where it holds [`ROWS`] rows there may be more, and
//! behind its head stands how to go on:
//!
//! ```text
//!   u32 terms that begin so, u8 count, then as many u64: the dictionary's
//!   values of the terms with the most rows
//! ```

use {
    super::{list::ListWriter, sink::Sink, value::Value},
    crate::error::Error,
};

/// Rows of a full list.
pub(super) const ROWS: usize = 1 << 16;
/// Terms named behind a full list.
pub(super) const TOP: usize = 128;
/// A beginning with at most so many terms has no list.
pub(super) const FEW: u64 = 256;
/// Characters of the longest beginning with a list.
pub(super) const DEPTH: usize = 4;

/// Follows the terms in their order.
#[derive(Default)]
pub(super) struct Prefixes {
    /// One inside the other, the longest last.
    open: Vec<Open>,
    list: ListWriter,
    done: Vec<(Vec<u8>, Value)>,
}

struct Open {
    prefix: Vec<u8>,
    terms: u64,
    rows: Vec<u32>,
    /// No row from here on is needed.
    end: u64,
    top: Vec<(u64, Value)>,
}

impl Prefixes {
    /// A new term begins, after all lists before it were written.
    pub(super) fn begin(&mut self, term: &[u8], out: &mut Sink) -> Result<(), Error> {
        while let Some(open) = self.open.pop_if(|open| !term.starts_with(&open.prefix)) {
            self.close(open, out)?;
        }
        let ends = ends(term);
        for end in &ends[self.open.len().min(ends.len())..] {
            self.open.push(Open {
                prefix: term[..*end].into(),
                terms: 0,
                rows: Vec::new(),
                end: u64::MAX,
                top: Vec::new(),
            });
        }
        Ok(())
    }

    /// The next row of the term; false when its further rows are not needed.
    pub(super) fn push(&mut self, row: u32) -> bool {
        let deepest = self.open.last_mut();
        deepest.is_some_and(|open| open.push(row))
    }

    pub(super) fn end(&mut self, rows: u64, value: Value) {
        if let Some(open) = self.open.last_mut() {
            open.terms += 1;
            open.top.push((rows, value));
            if open.top.len() > 4 * TOP {
                open.settle_top();
            }
        }
    }

    fn close(&mut self, mut open: Open, out: &mut Sink) -> Result<(), Error> {
        open.settle();
        if open.terms > FEW {
            self.write(&open, out)?;
        }
        if let Some(parent) = self.open.last_mut() {
            parent.terms += open.terms;
            parent.top.extend(open.top);
            parent.settle_top();
            for row in open.rows {
                if !parent.push(row) {
                    break;
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, open: &Open, out: &mut Sink) -> Result<(), Error> {
        for row in &open.rows {
            self.list.push(*row, out)?;
        }
        let Some(value) = self.list.finish(out)? else {
            return Ok(());
        };
        if open.rows.len() == ROWS {
            out.put(&(open.terms as u32).to_le_bytes())?;
            out.put(&[open.top.len() as u8])?;
            for (_, term) in &open.top {
                out.put(&term.0.to_le_bytes())?;
            }
        }
        self.done.push((open.prefix.clone(), value));
        Ok(())
    }

    /// All beginnings with a list, sorted.
    pub(super) fn finish(mut self, out: &mut Sink) -> Result<Vec<(Vec<u8>, Value)>, Error> {
        while let Some(open) = self.open.pop() {
            self.close(open, out)?;
        }
        self.done.sort();
        Ok(self.done)
    }
}

impl Open {
    fn push(&mut self, row: u32) -> bool {
        if u64::from(row) >= self.end {
            return false;
        }
        self.rows.push(row);
        if self.rows.len() == 8 * ROWS {
            self.settle();
        }
        true
    }

    fn settle(&mut self) {
        self.rows.sort_unstable();
        self.rows.dedup();
        self.rows.truncate(ROWS);
        if let (ROWS, Some(last)) = (self.rows.len(), self.rows.last()) {
            self.end = u64::from(*last);
        }
        self.settle_top();
    }

    /// The terms with the most rows first; among equals the first in order.
    fn settle_top(&mut self) {
        self.top
            .sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        self.top.truncate(TOP);
    }
}

/// Where the first characters of a term end, at most [`DEPTH`] of them.
fn ends(term: &[u8]) -> Vec<usize> {
    let text = String::from_utf8_lossy(term);
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    ends.take(DEPTH).collect()
}
