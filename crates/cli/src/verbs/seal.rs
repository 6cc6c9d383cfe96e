use {
    crate::{arguments::Seal, report::Report, session::Session},
    anyhow::{Context, Result},
    longplay_catalog::{PlanTable, Snapshot},
    longplay_model::{Access, ByteSize, Monitor, Timestamp},
    longplay_store::{
        Home,
        seal::{Payload, SealPlan, SealRequest, SealSummary, execute, plan},
    },
    std::path::PathBuf,
    tempfile::TempDir,
};

/// What seals: stands in every bag.
const SOFTWARE: &str = concat!("longplay ", env!("CARGO_PKG_VERSION"));

pub fn run(session: &Session, arguments: &Seal) -> Result<()> {
    let home = session.open(arguments.dry_run)?;
    let clock = clock(&home)?;
    let tables = Tables::of(&home)?;
    let mut total = Total::default();
    let metadata = Payload::Files {
        access: Access::Open,
        files: tables.files.clone(),
    };
    for payload in [metadata, Payload::Staged] {
        let request = SealRequest {
            clock,
            payload,
            software: SOFTWARE.to_owned(),
        };
        let planned = plan(&home, &request)?;
        match arguments.dry_run {
            true => total.would(session, &planned),
            false => total.did(execute(&home, &planned, session.clock(), &session.watch)?),
        }
    }
    session.print(&total.report(arguments.dry_run));
    Ok(())
}

/// The clock of the newest plan, which bags bear as their date.
fn clock(home: &Home) -> Result<Timestamp> {
    let plan = home
        .state()
        .last_plan()?
        .context("there is no plan yet; make one with longplay plan --budget SIZE")?;
    Ok(PlanTable::open(&home.plans_dir(), &plan)?.meta().clock)
}

/// The tables of the newest snapshot whose records may leave, written beside
/// the archive for as long as they are sealed.
struct Tables {
    files: Vec<(String, PathBuf)>,
    /// Removed with the last look at the files.
    _folder: TempDir,
}

impl Tables {
    fn of(home: &Home) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let files = match home.state().last_snapshot()? {
            None => Vec::new(),
            Some(snapshot) => {
                let snapshot = Snapshot::open(&home.catalog_dir().join(snapshot))?;
                snapshot.open_tables(folder.path())?
            }
        };
        let named = files.into_iter().map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, path)
        });
        Ok(Self {
            files: named.collect(),
            _folder: folder,
        })
    }
}

/// Both sealings, of metadata and of what is staged, in numbers.
#[derive(Default)]
struct Total {
    packs: u64,
    bytes: u64,
    recovery_bytes: u64,
    emptied_bytes: u64,
    left_out: u64,
    tranches: Vec<(String, u64)>,
}

impl Total {
    fn would(&mut self, session: &Session, planned: &SealPlan) {
        for finding in &planned.findings {
            session.watch.finding(finding.clone());
        }
        self.left_out += planned.findings.len() as u64;
        self.bytes += planned.bytes();
        self.recovery_bytes += planned.recovery_bytes();
        for tranche in &planned.tranches {
            let packs = tranche.stripes.iter().map(|stripe| stripe.shards.len() as u64);
            self.packs += packs.sum::<u64>();
            self.tranches.push((tranche.name.to_string(), tranche.payload.bytes));
        }
    }

    fn did(&mut self, summary: SealSummary) {
        self.left_out += summary.left_out;
        self.emptied_bytes += summary.emptied_bytes;
        for tranche in summary.tranches {
            self.packs += tranche.packs;
            self.bytes += tranche.bytes;
            self.recovery_bytes += tranche.recovery_bytes;
            self.tranches.push((tranche.name, tranche.bytes));
        }
    }

    fn report(&self, is_dry_run: bool) -> Report {
        let title = match (self.tranches.is_empty(), is_dry_run) {
            (true, _) => "Nothing waits to be sealed.",
            (false, true) => "Would seal:",
            (false, false) => "Sealed, read back and found whole:",
        };
        let names: Vec<&str> = self.tranches.iter().map(|(name, _)| name.as_str()).collect();
        let report = Report::new(title)
            .count("tranches", self.tranches.len() as u64)
            .count("packs", self.packs)
            .bytes("tranche_bytes", self.bytes)
            .bytes("recovery_bytes", self.recovery_bytes)
            .bytes("staging_emptied_bytes", self.emptied_bytes)
            .count("left_out", self.left_out)
            .data("names", names);
        let lines = self.tranches.iter().map(|(name, bytes)| format!("  {name:<28} {:>9}", ByteSize(*bytes)));
        lines.fold(report, Report::closing)
    }
}
