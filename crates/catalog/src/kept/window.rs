use {
    crate::seekable::SeekableReader,
    bytes::Bytes,
    parquet::{
        errors::{ParquetError, Result},
        file::reader::{ChunkReader, Length},
    },
    std::{
        collections::VecDeque,
        io::{self, Read},
        ops::Range,
        sync::{Arc, Mutex, PoisonError},
    },
};

/// As long as a frame of a kept source.
const BLOCK: u64 = 1 << 20;

/// Blocks that stay in memory: one for each column that is being read, of
/// tables that are not very wide.
const BLOCKS: usize = 32;

/// A part of a kept source, read as a file of its own.
#[derive(Clone)]
pub(super) struct Window {
    records: Arc<SeekableReader>,
    range: Range<u64>,
    /// Those that were used last stand last.
    blocks: Arc<Mutex<VecDeque<(u64, Bytes)>>>,
}

impl Window {
    pub(super) fn new(records: Arc<SeekableReader>, range: Range<u64>) -> Self {
        Self {
            records,
            range,
            blocks: Arc::default(),
        }
    }

    /// From `at` on to the end of its block or of the window; empty at its end.
    fn piece(&self, at: u64) -> Result<Bytes> {
        let at = self.range.start.saturating_add(at);
        if at >= self.range.end {
            return Ok(Bytes::new());
        }
        let start = at / BLOCK * BLOCK;
        let block = self.block(start)?;
        let to = block.len().min((self.range.end - start) as usize);
        let from = ((at - start) as usize).min(to);
        Ok(block.slice(from..to))
    }

    fn block(&self, start: u64) -> Result<Bytes> {
        if let Some(known) = self.known(start) {
            return Ok(known);
        }
        let read = self.records.range(start, BLOCK);
        let bytes = Bytes::from(read.map_err(|error| ParquetError::External(Box::new(error)))?);
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if blocks.len() == BLOCKS {
            blocks.pop_front();
        }
        blocks.push_back((start, bytes.clone()));
        Ok(bytes)
    }

    fn known(&self, start: u64) -> Option<Bytes> {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let at = blocks.iter().position(|block| block.0 == start)?;
        let block = blocks.remove(at)?;
        blocks.push_back(block.clone());
        Some(block.1)
    }
}

impl Length for Window {
    fn len(&self) -> u64 {
        self.range.end - self.range.start
    }
}

impl ChunkReader for Window {
    type T = WindowReader;

    fn get_read(&self, start: u64) -> Result<WindowReader> {
        Ok(WindowReader {
            window: self.clone(),
            at: start,
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.len()) {
            return Err(ParquetError::EOF(format!(
                "{length} bytes from {start} on, of {}",
                self.len()
            )));
        }
        let first = self.piece(start)?;
        if first.len() >= length {
            return Ok(first.slice(..length));
        }
        let mut bytes = Vec::with_capacity(length);
        self.get_read(start)?
            .take(length as u64)
            .read_to_end(&mut bytes)?;
        match bytes.len() == length {
            true => Ok(bytes.into()),
            false => Err(ParquetError::EOF("the source ends before".into())),
        }
    }
}

/// Reads a window from some place on.
pub(super) struct WindowReader {
    window: Window,
    at: u64,
}

impl Read for WindowReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.window.piece(self.at).map_err(io::Error::other)?;
        let length = piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&piece[..length]);
        self.at += length as u64;
        Ok(length)
    }
}
