//! From a rank to a word: the digits of the rank choose the sounds.

use super::{octaves::Rank, tongue::Tongue};

/// The words of one catalog: with another seed other words are frequent.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Lexicon {
    turn: u64,
}

/// The last octave whose words stand in the lists of frequent ones.
const LISTED: u32 = 4;

impl Lexicon {
    pub(in super::super) const fn new(turn: u64) -> Self {
        Self { turn }
    }

    /// Appends the word of a title, in lower case but for proper ones.
    pub(in super::super) fn title(self, tongue: &Tongue, rank: Rank, out: &mut String) {
        match frequent(tongue.frequent, rank) {
            Some(word) => out.push_str(word),
            None => {
                let syllables = syllables(rank, [8, 16, 24]);
                self.spell(tongue, rank, syllables, &tongue.sounds.codas, out);
            }
        }
    }

    /// Appends the word of a name.
    pub(in super::super) fn name(self, tongue: &Tongue, rank: Rank, out: &mut String) {
        match frequent(tongue.frequent_in_names, rank) {
            Some(word) => out.push_str(word),
            None => {
                let syllables = syllables(rank, [10, 16, 24]);
                self.spell(tongue, rank, syllables, &tongue.sounds.endings, out);
            }
        }
    }

    /// Two ranks of a language give two words, up to rank 2^31: a vowel ends a
    /// syllable, and all words of an octave have as many syllables, of which
    /// each takes seven bits.
    fn spell(
        self,
        tongue: &Tongue,
        rank: Rank,
        syllables: u32,
        lasts: &[&'static str; 8],
        out: &mut String,
    ) {
        let first = 1u64 << rank.octave;
        let number = first | ((rank.place ^ self.turn) & (first - 1));
        let bits = number.wrapping_mul(SPREAD);
        for at in 0..syllables {
            let syllable = (bits >> (3 + 7 * at)) as usize;
            out.push_str(tongue.sounds.onsets[syllable & 15]);
            out.push_str(tongue.sounds.vowels[(syllable >> 4) & 7]);
        }
        out.push_str(lasts[(bits & 7) as usize]);
    }
}

/// Odd, so that its multiples differ in any number of low bits, and words that
/// follow each other by rank have nothing in common.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

fn frequent(list: &'static [&'static str], rank: Rank) -> Option<&'static str> {
    if rank.octave > LISTED {
        return None;
    }
    let at = (1 << rank.octave) - 1 + rank.place;
    list.get(at as usize).copied()
}

/// Rare words are long: from each of these octaves on there is one more.
fn syllables(rank: Rank, steps: [u32; 3]) -> u32 {
    1 + steps.iter().filter(|step| rank.octave >= **step).count() as u32
}

#[cfg(test)]
mod tests {
    use {super::*, std::collections::HashSet};

    #[test]
    fn words_of_a_language_differ() {
        let lexicon = Lexicon::new(0x1234_5678_9abc_def0);
        let mut words = HashSet::new();
        let mut ranks = 0;
        for octave in 0..15 {
            for place in 0..1 << octave {
                let mut word = String::new();
                lexicon.title(Tongue::COMMON, Rank { octave, place }, &mut word);
                words.insert(word);
                ranks += 1;
            }
        }
        assert!(
            words.len() as f64 > 0.99 * f64::from(ranks),
            "{}",
            words.len()
        );
    }

    #[test]
    fn another_seed_has_other_words() {
        let rank = Rank {
            octave: 12,
            place: 99,
        };
        let words = [1, 2].map(|turn| {
            let mut word = String::new();
            Lexicon::new(turn).name(Tongue::COMMON, rank, &mut word);
            word
        });
        assert_ne!(words[0], words[1]);
    }
}
