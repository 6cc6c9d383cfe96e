//! Writes synthetic track records as JSON lines to its output: what
//! `longplay import` would read of the same recipe, as a file.
//!
//! ```text
//! cargo run --release -p longplay-catalog --example synthetic -- 1000000 7 > tracks.jsonl
//! ```
//!
//! Arguments: a recipe (`synthetic:1000000?seed=7&curve=archive`), or the
//! number of records and a seed (1 if absent).

use {
    longplay_catalog::synthetic::{ParseRecipeError, Recipe},
    std::{
        env,
        error::Error,
        io::{self, BufWriter, Write},
    },
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let recipe = recipe(&arguments)?;
    match write(recipe) {
        // Whoever read the first lines of a pipe has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

fn recipe(arguments: &[String]) -> Result<Recipe, ParseRecipeError> {
    match arguments {
        [text] if Recipe::is_meant(text) => text.parse(),
        [count] => Recipe::parse(&format!("synthetic:{count}")),
        [count, seed] => Recipe::parse(&format!("synthetic:{count}?seed={seed}")),
        other => Err(ParseRecipeError(other.join(" "))),
    }
}

fn write(recipe: Recipe) -> io::Result<()> {
    let mut lines = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    for record in recipe.records() {
        serde_json::to_writer(&mut lines, &record)?;
        lines.write_all(b"\n")?;
    }
    lines.flush()
}
