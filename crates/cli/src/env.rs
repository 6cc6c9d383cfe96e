use {
    longplay_model::{Clock, Timestamp},
    std::{
        ffi::OsString,
        fmt,
        io::{self, BufRead, BufReader, IsTerminal, Read, Write},
        path::PathBuf,
        sync::{
            Arc, Mutex, PoisonError,
            atomic::{AtomicBool, Ordering},
        },
        time::SystemTime,
    },
};

/// All that a command takes from its process.
pub struct Env {
    /// What was typed, the program's name first.
    pub arguments: Vec<OsString>,
    /// Variables that say how stores far away are reached: names and values. Some are
    /// secret.
    pub variables: Vec<(String, String)>,
    /// The working directory.
    pub folder: PathBuf,
    pub clock: Arc<dyn Clock + Send + Sync>,
    pub stdin: Input,
    pub stdout: Stream,
    pub stderr: Stream,
    /// Whether a person watches stderr: progress bars instead of lines.
    pub is_watched: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Set when the user asks to stop.
    pub interrupted: Arc<AtomicBool>,
}

/// A place to print to, shared by threads.
#[derive(Clone)]
pub struct Stream(Arc<Mutex<dyn Write + Send>>);

/// Where to read from, shared by commands.
#[derive(Clone)]
pub struct Input(Arc<Mutex<dyn BufRead + Send>>);

/// Lines longer than this are hard to read, however wide the terminal.
const WIDEST: usize = 100;

impl Env {
    /// The real process. Fails, after saying why on stderr, when the working
    /// directory is gone.
    pub fn of_process() -> Option<Self> {
        let folder = match std::env::current_dir() {
            Ok(folder) => folder,
            Err(error) => {
                eprintln!("error: the working directory cannot be read: {error}");
                return None;
            }
        };
        start_logging();
        Some(Self {
            arguments: std::env::args_os().collect(),
            variables: variables(),
            folder,
            clock: Arc::new(SystemClock),
            stdin: Input::new(io::stdin()),
            stdout: Stream::new(io::stdout()),
            stderr: Stream::new(io::stderr()),
            is_watched: io::stderr().is_terminal(),
            width: terminal_width(),
            interrupted: catch_interrupts(),
        })
    }

    /// This environment for another command whose output goes to `stdout`.
    pub fn with_arguments<S: Into<OsString>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        stdout: Stream,
    ) -> Self {
        Self {
            arguments: arguments.into_iter().map(Into::into).collect(),
            variables: self.variables.clone(),
            folder: self.folder.clone(),
            clock: Arc::clone(&self.clock),
            stdin: self.stdin.clone(),
            stdout,
            stderr: self.stderr.clone(),
            is_watched: self.is_watched,
            width: self.width,
            interrupted: Arc::clone(&self.interrupted),
        }
    }
}

impl Input {
    pub fn new(input: impl Read + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(BufReader::new(input))))
    }

    /// All that is to be read.
    pub fn text(&self) -> io::Result<String> {
        let mut text = String::new();
        let mut input = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        input.read_to_string(&mut text)?;
        Ok(text)
    }

    /// The lines that are not empty, without what stands around them.
    pub fn lines(&self) -> impl Iterator<Item = io::Result<String>> {
        let next = move || {
            let mut line = String::new();
            let mut input = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match input.read_line(&mut line) {
                Ok(0) => None,
                read => Some(read.map(|_| line.trim().to_owned())),
            }
        };
        std::iter::from_fn(next).filter(|line| !matches!(line, Ok(line) if line.is_empty()))
    }
}

impl Stream {
    pub fn new(stream: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    /// Prints text as it is. A reader that went away is no error: who closes
    /// the pipe has read enough.
    pub fn print(&self, text: impl fmt::Display) {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let printed = write!(stream, "{text}").and_then(|()| stream.flush());
        if let Err(error) = printed {
            tracing::debug!(%error, "output was not read");
        }
    }

    /// Prints bytes as they are.
    pub fn bytes(&self, bytes: &[u8]) {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let printed = stream.write_all(bytes).and_then(|()| stream.flush());
        if let Err(error) = printed {
            tracing::debug!(%error, "output was not read");
        }
    }

    pub fn line(&self, text: impl fmt::Display) {
        self.print(format_args!("{text}\n"));
    }
}

/// For whoever has to know when nobody reads on.
impl Write for &Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .flush()
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seconds = since_epoch.map_or(0, |time| time.as_secs());
        Timestamp::from_unix_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
    }
}

/// The first request stops the command at its next step, the second at once.
fn catch_interrupts() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    let caught = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    if let Err(error) = caught {
        tracing::warn!(%error, "an interruption will stop the command at once");
    }
    interrupted
}

/// Those that are set; one that is no text is as good as absent.
fn variables() -> Vec<(String, String)> {
    let known = longplay_objects::VARIABLES.into_iter();
    known
        .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
        .collect()
}

fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LONGPLAY_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
}

fn terminal_width() -> usize {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    columns.unwrap_or(80usize).clamp(40, WIDEST)
}
