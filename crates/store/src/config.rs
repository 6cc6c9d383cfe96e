use {
    crate::{error::Error, stores::TrancheStore},
    longplay_model::ByteSize,
    serde::{Deserialize, Serialize},
    std::path::{Component, Path, PathBuf},
};

/// The settings of an archive: `longplay.toml` (`docs/format/archive.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Version of the archive's format.
    pub version: u32,
    /// The name of the archive, as it stands in every bag.
    pub name: String,
    /// Whom a reader may write to: an address or a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// How long a pack gets.
    #[serde(default = "pack_bytes")]
    pub pack_bytes: ByteSize,
    /// Where a tranche is cut, recovery not counted.
    #[serde(default = "tranche_bytes")]
    pub tranche_bytes: ByteSize,
    /// Folders on other disks, one a disk, that packs and recovery packs are
    /// spread over; without any, all is in the archive's own folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disks: Vec<PathBuf>,
    /// What the archive's folder is called on these disks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default)]
    pub recovery: Recovery,
    /// Where sealed tranches lie; in the archive's folder when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tranches: Option<TrancheStore>,
}

/// A stripe: `k` packs, and `m` recovery packs computed over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    pub k: u8,
    pub m: u8,
}

/// The newest version of the archive format that this code knows.
pub const VERSION: u32 = 1;

/// One piece of the smallest torrent, and the least a size may be.
const LEAST_BYTES: u64 = 16 * 1024;

impl Default for Recovery {
    fn default() -> Self {
        Self { k: 20, m: 4 }
    }
}

const fn pack_bytes() -> ByteSize {
    ByteSize(1 << 30)
}

const fn tranche_bytes() -> ByteSize {
    ByteSize(200_000_000_000)
}

impl Config {
    /// The settings of a new archive: packs of 1 GiB, 20 + 4 to a stripe,
    /// tranches of 200 GB.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            version: VERSION,
            name: name.into(),
            contact: None,
            pack_bytes: pack_bytes(),
            tranche_bytes: tranche_bytes(),
            disks: Vec::new(),
            id: None,
            recovery: Recovery::default(),
            tranches: None,
        }
    }

    /// Reads the text of the file at `path`, which errors name.
    ///
    /// # Errors
    /// [`Error::NewerFormat`] before anything else is looked at, so that an
    /// archive of tomorrow is not called malformed.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let malformed = |source| Error::ParseConfig {
            path: path.into(),
            source,
        };
        let Versioned { version } = toml::from_str(text).map_err(malformed)?;
        if version > VERSION {
            return Err(Error::NewerFormat {
                path: path.into(),
                found: version,
                known: VERSION,
            });
        }
        let config: Self = toml::from_str(text).map_err(malformed)?;
        config.check()?;
        Ok(config)
    }

    /// The text of `longplay.toml`.
    pub fn to_toml(&self) -> Result<String, Error> {
        self.check()?;
        toml::to_string(self).map_err(|source| Error::WriteConfig { source })
    }

    fn check(&self) -> Result<(), Error> {
        let Recovery { k, m } = self.recovery;
        if k == 0 || m == 0 || u16::from(k) + u16::from(m) > 255 {
            return Err(Error::Geometry { k, m });
        }
        at_least("pack_bytes", self.pack_bytes)?;
        at_least("tranche_bytes", self.tranche_bytes)?;
        self.check_disks()
    }

    fn check_disks(&self) -> Result<(), Error> {
        if let Some(store) = self.tranches.as_ref().filter(|_| !self.disks.is_empty()) {
            return Err(Error::DisksAndStore {
                address: store.at.clone(),
            });
        }
        if let Some(id) = self.id.as_ref().filter(|id| !is_id(id)) {
            return Err(Error::ArchiveId { id: id.clone() });
        }
        for (at, disk) in self.disks.iter().enumerate() {
            let is_plain = disk.components().all(|part| part != Component::ParentDir);
            if !disk.is_absolute() || !is_plain {
                return Err(Error::DiskPath { path: disk.clone() });
            }
            if self.disks[..at].contains(disk) {
                return Err(Error::DiskTwice {
                    one: disk.clone(),
                    other: disk.clone(),
                });
            }
        }
        Ok(())
    }
}

/// A name that every file system takes.
fn is_id(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&text.len()) && text.chars().all(is_plain)
}

fn at_least(field: &'static str, size: ByteSize) -> Result<(), Error> {
    if size.0 >= LEAST_BYTES {
        return Ok(());
    }
    Err(Error::SizeTooSmall {
        field,
        bytes: size.0,
        least: LEAST_BYTES,
    })
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Error> {
        Config::parse(text, Path::new("longplay.toml"))
    }

    #[test]
    fn settings_survive_the_round_trip() {
        let mut config = Config::new("Village \"archive\"");
        config.contact = Some("mailto:archive@example.org".into());
        config.recovery = Recovery { k: 4, m: 2 };
        config.disks = ["/mnt/a", "/mnt/b b"].map(PathBuf::from).into();
        config.id = Some("1f-2e".into());
        assert_eq!(parse(&config.to_toml().unwrap()).unwrap(), config);
        (config.disks, config.id) = (Vec::new(), None);
        config.tranches = Some(TrancheStore {
            at: "s3://music/village".into(),
            endpoint: Some("https://storage.example.org".into()),
            region: None,
        });
        assert_eq!(parse(&config.to_toml().unwrap()).unwrap(), config);
        config.disks = vec!["/mnt/a".into()];
        assert!(matches!(config.to_toml(), Err(Error::DisksAndStore { .. })));
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let config = parse("version = 1\nname = \"x\"\n").unwrap();
        assert_eq!(config, Config::new("x"));
    }

    #[test]
    fn sizes_may_be_written_for_people() {
        let config = parse("version = 1\nname = \"x\"\npack_bytes = \"64 MiB\"\n").unwrap();
        assert_eq!(config.pack_bytes, ByteSize(64 << 20));
    }

    #[test]
    fn a_newer_version_is_named_with_the_remedy() {
        let error = parse("version = 9\nsomething = \"new\"\n").unwrap_err();
        assert!(matches!(
            error,
            Error::NewerFormat {
                found: 9,
                known: 1,
                ..
            }
        ));
        assert!(error.to_string().contains("use a newer longplay"));
    }

    #[test]
    fn impossible_settings_are_refused() {
        for text in [
            "name = \"no version\"",
            "version = 1",
            "version = 1\nname = \"x\"\nrecovery = { k = 0, m = 1 }",
            "version = 1\nname = \"x\"\nrecovery = { k = 1, m = 0 }",
            "version = 1\nname = \"x\"\nrecovery = { k = 200, m = 56 }",
            "version = 1\nname = \"x\"\npack_bytes = \"1\"",
            "version = 1\nname = \"x\"\npack_bytes = \"many\"",
            "version = 1\nname = \"x\"\ndisks = [\"mnt/a\"]",
            "version = 1\nname = \"x\"\ndisks = [\"/mnt/../a\"]",
            "version = 1\nname = \"x\"\ndisks = [\"/mnt/a\", \"/mnt/a/\"]",
            "version = 1\nname = \"x\"\nid = \"../x\"",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
