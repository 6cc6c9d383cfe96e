//! The few numbers that a synthetic catalog follows from, and their text.

use {
    super::{
        curve::Curve,
        track::{self, Block},
        world::{BLOCK, World},
    },
    longplay_model::TrackRecord,
    std::{fmt, str::FromStr},
    thiserror::Error,
};

/// All that a synthetic catalog is made of; as text
/// `synthetic:256039007?seed=7&curve=luminate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Recipe {
    /// Tracks.
    pub count: u64,
    pub seed: u64,
    /// What the listens follow.
    pub curve: Curve,
}

/// The text is no recipe.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected a recipe such as synthetic:1000000?seed=7&curve=luminate, found {0:?}")]
pub struct ParseRecipeError(pub String);

/// What a recipe begins with, so that no path is taken for one.
const SCHEME: &str = "synthetic:";

impl Recipe {
    /// Records of a block, but for the last.
    pub const BLOCK: u64 = BLOCK;

    /// Listens follow the market, see [`Curve::Luminate`].
    pub const fn new(count: u64, seed: u64) -> Self {
        Self {
            count,
            seed,
            curve: Curve::Luminate,
        }
    }

    /// Reads `synthetic:COUNT?seed=SEED&curve=CURVE`; what follows the count
    /// may be absent: the seed is 1 then, the curve `luminate`.
    pub fn parse(text: &str) -> Result<Self, ParseRecipeError> {
        text.parse()
    }

    /// Whether the text means to be a recipe, right or wrong.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    /// How many [`Self::block`]s there are.
    pub const fn blocks(&self) -> u64 {
        self.count.div_ceil(BLOCK)
    }

    /// The records of block `number`, from 0: 8,192 consecutive ones, fewer in
    /// the last block, none after it. Any thread may make any block.
    pub fn block(&self, number: u64) -> Block {
        Block::new(self.world(), number)
    }

    /// Record `number`, counted from 1; none where the catalog has fewer. It
    /// takes some hundred times as long as a record of a block, because its
    /// place among the popularities of its block has to be found.
    pub fn record(&self, number: u64) -> Option<TrackRecord> {
        let at = number.checked_sub(1).filter(|at| *at < self.count)?;
        Some(track::one(&self.world(), at / BLOCK, (at % BLOCK) as usize))
    }

    fn world(&self) -> World {
        World::new(self.count, self.seed, self.curve)
    }

    /// All records in order, block by block.
    pub fn records(self) -> Records {
        Records {
            recipe: self,
            next: 1,
            block: self.block(0),
        }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { count, seed, curve } = self;
        write!(f, "{SCHEME}{count}?seed={seed}&curve={curve}")
    }
}

impl FromStr for Recipe {
    type Err = ParseRecipeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| ParseRecipeError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Recipe> {
    let rest = text.strip_prefix(SCHEME)?;
    let (count, settings) = rest.split_once('?').unwrap_or((rest, ""));
    let mut recipe = Recipe::new(number(count)?, 1);
    for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
        match setting.split_once('=')? {
            ("seed", seed) => recipe.seed = number(seed)?,
            ("curve", curve) => recipe.curve = Curve::named(curve)?,
            _ => return None,
        }
    }
    Some(recipe)
}

/// Decimal digits alone: no sign, no space.
fn number(text: &str) -> Option<u64> {
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok()).flatten()
}

/// The records of a catalog; see [`Recipe::records`].
#[derive(Debug)]
pub struct Records {
    recipe: Recipe,
    /// The block after the one that is being given.
    next: u64,
    block: Block,
}

impl Iterator for Records {
    type Item = TrackRecord;

    fn next(&mut self) -> Option<TrackRecord> {
        if self.block.len() == 0 && self.next < self.recipe.blocks() {
            self.block = self.recipe.block(self.next);
            self.next += 1;
        }
        self.block.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let later = self.recipe.count.saturating_sub(self.next * BLOCK);
        let left = self.block.len() as u64 + later;
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_is_its_text() {
        let recipe = Recipe::parse("synthetic:256039007?seed=7").unwrap();
        assert_eq!(recipe, Recipe::new(256_039_007, 7));
        assert_eq!(
            recipe.to_string(),
            "synthetic:256039007?seed=7&curve=luminate"
        );
        for text in [
            "synthetic:5?seed=3&curve=archive",
            "synthetic:0?seed=1&curve=luminate",
        ] {
            assert_eq!(Recipe::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Recipe::parse("synthetic:9").unwrap(), Recipe::new(9, 1));
    }

    #[test]
    fn what_is_no_recipe_is_refused() {
        for text in [
            "",
            "256",
            "synthetic:",
            "synthetic:-1",
            "synthetic:+1",
            "synthetic:1?seed",
            "synthetic:1?seed=x",
            "synthetic:1?curve=steep",
            "synthetic:1?sed=1",
            "synthetic:99999999999999999999",
        ] {
            assert!(Recipe::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_stream_knows_how_many_are_left() {
        let mut records = Recipe::new(BLOCK + 3, 7).records();
        assert_eq!(records.size_hint().0 as u64, BLOCK + 3);
        records.next();
        assert_eq!(records.size_hint().0 as u64, BLOCK + 2);
        assert_eq!(records.count() as u64, BLOCK + 2);
    }
}
