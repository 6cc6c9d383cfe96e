//! Counts over columns equal counts over records.

use {
    crate::{home::Home, made},
    longplay_catalog::stats::{Named, Stats, picture, stats},
    longplay_model::{Silent, TrackRecord},
    std::collections::{BTreeMap, HashMap, HashSet},
};

fn counted(home: &Home) -> Stats {
    stats(&home.snapshot(), 1000, &Silent).unwrap()
}

fn ranked<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Named> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    texts.for_each(|text| *counts.entry(text).or_default() += 1);
    let mut named: Vec<Named> = counts
        .into_iter()
        .map(|(name, tracks)| Named {
            name: name.into(),
            tracks,
        })
        .collect();
    named.sort_by_key(|name| std::cmp::Reverse(name.tracks));
    named
}

fn count(records: &[TrackRecord], holds: impl Fn(&TrackRecord) -> bool) -> u64 {
    records.iter().filter(|record| holds(record)).count() as u64
}

#[test]
fn columns_are_counted_as_records_are() {
    let records = made::records(5000, 3);
    let home = made::home_of(&records);
    let stats = counted(&home);
    assert_eq!(stats.counts.tracks, 5000);
    assert_eq!(stats.sources[0].tracks, 5000);
    assert_eq!(stats.with.isrc, count(&records, |it| !it.isrcs.is_empty()));
    assert_eq!(
        stats.with.mbid,
        count(&records, |it| it.recording_mbid.is_some())
    );
    assert_eq!(
        stats.with.duration,
        count(&records, |it| it.duration_ms.is_some())
    );
    assert_eq!(
        stats.with.release,
        count(&records, |it| it.release.is_some())
    );
    assert_eq!(
        stats.with.genre,
        count(&records, |it| !it.genres.is_empty())
    );
    assert_eq!(
        stats.with.popularity,
        count(&records, |it| it.popularity.is_some())
    );
    assert_eq!(stats.with.synthetic, count(&records, |it| it.synthetic));
    assert_eq!(
        stats.explicit.yes,
        count(&records, |it| it.explicit == Some(true))
    );
    assert_eq!(
        stats.explicit.no,
        count(&records, |it| it.explicit == Some(false))
    );
    assert_eq!(
        stats.explicit.unknown,
        count(&records, |it| it.explicit.is_none())
    );
    let genres = records.iter().flat_map(|it| &it.genres);
    assert_eq!(stats.genres, ranked(genres.map(String::as_str)));
    assert_eq!(stats.genre_names, stats.genres.len() as u64);
    let languages = records.iter().filter_map(|it| it.language.as_deref());
    assert_eq!(stats.languages, ranked(languages));
    let access = records
        .iter()
        .map(|it| if it.rights.is_some() { "open" } else { "dark" });
    assert_eq!(stats.access, ranked(access));
}

#[test]
fn codes_are_counted_both_ways() {
    let records = made::records(5000, 4);
    let stats = counted(&made::home_of(&records));
    let mut by_code = HashMap::new();
    for isrc in records.iter().flat_map(|it| &it.isrcs) {
        *by_code.entry(isrc).or_insert(0usize) += 1;
    }
    assert_eq!(stats.isrcs, by_code.len() as u64);
    for (number, count_of) in stats.tracks_an_isrc.iter().enumerate() {
        let is_last = number + 1 == stats.tracks_an_isrc.len();
        let holds = |tracks: &&usize| **tracks == number + 1 || is_last && **tracks > number;
        assert_eq!(*count_of, by_code.values().filter(holds).count() as u64);
    }
    for (number, count_of) in stats.isrcs_a_track.iter().enumerate() {
        assert_eq!(*count_of, count(&records, |it| it.isrcs.len() == number));
    }
}

#[test]
fn years_are_those_of_releases() {
    let records = made::records(3000, 5);
    let stats = counted(&made::home_of(&records));
    let mut expected: BTreeMap<i16, (HashSet<&str>, u64)> = BTreeMap::new();
    for record in &records {
        if let Some((date, id)) = record.release_date.zip(record.release_id.as_deref()) {
            let year = expected.entry(date.year()).or_default();
            year.0.insert(id);
            year.1 += 1;
        }
    }
    let found = stats
        .years
        .iter()
        .map(|it| (it.year as i16, it.releases, it.tracks));
    let expected = expected
        .iter()
        .map(|(year, (ids, tracks))| (*year, ids.len() as u64, *tracks));
    assert!(found.eq(expected), "{:?}", stats.years);
    let releases: u64 = stats.years.iter().map(|it| it.releases).sum();
    assert_eq!(releases + stats.undated_releases, stats.counts.releases);
}

#[test]
fn durations_and_popularity_are_sums_of_records() {
    let records = made::records(4000, 6);
    let stats = counted(&made::home_of(&records));
    let durations: Vec<u64> = records
        .iter()
        .filter_map(|it| it.duration_ms.map(u64::from))
        .collect();
    let mean = durations.iter().sum::<u64>() as f64 / durations.len() as f64;
    assert_eq!(stats.durations.mean_ms, Some(mean));
    let whole = durations
        .iter()
        .filter(|ms| ms.is_multiple_of(60_000))
        .count();
    assert_eq!(stats.durations.whole_minutes, whole as u64);
    for bar in &stats.durations.bars {
        let to = bar.to_seconds.unwrap_or(u64::MAX);
        let within = |ms: &&u64| (bar.from_seconds..to).contains(&(**ms / 1000));
        assert_eq!(bar.tracks, durations.iter().filter(within).count() as u64);
    }
    assert!(
        !stats.durations.spikes.is_empty(),
        "whole minutes stand out"
    );
    for step in &stats.popularity {
        let least = f32::from(step.popularity);
        let holds = |it: &TrackRecord| it.popularity.is_some_and(|it| it >= least);
        assert_eq!(step.tracks, count(&records, holds), "{}", step.popularity);
    }
}

#[test]
fn of_two_sources_the_own_figure_counts() {
    let mut home = Home::new();
    home.import("a", crate::home::record("1", "t", r#""popularity":15"#));
    home.import("b", crate::home::record("1", "t", r#""popularity":55"#));
    let stats = counted(&home);
    let tracks: Vec<u64> = stats.popularity.iter().map(|it| it.tracks).collect();
    assert_eq!(tracks, [2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
    let sources: Vec<(&str, u64)> = stats
        .sources
        .iter()
        .map(|it| (&*it.name, it.tracks))
        .collect();
    assert_eq!(sources, [("a", 1), ("b", 1)]);
}

#[test]
fn an_almost_empty_snapshot_is_counted_too() {
    let mut home = Home::new();
    home.import("a", crate::home::record("1", "t", ""));
    let stats = counted(&home);
    assert_eq!((stats.isrcs, &stats.isrcs_a_track[..2]), (0, &[1, 0][..]));
    assert_eq!(stats.durations.mean_ms, None);
    assert!(picture::text(&stats).starts_with("Snapshot "));
}

#[test]
fn pictures_fit_and_are_whole() {
    let stats = counted(&made::home_of(&made::records(2000, 7)));
    let text = picture::text(&stats);
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{text}");
    for title in ["Tracks by duration", "Tracks by genre", "ISRCs by number"] {
        assert!(text.contains(title), "{text}");
    }
    let svg = picture::svg(&stats, "A & <B>");
    let opened = svg.matches('<').count() - svg.matches("</").count();
    assert_eq!(
        opened,
        svg.matches("</").count() + svg.matches("/>").count()
    );
    assert!(svg.contains("A &amp; &lt;B&gt;") && !svg.contains("NaN"));
    assert_eq!(svg.matches("http").count(), 1, "only the name space");
}

#[test]
fn threads_do_not_show() {
    let home = made::home_of(&made::records(3000, 8));
    let snapshot = home.snapshot();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| stats(&snapshot, 9, &Silent).unwrap())
    };
    assert_eq!(with(1), with(4));
}
