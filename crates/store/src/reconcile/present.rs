use {
    crate::{
        disk::{Kind, Location},
        durable::TEMPORARY,
        error::Error,
        home::{Home, TRANCHES},
        names::PARTIAL,
        spread::{Volumes, files_below, is_marker, is_unfinished},
    },
    longplay_model::{Digest, Monitor},
    sha2::{Digest as _, Sha256},
    std::{
        collections::{BTreeMap, BTreeSet},
        io::{ErrorKind, Read},
        path::PathBuf,
    },
};

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// Where the paths of an archive lead: its tranches may lie elsewhere.
#[derive(Debug, Clone)]
pub struct Tree {
    root: Location,
    tranches: Location,
    is_split: bool,
}

impl Tree {
    pub fn of(home: &Home) -> Self {
        Self {
            root: home.root().clone(),
            tranches: home.tranches_dir(),
            is_split: home.keeps_elsewhere(),
        }
    }

    /// Where a file of this path below the root of the archive stands.
    pub fn at(&self, path: &str) -> Location {
        match below_tranches(path) {
            Some(rest) => self.tranches.join(rest),
            None => self.root.join(path),
        }
    }

    /// Whether a file can be given the other path by a new name alone.
    pub fn is_one_step(&self, from: &str, to: &str) -> bool {
        !self.is_split || below_tranches(from).is_some() == below_tranches(to).is_some()
    }
}

/// What follows the folder of tranches in a path.
fn below_tranches(path: &str) -> Option<&str> {
    path.strip_prefix(TRANCHES)?.strip_prefix('/')
}

/// Files by path below the root of the archive, with slashes, and their bytes.
pub type Present = BTreeMap<String, u64>;

/// What is there.
#[derive(Debug, Default)]
pub struct Sight {
    pub files: Present,
    /// Links to files on disks that are not there.
    pub away: BTreeSet<String>,
    /// Links that lead nowhere else.
    pub dead: BTreeSet<String>,
    /// Files on disks that no link leads to.
    pub unlinked: Vec<Unlinked>,
}

/// A file on a disk of the archive that no link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlinked {
    /// The place that it was made for, below the root of the archive.
    pub place: String,
    pub file: PathBuf,
    pub bytes: u64,
    /// The archive's folder on the disk.
    pub root: PathBuf,
}

/// Every file of an archive; unfinished ones of killed commands are left out. A
/// link to a file counts as one, and a link to a folder among `tranches/` as
/// that folder. Of an archive whose tranches lie elsewhere, where they are made is
/// for sealing alone.
///
/// # Errors
/// When a folder cannot be listed, or whoever holds the tranches does not answer.
pub fn look(home: &Home, tree: &Tree) -> Result<Sight, Error> {
    let mut looking = Looking {
        volumes: home.volumes(),
        is_split: tree.is_split,
        targets: BTreeSet::new(),
        sight: Sight::default(),
    };
    looking.walk(&tree.root, "")?;
    if tree.is_split {
        looking.walk(&tree.tranches, TRANCHES)?;
        tree.tranches.has_answered()?;
    }
    looking.disks()?;
    Ok(looking.sight)
}

struct Looking<'a> {
    volumes: &'a Volumes,
    is_split: bool,
    /// Where links lead.
    targets: BTreeSet<PathBuf>,
    sight: Sight,
}

impl Looking<'_> {
    fn walk(&mut self, folder: &Location, above: &str) -> Result<(), Error> {
        for entry in folder.entries()? {
            let name = entry.name.to_string_lossy();
            if name.starts_with(TEMPORARY) || name.starts_with(PARTIAL) {
                continue;
            }
            let path = match above {
                "" => name.into_owned(),
                above => format!("{above}/{name}"),
            };
            let location = folder.join(&entry.name);
            let is_elsewhere = self.is_split && path == TRANCHES;
            if path == "public" || is_elsewhere || self.is_disk(&location) {
                continue;
            }
            let is_linked_tranche =
                entry.kind == Kind::Other && above == TRANCHES && location.is_folder();
            match entry.kind == Kind::Folder || is_linked_tranche {
                true => self.walk(&location, &path)?,
                false => self.file(path, &location, entry.kind),
            }
        }
        Ok(())
    }

    fn file(&mut self, path: String, location: &Location, kind: Kind) {
        let target = match kind {
            Kind::Other => location.leads_to(),
            Kind::File | Kind::Folder => None,
        };
        let about = location.about().ok();
        match (about.filter(|it| it.kind == Kind::File), &target) {
            (Some(about), _) => drop(self.sight.files.insert(path, about.bytes)),
            (None, Some(target)) => {
                let is_away = self.volumes.away(target).is_some();
                let links = match is_away {
                    true => &mut self.sight.away,
                    false => &mut self.sight.dead,
                };
                links.insert(path);
            }
            (None, None) => {}
        }
        self.targets.extend(target);
    }

    /// A disk may be a folder of the archive's own.
    fn is_disk(&self, location: &Location) -> bool {
        let mut volumes = self.volumes.present().iter();
        volumes.any(|volume| volume.root == *location)
    }

    /// What no link leads to.
    fn disks(&mut self) -> Result<(), Error> {
        let (targets, unlinked) = (&self.targets, &mut self.sight.unlinked);
        for volume in self.volumes.present() {
            files_below(&volume.root, &mut |path, file| {
                if is_marker(path) || is_unfinished(path) || targets.contains(file.path()) {
                    return Ok(());
                }
                unlinked.push(Unlinked {
                    place: format!("{TRANCHES}/{path}"),
                    file: file.into(),
                    bytes: file.about().map_or(0, |about| about.bytes),
                    root: (&volume.root).into(),
                });
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Digests of files, each read once.
pub struct Digests<'a> {
    tree: &'a Tree,
    known: BTreeMap<String, Option<Digest>>,
    monitor: &'a dyn Monitor,
}

impl<'a> Digests<'a> {
    pub const fn new(tree: &'a Tree, monitor: &'a dyn Monitor) -> Self {
        Self {
            tree,
            known: BTreeMap::new(),
            monitor,
        }
    }

    /// `None` when the file cannot be read.
    ///
    /// # Errors
    /// When the job is interrupted.
    pub fn of(&mut self, path: &str) -> Result<Option<Digest>, Error> {
        if let Some(known) = self.known.get(path) {
            return Ok(*known);
        }
        let digest = digest(&self.tree.at(path), self.monitor)?;
        self.known.insert(path.to_owned(), digest);
        Ok(digest)
    }
}

fn digest(location: &Location, monitor: &dyn Monitor) -> Result<Option<Digest>, Error> {
    let Ok(mut file) = location.whole() else {
        return Ok(None);
    };
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        match file.read(&mut buffer) {
            Ok(0) => return Ok(Some(hasher.into())),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                monitor.advance(count as u64);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Ok(None),
        }
    }
}
