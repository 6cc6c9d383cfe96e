use {
    crate::{arguments::Repair, report::Report, session::Session, verbs::verify::chosen},
    anyhow::Result,
    longplay_model::{Monitor, Quiet},
    longplay_objects::{Address, disk::BucketDisk},
    longplay_release::{Mirror, is_address},
    longplay_store::{
        Donor, FolderDonor, Home, RepairPlan, RepairSummary, TrancheReport, TrancheStore,
        Unhurried, VerifyOptions, disk::Location, facts::Folders, leave_no_empty, make_room,
        plan_repair, repair, verify,
    },
    std::path::{Path, PathBuf},
};

pub fn run(session: &Session, arguments: &Repair) -> Result<()> {
    let mut home = session.open(arguments.dry_run)?;
    let links = ready(session, &mut home, arguments)?;
    let options = chosen(&arguments.tranches);
    let donor = arguments.from.as_deref().map(|from| donor(session, from));
    let donor = donor.transpose()?;
    if arguments.dry_run {
        let verified = verify(&home, &options, &Unhurried, &session.watch)?;
        let plans = verified.tranches.iter().map(|it| planned(it, arguments));
        let plans: Vec<RepairPlan> = plans.collect();
        say_plans(session, &plans);
        session.print(&would_repair(&plans)?);
        return Ok(());
    }
    let made = match arguments.from {
        Some(_) => make_room(&home, options.tranches.as_deref())?,
        None => Vec::new(),
    };
    let options = VerifyOptions {
        to_repair: true,
        ..options
    };
    let verified = verify(&home, &options, &Unhurried, &Quiet(&session.watch))?;
    let mut done = Vec::new();
    for tranche in &verified.tranches {
        let planned = planned(tranche, arguments);
        done.extend(heal(session, &home, tranche, &planned, donor.as_deref())?);
    }
    leave_no_empty(&made)?;
    session.print(&repaired(&done, links)?);
    Ok(())
}

/// Disks are given up and taken into use as told; all that then belong to the
/// archive have to be there. Gives the number of links that were made anew.
fn ready(session: &Session, home: &mut Home, arguments: &Repair) -> Result<u64> {
    let disk = |typed: &Option<PathBuf>| typed.as_deref().map(|it| session.disk(it)).transpose();
    let (lost, new) = (disk(&arguments.lost_disk)?, disk(&arguments.new_disk)?);
    if arguments.dry_run {
        if let Some(lost) = &lost {
            home.regard_as_lost(lost)?;
        }
        home.volumes().complete()?;
        return Ok(0);
    }
    home.exchange_disk(lost.as_deref(), new.as_deref())?;
    home.volumes().complete()?;
    Ok(home.relink()?)
}

fn planned(tranche: &TrancheReport, arguments: &Repair) -> RepairPlan {
    let plan = plan_repair(tranche);
    match arguments.from {
        Some(_) => plan.with_another_copy(),
        None => plan,
    }
}

/// The other copy: on the web, in a bucket, or in a folder.
fn donor(session: &Session, from: &str) -> Result<Box<dyn Donor>> {
    if is_address(from) {
        return Ok(Box::new(Mirror::new(from)));
    }
    let folder = match Address::is_meant(from) {
        true => bucket(session, from)?,
        false => session.path(Path::new(from)).into(),
    };
    Ok(Box::new(FolderDonor::new(folder)?))
}

/// Another bucket, at the endpoint that the environment names.
fn bucket(session: &Session, at: &str) -> Result<Location> {
    let store = TrancheStore {
        at: at.to_owned(),
        endpoint: None,
        region: None,
    };
    let bucket = session.stores().open(&store)?;
    // Nothing is written there.
    Ok(BucketDisk::at(
        bucket,
        &session.root.join("staging/objects"),
    ))
}

/// Heals one tranche; nothing when there is nothing to do. What no plan can
/// heal is told as it was found.
fn heal(
    session: &Session,
    home: &Home,
    tranche: &TrancheReport,
    planned: &RepairPlan,
    donor: Option<&dyn Donor>,
) -> Result<Option<RepairSummary>> {
    if planned.is_empty() && planned.lost.is_empty() {
        tranche
            .damage()
            .for_each(|finding| session.watch.finding(finding.clone()));
        return Ok(None);
    }
    say_plans(session, std::slice::from_ref(planned));
    let tranches = home.tranches_dir();
    let folders = Folders {
        data: tranches.join(&tranche.name),
        recovery: Some(tranches.join(format!("{}-recovery", tranche.name))),
        volumes: home.volumes().clone(),
    };
    let summary = repair(&folders, planned, donor, &session.watch)?;
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
    let shifted: u64 = plans.iter().map(|plan| plan.shifts.len() as u64).sum();
    let report = match shifted {
        0 => report,
        count => report.count("to_another_disk", count),
    };
    let fetched: u64 = plans.iter().map(RepairPlan::bytes_to_fetch).sum();
    let report = match fetched {
        0 => report,
        bytes => report.bytes("fetched_bytes", bytes),
    };
    Ok(report.data("plans", serde_json::to_value(plans)?))
}

fn repaired(done: &[RepairSummary], links: u64) -> Result<Report> {
    let title = match done.iter().all(RepairSummary::is_whole) {
        true if done.is_empty() && links > 0 => "Repaired: links to files on the disks were lost.",
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
    let shifted: u64 = sum(|it| it.shifted.len());
    let meanwhile = sum(|it| it.found_meanwhile.len());
    let report = [
        ("to_another_disk", shifted),
        ("damage_found_meanwhile", meanwhile),
        ("links", links),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .fold(report, |report, (key, count)| report.count(key, count));
    let report = report.naming("Lost:", done.iter().flat_map(|it| &it.lost_items));
    Ok(report.data("tranches", serde_json::to_value(done)?))
}
