//! Writing one list of rows into `postings.bin`.
//!
//! ```text
//!   blocks      of 128 rows, the last of fewer (see `pack`)
//!   head        varint rows
//!               varint bytes of the blocks
//!               with more than one block, for each of them:
//!                 u32 last row, u32 start of the block behind the first
//! ```
//!
//! The dictionary points at the head, so that blocks are written as they come
//! and no list has to fit into memory.

use {
    super::{
        pack::{self, BLOCK},
        sink::Sink,
        value::Value,
    },
    crate::{error::Error, varint},
};

/// Bytes of a block's entry in a head.
pub(super) const ENTRY: usize = 8;

#[derive(Debug, Default)]
pub(super) struct ListWriter {
    /// Rows that wait for their block to be full.
    waiting: Vec<u32>,
    entries: Vec<u8>,
    rows: u64,
    /// Bytes of the blocks written, and the first row that may follow.
    bytes: u64,
    base: u32,
    block: Vec<u8>,
}

impl ListWriter {
    /// Adds a row, larger than the one before.
    pub(super) fn push(&mut self, row: u32, out: &mut Sink) -> Result<(), Error> {
        self.waiting.push(row);
        self.rows += 1;
        if self.waiting.len() == BLOCK {
            self.end_block(out)?;
        }
        Ok(())
    }

    fn end_block(&mut self, out: &mut Sink) -> Result<(), Error> {
        let Some(last) = self.waiting.last().copied() else {
            return Ok(());
        };
        self.block.clear();
        pack::put(&mut self.block, self.base, &self.waiting);
        let start = u32::try_from(self.bytes).expect("a block takes at most 4 bytes a row and one");
        self.entries.extend(last.to_le_bytes());
        self.entries.extend(start.to_le_bytes());
        self.bytes += self.block.len() as u64;
        // Rows have 32 bits; nothing follows the last of them.
        self.base = last.wrapping_add(1);
        self.waiting.clear();
        out.put(&self.block)
    }

    /// Ends the list and gets ready for the next one; `None` for an empty one.
    pub(super) fn finish(&mut self, out: &mut Sink) -> Result<Option<Value>, Error> {
        let value = match (self.rows, self.waiting.first()) {
            (0, _) => None,
            (1, Some(row)) => Some(Value::of_row(*row)),
            _ => Some(self.write_head(out)?),
        };
        self.waiting.clear();
        self.entries.clear();
        (self.rows, self.bytes, self.base) = (0, 0, 0);
        Ok(value)
    }

    fn write_head(&mut self, out: &mut Sink) -> Result<Value, Error> {
        self.end_block(out)?;
        let head = out.bytes();
        self.block.clear();
        varint::put(&mut self.block, self.rows);
        varint::put(&mut self.block, self.bytes);
        if self.entries.len() > ENTRY {
            self.block.extend_from_slice(&self.entries);
        }
        out.put(&self.block)?;
        Ok(Value::of_list(head, self.rows))
    }
}

/// Writes these lists to a file.
#[cfg(test)]
pub(super) fn write(path: &std::path::Path, lists: &[Vec<u32>]) -> Vec<Value> {
    let mut sink = Sink::create(path).unwrap();
    let mut writer = ListWriter::default();
    let mut write = |rows: &Vec<u32>| {
        rows.iter()
            .for_each(|row| writer.push(*row, &mut sink).unwrap());
        writer.finish(&mut sink).unwrap().unwrap()
    };
    let values = lists.iter().map(&mut write).collect();
    sink.finish().unwrap();
    values
}
