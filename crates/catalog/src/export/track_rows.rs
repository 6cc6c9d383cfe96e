/// Tracks by their row in a snapshot, one bit each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrackRows {
    /// How many there are to choose from.
    tracks: u64,
    words: Vec<u64>,
}

impl TrackRows {
    /// None of so many tracks.
    pub(crate) fn none_of(tracks: u64) -> Self {
        Self {
            tracks,
            words: vec![0; tracks.div_ceil(64) as usize],
        }
    }

    /// Adds a row; false where there is no such track.
    pub(crate) fn add(&mut self, row: u64) -> bool {
        let is_there = row < self.tracks;
        if is_there {
            self.words[(row / 64) as usize] |= 1 << (row % 64);
        }
        is_there
    }

    pub(crate) fn contains(&self, row: u64) -> bool {
        row < self.tracks && self.words[(row / 64) as usize] >> (row % 64) & 1 == 1
    }

    /// How many they are.
    pub fn count(&self) -> u64 {
        let ones = self.words.iter().map(|word| u64::from(word.count_ones()));
        ones.sum()
    }
}
