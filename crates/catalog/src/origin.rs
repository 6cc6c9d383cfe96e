//! Where the records of a source come from.

use {
    crate::{
        error::Error, kept::Kept, snapshot_meta::SourceEntry, sources::Format, synthetic::Recipe,
    },
    std::{collections::BTreeMap, path::Path},
};

/// Bytes of a record that is made up, about.
pub(crate) const MADE_BYTES: u64 = 437;

/// The records of a source.
pub(crate) enum Origin {
    /// Kept as they came.
    Kept(Kept),
    /// Made again whenever they are asked for.
    Made(Recipe),
}

impl Origin {
    /// Opens the source of a snapshot.
    pub(crate) fn open(sources: &Path, entry: &SourceEntry) -> Result<Self, Error> {
        if entry.format == Format::Synthetic {
            return recipe(&entry.file).map(Self::Made);
        }
        Kept::open(&sources.join(entry.digest.to_string())).map(Self::Kept)
    }

    /// Bytes of all records; of those that are made, about.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Kept(kept) => kept.bytes(),
            Self::Made(recipe) => recipe.count.saturating_mul(MADE_BYTES),
        }
    }

    /// Whether the source is of many files.
    pub(crate) fn has_members(&self) -> bool {
        matches!(self, Self::Kept(kept) if kept.has_members())
    }

    /// The bytes of record `number`, counted from 1, exactly as they came.
    pub(crate) fn record(&self, number: u64, entry: &SourceEntry) -> Result<Vec<u8>, Error> {
        match self {
            Self::Kept(kept) => kept.record(number, entry.format.splitting(), entry.max_line_bytes),
            Self::Made(recipe) => made(recipe, number).ok_or(Error::NoRecord { number }),
        }
    }

    /// The same of many records, whose numbers ascend; absent ones are left
    /// out, and when more than `most_bytes` are held, the rest.
    pub(crate) fn records(
        &self,
        numbers: &[u64],
        entry: &SourceEntry,
        most_bytes: u64,
    ) -> Result<BTreeMap<u64, Vec<u8>>, Error> {
        let splitting = entry.format.splitting();
        match self {
            Self::Kept(kept) => kept.records(numbers, splitting, entry.max_line_bytes, most_bytes),
            Self::Made(recipe) => {
                let made = numbers
                    .iter()
                    .map(|number| (*number, made(recipe, *number)));
                Ok(made
                    .filter_map(|(number, record)| Some((number, record?)))
                    .collect())
            }
        }
    }
}

fn made(recipe: &Recipe, number: u64) -> Option<Vec<u8>> {
    let record = recipe.record(number)?;
    Some(serde_json::to_vec(&record).expect("all keys are strings"))
}

/// The recipe that a source is made by.
pub(crate) fn recipe(text: &str) -> Result<Recipe, Error> {
    Recipe::parse(text).map_err(|source| Error::ReadRecipe { source })
}
