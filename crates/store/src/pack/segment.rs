//! The bytes of a shard in order, as they are written: headers, blobs read
//! from staging, zeros. It tells where blobs pass, so that they can be hashed.

use {
    crate::{
        disk::{Location, Stream},
        pack::fault::FaultKind,
    },
    longplay_model::Digest,
    std::{
        io::{self, Read},
        mem,
        ops::Range,
        sync::Arc,
    },
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

/// Where a source, or a part of it, stands in a portion of a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub source: Arc<Source>,
    /// Bytes of the portion.
    pub range: Range<usize>,
    /// Whether its first byte is here, or would be if it had any.
    pub begins: bool,
    /// Whether its last byte is here, or would be.
    pub ends: bool,
}

/// Reads a shard from its start to its end, once.
pub struct ShardStream<'a> {
    segments: Box<dyn Iterator<Item = Segment> + Send + 'a>,
    current: Current,
    spans: Vec<Span>,
}

enum Current {
    Nothing,
    Bytes { bytes: Vec<u8>, taken: usize },
    Zeros { left: u64 },
    Source(Box<OpenSource>),
}

struct OpenSource {
    source: Arc<Source>,
    file: Stream,
    left: u64,
}

impl<'a> ShardStream<'a> {
    pub fn new(segments: impl Iterator<Item = Segment> + Send + 'a) -> Self {
        Self {
            segments: Box::new(segments),
            current: Current::Nothing,
            spans: Vec::new(),
        }
    }

    /// Fills `buffer` from its start; less than its length comes only at the
    /// end of the shard. What the sources hold is not compared with their digests:
    /// see [`Self::take_spans`].
    ///
    /// # Errors
    /// When a source cannot be read, or is shorter than it was. The stream cannot
    /// go on then.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, SourceFault> {
        let mut filled = 0;
        self.spans.clear();
        self.begin_span(0, false);
        while filled < buffer.len() {
            if let Current::Nothing = self.current {
                match self.segments.next() {
                    None => break,
                    Some(segment) => self.current = Current::open(segment)?,
                }
                self.begin_span(filled, true);
            }
            filled += self.current.read(&mut buffer[filled..])?;
            self.end_span(filled);
        }
        Ok(filled)
    }

    /// Where sources stand in what was filled last, in their order; those before a
    /// fault too. Each source has one span or more, of which the last ends it.
    pub fn take_spans(&mut self) -> Vec<Span> {
        mem::take(&mut self.spans)
    }

    fn begin_span(&mut self, at: usize, begins: bool) {
        if let Current::Source(open) = &self.current {
            self.spans.push(Span {
                source: Arc::clone(&open.source),
                range: at..at,
                begins,
                ends: false,
            });
        }
    }

    fn end_span(&mut self, at: usize) {
        let is_done = self.current.is_done();
        if let (Current::Source(_), Some(span)) = (&self.current, self.spans.last_mut()) {
            span.range.end = at;
            span.ends = is_done;
        }
        if is_done {
            self.current = Current::Nothing;
        }
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
}

fn clamp(length: usize, left: u64) -> usize {
    usize::try_from(left).map_or(length, |left| length.min(left))
}

impl OpenSource {
    fn open(source: Source) -> Result<Self, SourceFault> {
        match source.location.stream() {
            Ok(file) => Ok(Self {
                left: source.bytes,
                file,
                source: Arc::new(source),
            }),
            Err(error) => Err(SourceFault {
                source_file: source,
                kind: FaultKind::of(error),
            }),
        }
    }

    fn fault(&self, kind: FaultKind) -> SourceFault {
        SourceFault {
            source_file: Source::clone(&self.source),
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
        self.left -= count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::pack::PassingBlobs, std::path::Path};

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
        let mut blobs = PassingBlobs::default();
        loop {
            let filled = stream.fill(&mut buffer);
            for (stream, bytes) in blobs.advance(stream.take_spans(), &buffer) {
                stream.update(bytes);
            }
            blobs.close()?;
            let count = filled?;
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

    #[test]
    fn spans_tell_where_sources_stand() {
        let folder = tempfile::tempdir().unwrap();
        let sources: [(&str, &[u8]); 3] = [("a", b"first"), ("empty", b""), ("b", b"second")];
        let sources = sources.map(|(name, bytes)| source(folder.path(), name, bytes));
        let segments = sources
            .iter()
            .flat_map(|it| [Segment::Source(it.clone()), Segment::Zeros(2)]);
        for portion in 1..20 {
            let mut stream = ShardStream::new(segments.clone());
            let (mut buffer, mut seen) = (vec![0xff; portion], Vec::new());
            loop {
                let count = stream.fill(&mut buffer).unwrap();
                for span in stream.take_spans() {
                    if span.begins {
                        seen.push((span.source.digest, Vec::new(), false));
                    }
                    let (digest, bytes, ended) = seen.last_mut().unwrap();
                    assert!(*digest == span.source.digest && !*ended);
                    bytes.extend(&buffer[span.range]);
                    *ended = span.ends;
                }
                if count < portion {
                    break;
                }
            }
            assert_eq!(seen.len(), 3);
            for (digest, bytes, ended) in seen {
                assert!(
                    Digest::of(&bytes) == digest && ended,
                    "portions of {portion}"
                );
            }
        }
    }

    /// The first of two wrong sources is told, also where the second cannot be read.
    #[test]
    fn the_first_fault_of_a_portion_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["a", "b"].map(|name| source(folder.path(), name, b"bytes"));
        let segments = || vec![Segment::Source(one.clone()), Segment::Source(two.clone())];
        std::fs::remove_file(two.location.path()).unwrap();
        assert_eq!(read(segments(), 64).unwrap_err().source_file, two);
        std::fs::write(one.location.path(), b"bites").unwrap();
        for portion in [3, 5, 64] {
            let fault = read(segments(), portion).unwrap_err();
            assert_eq!(fault.source_file, one);
            assert!(matches!(fault.kind, FaultKind::Digest { .. }));
        }
    }
}
