use std::collections::HashMap;

/// Counts texts. Neighbours are often equal: a run of them is counted without
/// looking the text up.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: HashMap<Box<str>, u64>,
    last: String,
    run: u64,
}

impl Tally {
    pub(super) fn add(&mut self, text: &str) {
        if self.run == 0 || self.last != text {
            self.end_run();
            self.last.clear();
            self.last.push_str(text);
        }
        self.run += 1;
    }

    pub(super) fn merge(&mut self, other: Self) {
        let other = other.finish();
        other
            .into_iter()
            .for_each(|(text, count)| self.put(&text, count));
    }

    /// Most counted first, then by text.
    pub(super) fn ranked(self) -> Vec<(String, u64)> {
        let counts = self.finish().into_iter();
        let mut ranked: Vec<(String, u64)> =
            counts.map(|(text, count)| (text.into(), count)).collect();
        ranked.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        ranked
    }

    fn finish(mut self) -> HashMap<Box<str>, u64> {
        self.end_run();
        self.counts
    }

    fn end_run(&mut self) {
        let (last, run) = (
            std::mem::take(&mut self.last),
            std::mem::take(&mut self.run),
        );
        if run > 0 {
            self.put(&last, run);
        }
        self.last = last;
    }

    fn put(&mut self, text: &str, count: u64) {
        match self.counts.get_mut(text) {
            Some(known) => *known += count,
            None => drop(self.counts.insert(text.into(), count)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_parts_change_nothing() {
        let texts = ["b", "b", "", "a", "b", "", "", "c"];
        for cut in 0..=texts.len() {
            let mut parts = [Tally::default(), Tally::default()];
            for (at, text) in texts.iter().enumerate() {
                parts[usize::from(at >= cut)].add(text);
            }
            let [mut all, more] = parts;
            all.merge(more);
            let expected = [("", 3), ("b", 3), ("a", 1), ("c", 1)];
            assert_eq!(all.ranked(), expected.map(|(text, n)| (text.to_owned(), n)));
        }
    }
}
