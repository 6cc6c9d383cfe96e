//! How tranches and the files in them are called (`docs/format/tranche.md`).

use {
    longplay_model::{Access, RelativePath, Timestamp},
    std::{fmt, str::FromStr},
    thiserror::Error,
};

/// `<number>-<kind>-<access>`: `0002-audio-open`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrancheName {
    /// Counted from 1.
    pub number: u32,
    pub kind: TrancheKind,
    /// `open`, `dark`, `suspended` or `embargo-YYYY-MM-DD`.
    pub access: String,
}

/// What a tranche holds, in the order of release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrancheKind {
    Metadata,
    Audio,
    Art,
}

/// The text is no name of a tranche.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected the name of a tranche such as 0002-audio-open, found {0:?}")]
pub struct ParseTrancheNameError(pub String);

/// Ending of the name of a recovery bag.
pub const RECOVERY: &str = "-recovery";

/// Beginning of the names of folders that are still being written.
pub const PARTIAL: &str = ".partial-";

/// Path of the index of a bag of packs.
pub const INDEX: &str = "data/index.jsonl";

impl TrancheKind {
    pub const ALL: [Self; 3] = [Self::Metadata, Self::Audio, Self::Art];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Audio => "audio",
            Self::Art => "art",
        }
    }
}

impl TrancheName {
    pub fn new(number: u32, kind: TrancheKind, access: Access) -> Self {
        Self {
            number,
            kind,
            access: access.slug(),
        }
    }

    /// Name of the recovery bag.
    pub fn recovery(&self) -> String {
        format!("{self}{RECOVERY}")
    }

    /// File name of a pack; packs are counted from 0 through the tranche.
    pub fn pack(&self, number: u32) -> String {
        format!("{self}-{number:06}.tar")
    }

    pub fn pack_path(&self, number: u32) -> RelativePath {
        path(format!("data/packs/{}", self.pack(number)))
    }

    /// Leaves of the data files of a stripe, in the bag.
    pub fn leaves_path(&self, stripe: u32) -> RelativePath {
        path(format!("data/leaves/{self}-s{stripe:04}.leaves"))
    }

    /// Leaves of the recovery packs of a stripe, in the recovery bag.
    pub fn recovery_leaves_path(&self, stripe: u32) -> RelativePath {
        path(format!("data/leaves/{self}-s{stripe:04}{RECOVERY}.leaves"))
    }

    pub fn recovery_path(&self, stripe: u32, j: u32) -> RelativePath {
        path(format!("data/recovery/{self}-s{stripe:04}-r{j:02}.rec"))
    }
}

fn path(text: String) -> RelativePath {
    text.parse().expect("a tranche's name is portable")
}

impl fmt::Display for TrancheKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for TrancheName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self {
            number,
            kind,
            access,
        } = self;
        write!(f, "{number:04}-{kind}-{access}")
    }
}

impl FromStr for TrancheName {
    type Err = ParseTrancheNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text)
            .filter(|name| name.to_string() == text)
            .ok_or_else(|| ParseTrancheNameError(text.into()))
    }
}

fn parse(text: &str) -> Option<TrancheName> {
    let mut parts = text.splitn(3, '-');
    let number = parts.next()?.parse().ok().filter(|number| *number > 0)?;
    let word = parts.next()?;
    let kind = TrancheKind::ALL
        .into_iter()
        .find(|kind| kind.name() == word)?;
    let access = parts.next().filter(|slug| is_slug(slug))?.to_owned();
    Some(TrancheName {
        number,
        kind,
        access,
    })
}

fn is_slug(text: &str) -> bool {
    let is_date = |day: &str| {
        format!("{day}T00:00:00Z")
            .parse::<Timestamp>()
            .is_ok_and(|time| time.date() == day)
    };
    matches!(text, "open" | "dark" | "suspended")
        || text.strip_prefix("embargo-").is_some_and(is_date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_the_round_trip() {
        for text in [
            "0001-metadata-open",
            "0002-audio-dark",
            "12345-art-suspended",
            "0003-audio-embargo-2030-01-31",
        ] {
            assert_eq!(text.parse::<TrancheName>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_folders_are_no_tranches() {
        for text in [
            "",
            "0001-audio-open-recovery",
            ".partial-0001-audio-open",
            "1-audio-open",
            "0000-audio-open",
            "0001-video-open",
            "0001-audio-embargo-2030-02-31",
            "0001-audio-embargo-2030",
            "+001-audio-open",
            "0001-audio-",
        ] {
            assert!(text.parse::<TrancheName>().is_err(), "{text}");
        }
    }

    #[test]
    fn files_are_called_as_the_format_says() {
        let name = TrancheName::new(2, TrancheKind::Audio, Access::Open);
        let recovery = name.recovery_path(3, 7);
        assert_eq!(name.recovery(), "0002-audio-open-recovery");
        assert_eq!(
            name.pack_path(12).as_str(),
            "data/packs/0002-audio-open-000012.tar"
        );
        assert_eq!(
            name.leaves_path(1).as_str(),
            "data/leaves/0002-audio-open-s0001.leaves"
        );
        assert_eq!(
            recovery.as_str(),
            "data/recovery/0002-audio-open-s0003-r07.rec"
        );
        assert_eq!(
            name.recovery_leaves_path(1).as_str(),
            "data/leaves/0002-audio-open-s0001-recovery.leaves"
        );
    }
}
