//! Text inside other languages: URLs, HTML and XML.

/// Percent-encoding of everything but the unreserved characters of RFC 3986.
pub fn percent(text: &str) -> String {
    text.bytes().map(percent_byte).collect()
}

fn percent_byte(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    }
}

/// Text for HTML and XML, in content and in attributes in either quotes.
/// Characters that XML 1.0 cannot hold become U+FFFD.
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_markup() {
        assert_eq!(
            markup("<b class='x'>\"&\u{0}\r\u{ffff}é"),
            "&lt;b class=&#39;x&#39;&gt;&quot;&amp;\u{fffd}\u{fffd}\u{fffd}é"
        );
    }

    #[test]
    fn urls_hold_any_text() {
        assert_eq!(percent("a b/ü"), "a%20b%2F%C3%BC");
    }
}
