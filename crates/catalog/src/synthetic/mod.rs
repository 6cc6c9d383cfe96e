//! Made-up track records in the shape of a real catalog.
//!
//! For demos, tests and measurements at any size: the figures follow what was
//! published of the largest archive and of the streaming market of 2024.
//!
//! ```
//! use longplay_catalog::synthetic;
//! let records: Vec<_> = synthetic::records(1_000, 7).collect();
//! assert!(records.iter().all(|record| record.synthetic));
//! ```
//!
//! * **Popularity** follows the published counts of 256 million tracks scoring
//!   at least 1, 10, 20 … 100, log-linear between them, scaled to `count`.
//! * **Listens** follow Luminate's counts of 202 million tracks by yearly
//!   streams, a Pareto line between each two of them. Both curves are read at
//!   the same place, the share of tracks that stand above: the most popular
//!   track is the one with the most listens. The two disagree about how many
//!   files cover 99.6 % of the listens; this generator follows Luminate.
//! * 4.4 tracks a release, 1.36 artists a track, 16.6 tracks an artist,
//!   1.38 tracks an ISRC: re-issues and compilations carry recordings of
//!   earlier releases, with durations that differ by a second at most.
//! * 13.5 % are explicit; 6 % last whole minutes; 768 genres.
//! * Every record is marked synthetic, ISRCs begin with `AA`, GTINs with `2`
//!   (in-store numbers of GS1), and no MusicBrainz id is made up.
//!
//! Records come release by release, not by popularity, and are a function of
//! count and seed. Memory stays below a few megabytes at any count: of what
//! was made only the last 512 releases are remembered.

mod artist;
mod curve;
mod genres;
mod names;
mod normal;
mod recording;
mod release;
mod rng;
mod shelf;
#[cfg(test)]
mod tests;
mod titles;
mod words;

use {
    curve::{listens, popularity},
    longplay_model::{Timestamp, TrackRecord},
    recording::Recording,
    release::Release,
    rng::{Rng, Stream},
    shelf::Shelf,
};

/// Popularity and listens are those of the middle of 2025.
const TAKEN_AT_UNIX_SECONDS: i64 = 1_751_328_000;

/// Makes `count` records; equal seeds give equal records.
pub fn records(count: u64, seed: u64) -> Records {
    Records {
        seed,
        left: count,
        made: 0,
        shelf: Shelf::new(count, seed),
        release: None,
        position: 0,
    }
}

/// The stream of made-up records; see [`records`].
#[derive(Debug)]
pub struct Records {
    seed: u64,
    left: u64,
    made: u64,
    shelf: Shelf,
    release: Option<Release>,
    /// Tracks of the release that were given.
    position: usize,
}

impl Iterator for Records {
    type Item = TrackRecord;

    fn next(&mut self) -> Option<TrackRecord> {
        self.left = self.left.checked_sub(1)?;
        let number = self.made;
        self.made += 1;
        let at = self.turn();
        let release = self.release.as_ref()?;
        Some(track(self.seed, number, release, at))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

impl Records {
    /// Goes to the next track, and to the next release after the last one.
    fn turn(&mut self) -> usize {
        let tracks = self.release.as_ref().map_or(0, |r| r.recordings.len());
        if self.position >= tracks {
            self.release = Some(self.shelf.next_release());
            self.position = 0;
        }
        self.position += 1;
        self.position - 1
    }
}

fn track(seed: u64, number: u64, release: &Release, at: usize) -> TrackRecord {
    let mut rng = Rng::of(seed, Stream::Track, number);
    let recording = &release.recordings[at];
    let above = release.share_above(recording, &mut rng);
    let (disc, position) = release.place(at);
    TrackRecord {
        id: format!("t{seed:x}-{number}"),
        title: recording.title.clone(),
        artists: recording.artists.clone(),
        recording_mbid: None,
        isrcs: vec![recording.isrc],
        duration_ms: Some(duration_here(recording, &mut rng)),
        release_id: Some(release.id.clone()),
        release: Some(release.title.clone()),
        release_artists: Some(release.artists.clone()),
        release_date: Some(release.date),
        gtin: Some(release.gtin.clone()),
        label: Some(release.label.clone()),
        disc: Some(disc),
        position: Some(position),
        genres: recording.genres.clone(),
        language: recording.language.map(str::to_owned),
        explicit: Some(recording.explicit),
        popularity: Some(popularity(above)),
        listens: Some(listens(above)),
        popularity_at: Some(Timestamp::from_unix_seconds(TAKEN_AT_UNIX_SECONDS)),
        release_popularity: Some(release.popularity),
        rights: None,
        synthetic: true,
    }
}

/// Transfers of one recording differ a little; whole minutes stay whole.
fn duration_here(recording: &Recording, rng: &mut Rng) -> u32 {
    if recording.duration_ms.is_multiple_of(60_000) || rng.chance(0.5) {
        recording.duration_ms
    } else {
        recording.duration_ms + rng.below(1_000) as u32
    }
}
