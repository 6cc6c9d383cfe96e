//! Made-up catalogs in the shape of real ones, of any size.
//!
//! For demos, tests and measurements: the figures follow what was published of
//! the largest archive and of the streaming market of 2024, and the texts what
//! real samples are like. A catalog is a [`Recipe`]: how many tracks, a seed
//! and a [`Curve`]; any block of 8,192 records follows from the recipe alone,
//! so that threads share the work and nothing has to be kept.
//!
//! ```
//! use longplay_catalog::synthetic::Recipe;
//! let recipe = Recipe::parse("synthetic:256039007?seed=7")?;
//! let block: Vec<_> = recipe.block(31_000).collect();
//! assert_eq!(recipe.record(31_000 * 8_192 + 1).as_ref(), block.first());
//! assert!(block.iter().all(|record| record.synthetic));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The shape: `docs/format/synthetic.md`. Every record is marked synthetic,
//! ISRCs begin with `AA`, GTINs with `2` (in-store numbers of GS1), and no
//! MusicBrainz id is made up.

mod artist;
mod artists;
mod codes;
mod curve;
mod genres;
mod layout;
mod names;
mod normal;
mod recipe;
mod recording;
mod release;
mod rng;
#[cfg(test)]
mod tests;
mod titles;
mod track;
mod words;
mod world;

pub use {
    curve::Curve,
    recipe::{ParseRecipeError, Recipe, Records},
    track::Block,
};

/// Makes `count` records; equal seeds give equal records.
pub fn records(count: u64, seed: u64) -> Records {
    Recipe::new(count, seed).records()
}
