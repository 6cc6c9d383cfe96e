//! Where releases come from: new ones, re-issues of those on the shelf, and
//! compilations of them.

use {
    super::{
        artist::Artists,
        normal::quantile,
        recording::Recording,
        release::{Release, date, gtin, label, release_popularity, year},
        rng::{Rng, Stream},
        titles::{edition, release_title},
        words::Tongue,
    },
    longplay_model::ArtistCredit,
    std::collections::VecDeque,
};

/// Releases that can be issued again.
const SHELF: usize = 512;
/// Labels of a catalog are drawn from so many.
const LABELS: u64 = 5_000;
/// One release in a hundred is a compilation, with 41 tracks in the mean.
const COMPILATIONS: f64 = 0.01;
/// With the compilations this makes 27.5 % of the tracks copies: 1.38 an ISRC.
const REISSUES: f64 = 0.2;

#[derive(Debug)]
pub(super) struct Shelf {
    seed: u64,
    artists: Artists,
    releases: u64,
    recordings: u64,
    recent: VecDeque<Release>,
}

impl Shelf {
    pub(super) fn new(tracks: u64, seed: u64) -> Self {
        Self {
            seed,
            artists: Artists::of(tracks, seed),
            releases: 0,
            recordings: 0,
            recent: VecDeque::new(),
        }
    }

    pub(super) fn next_release(&mut self) -> Release {
        let mut rng = Rng::of(self.seed, Stream::Release, self.releases);
        self.releases += 1;
        let kind = rng.uniform();
        if self.recent.is_empty() {
            self.first_issue(&mut rng)
        } else if kind < COMPILATIONS {
            self.compilation(&mut rng)
        } else if rng.chance(REISSUES) {
            self.reissue(&mut rng)
        } else {
            self.first_issue(&mut rng)
        }
    }

    fn first_issue(&mut self, rng: &mut Rng) -> Release {
        let artist = self.artists.draw(rng);
        let year = year(rng);
        let tracks = length(rng);
        let recordings: Vec<Recording> = (self.recordings..self.recordings + tracks)
            .map(|number| Recording::new(self.seed, number, &artist, year, &self.artists))
            .collect();
        self.recordings += tracks;
        let title = match &recordings[..] {
            [single] => single.title.clone(),
            _ => release_title(artist.tongue, rng),
        };
        let credit = ArtistCredit(vec![artist.credited]);
        let release = self.issued(title, credit, recordings, year, rng);
        self.remember(&release);
        release
    }

    fn remember(&mut self, release: &Release) {
        if self.recent.len() == SHELF {
            self.recent.pop_front();
        }
        self.recent.push_back(release.clone());
    }

    fn reissue(&mut self, rng: &mut Rng) -> Release {
        let earlier = self.pick(rng).clone();
        let first = earlier.date.year();
        let year = first + rng.below(2026 - first as u64) as i16;
        let title = edition(&earlier.title, year, rng);
        self.issued(title, earlier.artists, earlier.recordings, year, rng)
    }

    fn compilation(&mut self, rng: &mut Rng) -> Release {
        let tracks = rng.between(25, 57);
        let mut recordings: Vec<Recording> = Vec::new();
        for _ in 0..tracks {
            let release = self.pick(rng);
            let recording = rng.pick(&release.recordings).clone();
            if recordings.iter().all(|other| other.isrc != recording.isrc) {
                recordings.push(recording);
            }
        }
        let title = release_title(Tongue::English, rng);
        let credit = ArtistCredit::single("Various Artists");
        let year = year(rng);
        self.issued(title, credit, recordings, year, rng)
    }

    fn pick(&self, rng: &mut Rng) -> &Release {
        &self.recent[rng.below(self.recent.len() as u64) as usize]
    }

    fn issued(
        &self,
        title: String,
        artists: ArtistCredit,
        recordings: Vec<Recording>,
        year: i16,
        rng: &mut Rng,
    ) -> Release {
        let fame = quantile(rng.uniform());
        let house = rng.below(LABELS);
        Release {
            id: format!("r{:x}-{}", self.seed, self.releases - 1),
            title,
            artists,
            date: date(year, rng),
            gtin: gtin(rng),
            label: label(&mut Rng::of(self.seed, Stream::Label, house)),
            popularity: release_popularity(&recordings, fame),
            fame,
            recordings,
        }
    }
}

/// Singles, then short releases, then albums; with the compilations 4.4
/// tracks in the mean.
fn length(rng: &mut Rng) -> u64 {
    match rng.below(99) {
        0..56 => 1,
        56..80 => rng.between(2, 6),
        _ => rng.between(8, 18),
    }
}
