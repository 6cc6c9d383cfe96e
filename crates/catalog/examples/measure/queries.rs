//! Queries as people type them, made from tracks that are there.

use {
    super::{Dice, show},
    longplay_catalog::{
        Error,
        search::{Query, SearchIndex, terms},
    },
    std::time::{Duration, Instant},
};

const QUERIES: usize = 1_000;

const KINDS: [&str; 6] = [
    "one word",
    "two words",
    "beginning",
    "typo",
    "artist + title",
    "marks and capitals",
];

/// A track that queries are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    pub row: u32,
    pub artist: String,
    pub title: String,
}

/// So many ascending rows of `count`: as many in the first thousandth as in
/// the rest of the first tenth, and so on (what people look for falls as their
/// listens do).
pub fn popular(samples: usize, count: u64) -> Vec<u32> {
    let mut dice = Dice(7);
    let last = count.saturating_sub(1) as u32;
    let row = |_| ((count as f64).powf(dice.chance()) as u32).min(last);
    let mut rows: Vec<u32> = (0..samples).map(row).collect();
    rows.sort_unstable();
    rows
}

/// Times of mixed queries, each kind on its own and all together; how many
/// hits agree with a search without bounds, of the first `compared` of a kind.
pub fn ask(index: &SearchIndex, samples: &[Sample], compared: usize) -> Result<(), Error> {
    let mut all = Vec::new();
    let (mut same, mut expected) = (0, 0);
    for (kind, name) in KINDS.iter().enumerate() {
        let mut dice = Dice(kind as u64 + 1);
        let queries: Vec<Query> = (0..QUERIES.div_ceil(KINDS.len()))
            .map(|_| query(kind, &samples[dice.below(samples.len())], &mut dice))
            .collect();
        let mut times = Vec::new();
        let (mut cut, mut looked_at) = (0, 0);
        let mut found = Vec::new();
        for query in &queries {
            let now = Instant::now();
            let result = index.search(query)?;
            times.push(now.elapsed());
            looked_at += result.looked_at;
            cut += usize::from(!result.is_exhaustive);
            found.push(result.hits);
        }
        let (mut of_kind, mut of_all) = (0, 0);
        for (query, hits) in queries.iter().zip(&found).take(compared) {
            let exhaustive = Query {
                exhaustive: true,
                ..query.clone()
            };
            let best = index.search(&exhaustive)?.hits;
            of_all += best.len();
            of_kind += best.iter().filter(|hit| hits.contains(hit)).count();
        }
        show(name, &mut times);
        println!(
            "    hits {of_kind} of {of_all}, {cut} searches cut short, {} documents a search",
            looked_at / queries.len() as u64
        );
        (same, expected) = (same + of_kind, expected + of_all);
        all.extend(times);
    }
    show("all queries", &mut all);
    let recall = 100.0 * f64::from(same as u32) / f64::from(expected.max(1) as u32);
    println!("    hits {same} of {expected} of an exhaustive search: {recall:.2} %");
    Ok(())
}

fn query(kind: usize, sample: &Sample, dice: &mut Dice) -> Query {
    let Sample { artist, title, .. } = sample;
    let words = terms(&format!("{artist} {title}"));
    let mut pick = || {
        words
            .get(dice.below(words.len().max(1)))
            .cloned()
            .unwrap_or_default()
    };
    let text = match kind {
        0 => pick() + " ",
        1 => format!("{} {} ", pick(), pick()),
        2 => {
            let (first, last) = (pick(), pick());
            let letters = 1 + dice.below(4);
            let last: String = last.chars().take(letters).collect();
            if dice.below(2) == 0 {
                last
            } else {
                format!("{first} {last}")
            }
        }
        3 => {
            let (first, second) = (pick(), pick());
            dice.mistyped(&format!("{first} {second}"))
        }
        4 => format!("{artist} {title}"),
        _ => marked(&format!("{title} {artist}")),
    };
    Query {
        limit: 10,
        ..Query::new(text)
    }
}

/// The text in capitals, each `e` and `o` with a mark.
fn marked(text: &str) -> String {
    text.replace('e', "é").replace('o', "ö").to_uppercase()
}

/// Artist and title with one typo: is the track among the first ten?
pub fn find_known_items(index: &SearchIndex, samples: &[Sample]) -> Result<(), Error> {
    let mut dice = Dice(99);
    let (mut found, mut itself) = (0, 0);
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..QUERIES {
        let sample = &samples[dice.below(samples.len())];
        let text = format!("{} {}", sample.artist, sample.title);
        let query = Query {
            limit: 10,
            ..Query::new(dice.mistyped(&text))
        };
        let now = Instant::now();
        let hits = index.search(&query)?.hits;
        times.push(now.elapsed());
        let wanted = words_of(sample);
        let is_same = |hit: u32| {
            let same = samples.iter().find(|other| other.row == hit);
            same.is_some_and(|other| words_of(other) == wanted)
        };
        itself += usize::from(hits.iter().any(|hit| hit.row == sample.row));
        let is_found = |hit: u32| hit == sample.row || is_same(hit);
        found += usize::from(hits.iter().any(|hit| is_found(hit.row)));
    }
    show("known items", &mut times);
    println!("    {found} of {QUERIES} in the top ten, the very row {itself} times");
    Ok(())
}

fn words_of(sample: &Sample) -> Vec<String> {
    let mut words = terms(&format!("{} {}", sample.artist, sample.title));
    words.sort();
    words
}
