use {
    crate::{
        disk::{Kind, Location},
        durable::TEMPORARY,
        error::Error,
        spread::{Berth, Volumes, links_of},
    },
    serde::{Serialize, Serializer},
    std::{collections::BTreeMap, fmt, path::PathBuf},
};

/// Which of the two bags of a tranche.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bag {
    /// Packs, leaf files, index.
    Data,
    /// Recovery packs and their leaf files.
    Recovery,
}

/// A file by its bag and its path in it, with slashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub bag: Bag,
    pub path: String,
}

/// Where the two bags of a tranche are on disk. A keeper may hold no recovery.
#[derive(Debug, Clone)]
pub struct Folders {
    pub data: Location,
    pub recovery: Option<Location>,
    /// The disks that their packs and recovery packs are spread over.
    pub volumes: Volumes,
}

/// A file that is there.
#[derive(Debug, Clone)]
pub struct Found {
    pub place: Place,
    pub location: Location,
    pub bytes: u64,
}

impl Place {
    pub fn data(path: impl Into<String>) -> Self {
        Self {
            bag: Bag::Data,
            path: path.into(),
        }
    }

    pub fn recovery(path: impl Into<String>) -> Self {
        Self {
            bag: Bag::Recovery,
            path: path.into(),
        }
    }

    /// The last component of the path.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// As findings name it: below the folder of tranches.
    pub fn subject(&self, tranche: &str) -> String {
        match self.bag {
            Bag::Data => format!("{tranche}/{}", self.path),
            Bag::Recovery => format!("{tranche}-recovery/{}", self.path),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.bag {
            Bag::Data => f.pad(&self.path),
            Bag::Recovery => f.pad(&format!("{} (recovery)", self.path)),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Folders {
    /// The folder of a bag, where the keeper holds it.
    pub fn of(&self, bag: Bag) -> Option<&Location> {
        match bag {
            Bag::Data => Some(&self.data),
            Bag::Recovery => self.recovery.as_ref(),
        }
    }

    /// Where the file of a place stands or would stand.
    pub fn location_of(&self, place: &Place) -> Option<Location> {
        self.of(place.bag).map(|folder| folder.join(&place.path))
    }

    /// Where the file of a place is made again, `bytes` long; `others` are those
    /// of its stripe.
    ///
    /// # Errors
    /// [`Error::NoRoom`].
    pub fn berth_of(
        &self,
        place: &Place,
        bytes: u64,
        others: &[PathBuf],
    ) -> Result<Option<Berth>, Error> {
        let bag = self.of(place.bag);
        let berth = bag.map(|bag| self.volumes.new_berth(bag, &place.path, bytes, others));
        berth.transpose()
    }

    /// Where the links of both bags lead, when they are spread over disks.
    pub fn links(&self) -> Result<BTreeMap<Place, PathBuf>, Error> {
        let mut links = BTreeMap::new();
        for bag in [Bag::Data, Bag::Recovery] {
            let Some(folder) = self.of(bag).filter(|_| !self.volumes.is_empty()) else {
                continue;
            };
            let of_bag = links_of(folder)?.into_iter();
            links.extend(of_bag.map(|(path, target)| (Place { bag, path }, target)));
        }
        Ok(links)
    }

    /// All files of both bags, sorted by place; unfinished files of killed
    /// commands are left out. A folder that is absent has none.
    pub fn walk(&self) -> Result<Vec<Found>, Error> {
        let mut found = Vec::new();
        for bag in [Bag::Data, Bag::Recovery] {
            let Some(folder) = self.of(bag) else {
                continue;
            };
            match folder.files()? {
                None => walk(folder, bag, "", &mut found)?,
                Some(files) => found.extend(files.into_iter().map(|(path, bytes)| Found {
                    location: folder.join(&path),
                    place: Place { bag, path },
                    bytes,
                })),
            }
        }
        found.sort_by(|a, b| a.place.cmp(&b.place));
        Ok(found)
    }
}

fn walk(folder: &Location, bag: Bag, above: &str, found: &mut Vec<Found>) -> Result<(), Error> {
    for entry in folder.entries()? {
        let location = folder.join(&entry.name);
        let name = entry.name.to_string_lossy();
        let path = match above {
            "" => name.to_string(),
            above => format!("{above}/{name}"),
        };
        if entry.kind == Kind::Folder {
            walk(&location, bag, &path, found)?;
        } else if !name.starts_with(TEMPORARY) {
            found.extend(file(location, Place { bag, path }));
        }
    }
    Ok(())
}

/// A link that leads to no file is as if it were absent.
fn file(location: Location, place: Place) -> Option<Found> {
    let about = location.about().ok().filter(|it| it.kind == Kind::File)?;
    Some(Found {
        place,
        location,
        bytes: about.bytes,
    })
}

#[cfg(test)]
mod tests {
    use {super::*, std::fs};

    #[test]
    fn files_of_both_bags_come_sorted_and_unfinished_ones_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (data, recovery) = (folder.path().join("a"), folder.path().join("a-recovery"));
        for path in ["a/z", "a/data/b", "a/data/.longplay-1.tmp", "a-recovery/c"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        let folders = Folders {
            data: data.into(),
            recovery: Some(recovery.into()),
            volumes: Volumes::default(),
        };
        let found: Vec<_> = folders
            .walk()
            .unwrap()
            .into_iter()
            .map(|f| f.place)
            .collect();
        let expected = [
            Place::data("data/b"),
            Place::data("z"),
            Place::recovery("c"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn an_absent_bag_has_no_file() {
        let folders = Folders {
            data: std::path::Path::new("/nowhere/at/all").into(),
            recovery: None,
            volumes: Volumes::default(),
        };
        assert!(folders.walk().unwrap().is_empty());
    }
}
