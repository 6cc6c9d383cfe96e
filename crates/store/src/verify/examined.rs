use {
    crate::{
        facts::Place,
        verify::{shard::Shard, small::Small, survey::Survey, tracks::Contents},
    },
    std::{collections::BTreeSet, sync::Arc},
};

/// What a report rests on: a repair is planned from it.
#[derive(Debug, Clone)]
pub(crate) struct Examined {
    pub survey: Arc<Survey>,
    pub shards: Vec<Shard>,
    pub smalls: Vec<Small>,
}

impl Examined {
    /// Whether there is nothing to mend.
    pub fn is_sound(&self) -> bool {
        self.shards.iter().all(Shard::is_sound) && self.smalls.iter().all(Small::is_sound)
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
