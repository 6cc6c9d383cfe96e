use {
    crate::{
        code::Code,
        durable::{create_dir, folder_of, remove_if_present, sync_dir, temporary_of},
        error::Error,
        facts::{
            Folders, Place, StripeFacts,
            known::Known,
            observe::{Bytes, Observation, observe},
            place::Found,
            witness::is_self_consistent,
        },
        kit::Kit,
        merkle::LEAF_BYTES,
        repair::{
            new_kit::new_kit,
            plan::{of_stripe, solution},
            solve::{Segment, Solution},
            target::{Target, content_bytes},
        },
        verify::{
            Examined,
            shard::{Condition, Shard, compare, tail_of},
            small::packs,
            survey::{Seen, Survey},
        },
    },
    longplay_model::Monitor,
    longplay_wide::Products,
    std::{
        collections::BTreeMap,
        fs::{self, OpenOptions},
        path::PathBuf,
    },
};

/// Leaves of each shard that are held in memory at once.
const CHUNK_LEAVES: u64 = 16;

/// What became of the files that were worked on.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Whole now, proven by reading what was written.
    pub healed: Vec<Place>,
    /// Less damaged than before; the rest is beyond recovery.
    pub partly: Vec<Place>,
    /// Rebuilt to something else than it should be; left as it was.
    pub failed: Vec<Place>,
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
        targets.extend(job.open(shard)?);
    }
    if targets.is_empty() {
        return Ok(());
    }
    let worked = job
        .code(&mut targets)
        .and_then(|()| job.finish(&mut targets, outcome));
    // What was not put in place is of no use to anyone.
    for target in &targets {
        remove_if_present(&target.temporary)?;
    }
    worked
}

impl<'a> Job<'a> {
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

    /// Begins the new file with what is there of the old one.
    fn open(&self, shard: &'a Shard) -> Result<Option<Target<'a>>, Error> {
        let (Some(path), Some(coded)) = (self.folders.path_of(&shard.place), self.coded(shard))
        else {
            return Ok(None);
        };
        create_dir(folder_of(&path))?;
        let temporary = temporary_of(&path);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&temporary)
            .map_err(|source| Error::write(&path, source))?;
        let mut target = Target {
            shard,
            path,
            temporary,
            file,
            coded,
        };
        if let Some(old) = self.disk(shard) {
            target.copy(&mut Bytes::open(&old)?)?;
        }
        let sized = target.file.set_len(coded);
        sized.map_err(|source| Error::write(&target.path, source))?;
        Ok(Some(target))
    }

    /// The file that holds a shard, if it is there.
    fn disk(&self, shard: &Shard) -> Option<PathBuf> {
        let path = self.folders.path_of(&shard.place)?;
        (shard.holder.is_some() && path.is_file()).then_some(path)
    }

    /// Makes all wanted leaves and writes them into the new files.
    fn code(&self, targets: &mut [Target]) -> Result<(), Error> {
        let Some(geometry) = self.survey().facts.geometry else {
            return Ok(());
        };
        let code = Code::new(geometry.k, geometry.m).map_err(|source| Error::Code { source })?;
        let mut inputs = self.inputs()?;
        for segment in &self.solution.segments {
            let mixer = code
                .rebuilder(&segment.present, &segment.wanted)
                .map_err(|source| Error::Code { source })?;
            let end = segment.leaves.end;
            for start in segment.leaves.clone().step_by(CHUNK_LEAVES as usize) {
                if self.monitor.is_interrupted() {
                    return Err(Error::Interrupted);
                }
                let leaves = start..end.min(start + CHUNK_LEAVES);
                mix(&mixer, segment, leaves, &mut inputs, targets)?;
            }
        }
        Ok(())
    }

    /// The files that are read, by row, with their coded bytes.
    fn inputs(&self) -> Result<BTreeMap<usize, (Bytes, u64)>, Error> {
        let mut inputs = BTreeMap::new();
        for shard in &self.shards {
            if let (Some(disk), Some(coded)) = (self.disk(shard), self.coded(shard)) {
                inputs.insert(shard.row, (Bytes::open(&disk)?, coded));
            }
        }
        Ok(inputs)
    }

    /// Data first: recovery packs without a kit need them whole to get one.
    fn finish(&self, targets: &mut [Target], outcome: &mut Outcome) -> Result<(), Error> {
        let (data, recovery): (Vec<_>, Vec<_>) = targets
            .iter_mut()
            .partition(|target| !target.shard.is_recovery());
        for target in data {
            self.trim(target)?;
            self.settle(target, None, outcome)?;
        }
        if recovery.is_empty() {
            return Ok(());
        }
        let kit = self.kit(&recovery, outcome)?;
        for target in recovery {
            match kit
                .as_ref()
                .and_then(|kit| tail_of(kit, self.j(target.shard)))
            {
                Some(tail) => target.append(&tail)?,
                None => self.keep_tail(target)?,
            }
            self.settle(target, kit.as_ref(), outcome)?;
        }
        Ok(())
    }

    fn j(&self, shard: &Shard) -> u8 {
        let k = self
            .survey()
            .facts
            .geometry
            .map_or(0, |geometry| geometry.k);
        u8::try_from(shard.row.saturating_sub(k.into())).unwrap_or(u8::MAX)
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
        let recovery: Option<Vec<(Place, PathBuf)>> = self
            .shards
            .iter()
            .filter(|shard| shard.is_recovery())
            .map(|shard| {
                Some((
                    shard.place.clone(),
                    temporary(shard).or_else(|| self.disk(shard))?,
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
        let (Some(old), Some(bytes)) = (self.disk(target.shard), target.shard.bytes) else {
            return Ok(());
        };
        let mut old = Bytes::open(&old)?;
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
            let seen =
                crate::facts::observe::observe_first(&target.temporary, length, self.monitor)?;
            if known.is_met_by(&seen) {
                return target.resize(length);
            }
        }
        match is_pack && known.sha256.is_none() && pack_end <= target.coded {
            true => target.resize(pack_end),
            false => Ok(()),
        }
    }

    /// Reads the new file back; it takes the old one's place when it is right,
    /// or when it is damaged in fewer places: the rest is beyond recovery.
    fn settle(
        &self,
        target: &mut Target,
        kit: Option<&Kit>,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        target.sync()?;
        let seen = observe(&target.temporary, self.monitor)?;
        let new = self.condition(target, kit, &seen)?;
        let place = target.shard.place.clone();
        if new.whole {
            outcome.healed.push(place.clone());
        } else if is_better(&new, &target.shard.condition) {
            outcome.partly.push(place.clone());
        } else {
            outcome.failed.push(place);
            return Ok(());
        }
        fs::rename(&target.temporary, &target.path).map_err(|source| Error::Rename {
            from: target.temporary.clone(),
            to: target.path.clone(),
            source,
        })?;
        sync_dir(folder_of(&target.path))?;
        outcome.bytes_written += seen.bytes;
        outcome.seen.insert(place, seen);
        Ok(())
    }

    fn condition(
        &self,
        target: &Target,
        kit: Option<&Kit>,
        seen: &Observation,
    ) -> Result<Condition, Error> {
        let file = Found {
            place: target.shard.place.clone(),
            disk: target.temporary.clone(),
            bytes: seen.bytes,
        };
        match kit.filter(|_| self.stripe.kit.is_none()) {
            // A new kit is made from this very file; what was known of the
            // whole file must be borne out.
            Some(kit) => Ok(self.beside_new_kit(target, kit, seen)),
            None if self.is_proven_by_itself(target) => Ok(Condition {
                whole: true,
                found_bytes: seen.bytes,
                ..Condition::default()
            }),
            None => compare(self.survey(), target.shard, &file, seen),
        }
    }

    /// A pack of which nothing is known, not even its digest, and that came
    /// out as its own index says.
    fn is_proven_by_itself(&self, target: &Target) -> bool {
        let shard = target.shard;
        let unknown = shard
            .known
            .as_ref()
            .is_none_or(|known| known.sha256.is_none());
        let is_pack = packs(std::slice::from_ref(shard)).next().is_some();
        unknown && is_pack && is_self_consistent(&target.temporary, shard.place.file_name())
    }

    fn beside_new_kit(&self, target: &Target, kit: &Kit, seen: &Observation) -> Condition {
        let packs = &self.stripe.recovery;
        let fact = packs.iter().find(|pack| pack.place == target.shard.place);
        let whole: Option<&Known> = fact.and_then(|pack| pack.whole.as_ref());
        let borne_out = whole.is_none_or(|whole| whole.is_met_by(seen));
        Condition {
            whole: borne_out && seen.bytes == kit.pack_bytes,
            found_bytes: seen.bytes,
            tail_bad: !borne_out,
            ..target.shard.condition.clone()
        }
    }
}

/// Damaged in fewer places, and in none that was right.
fn is_better(new: &Condition, old: &Condition) -> bool {
    let fewer = new.bad.count() < old.bad.count() || old.tail_bad && !new.tail_bad;
    new.bad.without(&old.bad).is_empty() && fewer && !new.unproven
}

fn mix(
    mixer: &Products,
    segment: &Segment,
    leaves: std::ops::Range<u64>,
    inputs: &mut BTreeMap<usize, (Bytes, u64)>,
    targets: &mut [Target],
) -> Result<(), Error> {
    let start = leaves.start * LEAF_BYTES;
    let length = ((leaves.end - leaves.start) * LEAF_BYTES) as usize;
    let read: Vec<Vec<u8>> = segment
        .present
        .iter()
        .map(|row| read_coded(inputs.get_mut(row), start, length))
        .collect();
    let mut made = vec![vec![0; length]; segment.wanted.len()];
    mixer.mix(&read, &mut made);
    for (row, bytes) in segment.wanted.iter().zip(&made) {
        if let Some(target) = targets.iter_mut().find(|target| target.shard.row == *row) {
            target.write_at(start, bytes)?;
        }
    }
    Ok(())
}

/// The coded bytes of a shard; an absent shard, and what is beyond the coded
/// bytes, count as zeros.
fn read_coded(input: Option<&mut (Bytes, u64)>, start: u64, length: usize) -> Vec<u8> {
    let Some((file, coded)) = input else {
        return Vec::new();
    };
    let room = coded.saturating_sub(start).min(length as u64);
    let mut bytes = vec![0; room as usize];
    file.read_at(start, &mut bytes);
    bytes
}
