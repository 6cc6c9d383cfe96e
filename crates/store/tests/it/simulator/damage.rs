//! Ways in which what lies on a disk is hurt.

use {
    crate::{
        fixture::Rng,
        memory::MemoryDisk,
        simulator::truth::{Files, LEAF, TRANCHES, Tranche, Truth},
    },
    std::collections::BTreeSet,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    BitFlip,
    Burst,
    Truncation,
    Extension,
    /// A write of which only the first sectors, or the last, came to the disk.
    TornWrite,
    /// A page of another file.
    MisdirectedWrite,
    SwappedPacks,
    /// What an earlier tranche has in this place.
    StaleReplay,
    Duplicate,
    Rename,
    SilentDelete,
}

pub const ALL: [Damage; 11] = [
    Damage::BitFlip,
    Damage::Burst,
    Damage::Truncation,
    Damage::Extension,
    Damage::TornWrite,
    Damage::MisdirectedWrite,
    Damage::SwappedPacks,
    Damage::StaleReplay,
    Damage::Duplicate,
    Damage::Rename,
    Damage::SilentDelete,
];

impl Damage {
    pub const fn name(self) -> &'static str {
        match self {
            Self::BitFlip => "bit flip",
            Self::Burst => "burst",
            Self::Truncation => "truncation",
            Self::Extension => "extension",
            Self::TornWrite => "torn write",
            Self::MisdirectedWrite => "misdirected write",
            Self::SwappedPacks => "swapped packs",
            Self::StaleReplay => "stale replay",
            Self::Duplicate => "duplicate",
            Self::Rename => "rename",
            Self::SilentDelete => "silent delete",
        }
    }
}

/// Hurts a tranche once. Gives what was done, in words, and files whose bytes
/// went as a whole; nothing where this kind of damage finds nothing to hurt.
pub fn hurt(
    damage: Damage,
    disk: &MemoryDisk,
    truth: &Truth,
    name: &str,
    rng: &mut Rng,
) -> Option<(String, Vec<String>)> {
    let tranche = &truth.sealed[name];
    let now = tranche.now(disk);
    let path = victim(tranche, &now, rng)?;
    let bytes = now[&path].clone();
    let put = |path: &str, bytes: Vec<u8>| disk.put(&format!("{TRANCHES}/{path}"), bytes);
    let lose = |path: &str| disk.lose(&format!("{TRANCHES}/{path}"));
    let length = bytes.len();
    let other = |rng: &mut Rng| {
        let shards: Vec<String> = tranche.shards();
        let others: Vec<String> = shards
            .into_iter()
            .filter(|it| *it != path && now.contains_key(it))
            .collect();
        (!others.is_empty()).then(|| rng.pick(&others).clone())
    };
    let mut told = format!("{}: {path}", damage.name());
    match damage {
        Damage::BitFlip | Damage::Burst | Damage::TornWrite | Damage::Truncation if length == 0 => {
            return None;
        }
        Damage::BitFlip => {
            let mut bytes = bytes;
            let at = rng.below(length as u64) as usize;
            bytes[at] ^= 1 << rng.below(8);
            told += &format!(" at {at}");
            put(&path, bytes);
        }
        Damage::Burst => {
            let mut bytes = bytes;
            let at = rng.below(length as u64) as usize;
            let end = length.min(at + 1 + rng.below(2 * LEAF as u64) as usize);
            let noise = rng.bytes(end - at);
            bytes[at..end].copy_from_slice(&noise);
            told += &format!(" at {at} to {end}");
            put(&path, bytes);
        }
        Damage::Truncation => {
            let mut bytes = bytes;
            bytes.truncate(rng.below(length as u64) as usize);
            told += &format!(" to {} of {length}", bytes.len());
            put(&path, bytes);
        }
        Damage::Extension => {
            let mut bytes = bytes;
            let more = 1 + rng.below(LEAF as u64) as usize;
            match rng.below(2) {
                0 => bytes.resize(length + more, 0),
                _ => bytes.extend(rng.bytes(more)),
            }
            told += &format!(" by {more}");
            put(&path, bytes);
        }
        Damage::TornWrite => {
            let mut bytes = bytes;
            let start = rng.below(length as u64) as usize / 512 * 512;
            let end = length.min(start + 512 * (1 + rng.below(64) as usize));
            bytes[start..end].fill(0);
            told += &format!(" at {start} to {end}");
            put(&path, bytes);
        }
        Damage::MisdirectedWrite => {
            let from = now[&other(rng)?].clone();
            let pages = from.len().min(length) / 4096;
            if pages == 0 {
                return None;
            }
            let (at, of) = (rng.below(pages as u64), rng.below(pages as u64));
            let (at, of) = (at as usize * 4096, of as usize * 4096);
            let mut bytes = bytes;
            bytes[at..at + 4096].copy_from_slice(&from[of..of + 4096]);
            told += &format!(" at {at}");
            put(&path, bytes);
        }
        Damage::SwappedPacks => {
            let path = rng.pick(&there(tranche, &now)?).clone();
            let other = rng.pick(&there(tranche, &now)?).clone();
            put(&path, now[&other].clone());
            put(&other, now[&path].clone());
            return Some((
                format!("swapped packs: {path} and {other}"),
                vec![path, other],
            ));
        }
        Damage::StaleReplay => {
            let earlier: Vec<&String> = truth.sealed.keys().filter(|it| *it != name).collect();
            let earlier = (!earlier.is_empty()).then(|| *rng.pick(&earlier))?;
            let older = truth.sealed[earlier]
                .files
                .get(&path.replace(name, earlier))?;
            put(&path, older.clone());
            told += &format!(" of {earlier}");
        }
        Damage::Duplicate => {
            let to = match (rng.below(2), other(rng)) {
                (0, Some(other)) => other,
                _ => format!("{path}.copy"),
            };
            put(&to, bytes);
            return Some((format!("{told} as {to}"), vec![path, to]));
        }
        Damage::Rename => {
            let to = format!("{path}.{}", rng.below(1000));
            put(&to, bytes);
            lose(&path);
            return Some((format!("{told} to {to}"), vec![path, to]));
        }
        Damage::SilentDelete => lose(&path),
    }
    Some((told, vec![path]))
}

/// Shards that are there.
fn there(tranche: &Tranche, now: &Files) -> Option<Vec<String>> {
    let mut shards = tranche.shards();
    shards.retain(|path| now.contains_key(path));
    (!shards.is_empty()).then_some(shards)
}

/// A file that is there: mostly a pack or a recovery pack.
fn victim(tranche: &Tranche, now: &Files, rng: &mut Rng) -> Option<String> {
    let shards: BTreeSet<String> = tranche.shards().into_iter().collect();
    let is_large = rng.below(4) > 0;
    let sealed = tranche.files.keys();
    let of_kind =
        sealed.filter(|path| now.contains_key(*path) && shards.contains(*path) == is_large);
    let of_kind: Vec<&String> = of_kind.collect();
    (!of_kind.is_empty()).then(|| (*rng.pick(&of_kind)).clone())
}
