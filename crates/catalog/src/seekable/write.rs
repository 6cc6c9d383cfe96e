use {
    super::{ENTRY, FOOTER, FRAME, SEEKABLE, SKIPPABLE},
    crate::writeback::Writeback,
    rayon::prelude::*,
    sha2::{Digest as _, Sha256},
    std::{
        fs::File,
        io::{self, Write},
        sync::mpsc::{Receiver, SyncSender, sync_channel},
        thread::JoinHandle,
    },
    zstd::bulk::Compressor,
};

/// Measured on JSON lines of track records: in frames of 1 MiB, level 1 keeps
/// them in no more bytes than level 3 and is 2.3 times as fast.
const LEVEL: i32 = 1;

/// Frames that are packed at the same time; this and twice as much again may
/// be in memory.
const AT_ONCE: usize = 8;

/// Writes content as seekable zstd; [`finish`](Self::finish) adds the table.
///
/// The caller's thread gathers, a thread behind it hashes, packs and writes.
pub(crate) struct SeekableWriter {
    block: usize,
    pending: Vec<u8>,
    /// `None` when all is handed over.
    blocks: Option<SyncSender<Vec<u8>>>,
    packer: Option<JoinHandle<io::Result<Packed>>>,
}

/// What the thread behind has made.
struct Packed {
    file: Writeback,
    hasher: Sha256,
    /// Compressed and decompressed bytes of each frame.
    table: Vec<(u32, u32)>,
}

impl SeekableWriter {
    pub(crate) fn new(file: File) -> Self {
        Self::with_frame(file, FRAME)
    }

    pub(super) fn with_frame(file: File, frame: usize) -> Self {
        let (blocks, receiver) = sync_channel(1);
        Self {
            block: frame * AT_ONCE,
            pending: Vec::new(),
            blocks: Some(blocks),
            packer: Some(std::thread::spawn(move || pack(file, frame, &receiver))),
        }
    }

    /// Writes what is pending and the seek table; the file is durable then.
    /// Gives back SHA-256 over the content, to go on with.
    pub(crate) fn finish(mut self) -> io::Result<Sha256> {
        if !self.pending.is_empty() {
            self.hand_over()?;
        }
        let mut packed = self.packed()?;
        packed.file.write_all(&seek_table(&packed.table)?)?;
        packed.file.finish()?;
        Ok(packed.hasher)
    }

    fn hand_over(&mut self) -> io::Result<()> {
        let block = std::mem::replace(&mut self.pending, Vec::with_capacity(self.block));
        let sent = self.blocks.as_ref().map(|blocks| blocks.send(block));
        match sent {
            Some(Ok(())) => Ok(()),
            // Nobody takes it: the thread has failed and says why.
            _ => self.packed().and(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn packed(&mut self) -> io::Result<Packed> {
        self.blocks = None;
        let packer = self.packer.take().ok_or(io::ErrorKind::BrokenPipe)?;
        packer.join().expect("packing does not panic")
    }
}

impl Drop for SeekableWriter {
    /// Nothing is written any more when the writer is gone.
    fn drop(&mut self) {
        drop(self.packed());
    }
}

impl Write for SeekableWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.block - self.pending.len();
        let taken = bytes.len().min(room);
        self.pending.extend_from_slice(&bytes[..taken]);
        if self.pending.len() == self.block {
            self.hand_over()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn pack(file: File, frame: usize, blocks: &Receiver<Vec<u8>>) -> io::Result<Packed> {
    let mut file = Writeback::new(file);
    let (mut hasher, mut table) = (Sha256::new(), Vec::new());
    for block in blocks {
        let hash = || hasher.update(&block);
        let (frames, ()) = rayon::join(|| pack_frames(&block, frame), hash);
        for (packed, plain) in frames?.iter().zip(block.chunks(frame)) {
            file.write_all(packed)?;
            table.push((small(packed.len())?, small(plain.len())?));
        }
    }
    Ok(Packed {
        file,
        hasher,
        table,
    })
}

fn pack_frames(block: &[u8], frame: usize) -> io::Result<Vec<Vec<u8>>> {
    block
        .par_chunks(frame)
        .map_init(compressor, |compressor, plain| match compressor {
            Ok(compressor) => compressor.compress(plain),
            Err(error) => Err(error.kind().into()),
        })
        .collect()
}

fn compressor() -> io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))?;
    Ok(compressor)
}

fn seek_table(frames: &[(u32, u32)]) -> io::Result<Vec<u8>> {
    let length = small(frames.len() * ENTRY + FOOTER)?;
    let mut table = Vec::new();
    table.extend(SKIPPABLE.to_le_bytes());
    table.extend(length.to_le_bytes());
    for (packed, plain) in frames {
        table.extend(packed.to_le_bytes());
        table.extend(plain.to_le_bytes());
    }
    table.extend(small(frames.len())?.to_le_bytes());
    table.push(0);
    table.extend(SEEKABLE.to_le_bytes());
    Ok(table)
}

fn small(number: usize) -> io::Result<u32> {
    u32::try_from(number).map_err(|_| io::ErrorKind::FileTooLarge.into())
}
