use {
    crate::{
        error::Error,
        file::SourceFile,
        forms::{self, Received},
        intake::{IntakeOptions, bench},
        ordered::in_order,
        outcome::Why,
        read,
        take::{Bench, finding_of, probe_of},
        walk::walk,
    },
    longplay_media::inspect,
    longplay_model::{Digest, Finding, FindingCode, Form, Matcher, Monitor, RecordingId, Unit},
    longplay_plan::PlanLookup,
    longplay_store::Home,
    serde::Serialize,
    std::collections::BTreeMap,
};

/// What intake would do, found out without writing and without decoding.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct IntakePlan {
    /// In the order of intake.
    pub rows: Vec<SurveyRow>,
}

/// What intake would do with one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SurveyRow {
    /// Path relative to the collection.
    pub path: String,
    pub bytes: u64,
    pub verdict: Verdict,
}

/// What would become of a file, as far as its headers and tags tell. Only
/// intake itself finds damage inside the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Take(Form),
    Held,
    NotInCatalog,
    NotChosen,
    Duplicate,
    /// It is damaged or no audio; a finding says more.
    Failed,
}

impl IntakePlan {
    /// Files and bytes by what would become of them.
    pub fn totals(&self) -> BTreeMap<Verdict, (u64, u64)> {
        let mut totals = BTreeMap::new();
        for row in &self.rows {
            let (files, bytes) = totals.entry(row.verdict).or_insert((0, 0));
            *files += 1;
            *bytes += row.bytes;
        }
        totals
    }
}

/// Looks at a collection and says what [`crate::intake()`] would do with it.
/// Reads every file once, to hash it; the archive may be open for reading.
pub fn survey(
    home: &Home,
    options: &IntakeOptions,
    matcher: &dyn Matcher,
    plan: &dyn PlanLookup,
    monitor: &dyn Monitor,
) -> Result<IntakePlan, Error> {
    let bench = bench(home, options, matcher, plan, monitor)?;
    let files = walk(&options.collection, monitor)?;
    let bytes = files.iter().map(|file| file.stamp.bytes).sum();
    monitor.begin("looking", Some(bytes), Unit::Bytes);
    let mut rows = Vec::new();
    let mut seen = BTreeMap::new();
    in_order(
        &files,
        options.threads,
        |file| match monitor.is_interrupted() {
            true => Err(Error::Interrupted),
            false => look(&bench, file),
        },
        |file, looked| {
            let Looked {
                verdict,
                recording,
                finding,
            } = looked?;
            finding.into_iter().for_each(|it| monitor.finding(it));
            monitor.advance(file.stamp.bytes);
            let verdict = first_of_recording(verdict, recording, &mut seen);
            rows.push(SurveyRow {
                path: file.name.clone(),
                bytes: file.stamp.bytes,
                verdict,
            });
            Ok::<(), Error>(())
        },
    )?;
    Ok(IntakePlan { rows })
}

struct Looked {
    verdict: Verdict,
    recording: Option<RecordingId>,
    finding: Option<Finding>,
}

impl Looked {
    const fn plain(verdict: Verdict) -> Self {
        Self {
            verdict,
            recording: None,
            finding: None,
        }
    }

    const fn failed(finding: Finding) -> Self {
        Self {
            verdict: Verdict::Failed,
            recording: None,
            finding: Some(finding),
        }
    }
}

fn first_of_recording(
    verdict: Verdict,
    recording: Option<RecordingId>,
    seen: &mut BTreeMap<RecordingId, ()>,
) -> Verdict {
    match (verdict, recording) {
        (Verdict::Take(_), Some(recording)) if seen.insert(recording, ()).is_some() => {
            Verdict::Duplicate
        }
        _ => verdict,
    }
}

fn look(bench: &Bench, file: &SourceFile) -> Result<Looked, Error> {
    if file.stamp.bytes == 0 {
        let finding = Finding::new(FindingCode::I003, &file.name, "it has 0 bytes");
        return Ok(Looked::failed(finding));
    }
    let state = bench.home.state();
    let hint = state.hint(&file.path, file.stamp.bytes, file.stamp.modified)?;
    let source = match hint.map_or_else(|| read::digest(file), Ok) {
        Ok(source) => source,
        Err(error) => {
            let finding = Finding::new(FindingCode::I004, &file.name, error.to_string());
            return Ok(Looked::failed(finding));
        }
    };
    if let Some(receipt) = state.receipt_of_source(&source)?
        && bench.is_present(&receipt)?
    {
        let row = bench.plan.row(&receipt.track, &receipt.recording);
        let wanted = row.and_then(|row| row.form);
        if wanted.is_none_or(|wanted| forms::is_wanted(wanted, &receipt)) {
            return Ok(Looked::plain(Verdict::Held));
        }
    }
    Ok(identify(bench, file, &source))
}

fn identify(bench: &Bench, file: &SourceFile, source: &Digest) -> Looked {
    let inspection = match inspect(&file.path) {
        Ok(inspection) => inspection,
        Err(error) => return Looked::failed(finding_of(&error, &file.name)),
    };
    let Some(found) = bench.matcher.find(&probe_of(file, source, &inspection)) else {
        return Looked::plain(Verdict::NotInCatalog);
    };
    let received = Received {
        codec: inspection.codec,
        bytes: file.stamp.bytes,
        duration_ms: inspection.duration_ms,
    };
    match bench.row_for(&found) {
        Ok((row, wanted)) => Looked {
            verdict: Verdict::Take(forms::form_of(wanted, &row, received)),
            recording: Some(row.recording),
            finding: None,
        },
        Err(Why::Duplicate(_)) => Looked::plain(Verdict::Duplicate),
        Err(Why::NotInCatalog) => Looked::plain(Verdict::NotInCatalog),
        Err(Why::NotInPlan(_) | Why::NotChosen(..)) => Looked::plain(Verdict::NotChosen),
    }
}
