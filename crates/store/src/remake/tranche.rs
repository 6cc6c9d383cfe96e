use {
    crate::{
        bag::{TAG_MANIFEST, parse_info},
        error::Error,
        facts::{Bag, Folders, Place, Promise, listing::read_text},
        indexes::Asked,
        names::TrancheName,
        repair::{RepairPlan, RepairSummary, plan_repair, repair},
        verify::{TrancheReport, verify_promised},
    },
    longplay_model::{
        Digest, Event, Finding,
        FindingCode::{self, S006, S007, S008, S009},
        Monitor, Quiet,
    },
    serde::Serialize,
    std::fmt,
};

/// A tranche as it is, and what will be made of it.
#[derive(Debug, Clone, Serialize)]
pub struct TrancheLook {
    pub name: String,
    /// The journal has no entry of its sealing.
    pub is_unknown: bool,
    pub plan: RepairPlan,
    #[serde(skip)]
    report: TrancheReport,
}

/// A tranche of which something is here, after what could be made again was.
pub struct Here {
    pub name: TrancheName,
    pub folders: Folders,
    pub is_whole: bool,
    /// Which of its indexes can be believed.
    pub asked: Asked,
}

/// Reads a tranche whole; the journal may know what it has to be.
pub fn look(
    folders: &Folders,
    name: &TrancheName,
    promise: Option<Promise>,
    monitor: &dyn Monitor,
) -> Result<TrancheLook, Error> {
    let is_unknown = promise.is_none();
    let report = verify_promised(folders, &promise.unwrap_or_default(), &Quiet(monitor))?;
    Ok(TrancheLook {
        name: name.to_string(),
        is_unknown,
        plan: plan_repair(&report),
        report,
    })
}

impl TrancheLook {
    /// What its own files call it, when that is another name than its folder's.
    pub fn other_name(&self) -> Option<&str> {
        let examined = self.report.examined.as_ref()?;
        let told = examined.survey.facts.tranche.as_str();
        (told != self.name).then_some(told)
    }

    /// Whether nothing has to be made again, and nothing is lost.
    pub fn is_sound(&self) -> bool {
        self.report.is_sound()
    }

    /// Makes again what can be; gives what that came to, and what is still
    /// wrong.
    pub fn heal(
        &self,
        folders: &Folders,
        monitor: &dyn Monitor,
    ) -> Result<(Option<RepairSummary>, Vec<Finding>), Error> {
        if self.plan.is_empty() && self.plan.lost.is_empty() {
            let damage: Vec<Finding> = self.report.damage().cloned().collect();
            let told = damage.iter().cloned();
            told.for_each(|finding| monitor.finding(finding));
            return Ok((None, damage));
        }
        let summary = repair(folders, &self.plan, None, monitor)?;
        let remaining = summary.remaining.clone();
        Ok((Some(summary), remaining))
    }
}

impl fmt::Display for TrancheLook {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.is_unknown && self.is_sound() {
            true => writeln!(f, "{}", self.name)?,
            false => self.plan.fmt(f)?,
        }
        match self.is_unknown {
            true => writeln!(f, "  enter    into the journal"),
            false => Ok(()),
        }
    }
}

impl Here {
    pub fn new(name: TrancheName, folders: Folders, remaining: &[Finding]) -> Self {
        let index_is_bad = remaining.iter().any(|finding| finding.code == S007);
        Self {
            name,
            folders,
            is_whole: remaining.is_empty(),
            asked: match index_is_bad {
                true => Asked::Packs,
                false => Asked::Joined,
            },
        }
    }

    /// The journal's entry of a tranche that it does not know, or why there can
    /// be none: small files that are still wrong would be promised for ever.
    pub fn sealing(&self, remaining: &[Finding]) -> Result<Event, String> {
        let is_small = |code: FindingCode| matches!(code, S006 | S007 | S008 | S009);
        if let Some(finding) = remaining.iter().find(|finding| is_small(finding.code)) {
            return Err(format!("{}: {}", finding.subject, finding.seen));
        }
        Ok(Event::Sealing {
            tranche: self.name.to_string(),
            tagmanifest: Digest::of(&self.text(Bag::Data, TAG_MANIFEST)?),
            recovery: Digest::of(&self.text(Bag::Recovery, TAG_MANIFEST)?),
            bytes: self.payload(Bag::Data)?,
            recovery_bytes: self.payload(Bag::Recovery)?,
        })
    }

    fn text(&self, bag: Bag, name: &str) -> Result<Vec<u8>, String> {
        let place = Place {
            bag,
            path: name.into(),
        };
        let location = self.folders.location_of(&place);
        let subject = place.subject(&self.name.to_string());
        location
            .and_then(|location| read_text(&location))
            .ok_or_else(|| format!("{subject} cannot be read"))
    }

    /// Bytes below `data/` as sealed: packs may be missing by now.
    fn payload(&self, bag: Bag) -> Result<u64, String> {
        let text = self.text(bag, "bag-info.txt")?;
        let text = String::from_utf8_lossy(&text);
        let oxum = parse_info(&text).get("Payload-Oxum").copied();
        let bytes = oxum.and_then(|oxum| oxum.split_once('.')?.0.parse().ok());
        bytes.ok_or_else(|| format!("the bag-info.txt of {} tells no Payload-Oxum", self.name))
    }
}
