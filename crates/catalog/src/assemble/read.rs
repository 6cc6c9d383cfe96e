//! Documents of a source, many at once, to what they tell.

use {
    crate::{
        error::Error,
        kept::{Batch, Content, Document},
        origin::{MADE_BYTES, Origin},
        relay::{Relay, relay},
        row::Sourced,
        snapshot_meta::SourceEntry,
        sources::{ArtistFact, Figure, Format, Harvest, Listen, Reader, Trouble},
        synthetic::Recipe,
    },
    longplay_model::{Finding, FindingCode, Mbid, Monitor},
    std::sync::{Mutex, PoisonError},
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

/// Takes in what batches tell.
pub(crate) trait Sink: Sync {
    type Place;
    type Written;

    /// Batch by batch, in their order.
    fn place(&self, told: &mut Told) -> Result<Self::Place, Error>;

    /// Several batches side by side.
    fn write(&self, told: Told, place: Self::Place) -> Result<Self::Written, Error>;

    /// Batch by batch, in their order.
    fn end(&self, written: Self::Written) -> Result<(), Error>;
}

/// A sink that takes batch by batch.
pub(crate) struct Each<F>(Mutex<F>);

impl<F: FnMut(Told) + Send> Each<F> {
    pub(crate) fn new(take: F) -> Self {
        Self(Mutex::new(take))
    }
}

impl<F: FnMut(Told) + Send> Sink for Each<F> {
    type Place = ();
    type Written = Told;

    fn place(&self, _: &mut Told) -> Result<(), Error> {
        Ok(())
    }

    fn write(&self, told: Told, (): ()) -> Result<Told, Error> {
        Ok(told)
    }

    fn end(&self, told: Told) -> Result<(), Error> {
        let mut take = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        take(told);
        Ok(())
    }
}

/// Reads all records of a source; `sink` is given what they tell.
pub(crate) fn read_source(
    origin: &Origin,
    entry: &SourceEntry,
    is_reported: bool,
    monitor: &dyn Monitor,
    sink: &impl Sink,
) -> Result<ReadCounts, Error> {
    let tally = Mutex::default();
    match origin {
        Origin::Kept(kept) => {
            let reader = kept.reader(entry.format, entry.mapping.as_ref())?;
            let reading = Reading {
                read: &|batch: Batch| read_batch(entry, &reader, &batch, is_reported),
                sink,
                monitor,
                tally: &tally,
            };
            let batches = kept.batches(entry.format.splitting(), entry.max_line_bytes);
            relay(&reading, batches)?;
        }
        Origin::Made(recipe) => {
            let reading = Reading {
                read: &|block| make(recipe, block),
                sink,
                monitor,
                tally: &tally,
            };
            relay(&reading, (0..recipe.blocks()).map(Ok))?;
        }
    }
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let counts = tally.counts;
    // Labels and masters of Discogs are understood, and no table takes them.
    let is_understood = entry.format == Format::Discogs && counts.records > counts.rejected;
    if is_reported && !tally.tells_anything && !is_understood {
        let seen = format!("{} records, none of them a track", counts.records);
        monitor.finding(Finding::new(FindingCode::C005, &entry.file, seen));
    }
    Ok(counts)
}

/// What was read so far.
#[derive(Default)]
struct Tally {
    counts: ReadCounts,
    tells_anything: bool,
}

/// The steps of what a source is read by.
struct Reading<'a, Item, Sink> {
    read: &'a (dyn Fn(Item) -> Told + Sync),
    sink: &'a Sink,
    monitor: &'a dyn Monitor,
    tally: &'a Mutex<Tally>,
}

impl<Item: Send, S: Sink> Relay for Reading<'_, Item, S> {
    type Item = Item;
    type Read = Told;
    type Place = S::Place;
    type Written = S::Written;

    fn read(&self, item: Item) -> Told {
        (self.read)(item)
    }

    fn place(&self, told: &mut Told) -> Result<S::Place, Error> {
        self.monitor.advance(told.bytes);
        let findings = told.findings.drain(..);
        findings.for_each(|finding| self.monitor.finding(finding));
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.tells_anything |= told.tells_anything();
        tally.counts.add(told.counts);
        match self.monitor.is_interrupted() {
            true => Err(Error::Interrupted),
            false => self.sink.place(told),
        }
    }

    fn write(&self, told: Told, place: S::Place) -> Result<S::Written, Error> {
        self.sink.write(told, place)
    }

    fn end(&self, written: S::Written) -> Result<(), Error> {
        self.sink.end(written)
    }
}

/// Makes the records of a block.
fn make(recipe: &Recipe, block: u64) -> Told {
    let before = block * Recipe::BLOCK;
    let mut tracks = Vec::with_capacity(Recipe::BLOCK as usize);
    tracks.extend(recipe.block(block).map(Sourced::from));
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
