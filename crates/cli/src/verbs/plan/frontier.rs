use {
    super::make::{newest_plan, newest_snapshot, policy_text, totals_of},
    crate::{arguments::FrontierArguments, report::Report, session::Session},
    anyhow::{Context, Result},
    longplay_catalog::PlanTable,
    longplay_plan::{Budget, Frontier, FrontierRow, Policy, frontier as work_out, picture},
    longplay_store::Home,
    std::{fs, path::Path},
};

/// Shows what the newest plan keeps, and what other budgets would.
pub fn curve(session: &Session, svg: Option<&Path>) -> Result<()> {
    let home = session.read()?;
    let table = newest_plan(&home)?;
    let totals = totals_of(&table)?;
    session.say(picture::text(&totals).trim_end());
    if let Some(typed) = svg {
        let path = session.path(typed);
        let title = format!("{}: listens covered", home.config().name);
        fs::write(&path, picture::svg(&totals, &title))
            .with_context(|| format!("cannot write {}", path.display()))?;
        session.say(format_args!("Picture: {}", typed.display()));
    }
    if session.is_json {
        session.print(&Report::new("").data("curve", serde_json::to_value(&totals.curve)?));
    }
    Ok(())
}

/// Shows what budgets cover by the levels of a policy, and by the value of
/// listens for bytes.
pub fn frontier(session: &Session, arguments: &FrontierArguments) -> Result<()> {
    let home = session.read()?;
    let snapshot = newest_snapshot(&home)?;
    let typed = arguments.policy.as_deref();
    let text = policy_text(session, Some(typed.unwrap_or(Path::new("optimal"))))?;
    let recovery = home.config().recovery;
    let budget = Budget {
        bytes: 0,
        k: recovery.k,
        m: recovery.m,
    };
    let source = snapshot.candidates(&session.watch);
    let frontier = work_out(&source, &Policy::parse(&text)?, &budget)?;
    let rows = table(&home, &frontier, arguments);
    if session.is_json {
        let report = Report::new("").data("rows", serde_json::to_value(&rows)?);
        session.print(&report.data("frontier", serde_json::to_value(&frontier)?));
        return write_svg(session, &home, &frontier, arguments.svg.as_deref());
    }
    session.say(picture::frontier_text(&frontier).trim_end());
    session.say(picture::frontier_table(&rows).trim_end());
    write_svg(session, &home, &frontier, arguments.svg.as_deref())
}

/// Equal steps, and the budget that was asked for or planned with.
fn table(home: &Home, frontier: &Frontier, arguments: &FrontierArguments) -> Vec<FrontierRow> {
    let planned = || {
        let name = home.state().last_plan().ok().flatten()?;
        let plan = PlanTable::open(&home.plans_dir().ok()?, &name).ok()?;
        plan.meta().budget["bytes"].as_u64()
    };
    let asked = arguments.budget.map(|it| it.0).or_else(planned);
    let mut rows = frontier.table(10);
    rows.extend(
        asked
            .filter(|bytes| *bytes <= frontier.wanted_bytes)
            .map(|bytes| frontier.row(bytes)),
    );
    rows.sort_by_key(|row| row.budget);
    rows.dedup_by_key(|row| row.budget);
    rows
}

fn write_svg(
    session: &Session,
    home: &Home,
    frontier: &Frontier,
    svg: Option<&Path>,
) -> Result<()> {
    let Some(typed) = svg else {
        return Ok(());
    };
    let path = session.path(typed);
    let title = format!("{}: bytes and listens", home.config().name);
    fs::write(&path, picture::frontier_svg(frontier, &title))
        .with_context(|| format!("cannot write {}", path.display()))?;
    session.say(format_args!("Picture: {}", typed.display()));
    Ok(())
}
