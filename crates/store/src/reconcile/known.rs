use {
    crate::{
        cache,
        error::Error,
        home::{CONFIG, Home},
        lock,
        names::{RECOVERY, TrancheName},
        reconcile::expected::Expected,
        seal::pending,
        spread,
        staging::{DAMAGED, UNCLAIMED},
    },
    std::collections::BTreeSet,
};

/// What keeps other archives from where the tranches lie in a store.
const CLAIM: &str = "longplay-archive.json";

/// Which files need no entry of the journal to be an archive's own.
pub struct Known {
    plans: BTreeSet<String>,
    /// Bags of a sealing that has not ended.
    unsealed: BTreeSet<String>,
}

impl Known {
    pub fn of(home: &Home) -> Result<Self, Error> {
        let pending = pending::read(home)?;
        let bags = pending.iter();
        Ok(Self {
            plans: home.state().plans()?.into_iter().collect(),
            unsealed: bags
                .flat_map(|name| [name.to_string(), name.recovery()])
                .collect(),
        })
    }

    /// Whether the file of this path is known to something.
    pub fn has(&self, path: &str, expected: &Expected) -> bool {
        let mut parts = path.splitn(3, '/');
        let parts = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let is_own = match parts {
            (top, None, None) => is_top(top),
            ("journal", Some(name), None) => is_journal(name),
            ("staging", Some("tmp" | "objects" | DAMAGED | UNCLAIMED), Some(_)) => true,
            ("plans", Some(name), None) => self.is_plan(name),
            ("tranches", Some(name), None) => [pending::NOTE, spread::NOTE, CLAIM].contains(&name),
            ("tranches", Some(bag), Some(_)) => self.unsealed.contains(bag),
            ("catalog", Some("lock"), None) | ("holdings" | "pieces", Some(_), _) => true,
            _ => false,
        };
        let is_expected = expected.files.contains_key(path);
        is_own || is_expected || is_below(path, &expected.known_folders)
    }

    /// Whether a bag is of a sealing that has not ended.
    pub fn is_unsealed(&self, bag: &str) -> bool {
        self.unsealed.contains(bag)
    }

    /// What is known of an unknown file or folder all the same.
    pub fn note_on(&self, path: &str) -> Option<String> {
        let name = path.strip_prefix("tranches/").unwrap_or_default();
        let name = name.strip_suffix(RECOVERY).unwrap_or(name);
        if name.parse::<TrancheName>().is_ok() {
            return Some("a tranche that the journal does not know: longplay rebuild".into());
        }
        let is_blob = path.starts_with("staging/blobs/");
        is_blob.then(|| "no receipt needs it: the next intake removes it".into())
    }

    fn is_plan(&self, name: &str) -> bool {
        let endings = [".places.parquet", ".marks.parquet", ".parquet", ".json"];
        let plan = endings.iter().find_map(|ending| name.strip_suffix(ending));
        plan.is_some_and(|plan| self.plans.contains(plan))
    }
}

fn is_top(name: &str) -> bool {
    let is_cache = name
        .strip_prefix(cache::STATE)
        .is_some_and(|rest| matches!(rest, "" | "-wal" | "-shm" | "-journal"));
    name == lock::NAME || name.starts_with(CONFIG) || is_cache
}

fn is_journal(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let segment = name.strip_suffix(".jsonl").is_some_and(is_number);
    segment || name.strip_prefix("torn-").is_some_and(is_number)
}

fn is_below(path: &str, folders: &BTreeSet<String>) -> bool {
    let ends = path.match_indices('/').map(|(at, _)| at);
    ends.into_iter().any(|end| folders.contains(&path[..end]))
}

/// The tranche, source or snapshot that an unknown file stands in: told together.
pub fn group_of(path: &str) -> &str {
    let mut slashes = path.match_indices('/').map(|(at, _)| at);
    let second = slashes.nth(1);
    let is_grouped = ["tranches/", "sources/", "catalog/"]
        .iter()
        .any(|folder| path.starts_with(folder));
    match second.filter(|_| is_grouped) {
        Some(end) => &path[..end],
        None => path,
    }
}
