use {
    crate::{report::Report, session::Session},
    anyhow::Result,
    longplay_catalog::Snapshot,
    longplay_model::ByteSize,
    longplay_store::{Counts, Home, SealedTranche, spread::Volumes},
};

pub fn run(session: &Session) -> Result<()> {
    let home = session.read()?;
    let state = home.state();
    let counts = state.counts()?;
    let snapshot = state.last_snapshot()?;
    let tracks = tracks(&home, snapshot.as_deref())?;
    let next = next(&counts, snapshot.as_deref(), state.last_plan()?.as_deref());
    let report = Report::new(format!("The archive “{}”.", home.config().name))
        .row("folder", session.root.display().to_string());
    let report = match &home.config().tranches {
        Some(store) => report.row("tranches_at", store.at.clone()),
        None => report,
    };
    let report = report
        .row("snapshot", snapshot.unwrap_or_else(|| "none".to_owned()))
        .count("tracks", tracks)
        .row(
            "plan",
            state.last_plan()?.unwrap_or_else(|| "none".to_owned()),
        )
        .count("taken_in", counts.receipts)
        .count("left_out", counts.refusals)
        .count("staged", counts.staged)
        .bytes("staged_size", counts.staged_bytes)
        .count("tranches", counts.tranches)
        .bytes("payload_bytes", counts.tranche_bytes)
        .bytes("recovery_bytes", counts.recovery_bytes)
        .count("released", counts.released)
        .data("next", next);
    let report = disks(report, home.volumes())?;
    session.print(&tranches(report, &home)?.closing(format!("Next: {next}")));
    Ok(())
}

fn tracks(home: &Home, snapshot: Option<&str>) -> Result<u64> {
    let Some(snapshot) = snapshot else {
        return Ok(0);
    };
    Ok(Snapshot::open(&home.catalog_dir()?.join(snapshot))?
        .counts()
        .tracks)
}

/// A line for each disk: where it is, what it holds, what it has room for.
fn disks(report: Report, volumes: &Volumes) -> Result<Report> {
    if volumes.is_empty() {
        return Ok(report);
    }
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    for volume in volumes.present() {
        let (held, free) = (volume.held_bytes()?, volume.free_bytes()?);
        let path = volume.path.display().to_string();
        lines.push(format!(
            "  {path:<28} {:>9}  {} free",
            ByteSize(held),
            ByteSize(free)
        ));
        rows.push(serde_json::json!({
            "path": path, "number": volume.number, "present": true,
            "held_bytes": held, "free_bytes": free,
        }));
    }
    for path in volumes.absent() {
        let path = path.display().to_string();
        lines.push(format!("  {path:<28}            not there"));
        rows.push(serde_json::json!({ "path": path, "present": false }));
    }
    if let Some((one, other)) = volumes.on_one_device() {
        let (one, other) = (one.display(), other.display());
        lines.push(format!(
            "  {one} and {other} are on one device, and lost together"
        ));
    }
    let report = report.data("disks", rows);
    Ok(lines.into_iter().fold(report, Report::closing))
}

/// A line for each tranche: what it is, how large, when last read.
fn tranches(report: Report, home: &Home) -> Result<Report> {
    let checks = home.state().fixity_checks()?;
    let sealed = home.state().sealed()?;
    let lines = sealed.iter().map(|tranche| {
        let check = checks
            .iter()
            .filter(|check| check.tranche == tranche.name)
            .max_by_key(|check| check.at);
        let read = match check {
            None => format!("sealed {}", tranche.at.date()),
            Some(check) if check.findings == 0 && check.is_part => {
                format!("a part found sound {}", check.at.date())
            }
            Some(check) if check.findings == 0 => format!("found sound {}", check.at.date()),
            Some(check) => format!("{} findings on {}", check.findings, check.at.date()),
        };
        line(tranche, &read)
    });
    Ok(lines.fold(report, Report::closing))
}

fn line(tranche: &SealedTranche, read: &str) -> String {
    let size = ByteSize(tranche.bytes);
    format!("  {:<28} {size:>9}  {read}", tranche.name)
}

/// The command that brings the archive one step further.
fn next(counts: &Counts, snapshot: Option<&str>, plan: Option<&str>) -> &'static str {
    match (snapshot, plan) {
        (None, _) => "longplay import",
        (_, None) => "longplay plan --budget 50GB",
        _ if counts.receipts == 0 => "longplay intake DIR",
        _ if counts.staged > 0 => "longplay seal",
        _ if counts.released == 0 => "longplay release",
        _ => "longplay verify",
    }
}
