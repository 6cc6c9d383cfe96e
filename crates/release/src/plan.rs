use {
    crate::error::Error,
    longplay_model::{Access, Finding, FindingCode, Timestamp},
    longplay_store::{
        Home, SealedTranche,
        bag::parse_info,
        names::{TrancheKind, TrancheName},
    },
    serde::Serialize,
    std::path::PathBuf,
};

/// How a release is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseOptions {
    /// The public folder; [`Home::public_dir`] unless the user names another.
    pub to: PathBuf,
    /// Where the public folder will be served: becomes the web seed (BEP 19).
    pub base_url: Option<String>,
    pub trackers: Vec<String>,
    /// Decides which embargoes have ended.
    pub now: Timestamp,
    /// Threads that hash.
    pub threads: usize,
    /// Read every byte and compare it with its sealing, even where an earlier release
    /// or the sealing tells what the torrent needs.
    pub rehash: bool,
}

impl ReleaseOptions {
    /// Into `to`, with neither web seed nor tracker, on two threads.
    pub const fn new(to: PathBuf, now: Timestamp) -> Self {
        Self {
            to,
            base_url: None,
            trackers: Vec::new(),
            now,
            threads: 2,
            rehash: false,
        }
    }
}

/// What a release will do: the tranches that are open, in the order of their
/// phases, and those that are held back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleasePlan {
    /// Metadata, then audio, then art; each by number.
    pub tranches: Vec<PlannedTranche>,
    pub held: Vec<HeldTranche>,
}

/// A tranche that is open.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedTranche {
    pub name: String,
    /// `metadata`, `audio` or `art`.
    pub phase: &'static str,
    pub access: Access,
    pub bytes: u64,
    pub recovery_bytes: u64,
    /// Never released before.
    pub is_new: bool,
    #[serde(skip)]
    pub(crate) sealed: SealedTranche,
}

/// A tranche that stays.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldTranche {
    pub name: String,
    /// R001, with the reason.
    pub finding: Finding,
}

impl ReleasePlan {
    /// Bytes of the tranches, recovery not counted.
    pub fn bytes(&self) -> u64 {
        self.tranches.iter().map(|tranche| tranche.bytes).sum()
    }

    pub fn recovery_bytes(&self) -> u64 {
        let bytes = self.tranches.iter().map(|tranche| tranche.recovery_bytes);
        bytes.sum()
    }
}

/// Plans the release of every sealed tranche that is open at `options.now`.
pub fn plan(home: &Home, options: &ReleaseOptions) -> Result<ReleasePlan, Error> {
    let released = home.state().released()?;
    let mut order = Vec::new();
    let mut held = Vec::new();
    for sealed in home.state().sealed()? {
        let name: Option<TrancheName> = sealed.name.parse().ok();
        match open_access(home, &sealed, name.as_ref(), options.now) {
            Err(reason) => held.push(held_back(&sealed.name, reason)),
            Ok((kind, number, access)) => {
                let is_new = !released.iter().any(|old| old.tranche == sealed.name);
                order.push((kind, number, planned(sealed, kind, access, is_new)));
            }
        }
    }
    // What did not answer says nothing of rights.
    home.tranches_dir().has_answered()?;
    order.sort_by_key(|(kind, number, _)| (*kind, *number));
    held.sort_by(|a: &HeldTranche, b| a.name.cmp(&b.name));
    let tranches = order.into_iter().map(|(_, _, planned)| planned).collect();
    Ok(ReleasePlan { tranches, held })
}

fn planned(
    sealed: SealedTranche,
    kind: TrancheKind,
    access: Access,
    is_new: bool,
) -> PlannedTranche {
    PlannedTranche {
        name: sealed.name.clone(),
        phase: kind.name(),
        access,
        bytes: sealed.bytes,
        recovery_bytes: sealed.recovery_bytes,
        is_new,
        sealed,
    }
}

fn held_back(name: &str, reason: String) -> HeldTranche {
    let subject = format!("tranches/{name}");
    HeldTranche {
        name: name.into(),
        finding: Finding::new(FindingCode::R001, subject, reason),
    }
}

/// The class by the name of the tranche and by its `bag-info.txt`, which tells
/// the second at which an embargo ends. Where they disagree it stays; what is
/// open by name is looked at more closely when it is released.
fn open_access(
    home: &Home,
    sealed: &SealedTranche,
    name: Option<&TrancheName>,
    now: Timestamp,
) -> Result<(TrancheKind, u32, Access), String> {
    let name = name.ok_or("its name tells no kind and no access")?;
    let path = home.tranches_dir().join(&sealed.name).join("bag-info.txt");
    let told: Option<Access> = path.read().ok().and_then(|text| {
        let info = parse_info(str::from_utf8(&text).ok()?);
        info.get("Longplay-Access")?.parse().ok()
    });
    let access = match (told, name.access.as_str()) {
        (_, "open") => Access::Open,
        (Some(access), slug) if access.slug() == slug => access,
        (None, slug) => return Err(format!("it is {slug}, and its bag-info.txt says no more")),
        (Some(access), slug) => {
            return Err(format!("its name says {slug}, its bag-info.txt {access}"));
        }
    };
    match access.is_open_at(now) {
        true => Ok((name.kind, name.number, access)),
        false => Err(format!("it is {access}")),
    }
}
