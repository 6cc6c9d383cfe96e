use {
    crate::{
        error::Error,
        kept::{Batch, Content, Document, Kept},
        row::{Row, Sourced},
        snapshot_meta::SourceEntry,
        sources::{Format, Harvest, Reader, Trouble},
    },
    longplay_model::{Finding, FindingCode, Monitor, TrackId},
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

/// Reads all records of a source into rows.
pub(crate) fn read_source(
    kept: &Kept,
    entry: &SourceEntry,
    source: u16,
    is_reported: bool,
    monitor: &dyn Monitor,
    sink: &mut dyn FnMut(Row) -> Result<(), Error>,
) -> Result<ReadCounts, Error> {
    let mut counts = ReadCounts::default();
    let mut harvest = Harvest::default();
    let reader = kept.reader(entry.format, entry.mapping.as_ref())?;
    for batch in kept.batches(entry.format.splitting(), entry.max_line_bytes) {
        let batch = batch?;
        for document in &batch.documents {
            monitor.advance(document.length);
            if monitor.is_interrupted() {
                return Err(Error::Interrupted);
            }
            if is_passed_over(document, &batch) {
                continue;
            }
            harvest.clear();
            read_document(entry, &reader, document, &batch, &mut harvest);
            counts.records += 1;
            counts.tracks += harvest.tracks.len() as u64;
            counts.rejected += u64::from(is_rejected(&harvest));
            if is_reported {
                for trouble in harvest.troubles.drain(..) {
                    monitor.finding(finding(entry, document, trouble));
                }
            }
            for sourced in harvest.tracks.drain(..) {
                sink(row(entry, source, document, sourced))?;
            }
        }
    }
    if is_reported && counts.tracks == 0 {
        let seen = format!("{} records, none of them a track", counts.records);
        monitor.finding(Finding::new(FindingCode::C005, &entry.file, seen));
    }
    Ok(counts)
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

fn row(entry: &SourceEntry, source: u16, document: &Document, sourced: Sourced) -> Row {
    let track = match &sourced.file {
        Some(file) if entry.format == Format::AudioFolder => TrackId::of_blob(&file.sha256, 1),
        _ => TrackId::of_source(&entry.name, &sourced.record.id),
    };
    Row {
        track,
        source,
        first_source: source,
        number: document.number,
        offset: document.offset,
        length: document.length,
        sourced,
    }
}
