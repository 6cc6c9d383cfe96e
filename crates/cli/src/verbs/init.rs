use {
    crate::{arguments::Init, report::Report, session::Session},
    anyhow::{Result, bail},
    longplay_store::{
        Config, Home, Recovery, TrancheStore,
        spread::{Volumes, on_one_device, rule},
    },
    std::path::Path,
};

pub fn run(session: &Session, arguments: &Init) -> Result<()> {
    let config = config(session, arguments)?;
    Volumes::check_new(&session.root.as_path().into(), &config)?;
    let disks: Vec<&Path> = config.disks.iter().map(|disk| disk.as_path()).collect();
    if let Some((one, other)) = on_one_device(&disks).filter(|_| !arguments.allow_same_device) {
        bail!(
            "{} and {} are on one device and lost together; name folders on different disks, or \
             say --allow-same-device",
            one.display(),
            other.display()
        );
    }
    if !arguments.dry_run {
        Home::create_with(&session.root, &config, &session.stores(), session.clock())?;
    }
    session.print(&report(session, &config, arguments.dry_run));
    Ok(())
}

fn config(session: &Session, arguments: &Init) -> Result<Config> {
    let disks = arguments.disks.iter().map(|disk| session.disk(disk));
    let disks = disks.collect::<Result<Vec<_>>>()?;
    let (k, m) = match arguments.recovery {
        Some(geometry) => (geometry.k, geometry.m),
        None => rule::numbers_for(disks.len()),
    };
    Ok(Config {
        contact: arguments.contact.clone(),
        recovery: Recovery { k, m },
        pack_bytes: arguments.pack_size,
        tranche_bytes: arguments.tranche_size,
        disks,
        tranches: arguments.tranches.as_ref().map(|at| TrancheStore {
            at: at.to_string(),
            endpoint: arguments.endpoint.clone(),
            region: arguments.region.clone(),
        }),
        ..Config::new(&arguments.name)
    })
}

fn report(session: &Session, config: &Config, is_dry_run: bool) -> Report {
    let Recovery { k, m } = config.recovery;
    let made = if is_dry_run { "Would make" } else { "Made" };
    let report = Report::new(format!("{made} the archive “{}”.", config.name))
        .row("folder", session.root.display().to_string());
    let report = match &config.tranches {
        Some(store) => report.row("tranches_at", store.at.clone()),
        None => report,
    };
    let report = report.row(
        "recovery",
        format!(
            "{k}+{m}: any {m} of {} packs may be lost",
            u16::from(k) + u16::from(m)
        ),
    );
    spread(report, config)
        .bytes("pack_bytes", config.pack_bytes.0)
        .bytes("tranche_bytes", config.tranche_bytes.0)
        .closing("Next: longplay import")
}

/// What several disks are good for, and what it costs.
fn spread(report: Report, config: &Config) -> Report {
    let Recovery { k, m } = config.recovery;
    let files = u16::from(k) + u16::from(m);
    match config.disks.len() {
        0 => report,
        disks => report
            .row(
                "disks",
                format!(
                    "{disks}: any one may be lost, with up to {} of {files} packs",
                    rule::most_on_a_disk(files.into(), disks)
                ),
            )
            .share("recovery_share", f64::from(m) / f64::from(files)),
    }
}
