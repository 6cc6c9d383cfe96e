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
