//! Items of the Internet Archive (`docs/format/internet-archive.md`): their
//! metadata as XML files or as answers of the metadata API.
//!
//! ```text
//!   <identifier>_meta.xml, <identifier>_files.xml ┐
//!                                                 ├─► item ─► a track for each
//!   {"metadata": {…}, "files": […]}               ┘           original audio file
//! ```

mod fields;
mod files;
mod json;
mod tracks;
mod xml_item;

use super::{
    harvest::Harvest,
    xml::{XmlError, decoded},
};
use std::collections::HashSet;

pub(crate) use files::item_of;

/// Whether a file of an item begins with an element of this name.
pub(super) fn recognises(root: &str) -> bool {
    matches!(root, "metadata" | "files")
}

pub(super) fn recognises_json(keys: &HashSet<String>) -> bool {
    keys.contains("metadata") && (keys.contains("files") || keys.contains("is_dark"))
}

/// Reads one item into `harvest`.
pub(super) fn read(document: &[u8], harvest: &mut Harvest) -> Result<(), String> {
    let text = decoded(document).map_err(|error| error.seen())?;
    let item = if text.trim_start().starts_with('{') {
        json::item(&text).map_err(|error| error.to_string())?
    } else {
        xml_item::item(&text).map_err(|error: XmlError| error.seen())?
    };
    tracks::read(&item, harvest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn told(text: &str) -> Harvest {
        let mut harvest = Harvest::default();
        if let Err(seen) = read(text.as_bytes(), &mut harvest) {
            harvest.malformed(seen);
        }
        harvest
    }

    #[test]
    fn xml_and_json_say_the_same() {
        let xml = told(
            "<?xml version='1.0'?><files><file name='a.flac' source='original'><title>A &amp; B</title>\
             <length>225.1</length></file></files>\n<?xml version='1.0'?><metadata><identifier>i</identifier>\
             <creator>C</creator><creator>D</creator><mediatype>audio</mediatype></metadata>",
        );
        let json = told(
            r#"{"metadata":{"identifier":"i","creator":["C","D"],"mediatype":["audio"]},"server":{"x":[1]},
                "files":[{"name":"a.flac","source":"original","title":"A & B","length":225.1}]}"#,
        );
        assert_eq!((xml.tracks.len(), &xml.tracks), (1, &json.tracks));
        assert_eq!(xml.tracks[0].record.artists.to_string(), "C, D");
        assert_eq!((xml.troubles, json.troubles), (vec![], vec![]));
    }

    #[test]
    fn what_is_no_item_is_refused() {
        for (text, seen) in [
            ("{}", "an item without identifier"),
            ("<files/>", "a list of files without its item"),
            ("<metadata/>", "an item without identifier"),
            ("<a/>", "expected the metadata of an item"),
            ("", "no element"),
        ] {
            assert_eq!(told(text).troubles[0].seen, seen, "{text}");
        }
        assert!(told("{\"metadata\":").troubles[0].seen.starts_with("EOF"));
        assert!(
            told("<!DOCTYPE a><metadata/>").troubles[0]
                .seen
                .starts_with("document type")
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(read(&bytes, &mut Harvest::default()));
        }

        #[test]
        fn what_is_written_is_read(
            files in proptest::collection::vec(("[\\PC&&[^\\s]]{1,12}", 1u32..6_000_000), 2..9),
            creators in proptest::collection::vec("[\\PC&&[^\\s]]{1,9}", 1..4)
        ) {
            let listed: Vec<_> = files
                .iter()
                .enumerate()
                .map(|(at, (title, length))| serde_json::json!({
                    "name": format!("{at}.flac"), "source": "original", "title": title,
                    "track": format!("{}/{}", at + 1, files.len()),
                    "length": format!("{}.{:03}", length / 1000, length % 1000),
                }))
                .collect();
            let item = serde_json::json!({
                "metadata": {"identifier": "i", "creator": creators}, "files": listed,
            });
            let read = told(&item.to_string());
            prop_assert_eq!(&read.troubles, &[]);
            prop_assert_eq!(read.tracks.len(), files.len());
            for ((track, (title, length)), at) in read.tracks.iter().zip(&files).zip(0..) {
                let record = &track.record;
                prop_assert_eq!(&record.title, title);
                prop_assert_eq!(record.duration_ms, Some(*length));
                prop_assert_eq!((&record.id, record.position), (&format!("i/{at}.flac"), Some(at + 1)));
                prop_assert_eq!(record.artists.to_string(), creators.join(", "));
            }
        }

        #[test]
        fn no_text_panics(
            text in "[\\[\\]{}:,<>/\"a]{0,40}",
            values in proptest::collection::vec("[0-9:./a-cT\\- \\[\\]]{0,12}", 5)
        ) {
            drop(read(text.as_bytes(), &mut Harvest::default()));
            let item = serde_json::json!({
                "metadata": {"identifier": "i", "date": values[0], "licenseurl": values[1], "subject": text},
                "files": [{"name": "a.mp3", "length": values[2], "track": values[3], "disc": values[4]}],
            });
            let mut harvest = Harvest::default();
            drop(read(item.to_string().as_bytes(), &mut harvest));
            prop_assert_eq!(harvest.tracks.len(), 1);
        }
    }
}
