//! What was issued: a release with its date, label and number.

use {
    super::{
        artist::Artist,
        codes::{gtin, push_number},
        curve::popularity,
        layout::{Kind, Slot},
        normal::{quantile, share_above},
        rng::{Rng, Stream},
        titles::{edition, label, release_title},
        words::Tongue,
        world::{BLOCK, World},
    },
    longplay_model::{ArtistCredit, PartialDate},
};

/// How much of a track's fame comes from whom; the squares add up to 1.
pub(super) const OF_ARTIST: f64 = 0.6;
pub(super) const OF_RELEASE: f64 = 0.5;
pub(super) const OF_TRACK: f64 = 0.624_499_8;

/// One label for so many tracks, and at most so many labels.
const TRACKS_A_LABEL: u64 = 400;
const LABELS: u64 = 500_000;

/// What follows from the number of an album, wherever it is issued.
#[derive(Debug, Clone, Copy)]
pub(super) struct Album {
    pub(super) number: u64,
    pub(super) artist: u64,
    pub(super) year: i16,
}

#[derive(Debug)]
pub(super) struct Release {
    pub(super) id: String,
    /// None for a single: it is called what its recording is called.
    title: Option<String>,
    edition: String,
    pub(super) artists: ArtistCredit,
    pub(super) date: PartialDate,
    pub(super) gtin: String,
    pub(super) label: String,
    /// 0 to 100.
    pub(super) popularity: f32,
}

impl Album {
    pub(super) fn new(world: &World, number: u64) -> Self {
        let mut rng = world.seeds.rng(Stream::Album, number);
        Self {
            number,
            artist: world.artists.draw(&mut rng),
            year: year(&mut rng),
        }
    }
}

/// The ordinal of the first track of a slot; it numbers the release.
const fn ordinal(block: u64, slot: &Slot) -> u64 {
    block * BLOCK + slot.first as u64 + 1
}

/// The fame of the release in a slot apart from its artist's, standard normal.
pub(super) fn fame(world: &World, block: u64, slot: &Slot) -> f64 {
    quantile(rng_of(world, block, slot).uniform())
}

fn rng_of(world: &World, block: u64, slot: &Slot) -> Rng {
    world.seeds.rng(Stream::Slot, ordinal(block, slot))
}

impl Release {
    /// The release in a slot of a block; the first recording is of `album`.
    pub(super) fn new(
        world: &World,
        (block, slot): (u64, &Slot),
        album: &Album,
        artist: &Artist,
    ) -> Self {
        let mut rng = rng_of(world, block, slot);
        let fame = quantile(rng.uniform());
        let year = year_here(slot.kind, album.year, &mut rng);
        let mut id = world.release_prefix.clone();
        push_number(ordinal(block, slot), &mut id);
        let houses = (world.count / TRACKS_A_LABEL).clamp(1, LABELS);
        let house = rng.below(houses);
        Self {
            id,
            title: own_title(
                world,
                slot.kind,
                slot.tracks,
                (album.number, artist),
                &mut rng,
            ),
            edition: edition_here(slot.kind, year, &mut rng),
            artists: match slot.kind {
                Kind::Compilation => ArtistCredit::single("Various Artists"),
                _ => ArtistCredit(vec![artist.credited.clone()]),
            },
            date: date(year, &mut rng),
            gtin: gtin(&mut rng),
            label: label(world.lexicon, &mut world.seeds.rng(Stream::Label, house)),
            popularity: release_popularity(world.artists.fame(artist.number), fame),
        }
    }

    /// The title; `first` is that of the first recording.
    pub(super) fn title(&self, first: &str) -> String {
        let title = self.title.as_deref().unwrap_or(first);
        [title, &self.edition].concat()
    }
}

/// None for a single; that of an album is the same wherever it is issued.
fn own_title(
    world: &World,
    kind: Kind,
    tracks: usize,
    (album, artist): (u64, &Artist),
    rng: &mut Rng,
) -> Option<String> {
    if tracks == 1 {
        None
    } else if kind == Kind::Compilation {
        Some(release_title(world.lexicon, Tongue::COMMON, rng))
    } else {
        let mut rng = world.seeds.rng(Stream::AlbumTitle, album);
        Some(release_title(world.lexicon, artist.tongue, &mut rng))
    }
}

fn year_here(kind: Kind, first: i16, rng: &mut Rng) -> i16 {
    match kind {
        Kind::New => first,
        Kind::Again => first + rng.below(2026 - u64::from(first.unsigned_abs())) as i16,
        Kind::Compilation => year(rng),
    }
}

fn edition_here(kind: Kind, year: i16, rng: &mut Rng) -> String {
    let mut text = String::new();
    if kind == Kind::Again {
        edition(year, rng, &mut text);
    }
    text
}

/// The popularity of a release as a whole: it follows the curve of tracks.
fn release_popularity(artist: f64, fame: f64) -> f32 {
    let spread = OF_ARTIST.hypot(OF_RELEASE);
    popularity(share_above(
        (OF_ARTIST * artist + OF_RELEASE * fame) / spread,
    ))
}

/// Known to the day, the month or the year.
fn date(year: i16, rng: &mut Rng) -> PartialDate {
    let parts = match rng.below(100) {
        0..=11 => 0,
        12..=14 => 1,
        _ => 2,
    };
    let mut text = String::with_capacity(10);
    push_number(u64::from(year.unsigned_abs()), &mut text);
    for last in [12, 28].into_iter().take(parts) {
        let number = rng.between(1, last);
        text.push_str(if number < 10 { "-0" } else { "-" });
        push_number(number, &mut text);
    }
    text.parse().expect("every month has 28 days")
}

/// 1955 to 2025, the last years most.
fn year(rng: &mut Rng) -> i16 {
    let x = rng.uniform();
    2025 - (x * x * x * x.sqrt().sqrt() * 71.0) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_fame_add_up() {
        let sum = OF_ARTIST.powi(2) + OF_RELEASE.powi(2) + OF_TRACK.powi(2);
        assert!((sum - 1.0).abs() < 1e-6);
    }
}
