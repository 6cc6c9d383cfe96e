use {
    crate::{
        config::{Config, Recovery},
        disk::Location,
        error::Error,
        lock::settle,
        spread::{
            berth::Berth,
            marker::{is_marker, mark, marker_path, number_at, root_of},
            rule::{Nearest, disk_of, most_on_a_disk, survives},
            walk::files_below,
        },
    },
    std::{
        cmp::Reverse,
        collections::BTreeMap,
        ffi::OsStr,
        path::{Path, PathBuf},
    },
};

/// The disks that the files of an archive are spread over; none where all is in
/// the archive's own folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Volumes {
    id: String,
    /// In the order of their numbers.
    present: Vec<Volume>,
    /// Paths at which no disk of the archive was found.
    absent: Vec<PathBuf>,
}

/// A disk of the archive that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// As its marker says, counted from 1.
    pub number: u32,
    /// As it stands in `longplay.toml`.
    pub path: PathBuf,
    /// The archive's folder on it.
    pub root: Location,
}

impl Volume {
    /// Bytes that it has room for.
    ///
    /// # Errors
    /// [`Error::AskRoom`].
    pub fn free_bytes(&self) -> Result<u64, Error> {
        self.root.free_bytes().map_err(|source| Error::AskRoom {
            path: (&self.root).into(),
            source,
        })
    }

    /// Bytes of the archive's files on it.
    ///
    /// # Errors
    /// [`Error::ListFolder`].
    pub fn held_bytes(&self) -> Result<u64, Error> {
        let mut sum = 0;
        files_below(&self.root, &mut |path, file| {
            let about = file.about().ok().filter(|_| !is_marker(path));
            sum += about.map_or(0, |about| about.bytes);
            Ok(())
        })?;
        Ok(sum)
    }
}

impl Volumes {
    /// Looks which of the disks that the settings of the archive at `home` name
    /// are there. The marker says which disk it is, whatever the path.
    ///
    /// # Errors
    /// [`Error::NoArchiveId`], [`Error::SameDisk`], [`Error::ParseMarker`].
    pub fn find(home: &Location, config: &Config) -> Result<Self, Error> {
        if config.disks.is_empty() {
            return Ok(Self::default());
        }
        let id = config.id.clone().ok_or(Error::NoArchiveId)?;
        let (mut present, mut absent) = (BTreeMap::new(), Vec::new());
        for path in &config.disks {
            let disk = home.join(path);
            let Some(number) = number_at(&disk, &id)? else {
                absent.push(path.clone());
                continue;
            };
            let volume = Volume {
                number,
                path: path.clone(),
                root: root_of(&disk, &id),
            };
            if let Some(other) = present.insert(number, volume) {
                return Err(Error::SameDisk {
                    one: other.path,
                    other: path.clone(),
                    number,
                });
            }
        }
        Ok(Self {
            id,
            present: present.into_values().collect(),
            absent,
        })
    }

    /// Nothing when a new archive may have these disks.
    ///
    /// # Errors
    /// [`Error::NoSuchDisk`], [`Error::DiskTwice`], [`Error::TooFewDisks`].
    pub fn check_new(home: &Location, config: &Config) -> Result<(), Error> {
        if config.disks.is_empty() {
            return Ok(());
        }
        enough(config.recovery, config.disks.len())?;
        distinct(home, &config.disks)
    }

    /// Takes the folders of a new archive into use, durably.
    ///
    /// # Errors
    /// [`Error::NoArchiveId`], or what cannot be written.
    pub fn mark_all(home: &Location, config: &Config) -> Result<(), Error> {
        if config.disks.is_empty() {
            return Ok(());
        }
        let id = config.id.as_ref().ok_or(Error::NoArchiveId)?;
        for (path, number) in config.disks.iter().zip(1..) {
            mark(&home.join(path), id, number)?;
        }
        Ok(())
    }

    /// The settings with the disk `new` in place of `lost`, and `new` ready for
    /// use; without `lost`, as one more; without `new`, one less. What a killed
    /// command had done counts as done. While a disk is absent and not given up, no
    /// other is taken into use: which number is free is not known then.
    ///
    /// # Errors
    /// [`Error::DiskPresent`], [`Error::UnknownDisk`], [`Error::NoSuchDisk`],
    /// [`Error::DiskTwice`], [`Error::DiskAbsent`].
    pub fn exchange(
        &self,
        home: &Location,
        config: &Config,
        lost: Option<&Path>,
        new: Option<&Path>,
    ) -> Result<Config, Error> {
        let is_known = |disk: &Path| config.disks.iter().any(|known| known == disk);
        let new = new.filter(|new| !is_known(new) || lost == Some(*new));
        let mut config = match lost {
            Some(lost) if new.is_some() && !is_known(lost) => {
                return Err(Error::UnknownDisk { path: lost.into() });
            }
            Some(lost) => self.without(config, lost, new)?,
            None => config.clone(),
        };
        if let Some(new) = new.filter(|new| !config.disks.iter().any(|disk| disk == new)) {
            self.complete_but(lost)?;
            self.take_into_use(home, &config, new)?;
            config.disks.push(new.into());
        }
        Ok(config)
    }

    /// The settings without a disk that is not there; one that is there may be
    /// `lost` only where `new` has already come to its path.
    ///
    /// # Errors
    /// [`Error::DiskPresent`].
    pub fn without(
        &self,
        config: &Config,
        lost: &Path,
        new: Option<&Path>,
    ) -> Result<Config, Error> {
        let mut config = config.clone();
        match self.present.iter().any(|volume| volume.path == lost) {
            true if new != Some(lost) => Err(Error::DiskPresent { path: lost.into() }),
            true => Ok(config),
            false => {
                config.disks.retain(|disk| disk != lost);
                Ok(config)
            }
        }
    }

    /// Marks the folder `new` as a disk of the archive.
    fn take_into_use(&self, home: &Location, config: &Config, new: &Path) -> Result<(), Error> {
        let id = config.id.as_ref().ok_or(Error::NoArchiveId)?;
        let known = self.present.iter().map(|volume| volume.path.clone());
        distinct(home, &known.chain([new.into()]).collect::<Vec<_>>())?;
        let new = &home.join(new);
        let taken = |number: &u32| self.present.iter().any(|volume| volume.number == *number);
        if number_at(new, id)?.is_some_and(|number| !taken(&number)) {
            // Who marked it may have been killed while writing there: it was no disk
            // of the archive for the lock to settle.
            return settle(new);
        }
        let free = (1..).find(|number| !taken(number));
        mark(new, id, free.expect("there are more numbers than disks"))
    }

    /// Whether all files are in the archive's own folder.
    pub const fn is_empty(&self) -> bool {
        self.present.is_empty() && self.absent.is_empty()
    }

    /// The disks that are there, in the order of their numbers.
    pub fn present(&self) -> &[Volume] {
        &self.present
    }

    /// Paths at which no disk of the archive was found.
    pub fn absent(&self) -> &[PathBuf] {
        &self.absent
    }

    /// Where the marker of the disk at `path` has to stand.
    pub fn marker(&self, path: &Path) -> PathBuf {
        marker_path(path, &self.id)
    }

    /// Nothing when every disk is there.
    ///
    /// # Errors
    /// [`Error::DiskAbsent`].
    pub fn complete(&self) -> Result<(), Error> {
        self.complete_but(None)
    }

    /// The same without the disk that is given up.
    fn complete_but(&self, lost: Option<&Path>) -> Result<(), Error> {
        let mut absent = self.absent.iter();
        match absent.find(|path| Some(path.as_path()) != lost) {
            None => Ok(()),
            Some(path) => Err(Error::DiskAbsent {
                path: path.clone(),
                marker: self.marker(path),
            }),
        }
    }

    /// Nothing when new stripes can be spread so that the loss of any disk is
    /// healed.
    ///
    /// # Errors
    /// [`Error::DiskAbsent`], [`Error::TooFewDisks`].
    pub fn ready(&self, recovery: Recovery) -> Result<(), Error> {
        if self.is_empty() {
            return Ok(());
        }
        self.complete()?;
        enough(recovery, self.present.len())
    }

    /// Two of the disks that are one device of the system, and thus are lost
    /// together.
    pub fn on_one_device(&self) -> Option<(&Path, &Path)> {
        let paths: Vec<&Path> = self.present.iter().map(|it| it.path.as_path()).collect();
        on_one_device(&paths)
    }

    /// The disk that holds `file`.
    pub fn holding(&self, file: &Path) -> Option<&Volume> {
        let mut volumes = self.present.iter();
        volumes.find(|volume| file.starts_with(volume.root.path()))
    }

    /// The disk that is not there and that a link with this target leads to.
    pub fn away(&self, target: &Path) -> Option<&Path> {
        if self.holding(target).is_some() {
            return None;
        }
        let named = self
            .absent
            .iter()
            .find(|path| target.starts_with(path.join(&self.id)));
        // A link of before its disk had another path.
        let is_ours = self.below_root(target).is_some();
        let other = self.absent.first().filter(|_| is_ours);
        named.or(other).map(PathBuf::as_path)
    }

    /// What follows the archive's folder in the path of a file on any disk.
    pub fn below_root(&self, target: &Path) -> Option<PathBuf> {
        let id = OsStr::new(&self.id);
        let mut parts = target
            .components()
            .skip_while(|part| part.as_os_str() != id);
        parts.next()?;
        let rest: PathBuf = parts.collect();
        (!rest.as_os_str().is_empty()).then_some(rest)
    }

    /// Where a file stands that is the `nth` of those of its stripe: `path` in
    /// the bag that lies at `bag` and is called `name` when it is finished.
    pub fn berth(&self, bag: &Location, name: &str, path: &str, turn: Turn) -> Berth {
        if self.present.is_empty() {
            return Berth::in_bag(bag.join(path));
        }
        let at = disk_of(turn.tranche, turn.stripe, turn.nth, self.present.len());
        Berth::on(&self.present[at].root, bag, name, path)
    }

    /// Where a file is made again: where it is or its link leads, as long as
    /// that disk is there, else on the disk that has the fewest of `others`,
    /// files of the same stripe, and room for it.
    ///
    /// # Errors
    /// [`Error::NoRoom`].
    pub fn new_berth(
        &self,
        bag: &Location,
        path: &str,
        bytes: u64,
        others: &[PathBuf],
    ) -> Result<Berth, Error> {
        let in_bag = bag.join(path);
        if self.present.is_empty() {
            return Ok(Berth::in_bag(in_bag));
        }
        let name = bag.file_name().unwrap_or_default().to_string_lossy();
        let on = |volume: &Volume| Berth::on(&volume.root, bag, &name, path);
        match in_bag.leads_to() {
            None if in_bag.is_file() => return Ok(Berth::in_bag(in_bag)),
            None => {}
            Some(target) => {
                let own = self.holding(&target).map(on);
                // Another file may stand under this one's name: that one stays.
                let is_own =
                    |berth: &Berth| berth.file.path() == target && !others.contains(&target);
                if let Some(berth) = own.filter(is_own) {
                    return Ok(berth);
                }
            }
        }
        let mut rooms = Vec::new();
        for volume in &self.present {
            rooms.push((volume, volume.free_bytes()?));
        }
        let held = |volume: &Volume| {
            let others = others.iter();
            others
                .filter(|other| other.starts_with(volume.root.path()))
                .count()
        };
        let fits = rooms
            .into_iter()
            .filter(|(volume, free)| *free > bytes && !on(volume).file.exists());
        let best = fits.min_by_key(|(volume, free)| (held(volume), Reverse(*free)));
        let (volume, _) = best.ok_or(Error::NoRoom { bytes })?;
        Ok(on(volume))
    }
}

/// Which file it is, for the disk that it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Number of the tranche.
    pub tranche: u32,
    pub stripe: u32,
    /// Among the files that the stripe has, packs before recovery packs.
    pub nth: usize,
}

/// Two of these folders that are on one device.
pub fn on_one_device<'a>(paths: &[&'a Path]) -> Option<(&'a Path, &'a Path)> {
    let mut devices = BTreeMap::new();
    paths.iter().find_map(|path| {
        let device = Location::from(*path).about().ok()?.device;
        let other = devices.insert(device, *path)?;
        Some((other, *path))
    })
}

fn enough(Recovery { k, m }: Recovery, disks: usize) -> Result<(), Error> {
    match survives(k, m, disks) {
        true => Ok(()),
        false => Err(Error::TooFewDisks {
            k,
            m,
            disks,
            most: most_on_a_disk(usize::from(k) + usize::from(m), disks),
            nearest: Nearest::of(k, m, disks),
        }),
    }
}

/// Nothing when all are folders and none is another one under a second name.
fn distinct(home: &Location, disks: &[PathBuf]) -> Result<(), Error> {
    let mut known: BTreeMap<PathBuf, &PathBuf> = BTreeMap::new();
    for disk in disks {
        let folder = home.join(disk);
        let real = folder.whole_path().ok().filter(|_| folder.is_folder());
        let real = real.ok_or_else(|| Error::NoSuchDisk { path: disk.clone() })?;
        if let Some(other) = known.insert(real, disk) {
            return Err(Error::DiskTwice {
                one: other.clone(),
                other: disk.clone(),
            });
        }
    }
    Ok(())
}
