//! How long do verifying and repairing take, part by part, with 0 to 4 packs of a stripe
//! lost? Seals what `stage` has put into the archive, if it is not sealed yet.
//!
//! ```sh
//! cargo run --release -p longplay-store --example stage -- DIR 2000000000 20000000
//! cargo run --release -p longplay-store --example mend -- DIR [WORKERS]
//! ```
//!
//! With the archive in memory (`/dev/shm`) and one worker, the rate of rebuilding is that
//! of a core.

use {
    longplay_model::{Finding, FixedClock, Monitor, Silent, Timestamp, Unit},
    longplay_store::{
        Home, Mode, TrancheReport, Unhurried, VerifyOptions,
        facts::Folders,
        plan_repair, repair,
        seal::{Payload, SealRequest, execute, plan},
        verify, with_workers,
    },
    std::{
        env,
        error::Error,
        fs,
        path::{Path, PathBuf},
        sync::Mutex,
        time::{Duration, Instant},
    },
};

const ROUNDS: usize = 5;

/// When each part of a job began.
struct Watch {
    parts: Mutex<Vec<(String, Instant)>>,
}

impl Watch {
    fn new() -> Self {
        let begun = ("beginning".to_owned(), Instant::now());
        Self {
            parts: Mutex::new(vec![begun]),
        }
    }

    /// How long each part took; parts of one name count together.
    fn parts(self) -> Vec<(String, Duration)> {
        let mut parts = self.parts.into_inner().expect("nobody panics here");
        parts.push(("end".to_owned(), Instant::now()));
        let mut took: Vec<(String, Duration)> = Vec::new();
        for pair in parts.windows(2) {
            let time = pair[1].1 - pair[0].1;
            match took.iter_mut().find(|(name, _)| *name == pair[0].0) {
                Some((_, sum)) => *sum += time,
                None => took.push((pair[0].0.clone(), time)),
            }
        }
        took
    }
}

impl Monitor for Watch {
    fn begin(&self, what: &str, _: Option<u64>, _: Unit) {
        let mut parts = self.parts.lock().expect("nobody panics here");
        parts.push((what.to_owned(), Instant::now()));
    }

    fn advance(&self, _: u64) {}

    fn finding(&self, _: Finding) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let (dir, workers) = match &words[..] {
        [dir] => (dir, usize::MAX),
        [dir, workers] => (dir, workers.parse()?),
        _ => return Err("mend DIR [WORKERS]".into()),
    };
    let home = Home::open(PathBuf::from(dir), Mode::Write, &Silent)?;
    seal(&home)?;
    with_workers(workers, || {
        (0..=4).try_for_each(|lost| measure(&home, lost))
    })
}

fn seal(home: &Home) -> Result<(), Box<dyn Error>> {
    let clock = FixedClock(Timestamp::from_unix_seconds(1_750_000_000));
    if home.state().counts()?.staged == 0 {
        return Ok(());
    }
    let request = SealRequest {
        clock: clock.0,
        payload: Payload::Staged,
        software: "longplay bench".into(),
    };
    let planned = plan(home, &request)?;
    execute(home, &planned, &clock, &Silent)?;
    Ok(())
}

fn measure(home: &Home, lost: usize) -> Result<(), Box<dyn Error>> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let survivors = lose(home, lost)?;
        rounds.push((round(home)?, survivors));
    }
    println!("{lost} lost");
    for at in 0..rounds[0].0.len() {
        let mut times: Vec<Duration> = rounds.iter().map(|(parts, _)| parts[at].1).collect();
        times.sort_unstable();
        let middle = times[ROUNDS / 2].as_secs_f64();
        let rate = rounds[0].1 as f64 / 1e9 / middle;
        println!("  {middle:8.3} s  {rate:8.2} GB/s  {}", rounds[0].0[at].0);
    }
    Ok(())
}

/// Removes some packs; gives the bytes of as many others as heal them.
fn lose(home: &Home, count: usize) -> Result<u64, Box<dyn Error>> {
    let sealed = home.state().sealed()?;
    let name = &sealed.first().ok_or("nothing is sealed")?.name;
    let packs = Path::new(home.tranches_dir().path())
        .join(name)
        .join("data/packs");
    let packs = fs::read_dir(packs)?.map(|entry| Ok(entry?.path()));
    let mut packs: Vec<PathBuf> = packs.collect::<Result<_, std::io::Error>>()?;
    packs.sort_unstable();
    let bytes = |path: &PathBuf| Ok(fs::metadata(path)?.len());
    let all: Vec<u64> = packs
        .iter()
        .map(bytes)
        .collect::<Result<_, std::io::Error>>()?;
    packs
        .iter()
        .skip(1)
        .take(count)
        .try_for_each(fs::remove_file)?;
    Ok(all.iter().sum())
}

/// Verifies and heals the first tranche; what each part of it took.
fn round(home: &Home) -> Result<Vec<(String, Duration)>, Box<dyn Error>> {
    let watch = Watch::new();
    let report = verify(home, &VerifyOptions::default(), &Unhurried, &watch)?;
    let mut parts = named("verify", watch);
    let report = report.tranches.first().ok_or("nothing is sealed")?;
    if report.is_sound() {
        return Ok(parts);
    }
    let watch = Watch::new();
    let planned = plan_repair(report);
    let summary = repair(&folders(home, report), &planned, None, &watch)?;
    if !summary.is_whole() {
        return Err("it was not healed".into());
    }
    parts.extend(named("repair", watch));
    Ok(parts)
}

fn named(job: &str, watch: Watch) -> Vec<(String, Duration)> {
    let parts = watch.parts();
    let all = parts.iter().map(|(_, time)| *time).sum();
    let parts = parts
        .into_iter()
        .map(|(name, time)| (format!("{job}: {name}"), time));
    parts.chain([(format!("{job}: all"), all)]).collect()
}

fn folders(home: &Home, report: &TrancheReport) -> Folders {
    let tranches = home.tranches_dir();
    Folders {
        data: tranches.join(&report.name),
        recovery: Some(tranches.join(format!("{}-recovery", report.name))),
        volumes: home.volumes().clone(),
    }
}
