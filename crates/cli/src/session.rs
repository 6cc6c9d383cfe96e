use {
    crate::{arguments::Arguments, env::Env, exit::Exit, report::Report, watch::Watch},
    anyhow::{Context, Result},
    longplay_model::{Clock, RightsStatement},
    longplay_objects::Buckets,
    longplay_store::{Home, Mode},
    std::path::{Component, Path, PathBuf},
};

/// One command at work: where the archive is, and who watches.
pub struct Session<'a> {
    pub env: &'a Env,
    pub watch: Watch,
    pub is_json: bool,
    /// The archive's folder.
    pub root: PathBuf,
}

impl<'a> Session<'a> {
    pub fn new(env: &'a Env, arguments: &Arguments) -> Self {
        let archive = arguments.archive.clone().unwrap_or_default();
        Self {
            env,
            watch: Watch::new(env, arguments.json),
            is_json: arguments.json,
            root: env.folder.join(archive),
        }
    }

    /// A path as typed, from the folder that it was typed in.
    pub fn path(&self, typed: &Path) -> PathBuf {
        self.env.folder.join(typed)
    }

    /// The folder of a disk, as typed, from the root on. A way back (`..`) is
    /// resolved where the disk is there.
    pub fn disk(&self, typed: &Path) -> Result<PathBuf> {
        let path: PathBuf = self.path(typed).components().collect();
        match path.components().any(|part| part == Component::ParentDir) {
            true => Ok(path
                .canonicalize()
                .with_context(|| format!("there is no folder {}", path.display()))?),
            false => Ok(path),
        }
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.env.clock
    }

    /// The archive, for looking.
    pub fn read(&self) -> Result<Home> {
        self.open_for(Mode::Read)
    }

    /// The archive, for changing: no other command may change it meanwhile.
    pub fn write(&self) -> Result<Home> {
        self.open_for(Mode::Write)
    }

    fn open_for(&self, mode: Mode) -> Result<Home> {
        let stores = self.stores();
        Ok(Home::open_with(&self.root, mode, &stores, &self.watch)?)
    }

    /// The way to stores far away.
    pub fn stores(&self) -> Buckets {
        Buckets::new(self.env.variables.clone())
    }

    /// The archive for a verb that only looks when it is a dry run.
    pub fn open(&self, is_dry_run: bool) -> Result<Home> {
        if is_dry_run {
            self.read()
        } else {
            self.write()
        }
    }

    pub fn print(&self, report: &Report) {
        self.watch.end();
        report.print(&self.env.stdout, self.is_json);
    }

    /// Text that JSON readers do without.
    pub fn say(&self, text: impl std::fmt::Display) {
        if !self.is_json {
            self.watch.end();
            self.env.stdout.line(text);
        }
    }

    /// How the verb ended, by what it returned and what was found.
    pub fn exit(&self, result: Result<()>) -> Exit {
        use longplay_model::Monitor;
        self.watch.end();
        match result {
            _ if self.watch.is_interrupted() => {
                self.env
                    .stderr
                    .line("interrupted: the same command, started again, finishes the work");
                Exit::Interrupted
            }
            Err(error) => {
                self.env.stderr.print(chain(&error));
                Exit::Failed
            }
            Ok(()) if self.watch.damages() > 0 => Exit::Findings,
            Ok(()) => Exit::Sound,
        }
    }
}

/// A rights statement given on the command line.
pub fn stated(uri: Option<&str>) -> Result<Option<RightsStatement>> {
    uri.map(|uri| {
        Ok(RightsStatement {
            uri: uri.parse()?,
            basis: "given with the source".to_owned(),
        })
    })
    .transpose()
}

/// The error, and below it what caused it.
fn chain(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error}\n");
    for cause in error.chain().skip(1) {
        text += &format!("  because: {cause}\n");
    }
    text
}
