//! Sealing as it was planned.

use {
    crate::{
        error::Error,
        facts::Promise,
        holdings::Holdings,
        home::Home,
        names::{TrancheKind, TrancheName},
        pack::{FaultKind, SourceFault},
        repair::{plan_repair, repair},
        seal::{
            carry,
            check::check,
            doubt,
            gather::staged_finding,
            held::Held,
            pending,
            place::sweep,
            plan::{SealPlan, plan},
            request::Payload,
            stop::Stop,
            tranche::TranchePlan,
            write::write_tranche,
        },
        verify::verify_promised,
    },
    longplay_model::{Clock, Event, Finding, Monitor, Quiet},
    std::collections::{BTreeSet, HashSet},
};

/// EIO: the disk cannot give the bytes back.
const INPUT_OUTPUT_ERROR: i32 = 5;

/// What a sealing came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SealSummary {
    /// Tranches that were entered into the journal, in order.
    pub tranches: Vec<SealedSummary>,
    /// Staged blobs that were missing or damaged (S014) and left out.
    pub left_out: u64,
    /// Blobs that were removed from staging.
    pub emptied_blobs: u64,
    pub emptied_bytes: u64,
}

/// One tranche of a [`SealSummary`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSummary {
    pub name: String,
    /// Blobs or files; 0 for a tranche that a killed sealing had finished.
    pub items: u64,
    pub stripes: u64,
    /// Data files: packs, or the files of a metadata tranche.
    pub packs: u64,
    /// Below `data/`.
    pub bytes: u64,
    pub recovery_bytes: u64,
}

/// Writes what `plan` says, tranche by tranche: each is written, named, read
/// back, entered into the journal, and only then its blobs leave staging.
///
/// A staged blob that turns out to be damaged is a finding (S014); it is set
/// aside and left out, and the rest is planned again and goes on. After a kill
/// the same command finishes the same tranches.
///
/// # Errors
/// [`Error::DiskAbsent`] and [`Error::TooFewDisks`] before anything is done;
/// [`Error::SealedDamaged`] when what was written reads back differently,
/// [`Error::SourceChanged`] when a file of a metadata tranche changed.
pub fn execute(
    home: &Home,
    plan: &SealPlan,
    clock: &dyn Clock,
    monitor: &dyn Monitor,
) -> Result<SealSummary, Error> {
    if !home.is_writable() {
        return Err(Error::ReadOnly {
            path: home.root().into(),
        });
    }
    home.volumes().ready(home.config().recovery)?;
    let pending = pending::read(home)?;
    let mut held = Held::read(home, known(home, &pending)?.iter())?;
    if let Payload::Staged = plan.request.payload {
        held.read_older(home, monitor)?;
    }
    let mut run = Run {
        held,
        pending,
        told: HashSet::new(),
        summary: SealSummary::default(),
        home,
        clock,
        monitor,
    };
    carry::clear(home)?;
    run.empty_staging()?;
    let mut again = run.follow(plan)?;
    while again {
        again = run.follow(&self::plan(home, &plan.request)?)?;
    }
    run.finish(&plan.request.payload)
}

/// Those of `pending` that the journal vouches for.
fn known(home: &Home, pending: &BTreeSet<TrancheName>) -> Result<Vec<TrancheName>, Error> {
    let sealed = home.state().sealed()?;
    let known: HashSet<String> = sealed.into_iter().map(|tranche| tranche.name).collect();
    let is_known = |name: &&TrancheName| known.contains(&name.to_string());
    Ok(pending.iter().filter(is_known).cloned().collect())
}

struct Run<'a> {
    home: &'a Home,
    clock: &'a dyn Clock,
    monitor: &'a dyn Monitor,
    /// Tranches of this sealing, those of killed attempts included.
    pending: BTreeSet<TrancheName>,
    /// In tranches that the journal vouches for.
    held: Held,
    /// Subjects of findings that were told.
    told: HashSet<String>,
    summary: SealSummary,
}

impl Run<'_> {
    /// Whether the rest must be planned again.
    fn follow(&mut self, plan: &SealPlan) -> Result<bool, Error> {
        plan.findings
            .iter()
            .for_each(|finding| self.tell(finding.clone()));
        if plan.is_empty() {
            return Ok(false);
        }
        self.note(plan)?;
        sweep(
            self.home,
            &plan.request.payload,
            plan.tranches.iter().map(|tranche| &tranche.name),
        )?;
        for name in &plan.to_enter {
            if !self.enter_or_remove(name, &plan.request.payload)? {
                return Ok(true);
            }
        }
        for tranche in &plan.tranches {
            if !self.seal(tranche, &plan.request.payload)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Notes the names before anything bears them.
    fn note(&mut self, plan: &SealPlan) -> Result<(), Error> {
        let names = plan.tranches.iter().map(|tranche| tranche.name.clone());
        self.pending.extend(names);
        pending::write(self.home, &self.pending)
    }

    fn tell(&mut self, finding: Finding) {
        if self.told.insert(finding.subject.clone()) {
            self.summary.left_out += 1;
            self.monitor.finding(finding);
        }
    }

    /// Enters a finished tranche into the journal. One that is damaged is removed
    /// when all that it holds is elsewhere too, as it is until the journal has an
    /// entry; that may have been lost since, and then it is healed.
    fn enter_or_remove(&mut self, name: &TrancheName, payload: &Payload) -> Result<bool, Error> {
        carry::carry(self.home, name, self.monitor)?;
        if self.enter_if_sound(name)? {
            return Ok(true);
        }
        if self.is_elsewhere_too(name, payload)? {
            carry::remove(self.home, name)?;
            return Ok(false);
        }
        let folders = carry::bags(self.home, &self.home.tranches_dir(), name);
        let quiet = Quiet(self.monitor);
        let report = verify_promised(&folders, &Promise::default(), &quiet)?;
        repair(&folders, &plan_repair(&report), None, &quiet)?;
        if self.enter_if_sound(name)? {
            return Ok(true);
        }
        // Now that its small files are whole it may tell more.
        match self.is_elsewhere_too(name, payload)? {
            true => carry::remove(self.home, name).map(|()| false),
            false => Err(Error::UnendedDamaged {
                tranche: name.to_string(),
            }),
        }
    }

    fn enter_if_sound(&mut self, name: &TrancheName) -> Result<bool, Error> {
        let (home, tranches) = (self.home, self.home.tranches_dir());
        let Some(event) = check(&tranches, name, home.volumes(), false, self.monitor)? else {
            return Ok(false);
        };
        self.enter(name, None, event)?;
        Ok(true)
    }

    fn is_elsewhere_too(&self, name: &TrancheName, payload: &Payload) -> Result<bool, Error> {
        let bag = self.home.where_is(name);
        match name.kind {
            TrancheKind::Metadata => doubt::payload_has_all(payload, &bag),
            TrancheKind::Audio | TrancheKind::Art => {
                Ok(doubt::staging_has_all(self.home.staging(), &bag))
            }
        }
    }

    /// `false` when sources were left out and the rest must be planned again.
    fn seal(&mut self, plan: &TranchePlan, payload: &Payload) -> Result<bool, Error> {
        let tranches = self.home.tranches_dir();
        match write_tranche(plan, self.home, self.monitor) {
            Ok(()) => {}
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Faults(faults)) => {
                for fault in faults {
                    self.set_aside(plan, payload, fault)?;
                }
                return Ok(false);
            }
        }
        carry::carry(self.home, &plan.name, self.monitor)?;
        let checked = check(
            &tranches,
            &plan.name,
            self.home.volumes(),
            true,
            self.monitor,
        )?;
        let event = checked.ok_or_else(|| Error::SealedDamaged {
            tranche: plan.name.to_string(),
        })?;
        self.enter(&plan.name, Some(plan), event)?;
        Ok(true)
    }

    fn enter(
        &mut self,
        name: &TrancheName,
        plan: Option<&TranchePlan>,
        event: Event,
    ) -> Result<(), Error> {
        if let Event::Sealing {
            bytes,
            recovery_bytes,
            ..
        } = event
        {
            self.summary.tranches.push(SealedSummary {
                name: name.to_string(),
                items: plan.map_or(0, TranchePlan::items),
                stripes: plan.map_or(0, |plan| plan.stripes.len() as u64),
                packs: plan.map_or(0, |plan| plan.shards().count() as u64),
                bytes,
                recovery_bytes,
            });
        }
        self.home.record(event, self.clock)?;
        carry::clear(self.home)?;
        self.held.read_more(self.home, name)?;
        self.empty_staging()
    }

    /// Takes a damaged blob out of the way, so that intake can bring it again.
    fn set_aside(
        &mut self,
        plan: &TranchePlan,
        payload: &Payload,
        fault: SourceFault,
    ) -> Result<(), Error> {
        let SourceFault {
            source_file: blob,
            kind,
        } = fault;
        if let Payload::Files { .. } = payload {
            return Err(Error::SourceChanged {
                path: blob.location.into(),
                source: kind,
            });
        }
        let seen = kind.to_string();
        if let FaultKind::Unreadable(source) = kind
            && source.raw_os_error() != Some(INPUT_OUTPUT_ERROR)
        {
            return Err(Error::read(blob.location, source));
        }
        if self.home.staging().contains(&blob.digest) {
            self.home.staging().set_aside(&blob.digest)?;
        }
        let from = plan.source_path_of(&blob.digest).unwrap_or("a cover");
        self.tell(staged_finding(self.home, &blob.digest, from, &seen));
        Ok(())
    }

    /// Removes from staging what verified tranches hold, and says so in the
    /// journal.
    fn empty_staging(&mut self) -> Result<(), Error> {
        let blobs = self.held.removable(self.home)?;
        if blobs.is_empty() {
            return Ok(());
        }
        let staging = self.home.staging();
        let lengths = blobs.iter().filter_map(|blob| staging.length(blob));
        self.summary.emptied_bytes += lengths.sum::<u64>();
        self.summary.emptied_blobs += blobs.len() as u64;
        staging.remove(&blobs)?;
        self.home
            .record(Event::StagingEmptied { blobs }, self.clock)
    }

    /// Forgets the tranches of this sealing, unless a blob that one holds must
    /// stay for another receipt, and enters them into the index of holdings.
    fn finish(mut self, payload: &Payload) -> Result<SealSummary, Error> {
        sweep(self.home, payload, std::iter::empty())?;
        if !self.held.is_waiting(self.home)? {
            self.pending.retain(|name| !payload.makes(name.kind));
            pending::write(self.home, &self.pending)?;
        }
        Holdings::open(self.home, self.monitor)?;
        Ok(self.summary)
    }
}
