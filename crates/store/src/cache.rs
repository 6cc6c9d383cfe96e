//! Keeping `state.sqlite` equal to the journal.

use {
    crate::{
        disk::Location,
        error::Error,
        journal::{self, Position, Scan},
        state::State,
    },
    longplay_model::{Finding, FindingCode, JournalEntry, Monitor},
};

pub(crate) const STATE: &str = "state.sqlite";

pub(crate) fn open_to_read(root: &Location) -> Option<State> {
    State::open(&root.join(STATE), false)
}

/// The cache, up to date and on disk; in memory where the disk is none of this
/// system. The tail of the journal is mended.
pub(crate) fn current(root: &Location) -> Result<(State, Scan), Error> {
    let path = root.join(STATE);
    if path.local().is_none() {
        let state = State::in_memory(&path)?;
        let scan = fold_all(root, &state)?;
        return Ok((state, scan));
    }
    let was_there = path.exists();
    let mut lost = None;
    if let Some(state) = State::open(&path, true) {
        let position = state.position()?;
        match catch_up(root, &state) {
            Ok(Some(scan)) => return Ok((state, scan)),
            Ok(None) => lost = Some(position),
            Err(Error::State { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let state = State::create(&path)?;
    let mut scan = fold_all(root, &state)?;
    scan.findings.extend(loss_of_entries(lost, &scan.end));
    if was_there || scan.end.seq > 0 {
        scan.findings.push(cache_finding(was_there));
    }
    Ok((state, scan))
}

fn cache_finding(was_there: bool) -> Finding {
    let seen = if was_there {
        "it could not be read, or told of another history than the journal"
    } else {
        "it was missing"
    };
    Finding::new(FindingCode::S015, STATE, seen)
}

/// The cache had read further than the journal now goes.
fn loss_of_entries(cached: Option<Position>, end: &Position) -> Option<Finding> {
    let cached = cached.filter(|cached| cached.seq > end.seq)?;
    let seen = format!(
        "it ends at entry {}, and entry {} had been recorded",
        end.seq, cached.seq
    );
    Some(Finding::new(FindingCode::S017, "journal", seen))
}

/// A cache beside the journal.
pub(crate) enum Followed {
    /// It has all of the journal; the last segment has these findings.
    Current(State, Vec<Finding>),
    /// It lacks something, or there is none; given when it tells of an
    /// earlier moment.
    Behind(Option<State>),
}

pub(crate) fn follow(root: &Location, cached: Option<State>) -> Result<Followed, Error> {
    let Some(state) = cached else {
        return Ok(Followed::Behind(None));
    };
    let position = state.position()?;
    let mut newer = 0u64;
    let scan = scan_after(root, &position, &mut |_, _| {
        newer += 1;
        Ok(())
    })?;
    let is_torn = journal::is_torn(&root.join("journal"))?;
    Ok(match scan {
        None => Followed::Behind(None),
        Some(scan) if newer == 0 && !is_torn => Followed::Current(state, scan.findings),
        Some(_) => Followed::Behind(Some(state)),
    })
}

pub(crate) fn in_memory(root: &Location, monitor: &dyn Monitor) -> Result<State, Error> {
    let state = State::in_memory(&root.join(STATE))?;
    let scan = fold_all(root, &state)?;
    scan.findings.into_iter().for_each(|it| monitor.finding(it));
    Ok(state)
}

/// Brings the cache to the end of the journal. `None` when the journal does not
/// hold what the cache has read last where it read it.
pub(crate) fn catch_up(root: &Location, state: &State) -> Result<Option<Scan>, Error> {
    let position = state.position()?;
    let mut batch = Batch::new(state);
    let scan = scan_after(root, &position, &mut |at, entry| batch.add(at, entry))?;
    batch.flush()?;
    Ok(scan)
}

fn fold_all(root: &Location, state: &State) -> Result<Scan, Error> {
    let mut batch = Batch::new(state);
    let scan = journal::scan(&root.join("journal"), 0, &mut |at, entry| {
        batch.add(at, entry)
    })?;
    batch.flush()?;
    Ok(scan)
}

/// Reads the journal from the segment of `position` on and gives what stands
/// after it to `sink`. `None`, and nothing given, when the journal does not
/// hold the entry that `position` names where it names it.
fn scan_after(
    root: &Location,
    position: &Position,
    sink: &mut dyn FnMut(&Position, JournalEntry) -> Result<(), Error>,
) -> Result<Option<Scan>, Error> {
    let mut before = Position::start();
    let mut holds = None;
    let scan = journal::scan(&root.join("journal"), position.segment, &mut |at, entry| {
        if !at.is_after(position) {
            before = at.clone();
            return Ok(());
        }
        match *holds.get_or_insert_with(|| before == *position) {
            true => sink(at, entry),
            false => Ok(()),
        }
    })?;
    let holds = holds.unwrap_or_else(|| before == *position);
    Ok(holds.then_some(scan))
}

/// Entries on their way into the cache, a transaction for every few thousand.
struct Batch<'a> {
    state: &'a State,
    entries: Vec<(u64, JournalEntry)>,
    /// After the last of them.
    end: Position,
}

const BATCH: usize = 4096;

impl<'a> Batch<'a> {
    const fn new(state: &'a State) -> Self {
        Self {
            state,
            entries: Vec::new(),
            end: Position::start(),
        }
    }

    fn add(&mut self, at: &Position, entry: JournalEntry) -> Result<(), Error> {
        self.entries.push((at.seq, entry));
        self.end = at.clone();
        if self.entries.len() == BATCH {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        if !self.entries.is_empty() {
            self.state.apply(&self.entries, &self.end)?;
            self.entries.clear();
        }
        Ok(())
    }
}
