/// Bytes in which the first element is looked for.
const HEAD: usize = 64 << 10;

/// The name of the first element, without its prefix, of bytes that may be cut
/// off anywhere behind it. `None` where the bytes begin otherwise.
pub(crate) fn root_name(bytes: &[u8]) -> Option<String> {
    let head = plain(&bytes[..bytes.len().min(HEAD)]);
    let mut rest = head.trim_start();
    loop {
        let (end, passed) = match rest {
            _ if rest.starts_with("<?") => ("?>", 2),
            _ if rest.starts_with("<!--") => ("-->", 4),
            // A declaration is refused when the document is read.
            _ if rest.starts_with("<!") => (">", 2),
            _ => break,
        };
        let (_, behind) = rest[passed..].split_once(end)?;
        rest = behind.trim_start_matches(|c: char| c.is_whitespace() || "]>".contains(c));
    }
    let is_end = |c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<');
    let name = rest.strip_prefix('<')?.split(is_end).next()?;
    let local = name.rsplit(':').next()?;
    (!local.is_empty()).then(|| local.to_owned())
}

/// Good enough for names: the ASCII of a text in any encoding of Unicode.
fn plain(bytes: &[u8]) -> String {
    let kept = bytes.iter().filter(|byte| byte.is_ascii() && **byte != 0);
    kept.map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_element_is_named() {
        for (text, name) in [
            ("<releases>\n", Some("releases")),
            (
                "\u{feff}<?xml version='1.0'?>\n<!-- <a> --> <n:b k='",
                Some("b"),
            ),
            ("<c", Some("c")),
            ("<!DOCTYPE d [<!ENTITY e 'f'>]><d>", Some("d")),
            ("<?xml version='1.0'?>", None),
            ("<!-- <a>", None),
            ("{\"a\":\"<b>\"}", None),
            ("</a>", None),
            ("< a>", None),
            ("", None),
        ] {
            assert_eq!(root_name(text.as_bytes()).as_deref(), name, "{text}");
        }
        let wide: Vec<u8> = "\u{feff}<é:files>"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert_eq!(root_name(&wide).as_deref(), Some("files"));
    }
}
