use {
    crate::{arguments::Search, report::Report, session::Session},
    anyhow::{Context, Result},
    longplay_catalog::{Found, Snapshot, TrackDetails, search::Hit, search::Query},
    longplay_model::grouped,
    serde_json::{Value, json},
};

pub fn run(session: &Session, arguments: &Search) -> Result<()> {
    let home = session.read()?;
    let name = home.state().last_snapshot()?;
    let name = name.context("there is no catalog yet; make one with longplay import")?;
    let snapshot = Snapshot::open(&home.catalog_dir()?.join(name))?;
    let query = Query {
        limit: arguments.limit,
        typos: !arguments.no_typos,
        ..Query::new(arguments.words.join(" "))
    };
    let found = snapshot.search(&query)?;
    for (hit, track) in &found.tracks {
        if session.is_json {
            session
                .env
                .stdout
                .line(json!({ "hit": object(*hit, track) }));
        } else {
            session.say(line(track));
        }
    }
    session.print(&report(&found));
    Ok(())
}

/// Rank, artist – title, release, duration, track id.
fn line(track: &TrackDetails) -> String {
    let rank = grouped(track.rank);
    let mut line = format!("{rank:>11}  {} – {}", track.artists, track.title);
    if let Some(release) = &track.release {
        line += &format!(" · {}", release.title);
    }
    if let Some(duration) = track.duration_ms {
        line += &format!(" · {}", clock(duration));
    }
    format!("{line} · {}", track.track)
}

/// Minutes and seconds, rounded to the nearest second.
fn clock(duration_ms: u32) -> String {
    let seconds = duration_ms.saturating_add(500) / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn object(hit: Hit, track: &TrackDetails) -> Value {
    json!({
        "rank": track.rank,
        "track": track.track.to_string(),
        "artist": track.artists.to_string(),
        "title": track.title,
        "release": track.release.as_ref().map(|release| &release.title),
        "duration_ms": track.duration_ms,
        "typos": hit.typos,
        "missing": hit.missing,
    })
}

fn report(found: &Found) -> Report {
    let title = match found.tracks.len() {
        0 => "Nothing was found.".to_owned(),
        1 => "1 track.".to_owned(),
        count => format!("{} tracks.", grouped(count as u64)),
    };
    let report = Report::new(title)
        .data("hits", found.tracks.len())
        .data("exhaustive", found.is_exhaustive)
        .data("looked_at", found.looked_at);
    if found.is_exhaustive {
        return report;
    }
    report.closing("Less popular tracks were not all looked at: more words find more.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_on_a_sleeve() {
        for (duration_ms, text) in [
            (0, "0:00"),
            (59_499, "0:59"),
            (225_600, "3:46"),
            (3_600_000, "60:00"),
        ] {
            assert_eq!(clock(duration_ms), text);
        }
    }
}
