//! The monthly dumps of Discogs (`docs/format/discogs.md`): one element a
//! record, in a file of releases, artists, labels or masters.
//!
//! ```text
//!   release ─ artists, labels, genres, identifiers, tracklist ─► tracks
//!   artist  ─► its name         label, master ─► nothing but kept
//! ```
//!
//! The data are CC0.

mod credit;
mod places;
mod release;

use super::{
    harvest::{ArtistFact, Harvest},
    xml::{Element, Tree, XmlError, decoded},
};

/// Elements that no field is read from.
const SKIPPED: [&str; 7] = [
    "images",
    "videos",
    "companies",
    "extraartists",
    "notes",
    "profile",
    "urls",
];

/// Whether a dump, or a part of it, begins with an element of this name.
pub(super) fn recognises(root: &str) -> bool {
    content(root).is_some()
}

/// What a dump of this root, or a record of it, is about.
pub(super) fn content(root: &str) -> Option<&'static str> {
    ["releases", "artists", "labels", "masters"]
        .into_iter()
        .find(|plural| root == *plural || root == plural.trim_end_matches('s'))
}

/// Reads one record into `harvest`.
pub(super) fn read(document: &[u8], harvest: &mut Harvest) -> Result<(), XmlError> {
    let text = decoded(document)?;
    let tree = Tree::parse(&text, &SKIPPED)?;
    let root = tree.root()?;
    match root.name() {
        // A whole dump, where nothing cut it.
        "releases" | "artists" | "labels" | "masters" => {
            root.children().for_each(|record| of(record, harvest));
        }
        _ => of(root, harvest),
    }
    Ok(())
}

fn of(record: Element, harvest: &mut Harvest) {
    match record.name() {
        "release" => release::read(record, harvest),
        "artist" => artist(record, harvest),
        "label" => named(record, harvest, "label"),
        "master" if record.attribute("id").is_none() => harvest.malformed("a master without id"),
        "master" => {}
        other => harvest.malformed(format!(
            "expected a release, artist, label or master, found <{other}>"
        )),
    }
}

fn artist(record: Element, harvest: &mut Harvest) {
    match (record.value("id"), record.value("name")) {
        (Some(id), Some(name)) => harvest.artists.push(ArtistFact {
            id: id.into(),
            name: credit::printed(name).into(),
        }),
        _ => named(record, harvest, "artist"),
    }
}

/// Tells of a record that lacks what makes it one.
fn named(record: Element, harvest: &mut Harvest, kind: &str) {
    if record.value("id").is_none() {
        harvest.malformed(format!("{kind} without id"));
    } else if record.value("name").is_none() {
        harvest.malformed(format!("{kind} without name"));
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn harvest(text: &str) -> Harvest {
        let mut harvest = Harvest::default();
        if let Err(error) = read(text.as_bytes(), &mut harvest) {
            harvest.malformed(error.seen());
        }
        harvest
    }

    fn seen(text: &str) -> Vec<String> {
        let troubles = harvest(text).troubles;
        troubles.into_iter().map(|trouble| trouble.seen).collect()
    }

    #[test]
    fn roots_of_dumps_and_of_records_are_known() {
        for root in [
            "releases", "release", "artists", "label", "masters", "master",
        ] {
            assert!(recognises(root), "{root}");
        }
        for root in ["", "metadata", "releasess", "NewReleaseMessage"] {
            assert!(!recognises(root), "{root}");
        }
    }

    #[test]
    fn artists_are_facts_without_tracks() {
        let read = harvest(
            "<artist><id>7</id><name>Sylk 130 (2)</name><realname>King Britt</realname>\
             <aliases><name id='8'>Other</name></aliases></artist>",
        );
        let fact = ArtistFact {
            id: "7".into(),
            name: "Sylk 130".into(),
        };
        assert_eq!((read.artists, read.tracks.len()), (vec![fact], 0));
        assert_eq!(read.troubles, []);
    }

    #[test]
    fn labels_and_masters_are_looked_at() {
        let label = "<label><id>1</id><name>Planet E</name><sublabels><label/></sublabels></label>";
        assert_eq!(seen(label), [""; 0]);
        assert_eq!(seen("<master id='113'><year>2002</year></master>"), [""; 0]);
        assert_eq!(seen("<label><id>1</id></label>"), ["label without name"]);
        assert_eq!(
            seen("<artist><name>x</name></artist>"),
            ["artist without id"]
        );
        assert_eq!(seen("<master/>"), ["a master without id"]);
        assert_eq!(
            seen("<song/>"),
            ["expected a release, artist, label or master, found <song>"]
        );
    }

    #[test]
    fn a_dump_that_nobody_cut_is_read_whole() {
        let read = harvest("<artists><artist><id>1</id><name>a</name></artist><artist/></artists>");
        assert_eq!((read.artists.len(), read.troubles.len()), (1, 1));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(read(&bytes, &mut Harvest::default()));
        }

        #[test]
        fn what_is_written_is_read(
            tracks in proptest::collection::vec(
                ("[\\PC&&[^\\s]]{1,12}", 1u32..6_000, "[\\PC&&[^\\s()]]{1,9}"), 1..9
            )
        ) {
            let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&#60;");
            let listed: String = tracks
                .iter()
                .enumerate()
                .map(|(at, (title, seconds, artist))| format!(
                    "<track><position>{}</position><title>{}</title><duration>{}:{:02}</duration>\
                     <artists><artist><id>{at}</id><name>{} (2)</name></artist></artists></track>",
                    at + 1, escaped(title), seconds / 60, seconds % 60, escaped(artist)
                ))
                .collect();
            let text = format!(
                "<release id='5'><formats><format name='CD' qty='1'/></formats>\
                 <tracklist>{listed}</tracklist></release>"
            );
            let read = harvest(&text);
            prop_assert_eq!(&read.troubles, &[]);
            prop_assert_eq!(read.tracks.len(), tracks.len());
            for ((track, (title, seconds, artist)), at) in read.tracks.iter().zip(&tracks).zip(1..) {
                let record = &track.record;
                prop_assert_eq!((&record.title, record.artists.to_string()), (title, artist.clone()));
                prop_assert_eq!(record.duration_ms, Some(seconds * 1000));
                prop_assert_eq!((record.disc, record.position), (Some(1), Some(at)));
                prop_assert_eq!(&record.id, &format!("5-{at}"));
            }
        }

        #[test]
        fn no_release_panics(
            texts in proptest::collection::vec("[<>&;/A-D0-9:.\\- ]{0,6}|\\PC{0,4}", 8)
        ) {
            let [id, date, position, title, length, kind, value, quantity] = &texts[..] else {
                unreachable!("eight were asked for");
            };
            let text = format!(
                "<release id='{id}'><released>{date}</released><formats><format name='{kind}' qty='{quantity}'/>\
                 </formats><tracklist><track><position>{position}</position><title>{title}</title>\
                 <duration>{length}</duration><sub_tracks><track><title>{value}</title></track></sub_tracks></track>\
                 <track><position>{value}</position></track></tracklist><identifiers>\
                 <identifier type='{kind}' description='{position}' value='{value}'/></identifiers></release>"
            );
            drop(read(text.as_bytes(), &mut Harvest::default()));
        }
    }
}
