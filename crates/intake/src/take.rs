//! One file: from its bytes to its receipt.

use {
    crate::{
        file::SourceFile,
        forms::{self, Made, NotMade, Received},
        outcome::{Outcome, What, Why},
        read,
    },
    longplay_media::{Examination, ExamineOptions, Inspection, Picture, examine, inspect},
    longplay_model::{
        ChosenRights, Cover, Digest, Finding, FindingCode, Form, How, Match, Matcher, PartialDate,
        PlanRow, Probe, Reason, Receipt, RecordingId, RightsFile, RightsStatement, TrackId,
        choose_rights,
    },
    longplay_plan::PlanLookup,
    longplay_store::{BlobWriter, Home},
    std::{error::Error as _, io::Write},
};

/// What every file of a run is judged by.
pub(crate) struct Bench<'a> {
    pub(crate) home: &'a Home,
    pub(crate) matcher: &'a dyn Matcher,
    pub(crate) plan: &'a dyn PlanLookup,
    pub(crate) rights_file: Option<RightsFile>,
    pub(crate) rights: Option<&'a RightsStatement>,
    pub(crate) fingerprint: bool,
}

/// An artist whom no tag names, as MusicBrainz writes it.
const UNKNOWN_ARTIST: &str = "[unknown]";

/// Early leaving: the result is there before the end.
type Step<T> = Result<T, Box<Outcome>>;

impl Bench<'_> {
    /// Takes in one file. What it returns depends on the file, the catalog,
    /// the plan and what was recorded before, never on other threads.
    pub(crate) fn take(&self, file: &SourceFile) -> Outcome {
        self.try_take(file).unwrap_or_else(|outcome| *outcome)
    }

    fn try_take(&self, file: &SourceFile) -> Step<Outcome> {
        if let Some(source) = self.remembered(file)? {
            self.leave_if_settled(file, &source)?;
        }
        let copy = read::copy(file, self.home.staging())?;
        let source = copy.digest();
        self.leave_if_settled(file, &source)?;
        let examination = self.examine(file, &source, &copy)?;
        let (row, found) = self.identify(file, &source, &examination.inspection)?;
        self.make_receipt(file, source, copy, &examination, &row, found)
    }

    fn remembered(&self, file: &SourceFile) -> Step<Option<Digest>> {
        let stamp = file.stamp;
        self.home
            .state()
            .hint(&file.path, stamp.bytes, stamp.modified)
            .map_err(|source| read::stopped(file, source))
    }

    /// Ends the work on a file of which everything is known by its digest: it
    /// is held, or it is not wanted.
    fn leave_if_settled(&self, file: &SourceFile, source: &Digest) -> Step<()> {
        let state = self.home.state();
        let stopped = |source| read::stopped(file, source);
        if let Some(receipt) = state.receipt_of_source(source).map_err(stopped)? {
            return match self.held(file, receipt).map_err(stopped)? {
                Some(receipt) => Err(outcome(source, What::Held(Box::new(receipt)))),
                None => Ok(()),
            };
        }
        let probe = Probe {
            blob: Some(*source),
            ..Probe::default()
        };
        if let Some(found) = self.matcher.find(&probe) {
            self.row_for(&found)
                .map_err(|why| outcome(source, What::Left(why)))?;
        }
        let refusal = state.refusal(&file.name).map_err(stopped)?;
        let refused = refusal.filter(|refused| refused.source == Some(*source));
        if let Some(track) = refused.and_then(|refused| refused.track)
            && let Some(receipt) = state.receipt_of_track(&track).map_err(stopped)?
            && self.is_present(&receipt).map_err(stopped)?
        {
            return Err(outcome(source, What::Left(Why::Duplicate(track))));
        }
        Ok(())
    }

    /// The receipt as it should be now, where the archive holds what the plan
    /// wants of this file.
    fn held(
        &self,
        file: &SourceFile,
        receipt: Receipt,
    ) -> Result<Option<Receipt>, longplay_store::Error> {
        if !self.is_present(&receipt)? {
            return Ok(None);
        }
        let row = self.plan.row(&receipt.track, &receipt.recording);
        let Some((row, wanted)) = row.and_then(|row| row.form.map(|form| (row, form))) else {
            return Ok(Some(receipt));
        };
        if !forms::is_wanted(wanted, &receipt) {
            return Ok(None);
        }
        if self.home.state().is_staged(&receipt.track)? {
            return Ok(Some(self.renewed(file, receipt, &row)));
        }
        Ok(Some(receipt))
    }

    /// Until it is sealed, a receipt follows a new plan and new rights.
    fn renewed(&self, file: &SourceFile, mut receipt: Receipt, row: &PlanRow) -> Receipt {
        receipt.order = row.order;
        let has_rule = self.rule_for(file);
        let from_tag = receipt
            .rights
            .as_ref()
            .is_some_and(|rights| rights.basis.starts_with("tag "));
        if !has_rule && (from_tag || receipt.rights.as_ref() == self.rights) {
            return receipt;
        }
        // The tags were not kept with the receipt, the file still has them.
        if let Ok(inspection) = inspect(&file.path) {
            let chosen = self.choose_rights(file, &inspection.tags.rights);
            let is_silent = chosen.statement.is_none() && chosen.malformed.is_none() && !has_rule;
            if !is_silent {
                receipt.rights = chosen.statement;
                receipt.access = chosen.access;
            }
        }
        receipt
    }

    /// Whether tranches or staging hold the blobs of this receipt.
    pub(crate) fn is_present(&self, receipt: &Receipt) -> Result<bool, longplay_store::Error> {
        let staging = self.home.staging();
        let cover_is_there = receipt
            .cover
            .as_ref()
            .is_none_or(|cover| staging.length(&cover.blob) == Some(cover.bytes));
        Ok(!self.home.state().is_staged(&receipt.track)?
            || (staging.length(&receipt.blob) == Some(receipt.bytes) && cover_is_there))
    }

    fn examine(&self, file: &SourceFile, source: &Digest, copy: &BlobWriter) -> Step<Examination> {
        let options = ExamineOptions {
            fingerprint: self.fingerprint,
        };
        let copied = copy.to_local();
        let copied = copied.map_err(|source| read::stopped(file, source))?;
        examine(&copied, &options).map_err(|error| {
            let finding = finding_of(&error, &file.name);
            Box::new(Outcome::failed(Some(*source), finding))
        })
    }

    /// The row of the plan that this file is for.
    fn identify(
        &self,
        file: &SourceFile,
        source: &Digest,
        inspection: &Inspection,
    ) -> Step<((PlanRow, Form), Match)> {
        let left = |why| outcome(source, What::Left(why));
        let probe = probe_of(file, source, inspection);
        let found = self
            .matcher
            .find(&probe)
            .ok_or_else(|| left(Why::NotInCatalog))?;
        let row = self.row_for(&found).map_err(left)?;
        Ok((row, found))
    }

    pub(crate) fn row_for(&self, found: &Match) -> Result<(PlanRow, Form), Why> {
        let row = self.plan.row(&found.track, &found.recording);
        let row = row.ok_or(Why::NotInPlan(found.track))?;
        if let Some(form) = row.form {
            return Ok((row, form));
        }
        if row.reason != Reason::DuplicateRecording {
            return Err(Why::NotChosen(found.track, row.reason));
        }
        // The plan keeps another track of the recording, which may be one that
        // no file was catalogued for: this file stands in for it.
        self.kept_row(&found.recording)
            .ok_or(Why::NotChosen(found.track, row.reason))
    }

    /// The row that the plan keeps of a recording: it is found under the id of
    /// no track.
    fn kept_row(&self, recording: &RecordingId) -> Option<(PlanRow, Form)> {
        let nobody = TrackId::from_bytes([0; 16]);
        let row = self.plan.row(&nobody, recording)?;
        row.form.map(|form| (row, form))
    }

    fn make_receipt(
        &self,
        file: &SourceFile,
        source: Digest,
        copy: BlobWriter,
        examination: &Examination,
        (row, wanted): &(PlanRow, Form),
        found: Match,
    ) -> Step<Outcome> {
        let inspection = &examination.inspection;
        let source_bytes = copy.bytes();
        let received = Received {
            codec: inspection.codec,
            bytes: source_bytes,
            duration_ms: inspection.duration_ms,
        };
        let form = forms::form_of(*wanted, row, received);
        let made = forms::make(form, copy, inspection, self.home.staging())
            .map_err(|error| not_made(file, &source, form, error))?;
        let cover = self.keep_cover(file, inspection)?;
        let rights = self.choose_rights(file, &inspection.tags.rights);
        let mut outcome = Outcome::new(Some(source), What::Failed);
        outcome.findings.extend(cover_finding(file, inspection));
        outcome.findings.extend(self.rights_finding(file, &rights));
        outcome.what = What::Taken(Box::new(Receipt {
            track: row.track,
            recording: row.recording,
            how: found.how,
            order: row.order,
            source_path: file.name.clone(),
            source,
            source_bytes,
            cover,
            fingerprint: examination.fingerprint.clone(),
            rights: rights.statement,
            access: rights.access,
            ..described(file, inspection, made)
        }));
        Ok(outcome)
    }

    fn keep_cover(&self, file: &SourceFile, inspection: &Inspection) -> Step<Option<Cover>> {
        let Some(picture) = &inspection.cover else {
            return Ok(None);
        };
        write_cover(self.home, picture)
            .map(Some)
            .map_err(|source| read::stopped(file, source))
    }

    fn choose_rights(&self, file: &SourceFile, tags: &[(String, String)]) -> ChosenRights {
        choose_rights(&file.name, tags, self.rights_file.as_ref(), self.rights)
    }

    fn rule_for(&self, file: &SourceFile) -> bool {
        let rights_file = self.rights_file.as_ref();
        rights_file.is_some_and(|rules| rules.rule_for(&file.name).is_some())
    }

    fn rights_finding(&self, file: &SourceFile, rights: &ChosenRights) -> Option<Finding> {
        if let Some(malformed) = &rights.malformed {
            let finding = Finding::new(FindingCode::I013, &file.name, &malformed.seen);
            return Some(finding.at(&malformed.place));
        }
        let is_silent = rights.statement.is_none() && !self.rule_for(file);
        is_silent.then(|| {
            let seen = "neither a rights file nor tags nor --rights say anything";
            Finding::new(FindingCode::I007, &file.name, seen)
        })
    }
}

fn outcome(source: &Digest, what: What) -> Box<Outcome> {
    Box::new(Outcome::new(Some(*source), what))
}

pub(crate) fn probe_of(file: &SourceFile, source: &Digest, inspection: &Inspection) -> Probe {
    let tags = &inspection.tags;
    Probe {
        blob: Some(*source),
        recording_mbid: tags.recording_mbid.as_ref().and_then(|id| id.parse().ok()),
        isrcs: tags
            .isrcs
            .iter()
            .filter_map(|code| code.parse().ok())
            .collect(),
        duration_ms: Some(inspection.duration_ms),
        title: tags.title.clone().unwrap_or_else(|| file.stem()),
        artist: tags.artist.clone().unwrap_or_default(),
    }
}

fn write_cover(home: &Home, picture: &Picture) -> Result<Cover, longplay_store::Error> {
    let mut writer = home.staging().create()?;
    writer
        .write_all(&picture.bytes)
        .map_err(|source| longplay_store::Error::write(writer.location(), source))?;
    let (blob, bytes) = writer.finish()?;
    Ok(Cover {
        blob,
        bytes,
        media_type: picture.media_type.clone(),
        width: picture.width,
        height: picture.height,
    })
}

/// The part of a receipt that the file itself tells; the rest is put over it.
fn described(file: &SourceFile, inspection: &Inspection, made: Made) -> Receipt {
    let tags = &inspection.tags;
    let mut isrcs = Vec::new();
    for isrc in tags.isrcs.iter().filter_map(|code| code.parse().ok()) {
        if !isrcs.contains(&isrc) {
            isrcs.push(isrc);
        }
    }
    let nobody = TrackId::from_bytes([0; 16]);
    Receipt {
        track: nobody,
        recording: RecordingId::of_track(&nobody),
        how: How::Blob,
        order: 0,
        form: made.form,
        blob: made.blob,
        bytes: made.bytes,
        codec: made.codec,
        duration_ms: made.duration_ms,
        sample_rate_hz: made.sample_rate_hz,
        channels: made.channels,
        bit_rate: made.bit_rate,
        source_path: String::new(),
        source: made.blob,
        source_bytes: 0,
        encoder: made.encoder,
        title: tags.title.clone().unwrap_or_else(|| file.stem()),
        artist: tags
            .artist
            .clone()
            .or_else(|| tags.release_artist.clone())
            .unwrap_or_else(|| UNKNOWN_ARTIST.into()),
        release: tags.release.clone(),
        release_artist: tags.release_artist.clone(),
        date: tags.date.as_deref().and_then(date_of),
        disc: tags.disc,
        position: tags.position,
        isrcs,
        cover: None,
        fingerprint: None,
        rights: None,
        access: longplay_model::Access::Dark,
    }
}

/// The date as far as it is one: `2009-05-01T10:00` is `2009-05-01`.
fn date_of(text: &str) -> Option<String> {
    [text.len(), 10, 7, 4]
        .into_iter()
        .filter_map(|length| text.get(..length)?.parse::<PartialDate>().ok())
        .map(|date| date.to_string())
        .next()
}

fn cover_finding(file: &SourceFile, inspection: &Inspection) -> Option<Finding> {
    let seen = inspection.cover_error.as_ref()?;
    Some(Finding::new(FindingCode::I008, &file.name, seen))
}

fn not_made(file: &SourceFile, source: &Digest, form: Form, error: NotMade) -> Box<Outcome> {
    match error {
        NotMade::Store(error) => read::stopped(file, error),
        NotMade::Encoding(error) => {
            let seen = format!("{form}: {}", reason_of(&error));
            let finding = Finding::new(FindingCode::I017, &file.name, seen);
            Box::new(Outcome::failed(Some(*source), finding))
        }
    }
}

/// The finding for a file that does not decode to its end.
pub(crate) fn finding_of(error: &longplay_media::Error, name: &str) -> Finding {
    use longplay_media::Error;
    let (code, seen) = match error {
        Error::NotAudio { .. } => (
            FindingCode::I001,
            "its content is of no kind of sound that longplay knows".to_owned(),
        ),
        Error::Empty { .. } => (FindingCode::I003, "it has 0 bytes".to_owned()),
        Error::Unsupported { .. } => (FindingCode::I015, reason_of(error)),
        Error::ChecksumMismatch { .. } => (
            FindingCode::I012,
            "the checksum that the file carries is another".to_owned(),
        ),
        Error::Read { .. } => (FindingCode::I004, reason_of(error)),
        _ => (FindingCode::I002, reason_of(error)),
    };
    Finding::new(code, name, seen)
}

/// The causes below the first line, which names a file of staging.
fn reason_of(error: &longplay_media::Error) -> String {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    if causes.is_empty() {
        causes.push("no more is known".into());
    }
    causes.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_kept_as_far_as_they_are_dates() {
        for (text, date) in [
            ("1969", Some("1969")),
            ("1969-09-26", Some("1969-09-26")),
            ("2009-05-01T10:00:00", Some("2009-05-01")),
            ("2009-05-41", Some("2009-05")),
            ("2009/05/01", Some("2009")),
            ("May 2009", None),
            ("", None),
            ("\u{e9}\u{e9}\u{e9}", None),
        ] {
            assert_eq!(date_of(text).as_deref(), date, "{text}");
        }
    }
}
