//! Builds a full-text index of made-up tracks and measures it.
//!
//! ```text
//! search_bench TRACKS FOLDER [THREADS] [MEMORY-IN-MIB]
//! ```
//!
//! Up to 20 million tracks are put in rank order first; more than that come as
//! they are made. Prints bytes a track, the time of building with and without
//! the making of records, the times of 1,000 mixed queries, memory, and how
//! many hits agree with a search without bounds.

use {
    longplay_catalog::{
        search::{Docs, Query, SearchBuilder, SearchIndex, terms},
        synthetic,
    },
    longplay_model::{Silent, TrackRecord},
    std::{
        error::Error,
        path::Path,
        time::{Duration, Instant},
    },
};

const SORTED: u64 = 20_000_000;
const BATCH: usize = 1 << 16;
const QUERIES: usize = 1_000;
/// Tracks that queries are made from.
const SAMPLES: u64 = 4_000;

/// Artist and title of a track.
type Text = (String, String);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, count, folder, options @ ..] = &arguments[..] else {
        return Err("search_bench TRACKS FOLDER [THREADS] [MEMORY-IN-MIB]".into());
    };
    let count: u64 = count.parse()?;
    let threads = options.first().map_or(Ok(2), |text| text.parse())?;
    let memory: usize = options.get(1).map_or(Ok(1024), |text| text.parse())?;
    let samples = build(count, Path::new(folder), threads, memory << 20)?;
    let before = resident();
    let opened = Instant::now();
    let index = SearchIndex::open(&Path::new(folder).join("search"))?;
    println!("open           {:>10.1?}", opened.elapsed());
    ask(&index, &samples)?;
    find_known_items(&index, &samples)?;
    println!(
        "resident       {:>10} MiB, {} before opening",
        resident(),
        before
    );
    Ok(())
}

/// Returns sampled rows with their texts, the popular ones most often.
fn build(
    count: u64,
    folder: &Path,
    threads: usize,
    memory: usize,
) -> Result<Vec<(u32, Text)>, Box<dyn Error>> {
    let texts = texts(count);
    let mut wanted = sampled_rows(count).into_iter().peekable();
    let mut samples = Vec::new();
    let mut builder = SearchBuilder::create(
        &folder.join("search"),
        &folder.join("spill"),
        memory,
        threads,
    )?;
    let (begun, mut pushing) = (Instant::now(), Duration::ZERO);
    let mut docs = Docs::default();
    for (row, (artist, title)) in (0u32..).zip(texts) {
        docs.push(&[&title, &artist]);
        while wanted.next_if_eq(&row).is_some() {
            samples.push((row, (artist.clone(), title.clone())));
        }
        if docs.len() == BATCH {
            let now = Instant::now();
            builder.push_batch(std::mem::take(&mut docs))?;
            pushing += now.elapsed();
        }
    }
    let now = Instant::now();
    builder.push_batch(docs)?;
    let stats = builder.finish(&Silent)?;
    let finishing = now.elapsed();
    let bytes = stats.bytes as f64 / count as f64;
    println!("documents      {:>10}", stats.documents);
    println!("terms          {:>10}", stats.terms);
    println!("postings       {:>10}", stats.postings);
    println!("prefixes       {:>10}", stats.prefixes);
    println!("bytes a track  {bytes:>10.2}");
    for file in &stats.files {
        println!("  {:<14}{:>12}", file.name, file.bytes);
    }
    println!("all            {:>10.1?}", begun.elapsed());
    println!("waiting        {pushing:>10.1?}");
    println!("finishing      {finishing:>10.1?}");
    println!("peak memory    {:>10} MiB", status("VmHWM:"));
    Ok(samples)
}

fn texts(count: u64) -> Box<dyn Iterator<Item = Text>> {
    if count > SORTED {
        return Box::new(synthetic::records(count, 1).map(|record| text(&record)));
    }
    let mut all: Vec<(u64, Text)> = synthetic::records(count, 1)
        .map(|record| (record.listens.unwrap_or(0), text(&record)))
        .collect();
    all.sort_by_key(|track| std::cmp::Reverse(track.0));
    Box::new(all.into_iter().map(|(_, text)| text))
}

fn text(record: &TrackRecord) -> Text {
    let names: Vec<&str> = record
        .artists
        .0
        .iter()
        .map(|artist| artist.name.as_str())
        .collect();
    (names.join("\n"), record.title.clone())
}

/// Ascending rows: as many in the first thousandth as in the rest of the
/// first tenth, and so on (what people look for falls as their listens do).
fn sampled_rows(count: u64) -> Vec<u32> {
    let mut dice = Dice(7);
    let row = |_| (count as f64).powf(dice.chance()) as u32;
    let mut rows: Vec<u32> = (0..SAMPLES).map(row).collect();
    rows.iter_mut()
        .for_each(|row| *row = (*row).min(count.saturating_sub(1) as u32));
    rows.sort_unstable();
    rows
}

/// Times of mixed queries, each kind on its own and all together.
fn ask(index: &SearchIndex, samples: &[(u32, Text)]) -> Result<(), Box<dyn Error>> {
    let kinds = [
        "one word",
        "two words",
        "beginning",
        "typo",
        "artist + title",
    ];
    let mut all = Vec::new();
    for (kind, name) in kinds.iter().enumerate() {
        let mut dice = Dice(kind as u64 + 1);
        let queries: Vec<Query> = (0..QUERIES / kinds.len())
            .map(|_| query(kind, &samples[dice.below(samples.len())].1, &mut dice))
            .collect();
        let mut times = Vec::new();
        let (mut same, mut expected, mut cut, mut looked_at) = (0, 0, 0, 0);
        for query in &queries {
            let now = Instant::now();
            let found = index.search(query)?;
            times.push(now.elapsed());
            looked_at += found.looked_at;
            cut += usize::from(!found.is_exhaustive);
            let exhaustive = Query {
                exhaustive: true,
                ..query.clone()
            };
            let best = index.search(&exhaustive)?.hits;
            expected += best.len();
            same += best.iter().filter(|hit| found.hits.contains(hit)).count();
        }
        show(name, &mut times);
        println!(
            "    hits {same} of {expected}, {cut} searches cut short, {} documents a search",
            looked_at / queries.len() as u64
        );
        all.extend(times);
    }
    show("all", &mut all);
    Ok(())
}

fn query(kind: usize, (artist, title): &Text, dice: &mut Dice) -> Query {
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
        _ => format!("{artist} {title}"),
    };
    Query {
        limit: 10,
        ..Query::new(text)
    }
}

fn show(name: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{name:<15}p50 {:>9.2?}  p95 {:>9.2?}  p99 {:>9.2?}  most {:>9.2?}",
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    );
}

/// Artist and title with one typo: is the track among the first ten?
fn find_known_items(index: &SearchIndex, samples: &[(u32, Text)]) -> Result<(), Box<dyn Error>> {
    let mut dice = Dice(99);
    let (mut found, mut itself) = (0, 0);
    for _ in 0..QUERIES {
        let (row, (artist, title)) = &samples[dice.below(samples.len())];
        let query = Query {
            limit: 10,
            ..Query::new(dice.mistyped(&format!("{artist} {title}")))
        };
        let hits = index.search(&query)?.hits;
        let wanted = words_of(artist, title);
        let is_same = |hit: u32| {
            samples
                .iter()
                .any(|(row, (a, t))| *row == hit && words_of(a, t) == wanted)
        };
        itself += usize::from(hits.iter().any(|hit| hit.row == *row));
        found += usize::from(hits.iter().any(|hit| hit.row == *row || is_same(hit.row)));
    }
    println!("known items    {found} of {QUERIES} in the top ten, the very row {itself} times");
    Ok(())
}

fn words_of(artist: &str, title: &str) -> Vec<String> {
    let mut words = terms(&format!("{artist} {title}"));
    words.sort();
    words
}

fn resident() -> u64 {
    status("VmRSS:")
}

/// A size of this process in MiB; 0 where the system does not tell.
fn status(key: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

struct Dice(u64);

impl Dice {
    fn bits(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        self.0 >> 11
    }

    fn chance(&mut self) -> f64 {
        self.bits() as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        (self.chance() * end as f64) as usize
    }

    /// One letter too many, too few, wrong, or swapped with the next.
    fn mistyped(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        let places: Vec<usize> = (0..letters.len())
            .filter(|at| letters[*at].is_alphanumeric())
            .collect();
        if places.is_empty() {
            return text.to_owned();
        }
        let at = places[self.below(places.len())];
        let other = char::from(b'a' + self.below(26) as u8);
        match self.below(4) {
            0 => letters.insert(at, other),
            1 => drop(letters.remove(at)),
            3 if at + 1 < letters.len() => letters.swap(at, at + 1),
            _ => letters[at] = other,
        }
        letters.into_iter().collect()
    }
}
