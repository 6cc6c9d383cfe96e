use std::io::{self, BufRead};

/// What one step of reading found.
#[derive(Debug, PartialEq)]
pub(super) enum Taken {
    /// The bytes, without the line feed.
    Whole(Vec<u8>),
    /// More bytes than the limit; they were passed over.
    TooLong(u64),
}

impl Taken {
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::TooLong(bytes) => *bytes,
        }
    }
}

/// Reads up to the next line feed, or the end. Memory stays below `limit`
/// whatever the length of the line. Also tells whether a line feed ended it.
pub(super) fn line(stream: &mut dyn BufRead, limit: u64) -> io::Result<(Taken, bool)> {
    let mut taken = Taken::Whole(Vec::new());
    loop {
        let buffer = stream.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = &buffer[..end.unwrap_or(buffer.len())];
        let consumed = part.len() + usize::from(end.is_some());
        take(&mut taken, part, limit);
        let is_over = end.is_some() || consumed == 0;
        stream.consume(consumed);
        if is_over {
            return Ok((taken, end.is_some()));
        }
    }
}

/// Reads exactly `length` bytes, or to the end.
pub(super) fn exactly(stream: &mut dyn BufRead, length: u64, limit: u64) -> io::Result<Taken> {
    let mut taken = Taken::Whole(Vec::new());
    loop {
        let left = usize::try_from(length - taken.bytes()).unwrap_or(usize::MAX);
        let buffer = stream.fill_buf()?;
        let part = &buffer[..buffer.len().min(left)];
        let consumed = part.len();
        if consumed == 0 {
            return Ok(taken);
        }
        take(&mut taken, part, limit);
        stream.consume(consumed);
    }
}

fn take(taken: &mut Taken, part: &[u8], limit: u64) {
    let bytes = taken.bytes() + part.len() as u64;
    match taken {
        Taken::Whole(whole) if bytes <= limit => whole.extend_from_slice(part),
        other => *other = Taken::TooLong(bytes),
    }
}

#[cfg(test)]
mod tests {
    use {super::*, std::io::BufReader};

    fn lines(text: &[u8], limit: u64, buffer: usize) -> Vec<(Taken, bool)> {
        let mut stream = BufReader::with_capacity(buffer, text);
        let mut lines = Vec::new();
        loop {
            let (taken, ended) = line(&mut stream, limit).unwrap();
            if taken.bytes() == 0 && !ended {
                return lines;
            }
            lines.push((taken, ended));
        }
    }

    #[test]
    fn lines_end_at_line_feeds_whatever_the_buffer() {
        for buffer in 1..8 {
            assert_eq!(
                lines(b"ab\r\n\nlonger\nc", 3, buffer),
                [
                    (Taken::Whole(b"ab\r".into()), true),
                    (Taken::Whole(b"".into()), true),
                    (Taken::TooLong(6), true),
                    (Taken::Whole(b"c".into()), false),
                ]
            );
        }
    }

    #[test]
    fn a_length_is_read_exactly() {
        let mut stream = BufReader::with_capacity(2, &b"abcdefgh"[..]);
        assert_eq!(
            exactly(&mut stream, 3, 9).unwrap(),
            Taken::Whole(b"abc".into())
        );
        assert_eq!(exactly(&mut stream, 3, 2).unwrap(), Taken::TooLong(3));
        assert_eq!(
            exactly(&mut stream, 9, 9).unwrap(),
            Taken::Whole(b"gh".into())
        );
    }
}
