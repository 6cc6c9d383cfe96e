use {
    crate::{
        code::Code,
        facts::Runs,
        merkle::LEAF_BYTES,
        verify::{Examined, shard::Shard},
    },
    std::{collections::BTreeMap, ops::Range},
};

/// A shard as the code sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Leaves that must be made again.
    pub bad: Runs,
    /// Nothing proves the bytes: they are used only where the proven ones do
    /// not suffice, and what comes of it is judged by its digest.
    pub unproven: bool,
}

/// A range of leaves in which the same shards are damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub leaves: Range<u64>,
    /// The `k` shards that are read.
    pub present: Vec<usize>,
    /// The shards that are made again.
    pub wanted: Vec<usize>,
}

impl Segment {
    /// Bytes that are made again.
    pub fn bytes(&self) -> u64 {
        (self.leaves.end - self.leaves.start) * LEAF_BYTES * self.wanted.len() as u64
    }
}

/// How a stripe is healed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Solution {
    pub segments: Vec<Segment>,
    /// By shard, the leaves that cannot be made again.
    pub lost: BTreeMap<usize, Runs>,
}

/// The shards of a stripe, in the order of rows.
pub fn of_stripe(examined: &Examined, stripe: u32) -> Vec<&Shard> {
    let shards = examined.shards.iter();
    shards.filter(|shard| shard.stripe == stripe).collect()
}

/// The shards as the code sees them.
pub fn rows(code: Code, shards: &[&Shard], leaves: u64) -> Vec<Row> {
    let mut rows = vec![Row::default(); code.k() + code.m()];
    for shard in shards {
        let condition = &shard.condition;
        let Some(row) = rows.get_mut(shard.row) else {
            continue;
        };
        row.unproven = condition.unproven;
        row.bad = match condition.unproven {
            true => Runs::up_to(leaves),
            false => condition.bad.clone(),
        };
    }
    rows
}

/// Finds for each range of leaves `k` shards that give the others. `rows` are
/// all `k + m` shards; those that a last stripe lacks have nothing bad.
pub fn solve(code: Code, rows: &[Row], leaves: u64) -> Solution {
    let mut solution = Solution::default();
    for range in ranges(rows, leaves) {
        let wanted: Vec<usize> = (0..rows.len())
            .filter(|row| rows[*row].bad.contains(range.start))
            .collect();
        if wanted.is_empty() {
            continue;
        }
        match present(code, rows, range.start) {
            Some(present) => solution.segments.push(Segment {
                leaves: range,
                present,
                wanted,
            }),
            None => {
                for row in wanted {
                    solution.lost.entry(row).or_default().insert(range.clone());
                }
            }
        }
    }
    solution
}

/// By data shard, the leaves that must come from elsewhere so that the code can
/// make all others.
pub fn shortages(code: Code, rows: &[Row], leaves: u64) -> Vec<Runs> {
    let mut missing = vec![Runs::default(); code.k()];
    for range in ranges(rows, leaves) {
        let is_there = |row: &&Row| row.unproven || !row.bad.contains(range.start);
        let there = rows.iter().filter(is_there).count();
        let short = code.k().saturating_sub(there);
        let data = rows.iter().zip(&mut missing);
        let bad = data.filter(|(row, _)| !is_there(row));
        for (_, missing) in bad.take(short) {
            missing.insert(range.clone());
        }
    }
    missing
}

/// `k` shards that are whole at this leaf: data before recovery, proven before
/// unproven.
fn present(code: Code, rows: &[Row], leaf: u64) -> Option<Vec<usize>> {
    let proven = (0..rows.len()).filter(|row| !rows[*row].bad.contains(leaf));
    let unproven = (0..rows.len()).filter(|row| rows[*row].unproven);
    let mut present: Vec<usize> = proven.collect();
    present.extend(unproven);
    present.truncate(code.k());
    (present.len() == code.k()).then_some(present)
}

/// The leaves, cut wherever the damage of any shard begins or ends.
fn ranges(rows: &[Row], leaves: u64) -> Vec<Range<u64>> {
    let runs = rows.iter().flat_map(|row| row.bad.runs());
    let mut cuts: Vec<u64> = runs
        .flat_map(|run| [run.start, run.end])
        .chain([0, leaves])
        .filter(|cut| *cut <= leaves)
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

#[cfg(test)]
mod tests {
    use {super::*, std::iter};

    fn row(bad: &[Range<u64>]) -> Row {
        Row {
            bad: bad.iter().cloned().collect(),
            unproven: false,
        }
    }

    fn code() -> Code {
        Code::new(2, 2).unwrap()
    }

    #[test]
    fn a_sound_stripe_needs_nothing() {
        let solution = solve(code(), &vec![Row::default(); 4], 10);
        assert_eq!(solution, Solution::default());
    }

    #[test]
    fn different_ranges_use_different_shards() {
        let rows = [row(&[0..4]), row(&[6..8]), row(&[0..2]), row(&[])];
        let solution = solve(code(), &rows, 10);
        let seen: Vec<_> = solution
            .segments
            .iter()
            .map(|s| (s.leaves.clone(), s.present.clone(), s.wanted.clone()))
            .collect();
        let expected = [
            (0..2, vec![1, 3], vec![0, 2]),
            (2..4, vec![1, 2], vec![0]),
            (6..8, vec![0, 2], vec![1]),
        ];
        assert_eq!(seen, expected);
        assert!(solution.lost.is_empty());
    }

    #[test]
    fn only_ranges_with_too_much_damage_are_lost() {
        let rows = [row(&[0..10]), row(&[3..4]), row(&[3..5]), row(&[])];
        let solution = solve(code(), &rows, 10);
        let lost: Vec<_> = solution
            .lost
            .iter()
            .map(|(row, runs)| (*row, runs.count()))
            .collect();
        assert_eq!(lost, [(0, 1), (1, 1), (2, 1)]);
        let healed: u64 = solution
            .segments
            .iter()
            .map(|s| s.leaves.end - s.leaves.start)
            .sum();
        assert_eq!(healed, 9);
    }

    #[test]
    fn no_more_is_fetched_than_the_code_needs() {
        let rows = [row(&[0..10]), row(&[3..6]), row(&[3..5]), row(&[4..5])];
        let missing = shortages(code(), &rows, 10);
        let expected: [Runs; 2] = [iter::once(3..5).collect(), iter::once(4..5).collect()];
        assert_eq!(missing, expected);
    }

    #[test]
    fn unproven_shards_serve_only_in_need() {
        let unproven = Row {
            bad: Runs::up_to(10),
            unproven: true,
        };
        let rows = [row(&[0..1]), row(&[0..2]), unproven, row(&[])];
        let solution = solve(code(), &rows, 10);
        assert_eq!(solution.segments[0].present, [3, 2]);
        assert_eq!(solution.segments[1].present, [0, 3]);
        assert_eq!(solution.segments[2].present, [0, 1]);
    }
}
