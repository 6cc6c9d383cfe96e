use {
    crate::{
        arguments::{AskPlan, MakePlan, Plan},
        report::Report,
        session::Session,
    },
    anyhow::{Context, Result, bail},
    longplay_catalog::{PlanMeta, PlanTable, PlanWriter, Snapshot, TrackDetails},
    longplay_model::{
        ByteSize, Candidate, Digest, Event, Isrc, Monitor, PlanRow, Timestamp, TrackId, Unit,
        grouped,
    },
    longplay_plan::{Budget, Policy, Totals, explain, picture, plan},
    longplay_store::Home,
    std::{fs, path::Path},
};

pub fn run(session: &Session, arguments: &Plan) -> Result<()> {
    match &arguments.ask {
        None => make(session, &arguments.make),
        Some(AskPlan::Explain { id }) => tell(session, id),
        Some(AskPlan::Curve { svg }) => curve(session, svg.as_deref()),
    }
}

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
        let policy_text = match &arguments.policy {
            None => Policy::standard_text().to_owned(),
            Some(typed) => {
                let path = session.path(typed);
                fs::read_to_string(&path)
                    .with_context(|| format!("cannot read the policy {}", path.display()))?
            }
        };
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

fn make(session: &Session, arguments: &MakePlan) -> Result<()> {
    let home = session.open(arguments.dry_run)?;
    let snapshot = newest_snapshot(&home)?;
    let terms = Terms::new(session, &home, arguments)?;
    let name = terms.name(snapshot.id());
    let is_there = PlanTable::open(&home.plans_dir(), &name).is_ok();
    let totals = match (arguments.dry_run, is_there) {
        (true, _) => walk(session, &snapshot, &terms, &mut |_| Ok(()))?,
        (false, true) => totals_of(&PlanTable::open(&home.plans_dir(), &name)?)?,
        (false, false) => write(session, &home, &snapshot, &terms, &name)?,
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

fn newest_snapshot(home: &Home) -> Result<Snapshot> {
    let snapshot = home
        .state()
        .last_snapshot()?
        .context("the catalog is empty; fill it with longplay import")?;
    Ok(Snapshot::open(&home.catalog_dir().join(snapshot))?)
}

fn write(
    session: &Session,
    home: &Home,
    snapshot: &Snapshot,
    terms: &Terms,
    name: &str,
) -> Result<Totals> {
    let mut writer = PlanWriter::create(&home.plans_dir(), name)?;
    let totals = walk(session, snapshot, terms, &mut |row| Ok(writer.push(&row)?))?;
    writer.finish(terms.meta(snapshot.id(), &totals)?)?;
    Ok(totals)
}

/// Plans; the first error of the catalog or of `sink` ends it.
fn walk(
    session: &Session,
    snapshot: &Snapshot,
    terms: &Terms,
    sink: &mut dyn FnMut(PlanRow) -> Result<()>,
) -> Result<Totals> {
    session
        .watch
        .begin("ordering", Some(snapshot.counts().tracks), Unit::Items);
    let mut unread = None;
    let mut unwritten = None;
    let candidates = snapshot
        .candidates()?
        .map_while(|candidate| candidate.map_err(|error| unread = Some(error)).ok())
        .take_while(|_| !session.watch.is_interrupted())
        .inspect(|_| session.watch.advance(1));
    let totals = plan(
        candidates,
        &terms.policy,
        &terms.budget,
        terms.seed,
        &mut |row| {
            if unwritten.is_none() {
                unwritten = sink(row).err();
            }
        },
    );
    if session.watch.is_interrupted() {
        bail!("the plan was interrupted");
    }
    match (unread, unwritten) {
        (Some(error), _) => Err(error.into()),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(totals),
    }
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
    Ok(PlanTable::open(&home.plans_dir(), &name)?)
}

fn totals_of(table: &PlanTable) -> Result<Totals> {
    let totals = table.meta().totals.clone();
    serde_json::from_value(totals)
        .with_context(|| format!("the totals of {} cannot be read", table.name()))
}

/// Explains every track that the id names.
fn tell(session: &Session, id: &str) -> Result<()> {
    let home = session.read()?;
    let table = newest_plan(&home)?;
    let meta = table.meta();
    let snapshot = Snapshot::open(&home.catalog_dir().join(&meta.catalog))?;
    let policy = Policy::parse(&meta.policy)?;
    let number = |key: &str| meta.budget[key].as_u64().unwrap_or_default();
    let budget = Budget {
        bytes: number("bytes"),
        k: u8::try_from(number("k")).unwrap_or(u8::MAX),
        m: u8::try_from(number("m")).unwrap_or(u8::MAX),
    };
    for track in named(&snapshot, id)? {
        let Some(row) = table.row_of(&track.track)? else {
            continue;
        };
        let candidate = candidate_of(&snapshot, &track)?;
        let text = explain(&row, &candidate, &policy, &budget);
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

fn candidate_of(snapshot: &Snapshot, track: &TrackDetails) -> Result<Candidate> {
    let place = usize::try_from(track.rank).context("the rank is beyond this machine")?;
    let candidate = snapshot.candidates()?.nth(place);
    Ok(candidate.context("the catalog is shorter than its index says")??)
}

fn curve(session: &Session, svg: Option<&Path>) -> Result<()> {
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
