use {
    crate::{
        error::Error,
        indexes::{PACKS, for_each_record},
        names::TrancheKind,
        remake::{bench::Bench, tranche::Here},
    },
    longplay_model::{
        Cover, Digest, Event, Form, How, IndexRecord, MemberKind, Monitor, Receipt,
        RightsStatement, TrackId, Unit,
    },
    serde::Deserialize,
    std::{
        collections::{BTreeMap, HashSet},
        io::Read,
        mem,
    },
};

/// Receipts in one write.
const BATCH: usize = 2048;

/// A longer member of fingerprints is not read.
const MOST_FINGERPRINT_BYTES: u64 = 1 << 30;

/// Makes receipts of the tracks that tranches hold and the journal has none of,
/// the newest tranche first: where several hold a track, the last counts. Gives
/// their number.
pub fn remake_receipts(bench: &Bench, here: &[Here], monitor: &dyn Monitor) -> Result<u64, Error> {
    let mut maker = Maker {
        bench,
        here,
        covers: None,
        waiting: Vec::new(),
        blobs: Vec::new(),
        taken: HashSet::new(),
        made: 0,
    };
    monitor.begin("receipts", Some(here.len() as u64), Unit::Items);
    for tranche in here.iter().rev() {
        if tranche.name.kind == TrancheKind::Audio {
            maker.tranche(tranche, monitor)?;
        }
        monitor.advance(1);
    }
    maker.flush()?;
    Ok(maker.made)
}

struct Maker<'a> {
    bench: &'a Bench<'a>,
    here: &'a [Here],
    /// Bytes and media types of all covers; read when the first is asked for.
    covers: Option<BTreeMap<Digest, (u64, String)>>,
    waiting: Vec<Event>,
    /// Blobs of the receipts that wait.
    blobs: Vec<Digest>,
    /// Tracks that have a receipt which the state does not know yet.
    taken: HashSet<TrackId>,
    made: u64,
}

impl Maker<'_> {
    fn tranche(&mut self, tranche: &Here, monitor: &dyn Monitor) -> Result<(), Error> {
        let mut place = u64::from(tranche.name.number) << 32;
        let mut pack: Vec<IndexRecord> = Vec::new();
        for_each_record(&tranche.folders.data, tranche.asked, &mut |record| {
            if pack.first().is_some_and(|first| first.pack != record.pack) {
                if monitor.is_interrupted() {
                    return Err(Error::Interrupted);
                }
                self.pack(tranche, mem::take(&mut pack), &mut place)?;
            }
            pack.push(record);
            Ok(())
        })?;
        self.pack(tranche, pack, &mut place)
    }

    /// `place` counts tracks in the order in which they were sealed.
    fn pack(
        &mut self,
        tranche: &Here,
        records: Vec<IndexRecord>,
        place: &mut u64,
    ) -> Result<(), Error> {
        let mut missing = Vec::new();
        for record in &records {
            if record.kind != MemberKind::Audio {
                continue;
            }
            *place += 1;
            if let Some(track) = record.tracks.first()
                && !self.taken.contains(track)
                && !self.bench.state().has_receipt(track)?
            {
                missing.push((*place, *track, record));
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let fingerprints = fingerprints(tranche, &records);
        for (order, track, record) in missing {
            let cover = record.cover.map(|blob| self.cover(blob)).transpose()?;
            let Some(receipt) = receipt(order, track, record, cover.flatten(), &fingerprints)
            else {
                continue;
            };
            self.take(receipt)?;
        }
        Ok(())
    }

    fn take(&mut self, receipt: Receipt) -> Result<(), Error> {
        self.made += 1;
        self.taken.insert(receipt.track);
        if !self.bench.acts() {
            return Ok(());
        }
        self.blobs.push(receipt.blob);
        self.blobs
            .extend(receipt.cover.as_ref().map(|cover| cover.blob));
        self.waiting.push(Event::Ingestion {
            receipt: Box::new(receipt),
        });
        match self.waiting.len() >= BATCH {
            true => self.flush(),
            false => Ok(()),
        }
    }

    /// Enters the receipts that wait, and that their blobs have left staging.
    fn flush(&mut self) -> Result<(), Error> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut events = mem::take(&mut self.waiting);
        let mut blobs = mem::take(&mut self.blobs);
        blobs.retain(|blob| !self.bench.staging.contains(blob));
        blobs.sort_unstable();
        blobs.dedup();
        if !blobs.is_empty() {
            events.push(Event::StagingEmptied { blobs });
        }
        self.bench.record_rebuilt(events)?;
        self.taken.clear();
        Ok(())
    }

    /// What is known of a cover; nothing when no tranche here holds it.
    fn cover(&mut self, blob: Digest) -> Result<Option<Cover>, Error> {
        if self.covers.is_none() {
            self.covers = Some(covers(self.here)?);
        }
        let covers = self.covers.as_ref().expect("was made just now");
        Ok(covers.get(&blob).map(|(bytes, media_type)| Cover {
            blob,
            bytes: *bytes,
            media_type: media_type.clone(),
            width: 0,
            height: 0,
        }))
    }
}

fn covers(here: &[Here]) -> Result<BTreeMap<Digest, (u64, String)>, Error> {
    let mut covers = BTreeMap::new();
    for tranche in here.iter().filter(|it| it.name.kind == TrancheKind::Art) {
        for_each_record(&tranche.folders.data, tranche.asked, &mut |record| {
            if record.kind == MemberKind::Cover {
                covers.insert(record.sha256, (record.length, record.media_type));
            }
            Ok(())
        })?;
    }
    Ok(covers)
}

#[derive(Deserialize)]
struct Line {
    sha256: Digest,
    chromaprint: String,
}

/// The fingerprints of a pack by blob; none when their member is not what its
/// digest says.
fn fingerprints(tranche: &Here, records: &[IndexRecord]) -> BTreeMap<Digest, String> {
    let member = records
        .iter()
        .find(|record| record.kind == MemberKind::Fingerprints);
    let text = member.and_then(|member| read_member(tranche, member));
    text.unwrap_or_default()
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .map(
            |Line {
                 sha256,
                 chromaprint,
             }| (sha256, chromaprint),
        )
        .collect()
}

fn read_member(tranche: &Here, member: &IndexRecord) -> Option<Vec<u8>> {
    let folder = tranche.folders.data.join(PACKS);
    let is_name = !member.pack.contains(['/', '\\']) && !member.pack.starts_with('.');
    if !is_name {
        return None;
    }
    let length = member.length.min(MOST_FINGERPRINT_BYTES);
    let range = member.offset..member.offset.checked_add(length)?;
    let mut bytes = Vec::new();
    let mut reader = folder.join(&member.pack).range(range).ok()?;
    reader.read_to_end(&mut bytes).ok()?;
    (Digest::of(&bytes) == member.sha256).then_some(bytes)
}

/// `None` when the record says too little of an item of audio.
fn receipt(
    order: u64,
    track: TrackId,
    record: &IndexRecord,
    cover: Option<Cover>,
    fingerprints: &BTreeMap<Digest, String>,
) -> Option<Receipt> {
    let form = record.form?;
    let is_original = form == Form::Original;
    let rights = record.rights.clone().map(|uri| RightsStatement {
        uri,
        basis: record.rights_basis.clone().unwrap_or_default(),
    });
    Some(Receipt {
        track,
        recording: record.recording?,
        how: How::Index,
        order,
        form,
        blob: record.sha256,
        bytes: record.length,
        codec: record.codec?,
        duration_ms: record.duration_ms.unwrap_or(0),
        sample_rate_hz: record.sample_rate_hz.unwrap_or(0),
        channels: record.channels.unwrap_or(0),
        bit_rate: record.bit_rate.unwrap_or(0),
        source_path: record.source_path.clone().unwrap_or_default(),
        source: record.source.unwrap_or(record.sha256),
        source_bytes: if is_original { record.length } else { 0 },
        encoder: record.encoder.clone(),
        title: record.title.clone().unwrap_or_default(),
        artist: record.artist.clone().unwrap_or_default(),
        release: record.release.clone(),
        release_artist: record.release_artist.clone(),
        date: record.date.clone(),
        disc: record.disc,
        position: record.position,
        isrcs: record.isrcs.clone(),
        cover,
        fingerprint: fingerprints.get(&record.sha256).cloned(),
        rights,
        access: record.access,
    })
}
