use {
    crate::{
        bag::{MANIFEST, Manifest, TAG_MANIFEST, format_manifest, parse_manifest},
        error::Error,
        facts::{
            Bag, Place, StripeFacts,
            known::Known,
            listing::{Trust, read_text},
            observe::Observation,
            sheets::{Sheet, proven_of},
        },
        leaves::{LeafEntry, prove},
        merkle::LEAF_BYTES,
        names::{INDEX, RECOVERY, TrancheKind, TrancheName},
        pack::{LOCATOR_BYTES, PackIndex, joined, read_index},
        tar::{BLOCK, END_BYTES},
        verify::{shard::Shard, survey::Survey},
    },
    longplay_model::{Digest, FindingCode},
    sha2::{Digest as _, Sha256},
    std::{collections::BTreeMap, io, path::PathBuf},
};

/// A small file, all of which can be made again: leaf file, index, manifest
/// or tag file.
#[derive(Debug, Clone)]
pub struct Small {
    pub place: Place,
    /// The code that a finding on it has.
    pub code: FindingCode,
    pub state: SmallState,
    /// What it should be, where that is known.
    pub digest: Option<Digest>,
    pub remedy: Remedy,
}

/// How a small file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmallState {
    Whole,
    Missing,
    Damaged,
    /// It is there, and nothing that is left tells whether it is right.
    Unproven,
    /// It is what follows from the rest, and the journal knows another.
    NotTheJournals,
}

/// How a small file is made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    Write(Vec<u8>),
    /// By hashing the files of a stripe.
    HashStripe(u32),
    /// From the packs' own indexes.
    JoinIndexes,
    /// Nothing that is left tells what it was, or not yet.
    Nothing,
}

impl Small {
    /// Whether there is nothing to tell of it.
    pub fn is_sound(&self) -> bool {
        matches!(self.state, SmallState::Whole | SmallState::Unproven)
    }
}

/// All small files of the tranche, those before others that are made from them.
pub fn smalls(survey: &Survey, shards: &[Shard]) -> Result<Vec<Small>, Error> {
    let mut all = Vec::new();
    for bag in bags(survey) {
        let texts: Vec<_> = texts(survey, bag);
        let mut payload = leaf_files(survey, shards, bag);
        if bag == Bag::Data && has_index(survey, shards) {
            payload.push(index(survey, shards)?);
        }
        let manifest = manifest(survey, shards, bag, &payload);
        let tags = tag_manifest(survey, bag, &texts, &manifest);
        all.extend(texts);
        all.extend(payload);
        all.extend([manifest, tags]);
    }
    Ok(all)
}

/// The bags that the keeper holds.
fn bags(survey: &Survey) -> Vec<Bag> {
    match survey.folders.recovery {
        Some(_) => vec![Bag::Data, Bag::Recovery],
        None => vec![Bag::Data],
    }
}

fn texts(survey: &Survey, bag: Bag) -> Vec<Small> {
    let facts = survey
        .facts
        .texts
        .iter()
        .filter(|(place, _)| place.bag == bag);
    facts
        .map(|(place, fact)| {
            let remedy = fact.text.clone().map_or(Remedy::Nothing, Remedy::Write);
            compare(
                survey,
                place.clone(),
                FindingCode::S009,
                fact.digest,
                remedy,
            )
        })
        .collect()
}

/// A small file whose digest should be `digest`.
fn compare(
    survey: &Survey,
    place: Place,
    code: FindingCode,
    digest: Option<Digest>,
    remedy: Remedy,
) -> Small {
    let found = digest_on_disk(survey, &place);
    let state = match (found, digest) {
        (None, _) => SmallState::Missing,
        (Some(found), Some(digest)) if found == digest => SmallState::Whole,
        (Some(_), Some(_)) => SmallState::Damaged,
        (Some(_), None) => SmallState::Unproven,
    };
    Small {
        place,
        code,
        state,
        digest,
        remedy,
    }
}

fn digest_on_disk(survey: &Survey, place: &Place) -> Option<Digest> {
    let file = survey.file(place)?;
    if let Some(proven) = proven_of(&survey.proven, file) {
        return Some(proven.sheet.digest);
    }
    let mut hasher = Sha256::new();
    let mut opened = file.location.stream().ok()?;
    // What cannot be read is not what it should be.
    io::copy(&mut opened, &mut HashWriter(&mut hasher)).ok()?;
    Some(hasher.into())
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn leaf_files(survey: &Survey, shards: &[Shard], bag: Bag) -> Vec<Small> {
    let stripes = survey.facts.stripes.iter();
    stripes
        .map(|stripe| leaf_file(survey, shards, bag, stripe))
        .collect()
}

/// Path of the leaf file of a stripe.
pub fn leaves_place(tranche: &str, bag: Bag, stripe: u32) -> Place {
    let ending = match bag {
        Bag::Data => "",
        Bag::Recovery => RECOVERY,
    };
    Place {
        bag,
        path: format!("data/leaves/{tranche}-s{stripe:04}{ending}.leaves"),
    }
}

fn leaf_file(survey: &Survey, shards: &[Shard], bag: Bag, stripe: &StripeFacts) -> Small {
    let place = leaves_place(&survey.facts.tranche, bag, stripe.number);
    let mine: Vec<&Shard> = shards_of(shards, bag, stripe.number).collect();
    let entries: Option<Vec<LeafEntry>> = mine.iter().map(|shard| entry(survey, shard)).collect();
    // Else the first line rests on the leaf file alone.
    let rests = bag == Bag::Data && stripe.kit.is_some();
    let proven = rests || mine.iter().all(|shard| shard.condition.whole);
    let follows = head_on_disk(survey, &place).is_some_and(|(tranche, number, files)| {
        tranche == survey.facts.tranche
            && number == stripe.number
            && entries.is_none_or(|entries| entries == files)
    });
    let digest = match follows && proven {
        true => digest_on_disk(survey, &place),
        false => listed(survey, &place),
    };
    let remedy = match mine.is_empty() {
        true => Remedy::Nothing,
        false => Remedy::HashStripe(stripe.number),
    };
    let mut small = compare(survey, place, FindingCode::S006, digest, remedy);
    if !follows && small.state != SmallState::Missing {
        small.state = SmallState::Damaged;
    }
    small
}

/// The first line of a leaf file of which nothing but that can be wrong.
fn head_on_disk(survey: &Survey, place: &Place) -> Option<(String, u32, Vec<LeafEntry>)> {
    let file = survey.file(place)?;
    if let Some(proven) = proven_of(&survey.proven, file) {
        let Sheet {
            tranche, stripe, ..
        } = &proven.sheet;
        return Some((tranche.clone(), *stripe, proven.entries.clone()));
    }
    let proven = file.location.open().and_then(|file| prove(&*file));
    let proven = proven.ok()?.ok().filter(|proven| proven.is_written_so)?;
    Some((proven.tranche, proven.stripe, proven.files))
}

/// The shards of a stripe that lie in `bag`, in order.
pub fn shards_of(shards: &[Shard], bag: Bag, stripe: u32) -> impl Iterator<Item = &Shard> {
    shards
        .iter()
        .filter(move |shard| shard.stripe == stripe && shard.place.bag == bag)
}

/// What is known of the whole file of a shard: what was seen, when that is
/// right, else what should be.
pub fn identity(survey: &Survey, shard: &Shard) -> Option<Known> {
    if shard.condition.whole {
        return survey.seen.get(shard.holder.as_ref()?).map(Known::of);
    }
    match shard.place.bag {
        Bag::Data => shard.known.clone(),
        Bag::Recovery => {
            let stripe = survey.facts.stripe(shard.stripe)?;
            let pack = stripe
                .recovery
                .iter()
                .find(|pack| pack.place == shard.place)?;
            pack.whole.clone()
        }
    }
}

fn entry(survey: &Survey, shard: &Shard) -> Option<LeafEntry> {
    entry_of(&shard.place, &identity(survey, shard)?)
}

fn entry_of(place: &Place, known: &Known) -> Option<LeafEntry> {
    Some(LeafEntry {
        path: place.path.parse().ok()?,
        bytes: known.bytes?,
        sha256: known.sha256?,
        root: known.root?,
    })
}

/// The line of a leaf file on a file that was read.
pub fn entry_seen(place: &Place, seen: &Observation) -> Option<LeafEntry> {
    entry_of(place, &Known::of(seen))
}

/// What a manifest with something behind it says of a payload file.
fn listed(survey: &Survey, place: &Place) -> Option<Digest> {
    let listing = survey.facts.listing(place.bag);
    let trusted = listing.payload_trust > Trust::Alone;
    listing
        .payload
        .get(&place.path)
        .copied()
        .filter(|_| trusted)
}

/// All tranches have one but those of plain files.
fn has_index(survey: &Survey, shards: &[Shard]) -> bool {
    match survey.facts.tranche.parse::<TrancheName>() {
        Ok(name) => name.kind != TrancheKind::Metadata,
        Err(_) => packs(shards).next().is_some(),
    }
}

/// The packs of the tranche, in order.
pub fn packs(shards: &[Shard]) -> impl Iterator<Item = &Shard> {
    shards
        .iter()
        .filter(|shard| shard.place.bag == Bag::Data && shard.place.path.starts_with("data/packs/"))
}

fn index(survey: &Survey, shards: &[Shard]) -> Result<Small, Error> {
    let place = Place::data(INDEX);
    let mut hasher = Sha256::new();
    let complete = join_indexes(survey, shards, &mut HashWriter(&mut hasher))
        .map_err(|source| Error::read(PathBuf::from(INDEX), source))?;
    let complete = complete && survey.facts.is_complete();
    // A damaged leaf file can take a damaged leaf of a pack's index for a sound one.
    let is_proven = survey.facts.listing(Bag::Data).payload_trust == Trust::Proven;
    let digest = match complete && !is_proven {
        true => Some(hasher.into()),
        false => listed(survey, &place),
    };
    let remedy = if complete {
        Remedy::JoinIndexes
    } else {
        Remedy::Nothing
    };
    let mut small = compare(survey, place, FindingCode::S007, digest, remedy);
    // What nothing else speaks of can still contradict itself.
    if small.state == SmallState::Unproven && !reads_as_index(survey, shards, &small.place) {
        small.state = SmallState::Damaged;
    }
    Ok(small)
}

fn reads_as_index(survey: &Survey, shards: &[Shard], place: &Place) -> bool {
    let file = survey.file(place).and_then(|it| it.location.stream().ok());
    let count = file.and_then(|file| joined(&mut io::BufReader::new(file)));
    let known = packs(shards).count() as u64;
    count.is_some_and(|count| count == known || !survey.facts.is_complete())
}

/// Writes what the tranche's index should be; `false` when the index of a pack
/// cannot be read.
pub fn join_indexes(
    survey: &Survey,
    shards: &[Shard],
    out: &mut dyn io::Write,
) -> io::Result<bool> {
    for shard in packs(shards) {
        match pack_index(survey, shard) {
            Some(index) => out.write_all(&index.lines)?,
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// The index of a pack, when it lies in undamaged leaves.
pub fn pack_index(survey: &Survey, shard: &Shard) -> Option<PackIndex> {
    let file = survey.file(shard.holder.as_ref()?)?;
    if shard.bytes.is_some_and(|bytes| bytes != file.bytes) {
        return None;
    }
    let index = read_index(&mut file.location.stream().ok()?).ok()?;
    let data = (index.lines.len() as u64 + 1 + LOCATOR_BYTES).next_multiple_of(BLOCK);
    let start = file.bytes.checked_sub(END_BYTES + data)?;
    let region = start / LEAF_BYTES..file.bytes.div_ceil(LEAF_BYTES);
    let sound = shard.condition.bad.within(region).is_empty();
    sound.then_some(index)
}

fn manifest(survey: &Survey, shards: &[Shard], bag: Bag, payload: &[Small]) -> Small {
    let place = Place {
        bag,
        path: MANIFEST.into(),
    };
    let listing = survey.facts.listing(bag);
    let coded = shards
        .iter()
        .filter(|shard| shard.place.bag == bag)
        .map(|shard| {
            let digest = identity(survey, shard).and_then(|known| known.sha256);
            (shard.place.path.clone(), digest)
        });
    let small = payload
        .iter()
        .map(|small| (small.place.path.clone(), small.digest));
    let lines: BTreeMap<String, Option<Digest>> = coded.chain(small).collect();
    let complete: Option<Manifest> = lines
        .iter()
        .map(|(path, digest)| Some((path.clone(), (*digest)?)))
        .collect();
    if listing.payload_trust == Trust::Proven {
        let digest = digest_on_disk(survey, &place);
        return compare(survey, place, FindingCode::S008, digest, Remedy::Nothing);
    }
    match complete.filter(|_| survey.facts.is_complete()) {
        Some(manifest) => {
            let text = format_manifest(&manifest).into_bytes();
            let (digest, remedy) = (Some(Digest::of(&text)), Remedy::Write(text));
            compare(survey, place, FindingCode::S008, digest, remedy)
        }
        None => half_known(survey, place, &lines),
    }
}

/// A manifest of which some lines are known only from itself.
fn half_known(survey: &Survey, place: Place, lines: &BTreeMap<String, Option<Digest>>) -> Small {
    let listing = survey.facts.listing(place.bag);
    let contradicted = lines
        .iter()
        .any(|(path, digest)| digest.is_some() && listing.payload.get(path) != digest.as_ref());
    let listed = listing.tags.get(MANIFEST).copied();
    let listed = listed.filter(|_| listing.tags_trust > Trust::Alone);
    let mut small = compare(survey, place, FindingCode::S008, listed, Remedy::Nothing);
    let is_wrong = || contradicted || !reads_as_manifest(survey, &small.place, lines);
    if small.state == SmallState::Unproven && is_wrong() {
        small.state = SmallState::Damaged;
    }
    small
}

/// Whether it is written as manifests are, and names the files that there should be.
fn reads_as_manifest(
    survey: &Survey,
    place: &Place,
    lines: &BTreeMap<String, Option<Digest>>,
) -> bool {
    let text = survey.file(place).and_then(|it| read_text(&it.location));
    let text = text.and_then(|text| String::from_utf8(text).ok());
    let told = text.and_then(|text| Some((parse_manifest(&text).ok()?, text)));
    told.is_some_and(|(told, text)| {
        format_manifest(&told) == text
            && (!survey.facts.is_complete() || told.keys().eq(lines.keys()))
    })
}

fn tag_manifest(survey: &Survey, bag: Bag, texts: &[Small], manifest: &Small) -> Small {
    let place = Place {
        bag,
        path: TAG_MANIFEST.into(),
    };
    let promised = match bag {
        Bag::Data => survey.promise.data,
        Bag::Recovery => survey.promise.recovery,
    };
    let lines: Option<Manifest> = texts
        .iter()
        .chain([manifest])
        .map(|small| Some((small.place.path.clone(), small.digest?)))
        .collect();
    let text = lines.map(|manifest| format_manifest(&manifest).into_bytes());
    let follows = text.as_ref().map(|text| Digest::of(text));
    if promised.is_some() && promised == digest_on_disk(survey, &place) {
        return compare(survey, place, FindingCode::S008, promised, Remedy::Nothing);
    }
    let digest = promised.or(follows);
    let remedy = match text {
        Some(text) if follows == digest => Remedy::Write(text),
        _ => Remedy::Nothing,
    };
    let mut small = compare(survey, place, FindingCode::S008, digest, remedy);
    let differs = follows.is_some() && follows != digest;
    if differs && small.state == SmallState::Damaged {
        small.state = SmallState::NotTheJournals;
    }
    small
}
