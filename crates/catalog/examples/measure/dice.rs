/// Chance that is the same in every run.
pub struct Dice(pub u64);

impl Dice {
    fn bits(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        self.0 >> 11
    }

    pub fn chance(&mut self) -> f64 {
        self.bits() as f64 / (1u64 << 53) as f64
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.chance() * end as f64) as usize
    }

    /// One letter too many, too few, wrong, or swapped with the next.
    pub fn mistyped(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        let places: Vec<usize> = (0..letters.len())
            .filter(|at| letters[*at].is_alphanumeric())
            .collect();
        if places.is_empty() {
            return text.to_owned();
        }
        let at = places[self.below(places.len())];
        let other = char::from(b'a' + self.below(26) as u8);
        match self.below(4) {
            0 => letters.insert(at, other),
            1 => drop(letters.remove(at)),
            3 if at + 1 < letters.len() => letters.swap(at, at + 1),
            _ => letters[at] = other,
        }
        letters.into_iter().collect()
    }
}
