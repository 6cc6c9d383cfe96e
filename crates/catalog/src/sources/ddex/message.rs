use {
    super::{
        super::{
            harvest::{Harvest, Withdrawn},
            xml::Element,
        },
        deals::is_offered,
        groups::slots,
        ids::ids,
        parties::parties,
        release::{common, main_release},
        scope::Scope,
        tracks::{Resources, track},
        version,
    },
    crate::row::Sourced,
    longplay_model::{Access, FindingCode, TrackRecord},
    std::collections::BTreeSet,
};

/// Reads a message about a release.
pub(super) fn read(message: Element, harvest: &mut Harvest) {
    if let Err(seen) = version::check(message) {
        return harvest.trouble(FindingCode::C014, "", seen);
    }
    let header = message.child("MessageHeader");
    if header.and_then(|header| header.value("MessageControlType")) == Some("TestMessage") {
        let seen = "a test message; nothing was taken from it";
        return harvest.trouble(FindingCode::C015, "MessageControlType", seen);
    }
    match message.name() {
        "PurgeReleaseMessage" => purge(message, harvest),
        _ => release(message, harvest),
    }
}

fn purge(message: Element, harvest: &mut Harvest) {
    let purged: Vec<String> = message.all("PurgedRelease").flat_map(ids).collect();
    if purged.is_empty() {
        return harvest.malformed("a PurgeReleaseMessage that names no release");
    }
    withdraw(purged, harvest);
}

fn withdraw(ids: Vec<String>, harvest: &mut Harvest) {
    let withdrawn = ids.into_iter().map(|release_id| Withdrawn { release_id });
    harvest.withdrawn.extend(withdrawn);
}

/// The release as it is from this message on: what earlier ones told of it
/// goes (ERN 4; up to 3.8 each message is complete as well).
fn release(message: Element, harvest: &mut Harvest) {
    let Some(release) = main_release(message, harvest) else {
        return harvest.malformed("a NewReleaseMessage without a release");
    };
    let ids = ids(release);
    let Some(id) = ids.first().cloned() else {
        return harvest.malformed("a release without an id");
    };
    withdraw(ids, harvest);
    let parties = parties(message);
    let resources = Resources::of(message);
    let scope = Scope::new(release);
    let common = common(scope, &id, &parties, harvest);
    let access = access(message, release, harvest);
    let mut known = BTreeSet::new();
    for slot in slots(scope, &resources.others) {
        let Some(recording) = resources.recordings.get(slot.reference) else {
            let seen = format!("no recording is called {:?}", slot.reference);
            harvest.trouble(FindingCode::C003, "ReleaseResourceReference", seen);
            continue;
        };
        let mut record = track(&common, &slot, *recording, &parties, harvest);
        record.id = track_id(&id, &record, slot.reference, &mut known);
        harvest.tracks.push(Sourced {
            access,
            ..record.into()
        });
    }
}

/// `<release>-<ISRC>`, without a code `<release>-<reference>`; another number
/// behind it where the release holds a recording more than once.
fn track_id(
    release: &str,
    record: &TrackRecord,
    reference: &str,
    known: &mut BTreeSet<String>,
) -> String {
    let name = record.isrcs.first().map_or(reference, |isrc| isrc.as_str());
    let id = format!("{release}-{name}");
    let others = (2..).map(|number: u32| format!("{id}-{number}"));
    let free = std::iter::once(id.clone())
        .chain(others)
        .find(|id| known.insert(id.clone()));
    free.expect("a release has fewer tracks than there are numbers")
}

/// Dark, unless a deal lets it be heard; then what else is known decides.
fn access(message: Element, release: Element, harvest: &mut Harvest) -> Option<Access> {
    let header = message.child("MessageHeader");
    let created = header.and_then(|header| header.value("MessageCreatedDateTime"));
    if created.is_none() {
        let seen = "no time, so that no deal is known to have begun";
        harvest.trouble(FindingCode::C003, "MessageCreatedDateTime", seen);
    }
    let reference = release.value("ReleaseReference").unwrap_or_default();
    match is_offered(message, reference, created.unwrap_or_default()) {
        true => None,
        false => Some(Access::Dark),
    }
}
