//! The bytes of a shard in order, as they are written: headers, blobs read
//! from staging, zeros. Each blob is hashed as it passes.

use {
    crate::{
        disk::{Location, Stream},
        pack::fault::FaultKind,
    },
    longplay_model::Digest,
    sha2::{Digest as _, Sha256},
    std::io::{self, Read},
    thiserror::Error,
};

/// A file whose bytes go into a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub location: Location,
    pub digest: Digest,
    pub bytes: u64,
}

/// A part of a shard.
#[derive(Debug, Clone)]
pub enum Segment {
    Bytes(Vec<u8>),
    Zeros(u64),
    Source(Source),
}

/// A source that is not what it was.
#[derive(Debug, Error)]
#[error("cannot take in {}", source_file.location)]
pub struct SourceFault {
    pub source_file: Source,
    #[source]
    pub kind: FaultKind,
}

/// Reads a shard from its start to its end, once.
pub struct ShardStream<'a> {
    segments: Box<dyn Iterator<Item = Segment> + Send + 'a>,
    current: Current,
}

enum Current {
    Nothing,
    Bytes { bytes: Vec<u8>, taken: usize },
    Zeros { left: u64 },
    Source(Box<OpenSource>),
}

struct OpenSource {
    source: Source,
    file: Stream,
    hasher: Sha256,
    left: u64,
}

impl<'a> ShardStream<'a> {
    pub fn new(segments: impl Iterator<Item = Segment> + Send + 'a) -> Self {
        Self {
            segments: Box::new(segments),
            current: Current::Nothing,
        }
    }

    /// Fills `buffer` from its start; less than its length comes only at the
    /// end of the shard.
    ///
    /// # Errors
    /// When a source turns out not to be what it was. The stream cannot go on
    /// then.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, SourceFault> {
        let mut filled = 0;
        while filled < buffer.len() {
            if let Current::Nothing = self.current {
                match self.segments.next() {
                    None => break,
                    Some(segment) => self.current = Current::open(segment)?,
                }
            }
            filled += self.current.read(&mut buffer[filled..])?;
            if self.current.is_done() {
                std::mem::replace(&mut self.current, Current::Nothing).close()?;
            }
        }
        Ok(filled)
    }
}

impl Current {
    fn open(segment: Segment) -> Result<Self, SourceFault> {
        Ok(match segment {
            Segment::Bytes(bytes) => Self::Bytes { bytes, taken: 0 },
            Segment::Zeros(left) => Self::Zeros { left },
            Segment::Source(source) => Self::Source(Box::new(OpenSource::open(source)?)),
        })
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, SourceFault> {
        match self {
            Self::Nothing => Ok(0),
            Self::Bytes { bytes, taken } => {
                let count = buffer.len().min(bytes.len() - *taken);
                buffer[..count].copy_from_slice(&bytes[*taken..*taken + count]);
                *taken += count;
                Ok(count)
            }
            Self::Zeros { left } => {
                let count = clamp(buffer.len(), *left);
                buffer[..count].fill(0);
                *left -= count as u64;
                Ok(count)
            }
            Self::Source(open) => open.read(buffer),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Bytes { bytes, taken } => *taken == bytes.len(),
            Self::Zeros { left } => *left == 0,
            Self::Source(open) => open.left == 0,
        }
    }

    fn close(self) -> Result<(), SourceFault> {
        match self {
            Self::Source(open) => open.close(),
            _ => Ok(()),
        }
    }
}

fn clamp(length: usize, left: u64) -> usize {
    usize::try_from(left).map_or(length, |left| length.min(left))
}

impl OpenSource {
    fn open(source: Source) -> Result<Self, SourceFault> {
        match source.location.stream() {
            Ok(file) => Ok(Self {
                left: source.bytes,
                hasher: Sha256::new(),
                file,
                source,
            }),
            Err(error) => Err(SourceFault {
                source_file: source,
                kind: FaultKind::of(error),
            }),
        }
    }

    fn fault(&self, kind: FaultKind) -> SourceFault {
        SourceFault {
            source_file: self.source.clone(),
            kind,
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, SourceFault> {
        let wanted = clamp(buffer.len(), self.left);
        let count = loop {
            match self.file.read(&mut buffer[..wanted]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.fault(FaultKind::of(error))),
                Ok(count) => break count,
            }
        };
        if count == 0 && wanted > 0 {
            return Err(self.fault(FaultKind::Short));
        }
        self.hasher.update(&buffer[..count]);
        self.left -= count as u64;
        Ok(count)
    }

    fn close(self) -> Result<(), SourceFault> {
        let found: Digest = self.hasher.into();
        match found == self.source.digest {
            true => Ok(()),
            false => Err(SourceFault {
                source_file: self.source,
                kind: FaultKind::Digest { found },
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use {super::*, std::path::Path};

    fn source(folder: &Path, name: &str, bytes: &[u8]) -> Source {
        std::fs::write(folder.join(name), bytes).unwrap();
        Source {
            location: folder.join(name).into(),
            digest: Digest::of(bytes),
            bytes: bytes.len() as u64,
        }
    }

    fn read(segments: Vec<Segment>, portion: usize) -> Result<Vec<u8>, SourceFault> {
        let mut stream = ShardStream::new(segments.into_iter());
        let (mut all, mut buffer) = (Vec::new(), vec![0xff; portion]);
        loop {
            let count = stream.fill(&mut buffer)?;
            all.extend(&buffer[..count]);
            if count < portion {
                return Ok(all);
            }
        }
    }

    #[test]
    fn segments_follow_each_other_in_portions_of_any_length() {
        let folder = tempfile::tempdir().unwrap();
        let segments = vec![
            Segment::Bytes(b"head".to_vec()),
            Segment::Source(source(folder.path(), "a", b"first blob")),
            Segment::Zeros(3),
            Segment::Source(source(folder.path(), "empty", b"")),
            Segment::Bytes(Vec::new()),
            Segment::Bytes(b"tail".to_vec()),
        ];
        for portion in 1..30 {
            let read = read(segments.clone(), portion).unwrap();
            assert_eq!(read, b"headfirst blob\0\0\0tail");
        }
    }

    #[test]
    fn a_source_that_changed_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let whole = source(folder.path(), "a", b"whole");
        let fault = |content: Option<&[u8]>| {
            match content {
                Some(bytes) => std::fs::write(whole.location.path(), bytes).unwrap(),
                None => std::fs::remove_file(whole.location.path()).unwrap(),
            }
            read(vec![Segment::Source(whole.clone())], 64)
                .unwrap_err()
                .kind
        };
        assert!(matches!(fault(Some(b"whale")), FaultKind::Digest { .. }));
        assert!(matches!(fault(Some(b"who")), FaultKind::Short));
        assert!(matches!(fault(None), FaultKind::Missing));
    }
}
