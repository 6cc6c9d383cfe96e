use {
    crate::{
        facts::Place,
        verify::{shard::Shard, small::Small, survey::Survey, tracks::Contents},
    },
    std::{
        collections::{BTreeMap, BTreeSet},
        path::Path,
        sync::Arc,
    },
};

/// What a report rests on: a repair is planned from it.
#[derive(Debug, Clone)]
pub(crate) struct Examined {
    pub survey: Arc<Survey>,
    pub shards: Vec<Shard>,
    pub smalls: Vec<Small>,
    /// Packs and recovery packs that have the right length, were not read, and are taken
    /// for sound.
    pub unread: BTreeSet<Place>,
}

impl Examined {
    /// Whether there is nothing to mend.
    pub fn is_sound(&self) -> bool {
        self.shards.iter().all(Shard::is_sound) && self.smalls.iter().all(Small::is_sound)
    }

    /// Packs and recovery packs on disks that are not there, each with its disk.
    pub fn away(&self) -> impl Iterator<Item = (&Place, &Path)> {
        let gone = self.shards.iter().filter(|shard| shard.holder.is_none());
        gone.filter_map(|shard| Some((&shard.place, self.survey.away(&shard.place)?)))
    }

    /// The disk that a file is on, of an archive on several disks; the folder of
    /// tranches for one that stands in the bag itself.
    pub fn disk_of(&self, shard: &Shard) -> Option<&Path> {
        let folders = &self.survey.folders;
        if folders.volumes.is_empty() || shard.holder.is_none() {
            return None;
        }
        match self.survey.links.get(&shard.place) {
            Some(target) => folders.volumes.holding(target).map(|it| it.path.as_path()),
            None => folders.data.path().parent(),
        }
    }

    /// Stripes that the loss of one disk would leave with more files lost than
    /// they have recovery packs, with a disk and how many files it holds.
    pub fn at_risk(&self) -> BTreeMap<u32, (&Path, usize)> {
        let Some(geometry) = self.survey.facts.geometry else {
            return BTreeMap::new();
        };
        let mut held: BTreeMap<(u32, &Path), usize> = BTreeMap::new();
        for shard in &self.shards {
            if let Some(disk) = self.disk_of(shard) {
                *held.entry((shard.stripe, disk)).or_default() += 1;
            }
        }
        let over = held
            .into_iter()
            .filter(|(_, count)| *count > geometry.m.into());
        over.map(|((stripe, disk), count)| (stripe, (disk, count)))
            .collect()
    }

    /// What the indexes say of damaged packs.
    pub fn contents(&self) -> Contents {
        let damaged: Vec<&Shard> = self
            .shards
            .iter()
            .filter(|shard| !shard.is_recovery() && !shard.condition.whole)
            .collect();
        Contents::of_packs(&self.survey, &damaged)
    }

    /// Files that are neither expected nor hold the bytes of one that is.
    pub fn strays(&self) -> Vec<Place> {
        let shards = self.shards.iter();
        let expected: BTreeSet<&Place> = shards
            .flat_map(|shard| [Some(&shard.place), shard.holder.as_ref()])
            .flatten()
            .chain(self.smalls.iter().map(|small| &small.place))
            .collect();
        let found = self.survey.found.iter().map(|file| &file.place);
        found
            .filter(|place| !expected.contains(place))
            .cloned()
            .collect()
    }
}
