//! Just enough of Rust's grammar: comments and literals, and which code is
//! compiled for tests only.

/// The text with every byte of a comment, and of the inside of a literal,
/// made a space; line feeds stay, so offsets and lines are those of the text.
pub fn blanked(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = skip(text.as_bytes(), at);
        if end > at {
            for byte in &mut bytes[at..end] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
            at = end;
        } else {
            at += 1;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The end of the comment or literal that begins at `at`, or `at`.
fn skip(text: &[u8], at: usize) -> usize {
    let rest = &text[at..];
    let starts_word = at == 0 || !is_word(text[at - 1]);
    match rest {
        [b'/', b'/', ..] => at + position(rest, b"\n").unwrap_or(rest.len()),
        [b'/', b'*', ..] => at + block_comment(rest),
        [b'"', ..] => at + string(rest),
        [b'r', b'"' | b'#', ..] if starts_word => at + raw_string(rest, 1),
        [b'b' | b'c', b'r', b'"' | b'#', ..] if starts_word => at + raw_string(rest, 2),
        [b'\'', b'\\', ..] => at + 2 + position(&rest[3..], b"'").map_or(0, |n| n + 2),
        [b'\'', ..] => at + character(rest),
        _ => at,
    }
}

fn position(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn block_comment(text: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match text[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] if depth == 1 => return at + 2,
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

fn string(text: &[u8]) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// A raw string after its prefix of `prefix` letters; 0 for `r#name`.
fn raw_string(text: &[u8], prefix: usize) -> usize {
    let hashes = text[prefix..].iter().take_while(|c| **c == b'#').count();
    let open = prefix + hashes;
    if text.get(open) != Some(&b'"') {
        return 0;
    }
    let mut close = vec![b'"'];
    close.resize(1 + hashes, b'#');
    position(&text[open + 1..], &close).map_or(text.len(), |n| open + 1 + n + close.len())
}

/// A character literal; 0 for a lifetime.
fn character(text: &[u8]) -> usize {
    let length = match text.get(1) {
        Some(first) if *first >= 0xf0 => 4,
        Some(first) if *first >= 0xe0 => 3,
        Some(first) if *first >= 0xc0 => 2,
        _ => 1,
    };
    if text.get(1 + length) == Some(&b'\'') {
        length + 2
    } else {
        0
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A range of bytes that is compiled for tests only.
pub struct Region {
    pub start: usize,
    pub end: usize,
}

const TEST: &str = "#[cfg(test)]";

impl Region {
    /// The name, when the region is `#[cfg(test)] mod name;`.
    pub fn file_module(&self, code: &str) -> Option<String> {
        let item = code[self.start..self.end].strip_prefix(TEST)?;
        let name = item.split("mod ").nth(1)?.strip_suffix(';')?;
        Some(name.trim().to_owned())
    }
}

/// Items marked `#[cfg(test)]`, in order, none within another.
pub fn regions(code: &str) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    for (start, _) in code.match_indices(TEST) {
        if regions.last().is_none_or(|last| last.end <= start) {
            let end = item_end(code.as_bytes(), start + TEST.len());
            regions.push(Region { start, end });
        }
    }
    regions
}

/// The end of the item: its closing brace, or a semicolon before any brace.
fn item_end(code: &[u8], start: usize) -> usize {
    let mut depth = 0;
    for (at, byte) in code.iter().enumerate().skip(start) {
        match byte {
            b';' if depth == 0 => return at + 1,
            b'{' | b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'}' if depth == 1 => return at + 1 + semicolon(&code[at + 1..]),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// Bytes to the end of a semicolon that follows, as after `use a::{b, c}`.
fn semicolon(rest: &[u8]) -> usize {
    usize::from(rest.first() == Some(&b';'))
}

/// Places where `word` stands in `code` as a word of its own.
pub fn places<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = code.as_bytes();
    let apart = move |at: usize| bytes.get(at).is_none_or(|byte| !is_word(*byte));
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| (*at == 0 || apart(at - 1)) && apart(at + word.len()))
}

/// The number of the line that holds byte `at`, from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[test]
fn comments_and_literals_are_blanked() {
    for (text, code) in [
        ("a // b\nc", "a     \nc"),
        ("/* x /* y */ z */ d", "                  d"),
        (r#"f("g\"h") i"#, r#"f(      ) i"#),
        ("r#\"u\"v\"# w", "         w"),
        ("'j' k '\\'' 'l: &'m n", "    k      'l: &'m n"),
        ("r#type 'é' b\"p\"", "r#type      b   "),
    ] {
        assert_eq!(blanked(text), code, "{text}");
    }
}

#[test]
fn test_items_are_found_to_their_end() {
    let code = "a\n#[cfg(test)]\nmod tests { { } }\nb\n#[cfg(test)]\nuse x::{y, z};\nc";
    let found: Vec<&str> = regions(code)
        .iter()
        .map(|region| &code[region.start + TEST.len()..region.end])
        .collect();
    assert_eq!(found, ["\nmod tests { { } }", "\nuse x::{y, z};"]);
    let code = "#[cfg(test)]\nmod shape;";
    assert_eq!(regions(code)[0].file_module(code).as_deref(), Some("shape"));
}
