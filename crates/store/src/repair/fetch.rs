//! What only another copy has: as many damaged leaves of data files as the
//! code needs to make all others again.

use {
    crate::{
        code::Code,
        error::Error,
        facts::{
            Place, Runs, StripeFacts,
            known::{GROUP_LEAVES, Group, Known},
            locate::is_subtree,
        },
        merkle::{LEAF_BYTES, leaves_of},
        repair::{
            donor::Donor,
            solve::{of_stripe, rows, shortages},
        },
        verify::{
            Examined,
            shard::{Shard, rows_of},
        },
    },
    longplay_model::Monitor,
    serde::Serialize,
    std::{collections::BTreeMap, iter, ops::Range},
};

/// Leaves that are asked for at once.
const MOST_LEAVES: u64 = 256;

/// Leaves of a data file that another copy has to give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fetch {
    pub place: Place,
    pub stripe: u32,
    pub leaves: Runs,
}

/// What has to be fetched so that everything can be made whole.
pub fn fetches(examined: &Examined) -> Vec<Fetch> {
    let stripes = examined.survey.facts.stripes.iter();
    stripes
        .flat_map(|stripe| of_one(examined, stripe))
        .collect()
}

fn of_one(examined: &Examined, stripe: &StripeFacts) -> Vec<Fetch> {
    let shards = of_stripe(examined, stripe.number);
    let facts = &examined.survey.facts;
    let code = facts.geometry.and_then(|it| Code::new(it.k, it.m).ok());
    let held = examined.survey.folders.recovery.is_some();
    let missing = match code.filter(|_| held) {
        Some(code) => {
            let leaves = rows_of(stripe);
            shortages(code, &rows(code, &shards, leaves), leaves)
        }
        None => {
            let all = shards.iter().map(|shard| shard.condition.bad.clone());
            all.collect()
        }
    };
    let data = shards.iter().filter(|shard| !shard.is_recovery());
    let wanted = data.filter_map(|shard| Some((shard, missing.get(shard.row)?)));
    wanted
        .filter(|(shard, leaves)| !leaves.is_empty() && shard.bytes.is_some())
        .map(|(shard, leaves)| Fetch {
            place: shard.place.clone(),
            stripe: stripe.number,
            leaves: leaves.clone(),
        })
        .collect()
}

/// What another copy did not give: why, by the path of the file.
pub type Refusals = BTreeMap<String, String>;

/// Takes bytes that are right, and where in their file they stand.
pub type Keep<'a> = &'a mut dyn FnMut(u64, &[u8]) -> Result<(), Error>;

/// Fetches leaves of `shard` and gives each run of them to `keep` that has the
/// hashes that are known.
pub fn fetch(
    examined: &Examined,
    shard: &Shard,
    leaves: &Runs,
    donor: &dyn Donor,
    monitor: &dyn Monitor,
    refusals: &mut Refusals,
    keep: Keep,
) -> Result<(), Error> {
    let known = shard.known.clone().unwrap_or_default();
    let bytes = shard.bytes.unwrap_or(0);
    let groups = known.groups();
    let path = shard.place.subject(&examined.survey.facts.tranche);
    let mut troubles: Vec<String> = Vec::new();
    for run in leaves.runs().flat_map(|run| requests(run, &groups)) {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let start = run.start * LEAF_BYTES;
        let length = (run.end * LEAF_BYTES).min(bytes).saturating_sub(start);
        if length == 0 {
            continue;
        }
        match donor.range(&path, start, length) {
            Ok(got) if got.len() as u64 != length => {
                troubles.push(format!("it gave {} of {length} bytes", got.len()));
            }
            Ok(got) => {
                let right = right(&known, &groups, run.start, &got);
                if right.count() < run.end - run.start {
                    troubles.push(format!("its bytes from {start} on differ as well"));
                }
                for run in right.runs() {
                    let at = run.start * LEAF_BYTES;
                    let end = (run.end * LEAF_BYTES).min(start + length);
                    keep(at, &got[(at - start) as usize..(end - start) as usize])?;
                }
            }
            Err(reason) => troubles.push(reason),
        }
        monitor.advance(length);
    }
    if let Some(first) = troubles.first() {
        let seen = match troubles.len() {
            1 => first.clone(),
            count => format!("{first}; {count} times"),
        };
        refusals.insert(path, seen);
    }
    Ok(())
}

/// A run of leaves in parts that are asked for: where only the hash of a MiB is
/// known, all of it.
fn requests(run: Range<u64>, groups: &[Group]) -> Vec<Range<u64>> {
    let mut parts: Vec<Range<u64>> = Vec::new();
    let mut at = run.start;
    while at < run.end {
        let number = at / GROUP_LEAVES;
        let group = groups.get(number as usize);
        let of_group = number * GROUP_LEAVES..(number + 1) * GROUP_LEAVES;
        let is_coarse = group.is_some_and(|group| group.leaves.is_none());
        let part = match is_coarse {
            true => of_group.clone(),
            false => at..run.end.min(of_group.end),
        };
        at = part.end.max(at + 1);
        match parts.last_mut() {
            Some(last) if last.end == part.start && part.end - last.start <= MOST_LEAVES => {
                last.end = part.end;
            }
            _ => parts.push(part),
        }
    }
    parts
}

/// Which of the leaves that were got, from `first` on, are as they were sealed.
/// Where nothing is known of them they are taken: the digest of the file
/// decides in the end.
fn right(known: &Known, groups: &[Group], first: u64, got: &[u8]) -> Runs {
    let hashes = leaves_of(got);
    let end = first + hashes.len() as u64;
    let mut right = Runs::default();
    let mut at = first;
    while at < end {
        let number = at / GROUP_LEAVES;
        let until = end.min((number + 1) * GROUP_LEAVES);
        let seen = &hashes[(at - first) as usize..(until - first) as usize];
        match groups.get(number as usize) {
            Some(Group {
                leaves: Some(leaves),
                ..
            }) => {
                let expected = leaves.iter().skip((at % GROUP_LEAVES) as usize);
                for (leaf, _) in (at..)
                    .zip(iter::zip(seen, expected))
                    .filter(|(_, (a, b))| a == b)
                {
                    right.insert(leaf..leaf + 1);
                }
            }
            Some(group) if group.subtree.is_some() => {
                if is_subtree(group, seen, known.bytes.unwrap_or(0)) {
                    right.insert(at..until);
                }
            }
            _ => right.insert(at..until),
        }
        at = until;
    }
    right
}
