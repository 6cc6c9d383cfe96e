use {
    crate::{
        arguments::Seal,
        report::Report,
        session::Session,
        verbs::plan::{PlannedTracks, newest_plan},
    },
    anyhow::Result,
    longplay_catalog::Snapshot,
    longplay_model::{Access, ByteSize, Monitor},
    longplay_store::{
        Home,
        disk::Location,
        names::{TrancheKind, TrancheName},
        seal::{Payload, SealPlan, SealRequest, SealSummary, execute, plan},
    },
    tempfile::TempDir,
};

/// What seals: stands in every bag.
const SOFTWARE: &str = concat!("longplay ", env!("CARGO_PKG_VERSION"));

pub fn run(session: &Session, arguments: &Seal) -> Result<()> {
    let home = session.open(arguments.dry_run)?;
    // Bags bear the date of the plan, so that the same plan gives the same bytes.
    let clock = newest_plan(&home)?.meta().clock;
    let tables = Tables::of(&home)?;
    let mut total = Total {
        estimated_bytes: estimated(&home)?,
        ..Total::default()
    };
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

/// What the plan thought that the staged recordings would take, recovery
/// included.
fn estimated(home: &Home) -> Result<u64> {
    let plan = PlannedTracks::open(home)?;
    let mut bytes = 0;
    for receipt in home.state().staged()? {
        let row = plan.find(&receipt.track, &receipt.recording)?;
        bytes += row.map_or(0, |row| row.bytes);
    }
    Ok(bytes)
}

fn is_audio(name: &str) -> bool {
    let name = name.parse::<TrancheName>();
    name.is_ok_and(|name| name.kind == TrancheKind::Audio)
}

/// The tables of the newest snapshot whose records may leave, written beside
/// the archive for as long as they are sealed.
struct Tables {
    files: Vec<(String, Location)>,
    /// Removed with the last look at the files.
    _folder: TempDir,
}

impl Tables {
    fn of(home: &Home) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let files = match home.state().last_snapshot()? {
            None => Vec::new(),
            Some(snapshot) => {
                let snapshot = Snapshot::open(&home.catalog_dir()?.join(snapshot))?;
                snapshot.open_tables(folder.path())?
            }
        };
        let named = files.into_iter().map(|path| {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            (name, path.into())
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
    /// Audio alone, as estimated and as it came out, recovery included.
    estimated_bytes: u64,
    audio_bytes: u64,
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
            let packs = tranche
                .stripes
                .iter()
                .map(|stripe| stripe.shards.len() as u64);
            self.packs += packs.sum::<u64>();
            if tranche.name.kind == TrancheKind::Audio {
                self.audio_bytes += tranche.payload.bytes + tranche.recovery.bytes;
            }
            self.tranches
                .push((tranche.name.to_string(), tranche.payload.bytes));
        }
    }

    fn did(&mut self, summary: SealSummary) {
        self.left_out += summary.left_out;
        self.emptied_bytes += summary.emptied_bytes;
        for tranche in summary.tranches {
            self.packs += tranche.packs;
            if is_audio(&tranche.name) {
                self.audio_bytes += tranche.bytes + tranche.recovery_bytes;
            }
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
        let names: Vec<&str> = self
            .tranches
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let mut report = Report::new(title)
            .count("tranches", self.tranches.len() as u64)
            .count("packs", self.packs)
            .bytes("payload_bytes", self.bytes)
            .bytes("recovery_bytes", self.recovery_bytes)
            .bytes("staging_emptied_bytes", self.emptied_bytes)
            .count("left_out", self.left_out)
            .data("names", names);
        if self.audio_bytes > 0 && self.estimated_bytes > 0 {
            report = report
                .bytes("audio_as_planned", self.estimated_bytes)
                .bytes("audio_with_recovery", self.audio_bytes);
        }
        let lines = self
            .tranches
            .iter()
            .map(|(name, bytes)| format!("  {name:<28} {:>9}", ByteSize(*bytes)));
        lines.fold(report, Report::closing)
    }
}
