//! Is the shape of what is made the shape that was promised?

use {
    super::*,
    longplay_model::TrackRecord,
    std::collections::{HashMap, HashSet},
};

const COUNT: u64 = 20_000;

fn sample() -> Vec<TrackRecord> {
    records(COUNT, 7).collect()
}

/// How far `found` is from `wanted`, as a part of it.
fn off(found: f64, wanted: f64) -> f64 {
    (found / wanted - 1.0).abs()
}

fn distinct<T: std::hash::Hash + Eq>(values: impl Iterator<Item = T>) -> f64 {
    values.collect::<HashSet<T>>().len() as f64
}

#[test]
fn equal_seeds_give_equal_records_and_others_do_not() {
    let first: Vec<TrackRecord> = records(500, 7).collect();
    assert_eq!(first, records(500, 7).collect::<Vec<_>>());
    let other: HashSet<String> = records(500, 8).map(|record| record.id).collect();
    assert!(first.iter().all(|record| !other.contains(&record.id)));
    assert_eq!(records(0, 7).count(), 0);
}

#[test]
fn ids_are_unique_and_every_record_is_marked() {
    let sample = sample();
    assert_eq!(
        distinct(sample.iter().map(|record| &record.id)),
        COUNT as f64
    );
    assert!(sample.iter().all(|record| record.synthetic));
    let isrcs = sample.iter().flat_map(|record| &record.isrcs);
    assert!(
        isrcs
            .into_iter()
            .all(|isrc| isrc.as_str().starts_with("AA"))
    );
}

/// All records of every `step`th block of a catalog of full size.
fn part(step: usize) -> impl Iterator<Item = TrackRecord> {
    let recipe = Recipe::new(256_039_007, 7);
    let blocks = (0..recipe.blocks()).step_by(step);
    blocks.flat_map(move |block| recipe.block(block))
}

#[test]
fn popularity_follows_the_published_counts() {
    let sample: Vec<TrackRecord> = part(2_000).collect();
    let scale = sample.len() as f64 / 256_039_007.0;
    for (least, count, tolerance) in [
        (1.0, 45.0e6, 0.002),
        (10.0, 16.8e6, 0.005),
        (20.0, 5.6e6, 0.01),
        (30.0, 1.88e6, 0.02),
        (40.0, 628e3, 0.05),
    ] {
        let popular = |record: &&TrackRecord| record.popularity >= Some(least);
        let found = sample.iter().filter(popular).count() as f64;
        assert!(off(found, count * scale) < tolerance, "{least}: {found}");
    }
}

/// A catalog of its own has the same shape, however small it is.
#[test]
fn a_small_catalog_has_its_share_of_fame() {
    let sample = sample();
    let scoring = |least: f32| {
        let popular = |record: &&TrackRecord| record.popularity >= Some(least);
        sample.iter().filter(popular).count() as f64
    };
    let scale = COUNT as f64 / 256_039_007.0;
    assert!(off(scoring(1.0), 45.0e6 * scale) < 0.01);
    assert!(off(scoring(20.0), 5.6e6 * scale) < 0.02);
    assert!(off(scoring(50.0), 210e3 * scale) < 0.2);
}

#[test]
fn listens_follow_the_market_and_popularity() {
    let mut sample = sample();
    let scale = COUNT as f64 / 202_192_533.0;
    for (more, count, tolerance) in [
        (10, 108_992_533.0, 0.02),
        (100, 61_292_533.0, 0.01),
        (1_000, 26_692_533.0, 0.01),
        (100_000, 2_592_533.0, 0.02),
    ] {
        let heard = |record: &&TrackRecord| record.listens >= Some(more);
        let found = sample.iter().filter(heard).count() as f64;
        assert!(off(found, count * scale) < tolerance, "{more}: {found}");
    }
    let level = |record: &TrackRecord| (record.listens, record.popularity.map(|p| p as u32));
    sample.sort_by_key(level);
    assert!(sample.is_sorted_by(|a, b| a.popularity <= b.popularity));
}

#[test]
fn the_curve_of_listens_can_be_chosen() {
    let archive = Recipe {
        curve: Curve::Archive,
        ..Recipe::new(COUNT, 7)
    };
    let share = |recipe: Recipe| {
        let mut listens: Vec<u64> = recipe.records().filter_map(|r| r.listens).collect();
        listens.sort_unstable();
        let tail: u64 = listens[..listens.len() * 2 / 3].iter().sum();
        tail as f64 / listens.iter().sum::<u64>() as f64
    };
    assert!(share(archive) > 5.0 * share(Recipe::new(COUNT, 7)));
}

#[test]
fn any_record_can_be_made_alone() {
    let recipe = Recipe::new(20_000, 7);
    let all: Vec<TrackRecord> = recipe.records().collect();
    for number in [1, 2, 77, 8_192, 8_193, 12_345, 16_384, 16_385, 20_000] {
        assert_eq!(recipe.record(number).unwrap(), all[number as usize - 1]);
    }
    assert_eq!((recipe.record(0), recipe.record(20_001)), (None, None));
    assert_eq!(recipe.block(3).count(), 0);
}

#[test]
fn threads_make_the_same_blocks_in_any_order() {
    let recipe = Recipe::new(40_000, 11);
    let made = std::thread::scope(|scope| {
        let blocks = [4, 0, 3, 1, 2].map(|block| (block, scope.spawn(move || recipe.block(block))));
        let mut blocks = blocks.map(|(block, made)| (block, made.join().unwrap()));
        blocks.sort_by_key(|(block, _)| *block);
        blocks.map(|(_, made)| made.collect::<Vec<_>>()).concat()
    });
    assert_eq!(made, recipe.records().collect::<Vec<_>>());
}

#[test]
fn tracks_releases_artists_and_codes_stand_in_the_published_ratios() {
    let sample: Vec<TrackRecord> = records(100_000, 7).collect();
    let count = sample.len() as f64;
    let releases = distinct(sample.iter().map(|record| &record.release_id));
    assert!(off(count / releases, 4.4) < 0.04, "{}", count / releases);
    let credits: usize = sample.iter().map(|record| record.artists.0.len()).sum();
    assert!(off(credits as f64 / count, 1.36) < 0.02);
    let codes = distinct(sample.iter().flat_map(|record| &record.isrcs));
    assert!(off(count / codes, 1.38) < 0.03, "{}", count / codes);
    let names = sample.iter().flat_map(|record| &record.artists.0);
    let artists = distinct(names.map(|artist| &artist.id));
    assert!(off(count / artists, 16.6) < 0.04, "{}", count / artists);
}

/// Zipf: few artists have many tracks, and most have few.
#[test]
fn artists_differ_in_size() {
    let mut tracks: HashMap<Option<String>, u64> = HashMap::new();
    for record in records(100_000, 7) {
        let main = record.artists.0.into_iter().next().unwrap();
        *tracks.entry(main.id).or_default() += 1;
    }
    let mut sizes: Vec<u64> = tracks.into_values().collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let head: u64 = sizes[..sizes.len() / 100].iter().sum();
    assert!((0.08..0.3).contains(&(head as f64 / 100_000.0)), "{head}");
    assert!(sizes[sizes.len() / 2] < 12, "{}", sizes[sizes.len() / 2]);
}

#[test]
fn explicit_tracks_and_whole_minutes_are_as_common_as_promised() {
    let sample = sample();
    let share = |holds: &dyn Fn(&TrackRecord) -> bool| {
        sample.iter().filter(|record| holds(record)).count() as f64 / COUNT as f64
    };
    assert!(off(share(&|record| record.explicit == Some(true)), 0.135) < 0.08);
    let whole = share(&|record| record.duration_ms.unwrap_or(1) % 60_000 == 0);
    assert!(off(whole, 0.06) < 0.15, "{whole}");
    let mean: f64 = sample
        .iter()
        .map(|record| f64::from(record.duration_ms.unwrap_or(0)))
        .sum::<f64>()
        / COUNT as f64;
    assert!(off(mean, 205_000.0) < 0.05, "{mean}");
}

#[test]
fn copies_of_a_recording_share_title_and_length() {
    let mut first: HashMap<String, TrackRecord> = HashMap::new();
    for record in sample() {
        let isrc = record.isrcs[0].to_string();
        let earlier = first.entry(isrc).or_insert_with(|| record.clone());
        assert_eq!(earlier.title, record.title);
        assert_eq!(earlier.artists, record.artists);
        let lengths = (earlier.duration_ms.unwrap(), record.duration_ms.unwrap());
        assert!(lengths.0.abs_diff(lengths.1) < 1_000, "{lengths:?}");
    }
}

#[test]
fn nobody_is_credited_twice() {
    for record in sample() {
        let ids: HashSet<_> = record.artists.0.iter().map(|artist| &artist.id).collect();
        assert_eq!(ids.len(), record.artists.0.len(), "{}", record.id);
    }
}

#[test]
fn a_release_is_of_one_piece() {
    let mut first: HashMap<String, TrackRecord> = HashMap::new();
    let mut places = HashSet::new();
    for record in sample() {
        let id = record.release_id.clone().unwrap();
        assert!(places.insert((id.clone(), record.disc, record.position)));
        let earlier = first.entry(id).or_insert_with(|| record.clone());
        assert_eq!(earlier.release, record.release);
        assert_eq!(earlier.gtin, record.gtin);
        assert_eq!(earlier.release_date, record.release_date);
        assert_eq!(earlier.release_popularity, record.release_popularity);
    }
}

#[test]
fn an_artist_is_the_same_everywhere() {
    let mut known = HashMap::new();
    for record in sample() {
        for artist in record.artists.0 {
            let now = (artist.name, artist.followers);
            let before = known.entry(artist.id).or_insert_with(|| now.clone());
            assert_eq!(*before, now);
        }
    }
}

/// Of 13,754 real tracks and their 3,609 names, see `benches/calibrate.py`:
/// bytes a title and a name, and distinct terms of 8,000 titles.
#[test]
fn texts_have_the_lengths_and_the_variety_of_real_ones() {
    let sample: Vec<TrackRecord> = part(6_000).collect();
    let mean = |texts: &[&str]| {
        texts.iter().map(|text| text.len()).sum::<usize>() as f64 / texts.len() as f64
    };
    let titles: Vec<&str> = sample.iter().map(|record| record.title.as_str()).collect();
    assert!(off(mean(&titles), 17.87) < 0.05, "{}", mean(&titles));
    let credits = sample.iter().flat_map(|record| &record.artists.0);
    let names: Vec<&str> = credits.map(|artist| artist.name.as_str()).collect();
    assert!(off(mean(&names), 13.46) < 0.05, "{}", mean(&names));
    let spread: Vec<&str> = titles
        .iter()
        .step_by(titles.len() / 8_000)
        .copied()
        .collect();
    let terms = spread[..8_000].iter().flat_map(|title| terms(title));
    assert!(off(distinct(terms), 7_859.0) < 0.1);
}

/// Runs of letters and digits in lower case; marks stay.
fn terms(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|term| !term.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[test]
fn titles_come_in_many_scripts() {
    let titles: Vec<String> = records(100_000, 7).map(|record| record.title).collect();
    let share = |range: std::ops::Range<char>| {
        let holds = |title: &&String| title.chars().any(|c| range.contains(&c));
        titles.iter().filter(holds).count() as f64 / titles.len() as f64
    };
    for (range, least) in [
        ('À'..'\u{250}', 0.04),
        ('\u{370}'..'\u{400}', 0.002),
        ('\u{400}'..'\u{500}', 0.006),
        ('\u{3040}'..'\u{a000}', 0.006),
    ] {
        assert!(share(range.clone()) > least, "{range:?}");
    }
    assert!(share('\u{370}'..'\u{10ffff}') < 0.06);
}

#[test]
fn genres_are_many_and_of_the_list() {
    let sample = sample();
    let genres = distinct(sample.iter().flat_map(|record| &record.genres));
    assert!((300.0..=768.0).contains(&genres), "{genres}");
}

/// A fifth of what nobody listens to is worth an access copy, as in the
/// archive whose rule this is: 41 of 211 million.
#[test]
fn the_reference_policy_finds_a_tail() {
    let sample = sample();
    let unheard: Vec<&TrackRecord> = sample
        .iter()
        .filter(|record| record.popularity == Some(0.0))
        .collect();
    let worth = |record: &&&TrackRecord| {
        let artists = &record.artists.0;
        let popularity = artists
            .iter()
            .filter_map(|a| a.popularity)
            .fold(0.0, f32::max);
        let followers = artists
            .iter()
            .filter_map(|a| a.followers)
            .max()
            .unwrap_or(0);
        let points = popularity + record.release_popularity.unwrap_or(0.0);
        f64::from(points) / 100.0 + (followers as f64 + 1.0).log10() / 8.0 >= 0.351
    };
    let share = unheard.iter().filter(worth).count() as f64 / unheard.len() as f64;
    assert!((0.12..0.32).contains(&share), "{share}");
}

#[test]
fn a_small_catalog_and_a_part_of_a_large_one_are_made_alike() {
    for count in [1, 2, 5, 17] {
        assert_eq!(records(count, 3).count() as u64, count);
    }
    let some = records(256_000_000, 3).take(200);
    assert_eq!(distinct(some.map(|record| record.id)), 200.0);
}

/// Change of any of these is a change of every synthetic catalog: its digest
/// is that of the recipe, which says nothing of how records are made.
#[test]
fn records_stay_what_they_are() {
    let text = |number| {
        let record = Recipe::new(1_000_000, 7).record(number).unwrap();
        serde_json::to_string(&record).unwrap()
    };
    assert_eq!(text(500_000), include_str!("record.json").trim_end());
}
