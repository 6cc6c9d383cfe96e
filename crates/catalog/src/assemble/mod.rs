//! From kept sources to the tables of a snapshot.
//!
//! ```text
//!   records ─► by track id ─► evidence ─► by recording ─► by rank ─► tables
//!              (one each)     (unions)    (id, figures)
//! ```
//!
//! Every arrow is a sort that spills, so memory does not grow with the catalog
//! but for six bytes a track.

mod entities;
mod read;
mod write;

pub(crate) use {
    read::{ReadCounts, read_source},
    write::text_value,
};

use {
    self::write::Tables,
    crate::{
        error::Error,
        kept::Kept,
        recordings::{Evidence, Unions},
        row::{Figures, Ranked, Row},
        snapshot_meta::SourceEntry,
        sort::{Sorted, Sorter},
        sources::Format,
        spill::Spill,
        table::TableFile,
    },
    longplay_model::{Finding, FindingCode, Monitor, RecordingId, TrackId, Unit},
    std::path::Path,
};

/// A source that goes into a snapshot.
pub(crate) struct Input {
    pub(crate) kept: Kept,
    pub(crate) entry: SourceEntry,
    /// Whether what is wrong with it is told; sources that an earlier import
    /// brought were told of then.
    pub(crate) is_reported: bool,
}

/// What went into the tables.
pub(crate) struct Assembled {
    pub(crate) tables: Vec<TableFile>,
    pub(crate) reads: Vec<ReadCounts>,
    pub(crate) tracks: u64,
    pub(crate) recordings: u64,
}

/// Writes the tables of a snapshot to `out`; runs of sorts go to `spill`.
pub(crate) fn assemble(
    inputs: &[Input],
    out: &Path,
    spill: &Path,
    memory: usize,
    monitor: &dyn Monitor,
) -> Result<Assembled, Error> {
    let mut by_track = Sorter::new(spill, "tracks", memory);
    let reads = read_all(inputs, &mut by_track, monitor)?;
    let has_files = inputs
        .iter()
        .any(|input| input.entry.format == Format::AudioFolder);
    let evidence = Evidence::new(spill, memory, has_files);
    let mut rows = Sorter::new(spill, "rows", memory);
    let unions = unique(inputs, by_track.finish()?, evidence, &mut rows, monitor)?;
    let mut by_recording = Sorter::new(spill, "recordings", memory);
    let recordings = gather(rows.finish()?, unions, &mut by_recording)?;
    let mut by_rank = Sorter::new(spill, "ranks", memory);
    let tracks = rank(by_recording.finish()?, &mut by_rank)?;
    monitor.begin("writing the catalog", Some(tracks), Unit::Items);
    let entries: Vec<SourceEntry> = inputs.iter().map(|input| input.entry.clone()).collect();
    let mut tables = Tables::create(out, spill, memory, entries)?;
    for entry in by_rank.finish()? {
        tables.push(take::<Ranked>(&entry?.1))?;
        monitor.advance(1);
        stop_if_asked(monitor)?;
    }
    Ok(Assembled {
        tables: tables.finish()?,
        reads,
        tracks,
        recordings,
    })
}

/// Reads every source; of equal tracks the latest source comes first, and
/// within it the first record.
fn read_all(
    inputs: &[Input],
    by_track: &mut Sorter,
    monitor: &dyn Monitor,
) -> Result<Vec<ReadCounts>, Error> {
    let bytes = inputs.iter().map(|input| input.kept.bytes()).sum();
    monitor.begin("reading records", Some(bytes), Unit::Bytes);
    let each = inputs.iter().zip(0u16..);
    each.map(|(input, source)| {
        let sink = &mut |row: Row| {
            let key = [&row.track.as_bytes()[..], &(!source).to_be_bytes()].concat();
            by_track.push(&key, &row.to_bytes())
        };
        let entry = &input.entry;
        read_source(&input.kept, entry, source, input.is_reported, monitor, sink)
    })
    .collect()
}

/// Leaves one row a track, numbers them, and gathers evidence of recordings.
fn unique(
    inputs: &[Input],
    by_track: Sorted,
    mut evidence: Evidence,
    rows: &mut Sorter,
    monitor: &dyn Monitor,
) -> Result<Unions, Error> {
    let is_reported = |row: &Row| inputs[usize::from(row.source)].is_reported;
    let mut number = 0u32;
    let mut keep = |row: Row| {
        evidence.add(&row, is_reported(&row))?;
        rows.push(&number.to_be_bytes(), &row.to_bytes())?;
        number += 1;
        Ok::<(), Error>(())
    };
    let mut kept: Option<Row> = None;
    for entry in by_track {
        let row: Row = take(&entry?.1);
        stop_if_asked(monitor)?;
        match &mut kept {
            Some(first) if first.track == row.track => {
                first.first_source = first.first_source.min(row.source);
                if first.source == row.source && is_reported(&row) {
                    monitor.finding(twice(inputs, first, &row));
                }
            }
            _ => {
                if let Some(done) = kept.replace(row) {
                    keep(done)?;
                }
            }
        }
    }
    if let Some(last) = kept {
        keep(last)?;
    }
    evidence.finish(monitor)
}

fn twice(inputs: &[Input], first: &Row, second: &Row) -> Finding {
    let entry = &inputs[usize::from(second.source)].entry;
    let record = &second.sourced.record;
    let Some((file, before)) = second
        .sourced
        .file
        .as_ref()
        .zip(first.sourced.file.as_ref())
    else {
        let seen = format!(
            "id {:?} was given on line {} already",
            record.id, first.number
        );
        return Finding::new(FindingCode::C004, &entry.file, seen)
            .at(format!("line {}", second.number));
    };
    let seen = format!("the same bytes as {:?}", before.path);
    Finding::new(FindingCode::C004, &file.path, seen)
}

/// Brings the rows of a recording together: first its id, then the rows of
/// catalogs, most heard first, then the files. The number of recordings.
fn gather(rows: Sorted, mut unions: Unions, by_recording: &mut Sorter) -> Result<u64, Error> {
    let mut recordings = 0;
    for (entry, number) in rows.zip(0u32..) {
        let (_, value) = entry?;
        let row: Row = take(&value);
        let root = unions.root(number);
        if root == number {
            recordings += 1;
            by_recording.push(
                &[&root.to_be_bytes()[..], &[0]].concat(),
                &recording_of(&row),
            )?;
        }
        let mut key = root.to_be_bytes().to_vec();
        key.extend([1, u8::from(row.is_file())]);
        key.extend(row.figures().rank_key());
        by_recording.push(&key, &value)?;
    }
    Ok(recordings)
}

fn recording_of(root: &Row) -> Vec<u8> {
    match &root.sourced.record.recording_mbid {
        Some(mbid) => RecordingId::of_mbid(mbid),
        None => RecordingId::of_track(&root.track),
    }
    .to_bytes()
}

/// Gives each row its recording and figures, and sorts by rank: popularity,
/// then listens, both descending, then track id. The number of tracks.
fn rank(by_recording: Sorted, by_rank: &mut Sorter) -> Result<u64, Error> {
    let mut recording = RecordingId::of_track(&TrackId::from_bytes([0; 16]));
    let mut best: Option<Figures> = None;
    let mut tracks = 0;
    for entry in by_recording {
        let (key, value) = entry?;
        if key[4] == 0 {
            recording = take(&value);
            best = None;
            continue;
        }
        let row: Row = take(&value);
        if best.is_none() && !row.is_file() {
            best = Some(row.figures());
        }
        let ranked = ranked(recording, best.as_ref(), row);
        let rank = ranked.figures.rank_key();
        let key = [&rank[..], ranked.row.track.as_bytes()].concat();
        by_rank.push(&key, &ranked.to_bytes())?;
        tracks += 1;
    }
    Ok(tracks)
}

/// A file that no source gives figures for takes those of its recording.
fn ranked(recording: RecordingId, best: Option<&Figures>, row: Row) -> Ranked {
    let own = row.figures();
    let heir = best.filter(|_| row.is_file() && !own.are_told());
    Ranked {
        recording,
        inherited: heir.is_some(),
        figures: heir.cloned().unwrap_or(own),
        row,
    }
}

fn take<T: Spill>(bytes: &[u8]) -> T {
    T::from_bytes(bytes).expect("written by this run")
}

fn stop_if_asked(monitor: &dyn Monitor) -> Result<(), Error> {
    match monitor.is_interrupted() {
        true => Err(Error::Interrupted),
        false => Ok(()),
    }
}
