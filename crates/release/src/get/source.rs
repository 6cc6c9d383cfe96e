use {
    crate::{error::Error, public::map::MAP},
    longplay_store::{DisksAlone, Stores, disk::Location, tranches_of},
    std::path::{Path, PathBuf},
};

/// Where an item is fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// An archive: everything, open or not.
    Archive {
        home: PathBuf,
        /// Where its sealed tranches lie, in its folder or elsewhere.
        tranches: Location,
    },
    /// A public folder, or a mirror of one.
    Folder(PathBuf),
    /// The address of a public folder, ending in `/`.
    Url(String),
}

impl From {
    /// An address when `text` starts like one, else a folder of either kind.
    /// Whether the address answers is not asked.
    ///
    /// # Errors
    /// [`Error::OpenSource`] for a folder that is neither.
    pub fn find(text: &str) -> Result<Self, Error> {
        if is_address(text) {
            return Ok(Self::url(text));
        }
        Self::folder(Path::new(text))
    }

    /// A public folder, or the home of an archive whose tranches lie on disks of this
    /// machine.
    pub fn folder(path: &Path) -> Result<Self, Error> {
        if is_archive(path) {
            return Self::archive(path, &DisksAlone);
        }
        match path.join(MAP).is_file() {
            true => Ok(Self::Folder(path.into())),
            false => Err(Error::OpenSource { path: path.into() }),
        }
    }

    /// The home of an archive of which the tranches may lie in one of `stores`.
    ///
    /// # Errors
    /// What keeps its settings from being read, or the way to its store from being known.
    pub fn archive(home: &Path, stores: &dyn Stores) -> Result<Self, Error> {
        Ok(Self::Archive {
            tranches: tranches_of(home, stores)?,
            home: home.into(),
        })
    }

    /// The address of a public folder, of its page or of its map.
    fn url(text: &str) -> Self {
        let url = text.split(['?', '#']).next().unwrap_or(text);
        let folder = ["index.html", MAP]
            .iter()
            .find_map(|name| url.strip_suffix(&format!("/{name}")))
            .unwrap_or(url);
        Self::Url(format!("{}/", folder.trim_end_matches('/')))
    }
}

/// Whether a folder is the home of an archive.
pub fn is_archive(path: &Path) -> bool {
    path.join("longplay.toml").is_file()
}

/// Whether `text` names something on the web, and no folder.
pub fn is_address(text: &str) -> bool {
    let schemes = ["http://", "https://"];
    schemes.iter().any(|scheme| text.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_page_map_and_folder_are_one() {
        for text in [
            "https://example.org/music",
            "https://example.org/music/",
            "https://example.org/music/index.html#verify",
            "https://example.org/music/map.jsonl",
        ] {
            let url = From::Url("https://example.org/music/".into());
            assert_eq!(From::find(text).unwrap(), url);
        }
    }

    #[test]
    fn other_folders_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = From::folder(folder.path()).unwrap_err();
        assert!(matches!(error, Error::OpenSource { .. }));
    }
}
