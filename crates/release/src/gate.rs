//! The gate of rights: what stands in a tranche, record by record, and whether
//! every one of them may leave.

use {
    crate::bag::Bag,
    longplay_model::{Access, Finding, FindingCode, IndexRecord, MemberKind, RightsUri, Timestamp},
    longplay_store::{disk::Stream, names::INDEX, pack::read_index},
    std::{
        collections::BTreeMap,
        io::{BufReader, Read},
    },
};

/// What a tranche holds, counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    pub recordings: u64,
    pub covers: u64,
    pub records: u64,
    pub duration_ms: u64,
    /// Items by rights statement.
    pub rights: BTreeMap<RightsUri, u64>,
}

/// At most this many items of a tranche are named one by one.
const NAMED: usize = 20;

/// Reads the index of every pack, which is what will leave, and compares it
/// with `data/index.jsonl`. Each record must be open at `now` in the class of
/// its tranche and carry a rights statement; fingerprints, which are measured
/// from the audio beside them, need none of their own.
///
/// # Errors
/// R002 for items that must not leave, R003 for indexes that differ.
pub fn pass(bag: &Bag, now: Timestamp) -> Result<Tally, Vec<Finding>> {
    if !bag.access.is_open_at(now) {
        return Err(vec![not_open(bag, "", bag.access)]);
    }
    let mut tally = Tally::default();
    let mut findings = Vec::new();
    let mut index = open_index(bag).map_err(|finding| vec![finding])?;
    for path in bag.packs() {
        let records = pack_records(bag, path, &mut index).map_err(|finding| vec![finding])?;
        for record in records {
            findings.extend(refusal(bag, &record, now));
            tally.add(&record);
        }
    }
    index.finish(bag).map_err(|finding| vec![finding])?;
    match findings.is_empty() {
        true => Ok(tally),
        false => Err(shortened(bag, findings)),
    }
}

fn shortened(bag: &Bag, mut findings: Vec<Finding>) -> Vec<Finding> {
    let more = findings.len().saturating_sub(NAMED);
    findings.truncate(NAMED);
    if more > 0 {
        let seen = format!("{more} more items of the same kind");
        let subject = format!("tranches/{}", bag.name);
        findings.push(Finding::new(FindingCode::R002, subject, seen));
    }
    findings
}

fn not_open(bag: &Bag, place: &str, access: Access) -> Finding {
    let subject = format!("tranches/{}", bag.name);
    Finding::new(
        FindingCode::R002,
        subject,
        format!("its access is {access}"),
    )
    .at(place)
}

fn refusal(bag: &Bag, record: &IndexRecord, now: Timestamp) -> Option<Finding> {
    let place = format!("{}, {}", record.pack, record.path);
    if record.access != bag.access || !record.access.is_open_at(now) {
        return Some(not_open(bag, &place, record.access));
    }
    let needs_rights = record.kind != MemberKind::Fingerprints;
    (needs_rights && record.rights.is_none()).then(|| {
        let subject = format!("tranches/{}", bag.name);
        Finding::new(FindingCode::R002, subject, "it has no rights statement").at(place)
    })
}

fn pack_records(
    bag: &Bag,
    path: &str,
    index: &mut WholeIndex,
) -> Result<Vec<IndexRecord>, Finding> {
    let pack = bag.dir.join(path).stream();
    let read = pack
        .map_err(|error| bag.damage(path, format!("it cannot be read: {error}")))
        .and_then(|mut pack| {
            read_index(&mut pack).map_err(|error| bag.damage(path, error.to_string()))
        })?;
    index.expect(bag, &read.lines)?;
    Ok(read.records)
}

/// `data/index.jsonl`, read along with the packs.
struct WholeIndex(Option<BufReader<Stream>>);

fn open_index(bag: &Bag) -> Result<WholeIndex, Finding> {
    if !bag.manifest.contains_key(INDEX) {
        return Ok(WholeIndex(None));
    }
    let file = bag.dir.join(INDEX).stream();
    let file = file.map_err(|error| bag.damage(INDEX, format!("it cannot be read: {error}")))?;
    Ok(WholeIndex(Some(BufReader::new(file))))
}

impl WholeIndex {
    fn expect(&mut self, bag: &Bag, lines: &[u8]) -> Result<(), Finding> {
        let mut found = vec![0; lines.len()];
        let agrees = match &mut self.0 {
            Some(file) => file.read_exact(&mut found).is_ok() && found == lines,
            None => false,
        };
        match agrees {
            true => Ok(()),
            false => Err(bag.damage(INDEX, "it differs from the indexes of the packs")),
        }
    }

    fn finish(self, bag: &Bag) -> Result<(), Finding> {
        let mut rest = [0];
        match self.0.map(|mut file| file.read(&mut rest)) {
            None | Some(Ok(0)) => Ok(()),
            _ => Err(bag.damage(INDEX, "it tells more than the packs")),
        }
    }
}

impl Tally {
    fn add(&mut self, record: &IndexRecord) {
        self.records += 1;
        match record.kind {
            MemberKind::Audio => self.recordings += 1,
            MemberKind::Cover => self.covers += 1,
            MemberKind::Fingerprints => return,
        }
        self.duration_ms += u64::from(record.duration_ms.unwrap_or(0));
        if let Some(rights) = &record.rights {
            *self.rights.entry(rights.clone()).or_default() += 1;
        }
    }
}

/// The recovery packs of a tranche are of its class.
pub fn same_class(data: &Bag, recovery: &Bag) -> Result<(), Vec<Finding>> {
    match data.access == recovery.access {
        true => Ok(()),
        false => Err(vec![not_open(recovery, "", recovery.access)]),
    }
}
