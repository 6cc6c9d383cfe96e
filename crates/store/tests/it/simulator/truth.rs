//! What is true, kept apart from the store: plain bytes, and rules of its own
//! by which the bytes of a tranche are judged.

use {
    crate::memory::MemoryDisk,
    longplay_model::Digest,
    std::collections::{BTreeMap, BTreeSet},
};

pub const ROOT: &str = "/archive";
pub const TRANCHES: &str = "/archive/tranches";
pub const LEAF: usize = 16_384;

pub type Files = BTreeMap<String, Vec<u8>>;

/// What the store has promised.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    /// Blobs whose receipt was recorded.
    pub acknowledged: BTreeMap<Digest, Vec<u8>>,
    /// Of these, staged ones that were damaged and not brought again yet.
    pub hurt: BTreeSet<Digest>,
    /// Tranches as they were sealed, by name.
    pub sealed: BTreeMap<String, Tranche>,
}

/// A tranche as it was sealed. Paths are below the folder of tranches.
#[derive(Debug, Clone)]
pub struct Tranche {
    pub files: Files,
    pub stripes: Vec<Stripe>,
    m: usize,
    /// Where the bytes of each blob stand: path, first byte, length.
    members: BTreeMap<Digest, (String, usize, usize)>,
}

#[derive(Debug, Clone)]
pub struct Stripe {
    pub data: Vec<String>,
    pub recovery: Vec<String>,
    /// Bytes of the longest data file.
    pub coded: usize,
}

impl Truth {
    /// Every blob that was acknowledged is in staging or in a tranche.
    pub fn is_kept(&self, disk: &MemoryDisk, k: u8, m: u8) -> Result<(), String> {
        let mut fresh: Option<Vec<Tranche>> = None;
        for (digest, bytes) in &self.acknowledged {
            let staged = || disk.peek(&staged_path(digest));
            let is_known = self.hurt.contains(digest)
                || self.sealed.values().any(|it| it.holds(digest, bytes))
                || staged().as_ref() == Some(bytes);
            if is_known {
                continue;
            }
            let fresh = fresh.get_or_insert_with(|| self.unknown_tranches(disk, k, m));
            if !fresh.iter().any(|it| it.holds(digest, bytes)) {
                let there = staged().map(|bytes| bytes.len());
                return Err(format!("{digest} is lost; staged: {there:?} bytes"));
            }
        }
        Ok(())
    }

    /// Those that were finished and not told yet.
    fn unknown_tranches(&self, disk: &MemoryDisk, k: u8, m: u8) -> Vec<Tranche> {
        let below = disk.peek_below(TRANCHES);
        let names: BTreeSet<&str> = below.keys().filter_map(|it| it.split('/').next()).collect();
        let is_new = |name: &&&str| {
            !name.starts_with('.')
                && !name.ends_with("-recovery")
                && !self.sealed.contains_key(**name)
        };
        let names = names.iter().filter(is_new);
        names.map(|name| Tranche::of(&below, name, k, m)).collect()
    }
}

pub fn staged_path(digest: &Digest) -> String {
    let name = digest.to_string();
    format!("{ROOT}/staging/blobs/{}/{name}", &name[..2])
}

impl Tranche {
    pub fn read(disk: &MemoryDisk, name: &str, k: u8, m: u8) -> Self {
        Self::of(&disk.peek_below(TRANCHES), name, k, m)
    }

    fn of(below: &Files, name: &str, k: u8, m: u8) -> Self {
        let bags = [format!("{name}/"), format!("{name}-recovery/")];
        let is_mine = |path: &str| bags.iter().any(|bag| path.starts_with(bag));
        let files: Files = below
            .iter()
            .filter(|(path, _)| is_mine(path))
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect();
        let packs: Vec<String> = files
            .keys()
            .filter(|path| path.starts_with(&format!("{name}/data/packs/")))
            .cloned()
            .collect();
        let stripe = |(number, data): (usize, &[String])| Stripe {
            recovery: (0..m)
                .map(|j| format!("{name}-recovery/data/recovery/{name}-s{number:04}-r{j:02}.rec"))
                .collect(),
            coded: data.iter().map(|path| files[path].len()).max().unwrap(),
            data: data.to_vec(),
        };
        let stripes = packs.chunks(k.into()).enumerate().map(stripe).collect();
        let index = files.get(&format!("{name}/data/index.jsonl"));
        let members = index.map_or_else(BTreeMap::new, |index| members(name, index));
        Self {
            stripes,
            m: m.into(),
            members,
            files,
        }
    }

    /// Whether its bytes of this blob are these.
    pub fn holds(&self, digest: &Digest, bytes: &[u8]) -> bool {
        let Some((path, at, length)) = self.members.get(digest) else {
            return false;
        };
        let pack = self.files.get(path);
        pack.is_some_and(|pack| pack.get(*at..at + length) == Some(bytes))
    }

    /// Its files as they are now, and others in its bags.
    pub fn now(&self, disk: &MemoryDisk) -> Files {
        let bags: BTreeSet<&str> = self
            .files
            .keys()
            .filter_map(|it| it.split('/').next())
            .collect();
        let mut now = Files::new();
        for bag in bags {
            let below = disk.peek_below(&format!("{TRANCHES}/{bag}"));
            now.extend(
                below
                    .into_iter()
                    .map(|(path, it)| (format!("{bag}/{path}"), it)),
            );
        }
        now
    }

    /// Files that are not as they were sealed.
    pub fn differing(&self, now: &Files) -> BTreeSet<String> {
        let differ = self
            .files
            .iter()
            .filter(|(path, it)| now.get(*path) != Some(*it));
        differ.map(|(path, _)| path.clone()).collect()
    }

    /// Files that nobody sealed.
    pub fn strange(&self, now: &Files) -> BTreeSet<String> {
        let strange = now.keys().filter(|path| !self.files.contains_key(*path));
        strange.cloned().collect()
    }

    pub fn shards(&self) -> Vec<String> {
        let shards = self
            .stripes
            .iter()
            .flat_map(|it| it.data.iter().chain(&it.recovery));
        shards.cloned().collect()
    }

    pub fn is_shard(&self, path: &str) -> bool {
        path.contains("/data/packs/") || path.contains("/data/recovery/")
    }

    /// Leaves of what the code covers that are not as they were sealed.
    pub fn bad_leaves(&self, stripe: &Stripe, path: &str, now: &Files) -> BTreeSet<usize> {
        let sealed = &self.files[path];
        let length = match stripe.recovery.iter().any(|it| it == path) {
            true => stripe.coded,
            false => sealed.len(),
        };
        let there = now.get(path).map_or(&[][..], |bytes| &bytes[..]);
        let is_bad = |leaf: &usize| {
            let range = leaf * LEAF..length.min((leaf + 1) * LEAF);
            there.get(range.clone()) != Some(&sealed[range])
        };
        (0..length.div_ceil(LEAF)).filter(is_bad).collect()
    }

    /// Whether no more than `m` files of a stripe are damaged in one place.
    pub fn is_stripe_within(&self, stripe: &Stripe, now: &Files) -> bool {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for path in stripe.data.iter().chain(&stripe.recovery) {
            for leaf in self.bad_leaves(stripe, path, now) {
                *counts.entry(leaf).or_default() += 1;
            }
        }
        counts.values().all(|count| *count <= self.m)
    }

    /// Whether small files are damaged, by which damage is located.
    pub fn is_blind(&self, now: &Files) -> bool {
        let mut differing = self.differing(now).into_iter();
        differing.any(|path| !self.is_shard(&path))
    }

    /// Whether something whole is left that tells what the file at `path` should be.
    /// Without a witness its damage cannot be seen, only that of what is missing.
    ///
    /// | file | witnesses |
    /// |---|---|
    /// | the manifests | all that they list |
    /// | other tag file | the tag manifest of its bag, a recovery pack |
    /// | pack, recovery pack | the manifest, the leaf file or a recovery pack of its stripe |
    /// | leaf file | the manifest, a recovery pack |
    /// | index | the manifest, the indexes of all packs, a recovery pack where no stripe is beyond recovery |
    pub fn has_witness(&self, path: &str, now: &Files) -> bool {
        let is_whole = |path: &String| now.get(path) == self.files.get(path);
        let has_kit = |stripe: &Stripe| stripe.recovery.iter().any(is_whole);
        let Some((bag, rest)) = path.split_once('/') else {
            return true;
        };
        let (manifest, tags) = (
            format!("{bag}/manifest-sha256.txt"),
            format!("{bag}/tagmanifest-sha256.txt"),
        );
        if manifest == path || tags == path {
            return true;
        }
        if !rest.starts_with("data/") {
            return is_whole(&tags) || self.stripes.iter().any(has_kit);
        }
        if is_whole(&manifest) {
            return true;
        }
        if rest == "data/index.jsonl" {
            let mut packs = self.stripes.iter().flat_map(|it| &it.data);
            let mut stripes = self.stripes.iter();
            return packs.all(|pack| self.has_index(pack, now))
                || self.stripes.iter().any(has_kit)
                    && stripes.all(|stripe| self.is_stripe_within(stripe, now));
        }
        let name = bag.trim_end_matches("-recovery");
        let mut stripes = self.stripes.iter().enumerate();
        stripes.any(|(number, stripe)| {
            let leaves = format!("{name}/data/leaves/{name}-s{number:04}.leaves");
            let mut shards = stripe.data.iter().chain(&stripe.recovery);
            match self.is_shard(path) {
                true => shards.any(|it| it == path) && (is_whole(&leaves) || has_kit(stripe)),
                false => has_kit(stripe),
            }
        })
    }

    /// Whether a pack has its length and, from the leaf that its index begins in, its
    /// bytes.
    fn has_index(&self, pack: &str, now: &Files) -> bool {
        let members = self.members.values().filter(|it| it.0 == pack);
        let end = members.map(|(_, at, length)| at + length).max();
        let from = end.unwrap_or(0) / LEAF * LEAF;
        let (sealed, there) = (&self.files[pack], now.get(pack));
        there.is_some_and(|it| it.len() == sealed.len() && it[from..] == sealed[from..])
    }

    /// Whether all that is left to tell what a tag file should be is a tag manifest
    /// that is damaged itself: then either may be blamed, and the manifest is.
    pub fn has_false_witness(&self, path: &str, now: &Files) -> bool {
        let is_whole = |path: &String| now.get(path) == self.files.get(path);
        let Some((bag, rest)) = path.split_once('/') else {
            return false;
        };
        let mut recovery = self.stripes.iter().flat_map(|stripe| &stripe.recovery);
        !rest.starts_with("data/")
            && !is_whole(&format!("{bag}/tagmanifest-sha256.txt"))
            && !recovery.any(is_whole)
    }

    /// Whether everything can be healed from what is there: by the leaf as long as
    /// the leaf files tell, by the file and with a recovery pack left otherwise.
    pub fn is_within_bound(&self, now: &Files) -> bool {
        if !self.is_blind(now) {
            return self.stripes.iter().all(|it| self.is_stripe_within(it, now));
        }
        let is_whole = |path: &&String| now.get(*path) == self.files.get(*path);
        self.stripes.iter().all(|stripe| {
            let shards = stripe.data.iter().chain(&stripe.recovery);
            let damaged = shards.filter(|path| !is_whole(path)).count();
            damaged <= self.m && stripe.recovery.iter().any(|path| is_whole(&path))
        })
    }
}

fn members(name: &str, index: &[u8]) -> BTreeMap<Digest, (String, usize, usize)> {
    let lines = index.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| line.starts_with(b"{\"path\":"));
    let member = |line: &[u8]| {
        let record: serde_json::Value = serde_json::from_slice(line).unwrap();
        let number = |key: &str| record[key].as_u64().unwrap() as usize;
        let pack = record["pack"].as_str().unwrap();
        let path = format!("{name}/data/packs/{pack}");
        let digest = record["sha256"].as_str().unwrap().parse().unwrap();
        (digest, (path, number("offset"), number("length")))
    };
    lines.map(member).collect()
}
