use {
    crate::{
        arguments::Lookup,
        card::{artist_object, artist_text, card, line, object, release_object, release_text},
        named::{Answer, Named, answers, expected, newest},
        session::Session,
        verbs::why,
    },
    anyhow::{Result, bail},
    longplay_catalog::{Snapshot, TrackDetails},
    longplay_model::Monitor,
    longplay_store::Home,
    serde_json::json,
};

/// Lines of a batch that are looked up together.
const AT_ONCE: usize = 1024;

pub fn run(session: &Session, arguments: &Lookup) -> Result<()> {
    let home = session.read()?;
    let snapshot = newest(&home)?;
    if arguments.batch {
        return batch(session, &snapshot);
    }
    let named: Vec<Named> = arguments.ids.iter().map(|id| Named::parse(id)).collect();
    let mut typed = arguments.ids.iter().zip(&named);
    if let Some((id, _)) = typed.find(|(_, named)| **named == Named::Nothing) {
        bail!("{}", expected(id));
    }
    let found = answers(&snapshot, &named)?;
    if arguments.why {
        return explain(session, &home, &snapshot, &arguments.ids, &found);
    }
    if session.is_json {
        print_objects(session, &arguments.ids, &found);
        return Ok(());
    }
    match (&arguments.ids[..], &found[..]) {
        ([id], [answer]) => print_one(session, id, answer)?,
        (ids, found) => print_several(session, ids, found),
    }
    Ok(())
}

fn explain(
    session: &Session,
    home: &Home,
    snapshot: &Snapshot,
    ids: &[String],
    found: &[Answer],
) -> Result<()> {
    let mut missing = ids.iter().zip(found);
    if let Some((id, _)) = missing.find(|(_, answer)| answer.tracks.is_empty()) {
        bail!("the catalog has no {id}");
    }
    let tracks: Vec<TrackDetails> = found.iter().flat_map(|it| it.tracks.clone()).collect();
    why::tell(session, snapshot, &home.sources_dir()?, &tracks)
}

/// Ids from stdin, one a line; answers in their order as JSON lines.
fn batch(session: &Session, snapshot: &Snapshot) -> Result<()> {
    let mut lines = session.env.stdin.lines();
    loop {
        let ids: Vec<String> = lines.by_ref().take(AT_ONCE).collect::<Result<_, _>>()?;
        if ids.is_empty() || session.watch.is_interrupted() {
            return Ok(());
        }
        let named: Vec<Named> = ids.iter().map(|id| Named::parse(id)).collect();
        print_objects(session, &ids, &answers(snapshot, &named)?);
    }
}

fn print_objects(session: &Session, ids: &[String], found: &[Answer]) {
    let mut lines = String::new();
    for (id, answer) in ids.iter().zip(found) {
        let tracks: Vec<_> = answer.tracks.iter().map(object).collect();
        let mut line = json!({ "id": id, "tracks": tracks });
        if !answer.releases.is_empty() {
            line["releases"] = answer.releases.iter().map(release_object).collect();
        }
        if !answer.artists.is_empty() {
            line["artists"] = answer.artists.iter().map(artist_object).collect();
        }
        lines += &format!("{line}\n");
    }
    session.env.stdout.print(lines);
}

fn print_one(session: &Session, id: &str, answer: &Answer) -> Result<()> {
    match (
        &answer.tracks[..],
        &answer.releases[..],
        &answer.artists[..],
    ) {
        ([], [], []) => bail!("the catalog has no {id}"),
        ([track], [], []) => session.print(&card(track)),
        _ => print_lines(session, answer, ""),
    }
    Ok(())
}

fn print_several(session: &Session, ids: &[String], found: &[Answer]) {
    for (id, answer) in ids.iter().zip(found) {
        if answer.is_empty() {
            session.say(format_args!("{id}: not in the catalog"));
        } else {
            session.say(format_args!("{id}:"));
            print_lines(session, answer, "  ");
        }
    }
}

fn print_lines(session: &Session, answer: &Answer, indent: &str) {
    for release in &answer.releases {
        session.say(format_args!(
            "{indent}{}  {}",
            release.id,
            release_text(release)
        ));
    }
    for artist in &answer.artists {
        session.say(format_args!(
            "{indent}{}  {}",
            artist.id,
            artist_text(artist)
        ));
    }
    for track in &answer.tracks {
        session.say(format_args!("{indent}{}", line(track)));
    }
}
