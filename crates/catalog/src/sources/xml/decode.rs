use {super::error::XmlError, std::borrow::Cow};

/// Bytes in which the declaration of an encoding is looked for.
const HEAD: usize = 256;

/// The text of a document: by its byte-order mark, by the shape of its first
/// bytes, then by its declaration (XML 1.0, appendix F). A declaration that
/// contradicts bytes which are UTF-8 is wrong, and passed over.
///
/// # Errors
/// Where the bytes do not hold what they claim, or claim what is not read.
pub(crate) fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, XmlError> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0x00, 0x00, 0xFE, 0xFF, ..] | [0xFF, 0xFE, 0x00, 0x00, ..] => Err(XmlError::Encoding {
            name: "UTF-32".into(),
        }),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, b'<', ..] => utf16(bytes, u16::from_be_bytes),
        _ => declared(bytes),
    }
}

fn declared(bytes: &[u8]) -> Result<Cow<'_, str>, XmlError> {
    let name = declared_encoding(bytes).unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "iso-8859-1" | "iso_8859-1" | "latin1" | "latin-1" | "l1" => {
            Ok(bytes.iter().map(|byte| char::from(*byte)).collect())
        }
        "" | "utf-8" | "utf8" | "us-ascii" | "ascii" => utf8(bytes),
        _ if str::from_utf8(bytes).is_ok() && !is_shift(&name) => utf8(bytes),
        _ => Err(XmlError::Encoding { name }),
    }
}

/// Encodings whose bytes look like ASCII and are not.
fn is_shift(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("utf-7") || name.starts_with("iso-2022") || name.starts_with("hz")
}

/// The name in `<?xml … encoding="…"?>`.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let head = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let head = String::from_utf8_lossy(&head[..end]);
    let (_, rest) = head.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, _) = rest[1..].split_once(quote)?;
    Some(name.to_owned())
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, XmlError> {
    match str::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) => Err(XmlError::NotUtf8 {
            at: error.valid_up_to(),
        }),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, XmlError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    let mut at = 0;
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let character = character.map_err(|_| XmlError::NotUtf16 { at })?;
        at += 2 * character.len_utf16();
        text.push(character);
    }
    match rest {
        [] => Ok(text.into()),
        _ => Err(XmlError::NotUtf16 { at }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_bytes(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn encodings_are_told_by_mark_shape_or_declaration() {
        let text = "<?xml version='1.0' encoding='UTF-16'?><a>é😀</a>";
        let marked = format!("\u{feff}{text}");
        for bytes in [
            utf16_bytes(text, u16::to_le_bytes),
            utf16_bytes(text, u16::to_be_bytes),
            utf16_bytes(&marked, u16::to_le_bytes),
            utf16_bytes(&marked, u16::to_be_bytes),
            marked.as_bytes().to_vec(),
            text.as_bytes().to_vec(),
        ] {
            assert_eq!(decoded(&bytes).unwrap(), text);
        }
        let latin = b"<?xml version=\"1.0\" encoding = \"ISO-8859-1\"?><a>\xe9\x80</a>";
        assert!(decoded(latin).unwrap().ends_with("<a>é\u{80}</a>"));
    }

    #[test]
    fn what_cannot_be_decoded_is_told_with_its_place() {
        for (bytes, seen) in [
            (&b"<a>\xff</a>"[..], "not UTF-8 from byte 3 on"),
            (b"\xFF\xFE<\0a", "not UTF-16 from byte 2 on"),
            (b"\xFF\xFE<\0\0\xD8>\0", "not UTF-16 from byte 2 on"),
            (
                b"<?xml version='1.0' encoding='windows-1252'?><a>\xe9</a>",
                "encoding \"windows-1252\" is not read; UTF-8, UTF-16 and ISO-8859-1 are",
            ),
            (
                b"<?xml version='1.0' encoding='UTF-7'?><a>+AGE-</a>",
                "encoding \"UTF-7\" is not read; UTF-8, UTF-16 and ISO-8859-1 are",
            ),
            (
                b"\0\0\xFE\xFF\0\0\0<",
                "encoding \"UTF-32\" is not read; UTF-8, UTF-16 and ISO-8859-1 are",
            ),
        ] {
            assert_eq!(decoded(bytes).unwrap_err().seen(), seen);
        }
    }
}
