use {
    crate::{
        cache::{self, Followed},
        config::Config,
        disk::Location,
        durable::{TEMPORARY, create_dir, remove_dir, replace},
        error::Error,
        journal::{self, Journal},
        lock::{self, Lock},
        names::{RECOVERY, TrancheName},
        spread::{self, Volumes},
        staging::Staging,
        state::State,
        stores::{DisksAlone, NoWay, Stores, TrancheStore},
    },
    longplay_model::{Clock, Digest, Event, JournalEntry, Monitor},
    std::{
        collections::BTreeSet,
        io,
        path::{Path, PathBuf},
        sync::{Mutex, PoisonError},
    },
};

/// An archive: the folder that holds everything (`docs/format/archive.md`).
#[derive(Debug)]
pub struct Home {
    root: Location,
    /// Where sealed tranches lie.
    tranches: Location,
    config: Config,
    volumes: Volumes,
    state: State,
    staging: Staging,
    /// Present when the archive was opened for writing.
    writer: Option<Writer>,
}

#[derive(Debug)]
struct Writer {
    pen: Mutex<Pen>,
    _lock: Lock,
}

#[derive(Debug)]
struct Pen {
    journal: Journal,
    /// Entries stand in the journal that the state could not take in.
    is_ahead: bool,
}

/// What an archive is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Any number of commands at once, also beside a writer.
    Read,
    /// One command at a time.
    Write,
}

pub(crate) const CONFIG: &str = "longplay.toml";
pub(crate) const TRANCHES: &str = "tranches";
pub(crate) const FOLDERS: [&str; 6] = [
    "journal", "sources", "catalog", "plans", "staging", TRANCHES,
];

impl Home {
    /// Makes an archive in a new or empty folder.
    ///
    /// A creation that was killed is finished by the same command.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] where a whole archive stands,
    /// [`Error::ForeignFolder`] where anything else does;
    /// [`Error::TooFewDisks`], [`Error::NoSuchDisk`] or [`Error::DiskTwice`]
    /// where the disks of the settings cannot be used.
    pub fn create(
        root: impl Into<Location>,
        config: &Config,
        clock: &dyn Clock,
    ) -> Result<Self, Error> {
        Self::create_with(root, config, &DisksAlone, clock)
    }

    /// The same of an archive whose tranches may lie in one of `stores`, which it
    /// takes for itself before anything else stands.
    ///
    /// # Errors
    /// Also [`Error::FindStore`] when the store cannot be had.
    pub fn create_with(
        root: impl Into<Location>,
        config: &Config,
        stores: &dyn Stores,
        clock: &dyn Clock,
    ) -> Result<Self, Error> {
        Self::create_at(&root.into(), config, stores, clock)
    }

    fn create_at(
        root: &Location,
        config: &Config,
        stores: &dyn Stores,
        clock: &dyn Clock,
    ) -> Result<Self, Error> {
        let config = &identified(root, config, clock);
        Volumes::check_new(root, config)?;
        let text = config.to_toml()?;
        let begun = root.join(CONFIG).is_file();
        if !begun && !is_free(root)? {
            return Err(Error::ForeignFolder { path: root.into() });
        }
        create_dir(root)?;
        let lock = Lock::take(root)?;
        // Folders that one who was killed had made may not be durable.
        lock::settle(root)?;
        if root.join(CONFIG).is_file() && !is_unfinished(root)? {
            return Err(Error::AlreadyExists { path: root.into() });
        }
        if let Some(store) = &config.tranches {
            let claimed = stores.claim(store, &config.name);
            claimed.map_err(|source| no_way(store, source))?;
        }
        let tranches = tranches(root, config, stores)?;
        replace(root.join(CONFIG), text.as_bytes())?;
        Volumes::mark_all(root, config)?;
        let monitor = &longplay_model::Silent;
        let home = Self::open_locked(root, tranches, config.clone(), lock, monitor)?;
        let name = config.name.clone();
        home.record(Event::Creation { name }, clock)?;
        Ok(home)
    }

    /// Opens an archive. For writing, this takes the lock, removes what killed
    /// commands left unfinished, sets a torn journal line aside (S016) and
    /// brings the state cache up to the journal; damaged journal entries are
    /// told as S017, a cache that had to be made again as S015. Links to files on
    /// disks that have come to another path are made anew.
    ///
    /// For reading nothing changes but the cache, and that only when no other
    /// command holds the lock.
    ///
    /// # Errors
    /// [`Error::NotAnArchive`], [`Error::NewerFormat`], [`Error::Locked`]; a disk
    /// that is not there is none.
    pub fn open(
        root: impl Into<Location>,
        mode: Mode,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        Self::open_with(root, mode, &DisksAlone, monitor)
    }

    /// The same of an archive whose tranches may lie in one of `stores`. Nobody there
    /// is asked yet.
    ///
    /// # Errors
    /// Also [`Error::FindStore`] when there is no way to the store.
    pub fn open_with(
        root: impl Into<Location>,
        mode: Mode,
        stores: &dyn Stores,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let root = root.into();
        let config = read_config(&root)?;
        match mode {
            Mode::Write => {
                let lock = Lock::take(&root)?;
                // Who had the lock until now may have written other settings.
                Self::open_held(&root, read_config(&root)?, stores, lock, monitor)
            }
            Mode::Read => {
                let tranches = tranches(&root, &config, stores)?;
                Self::open_to_read(&root, tranches, config, monitor)
            }
        }
    }

    /// The same for writing, with settings and lock that the caller has.
    pub(crate) fn open_held(
        root: &Location,
        config: Config,
        stores: &dyn Stores,
        lock: Lock,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let tranches = tranches(root, &config, stores)?;
        remove_dir(&unfinished_objects(root))?;
        Self::open_locked(root, tranches, config, lock, monitor)
    }

    fn open_locked(
        root: &Location,
        tranches: Location,
        config: Config,
        mut lock: Lock,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let volumes = Volumes::find(root, &config)?;
        lock.settle(volumes.present().iter().map(|volume| &volume.root))?;
        for folder in FOLDERS {
            create_dir(root.join(folder))?;
        }
        let journal_dir = root.join("journal");
        journal::mend_tail(&journal_dir)?
            .into_iter()
            .for_each(|finding| monitor.finding(finding));
        let (state, scan) = cache::current(root)?;
        scan.findings
            .iter()
            .for_each(|finding| monitor.finding(finding.clone()));
        let staging = Staging::new(root.join("staging"));
        staging.clear_temporary()?;
        spread::follow(&root.join("tranches"), &volumes)?;
        Ok(Self {
            writer: Some(Writer {
                pen: Mutex::new(Pen {
                    journal: Journal::open(&journal_dir, &scan),
                    is_ahead: false,
                }),
                _lock: lock,
            }),
            root: root.into(),
            tranches,
            config,
            volumes,
            state,
            staging,
        })
    }

    fn open_to_read(
        root: &Location,
        tranches: Location,
        config: Config,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let cached = cache::open_to_read(root);
        let state = match cache::follow(root, cached)? {
            // There is no cache to be brought up to date.
            Followed::Behind(_) if root.local().is_none() => cache::in_memory(root, monitor)?,
            Followed::Current(state, findings) => {
                findings.into_iter().for_each(|it| monitor.finding(it));
                state
            }
            Followed::Behind(state) => match Lock::take_at_once(root) {
                Ok(lock) => {
                    let mut home = Self::open_locked(root, tranches, config, lock, monitor)?;
                    home.writer = None;
                    return Ok(home);
                }
                // A writer is at work: what it had acknowledged a moment ago.
                Err(Error::Locked { .. }) if state.is_some() => state.expect("was looked at"),
                Err(_) => cache::in_memory(root, monitor)?,
            },
        };
        Ok(Self {
            root: root.into(),
            volumes: Volumes::find(root, &config)?,
            tranches,
            config,
            state,
            staging: Staging::new(root.join("staging")),
            writer: None,
        })
    }

    /// Adds a fact to the journal and, once it is durable, to the state.
    pub fn record(&self, event: Event, clock: &dyn Clock) -> Result<(), Error> {
        self.record_all(vec![event], clock)
    }

    /// Adds facts in one write: after a kill the journal holds the first few
    /// of them, or all.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] unless the archive was opened for writing.
    /// [`Error::DiskFull`] names the segment, which is as it was before.
    pub fn record_all(&self, events: Vec<Event>, clock: &dyn Clock) -> Result<(), Error> {
        self.enter(events, false, clock)
    }

    /// The same of facts that were read off what the archive holds, after the
    /// journal was lost: their entries say so.
    pub fn record_rebuilt(&self, events: Vec<Event>, clock: &dyn Clock) -> Result<(), Error> {
        self.enter(events, true, clock)
    }

    fn enter(&self, events: Vec<Event>, rebuilt: bool, clock: &dyn Clock) -> Result<(), Error> {
        let writer = self.writer.as_ref().ok_or_else(|| Error::ReadOnly {
            path: self.root().into(),
        })?;
        if events.is_empty() {
            return Ok(());
        }
        let at = clock.now();
        let entries: Vec<_> = events
            .into_iter()
            .map(|event| JournalEntry { at, rebuilt, event })
            .collect();
        let mut pen = writer.pen.lock().unwrap_or_else(PoisonError::into_inner);
        if pen.is_ahead {
            cache::catch_up(&self.root, &self.state)?;
        }
        pen.is_ahead = true;
        let end = pen.journal.append(&entries)?;
        let first = end.seq + 1 - entries.len() as u64;
        let numbered: Vec<_> = (first..).zip(entries).collect();
        self.state.apply(&numbered, &end)?;
        pen.is_ahead = false;
        Ok(())
    }

    /// Reads the whole journal and tells every entry that cannot be read.
    /// Gives the number of entries that can.
    pub fn check_journal(&self, monitor: &dyn Monitor) -> Result<u64, Error> {
        let mut entries = 0;
        let scan = journal::scan(&self.root.join("journal"), 0, &mut |_, _| {
            entries += 1;
            Ok(())
        })?;
        scan.findings.into_iter().for_each(|it| monitor.finding(it));
        Ok(entries)
    }

    /// Removes blobs from staging that no receipt needs: those of a command
    /// that was killed before it could record them, or of a form that another
    /// has replaced. Gives their number.
    pub fn sweep_staging(&self) -> Result<u64, Error> {
        if self.writer.is_none() {
            return Err(Error::ReadOnly {
                path: self.root().into(),
            });
        }
        let needed = self.state.needed_blobs()?;
        let mut blobs = self.staging.blobs()?;
        blobs.retain(|blob| !needed.contains(blob));
        self.staging.remove(&blobs)?;
        Ok(blobs.len() as u64)
    }

    /// Gives the disk `lost` up and takes `new` into use, either or both: the
    /// settings are written anew. What stood on `lost` is made again by repair.
    /// After a kill the same goes on from there.
    ///
    /// # Errors
    /// [`Error::DiskPresent`], [`Error::UnknownDisk`], [`Error::NoSuchDisk`],
    /// [`Error::DiskTwice`], [`Error::DiskAbsent`]; [`Error::ReadOnly`] unless the archive was opened
    /// for writing.
    pub fn exchange_disk(&mut self, lost: Option<&Path>, new: Option<&Path>) -> Result<(), Error> {
        if self.writer.is_none() {
            return Err(Error::ReadOnly {
                path: (&self.root).into(),
            });
        }
        let config = self.volumes.exchange(&self.root, &self.config, lost, new)?;
        if config != self.config {
            replace(self.root.join(CONFIG), config.to_toml()?.as_bytes())?;
        }
        self.volumes = Volumes::find(&self.root, &config)?;
        self.config = config;
        spread::follow(&self.tranches_dir(), &self.volumes).map(drop)
    }

    /// Does as if the disk `lost` had been given up; nothing is written.
    ///
    /// # Errors
    /// [`Error::DiskPresent`].
    pub fn regard_as_lost(&mut self, lost: &Path) -> Result<(), Error> {
        self.config = self.volumes.without(&self.config, lost, None)?;
        self.volumes = Volumes::find(&self.root, &self.config)?;
        Ok(())
    }

    /// Links files that stand on the disks and in no bag into their places;
    /// gives their number.
    ///
    /// # Errors
    /// When a folder cannot be listed or a link not be made.
    pub fn relink(&self) -> Result<u64, Error> {
        let sealed = self.state.sealed()?.into_iter();
        let bags: BTreeSet<String> = sealed
            .flat_map(|tranche| [format!("{}{RECOVERY}", tranche.name), tranche.name])
            .collect();
        spread::relink(&self.tranches_dir(), &bags, &self.volumes)
    }

    pub const fn root(&self) -> &Location {
        &self.root
    }

    /// The disks that packs and recovery packs are spread over.
    pub const fn volumes(&self) -> &Volumes {
        &self.volumes
    }

    pub const fn config(&self) -> &Config {
        &self.config
    }

    pub const fn state(&self) -> &State {
        &self.state
    }

    pub const fn staging(&self) -> &Staging {
        &self.staging
    }

    /// Whether this archive was opened for writing.
    pub const fn is_writable(&self) -> bool {
        self.writer.is_some()
    }

    /// Where sealed tranches lie: in the archive's folder, or in a store elsewhere.
    pub fn tranches_dir(&self) -> Location {
        self.tranches.clone()
    }

    /// Where tranches are made: always in the archive's folder.
    pub fn workshop(&self) -> Location {
        self.root.join(TRANCHES)
    }

    /// Whether tranches are brought somewhere else when they are made.
    pub const fn keeps_elsewhere(&self) -> bool {
        self.config.tranches.is_some()
    }

    /// Where a tranche is: where sealed ones lie, or still where it was made.
    pub(crate) fn where_is(&self, name: &TrancheName) -> Location {
        let name = name.to_string();
        let made = self.workshop().join(&name);
        match self.keeps_elsewhere() && made.is_folder() {
            true => made,
            false => self.tranches.join(name),
        }
    }

    pub fn staging_dir(&self) -> Location {
        self.root.join("staging")
    }

    /// The index of what tranches hold; absent until it is made.
    pub fn holdings_dir(&self) -> Location {
        self.root.join("holdings")
    }

    /// # Errors
    /// [`Error::NotLocal`], here and in those that follow: what is in these
    /// folders is read and written by more than the store.
    pub fn catalog_dir(&self) -> Result<PathBuf, Error> {
        self.root.join("catalog").to_local()
    }

    pub fn plans_dir(&self) -> Result<PathBuf, Error> {
        self.root.join("plans").to_local()
    }

    pub fn sources_dir(&self) -> Result<PathBuf, Error> {
        self.root.join("sources").to_local()
    }

    /// Where releases go unless another folder is named.
    pub fn public_dir(&self) -> Result<PathBuf, Error> {
        self.root.join("public").to_local()
    }
}

/// The settings with a name for the archive's folder on its disks, where it needs
/// one; a creation that was killed has chosen it already.
fn identified(root: &Location, config: &Config, clock: &dyn Clock) -> Config {
    let mut config = config.clone();
    if config.id.is_none() && !config.disks.is_empty() {
        let begun = read_config(root).ok().and_then(|begun| begun.id);
        let new = || {
            let what = format!("{root}\n{}\n{}", config.name, clock.now());
            Digest::of(what.as_bytes()).to_string()[..16].to_owned()
        };
        config.id = Some(begun.unwrap_or_else(new));
    }
    config
}

/// Where the tranches of the archive at `root` lie, without opening it.
///
/// # Errors
/// [`Error::NotAnArchive`], [`Error::NewerFormat`], [`Error::FindStore`].
pub fn tranches_of(root: impl Into<Location>, stores: &dyn Stores) -> Result<Location, Error> {
    let root = root.into();
    tranches(&root, &read_config(&root)?, stores)
}

fn tranches(root: &Location, config: &Config, stores: &dyn Stores) -> Result<Location, Error> {
    let Some(store) = &config.tranches else {
        return Ok(root.join(TRANCHES));
    };
    let scratch = unfinished_objects(root).to_local()?;
    let found = stores.find(store, &scratch);
    found.map_err(|source| no_way(store, source))
}

fn no_way(store: &TrancheStore, source: NoWay) -> Error {
    Error::FindStore {
        address: store.at.clone(),
        source,
    }
}

/// Where files that are to become objects of a store lie until they are whole.
fn unfinished_objects(root: &Location) -> Location {
    root.join("staging").join("objects")
}

pub(crate) fn read_config(root: &Location) -> Result<Config, Error> {
    let path = root.join(CONFIG);
    let text = path.read().and_then(|bytes| {
        String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    });
    let text = text.map_err(|source| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Error::NotAnArchive { path: root.into() }
        }
        _ => Error::read(&path, source),
    })?;
    Config::parse(&text, path.path())
}

/// Whether nothing but the first steps of a creation stands here.
fn is_free(root: &Location) -> Result<bool, Error> {
    let entries = root.entries()?;
    let mut names = entries.iter().map(|entry| entry.name.to_string_lossy());
    Ok(names.all(|name| name == lock::NAME || name.starts_with(TEMPORARY)))
}

/// Whether a creation was begun here and not finished: no entry in the
/// journal, and nothing in any folder.
fn is_unfinished(root: &Location) -> Result<bool, Error> {
    let scan = journal::scan(&root.join("journal"), 0, &mut |_, _| Ok(()))?;
    if scan.end.offset > 0 || scan.end.segment > 1 {
        return Ok(false);
    }
    for folder in FOLDERS.iter().filter(|folder| **folder != "journal") {
        if !root.join(folder).entries()?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}
