//! What waits in staging, as items of packs by access class.

use {
    crate::{
        error::Error,
        home::Home,
        pack::{Item, Source, blank_record},
        seal::{held::Held, paths::Shelf},
    },
    longplay_model::{
        Access, Codec, Cover, Digest, Finding, FindingCode, Form, IndexRecord, MemberKind, Receipt,
    },
    std::collections::BTreeMap,
};

/// All that is to be sealed; each class in the order of the plan.
#[derive(Debug, Default)]
pub struct Gathered {
    pub audio: BTreeMap<Access, Vec<Receipt>>,
    pub covers: BTreeMap<Access, Vec<StagedCover>>,
    /// What is not in staging as its receipt says.
    pub findings: Vec<Finding>,
}

/// A cover with all receipts of one class that came with it.
#[derive(Debug)]
pub struct StagedCover {
    pub cover: Cover,
    /// At least one.
    pub receipts: Vec<Receipt>,
}

/// Gathers what waits in staging and is not `held` by a tranche yet.
pub fn gather(home: &Home, held: &Held) -> Result<Gathered, Error> {
    let mut gathered = Gathered::default();
    for receipt in home.state().staged()? {
        if !held.has_audio(&receipt) {
            gathered.take_audio(home, receipt);
        }
    }
    let mut places = BTreeMap::new();
    for receipt in home.state().staged_covers()? {
        if !held.has_cover(&receipt) {
            gathered.take_cover(home, receipt, &mut places);
        }
    }
    Ok(gathered)
}

impl Gathered {
    fn take_audio(&mut self, home: &Home, receipt: Receipt) {
        match absence(home, &receipt.blob, receipt.bytes, &receipt.source_path) {
            Some(finding) => self.findings.push(finding),
            None => self.audio.entry(receipt.access).or_default().push(receipt),
        }
    }

    /// `places` tells where in its class a cover stands, `None` for one that
    /// is not whole.
    fn take_cover(
        &mut self,
        home: &Home,
        receipt: Receipt,
        places: &mut BTreeMap<(Access, Digest), Option<usize>>,
    ) {
        let Some(cover) = receipt.cover.clone() else {
            return;
        };
        let class = self.covers.entry(receipt.access).or_default();
        let place = places
            .entry((receipt.access, cover.blob))
            .or_insert_with(|| {
                let absent = absence(home, &cover.blob, cover.bytes, &receipt.source_path);
                let next = absent.is_none().then_some(class.len());
                self.findings.extend(absent);
                next
            });
        match *place {
            Some(place) if place == class.len() => class.push(StagedCover {
                cover,
                receipts: vec![receipt],
            }),
            Some(place) => class[place].receipts.push(receipt),
            None => {}
        }
    }
}

/// What is wrong with the staged blob, as far as its length tells.
fn absence(home: &Home, blob: &Digest, bytes: u64, from: &str) -> Option<Finding> {
    let seen = match home.staging().length(blob) {
        Some(length) if length == bytes => return None,
        Some(length) => format!("{length} bytes stand there in place of {bytes}"),
        None => "it is not there".into(),
    };
    Some(staged_finding(home, blob, from, &seen))
}

/// S014 on the blob that was made from the file `from`.
pub fn staged_finding(home: &Home, blob: &Digest, from: &str, seen: &str) -> Finding {
    let blob = home.staging().location(blob);
    let path = blob.path();
    let subject = path.strip_prefix(home.root().path()).unwrap_or(path);
    let seen = format!("{seen}; it was made from {from} and is left out");
    Finding::new(FindingCode::S014, subject.to_string_lossy(), seen)
}

/// The items of an audio tranche.
pub fn audio_items(home: &Home, receipts: &[Receipt]) -> Vec<Item> {
    let mut shelf = Shelf::new(receipts.iter());
    receipts
        .iter()
        .map(|receipt| Item {
            record: audio_record(receipt, &mut shelf),
            source: staged(home, receipt.blob, receipt.bytes),
            fingerprint: receipt.fingerprint.clone(),
        })
        .collect()
}

/// The items of an art tranche.
pub fn cover_items(home: &Home, covers: &[StagedCover]) -> Vec<Item> {
    let mut shelf = Shelf::default();
    covers
        .iter()
        .map(|cover| Item {
            record: cover_record(cover, &mut shelf),
            source: staged(home, cover.cover.blob, cover.cover.bytes),
            fingerprint: None,
        })
        .collect()
}

fn staged(home: &Home, digest: Digest, bytes: u64) -> Source {
    Source {
        location: home.staging().location(&digest),
        digest,
        bytes,
    }
}

fn audio_record(receipt: &Receipt, shelf: &mut Shelf) -> IndexRecord {
    let path = shelf.audio(receipt);
    let made_here = receipt.form != Form::Original;
    IndexRecord {
        length: receipt.bytes,
        sha256: receipt.blob,
        form: Some(receipt.form),
        media_type: media_type(receipt.codec).into(),
        codec: Some(receipt.codec),
        tracks: vec![receipt.track],
        recording: Some(receipt.recording),
        isrcs: receipt.isrcs.clone(),
        title: Some(receipt.title.clone()),
        disc: receipt.disc,
        position: receipt.position,
        duration_ms: Some(receipt.duration_ms),
        sample_rate_hz: Some(receipt.sample_rate_hz),
        channels: Some(receipt.channels),
        bit_rate: Some(receipt.bit_rate),
        cover: receipt.cover.as_ref().map(|cover| cover.blob),
        source: made_here.then_some(receipt.source),
        source_path: Some(receipt.source_path.clone()),
        encoder: receipt.encoder.clone(),
        ..shared_record(
            receipt,
            blank_record(path, MemberKind::Audio, receipt.access),
        )
    }
}

/// What a cover says of itself comes from the first receipt.
fn cover_record(staged: &StagedCover, shelf: &mut Shelf) -> IndexRecord {
    let first = &staged.receipts[0];
    let path = shelf.cover(first, &staged.cover.media_type);
    IndexRecord {
        length: staged.cover.bytes,
        sha256: staged.cover.blob,
        media_type: staged.cover.media_type.clone(),
        tracks: staged
            .receipts
            .iter()
            .map(|receipt| receipt.track)
            .collect(),
        ..shared_record(first, blank_record(path, MemberKind::Cover, first.access))
    }
}

/// Artist, release and rights.
fn shared_record(receipt: &Receipt, blank: IndexRecord) -> IndexRecord {
    let rights = receipt.rights.as_ref();
    IndexRecord {
        artist: Some(receipt.artist.clone()),
        release: receipt.release.clone(),
        release_artist: receipt.release_artist.clone(),
        date: receipt.date.clone(),
        rights: rights.map(|rights| rights.uri.clone()),
        rights_basis: rights.map(|rights| rights.basis.clone()),
        ..blank
    }
}

/// RFC 9639 (flac), RFC 5334 (ogg), RFC 3003 (mpeg), RFC 2361 (wave).
const fn media_type(codec: Codec) -> &'static str {
    match codec {
        Codec::Flac => "audio/flac",
        Codec::Vorbis | Codec::Opus => "audio/ogg",
        Codec::Mp3 => "audio/mpeg",
        Codec::Wav => "audio/vnd.wave",
        Codec::Aiff => "audio/aiff",
    }
}
