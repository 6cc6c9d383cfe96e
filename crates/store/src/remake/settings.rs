use {
    crate::{
        bag::parse_info,
        config::{Config, Recovery},
        disk::Location,
        durable::{rename_new, replace},
        error::Error,
        facts::{Bag, Folders, Geometry, kits::kit_of, listing::read_text, place::Place},
        home::{CONFIG, TRANCHES, read_config},
        names::TrancheName,
        remake::folders::{folders_of, named},
        seal::pending,
        spread::{Told, Volumes, told_by_links},
    },
    longplay_model::{Finding, FindingCode},
    std::{io::ErrorKind, path::Path},
};

const INFO: &str = "bag-info.txt";

/// The settings of an archive, as they are or as its tranches tell them.
#[derive(Debug)]
pub enum Settings {
    Sound(Config),
    Lost(NewSettings),
}

/// Settings that tranches tell.
#[derive(Debug)]
pub struct NewSettings {
    pub config: Config,
    /// The tranche that told them.
    pub told_by: String,
    /// A file stands there that cannot be understood.
    pub is_damaged: bool,
}

/// Reads `longplay.toml`; where it is missing or no TOML, asks the tranches in the
/// archive's folder, the newest first, and the links in them.
///
/// # Errors
/// [`Error::NoSettings`] when no tranche tells; settings that can be read and
/// are not allowed, as of a newer version, are errors as ever.
pub fn look(root: &Location) -> Result<Settings, Error> {
    let is_damaged = match read_config(root) {
        Ok(config) => return Ok(Settings::Sound(config)),
        Err(Error::NotAnArchive { .. }) => false,
        Err(Error::ParseConfig { .. }) => true,
        Err(Error::Read { source, .. }) if source.kind() == ErrorKind::InvalidData => true,
        Err(error) => return Err(error),
    };
    let tranches = root.join(TRANCHES);
    let unended = pending::read_in(&tranches)?;
    for name in named(&tranches, &unended)?.into_iter().rev() {
        if let Some(mut config) = told_by(&tranches, &name)? {
            if let Some(Told { id, disks }) = told_by_links(&tranches)? {
                config.id = Some(id);
                config.disks = disks;
            }
            return Ok(Settings::Lost(NewSettings {
                config,
                told_by: name.to_string(),
                is_damaged,
            }));
        }
    }
    Err(Error::NoSettings { path: root.into() })
}

/// By the kits of a tranche, which have digests; without any, by its tag files.
fn told_by(tranches: &Location, name: &TrancheName) -> Result<Option<Config>, Error> {
    let folders = folders_of(tranches, name, &Volumes::default());
    let found = folders.walk()?;
    let packs = found.iter().filter(|file| file.place.bag == Bag::Recovery);
    let kits = packs.filter_map(|file| kit_of(&file.location).ok());
    let ours = kits.filter(|(kit, _)| kit.tranche == name.to_string());
    let by_kit = ours
        .filter_map(|(kit, _)| of_info(kit.bag.get(INFO)?))
        .next();
    Ok(by_kit.or_else(|| by_tag_file(&folders)))
}

fn by_tag_file(folders: &Folders) -> Option<Config> {
    [Place::data(INFO), Place::recovery(INFO)]
        .iter()
        .filter_map(|place| read_text(&folders.location_of(place)?))
        .find_map(|text| of_info(&String::from_utf8(text).ok()?))
}

fn of_info(text: &str) -> Option<Config> {
    let name = parse_info(text).get("Source-Organization").copied()?;
    let Geometry { k, m, .. } = Geometry::of_info(text)?;
    Some(Config {
        recovery: Recovery { k, m },
        ..Config::new(name)
    })
}

impl NewSettings {
    /// Writes them; a file that cannot be understood is kept beside, under
    /// another name. Gives what to tell.
    pub fn write(&self, root: &Location) -> Result<Finding, Error> {
        let path = root.join(CONFIG);
        let text = self.config.to_toml()?;
        let mut finding = self.finding();
        if self.is_damaged {
            let aside = aside(&path);
            rename_new(&path, &aside)?;
            let name = aside.file_name().unwrap_or_default();
            let name = Path::new(name).display();
            finding.seen += &format!("; what stood there is kept as {name}");
        }
        replace(&path, text.as_bytes())?;
        Ok(finding)
    }

    pub fn finding(&self) -> Finding {
        let Recovery { k, m } = self.config.recovery;
        let was = match self.is_damaged {
            true => "it cannot be understood",
            false => "it is missing",
        };
        let disks = &self.config.disks;
        let linked = match disks.is_empty() {
            true => String::new(),
            false => format!("links lead to the disks {disks:?}; "),
        };
        let seen = format!(
            "{was}; {} tells the name {:?} and recovery {k}+{m}; {linked}nothing tells \
             contact, pack_bytes, tranche_bytes, disks that no link leads to, and whether \
             tranches lie in an object store",
            self.told_by, self.config.name
        );
        Finding::new(FindingCode::S023, CONFIG, seen)
    }
}

/// A name beside `path` that is not taken.
fn aside(path: &Location) -> Location {
    (1u32..)
        .map(|number| path.with_ending(&format!(".damaged-{number}")))
        .find(|aside| !aside.is_taken())
        .expect("there are more numbers than files")
}
