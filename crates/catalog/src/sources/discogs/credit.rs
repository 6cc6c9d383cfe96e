use {
    super::super::xml::Element,
    longplay_model::{ArtistCredit, CreditedArtist},
};

/// The names in an `artists` element, as credited.
pub(super) fn credit(artists: Option<Element>) -> ArtistCredit {
    let names: Vec<Element> = artists.iter().flat_map(|list| list.all("artist")).collect();
    let last = names.len().saturating_sub(1);
    let credited = |(number, artist): (usize, &Element)| CreditedArtist {
        name: name(*artist).into(),
        id: id(*artist).map(str::to_owned),
        join: match number == last {
            true => String::new(),
            false => join(artist.value("join").unwrap_or_default()),
        },
        popularity: None,
        followers: None,
    };
    ArtistCredit(names.iter().enumerate().map(credited).collect())
}

/// The number of the artist; 0 stands for nobody.
pub(super) fn id(artist: Element<'_>) -> Option<&str> {
    artist.value("id").filter(|id| *id != "0")
}

fn name(artist: Element<'_>) -> &str {
    artist
        .value("anv")
        .unwrap_or_else(|| printed(artist.value("name").unwrap_or_default()))
}

/// Discogs numbers names that several artists or labels bear, ` (2)`; no
/// sleeve prints that number.
pub(super) fn printed(name: &str) -> &str {
    let number = name
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("));
    match number {
        Some((before, number))
            if !before.is_empty()
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            before
        }
        _ => name,
    }
}

/// What stands between two names, with its spaces.
fn join(text: &str) -> String {
    match text {
        "" | "," => ", ".into(),
        word if word.starts_with(',') || word.starts_with(';') => format!("{word} "),
        word => format!(" {word} "),
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::sources::xml::Tree};

    fn credited(text: &str) -> ArtistCredit {
        let text = format!("<artists>{text}</artists>");
        credit(Some(Tree::parse(&text, &[]).unwrap().root().unwrap()))
    }

    #[test]
    fn names_are_as_printed_and_in_order() {
        let names = credited(
            "<artist><id>1</id><name>The Persuader</name><anv>Persuader</anv><join>&amp;</join></artist>\
             <artist><id>2</id><name>Care Company (2)</name><anv/><join>,</join></artist>\
             <artist><id>0</id><name>Nobody</name><join/></artist>\
             <artist><id>4</id><name>D</name><join>And</join></artist>",
        );
        assert_eq!(names.to_string(), "Persuader & Care Company, Nobody, D");
        let ids: Vec<_> = names.0.iter().map(|name| name.id.as_deref()).collect();
        assert_eq!(ids, [Some("1"), Some("2"), None, Some("4")]);
        assert_eq!(credit(None), ArtistCredit::default());
    }

    #[test]
    fn numbers_that_tell_artists_apart_are_not_printed() {
        for (name, shown) in [
            ("Nirvana (2)", "Nirvana"),
            ("Sunn O)))", "Sunn O)))"),
            ("Blink (b)", "Blink (b)"),
            ("Sum (41) More", "Sum (41) More"),
            ("(3)", "(3)"),
            (" (3)", " (3)"),
            ("A ()", "A ()"),
        ] {
            assert_eq!(printed(name), shown);
        }
    }
}
