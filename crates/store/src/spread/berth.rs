use crate::{
    disk::Location,
    durable::{create_dir, put_in_place, replace_link, temporary_of},
    error::Error,
};

/// Where a file of a bag stands: in the bag, or on a disk, with a link to it in
/// the bag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Berth {
    /// The file itself.
    pub file: Location,
    mooring: Option<Mooring>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Mooring {
    /// Its place in the bag.
    link: Location,
    /// The archive's folder on the disk.
    root: Location,
}

impl Berth {
    pub const fn in_bag(file: Location) -> Self {
        Self {
            file,
            mooring: None,
        }
    }

    /// On the disk with the archive's folder `root`: `path` of the bag that lies
    /// at `bag` and is called `name` when it is finished.
    pub fn on(root: &Location, bag: &Location, name: &str, path: &str) -> Self {
        let mooring = Mooring {
            link: bag.join(path),
            root: root.clone(),
        };
        Self {
            file: root.join(name).join(path),
            mooring: Some(mooring),
        }
    }

    /// Whether the file stands on a disk, and a link to it in the bag.
    pub const fn is_linked(&self) -> bool {
        self.mooring.is_some()
    }

    /// Where the bytes stand until they are whole, on the same disk.
    pub fn unfinished(&self) -> Location {
        temporary_of(&self.file)
    }

    /// Makes the folders of the file and of its link, durably. The archive's
    /// folder on the disk is there, or the disk has gone.
    pub fn make_folders(&self) -> Result<(), Error> {
        if let Some(Mooring { link, root }) = &self.mooring {
            if !root.is_folder() {
                return Err(Error::NoSuchDisk { path: root.into() });
            }
            create_dir(link.folder())?;
        }
        create_dir(self.file.folder())
    }

    /// Gives the unfinished file, which is durable, its name, and only then the
    /// bag its link; both survive a power cut from here on.
    pub fn land(&self) -> Result<(), Error> {
        put_in_place(&self.unfinished(), &self.file)?;
        match &self.mooring {
            Some(Mooring { link, .. }) if link.leads_to().as_deref() != Some(self.file.path()) => {
                replace_link(&self.file, link)
            }
            _ => Ok(()),
        }
    }
}
