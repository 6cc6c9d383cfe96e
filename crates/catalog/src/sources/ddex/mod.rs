//! DDEX Electronic Release Notification, 3.8 to 4.3 (`docs/format/ddex.md`):
//! one message a document, in a folder of batches or alone.
//!
//! ```text
//!   NewReleaseMessage ─ ResourceList (recordings), ReleaseList, DealList
//!                       └► withdrawal of the release as it was, its tracks
//!   PurgeReleaseMessage ─► withdrawal
//! ```
//!
//! A message states nothing that opens a recording: deals that are absent,
//! ended or limited keep it dark, and no deal makes it open.

mod credit;
mod deals;
mod groups;
mod ids;
mod message;
mod parties;
mod release;
mod scope;
mod titles;
mod tracks;
mod version;

use super::{
    harvest::Harvest,
    xml::{Tree, XmlError, decoded},
};

/// Messages that tell of no release: what came with a batch, what was
/// received, what a catalog lists.
const OTHERS: [&str; 4] = [
    "ManifestMessage",
    "FtpAcknowledgementMessage",
    "AcknowledgementMessage",
    "CatalogListMessage",
];

/// Elements that no field is read from.
const SKIPPED: [&str; 5] = [
    "WorkList",
    "CueSheetList",
    "CollectionList",
    "TechnicalSoundRecordingDetails",
    "TechnicalDetails",
];

/// Whether a message begins with an element of this name.
pub(super) fn recognises(root: &str) -> bool {
    ["NewReleaseMessage", "PurgeReleaseMessage"].contains(&root) || OTHERS.contains(&root)
}

/// Reads one message into `harvest`.
pub(super) fn read(document: &[u8], harvest: &mut Harvest) -> Result<(), XmlError> {
    let text = decoded(document)?;
    if text.trim().is_empty() {
        // A file that says by its name alone that a batch is complete.
        return Ok(());
    }
    let tree = Tree::parse(&text, &SKIPPED)?;
    let root = tree.root()?;
    match root.name() {
        "NewReleaseMessage" | "PurgeReleaseMessage" => message::read(root, harvest),
        name if OTHERS.contains(&name) => {}
        name => harvest.malformed(format!(
            "expected a NewReleaseMessage or PurgeReleaseMessage, found <{name}>"
        )),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use {
        super::{super::harvest::Withdrawn, *},
        longplay_model::Access,
        proptest::prelude::*,
    };

    fn harvest(text: &str) -> Harvest {
        let mut harvest = Harvest::default();
        if let Err(error) = read(text.as_bytes(), &mut harvest) {
            harvest.malformed(error.seen());
        }
        harvest
    }

    fn told(harvest: &Harvest) -> Vec<String> {
        let troubles = harvest.troubles.iter();
        troubles
            .map(|it| format!("{} {}: {}", it.code, it.field, it.seen))
            .collect()
    }

    fn withdrawn(harvest: &Harvest) -> Vec<&str> {
        let ids = harvest.withdrawn.iter();
        ids.map(|Withdrawn { release_id }| release_id.as_str())
            .collect()
    }

    fn message(root: &str, content: &str) -> String {
        format!(
            "<e:{root} xmlns:e='http://ddex.net/xml/ern/411'><MessageHeader>\
             <MessageCreatedDateTime>2026-01-31T12:00:00Z</MessageCreatedDateTime></MessageHeader>\
             {content}</e:{root}>"
        )
    }

    fn recording(reference: &str, title: &str, more: &str) -> String {
        format!(
            "<SoundRecording><ResourceReference>{reference}</ResourceReference>\
             <DisplayTitleText>{title}</DisplayTitleText>{more}</SoundRecording>"
        )
    }

    /// A release of these recordings, each referred to once in this order.
    fn release(recordings: &str, references: &[&str], deal: &str) -> String {
        let items: String = references
            .iter()
            .map(|reference| {
                format!(
                    "<ResourceGroupContentItem><ReleaseResourceReference>{reference}\
                     </ReleaseResourceReference></ResourceGroupContentItem>"
                )
            })
            .collect();
        let content = format!(
            "<ResourceList>{recordings}</ResourceList><ReleaseList><Release>\
             <ReleaseReference>R0</ReleaseReference><ReleaseId><GRid>G</GRid></ReleaseId>\
             <ResourceGroup>{items}</ResourceGroup></Release></ReleaseList><DealList><ReleaseDeal>\
             <DealReleaseReference>R0</DealReleaseReference><Deal><DealTerms>{deal}</DealTerms></Deal>\
             </ReleaseDeal></DealList>"
        );
        message("NewReleaseMessage", &content)
    }

    #[test]
    fn a_release_takes_back_what_it_was_and_a_purge_takes_it_back() {
        let new = harvest(&release(&recording("A1", "One", ""), &["A1"], ""));
        assert_eq!((withdrawn(&new), new.tracks.len()), (vec!["G"], 1));
        let purge = harvest(&message(
            "PurgeReleaseMessage",
            "<PurgedRelease><ReleaseId><ICPN>1</ICPN><GRid>G</GRid></ReleaseId></PurgedRelease>",
        ));
        assert_eq!((withdrawn(&purge), purge.tracks.len()), (vec!["1", "G"], 0));
    }

    #[test]
    fn only_a_deal_for_all_leaves_the_rights_to_decide() {
        let with = |deal: &str| {
            let read = harvest(&release(&recording("A1", "One", ""), &["A1"], deal));
            (read.tracks[0].access, read.tracks[0].record.rights.clone())
        };
        assert_eq!(with(""), (Some(Access::Dark), None));
        let open = "<TerritoryCode>Worldwide</TerritoryCode><ValidityPeriod>\
                    <StartDate>2026-01-01</StartDate></ValidityPeriod>";
        assert_eq!(with(open), (None, None));
        let ended = open.replace(
            "</ValidityPeriod>",
            "<EndDate>2026-01-02</EndDate></ValidityPeriod>",
        );
        assert_eq!(with(&ended), (Some(Access::Dark), None));
    }

    #[test]
    fn a_p_line_is_in_copyright_and_never_open() {
        let line = "<PLine><PLineText>2019 X, https://creativecommons.org/licenses/by/4.0/</PLineText></PLine>";
        let read = harvest(&release(&recording("A1", "One", line), &["A1"], ""));
        let rights = read.tracks[0].record.rights.clone().unwrap();
        assert_eq!(rights.uri.label(), "InC");
        assert!(rights.basis.starts_with("P line of the message: 2019 X"));
    }

    #[test]
    fn a_recording_may_stand_twice_on_a_release() {
        let isrc = "<ResourceId><ISRC>GB-AYE-69-00531</ISRC></ResourceId>";
        let recordings = recording("A1", "One", isrc) + &recording("A2", "Two", "");
        let read = harvest(&release(&recordings, &["A1", "A2", "A1", "A2"], ""));
        let ids: Vec<&str> = read.tracks.iter().map(|it| it.record.id.as_str()).collect();
        assert_eq!(
            ids,
            ["G-GBAYE6900531", "G-A2", "G-GBAYE6900531-2", "G-A2-2"]
        );
    }

    #[test]
    fn what_does_not_hold_is_told_and_left_out() {
        let bad = "<ResourceId><ISRC>no</ISRC></ResourceId><Duration>3:45</Duration><DisplayArtist>\
                   <ArtistPartyReference>P9</ArtistPartyReference></DisplayArtist>";
        let read = harvest(&release(&recording("A1", "", bad), &["A1", "A7"], ""));
        assert_eq!(
            told(&read),
            [
                "C003 A1, DisplayArtist: an artist without a name, party P9",
                "C003 A1, ISRC: expected an ISRC such as GBAYE6900531, found \"no\"",
                "C003 A1, title: no title",
                "C003 A1, Duration: expected a duration such as PT3M45S, found \"3:45\"",
                "C003 ReleaseResourceReference: no recording is called \"A7\"",
            ]
        );
    }

    #[test]
    fn messages_that_cannot_be_taken_are_refused() {
        for (text, seen) in [
            (
                message("PurgeReleaseMessage", ""),
                "C001 : a PurgeReleaseMessage that names no release",
            ),
            (
                message("NewReleaseMessage", ""),
                "C001 : a NewReleaseMessage without a release",
            ),
            (
                message("NewReleaseMessage", "<ReleaseList><Release/></ReleaseList>"),
                "C001 : a release without an id",
            ),
            (
                "<other/>".into(),
                "C001 : expected a NewReleaseMessage or PurgeReleaseMessage, found <other>",
            ),
        ] {
            assert_eq!(told(&harvest(&text)), [seen]);
        }
        for passed in [
            "",
            " \n",
            "<x:ManifestMessage xmlns:x='y'/>",
            "<CatalogListMessage/>",
        ] {
            assert_eq!(told(&harvest(passed)), [""; 0], "{passed}");
        }
    }

    fn escaped(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;")
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(read(&bytes, &mut Harvest::default()));
        }

        #[test]
        fn no_damage_panics(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let text = release(&recording("A1", "One", "<Duration>PT1S</Duration>"), &["A1"], "<TakeDown/>");
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            drop(read(&bytes, &mut Harvest::default()));
            bytes.truncate(at);
            drop(read(&bytes, &mut Harvest::default()));
        }

        #[test]
        fn what_is_written_is_read(
            tracks in proptest::collection::vec(("[\\PC&&[^\\s]]{1,12}", 1u32..6_000), 1..8)
        ) {
            let (mut recordings, mut references) = (String::new(), Vec::new());
            for (at, (title, seconds)) in tracks.iter().enumerate() {
                let length = format!("<Duration>PT{}M{}S</Duration>", seconds / 60, seconds % 60);
                recordings += &recording(&format!("A{at}"), &escaped(title), &length);
                references.push(format!("A{at}"));
            }
            let references: Vec<&str> = references.iter().map(String::as_str).collect();
            let read = harvest(&release(&recordings, &references, ""));
            prop_assert_eq!(told(&read), [""; 0]);
            let found: Vec<_> = read.tracks.iter().map(|it| &it.record).collect();
            for ((record, (title, seconds)), position) in found.iter().zip(&tracks).zip(1..) {
                prop_assert_eq!(&record.title, title);
                prop_assert_eq!(record.duration_ms, Some(seconds * 1000));
                prop_assert_eq!((record.disc, record.position), (Some(1), Some(position)));
            }
            prop_assert_eq!(found.len(), tracks.len());
        }
    }
}
