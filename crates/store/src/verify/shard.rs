use {
    crate::{
        error::Error,
        facts::{
            Bag, FileFact, Place, RecoveryFact, Runs, StripeFacts,
            kits::trailer_of,
            known::Known,
            locate::{locate, may_resemble, telling},
            observe::{Bytes, Observation},
            place::Found,
        },
        kit::{Kit, TRAILER_BYTES},
        merkle::leaf_count,
        verify::survey::Survey,
    },
    std::collections::BTreeSet,
};

/// A file of the code, as it is: a row of the generator.
#[derive(Debug, Clone)]
pub struct Shard {
    pub place: Place,
    pub stripe: u32,
    /// 0 to k−1 for data, k to k+m−1 for recovery packs.
    pub row: usize,
    /// Bytes that it should have, where they are known.
    pub bytes: Option<u64>,
    /// Bytes of it that the code covers: all of a data file, `D` of a recovery
    /// pack.
    pub coded: Option<u64>,
    /// What is known of these, or of the whole recovery pack.
    pub known: Option<Known>,
    /// The file that has its bytes, or the most of them.
    pub holder: Option<Place>,
    pub condition: Condition,
}

/// How the file that holds a shard compares with what it should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// Leaves of the coded bytes that are not as they should be.
    pub bad: Runs,
    /// Bytes of the holder.
    pub found_bytes: u64,
    /// Of a recovery pack: kit, zeros and trailer are not as they should be.
    pub tail_bad: bool,
    /// Nothing that is left tells what the bytes should be.
    pub unproven: bool,
    /// Every byte is as it should be, and there are no others.
    pub whole: bool,
}

impl Shard {
    /// Whether its bytes stand under another name.
    pub fn is_moved(&self) -> bool {
        self.holder
            .as_ref()
            .is_some_and(|holder| *holder != self.place)
    }

    /// Whether it is whole and at its place.
    pub fn is_sound(&self) -> bool {
        self.condition.whole && !self.is_moved()
    }

    pub fn is_recovery(&self) -> bool {
        self.place.bag == Bag::Recovery
    }
}

/// All shards of the tranche, each with the file that holds it.
pub fn shards(survey: &Survey) -> Result<Vec<Shard>, Error> {
    let mut shards = Vec::new();
    for stripe in &survey.facts.stripes {
        for (row, file) in stripe.data.iter().enumerate() {
            shards.push(data_shard(survey, stripe, row, file)?);
        }
        if survey.folders.recovery.is_some() {
            for pack in &stripe.recovery {
                shards.push(recovery_shard(survey, stripe, pack)?);
            }
        }
    }
    find_moved(survey, &mut shards)?;
    Ok(shards)
}

/// Rows of the code of a stripe, in leaves.
pub fn rows_of(stripe: &StripeFacts) -> u64 {
    stripe.data_bytes.map_or(0, leaf_count)
}

fn data_shard(
    survey: &Survey,
    stripe: &StripeFacts,
    row: usize,
    file: &FileFact,
) -> Result<Shard, Error> {
    let mut shard = Shard {
        place: file.place.clone(),
        stripe: stripe.number,
        row,
        bytes: file.known.bytes,
        coded: file.known.bytes,
        known: Some(file.known.clone()),
        holder: None,
        condition: absent(stripe, file.known.bytes),
    };
    take_own(survey, &mut shard)?;
    Ok(shard)
}

fn recovery_shard(
    survey: &Survey,
    stripe: &StripeFacts,
    pack: &RecoveryFact,
) -> Result<Shard, Error> {
    let whole = pack.whole.as_ref().and_then(|whole| whole.bytes);
    let mut shard = Shard {
        place: pack.place.clone(),
        stripe: stripe.number,
        row: survey.facts.first_recovery_row(stripe) + usize::from(pack.j),
        bytes: stripe.kit.as_ref().map(|kit| kit.pack_bytes).or(whole),
        coded: stripe.data_bytes,
        known: pack.coded.clone().or_else(|| pack.whole.clone()),
        holder: None,
        condition: absent(stripe, stripe.data_bytes),
    };
    take_own(survey, &mut shard)?;
    Ok(shard)
}

/// A shard of which there is nothing.
fn absent(stripe: &StripeFacts, bytes: Option<u64>) -> Condition {
    Condition {
        bad: Runs::up_to(bytes.map_or_else(|| rows_of(stripe), leaf_count)),
        tail_bad: true,
        ..Condition::default()
    }
}

fn take_own(survey: &Survey, shard: &mut Shard) -> Result<(), Error> {
    if let Some(file) = survey.file(&shard.place) {
        shard.condition = examine(survey, shard, file)?;
        shard.holder = Some(file.place.clone());
    }
    Ok(())
}

/// Compares a file with what `shard` should be.
fn examine(survey: &Survey, shard: &Shard, file: &Found) -> Result<Condition, Error> {
    match survey.seen.get(&file.place) {
        Some(seen) => compare(survey, shard, file, seen),
        None => Ok(shard.condition.clone()),
    }
}

/// Compares a file that was read with what `shard` should be.
pub fn compare(
    survey: &Survey,
    shard: &Shard,
    file: &Found,
    seen: &Observation,
) -> Result<Condition, Error> {
    let stripe = survey
        .facts
        .stripe(shard.stripe)
        .expect("shards are made from stripes");
    match stripe
        .recovery
        .iter()
        .find(|pack| pack.place == shard.place)
    {
        Some(pack) => examine_recovery(stripe, pack, file, seen),
        None => examine_data(stripe, shard, file, seen),
    }
}

fn examine_data(
    stripe: &StripeFacts,
    shard: &Shard,
    file: &Found,
    seen: &Observation,
) -> Result<Condition, Error> {
    let known = shard.known.clone().unwrap_or_default();
    let whole = known.is_met_by(seen);
    // Where no kit and no leaf file tells lengths, a digest still tells damage.
    let rows = leaf_count(stripe.data_bytes.unwrap_or(seen.bytes));
    Ok(Condition {
        bad: locate(&file.location, seen, &known, rows)?,
        found_bytes: seen.bytes,
        tail_bad: false,
        unproven: false,
        whole,
    })
}

fn examine_recovery(
    stripe: &StripeFacts,
    pack: &RecoveryFact,
    file: &Found,
    seen: &Observation,
) -> Result<Condition, Error> {
    let rows = rows_of(stripe);
    let bad_by = |known: &Option<Known>| -> Result<Option<Runs>, Error> {
        let Some(known) = known else { return Ok(None) };
        let bad = locate(&file.location, seen, known, rows)?;
        Ok(Some(bad.within(0..rows)))
    };
    let (coded, whole) = (bad_by(&pack.coded)?, bad_by(&pack.whole)?);
    let unproven = coded.is_none() && whole.is_none();
    let bad = match (coded, whole) {
        (Some(coded), Some(whole)) => coded.intersection(&whole),
        (Some(bad), None) | (None, Some(bad)) => bad,
        (None, None) => Runs::default(),
    };
    let is_met = pack
        .whole
        .as_ref()
        .is_some_and(|whole| whole.is_met_by(seen));
    let tail_bad = match &stripe.kit {
        Some(kit) => !has_tail(kit, pack.j, file)?,
        None => !is_met,
    };
    Ok(Condition {
        whole: !unproven && bad.is_empty() && !tail_bad,
        found_bytes: seen.bytes,
        bad,
        tail_bad,
        unproven,
    })
}

/// Whether the file ends as recovery pack `j` with this kit does.
fn has_tail(kit: &Kit, j: u8, file: &Found) -> Result<bool, Error> {
    let Some(tail) = tail_of(kit, j).filter(|_| file.bytes == kit.pack_bytes) else {
        return Ok(false);
    };
    let mut bytes = vec![0; tail.len()];
    Bytes::open(&file.location)?.read_at(kit.data_bytes, &mut bytes);
    Ok(bytes == tail)
}

/// The end of recovery pack `j`, unless the kit says impossible lengths.
pub fn tail_of(kit: &Kit, j: u8) -> Option<Vec<u8>> {
    let room = kit.pack_bytes.checked_sub(kit.data_bytes)?;
    let text = kit.to_bytes();
    let bytes = text.len() as u64 + TRAILER_BYTES;
    let most = bytes.checked_add(kit.piece_length)?.checked_add(1 << 10)?;
    (bytes <= room && room <= most).then(|| kit.tail_after(text, j.into()))
}

/// Gives shards that are not at their place the files that have their bytes.
fn find_moved(survey: &Survey, shards: &mut [Shard]) -> Result<(), Error> {
    let mut free = unclaimed(survey, shards)?;
    for shard in shards.iter_mut().filter(|shard| !shard.condition.whole) {
        for place in free.clone() {
            if is_exactly(survey, shard, &place)? {
                take(survey, shard, &place)?;
                free.remove(&place);
                break;
            }
        }
    }
    let mut pairs = resembling(survey, shards, &free)?;
    pairs.sort_by_key(|(count, at, _)| (std::cmp::Reverse(*count), *at));
    for (_, at, place) in pairs {
        if needs_holder(survey, &shards[at])? && free.remove(&place) {
            take(survey, &mut shards[at], &place)?;
        }
    }
    clear_the_robbed(survey, shards);
    Ok(())
}

/// A shard whose place holds another's bytes has nothing itself.
fn clear_the_robbed(survey: &Survey, shards: &mut [Shard]) {
    let taken: BTreeSet<Place> = shards
        .iter()
        .filter(|shard| shard.is_moved())
        .filter_map(|shard| shard.holder.clone())
        .collect();
    for shard in shards.iter_mut().filter(|shard| !shard.is_moved()) {
        if taken.contains(&shard.place) {
            let stripe = survey
                .facts
                .stripe(shard.stripe)
                .expect("shards are made from stripes");
            shard.holder = None;
            shard.condition = absent(stripe, shard.coded);
        }
    }
}

fn take(survey: &Survey, shard: &mut Shard, place: &Place) -> Result<(), Error> {
    let file = survey.file(place).expect("places come from the survey");
    shard.condition = examine(survey, shard, file)?;
    shard.holder = Some(place.clone());
    Ok(())
}

/// Files whose bytes are not those of the name that they bear.
fn unclaimed(survey: &Survey, shards: &[Shard]) -> Result<BTreeSet<Place>, Error> {
    let mut free: BTreeSet<Place> = survey.seen.keys().cloned().collect();
    for shard in shards {
        if !needs_holder(survey, shard)? && !is_wanted_elsewhere(survey, shard, shards) {
            free.remove(&shard.place);
        }
    }
    Ok(free)
}

/// Whether the bytes at the shard's place are, all of them, another's that has
/// no others: they must not be lost to the repair of this one.
fn is_wanted_elsewhere(survey: &Survey, shard: &Shard, shards: &[Shard]) -> bool {
    let seen = survey.seen.get(&shard.place);
    let Some(seen) = seen.filter(|_| !shard.condition.whole) else {
        return false;
    };
    shards.iter().any(|other| {
        let known = other.known.as_ref();
        !other.condition.whole && known.is_some_and(|known| known.is_met_by(seen))
    })
}

/// Whether nothing of the shard's bytes is known to stand at its place.
fn needs_holder(survey: &Survey, shard: &Shard) -> Result<bool, Error> {
    let Some(file) = shard.holder.as_ref().and_then(|place| survey.file(place)) else {
        return Ok(true);
    };
    if shard.condition.whole || shard.condition.unproven {
        return Ok(false);
    }
    Ok(telling(&file.location, &shard.condition.bad, shard.coded)? == 0)
}

/// Whether another file is the shard, whole. Data files are known by their
/// digest; recovery packs by their trailer first, then by every byte.
fn is_exactly(survey: &Survey, shard: &Shard, place: &Place) -> Result<bool, Error> {
    let other = survey.file(place).filter(|_| *place != shard.place);
    let Some((file, seen)) = other.zip(survey.seen.get(place)) else {
        return Ok(false);
    };
    let stripe = survey
        .facts
        .stripe(shard.stripe)
        .expect("shards are made from stripes");
    match stripe
        .recovery
        .iter()
        .find(|pack| pack.place == shard.place)
    {
        Some(pack) => {
            let named = trailer_of(&file.location).is_some_and(|trailer| {
                (trailer.stripe, trailer.j) == (stripe.number, u32::from(pack.j))
            });
            Ok(named && compare(survey, shard, file, seen)?.whole)
        }
        None => Ok(shard
            .known
            .as_ref()
            .is_some_and(|known| known.is_met_by(seen))),
    }
}

/// Shards without bytes and files without shard that have leaves in common.
fn resembling(
    survey: &Survey,
    shards: &[Shard],
    free: &BTreeSet<Place>,
) -> Result<Vec<(u64, usize, Place)>, Error> {
    let mut pairs = Vec::new();
    for (at, shard) in shards.iter().enumerate() {
        let Some(known) = shard.known.as_ref().filter(|known| known.has_places()) else {
            continue;
        };
        if !needs_holder(survey, shard)? {
            continue;
        }
        for place in free.iter().filter(|place| **place != shard.place) {
            let file = survey.file(place).expect("places come from the survey");
            let seen = survey.seen.get(place);
            if !seen.is_some_and(|seen| may_resemble(known, seen)) {
                continue;
            }
            let condition = examine(survey, shard, file)?;
            let count = telling(&file.location, &condition.bad, shard.coded)?;
            if count > 0 {
                pairs.push((count, at, place.clone()));
            }
        }
    }
    Ok(pairs)
}
