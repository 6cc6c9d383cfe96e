//! From kept sources to the tables of a snapshot.
//!
//! ```text
//!   documents ─► rows in the order of reading ────────────────────► rows by rank ─► tracks, rights …
//!            ├─► track ids ─► numbers ─┐                                 ▲
//!            ├─► evidence ─► recordings┴► popularity ─► rank of each track ┤
//!            └─► mentions of releases and artists ─────────────────────────┴─► releases, artists
//! ```
//!
//! Every arrow spreads values over temporary files, of which a few at a time
//! are sorted side by side. Memory does not grow with the catalog but for
//! about 14 bytes a track.

mod artists;
mod elsewhere;
mod figures;
mod gather;
mod input;
mod mention;
mod number;
mod out;
mod payload;
mod rank;
mod read;
mod releases;
mod text_filter;
mod tracks;

pub(crate) use {
    input::Input,
    read::{Each, ReadCounts, Told, read_source},
};

use {
    self::{
        artists::write_artists,
        figures::Figures,
        gather::{Gathered, Gathering},
        number::number,
        out::Out,
        rank::{Ranks, each_row},
        releases::write_releases,
        tracks::{spread_rows, write_tracks},
    },
    crate::{
        error::Error,
        identifier_writer::Identifiers,
        identifiers::IdBits,
        recordings,
        sources::Format,
        table::TableFile,
        tables::{IDENTIFIERS, POPULARITY},
    },
    longplay_model::{Monitor, Unit},
    std::{path::Path, sync::PoisonError},
};

/// What went into the tables.
pub(crate) struct Assembled {
    pub(crate) tables: Vec<TableFile>,
    pub(crate) reads: Vec<ReadCounts>,
    pub(crate) tracks: u64,
    pub(crate) recordings: u64,
}

/// Bytes that a track's record takes in a source, at the least: so many
/// tracks may come.
const RECORD_BYTES: u64 = 250;

/// Writes the tables of a snapshot to `dir`; what is sorted goes to `spill`.
pub(crate) fn assemble(
    inputs: &[Input],
    dir: &Path,
    spill: &Path,
    memory: u64,
    monitor: &dyn Monitor,
) -> Result<Assembled, Error> {
    let (reads, gathered) = gather(inputs, spill, memory, monitor)?;
    let has_files = inputs
        .iter()
        .any(|input| input.entry.format == Format::AudioFolder);
    let mut ranks = rank(inputs, &gathered, spill, has_files, monitor)?;
    let Gathered {
        payload,
        samples,
        elsewhere,
        ..
    } = &gathered;
    out::go_on(monitor)?;
    monitor.begin("ranking tracks", None, Unit::Items);
    ranks.rank(payload, samples, elsewhere, spill, memory)?;
    let out = Out {
        monitor,
        elsewhere: gathered.elsewhere,
        sources: inputs.iter().map(|input| input.entry.clone()).collect(),
        figures: Figures::new(spill).into(),
        identifiers: Identifiers::new(
            spill,
            memory,
            ranks.tracks(),
            IdBits::of_tracks(ranks.tracks().into()),
            &gathered.samples.isrcs,
        ),
        tracks: ranks.tracks(),
    };
    monitor.begin("writing releases", None, Unit::Items);
    let released = write_releases(&gathered.releases, &ranks, dir, spill, &out)?;
    monitor.begin("writing artists", None, Unit::Items);
    let mut tables = write_artists(
        &gathered.artists,
        &released.credits,
        &ranks,
        dir,
        spill,
        &out,
    )?;
    monitor.begin("sorting tracks", None, Unit::Items);
    let rows = spread_rows(&gathered.payload, &ranks, &out, spill)?;
    out.go_on()?;
    let recordings = ranks.recordings;
    let tracks = u64::from(ranks.tracks());
    drop(ranks);
    monitor.begin("writing tracks", Some(tracks), Unit::Items);
    tables.extend(write_tracks(&rows, &released.of_rows, dir, &out)?);
    monitor.begin("writing figures", None, Unit::Items);
    let figures = out.figures.into_inner();
    let figures = figures.unwrap_or_else(PoisonError::into_inner);
    let figures = figures.finish(&dir.join(POPULARITY))?;
    monitor.begin("writing identifiers", None, Unit::Items);
    let identifiers = out.identifiers.finish(&dir.join(IDENTIFIERS))?;
    tables.extend([released.table, figures, identifiers]);
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Assembled {
        tables,
        reads,
        tracks,
        recordings,
    })
}

/// Reads every source.
fn gather(
    inputs: &[Input],
    spill: &Path,
    memory: u64,
    monitor: &dyn Monitor,
) -> Result<(Vec<ReadCounts>, Gathered), Error> {
    let bytes: u64 = inputs.iter().map(|input| input.origin.bytes()).sum();
    monitor.begin("reading records", Some(bytes), Unit::Bytes);
    let gathering = Gathering::new(inputs, spill, memory, bytes / RECORD_BYTES);
    let each = inputs.iter().zip(0u16..);
    let reads = each.map(|(input, source)| {
        let entry = &input.entry;
        let counts = read_source(
            &input.origin,
            entry,
            input.is_reported,
            monitor,
            &gathering.of(entry, source, input.is_reported),
        )?;
        input.check(counts.records, counts.tracks)?;
        Ok(counts)
    });
    let reads = reads.collect::<Result<_, Error>>()?;
    Ok((reads, gathering.finish()?))
}

/// Numbers the tracks and joins them to recordings.
fn rank(
    inputs: &[Input],
    gathered: &Gathered,
    spill: &Path,
    has_files: bool,
    monitor: &dyn Monitor,
) -> Result<Ranks, Error> {
    let payload = &gathered.payload;
    monitor.begin("numbering tracks", None, Unit::Items);
    let withdrawn = releases::withdrawn(&gathered.releases, &gathered.withdrawn)?;
    let (numbers, mut unions) = number(inputs, payload, &gathered.ids, &withdrawn, monitor)?;
    let number_of = |arrival| numbers.of(arrival);
    monitor.begin("finding recordings", None, Unit::Items);
    let merged = recordings::Merged {
        end: &|mbid| gathered.elsewhere.redirects.end(mbid),
        is_left: &|mbid| gathered.elsewhere.is_left(mbid),
    };
    recordings::join(
        &gathered.evidence,
        &mut unions,
        &number_of,
        &merged,
        monitor,
    )?;
    if !gathered.loose.is_empty() {
        let texts = recordings::Texts::new(spill, gathered.evidence.parts());
        each_row(payload, |rows| {
            let mut lane = texts.lane();
            for (arrival, row) in rows {
                let head = payload::head(row);
                if let Some(text) = head.text.filter(|text| gathered.loose.may_hold(text)) {
                    lane.add(arrival, &head, text)?;
                }
            }
            Ok(())
        })?;
        recordings::join_texts(&texts.finish()?, &mut unions, &number_of)?;
    }
    out::go_on(monitor)?;
    Ranks::new(numbers, unions.into_roots(), payload, has_files)
}
