use {
    super::{ENTRY, FOOTER, FRAME, SEEKABLE, SKIPPABLE},
    std::{
        fs::File,
        io::{self, Write},
    },
    zstd::bulk::Compressor,
};

const LEVEL: i32 = 3;

/// Writes content as seekable zstd; [`finish`](Self::finish) adds the table.
pub(crate) struct SeekableWriter {
    file: File,
    compressor: Compressor<'static>,
    frame: usize,
    pending: Vec<u8>,
    /// Compressed and decompressed bytes of each frame.
    table: Vec<(u32, u32)>,
}

impl SeekableWriter {
    pub(crate) fn new(file: File) -> io::Result<Self> {
        Self::with_frame(file, FRAME)
    }

    pub(super) fn with_frame(file: File, frame: usize) -> io::Result<Self> {
        let mut compressor = Compressor::new(LEVEL)?;
        compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))?;
        Ok(Self {
            file,
            compressor,
            frame,
            pending: Vec::with_capacity(frame),
            table: Vec::new(),
        })
    }

    /// Writes what is pending and the seek table; the file is durable then.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.write_frame()?;
        }
        self.file.write_all(&seek_table(&self.table)?)?;
        self.file.sync_all()
    }

    fn write_frame(&mut self) -> io::Result<()> {
        let packed = self.compressor.compress(&self.pending)?;
        self.file.write_all(&packed)?;
        let sizes = (small(packed.len())?, small(self.pending.len())?);
        self.table.push(sizes);
        self.pending.clear();
        Ok(())
    }
}

impl Write for SeekableWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.frame - self.pending.len();
        let taken = bytes.len().min(room);
        self.pending.extend_from_slice(&bytes[..taken]);
        if self.pending.len() == self.frame {
            self.write_frame()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
