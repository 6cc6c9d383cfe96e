//! Asks an open snapshot many questions and tells how long each takes.
//!
//! ```text
//! questions SNAPSHOT [--beside REFERENCE.sqlite] [--words | --only-words] [--compared N]
//! ```
//!
//! Ids and codes are those of tracks at random ranks, each looked up once
//! after the process has answered others of its kind. The reference is the
//! SQLite file of `benches/reference.py`. With `--words` the full-text index
//! is asked too, with `--only-words` it alone; N queries of each kind, 50 where
//! not said, are then held against a search without bounds.

#[path = "../measure/mod.rs"]
mod measure;
mod reference;

use {
    longplay_catalog::{Snapshot, TrackDetails, search::SearchIndex},
    longplay_model::Isrc,
    measure::{Dice, Sample, ask, find_known_items, popular, show, status},
    reference::Reference,
    std::{
        collections::BTreeSet,
        error::Error,
        path::{Path, PathBuf},
        time::{Duration, Instant},
    },
};

type Done = Result<(), Box<dyn Error>>;

/// Lookups of each kind, and before them those that warm up.
const LOOKUPS: usize = 10_000;
const WARM: usize = 1_000;
const BATCH: usize = 400;
/// Tracks that queries are made from, and queries of each kind that are held
/// against a search without bounds.
const SAMPLES: usize = 4_000;
const COMPARED: usize = 50;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Done {
    let mut arguments = std::env::args_os().skip(1);
    let usage =
        "questions SNAPSHOT [--beside REFERENCE.sqlite] [--words | --only-words] [--compared N]";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let (mut beside, mut words, mut ids) = (None, false, true);
    let mut compared = COMPARED;
    while let Some(option) = arguments.next() {
        match option.to_str() {
            Some("--words") => words = true,
            Some("--only-words") => (words, ids) = (true, false),
            Some("--compared") => {
                let number = arguments.next().ok_or(usage)?;
                compared = number.to_str().ok_or(usage)?.parse()?;
            }
            Some("--beside") => beside = Some(PathBuf::from(arguments.next().ok_or(usage)?)),
            _ => return Err(usage.into()),
        }
    }
    let now = Instant::now();
    let snapshot = Snapshot::open(&folder)?;
    println!("open the tables           {:>10.1?}", now.elapsed());
    let tracks = snapshot.counts().tracks;
    println!("{tracks} tracks, resident {} MiB", status("VmRSS"));
    if ids {
        look_up(&snapshot, beside.as_deref())?;
        println!("resident after lookups    {} MiB", status("VmRSS"));
    }
    if words {
        search(&snapshot, compared)?;
    }
    Ok(())
}

/// Tracks at random ranks, in no order.
fn sample(snapshot: &Snapshot) -> Result<Vec<TrackDetails>, Box<dyn Error>> {
    let mut dice = Dice(5);
    let tracks = snapshot.counts().tracks as usize;
    let ranks: BTreeSet<u64> = (0..LOOKUPS + WARM)
        .map(|_| dice.below(tracks) as u64)
        .collect();
    let ranks: Vec<u64> = ranks.into_iter().collect();
    let now = Instant::now();
    let mut found = Vec::new();
    for ranks in ranks.chunks(1_000) {
        found.extend(snapshot.tracks_at(ranks)?);
    }
    println!(
        "{} tracks by rank      {:>10.1?}",
        ranks.len(),
        now.elapsed()
    );
    for at in (1..found.len()).rev() {
        found.swap(at, dice.below(at + 1));
    }
    Ok(found)
}

fn look_up(snapshot: &Snapshot, beside: Option<&Path>) -> Done {
    let tracks = sample(snapshot)?;
    let reference = beside.map(Reference::open).transpose()?;
    let reference = reference.as_ref();
    timed("track id", &tracks, |track| {
        Ok(usize::from(snapshot.track(&track.track)?.is_some()))
    })?;
    if let Some(reference) = reference {
        let ids: Vec<String> = tracks
            .iter()
            .map(|track| reference.id_at(track.rank))
            .collect::<Result<_, _>>()?;
        timed("  SQLite", &ids, |id| reference.by("t.id", id))?;
    }
    let isrcs: Vec<Isrc> = tracks
        .iter()
        .filter_map(|t| t.isrcs.first().copied())
        .collect();
    timed("ISRC", &isrcs, |isrc| Ok(snapshot.by_isrc(isrc)?.len()))?;
    if let Some(reference) = reference {
        timed("  SQLite", &isrcs, |isrc| {
            reference.by("t.isrc", isrc.as_str())
        })?;
    }
    let gtins = tracks
        .iter()
        .filter_map(|track| track.release.as_ref()?.gtin.clone());
    let gtins: Vec<String> = gtins.collect();
    timed("GTIN", &gtins, |gtin| Ok(snapshot.by_gtin(gtin)?.len()))?;
    let mbids: Vec<_> = tracks
        .iter()
        .filter_map(|track| track.recording_mbid)
        .collect();
    timed("MusicBrainz id", &mbids, |mbid| {
        Ok(snapshot.by_mbid(mbid)?.len())
    })?;
    timed("the source's id", &tracks, |track| {
        let found = snapshot.track_by_source_id(&track.source_name, &track.source_id)?;
        Ok(usize::from(found.is_some()))
    })?;
    let batches: Vec<&[Isrc]> = isrcs.chunks_exact(BATCH).collect();
    timed("400 ISRCs at once", &batches, |isrcs| {
        Ok(snapshot.by_isrcs(isrcs)?.iter().map(Vec::len).sum())
    })?;
    if let Some(reference) = reference {
        timed("  SQLite", &batches, |isrcs| {
            let isrcs: Vec<&str> = isrcs.iter().map(Isrc::as_str).collect();
            reference.by_isrcs(&isrcs)
        })?;
    }
    Ok(())
}

/// Times of one kind of question; those before the last [`LOOKUPS`] warm up.
fn timed<T>(
    name: &str,
    questions: &[T],
    answer: impl Fn(&T) -> Result<usize, Box<dyn Error>>,
) -> Done {
    let (warm, asked) = questions.split_at(questions.len().min(WARM).min(questions.len() / 10));
    for question in warm {
        answer(question)?;
    }
    let mut times: Vec<Duration> = Vec::with_capacity(asked.len());
    let mut found = 0;
    for question in asked {
        let now = Instant::now();
        found += answer(question)?;
        times.push(now.elapsed());
    }
    if !asked.is_empty() {
        show(name, &mut times);
        println!("    {} asked, {found} found", asked.len());
    }
    Ok(())
}

fn search(snapshot: &Snapshot, compared: usize) -> Done {
    let rows = popular(SAMPLES, snapshot.counts().tracks);
    let mut ranks: Vec<u64> = rows.iter().copied().map(u64::from).collect();
    ranks.dedup();
    let tracks = snapshot.tracks_at(&ranks)?;
    let sample = |row: &u32| {
        let track = &tracks[ranks.binary_search(&u64::from(*row)).ok()?];
        let names: Vec<&str> = track
            .artists
            .0
            .iter()
            .map(|artist| artist.name.as_str())
            .collect();
        Some(Sample {
            row: *row,
            artist: names.join(" "),
            title: track.title.clone(),
        })
    };
    let samples: Vec<Sample> = rows.iter().filter_map(sample).collect();
    let before = status("VmRSS");
    let now = Instant::now();
    let index = SearchIndex::open(&snapshot.dir().join("search"))?;
    println!("open the index            {:>10.1?}", now.elapsed());
    ask(&index, &samples, compared)?;
    find_known_items(&index, &samples)?;
    println!(
        "resident                  {} MiB, {before} before",
        status("VmRSS")
    );
    Ok(())
}
