//! Which files of an item are what?

use super::fields::Fields;

/// Endings of audio files.
const AUDIO: [&str; 28] = [
    "aac", "aif", "aifc", "aiff", "alac", "ape", "au", "dff", "dsf", "flac", "m4a", "m4b", "mka",
    "mp2", "mp3", "mpc", "oga", "ogg", "opus", "ra", "shn", "snd", "spx", "tta", "wav", "wave",
    "wma", "wv",
];

/// The item that a file belongs to, when its name tells: `x/y` for
/// `x/y_meta.xml`, `x/y_files.xml` and others that lie beside them.
pub(crate) fn item_of(path: &str) -> Option<&str> {
    let stem = path.strip_suffix(".xml")?;
    let (item, kind) = stem.rsplit_once('_')?;
    let holds = matches!(kind, "files" | "marc" | "meta" | "rules" | "reviews" | "dc");
    holds.then_some(item)
}

/// Whether it is audio as it was given, not made from another file.
pub(super) fn is_original_audio(file: &Fields) -> bool {
    let is_original = file
        .first("source")
        .is_none_or(|source| source == "original");
    let ending = file.first("name").and_then(|name| name.rsplit_once('.'));
    is_original
        && ending
            .is_some_and(|(_, ending)| AUDIO.iter().any(|known| known.eq_ignore_ascii_case(ending)))
}

/// A name to call it by: the file's without folders and ending.
pub(super) fn stem(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_an_item_belong_together() {
        assert_eq!(item_of("x/gd77_meta.xml"), Some("x/gd77"));
        assert_eq!(item_of("a_b_files.xml"), Some("a_b"));
        for path in ["x.xml", "x_meta.json", "x_other.xml", "_meta", ""] {
            assert_eq!(item_of(path), None, "{path}");
        }
    }

    #[test]
    fn originals_are_told_from_what_was_made_of_them() {
        let file = |name: &str, source: &str| {
            let mut fields = Fields::default();
            fields.add("name", name);
            fields.add("source", source);
            is_original_audio(&fields)
        };
        assert!(file("a.FLAC", "original") && file("d/a.mp3", ""));
        assert!(!file("a.mp3", "derivative") && !file("a.png", "original"));
        assert!(!file("flac", "original") && !file("", "original"));
        assert_eq!((stem("d/a.b.mp3"), stem("a")), ("a.b", "a"));
    }
}
