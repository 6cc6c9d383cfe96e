use super::super::xml::Element;

/// The versions that are read, as their namespaces number them. 4.3.1 and
/// 4.3.2 mend 4.3 and hold all that is read of it in the same places.
const READ: [(&str, &str); 11] = [
    ("38", "3.8"),
    ("381", "3.8.1"),
    ("382", "3.8.2"),
    ("383", "3.8.3"),
    ("384", "3.8.4"),
    ("41", "4.1"),
    ("411", "4.1.1"),
    ("42", "4.2"),
    ("43", "4.3"),
    ("431", "4.3.1"),
    ("432", "4.3.2"),
];

/// Checks that the version of a message is read.
///
/// # Errors
/// With what the message says of its version.
pub(super) fn check(message: Element) -> Result<(), String> {
    let namespace = message.namespace();
    let told = namespace
        .or_else(|| message.attribute("MessageSchemaVersionId"))
        .unwrap_or_default();
    let number = told.trim_end_matches('/').rsplit('/').next();
    let number = number.filter(|_| told.contains("ern"));
    if READ.iter().any(|(known, _)| number == Some(known)) {
        return Ok(());
    }
    let known: Vec<&str> = READ.iter().map(|(_, name)| *name).collect();
    Err(format!(
        "message of version {told:?}; of ERN are read {}",
        known.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use {super::*, crate::sources::xml::Tree};

    fn checked(attributes: &str) -> Result<(), String> {
        let text = format!("<ern:NewReleaseMessage {attributes}/>");
        let tree = Tree::parse(&text, &[]).unwrap();
        check(tree.root().unwrap())
    }

    #[test]
    fn the_namespace_tells_the_version() {
        for (number, _) in READ {
            let namespace = format!("xmlns:ern='http://ddex.net/xml/ern/{number}'");
            assert_eq!(checked(&namespace), Ok(()));
        }
        assert_eq!(checked("MessageSchemaVersionId='ern/382'"), Ok(()));
    }

    #[test]
    fn other_versions_are_named_with_those_that_are_read() {
        let read =
            "of ERN are read 3.8, 3.8.1, 3.8.2, 3.8.3, 3.8.4, 4.1, 4.1.1, 4.2, 4.3, 4.3.1, 4.3.2";
        for (attributes, told) in [
            (
                "xmlns:ern='http://ddex.net/xml/ern/371'",
                "http://ddex.net/xml/ern/371",
            ),
            (
                "xmlns:ern='http://ddex.net/xml/ern/5'",
                "http://ddex.net/xml/ern/5",
            ),
            ("xmlns:ern='http://example.org/43'", "http://example.org/43"),
            ("", ""),
        ] {
            let expected = format!("message of version {told:?}; {read}");
            assert_eq!(checked(attributes), Err(expected));
        }
    }
}
