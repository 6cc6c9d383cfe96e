//! What tracks say of releases and artists, on its way to be sorted.

use {
    crate::{
        error::Error,
        own_ids::{self, entity_id},
        shuffle::{Lane, Shuffle, Spread},
        spill::{Spill, spill_struct},
    },
    longplay_model::{ArtistCredit, CreditedArtist, PartialDate, TrackRecord},
    std::{
        collections::{HashMap, hash_map::Entry},
        hash::{BuildHasherDefault, Hasher},
        path::Path,
    },
};

/// The id of an artist within its source: by the source's id, or by name.
pub(super) fn artist_id(source: &str, artist: &CreditedArtist) -> [u8; 16] {
    match &artist.id {
        Some(id) => own_ids::artist_id(source, id),
        None => entity_id(&["artist", source, "name", &artist.name]),
    }
}

/// The id of a track's release within its source: by the source's id, or by
/// title, artists and date.
pub(super) fn release_id(source: &str, record: &TrackRecord) -> Option<[u8; 16]> {
    if let Some(id) = &record.release_id {
        return Some(own_ids::release_id(source, id));
    }
    let title = record.release.as_ref()?;
    let artists = record.release_artists.as_ref();
    let artists = artists.map(ToString::to_string).unwrap_or_default();
    let date = record.release_date.as_ref();
    let date = date.map(ToString::to_string).unwrap_or_default();
    Some(entity_id(&[
        "release", source, "name", title, &artists, &date,
    ]))
}

/// What a track tells of its release.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ReleaseFacts {
    pub(super) source: u16,
    pub(super) source_id: Option<String>,
    pub(super) title: String,
    pub(super) artists: ArtistCredit,
    pub(super) date: Option<PartialDate>,
    pub(super) gtin: Option<String>,
    pub(super) label: Option<String>,
    pub(super) popularity: Option<f32>,
}

/// What a credit tells of an artist.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ArtistFacts {
    pub(super) source: u16,
    pub(super) source_id: Option<String>,
    pub(super) name: String,
    pub(super) popularity: Option<f32>,
    pub(super) followers: Option<u64>,
}

/// A track's release. Without facts, they are those of the mention of this
/// release that was read before it.
pub(super) struct ReleaseMention {
    pub(super) id: [u8; 16],
    pub(super) arrival: u32,
    pub(super) facts: Option<Box<ReleaseFacts>>,
}

/// The arrival of a mention that is of no track: facts of an artist alone.
pub(super) const ALONE: u32 = u32::MAX;

/// One name of a track's credit; facts as for releases.
pub(super) struct ArtistMention {
    pub(super) id: [u8; 16],
    pub(super) arrival: u32,
    pub(super) place: u16,
    pub(super) join: String,
    pub(super) facts: Option<Box<ArtistFacts>>,
}

spill_struct!(ReleaseFacts {
    source,
    source_id,
    title,
    artists,
    date,
    gtin,
    label,
    popularity
});

spill_struct!(ArtistFacts {
    source,
    source_id,
    name,
    popularity,
    followers
});

spill_struct!(ReleaseMention { id, arrival, facts });

spill_struct!(ArtistMention {
    id,
    arrival,
    place,
    join,
    facts
});

impl ReleaseMention {
    /// As [`Spill::put`], of facts that are kept elsewhere.
    fn put_told(id: [u8; 16], arrival: u32, facts: Option<&ReleaseFacts>, out: &mut Vec<u8>) {
        id.put(out);
        arrival.put(out);
        put_facts(facts, out);
    }
}

impl ArtistMention {
    /// As [`Spill::put`], of facts that are kept elsewhere.
    fn put_told(
        id: [u8; 16],
        (arrival, place): (u32, u16),
        join: &String,
        facts: Option<&ArtistFacts>,
        out: &mut Vec<u8>,
    ) {
        id.put(out);
        arrival.put(out);
        place.put(out);
        join.put(out);
        put_facts(facts, out);
    }
}

impl ReleaseFacts {
    fn of(source: u16, record: &TrackRecord) -> Self {
        Self {
            source,
            source_id: record.release_id.clone(),
            title: record.release.clone().unwrap_or_default(),
            artists: record.release_artists.clone().unwrap_or_default(),
            date: record.release_date,
            gtin: record.gtin.clone(),
            label: record.label.clone(),
            popularity: record.release_popularity,
        }
    }

    /// Whether the record tells the same.
    fn are_of(&self, record: &TrackRecord) -> bool {
        let no_artists = ArtistCredit::default();
        self.title == record.release.as_deref().unwrap_or_default()
            && self.artists == *record.release_artists.as_ref().unwrap_or(&no_artists)
            && self.date == record.release_date
            && self.gtin == record.gtin
            && self.label == record.label
            && self.popularity == record.release_popularity
    }
}

impl ArtistFacts {
    pub(super) fn of(source: u16, credited: &CreditedArtist) -> Self {
        Self {
            source,
            source_id: credited.id.clone(),
            name: credited.name.clone(),
            popularity: credited.popularity,
            followers: credited.followers,
        }
    }

    fn are_of(&self, credited: &CreditedArtist) -> bool {
        self.name == credited.name
            && self.popularity == credited.popularity
            && self.followers == credited.followers
    }
}

/// Ids are hashes: their first bytes tell them apart.
#[derive(Default)]
struct HeadOfId(u64);

type ById = BuildHasherDefault<HeadOfId>;

impl Hasher for HeadOfId {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(head) = bytes.first_chunk() {
            self.0 = u64::from_ne_bytes(*head);
        }
    }

    /// The length, which all have in common.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The part of a shuffle that an id belongs to.
pub(super) fn part_of(id: &[u8; 16], parts: usize) -> usize {
    let head = id.first_chunk().expect("an id has 16 bytes");
    ((u64::from(u32::from_be_bytes(*head)) * parts as u64) >> 32) as usize
}

/// Collects mentions.
pub(super) struct Mentions {
    releases: Shuffle,
    artists: Shuffle,
}

impl Mentions {
    pub(super) fn new(dir: &Path, parts: usize) -> Self {
        Self {
            releases: Shuffle::new(dir, "releases", parts),
            artists: Shuffle::new(dir, "artists", parts),
        }
    }

    pub(super) fn lane(&self) -> MentionLane<'_> {
        MentionLane {
            parts: self.releases.parts(),
            releases: self.releases.lane(),
            artists: self.artists.lane(),
            known_releases: HashMap::default(),
            known_artists: HashMap::default(),
            last: None,
            last_artist: None,
        }
    }

    pub(super) fn finish(self) -> Result<(Spread, Spread), Error> {
        Ok((self.releases.finish()?, self.artists.finish()?))
    }
}

/// Takes in the mentions of one batch, in the order of its tracks.
pub(super) struct MentionLane<'a> {
    parts: usize,
    releases: Lane<'a>,
    artists: Lane<'a>,
    known_releases: HashMap<[u8; 16], ReleaseFacts, ById>,
    known_artists: HashMap<[u8; 16], ArtistFacts, ById>,
    last: Option<(Option<String>, [u8; 16])>,
    last_artist: Option<(String, [u8; 16])>,
}

impl MentionLane<'_> {
    /// Takes in all that a track tells; gives the id of its release.
    pub(super) fn track(
        &mut self,
        arrival: u32,
        source: u16,
        name: &str,
        record: &TrackRecord,
    ) -> Result<Option<[u8; 16]>, Error> {
        let release = self.release_id(name, record);
        if let Some(id) = release {
            self.release(arrival, source, id, record)?;
        }
        for (credited, place) in record.artists.0.iter().zip(0u16..) {
            self.artist(arrival, place, source, name, credited)?;
        }
        Ok(release)
    }

    /// Takes in what a source tells of an artist apart from tracks.
    pub(super) fn alone(
        &mut self,
        source: u16,
        source_name: &str,
        source_id: String,
        name: String,
    ) -> Result<(), Error> {
        let credited = CreditedArtist {
            name,
            id: Some(source_id),
            join: String::new(),
            popularity: None,
            followers: None,
        };
        let mention = ArtistMention {
            id: artist_id(source_name, &credited),
            arrival: ALONE,
            place: 0,
            join: String::new(),
            facts: Some(Box::new(ArtistFacts::of(source, &credited))),
        };
        self.artists
            .push(part_of(&mention.id, self.parts), |out| mention.put(out))
    }

    /// Tracks of a release are mostly neighbours: its id is made once.
    fn release_id(&mut self, name: &str, record: &TrackRecord) -> Option<[u8; 16]> {
        match &self.last {
            Some((known, id)) if known.is_some() && *known == record.release_id => Some(*id),
            _ => {
                let id = release_id(name, record)?;
                self.last = Some((record.release_id.clone(), id));
                Some(id)
            }
        }
    }

    fn release(
        &mut self,
        arrival: u32,
        source: u16,
        id: [u8; 16],
        record: &TrackRecord,
    ) -> Result<(), Error> {
        let known = self.known_releases.entry(id);
        let is_same = |facts: &ReleaseFacts| facts.are_of(record);
        let facts = news(known, is_same, || ReleaseFacts::of(source, record));
        self.releases.push(part_of(&id, self.parts), |out| {
            ReleaseMention::put_told(id, arrival, facts, out);
        })
    }

    fn artist(
        &mut self,
        arrival: u32,
        place: u16,
        source: u16,
        name: &str,
        credited: &CreditedArtist,
    ) -> Result<(), Error> {
        let id = self.artist_id(name, credited);
        let known = self.known_artists.entry(id);
        let is_same = |facts: &ArtistFacts| facts.are_of(credited);
        let facts = news(known, is_same, || ArtistFacts::of(source, credited));
        self.artists.push(part_of(&id, self.parts), |out| {
            ArtistMention::put_told(id, (arrival, place), &credited.join, facts, out);
        })
    }

    /// Neighbours are mostly by the same artist.
    fn artist_id(&mut self, name: &str, credited: &CreditedArtist) -> [u8; 16] {
        match &self.last_artist {
            Some((known, id)) if credited.id.as_ref() == Some(known) => *id,
            _ => {
                let id = artist_id(name, credited);
                let known = credited.id.as_ref();
                self.last_artist = known.map(|known| (known.clone(), id));
                id
            }
        }
    }
}

/// What is told of something, where it is not what was told of it before.
fn news<'a, T>(
    known: Entry<'a, [u8; 16], T>,
    is_same: impl Fn(&T) -> bool,
    told: impl FnOnce() -> T,
) -> Option<&'a T> {
    match known {
        Entry::Occupied(known) if is_same(known.get()) => None,
        Entry::Occupied(known) => {
            let known = known.into_mut();
            *known = told();
            Some(known)
        }
        Entry::Vacant(new) => Some(new.insert(told())),
    }
}

fn put_facts<T: Spill>(facts: Option<&T>, out: &mut Vec<u8>) {
    facts.is_some().put(out);
    facts.into_iter().for_each(|facts| facts.put(out));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_come_back_as_they_were_told() {
        let credited = CreditedArtist {
            name: "n".into(),
            id: Some("a".into()),
            join: " & ".into(),
            popularity: None,
            followers: Some(3),
        };
        let facts = ArtistFacts::of(7, &credited);
        let mut bytes = Vec::new();
        for facts in [Some(&facts), None] {
            ArtistMention::put_told([1; 16], (2, 3), &credited.join, facts, &mut bytes);
        }
        let mentions = ArtistMention::all(&bytes);
        let told = mentions
            .iter()
            .map(|it| (it.arrival, it.place, it.facts.as_deref()));
        assert!(told.eq([(2, 3, Some(&facts)), (2, 3, None)]));
        assert!(
            mentions
                .iter()
                .all(|it| it.id == [1; 16] && it.join == " & ")
        );
        let facts = ReleaseFacts::of(7, &TrackRecord::default());
        let mut bytes = Vec::new();
        ReleaseMention::put_told([4; 16], 5, Some(&facts), &mut bytes);
        let [mention] = &ReleaseMention::all(&bytes)[..] else {
            panic!("one mention");
        };
        assert_eq!((mention.id, mention.arrival), ([4; 16], 5));
        assert_eq!(mention.facts.as_deref(), Some(&facts));
    }

    #[test]
    fn what_was_told_before_is_no_news() {
        let mut known: HashMap<[u8; 16], u32, ById> = HashMap::default();
        let mut tell = |id: u8, told: u32| {
            news(known.entry([id; 16]), |known| *known == told, || told).copied()
        };
        let told = [(1, 5), (1, 5), (2, 5), (1, 6), (1, 5)].map(|(id, told)| tell(id, told));
        assert_eq!(told, [Some(5), None, Some(5), Some(6), Some(5)]);
    }
}
