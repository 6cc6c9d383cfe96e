use {
    crate::{arguments::Get, report::Report, session::Session},
    anyhow::{Context, Result, bail},
    longplay_media::{Tags, write_tags},
    longplay_model::IndexRecord,
    longplay_release::{
        From, GetOptions, Got, GotPart, MapRecord, Part, PartPlan, find, find_part, get, get_part,
        is_archive,
    },
    std::{
        fs,
        path::{Path, PathBuf},
    },
};

pub fn run(session: &Session, arguments: &Get) -> Result<()> {
    let from = source(session, arguments)?;
    let map = arguments.map.as_ref().map(|map| session.path(map));
    if let Some(part) = arguments.part {
        return run_part(session, arguments, part, &from, map.as_deref());
    }
    if arguments.dry_run {
        let found = find(&arguments.id, &from, map.as_deref())?;
        session.print(&would_get(&found.chosen));
        return Ok(());
    }
    let to = target_folder(session, arguments)?;
    let got = match arguments.tags {
        true => tagged(session, &arguments.id, &from, map.as_deref(), &to)?,
        false => fetch(session, &arguments.id, &from, map.as_deref(), &to)?,
    };
    session.print(&report(&got, arguments.tags)?);
    Ok(())
}

/// The folder to put things in, which is made when it is not there.
fn target_folder(session: &Session, arguments: &Get) -> Result<PathBuf> {
    let to = session.path(&arguments.to);
    fs::create_dir_all(&to).with_context(|| format!("cannot make the folder {}", to.display()))?;
    Ok(to)
}

fn run_part(
    session: &Session,
    arguments: &Get,
    part: Part,
    from: &From,
    map: Option<&Path>,
) -> Result<()> {
    let id = &arguments.id;
    if arguments.dry_run {
        let (found, plan) = find_part(id, part, from, map)?;
        session.print(&would_get_part(&found.chosen, part, &plan));
        return Ok(());
    }
    let to = target_folder(session, arguments)?;
    let options = GetOptions::default();
    let got = get_part(id, part, from, map, &to, &options, &session.watch)?;
    session.print(&part_report(&got)?);
    Ok(())
}

fn fetch(session: &Session, id: &str, from: &From, map: Option<&Path>, to: &Path) -> Result<Got> {
    Ok(get(
        id,
        from,
        map,
        to,
        &GetOptions::default(),
        &session.watch,
    )?)
}

/// Fetches beside the place where the copy goes, writes the tags, and only
/// then puts it there. A copy that is there with the same tags is kept.
fn tagged(session: &Session, id: &str, from: &From, map: Option<&Path>, to: &Path) -> Result<Got> {
    let aside = tempfile::tempdir_in(to)?;
    let mut got = fetch(session, id, from, map, aside.path())?;
    let Some(path) = got.path.take() else {
        return Ok(got);
    };
    write_tags(&path, &tags(&got.record), None)?;
    let place = to.join(path.file_name().context("the copy has no name")?);
    put(&path, &place)?;
    got.path = Some(place);
    Ok(got)
}

fn put(path: &Path, place: &Path) -> Result<()> {
    if place.exists() {
        if fs::read(path)? != fs::read(place)? {
            bail!(
                "{} is there and differs; it is not overwritten",
                place.display()
            );
        }
        return Ok(());
    }
    fs::rename(path, place).with_context(|| format!("cannot write {}", place.display()))
}

/// What was typed, an address or a folder; else the archive.
fn source(session: &Session, arguments: &Get) -> Result<From> {
    let folder = match &arguments.from {
        None => session.root.clone(),
        Some(text) if text.contains("://") => return Ok(From::find(text)?),
        Some(text) => session.path(text.as_ref()),
    };
    Ok(match is_archive(&folder) {
        true => From::archive(&folder, &session.stores())?,
        false => From::folder(&folder)?,
    })
}

fn would_get(MapRecord { tranche, record }: &MapRecord) -> Report {
    Report::new("Would fetch:")
        .row("path", record.path.to_string())
        .row("tranche", tranche.clone())
        .row("pack", record.pack.clone())
        .row("offset", record.offset)
        .bytes("item_bytes", record.length)
        .row("sha256", record.sha256.to_string())
}

/// What is known before anything is read: hashes that need not be asked for are told
/// too where the proofs of the tranche are not at hand.
fn would_get_part(line: &MapRecord, part: Part, plan: &PartPlan) -> Report {
    let read = &plan.read;
    would_get(line)
        .row("part", part.to_string())
        .row("read", format!("{}+{}", read.start, read.end - read.start))
        .row("proven_by", plan.by.to_string())
        .bytes("fetched_bytes", plan.bytes())
}

fn part_report(got: &GotPart) -> Result<Report> {
    let read = &got.plan.read;
    let against = got.against.as_deref().unwrap_or("nothing");
    let report = Report::new(title(got.path.as_deref()))
        .row("from", format!("{}, {}", got.tranche, got.record.pack))
        .row("part", got.part.to_string())
        .row("read", format!("{}+{}", read.start, read.end - read.start))
        .row("proven_by", got.plan.by.to_string())
        .row("proven_against", against)
        .row("rights", rights(&got.record))
        .count("requests", got.requests)
        .bytes("fetched_bytes", got.bytes_fetched)
        .data("got", serde_json::to_value(got)?);
    Ok(also(report, &got.others))
}

fn title(path: Option<&Path>) -> String {
    match path {
        Some(path) => format!("Fetched {}", path.display()),
        None => "Nothing was kept: the bytes are not those that were promised.".to_owned(),
    }
}

fn rights(record: &IndexRecord) -> String {
    let rights = record.rights.as_ref();
    rights.map_or("unknown".to_owned(), ToString::to_string)
}

fn also(report: Report, others: &[MapRecord]) -> Report {
    let others = others
        .iter()
        .map(|other| format!("  also: {}", other.record.path));
    others.fold(report, Report::closing)
}

fn report(got: &Got, has_tags: bool) -> Result<Report> {
    let record = &got.record;
    let kept = if has_tags {
        "as sealed; tags were written into the copy"
    } else {
        "as sealed"
    };
    let report = Report::new(title(got.path.as_deref()))
        .row("from", format!("{}, {}", got.tranche, record.pack))
        .row("range", format!("{}+{}", record.offset, record.length))
        .row("sha256", record.sha256.to_string())
        .row("audio", kept)
        .row("rights", rights(record))
        .count("requests", got.requests)
        .bytes("fetched_bytes", got.bytes_fetched)
        .data("got", serde_json::to_value(got)?);
    Ok(also(report, &got.others))
}

/// The tags that the index knows.
fn tags(record: &IndexRecord) -> Tags {
    Tags {
        title: record.title.clone(),
        artist: record.artist.clone(),
        release: record.release.clone(),
        release_artist: record.release_artist.clone(),
        date: record.date.clone(),
        disc: record.disc,
        position: record.position,
        isrcs: record.isrcs.iter().map(ToString::to_string).collect(),
        rights: record
            .rights
            .iter()
            .map(|uri| ("LICENSE".to_owned(), uri.to_string()))
            .collect(),
        ..Tags::default()
    }
}
