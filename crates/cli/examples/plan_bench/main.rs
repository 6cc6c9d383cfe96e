//! Plans so many synthetic candidates, without a catalog, and says what it took.
//!
//! ```text
//! cargo run --release -p longplay --example plan_bench -- 256039007 --budget 300TB --out scratch
//! ```
//!
//! Options: `--budget SIZE` (all that is wanted, without), `--policy` FILE or
//! `standard`, `reference` (without), `optimal`; `--curve luminate` (without) or
//! `archive`; `--out DIR` writes the plan there; `--export FILE` writes the
//! candidates as Parquet; `--frontier` works that out as well. The answer is one
//! JSON object: seconds of the plan with and without those of making the
//! candidates, which happens anew for each reading, peak of memory, bytes a row.

mod shape;

use {
    anyhow::{Context, Result, bail, ensure},
    longplay_catalog::{PlanMeta, write_candidates, write_plan},
    longplay_model::{ByteSize, CandidateColumns, Candidates, Timestamp},
    longplay_plan::{Budget, Planned, Policy, frontier, plan_columns},
    serde_json::{Map, Value, json},
    shape::{Curve, Shape},
    std::{convert::Infallible, env, fs, path::PathBuf, time::Instant},
};

struct Options {
    rows: u32,
    budget: Budget,
    policy: String,
    curve: Curve,
    out: Option<PathBuf>,
    export: Option<PathBuf>,
    is_frontier: bool,
}

impl Options {
    fn parse(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut arguments = arguments.peekable();
        let rows = arguments.next().context("the number of candidates")?;
        let mut options = Self {
            rows: rows.parse()?,
            budget: Budget {
                bytes: u64::MAX,
                k: 20,
                m: 4,
            },
            policy: Policy::reference_text().to_owned(),
            curve: Curve::Luminate,
            out: None,
            export: None,
            is_frontier: false,
        };
        while let Some(option) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{option} what?"));
            match option.as_str() {
                "--budget" => options.budget.bytes = value()?.parse::<ByteSize>()?.0,
                "--policy" => options.policy = policy(&value()?)?,
                "--curve" => options.curve = Curve::named(&value()?).context("no such curve")?,
                "--out" => options.out = Some(value()?.into()),
                "--export" => options.export = Some(value()?.into()),
                "--frontier" => options.is_frontier = true,
                _ => bail!("no option {option}"),
            }
        }
        Ok(options)
    }
}

fn policy(typed: &str) -> Result<String> {
    match Policy::text_of(typed) {
        Some(text) => Ok(text.to_owned()),
        None => fs::read_to_string(typed).with_context(|| typed.to_owned()),
    }
}

fn main() -> Result<()> {
    let options = Options::parse(env::args().skip(1))?;
    let policy = Policy::parse(&options.policy)?;
    let source = Shape::new(options.rows, options.curve);
    let mut told = Map::new();
    told.insert("candidates".into(), options.rows.into());

    if let Some(path) = &options.export {
        let seconds = timed(&mut || {
            write_candidates(path, options.rows, &|rows| source.batch(rows))?;
            Ok(())
        })?;
        told.insert("export_seconds".into(), seconds.into());
    }
    let making = timed(&mut || {
        for columns in [
            CandidateColumns::Order,
            CandidateColumns::Size,
            CandidateColumns::Listens,
        ] {
            let Ok::<_, Infallible>(()) = source.each(columns, &mut |_| {});
        }
        Ok(())
    })?;
    let mut planned = None;
    let seconds = timed(&mut || {
        let Ok::<_, Infallible>(plan) = plan_columns(&source, &policy, &options.budget, 0);
        planned = Some(plan);
        Ok(())
    })?;
    let planned = planned.context("the plan was made")?;
    told.insert("plan_seconds".into(), seconds.into());
    told.insert("of_these_making_candidates".into(), making.into());
    if let Some(out) = &options.out {
        write(&planned, &options, out, &mut told)?;
    }
    told.insert("peak_bytes".into(), peak()?.into());
    let mut totals = serde_json::to_value(planned.totals())?;
    if let Some(totals) = totals.as_object_mut() {
        totals.remove("curve");
    }
    told.insert("totals".into(), totals);
    told.insert("share".into(), planned.totals().share().into());
    drop(planned);
    if options.is_frontier {
        let seconds = timed(&mut || {
            let Ok::<_, Infallible>(frontier) = frontier(&source, &policy, &options.budget);
            told.insert("frontier".into(), serde_json::to_value(frontier.table(20))?);
            Ok(())
        })?;
        told.insert("frontier_seconds".into(), seconds.into());
    }
    println!("{}", serde_json::to_string_pretty(&Value::Object(told))?);
    Ok(())
}

fn timed(work: &mut dyn FnMut() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64())
}

fn write(
    planned: &Planned,
    options: &Options,
    out: &PathBuf,
    told: &mut Map<String, Value>,
) -> Result<()> {
    fs::create_dir_all(out)?;
    let whole = out.join("plan.json");
    if whole.exists() {
        fs::remove_file(&whole)?;
    }
    let meta = || PlanMeta {
        catalog: "synthetic".into(),
        policy: options.policy.clone(),
        budget: json!({ "bytes": options.budget.bytes, "k": options.budget.k, "m": options.budget.m }),
        clock: Timestamp::from_unix_seconds(0),
        seed: 0,
        totals: Value::Null,
        curve: Vec::new(),
    };
    let seconds = timed(&mut || Ok(write_plan(out, "plan", planned, meta())?))?;
    let mut bytes = 0;
    for table in ["plan", "plan.places", "plan.marks"] {
        bytes += fs::metadata(out.join(format!("{table}.parquet")))?.len();
    }
    told.insert("write_seconds".into(), seconds.into());
    told.insert("plan_bytes".into(), bytes.into());
    let rows = f64::from(options.rows.max(1));
    told.insert("bytes_a_row".into(), (bytes as f64 / rows).into());
    Ok(())
}

/// The most memory that this process has held, as Linux tells it.
fn peak() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: u64 = kilobytes.context("this system tells no VmHWM")?.parse()?;
    ensure!(kilobytes > 0, "no memory was held");
    Ok(kilobytes * 1024)
}
