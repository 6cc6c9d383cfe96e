//! The rows of all tracks in the order in which they were read.

use {
    crate::{
        error::Error,
        row::{Body, Head},
        shuffle::{pack, plain, stay_plain, unpack},
        spill::Spill,
    },
    std::{
        fs::{self, File},
        io::{self, Write},
        os::unix::fs::FileExt,
        path::{Path, PathBuf},
    },
};

/// Blocks of one file, so that what was read can be removed file by file.
const BLOCKS_OF_FILE: usize = 64;

/// Takes in blocks of rows.
pub(super) struct PayloadWriter {
    dir: PathBuf,
    file: Option<File>,
    blocks: Vec<Block>,
    offset: u64,
    bytes: u64,
    rows: u32,
}

/// Where a block lies, and which rows it holds.
#[derive(Debug, Clone, Copy)]
struct Block {
    offset: u64,
    stored: u32,
    first: u32,
    rows: u32,
}

/// Rows as bytes, each after its length.
pub(super) struct Rows {
    bytes: Vec<u8>,
    rows: u32,
}

impl Rows {
    /// Room for `rows` of ordinary length.
    pub(super) fn with_room_for(rows: usize) -> Self {
        const ROW: usize = 160;
        Self {
            bytes: Vec::with_capacity(rows * ROW),
            rows: 0,
        }
    }

    pub(super) fn push(&mut self, head: &Head, body: &Body) {
        let at = self.bytes.len();
        self.bytes.extend([0; 4]);
        head.put(&mut self.bytes);
        body.put(&mut self.bytes);
        let length = (self.bytes.len() - at - 4) as u32;
        self.bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
        self.rows += 1;
    }

    /// The block that [`PayloadWriter::push`] takes.
    pub(super) fn block(&self, stay_plain: bool) -> (Vec<u8>, u32) {
        let block = match stay_plain {
            true => plain(&self.bytes),
            false => pack(&self.bytes),
        };
        (block, self.rows)
    }
}

impl PayloadWriter {
    pub(super) fn create(dir: &Path) -> Self {
        Self {
            dir: dir.into(),
            file: None,
            blocks: Vec::new(),
            offset: 0,
            bytes: 0,
            rows: 0,
        }
    }

    /// Whether the next blocks are to be written as they are.
    pub(super) const fn stay_plain(&self) -> bool {
        stay_plain(self.bytes)
    }

    pub(super) fn push(&mut self, (packed, rows): (Vec<u8>, u32)) -> Result<(), Error> {
        if rows == 0 {
            return Ok(());
        }
        let number = self.blocks.len() / BLOCKS_OF_FILE;
        let path = path(&self.dir, number);
        if self.blocks.len().is_multiple_of(BLOCKS_OF_FILE) {
            self.file = Some(File::create(&path).map_err(Error::write(&path))?);
            self.offset = 0;
        }
        let file = self.file.as_mut().expect("made with the first block");
        file.write_all(&packed).map_err(Error::write(&path))?;
        self.blocks.push(Block {
            offset: self.offset,
            stored: packed.len() as u32,
            first: self.rows,
            rows,
        });
        self.offset += packed.len() as u64;
        self.bytes += packed.len() as u64;
        self.rows += rows;
        Ok(())
    }

    pub(super) fn finish(self) -> Payload {
        Payload {
            dir: self.dir,
            blocks: self.blocks,
            rows: self.rows,
        }
    }
}

/// All rows, to be read block by block.
pub(super) struct Payload {
    dir: PathBuf,
    blocks: Vec<Block>,
    rows: u32,
}

/// A block of rows that was read.
pub(super) struct ReadBlock {
    /// Number of the first row.
    pub(super) first: u32,
    bytes: Vec<u8>,
}

impl Payload {
    pub(super) fn rows(&self) -> u32 {
        self.rows
    }

    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    pub(super) fn block(&self, number: usize) -> Result<ReadBlock, Error> {
        let block = self.blocks[number];
        let path = path(&self.dir, number / BLOCKS_OF_FILE);
        let mut packed = vec![0; block.stored as usize];
        let mut bytes = Vec::new();
        File::open(&path)
            .and_then(|file| file.read_exact_at(&mut packed, block.offset))
            .and_then(|()| unpack(&mut &packed[..], &mut bytes))
            .map_err(Error::read(path))?;
        Ok(ReadBlock {
            first: block.first,
            bytes,
        })
    }

    /// The row that was read as the `number`-th, counted from 0.
    pub(super) fn row(&self, number: u32) -> Result<(Head, Body), Error> {
        let block = self.blocks.partition_point(|block| block.first <= number) - 1;
        debug_assert!(number < self.blocks[block].first + self.blocks[block].rows);
        let block = self.block(block)?;
        let mut rows = block.rows();
        let (_, mut bytes) = rows
            .nth((number - block.first) as usize)
            .expect("the block holds it");
        Ok(decoded(&mut bytes))
    }

    /// Removes the files whose blocks all come before `block`.
    pub(super) fn forget_before(&self, block: usize) -> Result<(), Error> {
        let whole = block / BLOCKS_OF_FILE;
        let is_last = block == self.blocks.len();
        for number in 0..whole + usize::from(is_last) {
            let path = path(&self.dir, number);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::write(path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl ReadBlock {
    /// Number and bytes of each row.
    pub(super) fn rows(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let mut rest = &self.bytes[..];
        let mut number = self.first;
        std::iter::from_fn(move || {
            let (length, tail) = rest.split_first_chunk()?;
            let (row, tail) = tail.split_at(u32::from_le_bytes(*length) as usize);
            rest = tail;
            number += 1;
            Some((number - 1, row))
        })
    }
}

/// The head of a row.
pub(super) fn head(mut row: &[u8]) -> Head {
    Head::take(&mut row).expect("written by this run")
}

/// Takes a whole row off `bytes`.
pub(super) fn decoded(bytes: &mut &[u8]) -> (Head, Body) {
    let head = Head::take(bytes);
    head.zip(Body::take(bytes)).expect("written by this run")
}

fn path(dir: &Path, number: usize) -> PathBuf {
    dir.join(format!("rows-{number}"))
}
