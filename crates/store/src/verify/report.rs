use {
    crate::{
        facts::{Bag, Place, Runs},
        verify::{
            examined::Examined,
            findings::findings,
            shard::Shard,
            small::{Small, SmallState},
            tracks::{Contents, TouchedItem},
        },
    },
    longplay_model::{Event, Finding, FindingCode, FixityMethod, PathRange},
    serde::Serialize,
    std::collections::BTreeSet,
};

/// What verifying found, tranche by tranche.
#[derive(Debug, Clone, Default, Serialize)]
pub struct VerifyReport {
    /// Those of which something was read, or nothing is there.
    pub tranches: Vec<TrancheReport>,
    /// Packs and recovery packs that were left for another time.
    pub files_unread: u64,
}

/// What verifying found in one tranche.
#[derive(Debug, Clone, Serialize)]
pub struct TrancheReport {
    pub name: String,
    /// Every file that should be there, and every other that is.
    pub files: Vec<FileReport>,
    pub findings: Vec<Finding>,
    pub bytes_read: u64,
    /// Packs and recovery packs that were left for another time.
    pub files_unread: u64,
    /// The packs and recovery packs that were read; all where it is empty.
    #[serde(skip)]
    only: Vec<PathRange>,
    #[serde(skip)]
    how: FixityMethod,
    #[serde(skip)]
    pub(crate) examined: Option<Examined>,
}

/// How the large files were looked at.
pub(super) struct Looked {
    /// Some were compared leaf by leaf and not whole.
    pub by_leaves: bool,
    /// These have the right length, and were left for another time.
    pub unread: BTreeSet<Place>,
    /// These were read otherwise than they should be, and then read again.
    pub doubtful: BTreeSet<Place>,
}

/// How one file is.
#[derive(Debug, Clone, Serialize)]
pub struct FileReport {
    /// Relative to its bag.
    pub path: String,
    /// Whether the bag is the one of recovery packs.
    pub in_recovery: bool,
    #[serde(flatten)]
    pub state: FileState,
}

/// How a file compares with what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum FileState {
    Whole,
    Missing,
    /// Whole, and under another name.
    Misplaced {
        at: String,
    },
    Damaged {
        /// Numbers of the 16 KiB leaves that are not as they should be, as
        /// pairs of first and last.
        leaves: Runs,
        expected_bytes: Option<u64>,
        found_bytes: u64,
        /// Where its bytes stand, when not at its place.
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<String>,
        /// Items of a pack that have bytes in these leaves; empty when no
        /// index of the pack can be read.
        touched: Vec<TouchedItem>,
    },
    /// There, and nothing that is left tells whether it is right.
    Unproven,
    /// There, with the right length, and not read this time.
    Unread,
    /// There, and nobody knows why.
    Unexpected,
    /// On a disk that is not there.
    Away {
        /// Where the disk should be.
        disk: String,
    },
}

impl VerifyReport {
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.tranches.iter().flat_map(|tranche| &tranche.findings)
    }

    /// Whether everything is as it was promised.
    pub fn is_sound(&self) -> bool {
        self.tranches.iter().all(TrancheReport::is_sound)
    }

    /// What the journal should know of this: nothing of a tranche of which no
    /// pack was read.
    pub fn events(&self) -> Vec<Event> {
        let event = |tranche: &TrancheReport| Event::FixityCheck {
            tranche: tranche.name.clone(),
            findings: tranche.damage().count() as u64,
            bytes: tranche.bytes_read,
            how: tranche.how,
            only: tranche.only.clone(),
        };
        let is_read = |it: &&TrancheReport| it.files_unread == 0 || !it.only.is_empty();
        self.tranches.iter().filter(is_read).map(event).collect()
    }
}

impl TrancheReport {
    /// Of a tranche that was read as a whole.
    pub(crate) fn of_all(examined: Examined) -> Self {
        let looked = Looked {
            by_leaves: false,
            unread: BTreeSet::new(),
            doubtful: BTreeSet::new(),
        };
        Self::new(examined, &looked)
    }

    pub(super) fn new(examined: Examined, looked: &Looked) -> Self {
        let contents = examined.contents();
        let seen = examined.survey.seen.iter();
        let read = seen.filter(|(place, _)| !looked.unread.contains(place));
        let mut findings = findings(&examined, &contents);
        findings.extend(transient(&examined, looked));
        Self {
            name: examined.survey.facts.tranche.clone(),
            files: files(&examined, &contents, looked),
            findings,
            bytes_read: read.map(|(_, seen)| seen.bytes).sum(),
            files_unread: looked.unread.len() as u64,
            only: read_ranges(&examined, looked),
            how: match looked.by_leaves {
                true => FixityMethod::Leaves,
                false => FixityMethod::Whole,
            },
            examined: Some(examined),
        }
    }

    pub(crate) fn absent(name: &str, finding: Finding) -> Self {
        Self {
            name: name.into(),
            files: Vec::new(),
            findings: vec![finding],
            bytes_read: 0,
            files_unread: 0,
            only: Vec::new(),
            how: FixityMethod::Whole,
            examined: None,
        }
    }

    /// Findings of severity damage.
    pub fn damage(&self) -> impl Iterator<Item = &Finding> {
        let damage = longplay_model::Severity::Damage;
        self.findings
            .iter()
            .filter(move |finding| finding.code.severity() == damage)
    }

    /// Whether everything is as it was promised; files that nobody put there
    /// do no harm.
    pub fn is_sound(&self) -> bool {
        self.damage().next().is_none()
    }
}

/// Files that were damaged when they were read, and sound when they were read
/// again.
fn transient<'a>(examined: &'a Examined, looked: &'a Looked) -> impl Iterator<Item = Finding> + 'a {
    let sound = examined.shards.iter().filter(|shard| shard.is_sound());
    let transient = sound.filter(|shard| looked.doubtful.contains(&shard.place));
    transient.map(|shard| {
        let subject = shard.place.subject(&examined.survey.facts.tranche);
        let seen = "it was read otherwise once, and as it was sealed when it was read again";
        Finding::new(FindingCode::S019, subject, seen)
    })
}

/// Runs of the packs and recovery packs that were read, in the order of their
/// paths; nothing where all were. Other files are no part of a run: their paths
/// may stand between those of packs that nobody read.
fn read_ranges(examined: &Examined, looked: &Looked) -> Vec<PathRange> {
    if looked.unread.is_empty() {
        return Vec::new();
    }
    let shards: BTreeSet<&Place> = examined.shards.iter().map(|shard| &shard.place).collect();
    let shards: Vec<&Place> = shards.into_iter().collect();
    let is_read = |place: &&Place| !looked.unread.contains(*place);
    let runs = shards.chunk_by(|a, b| a.bag == b.bag && is_read(a) == is_read(b));
    runs.filter(|run| is_read(&run[0]))
        .map(|run| PathRange {
            first: run[0].path.clone(),
            last: run[run.len() - 1].path.clone(),
        })
        .collect()
}

fn files(examined: &Examined, contents: &Contents, looked: &Looked) -> Vec<FileReport> {
    let shards = examined.shards.iter().map(|shard| {
        let is_unread = shard.is_sound() && looked.unread.contains(&shard.place);
        let away = examined.survey.away(&shard.place);
        let state = match away.filter(|_| shard.holder.is_none()) {
            Some(disk) => FileState::Away {
                disk: disk.display().to_string(),
            },
            None if is_unread => FileState::Unread,
            None => shard_state(shard, contents),
        };
        (shard.place.clone(), state)
    });
    let smalls = examined
        .smalls
        .iter()
        .map(|small| (small.place.clone(), small_state(examined, small)));
    let strays = examined
        .strays()
        .into_iter()
        .map(|place| (place, FileState::Unexpected));
    let mut all: Vec<_> = shards.chain(smalls).chain(strays).collect();
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all.into_iter()
        .map(|(place, state)| FileReport {
            in_recovery: place.bag == Bag::Recovery,
            path: place.path,
            state,
        })
        .collect()
}

fn shard_state(shard: &Shard, contents: &Contents) -> FileState {
    let condition = &shard.condition;
    match &shard.holder {
        None => FileState::Missing,
        Some(holder) if condition.whole && shard.is_moved() => FileState::Misplaced {
            at: holder.to_string(),
        },
        Some(_) if condition.whole => FileState::Whole,
        Some(_) if condition.unproven => FileState::Unproven,
        Some(holder) => FileState::Damaged {
            leaves: condition.bad.clone(),
            expected_bytes: shard.bytes,
            found_bytes: condition.found_bytes,
            at: shard.is_moved().then(|| holder.to_string()),
            touched: contents
                .touched(shard.place.file_name(), &condition.bad)
                .unwrap_or_default(),
        },
    }
}

fn small_state(examined: &Examined, small: &Small) -> FileState {
    match small.state {
        SmallState::Whole => FileState::Whole,
        SmallState::Missing => FileState::Missing,
        SmallState::Unproven => FileState::Unproven,
        SmallState::Damaged | SmallState::NotTheJournals => {
            let found = examined.survey.file(&small.place);
            FileState::Damaged {
                leaves: Runs::default(),
                expected_bytes: None,
                found_bytes: found.map_or(0, |file| file.bytes),
                at: None,
                touched: Vec::new(),
            }
        }
    }
}
