use {
    crate::{
        arguments::Intake,
        report::Report,
        session::{Session, stated},
        verbs::plan::PlannedTracks,
    },
    anyhow::Result,
    longplay_intake::{IntakeOptions, IntakePlan, IntakeSummary, Verdict, intake, survey},
    std::thread,
};

pub fn run(session: &Session, arguments: &Intake) -> Result<()> {
    let home = session.open(arguments.dry_run)?;
    let plan = PlannedTracks::open(&home)?;
    let matcher = plan.snapshot().matcher();
    let options = options(session, arguments)?;
    if arguments.dry_run {
        let planned = survey(&home, &options, &matcher, &plan, &session.watch)?;
        session.print(&would_take(&planned)?);
    } else {
        let summary = intake(
            &home,
            &options,
            &matcher,
            &plan,
            session.clock(),
            &session.watch,
        )?;
        session.print(&report(&summary)?);
    }
    Ok(())
}

fn options(session: &Session, arguments: &Intake) -> Result<IntakeOptions> {
    let processors = || thread::available_parallelism().map_or(1, usize::from);
    Ok(IntakeOptions {
        collection: session.path(&arguments.collection),
        rights: stated(arguments.rights.as_deref())?,
        rights_file: arguments
            .rights_file
            .as_ref()
            .map(|file| session.path(file)),
        threads: arguments.threads.unwrap_or_else(processors).max(1),
        fingerprint: !arguments.no_fingerprints,
    })
}

fn would_take(planned: &IntakePlan) -> Result<Report> {
    let report = Report::new("Would take in:").count("files", planned.rows.len() as u64);
    let lines = planned
        .totals()
        .into_iter()
        .map(|(verdict, (files, bytes))| {
            let size = longplay_model::ByteSize(bytes);
            format!("  {:<20} {files:>7}  {size:>9}", words(verdict))
        });
    let report = report.data("rows", serde_json::to_value(&planned.rows)?);
    Ok(lines.fold(report, Report::closing))
}

fn words(verdict: Verdict) -> String {
    match verdict {
        Verdict::Take(form) => format!("as {form}"),
        Verdict::Held => "held already".to_owned(),
        Verdict::NotInCatalog => "not in the catalog".to_owned(),
        Verdict::NotChosen => "not chosen".to_owned(),
        Verdict::Duplicate => "another copy".to_owned(),
        Verdict::Failed => "damaged".to_owned(),
    }
}

fn report(summary: &IntakeSummary) -> Result<Report> {
    let report = Report::new("Taken in:")
        .count("files_read", summary.files)
        .count("taken_in", summary.taken)
        .bytes("taken_bytes", summary.taken_bytes)
        .count("with_cover", summary.covers)
        .count("dark", summary.dark)
        .count("held_before", summary.held)
        .count("not_chosen", summary.not_chosen)
        .count("not_in_catalog", summary.not_in_catalog)
        .count("other_copies", summary.duplicates)
        .count("damaged", summary.failed)
        .data("details", serde_json::to_value(summary)?);
    let forms = summary
        .taken_by_form
        .iter()
        .map(|(form, files)| format!("  {files} as {form}"));
    Ok(forms
        .fold(report, Report::closing)
        .closing("Next: longplay seal"))
}
