use std::collections::HashMap;

/// Counts texts.
#[derive(Debug, Default)]
pub(super) struct Tally(HashMap<Box<str>, u64>);

impl Tally {
    pub(super) fn add(&mut self, text: &str, count: u64) {
        match self.0.get_mut(text) {
            Some(known) => *known += count,
            None => drop(self.0.insert(text.into(), count)),
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        let counts = other.0.into_iter();
        counts.for_each(|(text, count)| self.add(&text, count));
    }

    /// Most counted first, then by text.
    pub(super) fn ranked(self) -> Vec<(String, u64)> {
        let counts = self.0.into_iter();
        let mut ranked: Vec<(String, u64)> =
            counts.map(|(text, count)| (text.into(), count)).collect();
        ranked.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_change_nothing() {
        let texts = ["b", "b", "", "a", "b", "", "", "c"];
        for cut in 0..=texts.len() {
            let mut parts = [Tally::default(), Tally::default()];
            for (at, text) in texts.iter().enumerate() {
                parts[usize::from(at >= cut)].add(text, 1);
            }
            let [mut all, more] = parts;
            all.merge(more);
            let expected = [("", 3), ("b", 3), ("a", 1), ("c", 1)];
            assert_eq!(all.ranked(), expected.map(|(text, n)| (text.to_owned(), n)));
        }
    }
}
