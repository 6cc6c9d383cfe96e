use {
    crate::{arguments::Release, report::Report, session::Session},
    anyhow::Result,
    longplay_model::{ByteSize, Monitor},
    longplay_release::{ReleaseOptions, ReleasePlan, ReleaseSummary, plan, release},
};

pub fn run(session: &Session, arguments: &Release) -> Result<()> {
    let home = session.open(arguments.dry_run)?;
    let to = match &arguments.to {
        Some(to) => session.path(to),
        None => home.public_dir()?,
    };
    let options = ReleaseOptions {
        base_url: arguments.base_url.clone(),
        trackers: arguments.trackers.clone(),
        rehash: arguments.rehash,
        ..ReleaseOptions::new(to, session.clock().now())
    };
    let planned = plan(&home, &options)?;
    if arguments.dry_run {
        session.print(&would_release(session, &planned)?);
        return Ok(());
    }
    let summary = release(&home, &planned, &options, session.clock(), &session.watch)?;
    session.print(&released(&summary, &options)?);
    Ok(())
}

fn would_release(session: &Session, planned: &ReleasePlan) -> Result<Report> {
    for held in &planned.held {
        session.watch.finding(held.finding.clone());
    }
    let report = Report::new("Would release, in this order:")
        .count("released", planned.tranches.len() as u64)
        .bytes("payload_bytes", planned.bytes())
        .bytes("recovery_bytes", planned.recovery_bytes())
        .count("held_back", planned.held.len() as u64)
        .data("plan", serde_json::to_value(planned)?);
    let lines = planned
        .tranches
        .iter()
        .map(|it| line(&it.name, it.phase, it.bytes));
    Ok(lines.fold(report, Report::closing))
}

fn released(summary: &ReleaseSummary, options: &ReleaseOptions) -> Result<Report> {
    let report = Report::new("Released what may leave:")
        .row("folder", options.to.display().to_string())
        .count("released", summary.released.len() as u64)
        .count("items", summary.records)
        .bytes("payload_bytes", summary.bytes)
        .bytes("recovery_bytes", summary.recovery_bytes)
        .count("held_back", summary.held.len() as u64)
        .count("refused", summary.refused.len() as u64)
        .data("details", serde_json::to_value(summary)?);
    let lines = summary
        .released
        .iter()
        .map(|it| line(&it.name, &it.phase, it.bytes));
    Ok(lines.fold(report, Report::closing))
}

fn line(name: &str, phase: &str, bytes: u64) -> String {
    format!("  {name:<28} {phase:<9} {:>9}", ByteSize(bytes))
}
