use {
    crate::{
        arguments::Import,
        report::Report,
        session::{Session, stated},
    },
    anyhow::{Context, Result},
    longplay_catalog::{
        Dirs, ImportKind, ImportOptions, ImportPlan, ImportSummary, Mapping, import_audio,
        import_records, plan_import, synthetic::Recipe,
    },
    longplay_model::Event,
    longplay_store::Home,
    std::path::Path,
};

pub fn run(session: &Session, arguments: &Import) -> Result<()> {
    let home = session.open(arguments.dry_run)?;
    let (kind, paths) = match &arguments.audio {
        Some(folder) => (ImportKind::Audio, vec![folder.clone()]),
        None => (ImportKind::Records, arguments.records.clone()),
    };
    for typed in paths {
        let path = match is_recipe(&typed) {
            true => typed.clone(),
            false => session.path(&typed),
        };
        let options = options(session, arguments, kind, &typed)?;
        if arguments.dry_run {
            dry_run(session, &home, kind, &path, &options)?;
        } else {
            import(session, &home, kind, &path, &options)?;
        }
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
        ..ImportOptions::new(name, session.clock().now())
    })
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
    name.split(['.', ':'])
        .find(|part| !part.is_empty())
        .unwrap_or("source")
        .to_owned()
}

fn dirs(home: &Home) -> Dirs {
    Dirs {
        sources: home.sources_dir(),
        catalog: home.catalog_dir(),
    }
}

fn import(
    session: &Session,
    home: &Home,
    kind: ImportKind,
    path: &Path,
    options: &ImportOptions,
) -> Result<()> {
    let previous = home.state().last_snapshot()?;
    let read = match kind {
        ImportKind::Audio => import_audio,
        ImportKind::Records => import_records,
    };
    let summary = read(
        &dirs(home),
        path,
        previous.as_deref(),
        options,
        &session.watch,
    )?;
    if previous.as_deref() != Some(&summary.snapshot) {
        let event = Event::Import {
            source: options.source_name.clone(),
            digest: summary.source,
            records: summary.records,
            snapshot: summary.snapshot.clone(),
        };
        home.record(event, session.clock())?;
    }
    session.print(&report(&summary, options));
    Ok(())
}

fn report(summary: &ImportSummary, options: &ImportOptions) -> Report {
    let title = match summary.unchanged {
        true => format!(
            "“{}” was imported before: nothing changed.",
            options.source_name
        ),
        false => format!("Imported “{}”.", options.source_name),
    };
    Report::new(title)
        .row("format", summary.format)
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
) -> Result<()> {
    let previous = home.state().last_snapshot()?;
    let temporary = tempfile::tempdir()?;
    let scratch = temporary.path().join("scratch");
    let planned = plan_import(
        &dirs(home),
        path,
        kind,
        previous.as_deref(),
        options,
        &scratch,
        &session.watch,
    )?;
    session.print(&would_import(&planned, options));
    Ok(())
}

fn would_import(planned: &ImportPlan, options: &ImportOptions) -> Report {
    let title = match planned.unchanged {
        true => format!(
            "“{}” was imported before: nothing would change.",
            options.source_name
        ),
        false => format!("Would import “{}”.", options.source_name),
    };
    Report::new(title)
        .row("format", planned.format)
        .count("records", planned.records)
        .count("tracks", planned.tracks)
        .count("rejected", planned.rejected)
        .bytes("record_bytes", planned.bytes)
}
