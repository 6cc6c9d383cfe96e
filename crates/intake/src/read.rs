//! Reading a source file, once: into staging, hashed on the way.

use {
    crate::{
        error::Error,
        file::{SourceFile, Stamp},
        outcome::Outcome,
        outcome::What,
    },
    longplay_model::{Digest, Finding, FindingCode},
    longplay_store::{BlobWriter, Staging},
    std::{
        fs::File,
        io::{self, ErrorKind, Read, Write},
    },
};

const CHUNK: usize = 1 << 20;

/// Copies the file into a blob that is not finished yet. `Err` holds what
/// became of the file instead.
pub(crate) fn copy<'a>(
    file: &SourceFile,
    staging: &'a Staging,
) -> Result<BlobWriter<'a>, Box<Outcome>> {
    let mut writer = staging.create().map_err(|source| stopped(file, source))?;
    let read = read_into(file, &mut writer);
    match read {
        Ok(stamp) if writer.bytes() == 0 && stamp.bytes == 0 => {
            Err(failed(file, FindingCode::I003, "it has 0 bytes"))
        }
        Ok(stamp) if stamp != file.stamp || writer.bytes() != stamp.bytes => Err(failed(
            file,
            FindingCode::I010,
            "its length or time changed meanwhile",
        )),
        Ok(_) => Ok(writer),
        Err(Failed::Source(error)) => Err(failed(file, FindingCode::I004, &error.to_string())),
        Err(Failed::Copy(error)) => {
            let error = longplay_store::Error::write(writer.location(), error);
            Err(stopped(file, error))
        }
    }
}

/// The digest of the file alone.
pub(crate) fn digest(file: &SourceFile) -> Result<Digest, io::Error> {
    let mut hasher = Hasher::default();
    match read_into(file, &mut hasher) {
        Ok(_) => Ok(hasher.finish()),
        Err(Failed::Source(error) | Failed::Copy(error)) => Err(error),
    }
}

#[derive(Default)]
struct Hasher(sha2::Sha256);

impl Hasher {
    fn finish(self) -> Digest {
        self.0.into()
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        sha2::Digest::update(&mut self.0, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Failed {
    Source(io::Error),
    Copy(io::Error),
}

/// Gives the stamp of the file after it was read.
fn read_into(file: &SourceFile, writer: &mut dyn Write) -> Result<Stamp, Failed> {
    let mut source = File::open(&file.path).map_err(Failed::Source)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        match source.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => writer.write_all(&chunk[..length]).map_err(Failed::Copy)?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Failed::Source(error)),
        }
    }
    let metadata = source.metadata().map_err(Failed::Source)?;
    Ok(Stamp::of(&metadata))
}

fn failed(file: &SourceFile, code: FindingCode, seen: &str) -> Box<Outcome> {
    Box::new(Outcome::failed(None, Finding::new(code, &file.name, seen)))
}

pub(crate) fn stopped(file: &SourceFile, source: longplay_store::Error) -> Box<Outcome> {
    let path = file.path.clone();
    let source = Box::new(source);
    let error = Error::TakeIn { path, source };
    Box::new(Outcome::new(None, What::Stopped(error)))
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        longplay_model::{FixedClock, Timestamp},
        longplay_store::{Config, Home},
        std::fs,
    };

    #[test]
    fn a_file_that_changed_since_it_was_found_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let clock = FixedClock(Timestamp::from_unix_seconds(0));
        let root = folder.path().join("archive");
        let home = Home::create(&root, &Config::new("x"), &clock).unwrap();
        let path = folder.path().join("a.flac");
        fs::write(&path, "as it was found").unwrap();
        let metadata = fs::metadata(&path).unwrap();
        let file = SourceFile::new(path.clone(), "a.flac".into(), &metadata);
        let copied = copy(&file, home.staging()).unwrap();
        assert_eq!(copied.digest(), Digest::of(b"as it was found"));
        fs::write(&path, "and something more").unwrap();
        let outcome = copy(&file, home.staging()).unwrap_err();
        assert_eq!(outcome.findings[0].code, FindingCode::I010);
    }
}
