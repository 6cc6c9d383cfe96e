//! Terms near a word: an automaton that walks the dictionary with it.
//!
//! A typo is a letter too many, too few or wrong, or two neighbours swapped.
//! States are sets of places in the word, one bit a place, one set for each
//! number of typos so far (Wu and Manber 1992, with swaps).

use {fst::Automaton, std::cell::Cell};

pub(super) const MAX_TYPOS: usize = 2;

/// How many typos a word of so many letters may have.
pub(super) const fn allowed(letters: usize) -> u8 {
    match letters {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

pub(super) struct Near {
    letters: Vec<char>,
    typos: usize,
    /// Whether terms may go on behind the word.
    is_prefix: bool,
    /// Bits of all places, the one behind the last letter included.
    all: u64,
    /// Places of the letters of ASCII.
    ascii: [u64; 128],
    /// Steps that were taken, and that may be.
    steps: Cell<u32>,
    limit: u32,
}

/// Where in the word a beginning of a term may have come.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    /// Bit n of set k: n letters are matched with k typos.
    places: [u64; MAX_TYPOS + 1],
    /// Bit n of set k: letter n + 1 has come, letter n has to follow.
    swaps: [u64; MAX_TYPOS + 1],
    /// Typos that this beginning may have.
    typos: u8,
    /// Fewest typos with which a whole word has been matched before.
    begun: Option<u8>,
    /// A character that is not complete: its bits and the bytes it lacks.
    bits: u32,
    lacks: u8,
    is_first: bool,
}

impl Near {
    /// `word` has at most 62 letters.
    pub(super) fn new(word: &str, typos: u8, is_prefix: bool, limit: u32) -> Self {
        let letters: Vec<char> = word.chars().take(62).collect();
        let mut ascii = [0; 128];
        for (at, letter) in letters.iter().enumerate() {
            if let Some(places) = ascii.get_mut(u32::from(*letter) as usize) {
                *places |= 1 << at;
            }
        }
        Self {
            all: (1 << (letters.len() + 1)) - 1,
            letters,
            typos: usize::from(typos).min(MAX_TYPOS),
            is_prefix,
            ascii,
            steps: Cell::new(0),
            limit,
        }
    }

    /// The walk was ended before it had seen all terms.
    pub(super) fn is_cut(&self) -> bool {
        self.steps.get() > self.limit
    }

    fn places_of(&self, letter: char) -> u64 {
        match self.ascii.get(u32::from(letter) as usize) {
            Some(places) => *places,
            None => {
                let places = self.letters.iter().enumerate();
                let places = places.filter(|(_, own)| **own == letter);
                places.fold(0, |bits, (at, _)| bits | 1 << at)
            }
        }
    }

    /// Fewest typos of a term that ends here.
    pub(super) fn typos_at(&self, state: &State) -> Option<u8> {
        let end = 1 << self.letters.len();
        let whole = state.places.iter().position(|places| places & end != 0);
        let whole = whole.map(|typos| typos as u8);
        [whole, state.begun].into_iter().flatten().min()
    }

    fn letter(&self, state: &State, letter: char) -> State {
        let here = self.places_of(letter);
        let mut next = State {
            places: [0; MAX_TYPOS + 1],
            swaps: [0; MAX_TYPOS + 1],
            is_first: false,
            ..*state
        };
        // A term that begins otherwise may not have a second typo: walking
        // all beginnings with two would take too long.
        let is_first_wrong = state.is_first && self.letters.first() != Some(&letter);
        if is_first_wrong {
            next.typos = next.typos.min(1);
        }
        for typos in 0..=usize::from(next.typos) {
            let mut places = (state.places[typos] & here) << 1;
            places |= (state.swaps[typos] & here) << 2;
            if let Some(fewer) = typos.checked_sub(1) {
                let before = state.places[fewer];
                // A wrong letter, a letter too many, a letter too few.
                places |= before << 1 | before | next.places[fewer] << 1;
                next.swaps[typos] = before & here >> 1;
            }
            next.places[typos] = places & self.all;
        }
        if self.is_prefix {
            next.begun = self.typos_at(&next);
        }
        next
    }
}

impl Automaton for Near {
    type State = State;

    fn start(&self) -> State {
        let mut places = [0; MAX_TYPOS + 1];
        for (typos, places) in places.iter_mut().enumerate().take(self.typos + 1) {
            // Letters at the front that are too few.
            *places = self.all & ((1 << (typos + 1)) - 1);
        }
        State {
            places,
            swaps: [0; MAX_TYPOS + 1],
            typos: self.typos as u8,
            begun: None,
            bits: 0,
            lacks: 0,
            is_first: true,
        }
    }

    fn is_match(&self, state: &State) -> bool {
        state.lacks == 0 && self.typos_at(state).is_some()
    }

    fn can_match(&self, state: &State) -> bool {
        let any = |sets: &[u64]| sets.iter().any(|places| *places != 0);
        let is_alive = state.begun.is_some() || any(&state.places) || any(&state.swaps);
        is_alive && !self.is_cut()
    }

    fn accept(&self, state: &State, byte: u8) -> State {
        self.steps.set(self.steps.get().saturating_add(1));
        let mut next = *state;
        (next.bits, next.lacks) = match byte {
            0x80..=0xbf => (
                state.bits << 6 | u32::from(byte & 0x3f),
                state.lacks.saturating_sub(1),
            ),
            0xc0..=0xdf => (u32::from(byte & 0x1f), 1),
            0xe0..=0xef => (u32::from(byte & 0x0f), 2),
            0xf0..=0xff => (u32::from(byte & 0x07), 3),
            _ => (byte.into(), 0),
        };
        match next.lacks {
            0 => self.letter(&next, char::from_u32(next.bits).unwrap_or('\u{fffd}')),
            _ => next,
        }
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn walked(near: &Near, term: &str) -> Option<u8> {
        let mut state = near.start();
        for byte in term.bytes() {
            if !near.can_match(&state) {
                return None;
            }
            state = near.accept(&state, byte);
        }
        near.is_match(&state)
            .then(|| near.typos_at(&state))
            .flatten()
    }

    /// Optimal string alignment, row by row.
    fn distance(a: &[char], b: &[char]) -> usize {
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                table[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let wrong = usize::from(a[i - 1] != b[j - 1]);
                    let mut best = (table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                    best = best.min(table[i - 1][j - 1] + wrong);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        best = best.min(table[i - 2][j - 2] + 1);
                    }
                    best
                };
            }
        }
        table[a.len()][b.len()]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn it_finds_what_a_table_of_distances_finds(word in "[abcж]{1,9}", term in "[abcж]{1,10}", typos in 0..3u8) {
            let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), term.chars().collect());
            let expected = distance(&a, &b);
            let found = walked(&Near::new(&word, typos, false, 1_000), &term);
            if a[0] == b[0] || expected <= 1 {
                let expected = u8::try_from(expected).ok().filter(|distance| *distance <= typos);
                prop_assert_eq!(found, expected);
            } else {
                prop_assert!(found.is_none_or(|found| usize::from(found) == expected));
            }
        }
    }

    #[test]
    fn beginnings_match_too() {
        let near = Near::new("beqtl", 1, true, 1_000);
        assert_eq!(walked(&near, "beatles"), Some(1));
        assert_eq!(walked(&near, "beetle"), Some(1));
        assert_eq!(walked(&near, "be"), None);
        assert_eq!(
            walked(&Near::new("beat", 0, true, 1_000), "beatles"),
            Some(0)
        );
    }
}
