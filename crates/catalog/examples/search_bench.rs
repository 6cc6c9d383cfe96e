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

mod measure;

use {
    longplay_catalog::{
        search::{Docs, SearchBuilder, SearchIndex},
        synthetic,
    },
    longplay_model::{Silent, TrackRecord},
    measure::{Sample, ask, find_known_items, popular, status},
    std::{
        error::Error,
        path::Path,
        time::{Duration, Instant},
    },
};

const SORTED: u64 = 20_000_000;
const BATCH: usize = 1 << 16;
/// Tracks that queries are made from, and queries of each kind that are held
/// against a search without bounds.
const SAMPLES: usize = 4_000;
const COMPARED: usize = 100;

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
    let before = status("VmRSS");
    let opened = Instant::now();
    let index = SearchIndex::open(&Path::new(folder).join("search"))?;
    println!("open           {:>10.1?}", opened.elapsed());
    ask(&index, &samples, COMPARED)?;
    find_known_items(&index, &samples)?;
    let resident = status("VmRSS");
    println!("resident       {resident:>10} MiB, {before} before opening");
    Ok(())
}

/// Returns sampled rows with their texts, the popular ones most often.
fn build(
    count: u64,
    folder: &Path,
    threads: usize,
    memory: usize,
) -> Result<Vec<Sample>, Box<dyn Error>> {
    let texts = texts(count);
    let mut wanted = popular(SAMPLES, count).into_iter().peekable();
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
            samples.push(Sample {
                row,
                artist: artist.clone(),
                title: title.clone(),
            });
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
    println!("peak memory    {:>10} MiB", status("VmHWM"));
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
