//! From a layout to records: what a recording is on the release it is on.

use {
    super::{
        artist::Artist,
        codes::push_number,
        curve::popularity,
        layout::{Kind, Layout, Slot, Take},
        normal::quantile,
        recording::Recording,
        release::{Album, OF_ARTIST, OF_RELEASE, OF_TRACK, Release, fame},
        rng::Stream,
        world::{BLOCK, World},
    },
    longplay_model::{Timestamp, TrackRecord},
};

/// Popularity and listens are those of the middle of 2025.
const TAKEN_AT_UNIX_SECONDS: i64 = 1_751_328_000;

/// Tracks on one medium.
const MEDIUM: usize = 20;

/// The records of a block, one after the other.
#[derive(Debug)]
pub struct Block {
    world: World,
    layout: Layout,
    shares: Vec<f64>,
    /// The place of the next record.
    next: usize,
    slots: usize,
    pressing: Option<Pressing>,
}

impl Block {
    pub(super) fn new(world: World, number: u64) -> Self {
        let layout = Layout::new(&world, number);
        Self {
            shares: shares(&world, &layout),
            world,
            layout,
            next: 0,
            slots: 0,
            pressing: None,
        }
    }
}

impl Iterator for Block {
    type Item = TrackRecord;

    fn next(&mut self) -> Option<TrackRecord> {
        let above = *self.shares.get(self.next)?;
        let slot = self.layout.slots.get(self.slots);
        if let Some(slot) = slot.filter(|slot| slot.first == self.next) {
            self.pressing = Some(Pressing::new(&self.world, &self.layout, slot));
            self.slots += 1;
        }
        let pressing = self.pressing.as_ref()?;
        let record = pressing.track(&self.world, &self.layout, self.next, above);
        self.next += 1;
        Some(record)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.shares.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Block {}

/// The record at `place` of a block.
pub(super) fn one(world: &World, number: u64, place: usize) -> TrackRecord {
    let layout = Layout::new(world, number);
    let above = share_of(world, &layout, place);
    let pressing = Pressing::new(world, &layout, layout.slot_of(place));
    pressing.track(world, &layout, place, above)
}

/// How the tracks of a block stand to each other: a sum of what their artist,
/// their release and they themselves have, standard normal.
fn standings(world: &World, layout: &Layout) -> Vec<f64> {
    let mut standings = Vec::with_capacity(layout.takes.len());
    for slot in &layout.slots {
        let release = OF_RELEASE * fame(world, layout.block, slot);
        let of = |take: &Take| OF_ARTIST * artist_fame(world, take);
        let takes = layout.takes_of(slot);
        let common = of(&takes[0]);
        for take in takes {
            let artist = match slot.kind {
                Kind::Compilation => of(take),
                _ => common,
            };
            let number = layout.block * BLOCK + standings.len() as u64;
            let own = quantile(world.seeds.rng(Stream::Standing, number).uniform());
            standings.push(artist + release + OF_TRACK * own);
        }
    }
    standings
}

fn artist_fame(world: &World, take: &Take) -> f64 {
    world.artists.fame(Album::new(world, take.album).artist)
}

/// For each track of a block the share of all tracks that are above it.
fn shares(world: &World, layout: &Layout) -> Vec<f64> {
    let standings = standings(world, layout);
    let mut order: Vec<usize> = (0..standings.len()).collect();
    order.sort_unstable_by(|a, b| above(&standings, *a, *b));
    let mut shares = vec![0.0; standings.len()];
    for (rank, place) in order.into_iter().enumerate() {
        shares[place] = world.share_above(layout.block, rank);
    }
    shares
}

fn share_of(world: &World, layout: &Layout, place: usize) -> f64 {
    let standings = standings(world, layout);
    let is_above = |other: &usize| above(&standings, *other, place).is_lt();
    let rank = (0..standings.len()).filter(is_above).count();
    world.share_above(layout.block, rank)
}

/// The higher standing first, then the earlier track.
fn above(standings: &[f64], a: usize, b: usize) -> std::cmp::Ordering {
    standings[b].total_cmp(&standings[a]).then(a.cmp(&b))
}

/// A release with all that its tracks have in common.
#[derive(Debug)]
struct Pressing {
    slot: Slot,
    artist: Artist,
    year: i16,
    release: Release,
}

impl Pressing {
    fn new(world: &World, layout: &Layout, slot: &Slot) -> Self {
        let first = layout.takes[slot.first];
        let album = Album::new(world, first.album);
        let artist = Artist::new(world, album.artist);
        Self {
            slot: *slot,
            release: Release::new(world, (layout.block, slot), &album, &artist),
            artist,
            year: album.year,
        }
    }

    fn track(&self, world: &World, layout: &Layout, place: usize, above: f64) -> TrackRecord {
        let number = layout.block * BLOCK + place as u64;
        let take = layout.takes[place];
        if self.slot.kind != Kind::Compilation {
            let recording = Recording::new(world, take, &self.artist, self.year);
            return self.record(world, (number, above), recording, &self.artist);
        }
        let album = Album::new(world, take.album);
        let artist = Artist::new(world, album.artist);
        let recording = Recording::new(world, take, &artist, album.year);
        self.record(world, (number, above), recording, &artist)
    }

    /// Track `number` of the catalog, from 0, with this share of all above it.
    fn record(
        &self,
        world: &World,
        (number, above): (u64, f64),
        recording: Recording,
        artist: &Artist,
    ) -> TrackRecord {
        let at = (number % BLOCK) as usize - self.slot.first;
        let release = &self.release;
        TrackRecord {
            id: id(world, number),
            duration_ms: Some(duration_here(world, number, recording.duration_ms)),
            release_id: Some(release.id.clone()),
            release: Some(release.title(&recording.title)),
            release_artists: Some(release.artists.clone()),
            release_date: Some(release.date),
            gtin: Some(release.gtin.clone()),
            label: Some(release.label.clone()),
            disc: Some((at / MEDIUM) as u32 + 1),
            position: Some((at % MEDIUM) as u32 + 1),
            genres: artist.genres.clone(),
            language: recording.language.map(str::to_owned),
            title: recording.title,
            artists: recording.artists,
            recording_mbid: None,
            isrcs: vec![recording.isrc],
            explicit: Some(recording.explicit),
            popularity: Some(popularity(above)),
            listens: Some(world.curve.listens(above)),
            popularity_at: Some(Timestamp::from_unix_seconds(TAKEN_AT_UNIX_SECONDS)),
            release_popularity: Some(release.popularity),
            rights: None,
            synthetic: true,
        }
    }
}

fn id(world: &World, number: u64) -> String {
    let mut id = String::with_capacity(world.track_prefix.len() + 10);
    id.push_str(&world.track_prefix);
    push_number(number + 1, &mut id);
    id
}

/// Transfers of one recording differ a little; whole minutes stay whole.
fn duration_here(world: &World, number: u64, duration_ms: u32) -> u32 {
    let mut rng = world.seeds.rng(Stream::Track, number);
    if duration_ms.is_multiple_of(60_000) || rng.chance(0.5) {
        duration_ms
    } else {
        duration_ms + rng.below(1_000) as u32
    }
}
