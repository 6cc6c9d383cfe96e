//! What both pictures show, in the same words.

use {
    crate::stats::{Durations, Named, Stats},
    longplay_model::grouped,
    std::collections::BTreeMap,
};

/// A bar with what is written beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) count: u64,
}

/// Bars under a title.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) rows: Vec<Row>,
}

/// Years are put together by decades above this many.
const MOST_YEARS: usize = 24;

/// All sections that hold anything.
pub(super) fn sections(stats: &Stats) -> Vec<Section> {
    let section = |title, rows| Section { title, rows };
    let sections = [
        section("Tracks that have", with(stats)),
        section("Tracks by source", sources(stats)),
        section("Tracks by year of their release", years(stats)),
        section("Tracks by duration", durations(&stats.durations)),
        section("Tracks by genre", names(&stats.genres)),
        section("Tracks by language", names(&stats.languages)),
        section("Tracks of at least this popularity", popularity(stats)),
        section("Tracks by number of their ISRCs", isrcs_a_track(stats)),
        section("ISRCs by number of their tracks", tracks_an_isrc(stats)),
        section("Tracks by access class", names(&stats.access)),
    ];
    let full = |section: &Section| section.rows.iter().any(|row| row.count > 0);
    sections.into_iter().filter(full).collect()
}

fn row(label: impl Into<String>, count: u64) -> Row {
    Row {
        label: label.into(),
        count,
    }
}

fn with(stats: &Stats) -> Vec<Row> {
    let with = &stats.with;
    vec![
        row("ISRC", with.isrc),
        row("MusicBrainz id", with.mbid),
        row("duration", with.duration),
        row("release", with.release),
        row("genre", with.genre),
        row("popularity", with.popularity),
        row("explicit lyrics", stats.explicit.yes),
        row("clean lyrics", stats.explicit.no),
        row("been made up", with.synthetic),
    ]
}

/// Sources of one name together, without those that have no tracks, such as
/// listens.
fn sources(stats: &Stats) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for source in stats.sources.iter().filter(|source| source.tracks > 0) {
        match rows.iter_mut().find(|row| row.label == source.name) {
            Some(row) => row.count += source.tracks,
            None => rows.push(row(&source.name, source.tracks)),
        }
    }
    rows
}

fn names(names: &[Named]) -> Vec<Row> {
    names.iter().map(|it| row(&it.name, it.tracks)).collect()
}

fn years(stats: &Stats) -> Vec<Row> {
    let step = if stats.years.len() > MOST_YEARS {
        10
    } else {
        1
    };
    let mut bars: BTreeMap<u16, u64> = BTreeMap::new();
    for it in &stats.years {
        *bars.entry(it.year / step * step).or_default() += it.tracks;
    }
    let label = |year| match step {
        1 => format!("{year:04}"),
        _ => format!("{year:04}–{:04}", year + step - 1),
    };
    let bars = bars.into_iter();
    bars.map(|(year, tracks)| row(label(year), tracks))
        .collect()
}

fn durations(durations: &Durations) -> Vec<Row> {
    let bars = durations.bars.iter();
    bars.map(|bar| {
        let from = clock(bar.from_seconds);
        let label = match bar.to_seconds {
            Some(to) => format!("{from} up to {}", clock(to)),
            None => format!("{from} and longer"),
        };
        row(label, bar.tracks)
    })
    .collect()
}

fn popularity(stats: &Stats) -> Vec<Row> {
    let steps = stats.popularity.iter();
    steps
        .map(|it| row(it.popularity.to_string(), it.tracks))
        .collect()
}

fn isrcs_a_track(stats: &Stats) -> Vec<Row> {
    numbered(&stats.isrcs_a_track, 0)
}

fn tracks_an_isrc(stats: &Stats) -> Vec<Row> {
    numbered(&stats.tracks_an_isrc, 1)
}

/// Counts of 0, 1, 2 … up to the last that is not nought.
fn numbered(counts: &[u64], first: usize) -> Vec<Row> {
    let end = counts.iter().rposition(|count| *count > 0);
    let counts = counts.iter().enumerate().take(end.map_or(0, |end| end + 1));
    let label = |number: usize| match number {
        10 => "10 or more".to_owned(),
        number => number.to_string(),
    };
    counts
        .map(|(at, count)| row(label(at + first), *count))
        .collect()
}

/// `3:05`.
pub(super) fn clock(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// A share in percent: `13.5 %`; never rounded up to all, nor down to none.
pub(super) fn percent(part: u64, all: u64) -> String {
    if all == 0 {
        return "–".to_owned();
    }
    let tenths = (part as f64 / all as f64 * 1000.0).round();
    let least = if part == 0 { 0.0 } else { 1.0 };
    let most = if part < all { 999.0 } else { 1000.0 };
    format!("{:.1} %", tenths.clamp(least, most) / 10.0)
}

/// What the snapshot holds in all.
pub(super) fn counts(stats: &Stats) -> [(u64, &'static str); 4] {
    let counts = &stats.counts;
    [
        (counts.tracks, "tracks"),
        (counts.recordings, "recordings"),
        (counts.releases, "releases"),
        (counts.artists, "artists"),
    ]
}

/// The same in a sentence.
pub(super) fn told(stats: &Stats) -> String {
    let counts = counts(stats).map(|(count, what)| format!("{} {what}", grouped(count)));
    counts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_never_rounded_to_all_or_none() {
        for (part, all, text) in [
            (0, 0, "–"),
            (0, 9, "0.0 %"),
            (1, 100_000, "0.1 %"),
            (1, 3, "33.3 %"),
            (99_999, 100_000, "99.9 %"),
            (9, 9, "100.0 %"),
        ] {
            assert_eq!(percent(part, all), text);
        }
    }

    #[test]
    fn numbers_end_with_the_last_that_is_there() {
        let labels = |counts: &[u64], first| -> Vec<String> {
            let rows = numbered(counts, first);
            rows.into_iter().map(|row| row.label).collect()
        };
        assert_eq!(labels(&[3, 0, 1, 0], 0), ["0", "1", "2"]);
        assert_eq!(labels(&[0; 11], 0), [""; 0]);
        assert_eq!(labels(&[1; 10], 1).last().unwrap(), "10 or more");
        assert_eq!(labels(&[1; 11], 0).last().unwrap(), "10 or more");
    }
}
