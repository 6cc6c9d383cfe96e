//! Records of XML dumps: elements that one other element holds, one behind
//! the other, as Discogs writes them.
//!
//! ```text
//!   <releases> <release …> … </release> <release …> … </release> </releases>
//!              └─── document ─────────┘ └─── document ─────────┘
//! ```
//!
//! Only tags are looked at: where each ends, what it is called and whether it
//! closes. White space, comments, processing instructions and the element
//! around belong to no document. All else between records is a document that
//! its format will refuse: nothing is lost silently.

use {
    memchr::{memchr, memchr3, memmem},
    std::ops::Range,
};

const MARK: &[u8] = b"\xEF\xBB\xBF";

const RECORDS: [&[u8]; 4] = [b"release", b"artist", b"label", b"master"];
const AROUND: [&[u8]; 4] = [b"releases", b"artists", b"labels", b"masters"];

/// What begins at a `<`.
#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    Open {
        name: &'a [u8],
    },
    Empty {
        name: &'a [u8],
    },
    Close {
        name: &'a [u8],
    },
    /// A comment or a processing instruction.
    Aside,
    /// `<![CDATA[ … ]]>`
    Data,
    /// `<!DOCTYPE … >`
    Declaration,
}

/// What stands at a place between two records.
enum Between {
    Record {
        end: usize,
    },
    /// It belongs to no document.
    Nothing {
        end: usize,
    },
    /// It is no record and no part of what holds them.
    Stray {
        end: usize,
    },
    /// A record whose end is not there.
    Unclosed,
    Incomplete,
}

/// Cuts out the records of a dump of Discogs.
pub(crate) fn elements(buffer: &[u8], is_last: bool, out: &mut Vec<Range<usize>>) -> usize {
    let mut at = 0;
    // Where bytes begin that are no record.
    let mut stray: Option<usize> = None;
    while at < buffer.len() {
        let found = between(buffer, at);
        if found.ends_stray(buffer[at]) {
            out.extend(stray.take().map(|start| trimmed(buffer, start..at)));
        }
        match found {
            Between::Record { end } => {
                out.push(at..end);
                at = end;
            }
            Between::Nothing { end } => at = end,
            Between::Stray { end } => {
                stray.get_or_insert(at);
                at = end;
            }
            Between::Unclosed | Between::Incomplete => break,
        }
    }
    let rest = stray.unwrap_or(at);
    if !is_last {
        return rest;
    }
    out.extend(Some(trimmed(buffer, rest..buffer.len())).filter(|rest| !rest.is_empty()));
    buffer.len()
}

impl Between {
    /// White space does not end what is no record; tags do.
    fn ends_stray(&self, first: u8) -> bool {
        match self {
            Self::Record { .. } | Self::Unclosed => true,
            Self::Nothing { .. } => first == b'<',
            Self::Stray { .. } | Self::Incomplete => false,
        }
    }
}

/// The range without the white space at its end.
fn trimmed(buffer: &[u8], range: Range<usize>) -> Range<usize> {
    range.start..range.start + buffer[range].trim_ascii_end().len()
}

fn between(buffer: &[u8], at: usize) -> Between {
    let rest = &buffer[at..];
    let space = rest.len() - rest.trim_ascii_start().len();
    if space > 0 {
        return Between::Nothing { end: at + space };
    }
    if rest.starts_with(MARK) {
        return Between::Nothing {
            end: at + MARK.len(),
        };
    }
    if rest[0] != b'<' {
        return match memchr(b'<', rest) {
            Some(end) => Between::Stray { end: at + end },
            None => Between::Incomplete,
        };
    }
    let Some((token, end)) = token(buffer, at) else {
        return Between::Incomplete;
    };
    match token {
        Token::Aside => Between::Nothing { end },
        Token::Open { name } | Token::Close { name } | Token::Empty { name }
            if AROUND.contains(&name) =>
        {
            Between::Nothing { end }
        }
        Token::Empty { name } if RECORDS.contains(&name) => Between::Record { end },
        Token::Open { name } if RECORDS.contains(&name) => match end_of(buffer, end, name) {
            Some(end) => Between::Record { end },
            None => Between::Unclosed,
        },
        _ => Between::Stray { end },
    }
}

/// Where the element `name` ends whose content begins at `at`.
fn end_of(buffer: &[u8], mut at: usize, name: &[u8]) -> Option<usize> {
    let mut depth = 1u64;
    loop {
        at += memchr(b'<', &buffer[at..])?;
        let (found, end) = token(buffer, at)?;
        match found {
            Token::Open { name: other } if other == name => depth += 1,
            Token::Close { name: other } if other == name => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(end);
        }
        at = end;
    }
}

/// What begins at the `<` at `at`, and where it ends; `None` when its end is
/// not in the buffer.
fn token(buffer: &[u8], at: usize) -> Option<(Token<'_>, usize)> {
    let rest = &buffer[at..];
    let up_to = |start: usize, end: &[u8]| {
        let found = memmem::find(rest.get(start..)?, end)?;
        Some(at + start + found + end.len())
    };
    match rest.get(1)? {
        b'?' => Some((Token::Aside, up_to(2, b"?>")?)),
        b'!' if rest.starts_with(b"<!--") => Some((Token::Aside, up_to(4, b"-->")?)),
        b'!' if rest.starts_with(b"<![CDATA[") => Some((Token::Data, up_to(9, b"]]>")?)),
        b'!' if is_beginning(rest, b"<!--") || is_beginning(rest, b"<![CDATA[") => None,
        b'!' => Some((Token::Declaration, declaration_end(buffer, at)?)),
        _ => tag(buffer, at),
    }
}

/// Whether more bytes could make `rest` begin with `whole`.
fn is_beginning(rest: &[u8], whole: &[u8]) -> bool {
    rest.len() < whole.len() && whole.starts_with(rest)
}

fn tag(buffer: &[u8], at: usize) -> Option<(Token<'_>, usize)> {
    let end = tag_end(buffer, at + 1)?;
    let inner = &buffer[at + 1..end - 1];
    let (inner, closes) = match inner.strip_prefix(b"/") {
        Some(inner) => (inner, true),
        None => (inner, false),
    };
    let (inner, is_empty) = match inner.strip_suffix(b"/") {
        Some(inner) => (inner, !closes),
        None => (inner, false),
    };
    let length = inner.iter().position(u8::is_ascii_whitespace);
    let name = &inner[..length.unwrap_or(inner.len())];
    let token = match (closes, is_empty) {
        (true, _) => Token::Close { name },
        (false, true) => Token::Empty { name },
        (false, false) => Token::Open { name },
    };
    Some((token, end))
}

/// Behind the `>` that is in no quotes.
fn tag_end(buffer: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr3(b'>', b'"', b'\'', &buffer[at..])?;
        match buffer[at] {
            b'>' => return Some(at + 1),
            quote => at = quote_end(buffer, at, quote)?,
        }
    }
}

/// Behind the `>` that is in no quotes and in no brackets.
fn declaration_end(buffer: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0u64;
    loop {
        at += buffer[at..]
            .iter()
            .position(|byte| matches!(byte, b'>' | b'"' | b'\'' | b'[' | b']'))?;
        match buffer[at] {
            b'>' if depth == 0 => return Some(at + 1),
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b'>' => {}
            quote => {
                at = quote_end(buffer, at, quote)?;
                continue;
            }
        }
        at += 1;
    }
}

fn quote_end(buffer: &[u8], at: usize, quote: u8) -> Option<usize> {
    let found = memchr(quote, &buffer[at + 1..])?;
    Some(at + 1 + found + 1)
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn whole(text: &[u8]) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        assert_eq!(elements(text, true, &mut out), text.len());
        out
    }

    fn texts(text: &str) -> Vec<&str> {
        whole(text.as_bytes())
            .into_iter()
            .map(|range| &text[range])
            .collect()
    }

    /// What comes out when the bytes come `step` at a time.
    fn by_steps(text: &[u8], step: usize) -> Vec<Range<usize>> {
        let (mut out, mut start, mut end) = (Vec::new(), 0, 0);
        while end < text.len() {
            end = (end + step).min(text.len());
            let mut found = Vec::new();
            let used = elements(&text[start..end], end == text.len(), &mut found);
            out.extend(
                found
                    .iter()
                    .map(|range| start + range.start..start + range.end),
            );
            start += used;
        }
        out
    }

    #[test]
    fn records_are_cut_exactly() {
        assert_eq!(
            texts(
                "\u{feff}<?xml version='1.0'?>\n<releases>\n<release id='1'><title>a</title></release>\n<release id='2'/>\n</releases>\n"
            ),
            [
                "<release id='1'><title>a</title></release>",
                "<release id='2'/>"
            ]
        );
        assert_eq!(
            texts("<label ><id>1</id></label >"),
            ["<label ><id>1</id></label >"]
        );
        assert_eq!(texts("<masters></masters>"), [""; 0]);
        assert_eq!(texts(" \n"), [""; 0]);
    }

    #[test]
    fn ends_are_found_whatever_stands_inside() {
        for record in [
            "<label><sublabels><label>x</label><label/><label k='>'/></sublabels></label>",
            "<release><!-- </release> --><t/></release>",
            "<release><![CDATA[</release>]]></release>",
            "<release a=\"</release>\" b='>'>don't</release>",
            "<release><?p </release> ?></release>",
            "<artist><artists><artist/></artists></artist>",
            "<master><masters/></master\n>",
        ] {
            let text = format!("<all>{record}<release/>");
            assert_eq!(texts(&text), ["<all>", record, "<release/>"]);
        }
    }

    #[test]
    fn what_is_no_record_is_a_document_of_its_own() {
        assert_eq!(
            texts(
                "<!DOCTYPE releases [<!ENTITY a '>]>'>]>\n<releases>text <b> </b>\n<release/> more</releases>x"
            ),
            [
                "<!DOCTYPE releases [<!ENTITY a '>]>'>]>",
                "text <b> </b>",
                "<release/>",
                "more",
                "x"
            ]
        );
    }

    #[test]
    fn what_is_cut_off_is_a_document_too() {
        for (text, cut) in [
            ("<release/><release><a>b", "<release><a>b"),
            ("<release/><release a='", "<release a='"),
            ("<release/><!-- ", "<!--"),
            ("<release/><", "<"),
            ("<release/>x", "x"),
            ("<release/>\n<release><x", "<release><x"),
        ] {
            assert_eq!(texts(text), ["<release/>", cut]);
        }
    }

    #[test]
    fn an_incomplete_record_waits_for_its_end() {
        let mut out = Vec::new();
        let text = b"<artists>\n<artist>1</artist>\n<artist>2</ar";
        assert_eq!(elements(text, false, &mut out), 29);
        assert_eq!(out, [10..28]);
    }

    proptest! {
        #[test]
        fn steps_do_not_matter(
            parts in proptest::collection::vec(prop::sample::select(vec![
                "<release id='1'>", "</release>", "<release/>", "<a>", "</a>", "<artists>", "</artists>",
                "<artist>", "</artist>", " ", "\n", "text", "<!-- > -->", "<!--", "<![CDATA[ </release> ]]>",
                "<!DOCTYPE a [ <!ENTITY b '>'> ]>", "<?p ?>", "'", "\"", ">", "<", "\u{feff}", "<![",
            ]), 0..24),
            step in 1usize..40,
        ) {
            let text = parts.concat();
            prop_assert_eq!(by_steps(text.as_bytes(), step), whole(text.as_bytes()));
        }

        #[test]
        fn ranges_are_in_order_and_within(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut end = 0;
            for range in whole(&bytes) {
                prop_assert!(range.start >= end && range.end > range.start && range.end <= bytes.len());
                end = range.end;
            }
        }

        #[test]
        fn all_that_is_no_space_or_frame_is_in_a_document(
            titles in proptest::collection::vec("[a-z<>&'\" ]{0,12}", 0..6)
        ) {
            let records: Vec<String> = titles
                .iter()
                .map(|title| format!("<release t=\"{}\"><![CDATA[{title}]]></release>", title.replace('"', "")))
                .collect();
            let text = format!("<releases>{}</releases>", records.join("\n"));
            prop_assert_eq!(texts(&text), records);
        }
    }
}
