use {
    crate::{arguments::Reconcile, report::Report, session::Session},
    anyhow::Result,
    longplay_model::Difference,
    longplay_store::{ReconcilePlan, ReconcileSummary, plan_reconcile, reconcile, reconcile::tell},
};

pub fn run(session: &Session, arguments: &Reconcile) -> Result<()> {
    let home = session.open(!arguments.apply)?;
    let plan = plan_reconcile(&home, &session.watch)?;
    if !arguments.apply {
        tell(&plan, &session.watch);
        session.print(&compared(&plan)?);
        return Ok(());
    }
    let refusal = plan.refusal().filter(|_| !arguments.allow_difference);
    if let Some(refusal) = refusal {
        tell(&plan, &session.watch);
        return Err(refusal.into());
    }
    say_moves(session, &plan);
    let allow = arguments.allow_difference;
    let summary = reconcile(&home, &plan, allow, session.clock(), &session.watch)?;
    tell(&summary.after, &session.watch);
    session.print(&reconciled(&summary)?);
    Ok(())
}

fn say_moves(session: &Session, plan: &ReconcilePlan) {
    for step in &plan.moved {
        session.say(format_args!("move  {} to {}", step.from, step.to));
    }
}

fn compared(plan: &ReconcilePlan) -> Result<Report> {
    let title = match (plan.is_sound(), plan.absent.is_empty()) {
        (true, true) => "Everything that should be there is there.",
        (true, false) => "Everything is there but what is on disks that are not.",
        (false, _) => "Not everything is where it should be.",
    };
    let report = differences(Report::new(title), plan, plan.difference());
    let report = report.data("plan", serde_json::to_value(plan)?);
    Ok(match (plan.moved.is_empty(), plan.refusal()) {
        (true, _) if plan.is_sound() => report,
        (true, _) => report.closing("Next: longplay repair"),
        (false, None) => report.closing("Next: longplay reconcile --apply"),
        (false, Some(_)) => report
            .closing(
                "More than 1 % differs: look whether this is the right folder and all is there.",
            )
            .closing("Next: longplay reconcile --apply --allow-difference"),
    })
}

fn reconciled(summary: &ReconcileSummary) -> Result<Report> {
    let after = &summary.after;
    let title = match (after.is_sound(), summary.moved.is_empty()) {
        (true, _) if !after.absent.is_empty() => {
            "Everything is there but what is on disks that are not."
        }
        (true, true) => "Everything that should be there is there.",
        (true, false) => "Everything is in its place again.",
        (false, _) => "Not everything that should be there is there.",
    };
    let report = Report::new(title)
        .count("moved_back", summary.moved.len() as u64)
        .count("lost_before", summary.before.lost.files)
        .count("moved_before", summary.before.moved.files)
        .count("unknown_before", summary.before.unknown.files);
    let report = differences(report, &summary.after, summary.after.difference());
    let report = report.data("summary", serde_json::to_value(summary)?);
    Ok(match summary.after.is_sound() {
        true => report,
        false => report.closing("Next: longplay repair"),
    })
}

fn differences(report: Report, plan: &ReconcilePlan, difference: Difference) -> Report {
    let Difference {
        lost,
        moved,
        unknown,
    } = difference;
    report
        .count("expected", plan.expected.files)
        .bytes("expected_bytes", plan.expected.bytes)
        .count("lost", lost.files)
        .bytes("lost_bytes", lost.bytes)
        .count("moved", moved.files)
        .bytes("moved_bytes", moved.bytes)
        .count("on_absent_disks", plan.away.files)
        .bytes("on_absent_disks_bytes", plan.away.bytes)
        .count("unknown", unknown.files)
        .bytes("unknown_bytes", unknown.bytes)
}
