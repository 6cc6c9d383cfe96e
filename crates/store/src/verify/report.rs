use {
    crate::{
        facts::{Bag, Runs},
        verify::{
            examined::Examined,
            findings::findings,
            shard::Shard,
            small::{Small, SmallState},
            tracks::{Contents, TouchedItem},
        },
    },
    longplay_model::{Event, Finding},
    serde::Serialize,
};

/// What verifying found, tranche by tranche.
#[derive(Debug, Clone, Default, Serialize)]
pub struct VerifyReport {
    pub tranches: Vec<TrancheReport>,
}

/// What verifying found in one tranche.
#[derive(Debug, Clone, Serialize)]
pub struct TrancheReport {
    pub name: String,
    /// Every file that should be there, and every other that is.
    pub files: Vec<FileReport>,
    pub findings: Vec<Finding>,
    pub bytes_read: u64,
    #[serde(skip)]
    pub(crate) examined: Option<Examined>,
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
    /// There, and nobody knows why.
    Unexpected,
}

impl VerifyReport {
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.tranches.iter().flat_map(|tranche| &tranche.findings)
    }

    /// Whether everything is as it was promised.
    pub fn is_sound(&self) -> bool {
        self.tranches.iter().all(TrancheReport::is_sound)
    }

    /// What the journal should know of this.
    pub fn events(&self) -> Vec<Event> {
        let event = |tranche: &TrancheReport| Event::FixityCheck {
            tranche: tranche.name.clone(),
            findings: tranche.damage().count() as u64,
            bytes: tranche.bytes_read,
        };
        self.tranches.iter().map(event).collect()
    }
}

impl TrancheReport {
    pub(crate) fn new(examined: Examined) -> Self {
        let contents = examined.contents();
        Self {
            name: examined.survey.facts.tranche.clone(),
            files: files(&examined, &contents),
            findings: findings(&examined, &contents),
            bytes_read: examined.survey.seen.values().map(|seen| seen.bytes).sum(),
            examined: Some(examined),
        }
    }

    pub(crate) fn absent(name: &str, finding: Finding) -> Self {
        Self {
            name: name.into(),
            files: Vec::new(),
            findings: vec![finding],
            bytes_read: 0,
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

fn files(examined: &Examined, contents: &Contents) -> Vec<FileReport> {
    let shards = examined.shards.iter().map(|shard| {
        let state = shard_state(shard, contents);
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
