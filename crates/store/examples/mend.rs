//! How long do verifying and repairing take, part by part, with 0 to 4 packs of a stripe
//! lost? Seals what `stage` has put into the archive, if it is not sealed yet.
//!
//! ```sh
//! cargo run --release -p longplay-store --example stage -- DIR 2000000000 20000000
//! cargo run --release -p longplay-store --example mend -- DIR [WORKERS [looked]]
//! ```
//!
//! A repair looks at the survivors of a stripe itself; with `looked`, verifying has done it
//! before.
//!
//! Rates are bytes of the packs that are left or were, k of them, a second of processor
//! time: what one core does. Times are medians, processor times means of all rounds.

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
        time::Instant,
    },
};

const ROUNDS: usize = 5;

/// When a part of a job began, by the clock and by processor time.
struct Begun {
    name: String,
    at: Instant,
    cpu: f64,
}

impl Begun {
    fn now(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            at: Instant::now(),
            cpu: processor_seconds().unwrap_or(0.0),
        }
    }
}

/// Of all threads so far, in steps of a hundredth.
fn processor_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<f64>);
    ticks
        .sum::<Result<f64, _>>()
        .ok()
        .map(|ticks| ticks / 100.0)
}

/// What a part of a job took.
struct Part {
    name: String,
    seconds: f64,
    cpu: f64,
}

struct Watch {
    parts: Mutex<Vec<Begun>>,
}

impl Watch {
    fn new() -> Self {
        Self {
            parts: Mutex::new(vec![Begun::now("beginning")]),
        }
    }

    /// What each part took; those of one name count together.
    fn parts(self, job: &str) -> Vec<Part> {
        let mut begun = self.parts.into_inner().expect("nobody panics here");
        begun.push(Begun::now("end"));
        let mut parts: Vec<Part> = Vec::new();
        for pair in begun.windows(2) {
            let name = format!("{job}: {}", pair[0].name);
            let (seconds, cpu) = (
                (pair[1].at - pair[0].at).as_secs_f64(),
                pair[1].cpu - pair[0].cpu,
            );
            match parts.iter_mut().find(|part| part.name == name) {
                Some(part) => (part.seconds, part.cpu) = (part.seconds + seconds, part.cpu + cpu),
                None => parts.push(Part { name, seconds, cpu }),
            }
        }
        parts.push(Part {
            name: format!("{job}: all"),
            seconds: parts.iter().map(|part| part.seconds).sum(),
            cpu: parts.iter().map(|part| part.cpu).sum(),
        });
        parts
    }
}

impl Monitor for Watch {
    fn begin(&self, what: &str, _: Option<u64>, _: Unit) {
        let mut parts = self.parts.lock().expect("nobody panics here");
        parts.push(Begun::now(what));
    }

    fn advance(&self, _: u64) {}

    fn finding(&self, _: Finding) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let (dir, workers, to_repair) = match &words[..] {
        [dir] => (dir, usize::MAX, true),
        [dir, workers] => (dir, workers.parse()?, true),
        [dir, workers, looked] if looked == "looked" => (dir, workers.parse()?, false),
        _ => return Err("mend DIR [WORKERS [looked]]".into()),
    };
    let options = VerifyOptions {
        to_repair,
        ..VerifyOptions::default()
    };
    let home = Home::open(PathBuf::from(dir), Mode::Write, &Silent)?;
    seal(&home)?;
    // Heals what a killed run has lost, and warms up.
    round(&home, &options)?;
    with_workers(workers, || {
        (0..=4).try_for_each(|lost| measure(&home, lost, &options))
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

fn measure(home: &Home, lost: usize, options: &VerifyOptions) -> Result<(), Box<dyn Error>> {
    let (mut rounds, mut bytes) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        bytes = lose(home, lost)?;
        rounds.push(round(home, options)?);
    }
    println!("{lost} lost");
    for (at, part) in rounds[0].iter().enumerate() {
        let mut times: Vec<f64> = rounds.iter().map(|parts| parts[at].seconds).collect();
        times.sort_unstable_by(f64::total_cmp);
        let cpu = rounds.iter().map(|parts| parts[at].cpu).sum::<f64>() / ROUNDS as f64;
        let rate = bytes as f64 / 1e9 / cpu;
        let middle = times[ROUNDS / 2];
        println!(
            "  {middle:8.3} s  {cpu:8.3} s of a core  {rate:8.2} GB/s  {}",
            part.name
        );
    }
    Ok(())
}

/// Removes some packs; gives the bytes of all, which are those of the survivors that are
/// read.
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

/// Verifies the first tranche and heals it; what each part of it took.
fn round(home: &Home, options: &VerifyOptions) -> Result<Vec<Part>, Box<dyn Error>> {
    let watch = Watch::new();
    let report = verify(home, options, &Unhurried, &watch)?;
    let mut parts = watch.parts("verify");
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
    parts.extend(watch.parts("repair"));
    Ok(parts)
}

fn folders(home: &Home, report: &TrancheReport) -> Folders {
    let tranches = home.tranches_dir();
    Folders {
        data: tranches.join(&report.name),
        recovery: Some(tranches.join(format!("{}-recovery", report.name))),
        volumes: home.volumes().clone(),
    }
}
