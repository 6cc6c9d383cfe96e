use {
    crate::env::{Env, Stream},
    indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle},
    longplay_model::{Finding, Monitor, Severity, Unit},
    std::{
        sync::{
            Arc, Mutex, PoisonError,
            atomic::{AtomicBool, AtomicU64, Ordering},
        },
        time::{Duration, Instant},
    },
};

/// Shows a person how far a job is, and tells findings as they come.
///
/// On a terminal a bar with rate and time left; elsewhere a line a minute.
pub struct Watch {
    stdout: Stream,
    stderr: Stream,
    width: usize,
    is_json: bool,
    is_watched: bool,
    interrupted: Arc<AtomicBool>,
    current: Mutex<Option<Part>>,
    damages: AtomicU64,
}

struct Part {
    what: String,
    total: Option<u64>,
    unit: Unit,
    done: u64,
    bar: ProgressBar,
    begun: Instant,
    said: Instant,
}

const BETWEEN_LINES: Duration = Duration::from_secs(60);

impl Watch {
    pub fn new(env: &Env, is_json: bool) -> Self {
        Self {
            stdout: env.stdout.clone(),
            stderr: env.stderr.clone(),
            width: env.width,
            is_json,
            is_watched: env.is_watched,
            interrupted: Arc::clone(&env.interrupted),
            current: Mutex::new(None),
            damages: AtomicU64::new(0),
        }
    }

    /// Findings that say something is lost, damaged or was left out.
    pub fn damages(&self) -> u64 {
        self.damages.load(Ordering::Relaxed)
    }

    /// Removes the progress bar.
    pub fn end(&self) {
        if let Some(part) = self.part().take() {
            part.bar.finish_and_clear();
            let Part {
                what, done, begun, ..
            } = part;
            tracing::info!(done, seconds = begun.elapsed().as_secs_f64(), "{what}");
        }
    }

    fn part(&self) -> std::sync::MutexGuard<'_, Option<Part>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bar(&self, what: &str, total: Option<u64>, unit: Unit) -> ProgressBar {
        let target = if self.is_watched {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(total, target).with_style(style(total, unit));
        bar.set_message(what.to_owned());
        bar
    }

    fn say_line(&self, part: &mut Part) {
        part.said = Instant::now();
        let of = part
            .total
            .map_or(String::new(), |total| format!(" of {total}"));
        let unit = match part.unit {
            Unit::Bytes => "bytes",
            Unit::Items => "items",
        };
        let Part { what, done, .. } = part;
        self.stderr.line(format_args!("{what}: {done}{of} {unit}"));
    }
}

impl Monitor for Watch {
    fn begin(&self, what: &str, total: Option<u64>, unit: Unit) {
        self.end();
        *self.part() = Some(Part {
            what: what.to_owned(),
            total,
            unit,
            done: 0,
            bar: self.bar(what, total, unit),
            begun: Instant::now(),
            said: Instant::now(),
        });
    }

    fn advance(&self, amount: u64) {
        if let Some(part) = self.part().as_mut() {
            part.done += amount;
            part.bar.inc(amount);
            if !self.is_watched && part.said.elapsed() >= BETWEEN_LINES {
                self.say_line(part);
            }
        }
    }

    fn finding(&self, finding: Finding) {
        if finding.code.severity() == Severity::Damage {
            self.damages.fetch_add(1, Ordering::Relaxed);
        }
        let text = if self.is_json {
            serde_json::json!({ "finding": finding }).to_string()
        } else {
            wrapped(&finding.to_string(), self.width)
        };
        match self.part().as_ref() {
            Some(part) => part.bar.suspend(|| self.stdout.line(text)),
            None => self.stdout.line(text),
        }
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// Long lines continue below, indented.
fn wrapped(text: &str, width: usize) -> String {
    textwrap::fill(
        text,
        textwrap::Options::new(width).subsequent_indent("     "),
    )
}

fn style(total: Option<u64>, unit: Unit) -> ProgressStyle {
    let template = match (total, unit) {
        (Some(_), Unit::Bytes) => {
            "{msg:<22!} {wide_bar:.cyan} {decimal_bytes:>9} of {decimal_total_bytes} {decimal_bytes_per_sec} {eta:>4}"
        }
        (Some(_), Unit::Items) => {
            "{msg:<22!} {wide_bar:.cyan} {pos:>7} of {len} {per_sec} {eta:>4}"
        }
        (None, Unit::Bytes) => "{msg:<22!} {spinner} {decimal_bytes} {decimal_bytes_per_sec}",
        (None, Unit::Items) => "{msg:<22!} {spinner} {pos} {per_sec}",
    };
    ProgressStyle::with_template(template).expect("the templates are valid")
}
