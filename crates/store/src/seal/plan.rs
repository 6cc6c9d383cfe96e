//! What sealing will write: every file with its exact length, before a byte of
//! it is written.

use {
    crate::{
        bag::{MANIFEST, parse_manifest},
        disk::Location,
        error::Error,
        home::Home,
        names::{RECOVERY, TrancheKind, TrancheName},
        pack::{Item, PackLayout, Source, piece_length_for},
        seal::{
            gather::{audio_items, cover_items, gather},
            held::Held,
            pending,
            request::{Payload, SealRequest},
            shard::{Content, ShardPlan},
            split::{balance, cut_at, pack_count},
            tranche::TranchePlan,
        },
        tar::member_bytes,
    },
    longplay_model::{Access, Digest, Finding, RelativePath, Silent},
    sha2::{Digest as _, Sha256},
    std::{
        collections::{BTreeMap, BTreeSet},
        io::{ErrorKind, Read},
    },
};

/// Everything that a sealing will write; a pure value, to be printed, counted
/// and handed to [`execute`](crate::seal::execute).
#[derive(Debug, Clone, PartialEq)]
pub struct SealPlan {
    pub request: SealRequest,
    pub tranches: Vec<TranchePlan>,
    /// Tranches that a killed sealing finished and did not enter into the
    /// journal: they are checked and entered first.
    pub to_enter: Vec<TrancheName>,
    /// Staged blobs that are missing or cut short (S014): they are left out.
    pub findings: Vec<Finding>,
}

impl SealPlan {
    /// Whether there is nothing to write.
    pub const fn is_empty(&self) -> bool {
        self.tranches.is_empty() && self.to_enter.is_empty()
    }

    /// Bytes below `data/` of all tranches, recovery not counted.
    pub fn bytes(&self) -> u64 {
        self.tranches
            .iter()
            .map(|tranche| tranche.payload.bytes)
            .sum()
    }

    /// Bytes below `data/` of all recovery bags.
    pub fn recovery_bytes(&self) -> u64 {
        self.tranches
            .iter()
            .map(|tranche| tranche.recovery.bytes)
            .sum()
    }
}

/// Plans the sealing of `request.payload`. Reads the lengths of staged blobs,
/// and plain files whole; changes nothing.
///
/// # Errors
/// [`Error::DiskAbsent`] and [`Error::TooFewDisks`] where the disks of the
/// archive are not such that the loss of any one would be healed.
pub fn plan(home: &Home, request: &SealRequest) -> Result<SealPlan, Error> {
    home.volumes().ready(home.config().recovery)?;
    let pending = pending::read(home)?;
    let mut planner = Planner {
        home,
        request,
        next: next_number(home, &pending)?,
        tranches: Vec::new(),
    };
    let findings = match &request.payload {
        Payload::Staged => {
            let mut held = Held::read(home, &pending)?;
            held.read_older(home, &Silent)?;
            planner.staged(&held)?
        }
        Payload::Files { access, files } => planner.files(*access, files)?,
    };
    let mut to_enter = finished_unknown(home, &pending)?;
    to_enter.retain(|name| request.payload.makes(name.kind));
    Ok(SealPlan {
        request: request.clone(),
        tranches: planner.tranches,
        to_enter,
        findings,
    })
}

/// Tranches of `pending` that stand under their names and are unknown to the journal.
fn finished_unknown(
    home: &Home,
    pending: &BTreeSet<TrancheName>,
) -> Result<Vec<TrancheName>, Error> {
    let sealed = home.state().sealed()?;
    let known: BTreeSet<&str> = sealed.iter().map(|tranche| tranche.name.as_str()).collect();
    let is_finished = |name: &&TrancheName| {
        let name = name.to_string();
        !known.contains(name.as_str()) && home.workshop().join(name).is_folder()
    };
    Ok(pending.iter().filter(is_finished).cloned().collect())
}

/// One more than the highest number that the journal or a folder bears. A
/// recovery bag alone, of a sealing killed between its two last steps, does not
/// count: its tranche is written under the same name again.
fn next_number(home: &Home, pending: &BTreeSet<TrancheName>) -> Result<u32, Error> {
    let mut highest = 0;
    for tranche in home.state().sealed()? {
        highest = highest.max(number_of(&tranche.name));
    }
    let mut folders = folder_names(&home.workshop())?;
    if home.keeps_elsewhere() {
        folders.extend(folder_names(&home.tranches_dir())?);
    }
    for folder in folders {
        let number = match folder.strip_suffix(RECOVERY) {
            None => number_of(&folder),
            Some(name) if pending.iter().any(|known| known.to_string() == name) => 0,
            Some(name) => number_of(name),
        };
        highest = highest.max(number);
    }
    Ok(highest + 1)
}

fn number_of(name: &str) -> u32 {
    name.parse::<TrancheName>().map_or(0, |name| name.number)
}

/// Names in a folder, sorted; those that are not UTF-8 are no names of ours.
pub fn folder_names(folder: &Location) -> Result<Vec<String>, Error> {
    let entries = folder.list().map_err(|source| Error::ListFolder {
        path: folder.into(),
        source,
    })?;
    let names = entries.into_iter().map(|entry| entry.name.into_string());
    Ok(names.filter_map(Result::ok).collect())
}

struct Planner<'a> {
    home: &'a Home,
    request: &'a SealRequest,
    next: u32,
    tranches: Vec<TranchePlan>,
}

impl Planner<'_> {
    fn staged(&mut self, held: &Held) -> Result<Vec<Finding>, Error> {
        let home = self.home;
        let gathered = gather(home, held)?;
        for (access, receipts) in &gathered.audio {
            let lengths = receipts.iter().map(|receipt| receipt.bytes);
            for range in self.tranche_ranges(lengths) {
                let items = audio_items(home, &receipts[range]);
                self.packs(TrancheKind::Audio, *access, items);
            }
        }
        for (access, covers) in &gathered.covers {
            let lengths = covers.iter().map(|cover| cover.cover.bytes);
            for range in self.tranche_ranges(lengths) {
                let items = cover_items(home, &covers[range]);
                self.packs(TrancheKind::Art, *access, items);
            }
        }
        Ok(gathered.findings)
    }

    /// Which items make a tranche each.
    fn tranche_ranges(&self, lengths: impl Iterator<Item = u64>) -> Vec<std::ops::Range<usize>> {
        let lengths: Vec<u64> = lengths.map(|bytes| member_bytes("", bytes)).collect();
        let mut start = 0;
        cut_at(&lengths, self.home.config().tranche_bytes.0)
            .into_iter()
            .map(|run| {
                start += run;
                start - run..start
            })
            .collect()
    }

    /// Plans one tranche of packs.
    fn packs(&mut self, kind: TrancheKind, access: Access, items: Vec<Item>) {
        let config = self.home.config();
        let name = TrancheName::new(self.next, kind, access);
        let lengths: Vec<u64> = items
            .iter()
            .map(|item| member_bytes(item.record.path.as_str(), item.record.length))
            .collect();
        let total: u64 = lengths.iter().sum();
        let count = pack_count(total, items.len(), config.recovery.k, config.pack_bytes.0);
        let piece_length = piece_length_for(total / count.max(1) as u64);
        let mut items = items.into_iter();
        let shards = (0..)
            .zip(balance(&lengths, count))
            .map(|(number, run)| {
                let items = items.by_ref().take(run).collect();
                let layout = PackLayout::new(name.pack(number), piece_length, access, items);
                ShardPlan {
                    path: name.pack_path(number),
                    content: Content::Pack(Box::new(layout)),
                }
            })
            .collect();
        self.push(name, access, piece_length, shards);
    }

    fn push(
        &mut self,
        name: TrancheName,
        access: Access,
        piece_length: u64,
        shards: Vec<ShardPlan>,
    ) {
        let config = self.home.config();
        let tranche = TranchePlan::new(name, access, piece_length, shards, config, self.request);
        self.tranches.push(tranche);
        self.next += 1;
    }

    /// Plans a metadata tranche, unless the last one of the class holds the
    /// same files.
    fn files(
        &mut self,
        access: Access,
        files: &[(String, Location)],
    ) -> Result<Vec<Finding>, Error> {
        let mut sources = BTreeMap::new();
        for (name, path) in files {
            let wanted: RelativePath =
                format!("data/catalog/{name}")
                    .parse()
                    .map_err(|source| Error::NameMetadata {
                        name: name.clone(),
                        source,
                    })?;
            sources.insert(wanted, hash(path)?);
        }
        if sources.is_empty() || is_sealed(self.home, access, &sources)? {
            return Ok(Vec::new());
        }
        let longest = sources
            .values()
            .map(|source| source.bytes)
            .max()
            .unwrap_or(0);
        let name = TrancheName::new(self.next, TrancheKind::Metadata, access);
        let shards = sources.into_iter().map(|(path, source)| ShardPlan {
            path,
            content: Content::File(source),
        });
        self.push(name, access, piece_length_for(longest), shards.collect());
        Ok(Vec::new())
    }
}

/// Length and digest of a file as it is now.
///
/// # Errors
/// When it cannot be read.
pub fn hash(location: &Location) -> Result<Source, Error> {
    let failed = |source| Error::read(location, source);
    let mut file = location.stream().map_err(failed)?;
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 18];
    loop {
        let count = file.read(&mut buffer).map_err(failed)?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
        bytes += count as u64;
    }
    Ok(Source {
        location: location.into(),
        digest: hasher.into(),
        bytes,
    })
}

/// Whether the newest metadata tranche of the class holds exactly these files.
fn is_sealed(
    home: &Home,
    access: Access,
    sources: &BTreeMap<RelativePath, Source>,
) -> Result<bool, Error> {
    let mut newest: Option<TrancheName> = None;
    let known = home.state().sealed()?.into_iter();
    for name in known.filter_map(|tranche| tranche.name.parse::<TrancheName>().ok()) {
        if name.kind == TrancheKind::Metadata && name.access == access.slug() {
            newest = newest.max(Some(name));
        }
    }
    let unknown = finished_unknown(home, &pending::read(home)?)?;
    let unknown = unknown
        .into_iter()
        .filter(|name| name.kind == TrancheKind::Metadata && name.access == access.slug());
    let Some(name) = unknown.max().max(newest) else {
        return Ok(false);
    };
    let path = home.where_is(&name).join(MANIFEST);
    let manifest = match path.read() {
        Ok(manifest) => manifest,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(Error::read(path, source)),
    };
    Ok(catalog_of(&manifest).is_some_and(|held| {
        let wanted = sources
            .iter()
            .map(|(path, source)| (path.to_string(), source.digest));
        held == wanted.collect()
    }))
}

/// The catalog files of a manifest; `None` when it cannot be understood.
pub fn catalog_of(manifest: &[u8]) -> Option<BTreeMap<String, Digest>> {
    let manifest = parse_manifest(std::str::from_utf8(manifest).ok()?).ok()?;
    let files = manifest.into_iter();
    Some(
        files
            .filter(|(path, _)| path.starts_with("data/catalog/"))
            .collect(),
    )
}
