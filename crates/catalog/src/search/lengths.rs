//! `lengths.bin`: how many words a document holds, four bits each.

use {super::sink::Sink, crate::error::Error, std::path::Path};

/// Stands for itself and all above.
pub(super) const MAX: u8 = 15;

pub(super) struct LengthsWriter {
    sink: Sink,
    /// The length of the even row that waits for its neighbour.
    half: Option<u8>,
}

impl LengthsWriter {
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        Ok(Self {
            sink: Sink::create(path)?,
            half: None,
        })
    }

    /// Adds the lengths of the next documents, each at most [`MAX`].
    pub(super) fn extend(&mut self, lengths: &[u8]) -> Result<(), Error> {
        let mut bytes = Vec::with_capacity(lengths.len() / 2 + 1);
        for length in lengths {
            match self.half.take() {
                Some(low) => bytes.push(low | length << 4),
                None => self.half = Some(*length),
            }
        }
        self.sink.put(&bytes)
    }

    /// The file's writer, with all lengths written.
    pub(super) fn finish(mut self) -> Result<Sink, Error> {
        if let Some(low) = self.half.take() {
            self.sink.put(&[low])?;
        }
        Ok(self.sink)
    }
}

/// The length of a document in the byte that holds it.
pub(super) const fn of(byte: u8, row: u32) -> u8 {
    if row.is_multiple_of(2) {
        byte & MAX
    } else {
        byte >> 4
    }
}
