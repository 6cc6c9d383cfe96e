use {
    crate::{arguments::MakePlan, report::Report, session::Session},
    anyhow::{Context, Result, bail},
    longplay_catalog::{PlanMeta, PlanTable, Snapshot, write_plan},
    longplay_model::{ByteSize, Digest, Event, Timestamp, grouped},
    longplay_plan::{Budget, Planned, Policy, Totals, plan_columns},
    longplay_store::Home,
    std::{fs, path::Path},
};

/// All that decides what a plan says.
struct Terms {
    policy_text: String,
    policy: Policy,
    budget: Budget,
    clock: Timestamp,
    seed: u64,
}

impl Terms {
    fn new(session: &Session, home: &Home, arguments: &MakePlan) -> Result<Self> {
        let policy_text = policy_text(session, arguments.policy.as_deref())?;
        let recovery = home.config().recovery;
        Ok(Self {
            policy: Policy::parse(&policy_text)?,
            policy_text,
            budget: Budget {
                bytes: arguments.budget.unwrap_or(ByteSize(0)).0,
                k: recovery.k,
                m: recovery.m,
            },
            clock: arguments.clock.unwrap_or_else(|| session.clock().now()),
            seed: arguments.seed,
        })
    }

    /// A name that follows from the terms, so that the same plan is made once.
    fn name(&self, snapshot: &str) -> String {
        let Budget { bytes, k, m } = self.budget;
        let Self {
            policy_text,
            clock,
            seed,
            ..
        } = self;
        let text = format!("{snapshot}\n{bytes} {k} {m}\n{clock} {seed}\n{policy_text}");
        format!("plan-{}", &Digest::of(text.as_bytes()).to_string()[..16])
    }

    fn meta(&self, snapshot: &str, totals: &Totals) -> Result<PlanMeta> {
        let Budget { bytes, k, m } = self.budget;
        Ok(PlanMeta {
            catalog: snapshot.to_owned(),
            policy: self.policy_text.clone(),
            budget: serde_json::json!({ "bytes": bytes, "k": k, "m": m }),
            clock: self.clock,
            seed: self.seed,
            totals: serde_json::to_value(totals)?,
            curve: totals.curve.points.clone(),
        })
    }
}

/// The text of the policy in this file, or of this name where there is no such
/// file; without either, of the standard policy.
pub fn policy_text(session: &Session, typed: Option<&Path>) -> Result<String> {
    let Some(typed) = typed else {
        return Ok(Policy::standard_text().to_owned());
    };
    let path = session.path(typed);
    let known = typed.to_str().and_then(Policy::text_of);
    match known.filter(|_| !path.exists()) {
        Some(text) => Ok(text.to_owned()),
        None if !path.exists() => bail!(
            "there is no policy {}: it is neither a file nor one of {}",
            typed.display(),
            Policy::NAMES.join(", ")
        ),
        None => fs::read_to_string(&path)
            .with_context(|| format!("cannot read the policy {}", path.display())),
    }
}

pub fn make(session: &Session, arguments: &MakePlan) -> Result<()> {
    let home = session.open(arguments.dry_run)?;
    let snapshot = newest_snapshot(&home)?;
    let terms = Terms::new(session, &home, arguments)?;
    let name = terms.name(snapshot.id());
    let plans = home.plans_dir()?;
    let is_there = PlanTable::open(&plans, &name).is_ok();
    let totals = match (arguments.dry_run, is_there) {
        (false, true) => totals_of(&PlanTable::open(&plans, &name)?)?,
        (is_dry_run, _) => {
            let planned = planned(session, &snapshot, &terms)?;
            let totals = planned.totals().clone();
            if !is_dry_run {
                let meta = terms.meta(snapshot.id(), &totals)?;
                write_plan(&plans, &name, &planned, meta)?;
            }
            totals
        }
    };
    let is_newest = home.state().last_plan()?.as_deref() == Some(&name);
    if !arguments.dry_run && !is_newest {
        let event = Event::Plan {
            plan: name.clone(),
            catalog: snapshot.id().to_owned(),
        };
        home.record(event, session.clock())?;
    }
    session.print(&report(&name, &totals, arguments.dry_run)?);
    Ok(())
}

pub fn newest_snapshot(home: &Home) -> Result<Snapshot> {
    let snapshot = home
        .state()
        .last_snapshot()?
        .context("the catalog is empty; fill it with longplay import")?;
    Ok(Snapshot::open(&home.catalog_dir()?.join(snapshot))?)
}

fn planned(session: &Session, snapshot: &Snapshot, terms: &Terms) -> Result<Planned> {
    let source = snapshot.candidates(&session.watch);
    let Terms { policy, budget, .. } = terms;
    Ok(plan_columns(&source, policy, budget, terms.seed)?)
}

fn report(name: &str, totals: &Totals, is_dry_run: bool) -> Result<Report> {
    let title = match is_dry_run {
        true => "Would plan:".to_owned(),
        false => format!("Planned: {name}"),
    };
    let report = Report::new(title)
        .count("candidates", totals.candidates)
        .count("files_to_keep", totals.kept)
        .bytes("estimated_bytes", totals.bytes)
        .bytes("budget_bytes", totals.budget_bytes)
        .share("listens_covered", totals.share())
        .data("totals", serde_json::to_value(totals)?);
    let forms = totals.forms.iter().map(|(form, it)| {
        let size = ByteSize(it.bytes);
        format!(
            "  {:<20} {:>11}  {size:>9}",
            format!("as {form}"),
            grouped(it.rows)
        )
    });
    let reasons = totals.reasons.iter().map(|(reason, rows)| {
        format!(
            "  {:<20} {:>11}",
            reason.name().replace('-', " "),
            grouped(*rows)
        )
    });
    Ok(forms
        .chain(reasons)
        .fold(report, Report::closing)
        .closing("Next: longplay intake DIR"))
}

/// The plan that was made last.
pub fn newest_plan(home: &Home) -> Result<PlanTable> {
    let name = home
        .state()
        .last_plan()?
        .context("there is no plan yet; make one with longplay plan --budget SIZE")?;
    Ok(PlanTable::open(&home.plans_dir()?, &name)?)
}

pub fn totals_of(table: &PlanTable) -> Result<Totals> {
    let totals = table.meta().totals.clone();
    serde_json::from_value(totals)
        .with_context(|| format!("the totals of {} cannot be read", table.name()))
}
