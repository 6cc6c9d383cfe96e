use {memchr::memchr_iter, std::ops::Range};

/// Lines without their line feeds; a carriage return stays in its line.
pub(crate) fn lines(buffer: &[u8], is_last: bool, out: &mut Vec<Range<usize>>) -> usize {
    let mut start = 0;
    for end in memchr_iter(b'\n', buffer) {
        out.push(start..end);
        start = end + 1;
    }
    if is_last && start < buffer.len() {
        out.push(start..buffer.len());
        start = buffer.len();
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(buffer: &[u8], is_last: bool) -> (Vec<Range<usize>>, usize) {
        let mut out = Vec::new();
        let done = lines(buffer, is_last, &mut out);
        (out, done)
    }

    #[test]
    fn lines_end_at_line_feeds() {
        assert_eq!(cut(b"ab\r\n\nc", false), (vec![0..3, 4..4], 5));
        assert_eq!(cut(b"ab\r\n\nc", true), (vec![0..3, 4..4, 5..6], 6));
        assert_eq!(cut(b"a\n", true), (vec![0..1], 2));
        assert_eq!(cut(b"", true), (vec![], 0));
    }
}
