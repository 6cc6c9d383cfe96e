use {
    crate::{
        arguments::Diff,
        card::{clock, line, object, release_text},
        named::{newest, snapshot},
        report::Report,
        session::Session,
    },
    anyhow::Result,
    longplay_catalog::{Change, Diff as Difference, DiffOptions, Field, TrackDetails, diff},
    longplay_model::grouped,
    serde_json::{Value, json},
};

pub fn run(session: &Session, arguments: &Diff) -> Result<()> {
    let home = session.read()?;
    let old = snapshot(session, &home, &arguments.old)?;
    let new = match &arguments.new {
        Some(name) => snapshot(session, &home, name)?,
        None => newest(&home)?,
    };
    let scratch = tempfile::Builder::new()
        .prefix(".partial-diff-")
        .tempdir_in(home.catalog_dir()?)?;
    let options = DiffOptions {
        limit: arguments.limit,
        ..DiffOptions::default()
    };
    let found = diff(&old, &new, scratch.path(), &options, &session.watch)?;
    session.print(&report(&found, old.id(), new.id())?);
    Ok(())
}

fn report(found: &Difference, old: &str, new: &str) -> Result<Report> {
    let counts = &found.counts;
    let report = Report::new(format!("From {old} to {new}."))
        .count("old_tracks", counts.old_tracks)
        .count("new_tracks", counts.new_tracks)
        .count("added", counts.added)
        .count("removed", counts.removed)
        .count("changed", counts.changed)
        .count("same", counts.same)
        .data("diff", object_of(found)?);
    let fields = counts.fields.iter().filter(|(_, tracks)| *tracks > 0);
    let fields =
        fields.map(|(field, tracks)| format!("    {:<10} {:>11}", field.name(), grouped(*tracks)));
    let report = fields.fold(report, Report::closing);
    let report = listed(report, "Added:", &found.added);
    let report = listed(report, "Removed:", &found.removed);
    let changed = found.changed.iter().flat_map(change_lines);
    let title = (!found.changed.is_empty()).then(|| "Changed:".to_owned());
    Ok(title
        .into_iter()
        .chain(changed)
        .fold(report, Report::closing))
}

fn listed(report: Report, title: &str, tracks: &[TrackDetails]) -> Report {
    if tracks.is_empty() {
        return report;
    }
    let lines = tracks.iter().map(|track| format!("  {}", line(track)));
    lines.fold(report.closing(title), Report::closing)
}

fn change_lines(change: &Change) -> Vec<String> {
    let head = format!("  {}", line(&change.new));
    let fields = change.fields.iter().map(|field| {
        let [old, new] = [&change.old, &change.new].map(|track| value(*field, track));
        format!("    {}: {old} → {new}", field.name())
    });
    std::iter::once(head).chain(fields).collect()
}

/// What a field says, in a few words.
fn value(field: Field, track: &TrackDetails) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
    match field {
        Field::Title => track.title.clone(),
        Field::Credit => track.artists.to_string(),
        Field::Release => or_none(track.release.as_ref().map(release_text)),
        Field::Duration => or_none(track.duration_ms.map(clock)),
        Field::Isrcs => {
            let isrcs: Vec<&str> = track.isrcs.iter().map(|isrc| isrc.as_str()).collect();
            or_none((!isrcs.is_empty()).then(|| isrcs.join(", ")))
        }
        Field::Popularity => or_none(track.popularity.map(|it| it.to_string())),
        Field::Rights => {
            let statement = track.rights.statement.as_ref();
            let label = or_none(statement.map(|it| it.uri.label()));
            format!("{label}, {}", track.rights.access)
        }
    }
}

fn object_of(found: &Difference) -> Result<Value> {
    let objects = |tracks: &[TrackDetails]| tracks.iter().map(object).collect::<Vec<_>>();
    let changed = found.changed.iter().map(|change| {
        json!({
            "fields": change.fields,
            "old": object(&change.old),
            "new": object(&change.new),
        })
    });
    let fields = found.counts.fields.iter();
    let fields: serde_json::Map<String, Value> = fields
        .map(|(field, tracks)| (field.name().to_owned(), (*tracks).into()))
        .collect();
    Ok(json!({
        "fields": fields,
        "added": objects(&found.added),
        "removed": objects(&found.removed),
        "changed": changed.collect::<Vec<_>>(),
    }))
}
