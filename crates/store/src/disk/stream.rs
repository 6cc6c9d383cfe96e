use {
    crate::disk::DiskFile,
    std::io::{self, Read, Seek, SeekFrom, Write},
};

/// An open file with a place in it, for what reads or writes on and on.
#[derive(Debug)]
pub struct Stream {
    file: Box<dyn DiskFile>,
    at: u64,
}

impl Stream {
    /// Begins at the start of the file.
    pub const fn new(file: Box<dyn DiskFile>) -> Self {
        Self { file, at: 0 }
    }

    pub fn file(&self) -> &dyn DiskFile {
        &*self.file
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write_at(bytes, self.at)?;
        self.at += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Stream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.file.bytes()?.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::disk::Location};

    #[test]
    fn a_stream_reads_and_writes_where_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::from(folder.path()).join("a");
        let mut stream = Stream::new(location.create().unwrap());
        stream.write_all(b"one two").unwrap();
        stream.seek(SeekFrom::Current(-3)).unwrap();
        stream.write_all(b"2").unwrap();
        let mut stream = location.stream().unwrap();
        let mut text = String::new();
        stream.seek(SeekFrom::End(-4)).unwrap();
        stream.read_to_string(&mut text).unwrap();
        assert_eq!(text, " 2wo");
        assert!(stream.seek(SeekFrom::Current(-8)).is_err());
    }
}
