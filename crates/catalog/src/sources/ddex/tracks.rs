use {
    super::{
        super::{harvest::Harvest, lengths, xml::Element},
        credit::credit,
        groups::Slot,
        parties::Parties,
        release::{explicit, genres, p_line},
        scope::Scope,
        titles::title,
    },
    longplay_model::{FindingCode, Isrc, TrackRecord},
    std::collections::{BTreeMap, BTreeSet},
};

/// What a message holds besides releases, by reference.
pub(super) struct Resources<'t> {
    pub(super) recordings: BTreeMap<&'t str, Element<'t>>,
    /// Images, texts, videos and the like: no tracks.
    pub(super) others: BTreeSet<&'t str>,
}

impl<'t> Resources<'t> {
    pub(super) fn of(message: Element<'t>) -> Self {
        let mut resources = Self {
            recordings: BTreeMap::new(),
            others: BTreeSet::new(),
        };
        let lists = message.child("ResourceList");
        for resource in lists.iter().flat_map(|list| list.children()) {
            let Some(reference) = resource.value("ResourceReference") else {
                continue;
            };
            if resource.name() == "SoundRecording" {
                resources.recordings.entry(reference).or_insert(resource);
            } else {
                resources.others.insert(reference);
            }
        }
        resources
    }
}

/// The track of a recording in its release.
pub(super) fn track(
    common: &TrackRecord,
    slot: &Slot,
    recording: Element,
    parties: &Parties,
    harvest: &mut Harvest,
) -> TrackRecord {
    let scope = Scope::new(recording);
    let field = format!("{}, ", slot.reference);
    let artists = credit(scope, parties, &field, harvest);
    let own_genres = genres(scope);
    let isrcs = isrcs(recording, &field, harvest);
    TrackRecord {
        id: String::new(),
        title: title(scope).unwrap_or_else(|| untitled(&field, harvest)),
        artists: match artists.0.is_empty() {
            true => common.artists.clone(),
            false => artists,
        },
        isrcs,
        duration_ms: duration(recording, &field, harvest),
        disc: slot.disc,
        position: slot.position,
        genres: match own_genres.is_empty() {
            true => common.genres.clone(),
            false => own_genres,
        },
        language: scope.value("LanguageOfPerformance").map(str::to_owned),
        explicit: explicit(scope).or(common.explicit),
        rights: p_line(scope)
            .or_else(|| {
                recording
                    .child("SoundRecordingEdition")
                    .and_then(|it| p_line(Scope::new(it)))
            })
            .or_else(|| common.rights.clone()),
        ..common.clone()
    }
}

fn untitled(field: &str, harvest: &mut Harvest) -> String {
    harvest.trouble(FindingCode::C003, format!("{field}title"), "no title");
    String::new()
}

/// `SoundRecordingId` up to 3.8, `ResourceId` from 4.1, inside an edition from
/// 4.3 on.
fn isrcs(recording: Element, field: &str, harvest: &mut Harvest) -> Vec<Isrc> {
    let editions = recording.all("SoundRecordingEdition");
    let places = std::iter::once(recording).chain(editions);
    let ids = places.flat_map(|place| place.all("SoundRecordingId").chain(place.all("ResourceId")));
    let mut isrcs = Vec::new();
    for code in ids.flat_map(|id| id.values("ISRC")) {
        match code.parse::<Isrc>() {
            Ok(isrc) if !isrcs.contains(&isrc) => isrcs.push(isrc),
            Ok(_) => {}
            Err(error) => {
                harvest.trouble(FindingCode::C003, format!("{field}ISRC"), error.to_string());
            }
        }
    }
    isrcs
}

fn duration(recording: Element, field: &str, harvest: &mut Harvest) -> Option<u32> {
    let text = recording.value("Duration")?;
    let length = lengths::iso8601(text);
    if length.is_none() {
        let seen = format!("expected a duration such as PT3M45S, found {text:?}");
        harvest.trouble(FindingCode::C003, format!("{field}Duration"), seen);
    }
    // Senders write a length of nothing for one that they do not know.
    length.filter(|length| *length > 0)
}
