//! The distinct terms of one run, numbered as they come.

/// Terms in an arena, found by an open table of their numbers.
#[derive(Debug)]
pub(super) struct Dictionary {
    /// 0 for an empty place, otherwise a number and one.
    places: Vec<u32>,
    bytes: Vec<u8>,
    terms: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u32,
    length: u16,
    hash: u32,
}

impl Dictionary {
    pub(super) fn new() -> Self {
        Self {
            places: vec![0; 1 << 12],
            bytes: Vec::new(),
            terms: Vec::new(),
        }
    }

    pub(super) fn term(&self, number: u32) -> &[u8] {
        self.bytes_of(self.terms[number as usize])
    }

    fn bytes_of(&self, entry: Entry) -> &[u8] {
        let start = entry.start as usize;
        &self.bytes[start..start + usize::from(entry.length)]
    }

    /// The number of a term, a new one when it was not there.
    pub(super) fn number(&mut self, term: &[u8]) -> u32 {
        let hash = hash(term);
        let mask = self.places.len() - 1;
        let mut place = hash as usize & mask;
        while let Some(number) = self.places[place].checked_sub(1) {
            let entry = self.terms[number as usize];
            if entry.hash == (hash >> 32) as u32 && self.bytes_of(entry) == term {
                return number;
            }
            place = (place + 1) & mask;
        }
        self.insert(term, hash, place)
    }

    fn insert(&mut self, term: &[u8], hash: u64, place: usize) -> u32 {
        let number = self.terms.len() as u32;
        self.terms.push(Entry {
            start: u32::try_from(self.bytes.len()).expect("a run holds less than 4 GiB of terms"),
            length: u16::try_from(term.len()).expect("terms are cut"),
            hash: (hash >> 32) as u32,
        });
        self.bytes.extend_from_slice(term);
        self.places[place] = number + 1;
        if self.terms.len() * 2 > self.places.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let mask = self.places.len() * 2 - 1;
        let mut places = vec![0; mask + 1];
        for number in 0..self.terms.len() {
            let mut place = hash(self.term(number as u32)) as usize & mask;
            while places[place] != 0 {
                place = (place + 1) & mask;
            }
            places[place] = number as u32 + 1;
        }
        self.places = places;
    }

    /// Numbers in the order of their terms' bytes.
    pub(super) fn sorted(&self) -> Vec<u32> {
        let mut numbers: Vec<u32> = (0..self.terms.len() as u32).collect();
        numbers.sort_unstable_by(|a, b| self.term(*a).cmp(self.term(*b)));
        numbers
    }
}

/// Eight bytes at a time, multiplied and folded; equal on every machine.
fn hash(term: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = term.len() as u64;
    for chunk in term.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let product = u128::from(hash ^ u64::from_le_bytes(word)) * u128::from(MULTIPLIER);
        hash = (product >> 64) as u64 ^ product as u64;
    }
    hash ^ hash >> 29
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_has_one_number() {
        let mut dictionary = Dictionary::new();
        let terms: Vec<String> = (0..20_000).map(|n| format!("t{n}")).collect();
        for _ in 0..2 {
            for (expected, term) in terms.iter().enumerate() {
                assert_eq!(dictionary.number(term.as_bytes()), expected as u32);
            }
        }
        assert_eq!(dictionary.terms.len(), terms.len());
        let sorted = dictionary.sorted();
        assert!(sorted.is_sorted_by_key(|number| dictionary.term(*number)));
    }
}
