use {
    crate::{arguments::Rebuild, report::Report, session::Session},
    anyhow::Result,
    longplay_catalog::{
        Dirs, ImportOptions, PlanTable, SourceInfo, damaged_files, remake_snapshot, sources_of,
    },
    longplay_model::{Digest, Event, Finding, FindingCode, Monitor, Quiet, Timestamp},
    longplay_store::{Home, Mode, Remade, RepairSummary, TrancheLook, remake},
    std::{collections::HashSet, fs, path::Path},
};

pub fn run(session: &Session, arguments: &Rebuild) -> Result<()> {
    let mut looks: Vec<TrancheLook> = Vec::new();
    let mut planned = |look: &TrancheLook| {
        session.say(look);
        // What is done is told by the summary.
        looks.extend(arguments.dry_run.then(|| look.clone()));
    };
    let remade = remake(
        &session.root,
        &session.stores(),
        arguments.dry_run,
        session.clock(),
        &mut planned,
        &session.watch,
    )?;
    // What is wrong with the journal was told.
    let quiet = Quiet(&session.watch);
    if arguments.dry_run && remade.settings.is_some() {
        let report = would_rebuild(&remade, &looks)?;
        session.print(&report.closing("The catalog is looked at when longplay.toml is there."));
        return Ok(());
    }
    if arguments.dry_run {
        let home = Home::open_with(&session.root, Mode::Read, &session.stores(), &quiet)?;
        let entries = catalog_events(&home)?.len() as u64;
        let report = would_rebuild(&remade, &looks)?.count("imports_and_plans", entries);
        session.print(&report.count("catalog_files", remake_tables(session, &home, true)?));
        return Ok(());
    }
    let home = Home::open_with(&session.root, Mode::Write, &session.stores(), &quiet)?;
    let events = catalog_events(&home)?;
    let entered = events.len() as u64;
    home.record_rebuilt(events, session.clock())?;
    let tables = remake_tables(session, &home, false)?;
    session.print(&rebuilt(&remade, entered, tables)?);
    Ok(())
}

/// Makes the newest snapshot again where a file of it is damaged or gone; gives
/// how many were. Without its `snapshot.json` nothing tells what they were.
fn remake_tables(session: &Session, home: &Home, is_dry_run: bool) -> Result<u64> {
    let Some(snapshot) = home.state().last_snapshot()? else {
        return Ok(0);
    };
    let dirs = Dirs {
        sources: home.sources_dir()?,
        catalog: home.catalog_dir()?,
    };
    let damaged = match damaged_files(&dirs, &snapshot, &session.watch) {
        Err(longplay_catalog::Error::Interrupted) => return Ok(0),
        Err(error) => {
            let subject = format!("catalog/{snapshot}");
            let finding = Finding::new(FindingCode::S021, subject, error.to_string());
            session.watch.finding(finding);
            return Ok(0);
        }
        Ok(damaged) if damaged.is_empty() => return Ok(0),
        Ok(damaged) => damaged,
    };
    session.say(format_args!(
        "catalog/{snapshot}\n  rewrite  {}\n",
        damaged.join(", ")
    ));
    if !is_dry_run {
        let memory = ImportOptions::SORT_MEMORY_BYTES;
        remake_snapshot(&dirs, &snapshot, memory, &session.watch)?;
    }
    Ok(damaged.len() as u64)
}

/// Imports and plans that the journal has lost, by the snapshots and plans that
/// are there. A snapshot without its `snapshot.json` and a plan that cannot be
/// opened are made again by importing and planning.
fn catalog_events(home: &Home) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    if home.state().last_snapshot()?.is_none() {
        events.extend(imports(&home.catalog_dir()?, &home.sources_dir()?));
    }
    if home.state().last_plan()?.is_none() {
        events.extend(plans(&home.plans_dir()?));
    }
    Ok(events)
}

/// A snapshot that is there, whatever its tables are.
struct Found {
    /// When the newest of its sources came.
    at: Option<Timestamp>,
    id: String,
    sources: Vec<SourceInfo>,
}

/// The newest snapshot comes last: it is the one that counts.
fn imports(catalog: &Path, sources: &Path) -> Vec<Event> {
    let folders = entries(catalog).into_iter();
    let found = folders.filter_map(|id| found(catalog, sources, id));
    let mut found: Vec<Found> = found.collect();
    found.sort_by_key(|it| (it.at, it.sources.len(), it.id.clone()));
    let mut told = HashSet::new();
    let mut events = Vec::new();
    for Found { id, sources, .. } in found {
        let newest = sources.len().saturating_sub(1);
        for (number, source) in sources.into_iter().enumerate() {
            // A snapshot that brought nothing new is named once all the same.
            if told.insert(source.digest) || number == newest {
                events.push(Event::Import {
                    source: source.name,
                    digest: source.digest,
                    records: source.records,
                    snapshot: id.clone(),
                });
            }
        }
    }
    events
}

fn found(catalog: &Path, kept: &Path, id: String) -> Option<Found> {
    let sources = sources_of(&catalog.join(&id)).ok()?;
    let times = sources
        .iter()
        .filter_map(|source| imported_at(kept, &source.digest));
    Some(Found {
        at: times.max(),
        id,
        sources,
    })
}

/// When a source came first: `imported_at` of its `source.json`.
fn imported_at(sources: &Path, digest: &Digest) -> Option<Timestamp> {
    let text = fs::read(sources.join(digest.to_string()).join("source.json")).ok()?;
    let source: serde_json::Value = serde_json::from_slice(&text).ok()?;
    source.get("imported_at")?.as_str()?.parse().ok()
}

/// The plan of the latest clock comes last.
fn plans(folder: &Path) -> Vec<Event> {
    let names = entries(folder).into_iter();
    let names = names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()));
    let mut tables: Vec<PlanTable> = names
        .filter_map(|name| PlanTable::open(folder, &name).ok())
        .collect();
    tables.sort_by_key(|table| (table.meta().clock, table.name().to_owned()));
    let tables = tables.iter();
    tables
        .map(|table| Event::Plan {
            plan: table.name().to_owned(),
            catalog: table.meta().catalog.clone(),
        })
        .collect()
}

/// Names in a folder, sorted; none when it cannot be listed.
fn entries(folder: &Path) -> Vec<String> {
    let listed = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = listed
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn would_rebuild(remade: &Remade, looks: &[TrancheLook]) -> Result<Report> {
    let sum = |count: fn(&TrancheLook) -> usize| looks.iter().map(|it| count(it) as u64).sum();
    let report = Report::new("Would rebuild:")
        .count("settings", remade.settings.iter().count() as u64)
        .count("tranches", remade.tranches)
        .count("tranches_to_enter", remade.entered.len() as u64)
        .count("small_files", sum(|it| it.plan.rewrites.len()))
        .count("packs_to_heal", sum(|it| it.plan.rebuilds.len()))
        .count("beyond_recovery", sum(|it| it.plan.lost.len()));
    Ok(told(report, remade)?.data("plans", serde_json::to_value(looks)?))
}

fn rebuilt(remade: &Remade, catalog_entries: u64, tables: u64) -> Result<Report> {
    let sum = |count: fn(&RepairSummary) -> usize| {
        let repaired = remade.repaired.iter();
        repaired.map(|it| count(it) as u64).sum()
    };
    let written = remade.repaired.iter().map(|it| it.bytes_written).sum();
    let report = Report::new(title(remade, catalog_entries + tables))
        .count("settings", remade.settings.iter().count() as u64)
        .count("tranches", remade.tranches)
        .count("tranches_entered", remade.entered.len() as u64)
        .count("imports_and_plans", catalog_entries)
        .count("catalog_files", tables)
        .count("small_files", sum(|it| it.rewritten.len()))
        .count("packs_healed", sum(|it| it.healed.len()))
        .bytes("written_bytes", written)
        .count("beyond_recovery", sum(|it| it.lost.len()));
    told(report, remade)
}

/// What both kinds of reports tell.
fn told(report: Report, remade: &Remade) -> Result<Report> {
    let lost = remade.repaired.iter().flat_map(|it| &it.lost_items);
    let report = report
        .naming("Lost:", lost)
        .naming("In no tranche:", &remade.lost)
        .count("links", remade.links)
        .count("receipts", remade.receipts)
        .count("tranches_gone", remade.gone.len() as u64)
        .count("tracks_lost", remade.lost.len() as u64)
        .count("blobs_unclaimed", remade.unclaimed.len() as u64)
        .data("rebuilt", serde_json::to_value(remade)?);
    Ok(match is_missing_something(remade) {
        true => report.closing("Next: longplay repair --from URL|DIR"),
        false => report,
    })
}

fn is_missing_something(remade: &Remade) -> bool {
    !remade.gone.is_empty() || !remade.repaired.iter().all(RepairSummary::is_whole)
}

fn title(remade: &Remade, of_catalog: u64) -> &'static str {
    let made = remade.receipts + remade.links + of_catalog + remade.entered.len() as u64;
    let nothing = remade.settings.is_none() && !remade.cache && remade.repaired.is_empty();
    match is_missing_something(remade) {
        true => "Rebuilt what can be; some of it is missing.",
        false if nothing && made == 0 => "Nothing had to be rebuilt.",
        false => "Rebuilt: what is here is as it was sealed.",
    }
}
