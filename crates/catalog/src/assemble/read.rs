//! Documents of a source, many at once, to what they tell.

use {
    crate::{
        error::Error,
        kept::{Batch, Content, Document, Kept},
        origin::{MADE_BYTES, Origin},
        row::Sourced,
        snapshot_meta::SourceEntry,
        sources::{ArtistFact, Figure, Format, Harvest, Listen, Reader, Trouble},
        synthetic::Recipe,
    },
    longplay_model::{Finding, FindingCode, Mbid, Monitor},
    rayon::prelude::*,
};

/// What was read from one source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ReadCounts {
    /// Documents that are not blank.
    pub(crate) records: u64,
    pub(crate) tracks: u64,
    /// Documents of which nothing was taken.
    pub(crate) rejected: u64,
}

impl ReadCounts {
    fn add(&mut self, other: Self) {
        self.records += other.records;
        self.tracks += other.tracks;
        self.rejected += other.rejected;
    }
}

/// What a batch of documents tells, in their order.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) tracks: Vec<Sourced>,
    /// Of each of them, the number of its document.
    pub(crate) numbers: Vec<u64>,
    pub(crate) artists: Vec<ArtistFact>,
    pub(crate) figures: Vec<Figure>,
    pub(crate) listens: Vec<Listen>,
    pub(crate) redirects: Vec<(Mbid, Mbid)>,
    /// Releases that are taken back, each with how many tracks come before.
    pub(crate) withdrawn: Vec<(usize, String)>,
    counts: ReadCounts,
    findings: Vec<Finding>,
    bytes: u64,
}

impl Told {
    fn tells_anything(&self) -> bool {
        !(self.tracks.is_empty()
            && self.artists.is_empty()
            && self.figures.is_empty()
            && self.listens.is_empty()
            && self.redirects.is_empty()
            && self.withdrawn.is_empty())
    }
}

/// Batches that are read side by side.
pub(super) const WINDOW: usize = 8;

/// Reads all records of a source; `sink` is given what a few batches tell.
pub(crate) fn read_source(
    origin: &Origin,
    entry: &SourceEntry,
    is_reported: bool,
    monitor: &dyn Monitor,
    sink: &mut (dyn FnMut(Vec<Told>) -> Result<(), Error> + Send),
) -> Result<ReadCounts, Error> {
    let mut counts = ReadCounts::default();
    let mut tells_anything = false;
    let mut take = |told: Vec<Told>| {
        for told in &told {
            tells_anything |= told.tells_anything();
            monitor.advance(told.bytes);
            counts.add(told.counts);
            told.findings
                .iter()
                .for_each(|finding| monitor.finding(finding.clone()));
        }
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        sink(told)
    };
    match origin {
        Origin::Kept(kept) => read_kept(kept, entry, is_reported, &mut take)?,
        Origin::Made(recipe) => make(recipe, &mut take)?,
    }
    // Labels and masters of Discogs are understood, and no table takes them.
    let is_understood = entry.format == Format::Discogs && counts.records > counts.rejected;
    if is_reported && !tells_anything && !is_understood {
        let seen = format!("{} records, none of them a track", counts.records);
        monitor.finding(Finding::new(FindingCode::C005, &entry.file, seen));
    }
    Ok(counts)
}

fn read_kept(
    kept: &Kept,
    entry: &SourceEntry,
    is_reported: bool,
    take: &mut (dyn FnMut(Vec<Told>) -> Result<(), Error> + Send),
) -> Result<(), Error> {
    let reader = kept.reader(entry.format, entry.mapping.as_ref())?;
    let mut batches = kept.batches(entry.format.splitting(), entry.max_line_bytes);
    let mut next = move || -> Result<Vec<Batch>, Error> {
        let window = batches.by_ref().take(WINDOW);
        window.collect()
    };
    let mut window = next()?;
    while !window.is_empty() {
        // The next ones are unpacked and cut while these are read.
        let read = |batch: &Batch| read_batch(entry, &reader, batch, is_reported);
        let (following, taken) =
            rayon::join(&mut next, || take(window.par_iter().map(read).collect()));
        taken?;
        window = following?;
    }
    Ok(())
}

/// Makes all records, a few blocks side by side.
fn make(
    recipe: &Recipe,
    take: &mut (dyn FnMut(Vec<Told>) -> Result<(), Error> + Send),
) -> Result<(), Error> {
    let blocks: Vec<u64> = (0..recipe.blocks()).collect();
    for window in blocks.chunks(WINDOW) {
        let told = window.par_iter().map(|number| {
            let before = number * Recipe::BLOCK;
            let records = recipe.block(*number).map(Sourced::from);
            let mut tracks = Vec::with_capacity(Recipe::BLOCK as usize);
            tracks.extend(records);
            let count = tracks.len() as u64;
            Told {
                counts: ReadCounts {
                    records: count,
                    tracks: count,
                    rejected: 0,
                },
                bytes: count * MADE_BYTES,
                tracks,
                numbers: (before + 1..=before + count).collect(),
                ..Told::default()
            }
        });
        take(told.collect())?;
    }
    Ok(())
}

fn read_batch(entry: &SourceEntry, reader: &Reader, batch: &Batch, is_reported: bool) -> Told {
    let mut told = Told::default();
    let mut harvest = Harvest {
        restricted_fields: entry.restricted_fields,
        ..Harvest::default()
    };
    harvest.tracks.reserve(batch.documents.len());
    told.numbers.reserve(batch.documents.len());
    for document in &batch.documents {
        told.bytes += document.length;
        if is_passed_over(document, batch) {
            continue;
        }
        harvest.clear_but_tracks();
        let before = harvest.tracks.len();
        read_document(entry, reader, document, batch, &mut harvest);
        told.counts.add(ReadCounts {
            records: 1,
            tracks: (harvest.tracks.len() - before) as u64,
            rejected: is_rejected(&harvest).into(),
        });
        if is_reported {
            let troubles = harvest.troubles.drain(..);
            told.findings
                .extend(troubles.map(|trouble| finding(entry, document, trouble)));
        }
        let withdrawn = harvest.withdrawn.drain(..);
        told.withdrawn
            .extend(withdrawn.map(|withdrawn| (before, withdrawn.release_id)));
        told.numbers.resize(harvest.tracks.len(), document.number);
        told.artists.append(&mut harvest.artists);
        told.figures.append(&mut harvest.figures);
        told.listens.append(&mut harvest.listens);
        told.redirects.append(&mut harvest.redirects);
    }
    told.tracks = harvest.tracks;
    told
}

/// Blank lines, and files beside the data.
fn is_passed_over(document: &Document, batch: &Batch) -> bool {
    match &document.content {
        Content::Within(range) => {
            document.nth.is_some() && batch.bytes[range.clone()].trim_ascii().is_empty()
        }
        Content::Aside(_) => true,
        Content::TooLong => false,
    }
}

fn read_document(
    entry: &SourceEntry,
    reader: &Reader,
    document: &Document,
    batch: &Batch,
    harvest: &mut Harvest,
) {
    match &document.content {
        Content::Within(range) => {
            let member = document.member.as_deref();
            reader.read(&batch.bytes[range.clone()], member, document.nth, harvest);
        }
        Content::Aside(_) => {}
        Content::TooLong => {
            let seen = format!(
                "{} bytes, the limit is {}",
                document.length, entry.max_line_bytes
            );
            harvest.trouble(FindingCode::C002, "", seen);
        }
    }
}

fn is_rejected(harvest: &Harvest) -> bool {
    let refused = |trouble: &Trouble| matches!(trouble.code, FindingCode::C001 | FindingCode::C002);
    harvest.troubles.iter().any(refused)
}

fn finding(entry: &SourceEntry, document: &Document, trouble: Trouble) -> Finding {
    let finding = |subject: &str| Finding::new(trouble.code, subject, &trouble.seen);
    let line = document.nth.map(|nth| format!("line {nth}"));
    let field = Some(trouble.field.clone()).filter(|field| !field.is_empty());
    let place: Vec<String> = line.into_iter().chain(field).collect();
    match &document.member {
        Some(path) => finding(&format!("{}/{path}", entry.file)).at(place.join(", ")),
        None => finding(&entry.file).at(place.join(", ")),
    }
}
