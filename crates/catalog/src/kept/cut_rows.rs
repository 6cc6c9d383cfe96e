//! Records of CSV and TSV files (RFC 4180), delimiter by delimiter.
//!
//! A field that begins with a double quote ends with one, and may hold line
//! ends and delimiters; a quote elsewhere is a character like any other. A
//! record is told without its line end, LF or CRLF, and with the byte-order
//! mark that may stand before it.

use {
    memchr::{memchr, memchr2},
    std::ops::Range,
};

const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Records of which `DELIMITER` separates the fields.
pub(crate) fn rows<const DELIMITER: u8>(
    buffer: &[u8],
    is_last: bool,
    out: &mut Vec<Range<usize>>,
) -> usize {
    let mut start = 0;
    while let Some(feed) = line_feed::<DELIMITER>(&buffer[start..]) {
        let end = start + feed;
        let returns = usize::from(buffer[start..end].ends_with(b"\r"));
        out.push(start..end - returns);
        start = end + 1;
    }
    if is_last && start < buffer.len() {
        out.push(start..buffer.len());
        start = buffer.len();
    }
    start
}

/// Where the line feed is that ends the first record of `bytes`.
fn line_feed<const DELIMITER: u8>(bytes: &[u8]) -> Option<usize> {
    let first = if bytes.starts_with(MARK) {
        MARK.len()
    } else {
        0
    };
    let mut at = first;
    loop {
        at += memchr2(b'"', b'\n', &bytes[at..])?;
        if bytes[at] == b'\n' {
            return Some(at);
        }
        let opens = at == first || bytes[at - 1] == DELIMITER;
        at += 1;
        if opens {
            at = behind_quotes(bytes, at)?;
        }
    }
}

/// Behind the quote that closes what begins at `at`.
fn behind_quotes(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr(b'"', &bytes[at..])? + 1;
        if bytes.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn cut(text: &[u8]) -> Vec<&[u8]> {
        let mut out = Vec::new();
        assert_eq!(rows::<b','>(text, true, &mut out), text.len());
        out.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn records_end_outside_of_quotes() {
        for (text, records) in [
            ("", &[][..]),
            ("a,b\nc,d", &["a,b", "c,d"]),
            ("a,b\r\n\r\nc\n", &["a,b", "", "c"]),
            ("\"a\nb\",c\nd\n", &["\"a\nb\",c", "d"]),
            ("\"a\"\"\nb\"\nc", &["\"a\"\"\nb\"", "c"]),
            ("a,\"\r\n\"\r\nb", &["a,\"\r\n\"", "b"]),
            ("5\" vinyl,x\ny\n", &["5\" vinyl,x", "y"]),
            ("a, \"b\nc\"", &["a, \"b", "c\""]),
            ("\"a\"b\",\nc", &["\"a\"b\",", "c"]),
            ("\u{feff}\"a\nb\"\nc", &["\u{feff}\"a\nb\"", "c"]),
            ("a\n\"never closed\nb,c\n", &["a", "\"never closed\nb,c\n"]),
            ("a\rb\n", &["a\rb"]),
        ] {
            let cut: Vec<_> = cut(text.as_bytes())
                .into_iter()
                .map(|r| str::from_utf8(r).unwrap())
                .collect();
            assert_eq!(cut, records, "{text:?}");
        }
    }

    #[test]
    fn the_delimiter_decides_what_a_quote_opens() {
        let text = b"a;\"b\nc\"\n";
        let mut out = Vec::new();
        rows::<b';'>(text, true, &mut out);
        assert_eq!(out, [0..7]);
        out.clear();
        rows::<b','>(text, true, &mut out);
        assert_eq!(out.len(), 2);
    }

    #[test]
    fn what_is_not_complete_waits() {
        for text in ["a,b", "\"a\n", "\"a\n\"", "a,\"b\"\"\n"] {
            let mut out = Vec::new();
            assert_eq!(
                rows::<b','>(text.as_bytes(), false, &mut out),
                0,
                "{text:?}"
            );
            assert!(out.is_empty());
        }
    }

    /// Byte by byte, with the state that a reader would keep.
    fn naive(text: &[u8]) -> Vec<Vec<u8>> {
        let (mut records, mut record) = (Vec::new(), Vec::new());
        let (mut quoted, mut at_start, mut closing) = (false, true, false);
        let mut at = 0;
        while at < text.len() {
            if record.is_empty() && text[at..].starts_with(MARK) {
                record.extend(MARK);
                at += MARK.len();
                at_start = true;
                continue;
            }
            let byte = text[at];
            at += 1;
            if closing {
                closing = false;
                quoted = byte == b'"';
                if quoted {
                    record.push(byte);
                    continue;
                }
            }
            if byte == b'\n' && !quoted {
                if record.last() == Some(&b'\r') {
                    record.pop();
                }
                records.push(std::mem::take(&mut record));
                at_start = true;
                continue;
            }
            record.push(byte);
            match byte {
                b'"' if quoted => closing = true,
                b'"' if at_start => quoted = true,
                _ => {}
            }
            at_start = byte == b',' && !quoted;
        }
        // A file that ends in a line feed has no record behind it.
        let open = text.last().is_some_and(|last| *last != b'\n') || !record.is_empty();
        if open {
            records.push(record);
        }
        records
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b','), Just(b'a')];
        let piece = prop_oneof![
            8 => byte.prop_map(|byte| vec![byte]),
            1 => Just(MARK.to_vec()),
            1 => any::<u8>().prop_map(|byte| vec![byte]),
        ];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn records_are_those_of_a_naive_splitter(text in bytes()) {
            let cut: Vec<Vec<u8>> = cut(&text).into_iter().map(<[u8]>::to_vec).collect();
            prop_assert_eq!(cut, naive(&text));
        }

        #[test]
        fn cutting_in_steps_changes_nothing(text in bytes(), step in 1usize..20) {
            let mut whole = Vec::new();
            rows::<b','>(&text, true, &mut whole);
            let (mut out, mut done, mut read) = (Vec::new(), 0, 0);
            while done < text.len() {
                read = (read + step).min(text.len());
                let before = out.len();
                let used = rows::<b','>(&text[done..read], read == text.len(), &mut out);
                for range in &mut out[before..] {
                    *range = range.start + done..range.end + done;
                }
                done += used;
            }
            prop_assert_eq!(out, whole);
        }
    }
}
