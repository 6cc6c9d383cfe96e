use {
    crate::{
        arguments::Import,
        report::Report,
        session::{Session, stated},
    },
    anyhow::{Context, Result, bail},
    longplay_catalog::{
        Dirs, ImportKind, ImportOptions, ImportPlan, ImportSummary, Mapping, Replaced, Succession,
        import_audio, import_records, plan_import, synthetic::Recipe,
    },
    longplay_model::{Digest, Event, grouped},
    longplay_store::Home,
    std::path::Path,
};

pub fn run(session: &Session, arguments: &Import) -> Result<()> {
    let home = session.open(arguments.dry_run)?;
    let (kind, paths) = match &arguments.audio {
        Some(folder) => (ImportKind::Audio, vec![folder.clone()]),
        None => (ImportKind::Records, arguments.records.clone()),
    };
    if arguments.replace && paths.len() > 1 {
        bail!("--replace takes one file or folder: several are sources beside each other");
    }
    let mut delivered = Vec::new();
    for typed in paths {
        let path = match is_recipe(&typed) {
            true => typed.clone(),
            false => session.path(&typed),
        };
        let options = ImportOptions {
            beside: delivered.clone(),
            ..options(session, arguments, kind, &typed)?
        };
        delivered.push(match arguments.dry_run {
            true => dry_run(session, &home, kind, &path, &options)?,
            false => import(session, &home, kind, &path, &options)?,
        });
    }
    Ok(())
}

fn options(
    session: &Session,
    arguments: &Import,
    kind: ImportKind,
    typed: &Path,
) -> Result<ImportOptions> {
    let rights = stated(arguments.rights.as_deref())?;
    let name = arguments
        .name
        .clone()
        .unwrap_or_else(|| name_of(&session.path(typed)));
    Ok(ImportOptions {
        records_rights: rights.clone(),
        audio_rights: rights.filter(|_| kind == ImportKind::Audio),
        rights_file: arguments
            .rights_file
            .as_ref()
            .map(|file| session.path(file)),
        max_line_bytes: arguments.max_line.0,
        restricted_fields: arguments.restricted_fields,
        sort_memory_bytes: arguments.memory.0,
        mapping: arguments
            .mapping
            .as_deref()
            .map(|file| mapping(session, file))
            .transpose()?,
        succession: succession(arguments),
        allow_shrink: arguments.allow_shrink,
        rehash: arguments.rehash,
        ..ImportOptions::new(name, session.clock().now())
    })
}

fn succession(arguments: &Import) -> Succession {
    match (arguments.replace, arguments.add) {
        (true, _) => Succession::Replace,
        (_, true) => Succession::Add,
        _ => Succession::Usual,
    }
}

fn mapping(session: &Session, file: &Path) -> Result<Mapping> {
    let path = session.path(file);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("could not read {}", path.display()))?;
    Mapping::parse(text).with_context(|| format!("in the mapping {}", path.display()))
}

/// Whether a source is made up by a recipe, and no file.
fn is_recipe(typed: &Path) -> bool {
    typed.to_str().is_some_and(Recipe::is_meant)
}

/// The last part of a path, without what follows its first dot.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.split(['.', ':']).find(|part| !part.is_empty());
    undated(name.unwrap_or("source"))
}

/// Without the day in it: the dumps of all months are one source.
fn undated(name: &str) -> String {
    let is_day = |part: &&str| {
        part.len() == 8
            && part
                .parse()
                .is_ok_and(|day| (19_000_101..21_000_101).contains(&day))
    };
    let parts: Vec<&str> = name.split('_').filter(|part| !is_day(part)).collect();
    match parts[..] {
        [] => name.to_owned(),
        _ => parts.join("_"),
    }
}

fn dirs(home: &Home) -> Result<Dirs> {
    Ok(Dirs {
        sources: home.sources_dir()?,
        catalog: home.catalog_dir()?,
    })
}

fn import(
    session: &Session,
    home: &Home,
    kind: ImportKind,
    path: &Path,
    options: &ImportOptions,
) -> Result<Digest> {
    let previous = home.state().last_snapshot()?;
    let read = match kind {
        ImportKind::Audio => import_audio,
        ImportKind::Records => import_records,
    };
    let summary = read(
        &dirs(home)?,
        path,
        previous.as_deref(),
        options,
        &session.watch,
    )?;
    let is_next = previous.as_deref() != Some(&summary.snapshot);
    if is_next {
        let event = Event::Import {
            source: options.source_name.clone(),
            digest: summary.source,
            records: summary.records,
            snapshot: summary.snapshot.clone(),
        };
        home.record(event, session.clock())?;
    }
    session.print(&report(&summary, options, is_next));
    Ok(summary.source)
}

fn report(summary: &ImportSummary, options: &ImportOptions, is_next: bool) -> Report {
    let name = &options.source_name;
    let title = match (summary.unchanged, is_next) {
        (true, false) => format!("“{name}” was imported before: nothing changed."),
        (true, true) => format!("Imported “{name}”: a snapshot that was made before."),
        (false, _) => format!("Imported “{name}”."),
    };
    let report = Report::new(title).row("format", summary.format);
    replacing(report, &summary.replaced, summary.records)
        .count("records", summary.records)
        .count("tracks", summary.tracks)
        .count("rejected", summary.rejected)
        .bytes("record_bytes", summary.bytes)
        .row("snapshot", summary.snapshot.clone())
        .count("catalog_tracks", summary.snapshot_tracks)
        .count("catalog_recordings", summary.snapshot_recordings)
        .data("source", summary.source.to_string())
        .data("unchanged", summary.unchanged)
        .closing("Next: longplay plan --budget SIZE")
}

fn dry_run(
    session: &Session,
    home: &Home,
    kind: ImportKind,
    path: &Path,
    options: &ImportOptions,
) -> Result<Digest> {
    let previous = home.state().last_snapshot()?;
    let temporary = tempfile::tempdir()?;
    let scratch = temporary.path().join("scratch");
    let planned = plan_import(
        &dirs(home)?,
        path,
        kind,
        previous.as_deref(),
        options,
        &scratch,
        &session.watch,
    )?;
    session.print(&would_import(&planned, options));
    Ok(planned.source)
}

fn would_import(planned: &ImportPlan, options: &ImportOptions) -> Report {
    let title = match planned.unchanged {
        true => format!(
            "“{}” was imported before: nothing would change.",
            options.source_name
        ),
        false => format!("Would import “{}”.", options.source_name),
    };
    let report = Report::new(title).row("format", planned.format);
    replacing(report, &planned.replaced, planned.records)
        .count("records", planned.records)
        .count("tracks", planned.tracks)
        .count("rejected", planned.rejected)
        .bytes("record_bytes", planned.bytes)
}

/// What leaves the snapshot for the new source.
fn replacing(report: Report, replaced: &[Replaced], now: u64) -> Report {
    let data: Vec<String> = replaced
        .iter()
        .map(|known| known.digest.to_string())
        .collect();
    let report = report.data("replaced", data);
    let records = grouped(replaced.iter().map(|known| known.records).sum());
    let what = match replaced {
        [] => return report,
        [known] => match known.imported_at {
            Some(at) => format!("source {} of {:.10}", known.number, at.to_string()),
            None => format!("source {}", known.number),
        },
        several => format!("{} sources", several.len()),
    };
    let now = grouped(now);
    report.row("replaces", format!("{what}: {records} records, now {now}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_called_by_their_file_without_the_day() {
        for (path, name) in [
            ("dumps/discogs_20260101_releases.xml.gz", "discogs_releases"),
            ("tracks.jsonl", "tracks"),
            ("20260101.jsonl", "20260101"),
            ("part_12345678.csv", "part_12345678"),
            ("synthetic:5?seed=1", "synthetic"),
            ("..", "source"),
        ] {
            assert_eq!(name_of(Path::new(path)), name);
        }
    }
}
