use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Which texts matter: a set that may hold more than was added, so that texts
/// of tracks that nothing can be joined to need not be sorted.
#[derive(Debug)]
pub(super) struct TextFilter {
    words: Vec<AtomicU64>,
}

impl TextFilter {
    /// About eight bits a text, 2 GiB at most.
    pub(super) fn new(texts: u64) -> Self {
        let words = (texts / 8).next_power_of_two().clamp(64, 1 << 28);
        Self {
            words: (0..words).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    pub(super) fn add(&self, text: &[u8; 8]) {
        let (word, bit) = self.place(text);
        self.words[word].fetch_or(bit, Relaxed);
    }

    pub(super) fn may_hold(&self, text: &[u8; 8]) -> bool {
        let (word, bit) = self.place(text);
        self.words[word].load(Relaxed) & bit != 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| word.load(Relaxed) == 0)
    }

    /// Texts are hashes: their bits are as good as any.
    fn place(&self, text: &[u8; 8]) -> (usize, u64) {
        let hash = u64::from_le_bytes(*text);
        let word = (hash >> 6) as usize & (self.words.len() - 1);
        (word, 1 << (hash & 63))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_held() {
        let filter = TextFilter::new(0);
        assert!(filter.is_empty());
        assert!(!filter.may_hold(&[1; 8]));
        filter.add(&[1; 8]);
        assert!(filter.may_hold(&[1; 8]) && !filter.is_empty());
        assert!(!filter.may_hold(&[2; 8]));
    }
}
