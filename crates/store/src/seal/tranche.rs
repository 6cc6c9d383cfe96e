//! The plan of one tranche: every file of both bags with its exact length.

use {
    crate::{
        bag::{BAGIT_TXT, BagInfo, Oxum},
        config::Config,
        kit::{Kit, KitFile, KitRecovery, Subtrees, recovery_pack_bytes},
        leaves::{LeafEntry, leaf_file_bytes},
        merkle::{SUBTREE_BYTES, ZERO},
        names::{TrancheKind, TrancheName},
        seal::{request::SealRequest, shard::ShardPlan},
        stranger,
    },
    longplay_model::{Access, Digest, RelativePath},
    sha2::{Digest as _, Sha256},
    std::collections::BTreeMap,
};

/// The plan of one tranche and its recovery bag; a pure value.
#[derive(Debug, Clone, PartialEq)]
pub struct TranchePlan {
    pub name: TrancheName,
    pub access: Access,
    pub k: u8,
    pub m: u8,
    /// Disks that the files of each stripe are spread over; 0 where all are in
    /// the archive's own folder.
    pub disks: usize,
    pub piece_length: u64,
    pub stripes: Vec<StripePlan>,
    /// Bytes and files below `data/` of the tranche.
    pub payload: Oxum,
    /// The same of the recovery bag.
    pub recovery: Oxum,
    /// Texts that kits carry: path → text.
    pub(crate) bag: BTreeMap<String, String>,
    pub(crate) recovery_bag: BTreeMap<String, String>,
}

/// `k` data files or fewer, and the lengths of what is computed over them.
#[derive(Debug, Clone, PartialEq)]
pub struct StripePlan {
    pub number: u32,
    pub shards: Vec<ShardPlan>,
    /// `D`: length of the longest data file.
    pub data_bytes: u64,
    /// Bytes of each recovery pack.
    pub pack_bytes: u64,
}

impl TranchePlan {
    /// Plans a tranche of these data files, `k` to a stripe.
    pub(crate) fn new(
        name: TrancheName,
        access: Access,
        piece_length: u64,
        shards: Vec<ShardPlan>,
        config: &Config,
        request: &SealRequest,
    ) -> Self {
        let crate::config::Recovery { k, m } = config.recovery;
        let mut plan = Self {
            stripes: stripes(shards, k),
            name,
            access,
            k,
            m,
            disks: config.disks.len(),
            piece_length,
            payload: Oxum::default(),
            recovery: Oxum::default(),
            bag: BTreeMap::new(),
            recovery_bag: BTreeMap::new(),
        };
        plan.payload = plan.payload_of_bag();
        plan.bag = plan.texts(&plan.name.to_string(), plan.payload, config, request);
        plan.measure(config, request);
        plan
    }

    /// Recovery packs first, since the sum of their lengths stands in their kits.
    fn measure(&mut self, config: &Config, request: &SealRequest) {
        let name = self.name.recovery();
        self.recovery_bag = self.texts(&name, Oxum::default(), config, request);
        let lengths: Vec<u64> = self
            .stripes
            .iter()
            .map(|stripe| recovery_pack_bytes(&self.blank_kit(stripe)))
            .collect();
        for (stripe, bytes) in self.stripes.iter_mut().zip(lengths) {
            stripe.pack_bytes = bytes;
        }
        self.recovery = self.payload_of_recovery();
        self.recovery_bag = self.texts(&name, self.recovery, config, request);
    }

    /// Blobs or files of all stripes.
    pub fn items(&self) -> u64 {
        self.shards().map(ShardPlan::items).sum()
    }

    /// Data files of all stripes, in order.
    pub fn shards(&self) -> impl Iterator<Item = &ShardPlan> {
        self.stripes.iter().flat_map(|stripe| &stripe.shards)
    }

    /// Path in its collection of the file that the blob was made from.
    pub(crate) fn source_path_of(&self, blob: &Digest) -> Option<&str> {
        let mut items = self
            .shards()
            .filter_map(ShardPlan::pack)
            .flat_map(|pack| &pack.items);
        let item = items.find(|item| item.record.sha256 == *blob)?;
        item.record.source_path.as_deref()
    }

    /// Whether it has a `data/index.jsonl`.
    pub const fn has_index(&self) -> bool {
        !matches!(self.name.kind, TrancheKind::Metadata)
    }

    /// A digest of all that decides the bytes of the stripe's files and the disks
    /// that they come to.
    pub(crate) fn digest_of(&self, stripe: &StripePlan) -> Digest {
        let kit = self.blank_kit(stripe);
        let mut hasher = Sha256::new().chain_update(kit.to_bytes());
        hasher.update(stripe.pack_bytes.to_be_bytes());
        hasher.update((self.disks as u64).to_be_bytes());
        stripe
            .shards
            .iter()
            .for_each(|shard| shard.describe(&mut hasher));
        hasher.into()
    }

    /// The kit of a stripe with zeros for digests: as long as the true one.
    fn blank_kit(&self, stripe: &StripePlan) -> Kit {
        let subtrees = |bytes: u64| Subtrees(vec![ZERO; bytes.div_ceil(SUBTREE_BYTES) as usize]);
        let file = |shard: &ShardPlan| KitFile {
            path: shard.path.clone(),
            bytes: shard.bytes(),
            sha256: ZERO,
            root: ZERO,
            subtrees: subtrees(shard.bytes()),
        };
        let recovery = |j| KitRecovery {
            path: self.name.recovery_path(stripe.number, j),
            sha256: ZERO,
            root: ZERO,
            subtrees: subtrees(stripe.data_bytes),
        };
        self.kit(
            stripe,
            stripe.shards.iter().map(file).collect(),
            (0..self.m.into()).map(recovery).collect(),
        )
    }

    /// The kit of a stripe whose files turned out so.
    pub(crate) fn kit(
        &self,
        stripe: &StripePlan,
        files: Vec<KitFile>,
        recovery: Vec<KitRecovery>,
    ) -> Kit {
        Kit {
            longplay: "kit".into(),
            version: 1,
            tranche: self.name.to_string(),
            stripe: stripe.number,
            k: self.k,
            m: self.m,
            data_bytes: stripe.data_bytes,
            pack_bytes: stripe.pack_bytes,
            piece_length: self.piece_length,
            stripes: self.stripes.len() as u32,
            files,
            recovery,
            bag: self.bag.clone(),
            recovery_bag: self.recovery_bag.clone(),
        }
    }

    fn payload_of_bag(&self) -> Oxum {
        let tranche = self.name.to_string();
        let data = self.shards().map(ShardPlan::bytes);
        let leaves = self
            .stripes
            .iter()
            .map(|stripe| leaf_file_bytes(&tranche, stripe.number, &stripe.blank_entries()));
        let lines = |shard: &ShardPlan| shard.pack().map_or(0, |pack| pack.lines_bytes);
        let index = self.has_index().then(|| self.shards().map(lines).sum());
        data.chain(leaves).chain(index).collect()
    }

    fn payload_of_recovery(&self) -> Oxum {
        let packs = |stripe: &StripePlan| std::iter::repeat_n(stripe.pack_bytes, self.m.into());
        let leaves = |stripe: &StripePlan| {
            let files = self.blank_recovery_entries(stripe);
            leaf_file_bytes(&self.name.to_string(), stripe.number, &files)
        };
        let lengths = |stripe| packs(stripe).chain([leaves(stripe)]);
        self.stripes.iter().flat_map(lengths).collect()
    }

    /// What the leaf file of a stripe's recovery packs says of them before they are made.
    pub(super) fn blank_recovery_entries(&self, stripe: &StripePlan) -> Vec<LeafEntry> {
        let paths = (0..self.m.into()).map(|j| self.name.recovery_path(stripe.number, j));
        paths
            .map(|path| blank_entry(path, stripe.pack_bytes))
            .collect()
    }

    /// The small files of the bag that is called `identifier`.
    fn texts(
        &self,
        identifier: &str,
        payload: Oxum,
        config: &Config,
        request: &SealRequest,
    ) -> BTreeMap<String, String> {
        let tranche = self.name.to_string();
        let info = BagInfo {
            organization: config.name.clone(),
            identifier: identifier.into(),
            description: self.description(identifier == tranche),
            date: request.clock,
            payload,
            software: request.software.clone(),
            access: self.access,
            stripes: self.stripes.len() as u32,
            k: self.k,
            m: self.m,
            piece_length: self.piece_length,
        };
        let readme = stranger::readme(&stranger::Subject {
            tranche: &tranche,
            archive: &config.name,
            kind: self.name.kind.name(),
            access: &self.access.to_string(),
            k: self.k,
            m: self.m,
        });
        [
            (stranger::README_NAME.into(), readme),
            ("bag-info.txt".into(), info.to_text()),
            ("bagit.txt".into(), BAGIT_TXT.into()),
            (stranger::READER_NAME.into(), stranger::READER.into()),
        ]
        .into()
    }

    fn description(&self, is_bag: bool) -> String {
        let items = self.items();
        let what = match self.name.kind {
            TrancheKind::Metadata => format!("Catalog tables, {items} files"),
            TrancheKind::Audio => format!("Audio, {items} members in the order of the plan"),
            TrancheKind::Art => format!("Cover art, {items} members in the order of the plan"),
        };
        match is_bag {
            true => what,
            false => format!("Recovery packs of {}: {what}", self.name),
        }
    }
}

fn stripes(shards: Vec<ShardPlan>, k: u8) -> Vec<StripePlan> {
    let mut shards = shards.into_iter().peekable();
    let mut stripes = Vec::new();
    while shards.peek().is_some() {
        let shards: Vec<_> = shards.by_ref().take(k.into()).collect();
        stripes.push(StripePlan {
            number: stripes.len() as u32,
            data_bytes: shards.iter().map(ShardPlan::bytes).max().unwrap_or(0),
            pack_bytes: 0,
            shards,
        });
    }
    stripes
}

const fn blank_entry(path: RelativePath, bytes: u64) -> LeafEntry {
    LeafEntry {
        path,
        bytes,
        sha256: ZERO,
        root: ZERO,
    }
}

impl StripePlan {
    /// What the leaf file of its data files says of them before they are written.
    pub(super) fn blank_entries(&self) -> Vec<LeafEntry> {
        let shards = self.shards.iter();
        shards
            .map(|shard| blank_entry(shard.path.clone(), shard.bytes()))
            .collect()
    }

    /// Bytes of all its data files.
    pub fn bytes(&self) -> u64 {
        self.shards.iter().map(ShardPlan::bytes).sum()
    }
}
