use {
    crate::{
        behind::{Opened, meanwhile},
        code::Code,
        disk::Location,
        durable::remove_if_present,
        error::Error,
        facts::{
            Folders, Place, Runs, StripeFacts,
            observe::{Bytes, Observation, observe_first},
        },
        kit::Kit,
        merkle::LEAF_BYTES,
        repair::{
            donor::Donor,
            fetch::{Fetch, Refusals, fetch},
            judge::{is_better, judge},
            making::{Making, portion_of},
            new_kit::new_kit,
            plan::solution,
            read_back::ReadBack,
            solve::{Segment, Solution, of_stripe},
            survivors::Survivors,
            target::{Target, content_bytes},
        },
        verify::{
            Examined,
            proven::{Expected, Proven},
            shard::{Shard, tail_of},
            small::{leaves_place, packs},
            survey::{Seen, Survey},
        },
    },
    longplay_model::{Monitor, Unit},
    std::{
        collections::{BTreeMap, BTreeSet},
        iter,
        ops::Range,
        path::PathBuf,
        sync::atomic::AtomicU64,
    },
};

/// Bytes that are written to each file before they are brought to the disk: so many that
/// they lie in long stretches on one with heads.
const SYNC_EVERY: u64 = 32 << 20;

/// What became of the files that were worked on.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Whole now, proven by reading what was written.
    pub healed: Vec<Place>,
    /// Less damaged than before; the rest is beyond recovery.
    pub partly: Vec<Place>,
    /// Rebuilt to something else than it should be; left as it was.
    pub failed: Vec<Place>,
    /// Nobody had read these, and they were read otherwise than they should be: nothing
    /// was put in place that was made from them.
    pub doubtful: Vec<Place>,
    pub bytes_written: u64,
    /// What the replaced files are now.
    pub seen: Seen,
}

struct Job<'a> {
    examined: &'a Examined,
    folders: &'a Folders,
    stripe: &'a StripeFacts,
    shards: Vec<&'a Shard>,
    solution: Solution,
    monitor: &'a dyn Monitor,
}

/// Heals the files of a stripe, each beside the damaged one; only what was
/// read back and is right takes its place.
pub fn heal_stripe(
    examined: &Examined,
    folders: &Folders,
    stripe: &StripeFacts,
    monitor: &dyn Monitor,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let shards = of_stripe(examined, stripe.number);
    let job = Job {
        examined,
        folders,
        stripe,
        solution: solution(examined, stripe, &shards),
        shards,
        monitor,
    };
    let (data, recovery): (Vec<_>, Vec<_>) = job
        .damaged()
        .into_iter()
        .partition(|shard| !shard.is_recovery());
    let mut targets = Vec::new();
    for shard in data.into_iter().chain(recovery) {
        let opened = job.open(shard, &targets)?;
        targets.extend(opened);
    }
    let unread = job.unread();
    if targets.is_empty() && unread.is_empty() {
        return Ok(());
    }
    let shards = targets.iter().map(|target| target.shard);
    let expected = job.expected(shards.chain(unread.iter().copied()));
    let survivors = Survivors::of(job.survey(), unread.into_iter(), &expected);
    let worked = job.work(&mut targets, &expected, survivors, outcome);
    // What was not put in place is of no use to anyone.
    for target in &targets {
        remove_if_present(&target.temporary)?;
    }
    worked
}

/// Takes from another copy what it gives of these leaves, each file beside the
/// damaged one; it takes its place where less is damaged now.
pub fn fill_stripes(
    examined: &Examined,
    folders: &Folders,
    fetches: &[Fetch],
    donor: &dyn Donor,
    monitor: &dyn Monitor,
    refusals: &mut Refusals,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    for wanted in fetches {
        let stripe = examined.survey.facts.stripe(wanted.stripe);
        let shards = of_stripe(examined, wanted.stripe);
        let shard = shards.iter().find(|shard| shard.place == wanted.place);
        let Some((stripe, &shard)) = stripe.zip(shard) else {
            continue;
        };
        let job = Job {
            examined,
            folders,
            stripe,
            solution: Solution::default(),
            shards,
            monitor,
        };
        if let Some(target) = job.open(shard, &[])? {
            let filled = job.fill(&target, &wanted.leaves, donor, refusals, &mut outcome);
            // What was not put in place is of no use to anyone.
            remove_if_present(&target.temporary)?;
            filled?;
        }
    }
    Ok(outcome)
}

impl<'a> Job<'a> {
    /// Makes what is damaged, and looks at what nobody has read: of what was made, only
    /// what comes of sound files is put in place.
    fn work(
        &self,
        targets: &mut [Target],
        expected: &BTreeMap<Place, Expected>,
        survivors: Survivors,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let back = ReadBack::new(expected, &*targets);
        if !targets.is_empty() {
            self.code(targets, &back, &survivors)?;
        }
        let doubtful = survivors.finish(self.monitor)?;
        if doubtful.is_empty() && !targets.is_empty() {
            self.finish(targets, &back, outcome)?;
        }
        outcome.doubtful.extend(doubtful);
        Ok(())
    }

    /// Shards that are taken for sound and were not read.
    fn unread(&self) -> Vec<&'a Shard> {
        let unread = &self.examined.unread;
        let shards = self.shards.iter().copied();
        shards
            .filter(|shard| unread.contains(&shard.place))
            .collect()
    }

    /// What the files should be that stand in the leaf files of these.
    fn expected<'b>(&self, shards: impl Iterator<Item = &'b Shard>) -> BTreeMap<Place, Expected> {
        let survey = self.survey();
        let tranche = &survey.facts.tranche;
        let sheet = |shard: &Shard| leaves_place(tranche, shard.place.bag, shard.stripe);
        let sheets: BTreeSet<Place> = shards.map(sheet).collect();
        Proven::new(&survey.folders, &survey.promise).read_all(sheets)
    }

    fn fill(
        &self,
        target: &Target,
        leaves: &Runs,
        donor: &dyn Donor,
        refusals: &mut Refusals,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let mut got_some = false;
        fetch(
            self.examined,
            target.shard,
            leaves,
            donor,
            self.monitor,
            refusals,
            &mut |at, bytes| {
                got_some = true;
                target.write_at(at, bytes)
            },
        )?;
        match got_some {
            true => {
                let expected = self.expected(iter::once(target.shard));
                let back = ReadBack::new(&expected, [target]);
                self.settle_all(&[target], &back, None, outcome)
            }
            false => Ok(()),
        }
    }

    /// Shards that are not whole and of which something can be made.
    fn damaged(&self) -> Vec<&'a Shard> {
        let can_be_healed = |shard: &&&Shard| {
            let wanted = self
                .solution
                .segments
                .iter()
                .any(|s| s.wanted.contains(&shard.row));
            let all_lost = self.solution.lost.contains_key(&shard.row) && !wanted;
            !shard.condition.whole && !all_lost
        };
        self.shards.iter().filter(can_be_healed).copied().collect()
    }

    fn survey(&self) -> &'a Survey {
        &self.examined.survey
    }

    /// Coded bytes of a shard; of one whose length is lost, `D`.
    fn coded(&self, shard: &Shard) -> Option<u64> {
        shard.coded.or(self.stripe.data_bytes)
    }

    /// Begins the new file with what is there of the old one; `begun` are those
    /// of the same stripe that were begun before.
    fn open(&self, shard: &'a Shard, begun: &[Target]) -> Result<Option<Target<'a>>, Error> {
        let Some(coded) = self.coded(shard) else {
            return Ok(None);
        };
        let bytes = shard.bytes.unwrap_or(coded);
        let others = self.others(shard, begun);
        let Some(berth) = self.folders.berth_of(&shard.place, bytes, &others)? else {
            return Ok(None);
        };
        berth.make_folders()?;
        let temporary = berth.unfinished();
        let file = temporary
            .create_uncached()
            .map_err(|source| Error::write(&berth.file, source))?;
        let target = Target {
            shard,
            berth,
            temporary,
            file: file.into(),
            coded,
        };
        if let Some(old) = self.held(shard) {
            target.copy(&Bytes::open(&old)?)?;
        }
        target.resize(coded)?;
        Ok(Some(target))
    }

    /// The other files of the stripe on disks, those that are begun included.
    fn others(&self, shard: &Shard, begun: &[Target]) -> Vec<PathBuf> {
        let links = &self.survey().links;
        let others = self
            .shards
            .iter()
            .filter(|other| other.place != shard.place);
        let linked = others.filter_map(|other| links.get(&other.place).cloned());
        let begun = begun.iter().map(|target| target.berth.file.path().into());
        linked.chain(begun).collect()
    }

    /// The file that holds a shard, if it is there.
    fn held(&self, shard: &Shard) -> Option<Location> {
        let location = self.folders.location_of(&shard.place)?;
        (shard.holder.is_some() && location.is_file()).then_some(location)
    }

    /// Makes all wanted leaves and writes them into the new files, which go to the disk and
    /// are read back meanwhile.
    fn code(
        &self,
        targets: &[Target],
        back: &ReadBack,
        survivors: &Survivors,
    ) -> Result<(), Error> {
        let files: Vec<Opened> = targets.iter().map(Target::opened).collect();
        let beside = || back.advance(targets, &files);
        meanwhile(SYNC_EVERY, beside, |wrote| {
            self.make(targets, survivors, &|leaves: Range<u64>| {
                let bytes = (leaves.end - leaves.start) * LEAF_BYTES;
                back.wrote(leaves);
                wrote(bytes);
            })
        })
    }

    fn make(
        &self,
        targets: &[Target],
        survivors: &Survivors,
        wrote: &(dyn Fn(Range<u64>) + Sync),
    ) -> Result<(), Error> {
        let Some(geometry) = self.survey().facts.geometry else {
            return Ok(());
        };
        let code = Code::new(geometry.k, geometry.m).map_err(|source| Error::Code { source })?;
        let inputs = self.inputs()?;
        let made = self.solution.segments.iter().map(Segment::bytes);
        self.monitor
            .begin("rebuilding", Some(made.sum()), Unit::Bytes);
        for segment in &self.solution.segments {
            let mixer = code
                .rebuilder(&segment.present, &segment.wanted)
                .map_err(|source| Error::Code { source })?;
            let compared = survivors.are_next(&segment.leaves);
            let making = Making {
                mixer: &mixer,
                segment,
                survivors: compared.then_some(survivors),
                inputs: &inputs,
                targets,
                portion: portion_of(&self.folders.data, self.shards.len()),
                next: AtomicU64::new(segment.leaves.start),
                wrote,
                monitor: self.monitor,
            };
            making.run()?;
            if compared {
                survivors.reached(segment.leaves.end);
            }
        }
        Ok(())
    }

    /// The files that are read, by row, with their coded bytes.
    fn inputs(&self) -> Result<BTreeMap<usize, (Bytes, u64)>, Error> {
        let mut inputs = BTreeMap::new();
        for shard in &self.shards {
            if let (Some(held), Some(coded)) = (self.held(shard), self.coded(shard)) {
                inputs.insert(shard.row, (Bytes::open(&held)?, coded));
            }
        }
        Ok(inputs)
    }

    /// Data first: recovery packs without a kit need them whole to get one.
    fn finish(
        &self,
        targets: &mut [Target],
        back: &ReadBack,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let (mut data, mut recovery): (Vec<_>, Vec<_>) = targets
            .iter_mut()
            .partition(|target| !target.shard.is_recovery());
        data.iter_mut().try_for_each(|target| self.trim(target))?;
        let data: Vec<&Target> = data.into_iter().map(|target| &*target).collect();
        self.settle_all(&data, back, None, outcome)?;
        if recovery.is_empty() {
            return Ok(());
        }
        let kit = self.kit(&recovery, outcome)?;
        for target in &mut recovery {
            match kit
                .as_ref()
                .and_then(|kit| tail_of(kit, self.j(target.shard)))
            {
                Some(tail) => target.append(&tail)?,
                None => self.keep_tail(target)?,
            }
        }
        let recovery: Vec<&Target> = recovery.into_iter().map(|target| &*target).collect();
        self.settle_all(&recovery, back, kit.as_ref(), outcome)
    }

    /// Reads new files back and settles what becomes of each.
    fn settle_all(
        &self,
        targets: &[&Target],
        back: &ReadBack,
        kit: Option<&Kit>,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let seen = back.finish(targets, self.monitor)?;
        let mut settled = iter::zip(targets, seen);
        settled.try_for_each(|(target, seen)| self.settle(target, kit, seen, outcome))
    }

    fn j(&self, shard: &Shard) -> u8 {
        let first = self.survey().facts.first_recovery_row(self.stripe);
        u8::try_from(shard.row.saturating_sub(first)).unwrap_or(u8::MAX)
    }

    /// The kit that is believed, or a new one over files that are whole.
    fn kit(&self, recovery: &[&mut Target], outcome: &Outcome) -> Result<Option<Kit>, Error> {
        if let Some(kit) = &self.stripe.kit {
            return Ok(Some(kit.as_ref().clone()));
        }
        let temporary = |shard: &Shard| {
            let target = recovery
                .iter()
                .find(|target| target.shard.place == shard.place);
            target.map(|target| target.temporary.clone())
        };
        let recovery: Option<Vec<(Place, Location)>> = self
            .shards
            .iter()
            .filter(|shard| shard.is_recovery())
            .map(|shard| {
                Some((
                    shard.place.clone(),
                    temporary(shard).or_else(|| self.held(shard))?,
                ))
            })
            .collect();
        let data: Option<Vec<(Place, Observation)>> = self
            .shards
            .iter()
            .filter(|shard| !shard.is_recovery())
            .map(|shard| Some((shard.place.clone(), self.whole_now(shard, outcome)?)))
            .collect();
        match (data, recovery) {
            (Some(data), Some(recovery)) => new_kit(
                &self.survey().facts,
                self.stripe,
                &data,
                &recovery,
                self.monitor,
            ),
            _ => Ok(None),
        }
    }

    /// What a data file is, when it is whole by now.
    fn whole_now(&self, shard: &Shard, outcome: &Outcome) -> Option<Observation> {
        if shard.condition.whole {
            return self.survey().seen.get(shard.holder.as_ref()?).cloned();
        }
        let healed = outcome.healed.contains(&shard.place);
        outcome.seen.get(&shard.place).filter(|_| healed).cloned()
    }

    /// Without a kit, what is there after the recovery data stays.
    fn keep_tail(&self, target: &mut Target) -> Result<(), Error> {
        let (Some(old), Some(bytes)) = (self.held(target.shard), target.shard.bytes) else {
            return Ok(());
        };
        let old = Bytes::open(&old)?;
        let room = old.bytes.min(bytes).saturating_sub(target.coded);
        let mut tail = vec![0; room as usize];
        old.read_at(target.coded, &mut tail);
        target.append(&tail)
    }

    /// A file whose length nobody knows: zeros at its end are its own or those
    /// of the code, and its digest tells which.
    fn trim(&self, target: &mut Target) -> Result<(), Error> {
        let Some(known) = target
            .shard
            .known
            .as_ref()
            .filter(|known| known.bytes.is_none())
        else {
            return Ok(());
        };
        let content = content_bytes(&target.temporary)?;
        let pack_end = content + crate::tar::END_BYTES;
        let is_pack = packs(std::slice::from_ref(target.shard)).next().is_some();
        let lengths = if is_pack {
            vec![pack_end, content]
        } else {
            vec![content]
        };
        for length in lengths.into_iter().filter(|length| *length <= target.coded) {
            let seen = observe_first(&target.temporary, length, self.monitor)?;
            if known.is_met_by(&seen) {
                return target.resize(length);
            }
        }
        match is_pack && known.sha256.is_none() && pack_end <= target.coded {
            true => target.resize(pack_end),
            false => Ok(()),
        }
    }

    /// The new file, as it was read back, takes the old one's place when it is
    /// right, or when it is damaged in fewer places: the rest is beyond recovery.
    fn settle(
        &self,
        target: &Target,
        kit: Option<&Kit>,
        seen: Observation,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let new = judge(self.survey(), self.stripe, target, kit, &seen)?;
        let place = target.shard.place.clone();
        if new.whole {
            outcome.healed.push(place.clone());
        } else if is_better(&new, &target.shard.condition) {
            outcome.partly.push(place.clone());
        } else {
            outcome.failed.push(place);
            return Ok(());
        }
        target.berth.land()?;
        outcome.bytes_written += seen.bytes;
        outcome.seen.insert(place, seen);
        Ok(())
    }
}
