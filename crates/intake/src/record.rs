//! Writing down what became of the files, in their order.

use {
    crate::{
        error::Error,
        file::{SourceFile, Stamp},
        outcome::{Outcome, What, Why},
        summary::IntakeSummary,
        take::Bench,
    },
    longplay_model::{Clock, Digest, Event, Finding, Monitor, Receipt, RecordingId, TrackId},
    std::{
        collections::{BTreeMap, BTreeSet},
        path::PathBuf,
    },
};

/// How many files wait for one journal write.
const BATCH: usize = 16;

/// A file that changed less than this many seconds ago may change again
/// without a new time.
const SETTLED_S: i64 = 2;

pub(crate) struct Recorder<'a> {
    bench: &'a Bench<'a>,
    clock: &'a dyn Clock,
    monitor: &'a dyn Monitor,
    /// Names of all files of this run.
    names: BTreeSet<&'a str>,
    events: Vec<Event>,
    /// Receipts in `events`, the newest of each recording.
    waiting: BTreeMap<RecordingId, Receipt>,
    hints: Vec<(PathBuf, Stamp, Digest)>,
    summary: IntakeSummary,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(
        bench: &'a Bench<'a>,
        files: &'a [SourceFile],
        clock: &'a dyn Clock,
        monitor: &'a dyn Monitor,
    ) -> Self {
        Self {
            bench,
            clock,
            monitor,
            names: files.iter().map(|file| file.name.as_str()).collect(),
            events: Vec::new(),
            waiting: BTreeMap::new(),
            hints: Vec::new(),
            summary: IntakeSummary {
                files: files.len() as u64,
                file_bytes: files.iter().map(|file| file.stamp.bytes).sum(),
                ..IntakeSummary::default()
            },
        }
    }

    pub(crate) fn take(&mut self, file: &SourceFile, outcome: Outcome) -> Result<(), Error> {
        let Outcome {
            source,
            findings,
            what,
        } = outcome;
        match what {
            What::Stopped(error) => {
                self.flush()?;
                return Err(error);
            }
            What::Failed => self.summary.failed += 1,
            What::Left(why) => self.left(&file.name, source, why)?,
            What::Held(receipt) => self.held(file, *receipt)?,
            What::Taken(receipt) => return self.taken(file, *receipt, findings),
        }
        self.tell(findings);
        self.done(file, source)
    }

    fn taken(
        &mut self,
        file: &SourceFile,
        receipt: Receipt,
        findings: Vec<Finding>,
    ) -> Result<(), Error> {
        let source = receipt.source;
        let other = self.held_from_another(&receipt)?;
        let displaced = match other {
            Some(held) if !self.takes_over(&receipt, &held)? => {
                self.left(&file.name, Some(source), Why::Duplicate(held.track))?;
                return self.done(file, Some(source));
            }
            other => other,
        };
        self.tell(findings);
        let summary = &mut self.summary;
        summary.taken += 1;
        summary.taken_bytes += receipt.bytes;
        *summary.taken_by_form.entry(receipt.form).or_default() += 1;
        summary.covers += u64::from(receipt.cover.is_some());
        summary.dark += u64::from(receipt.access == longplay_model::Access::Dark);
        let track = receipt.track;
        self.receive(receipt)?;
        if let Some(held) = displaced {
            self.left(&held.source_path, Some(held.source), Why::Duplicate(track))?;
        }
        self.done(file, Some(source))
    }

    /// What the archive holds of this recording from another file.
    fn held_from_another(&self, receipt: &Receipt) -> Result<Option<Receipt>, Error> {
        let Some(held) = self.newest(receipt)? else {
            return Ok(None);
        };
        let is_same = held.source == receipt.source;
        let is_twin = held.source_path != receipt.source_path
            && self.names.contains(held.source_path.as_str());
        // The same file again: in another form, in another place or after a loss.
        if is_same && !is_twin {
            return Ok(None);
        }
        Ok(self.is_present(&held)?.then_some(held))
    }

    fn newest(&self, receipt: &Receipt) -> Result<Option<Receipt>, Error> {
        if let Some(waiting) = self.waiting.get(&receipt.recording) {
            return Ok(Some(waiting.clone()));
        }
        let state = self.bench.home.state();
        match state.receipt_of_track(&receipt.track)? {
            Some(held) => Ok(Some(held)),
            None => Ok(state.receipt_of_recording(&receipt.recording)?),
        }
    }

    fn is_present(&self, held: &Receipt) -> Result<bool, Error> {
        Ok(self.waiting.contains_key(&held.recording) || self.bench.is_present(held)?)
    }

    /// Whether the file that the track was catalogued from may take the place
    /// of one that stood in for it, which is possible until that is sealed.
    fn takes_over(&self, receipt: &Receipt, held: &Receipt) -> Result<bool, Error> {
        let is_staged = self.waiting.contains_key(&held.recording)
            || self.bench.home.state().is_staged(&held.track)?;
        Ok(is_staged
            && held.track == receipt.track
            && is_its_own_file(receipt)
            && !is_its_own_file(held))
    }

    /// Writes the receipt down, unless that very receipt stands already: then
    /// only its blobs had been lost.
    fn receive(&mut self, receipt: Receipt) -> Result<(), Error> {
        let before = self.bench.home.state().receipt_of_track(&receipt.track)?;
        if before.as_ref() != Some(&receipt) {
            self.waiting.insert(receipt.recording, receipt.clone());
            let receipt = Box::new(receipt);
            self.events.push(Event::Ingestion { receipt });
        }
        Ok(())
    }

    /// A copy of a held file in another place is a duplicate, unless the file
    /// was moved there.
    fn held(&mut self, file: &SourceFile, receipt: Receipt) -> Result<(), Error> {
        let is_other = receipt.source_path != file.name;
        if is_other && self.names.contains(receipt.source_path.as_str()) {
            return self.left(
                &file.name,
                Some(receipt.source),
                Why::Duplicate(receipt.track),
            );
        }
        self.summary.held += 1;
        let before = self.bench.home.state().receipt_of_track(&receipt.track)?;
        if before.as_ref() != Some(&receipt) {
            self.summary.renewed += 1;
            self.receive(receipt)?;
        }
        Ok(())
    }

    fn left(&mut self, name: &str, source: Option<Digest>, why: Why) -> Result<(), Error> {
        let summary = &mut self.summary;
        match why {
            Why::NotInCatalog => summary.not_in_catalog += 1,
            Why::NotInPlan(_) | Why::NotChosen(..) => summary.not_chosen += 1,
            Why::Duplicate(_) => summary.duplicates += 1,
        }
        self.monitor
            .finding(Finding::new(why.code(), name, why.reason()));
        let known = self.bench.home.state().refusal(name)?;
        let is_known = known.is_some_and(|known| {
            known.source == source && known.track == why.track() && known.reason == why.reason()
        });
        if !is_known {
            self.events.push(Event::Refusal {
                source_path: name.to_owned(),
                source,
                track: why.track(),
                reason: why.reason(),
            });
        }
        Ok(())
    }

    fn tell(&self, findings: Vec<Finding>) {
        findings.into_iter().for_each(|it| self.monitor.finding(it));
    }

    fn done(&mut self, file: &SourceFile, source: Option<Digest>) -> Result<(), Error> {
        self.monitor.advance(file.stamp.bytes);
        if let Some(source) = source {
            self.hints.push((file.path.clone(), file.stamp, source));
        }
        if self.hints.len().max(self.events.len()) >= BATCH {
            self.flush()?;
        }
        Ok(())
    }

    /// Makes everything durable that was taken so far. The blobs already are.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        let home = self.bench.home;
        home.record_all(std::mem::take(&mut self.events), self.clock)?;
        self.waiting.clear();
        let settled = self.clock.now().unix_seconds() - SETTLED_S;
        for (path, stamp, digest) in self.hints.drain(..) {
            if stamp.modified / 1_000_000_000 < settled {
                home.state()
                    .remember(&path, stamp.bytes, stamp.modified, &digest)?;
            }
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<IntakeSummary, Error> {
        self.flush()?;
        self.summary.swept_blobs = self.bench.home.sweep_staging()?;
        Ok(self.summary)
    }
}

/// Whether the track was catalogued from this very file.
fn is_its_own_file(receipt: &Receipt) -> bool {
    receipt.track == TrackId::of_blob(&receipt.source, 1)
}
