use {
    crate::{arguments::Repair, report::Report, session::Session, verbs::verify::chosen},
    anyhow::Result,
    longplay_model::{Monitor, Quiet},
    longplay_store::{Home, RepairPlan, RepairSummary, TrancheReport, plan_repair, repair, verify},
};

pub fn run(session: &Session, arguments: &Repair) -> Result<()> {
    let home = session.open(arguments.dry_run)?;
    let options = chosen(&arguments.tranches);
    if arguments.dry_run {
        let verified = verify(&home, &options, &session.watch)?;
        let plans: Vec<RepairPlan> = verified.tranches.iter().map(plan_repair).collect();
        say_plans(session, &plans);
        session.print(&would_repair(&plans)?);
        return Ok(());
    }
    let verified = verify(&home, &options, &Quiet(&session.watch))?;
    let mut done = Vec::new();
    for tranche in &verified.tranches {
        done.extend(heal(session, &home, tranche)?);
    }
    session.print(&repaired(&done)?);
    Ok(())
}

/// Heals one tranche; nothing when there is nothing to do. What no plan can
/// heal is told as it was found.
fn heal(session: &Session, home: &Home, tranche: &TrancheReport) -> Result<Option<RepairSummary>> {
    let planned = plan_repair(tranche);
    if planned.is_empty() && planned.lost.is_empty() {
        tranche
            .damage()
            .for_each(|finding| session.watch.finding(finding.clone()));
        return Ok(None);
    }
    say_plans(session, std::slice::from_ref(&planned));
    let folder = home.tranches_dir().join(&tranche.name);
    let recovery = home
        .tranches_dir()
        .join(format!("{}-recovery", tranche.name));
    let summary = repair(&folder, Some(&recovery), &planned, &session.watch)?;
    if let Some(event) = summary.event() {
        home.record(event, session.clock())?;
    }
    Ok(Some(summary))
}

fn say_plans(session: &Session, plans: &[RepairPlan]) {
    for planned in plans.iter().filter(|planned| !planned.is_empty()) {
        session.say(planned);
    }
}

fn would_repair(plans: &[RepairPlan]) -> Result<Report> {
    let rebuilds = plans.iter().map(|plan| plan.rebuilds.len() as u64).sum();
    let report = Report::new("Would repair:")
        .count("packs_to_rebuild", rebuilds)
        .count(
            "small_files",
            plans.iter().map(|plan| plan.rewrites.len() as u64).sum(),
        )
        .count(
            "names",
            plans.iter().map(|plan| plan.moves.len() as u64).sum(),
        )
        .bytes("rebuilt_bytes", plans.iter().map(RepairPlan::bytes).sum())
        .count(
            "beyond_recovery",
            plans.iter().map(|plan| plan.lost.len() as u64).sum(),
        );
    Ok(report.data("plans", serde_json::to_value(plans)?))
}

fn repaired(done: &[RepairSummary]) -> Result<Report> {
    let title = match done.iter().all(RepairSummary::is_whole) {
        _ if done.is_empty() => "Nothing needed repair.",
        true => "Repaired: everything is as it was sealed.",
        false => "Repaired what can be; some of it is beyond recovery.",
    };
    let sum = |count: fn(&RepairSummary) -> usize| done.iter().map(|it| count(it) as u64).sum();
    let report = Report::new(title)
        .count("packs_healed", sum(|it| it.healed.len()))
        .count("partly_healed", sum(|it| it.partly.len()))
        .count("small_files", sum(|it| it.rewritten.len()))
        .count("names", sum(|it| it.renamed.len()))
        .bytes(
            "written_bytes",
            done.iter().map(|it| it.bytes_written).sum(),
        )
        .count("beyond_recovery", sum(|it| it.lost.len()));
    Ok(report.data("tranches", serde_json::to_value(done)?))
}
