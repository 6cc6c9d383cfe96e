use {
    super::make::{newest_plan, totals_of},
    crate::{report::Report, session::Session},
    anyhow::{Context, Result, bail},
    longplay_catalog::{PlanTable, Snapshot, TrackDetails},
    longplay_model::{Candidate, Isrc, PlanRow, RecordingId, TrackId},
    longplay_plan::{Budget, Policy, Terms, explain, score},
};

/// Explains every track that the id names; a few pages of the plan and of the
/// catalog are read.
pub fn tell(session: &Session, id: &str) -> Result<()> {
    let home = session.read()?;
    let table = newest_plan(&home)?;
    let meta = table.meta();
    let snapshot = Snapshot::open(&home.catalog_dir()?.join(&meta.catalog))?;
    let policy = Policy::parse(&meta.policy)?;
    let number = |key: &str| meta.budget[key].as_u64().unwrap_or_default();
    let budget = Budget {
        bytes: number("bytes"),
        k: u8::try_from(number("k")).unwrap_or(u8::MAX),
        m: u8::try_from(number("m")).unwrap_or(u8::MAX),
    };
    let terms = Terms {
        policy: &policy,
        budget: &budget,
        price: totals_of(&table)?.price,
    };
    for track in named(&snapshot, id)? {
        let row = u32::try_from(track.rank).context("the rank is beyond any plan")?;
        let candidate = candidate_at(&snapshot, row)?;
        let Some(row) = row_of(&table, &candidate, row, &policy)? else {
            continue;
        };
        let listens = listens_of(&snapshot, &row.recording)?;
        let text = explain(&row, &candidate, listens, &terms);
        let title = format!("{} — {} ({})", track.artists, track.title, track.track);
        if session.is_json {
            let report = Report::new("")
                .data("row", serde_json::to_value(&row)?)
                .data("explanation", text);
            session.print(&report.data("track", title));
        } else {
            session.say(format_args!("{title}\n{text}"));
        }
    }
    Ok(())
}

/// What the plan says of a row, and the catalog of its track.
fn row_of(
    table: &PlanTable,
    candidate: &Candidate,
    row: u32,
    policy: &Policy,
) -> Result<Option<PlanRow>> {
    let planned = table.at(row)?;
    Ok(planned.map(|planned| {
        let score = score(candidate, policy, planned.reason, planned.bytes > 0);
        planned.of_track(
            candidate.track,
            candidate.recording,
            candidate.listens,
            score,
        )
    }))
}

/// Listens of all rows of a recording.
fn listens_of(snapshot: &Snapshot, recording: &RecordingId) -> Result<f64> {
    let rows = snapshot.rows_of_recording(recording)?;
    let listens = rows.into_iter().map(|row| -> Result<f64> {
        let listens = candidate_at(snapshot, row)?.listens;
        Ok(if listens.is_finite() { listens } else { 0.0 })
    });
    listens.sum()
}

fn named(snapshot: &Snapshot, id: &str) -> Result<Vec<TrackDetails>> {
    let tracks: Vec<TrackDetails> = match (id.parse::<TrackId>(), id.parse::<Isrc>()) {
        (Ok(track), _) => snapshot.track(&track)?.into_iter().collect(),
        (_, Ok(isrc)) => snapshot.by_isrc(&isrc)?,
        _ => bail!("{id} is neither a track id (32 hexadecimal digits) nor an ISRC"),
    };
    if tracks.is_empty() {
        bail!("the catalog has no track {id}");
    }
    Ok(tracks)
}

fn candidate_at(snapshot: &Snapshot, row: u32) -> Result<Candidate> {
    let candidate = snapshot.candidate_at(row)?;
    candidate.context("the catalog is shorter than its index says")
}
