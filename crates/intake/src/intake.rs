use {
    crate::{
        error::Error,
        ordered::in_order,
        outcome::{Outcome, What},
        record::Recorder,
        summary::IntakeSummary,
        take::Bench,
        walk::walk,
    },
    longplay_model::{
        Clock, Finding, FindingCode, Matcher, Monitor, RightsFile, RightsStatement, Unit,
    },
    longplay_plan::PlanLookup,
    longplay_store::Home,
    std::{
        fs,
        path::{Path, PathBuf},
    },
};

/// What to take in, and how.
#[derive(Debug, Clone)]
pub struct IntakeOptions {
    /// The folder of the collection.
    pub collection: PathBuf,
    /// Rights that come with the source, for files of which neither the
    /// rights file nor tags say anything.
    pub rights: Option<RightsStatement>,
    /// `docs/format/rights-file.md`
    pub rights_file: Option<PathBuf>,
    /// How many files are decoded at a time; at least 1.
    pub threads: usize,
    /// Whether to calculate Chromaprint fingerprints.
    pub fingerprint: bool,
}

/// Takes in the files of a collection that the plan keeps.
///
/// A run that ends early, however it ends, is finished by the same call: the
/// receipts are the same as those of a run that was not interrupted.
///
/// # Errors
/// A folder or rights file that cannot be read, an archive that cannot be
/// written. A full disk is told with the file and what to do.
pub fn intake(
    home: &Home,
    options: &IntakeOptions,
    matcher: &dyn Matcher,
    plan: &dyn PlanLookup,
    clock: &dyn Clock,
    monitor: &dyn Monitor,
) -> Result<IntakeSummary, Error> {
    let bench = bench(home, options, matcher, plan, monitor)?;
    home.sweep_staging()?;
    let files = walk(&options.collection, monitor)?;
    let mut recorder = Recorder::new(&bench, &files, clock, monitor);
    let bytes = files.iter().map(|file| file.stamp.bytes).sum();
    monitor.begin("taking in", Some(bytes), Unit::Bytes);
    in_order(
        &files,
        options.threads,
        |file| match monitor.is_interrupted() {
            true => Outcome::new(None, What::Stopped(Error::Interrupted)),
            false => bench.take(file),
        },
        |file, outcome| recorder.take(file, outcome),
    )?;
    recorder.finish()
}

pub(crate) fn bench<'a>(
    home: &'a Home,
    options: &'a IntakeOptions,
    matcher: &'a dyn Matcher,
    plan: &'a dyn PlanLookup,
    monitor: &dyn Monitor,
) -> Result<Bench<'a>, Error> {
    let path = options.rights_file.as_deref();
    Ok(Bench {
        home,
        matcher,
        plan,
        rights_file: path.map(|path| read_rights(path, monitor)).transpose()?,
        rights: options.rights.as_ref(),
        fingerprint: options.fingerprint,
    })
}

/// A line that is no rule is told once, here, and again with each file that
/// it leaves dark.
fn read_rights(path: &Path, monitor: &dyn Monitor) -> Result<RightsFile, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::ReadRights {
        path: path.into(),
        source,
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let rules = RightsFile::parse(&text, &name);
    for (line, error) in rules.malformed() {
        let finding = Finding::new(FindingCode::I013, name.as_ref(), error.to_string());
        monitor.finding(finding.at(format!("line {line}")));
    }
    Ok(rules)
}
