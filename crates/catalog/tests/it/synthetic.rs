//! Synthetic catalogs are sound sources, and what their page says they are.

use {
    crate::home::Home,
    longplay_catalog::synthetic::{Curve, Recipe},
    longplay_model::TrackRecord,
    proptest::prelude::*,
    std::{collections::HashSet, ops::Range},
};

fn lines(recipe: Recipe, blocks: Range<u64>) -> String {
    blocks
        .flat_map(|block| recipe.block(block))
        .map(|record| serde_json::to_string(&record).unwrap() + "\n")
        .collect()
}

#[test]
fn records_are_imported_without_a_finding() {
    let mut home = Home::new();
    let recipe = Recipe::new(9_000, 7);
    let summary = home.import("syn", lines(recipe, 0..recipe.blocks()));
    assert_eq!((summary.records, summary.rejected), (9_000, 0));
    assert_eq!(home.findings.take(), Vec::<String>::new());
    let counts = home.snapshot().counts();
    let releases: HashSet<_> = recipe.records().map(|record| record.release_id).collect();
    assert_eq!(counts.tracks, 9_000);
    assert_eq!(counts.releases, releases.len() as u64);
    let isrcs: HashSet<_> = recipe.records().map(|record| record.isrcs).collect();
    assert_eq!(counts.recordings, isrcs.len() as u64);
}

/// One block of a catalog as large as the largest archive.
#[test]
fn any_block_of_a_large_catalog_is_made_at_once() {
    let recipe = Recipe::parse("synthetic:256039007?seed=7").unwrap();
    let last: Vec<TrackRecord> = recipe.block(recipe.blocks() - 1).collect();
    assert_eq!(last.len() as u64, 256_039_007 % 8_192);
    assert_eq!(last.last().unwrap().id, "t7-256039007");
    assert_eq!(recipe.record(256_039_007).as_ref(), last.last());
}

#[test]
fn the_example_of_the_page_is_a_record() {
    let page = include_str!("../../../../docs/format/synthetic.md");
    let example = page.lines().find(|line| line.starts_with('{')).unwrap();
    let record = Recipe::new(1_000_000, 7).record(1).unwrap();
    assert_eq!(serde_json::to_string(&record).unwrap(), example);
}

fn recipes() -> impl Strategy<Value = Recipe> {
    let curve = prop_oneof![Just(Curve::Luminate), Just(Curve::Archive)];
    (0u64..20_000, any::<u64>(), curve).prop_map(|(count, seed, curve)| Recipe {
        count,
        seed,
        curve,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_recipe_is_read_back_from_its_text(recipe in recipes()) {
        prop_assert_eq!(Recipe::parse(&recipe.to_string()), Ok(recipe));
    }

    #[test]
    fn text_of_any_kind_is_read_or_refused(text in "(synthetic:)?[0-9]{0,25}[?&=a-z0-9]{0,12}") {
        if let Ok(recipe) = Recipe::parse(&text) {
            prop_assert_eq!(Recipe::parse(&recipe.to_string()), Ok(recipe));
        }
    }

    #[test]
    fn a_record_alone_is_the_record_of_its_block(recipe in recipes(), place in 0.0f64..1.0) {
        prop_assume!(recipe.count > 0);
        let at = (place * recipe.count as f64) as u64;
        let block: Vec<TrackRecord> = recipe.block(at / 8_192).collect();
        let alone = recipe.record(at + 1);
        prop_assert_eq!(alone.as_ref(), block.get((at % 8_192) as usize));
    }

    #[test]
    fn blocks_make_up_the_catalog(recipe in recipes()) {
        let ids: HashSet<String> = recipe.records().map(|record| record.id).collect();
        prop_assert_eq!(ids.len() as u64, recipe.count);
        prop_assert_eq!(recipe.blocks(), recipe.count.div_ceil(8_192));
    }
}
