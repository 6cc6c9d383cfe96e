use {
    crate::{arguments::Export, named::newest, report::Report, session::Session, verbs::sql},
    anyhow::{Context, Result, bail},
    longplay_catalog::{
        Error, ExportFilter, ExportFormat, ExportOptions, ExportSummary, Snapshot, TrackRows,
        WantedRights, export,
    },
    longplay_store::Home,
    std::path::{Path, PathBuf},
};

pub fn run(session: &Session, arguments: &Export) -> Result<()> {
    let home = session.read()?;
    let snapshot = newest(&home)?;
    let out = session.path(&arguments.out);
    if !arguments.open_only && is_public(&home, &out)? {
        bail!(
            "{} is in the public folder; with --open-only only what may leave the archive goes there",
            arguments.out.display()
        );
    }
    let mut options = options(session, arguments)?;
    if let Some(query) = &arguments.sql {
        if out.exists() && !arguments.force {
            return Err(Error::ExportExists { path: out }.into());
        }
        options.filter.tracks = Some(chosen(session, &home, &snapshot, arguments, query)?);
    }
    let summary = export(&snapshot, &out, &options, &session.watch)?;
    session.print(&report(&summary, &options, &arguments.out));
    Ok(())
}

/// The tracks that a query gives.
fn chosen(
    session: &Session,
    home: &Home,
    snapshot: &Snapshot,
    arguments: &Export,
    query: &str,
) -> Result<TrackRows> {
    let query = sql::typed(session, query)?;
    let (_spill, sql) = sql::open(home, snapshot.dir(), arguments.memory)?;
    let tracks = snapshot.counts().tracks;
    let answer = sql.ask(&query)?;
    Ok(answer.track_rows(tracks, &session.watch)?)
}

fn options(session: &Session, arguments: &Export) -> Result<ExportOptions> {
    let format = arguments
        .format
        .or_else(|| ExportFormat::of_path(&arguments.out));
    let rights = match arguments.rights.as_deref() {
        None => None,
        Some("open") => Some(WantedRights::Open),
        Some(uri) => Some(WantedRights::Uri(uri.parse()?)),
    };
    Ok(ExportOptions {
        format: format.context(
            "the name tells no format: end it with .parquet, .csv, .jsonl or .sqlite, or give --format",
        )?,
        filter: ExportFilter {
            tracks: None,
            rights,
            languages: arguments.languages.clone(),
            genres: arguments.genres.clone(),
            labels: arguments.labels.clone(),
            years: arguments.year.map(|years| years.first..=years.last),
            min_popularity: arguments.popularity,
        },
        open_only: arguments.open_only,
        limit: arguments.limit,
        force: arguments.force,
        clock: session.clock().now(),
    })
}

/// Whether a file would lie in the folder from which releases are served.
fn is_public(home: &Home, out: &Path) -> Result<bool> {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = out.parent().map_or_else(PathBuf::new, whole);
    Ok(folder.starts_with(whole(&home.public_dir()?)))
}

fn report(summary: &ExportSummary, options: &ExportOptions, out: &Path) -> Report {
    let report = Report::new(format!("Exported {}.", out.display()))
        .row("format", options.format.name())
        .count("tracks", summary.tracks)
        .count("dark_records", summary.dark)
        .bytes("file_bytes", summary.bytes);
    if summary.dark == 0 {
        return report;
    }
    report.closing(
        "Dark records are of sources that are not open: this file is for you alone \
         (--open-only leaves them out).",
    )
}
