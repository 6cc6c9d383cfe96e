//! Makes up tranches of packs' indexes, indexes their blobs, and times it: making
//! the index, opening it, finding blobs that are held and blobs that are not. With
//! `--sqlite N` the first N blobs stand in a table of SQLite too, and are looked up
//! there in the same run.
//!
//! ```sh
//! cargo run --release -p longplay-store --example holdings -- DIR BLOBS [--tranches N]
//!     [--packs N] [--batch N] [--sqlite N] [--lookups N]
//! ```
//!
//! Tranches are made and indexed `--batch` at a time, and then removed but for the
//! last ones, where all of them at once would not fit on the disk; only indexing
//! counts. What a killed run made is used again.

use {
    longplay_model::{Access, Digest, Silent},
    longplay_store::{
        bag::{MANIFEST, Manifest, TAG_MANIFEST, format_manifest},
        durable::{create_dir, replace},
        holdings::{Gather, Holdings, MEMORY, Tranche},
        names::{INDEX, TrancheKind, TrancheName},
        pack::PackHead,
    },
    rusqlite::{Connection, OptionalExtension, params},
    std::{
        env, fs,
        hint::black_box,
        io::Write,
        path::{Path, PathBuf},
        sync::Mutex,
        thread,
        time::{Duration, Instant},
    },
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Settings {
    dir: PathBuf,
    blobs: u64,
    tranches: u64,
    /// Of a tranche.
    packs: u64,
    batch: u64,
    sqlite: u64,
    lookups: u64,
}

fn main() -> Result<(), Failure> {
    let settings = settings()?;
    let index = settings.dir.join("holdings");
    let (sealed, made, index_bytes) = make_index(&settings, &index)?;
    println!(
        "{} blobs, {} tranches, {} packs",
        settings.blobs,
        settings.tranches,
        settings.packs * settings.tranches
    );
    println!(
        "made from {index_bytes} bytes of indexes in {:.1} s: {:.0} blobs and {:.0} MB a second",
        made.as_secs_f64(),
        settings.blobs as f64 / made.as_secs_f64(),
        index_bytes as f64 / 1e6 / made.as_secs_f64(),
    );
    let begun = Instant::now();
    let holdings = Holdings::over(&index, settings.dir.join("tranches"), sealed, true, &Silent)?;
    let opened = begun.elapsed();
    let stats = holdings.stats();
    if stats.uncovered > 0 || stats.entries != settings.blobs {
        return Err(format!("the index is not whole: {stats:?}").into());
    }
    println!(
        "opened in {:.1} ms; {} bytes resident, {:.3} a blob; {} bytes on disk, {:.1} a blob; {} segments",
        opened.as_secs_f64() * 1e3,
        stats.resident_bytes,
        stats.resident_bytes as f64 / stats.entries as f64,
        stats.disk_bytes,
        stats.disk_bytes as f64 / stats.entries as f64,
        stats.segments,
    );
    let ours = ask(&settings, settings.blobs, |digest| {
        let held = holdings.find(&[*digest], &Silent)?;
        Ok(held[0].places.len())
    })?;
    println!("holdings of {}: {ours}", settings.blobs);
    if settings.sqlite > 0 {
        beside(&settings, &holdings)?;
    }
    Ok(())
}

fn settings() -> Result<Settings, Failure> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [dir, blobs, options @ ..] = &words[..] else {
        return Err(
            "holdings DIR BLOBS [--tranches N] [--packs N] [--batch N] [--sqlite N] [--lookups N]"
                .into(),
        );
    };
    let blobs: u64 = blobs.parse()?;
    // A pack of 1 GiB holds some 307 blobs, a tranche of 200 GB some 128 packs.
    let tranches = blobs.div_ceil(307 * 128).max(1);
    let mut settings = Settings {
        dir: dir.into(),
        blobs,
        tranches,
        packs: blobs.div_ceil(tranches).div_ceil(307),
        batch: 128,
        sqlite: 0,
        lookups: 100_000,
    };
    for option in options.chunks(2) {
        let [name, value] = option else {
            return Err(format!("{} needs a number", option[0]).into());
        };
        let value: u64 = value.parse()?;
        match name.as_str() {
            "--tranches" => settings.tranches = value,
            "--packs" => settings.packs = value,
            "--batch" => settings.batch = value,
            "--sqlite" => settings.sqlite = value.min(settings.blobs),
            "--lookups" => settings.lookups = value,
            _ => return Err(format!("unknown: {name}").into()),
        }
    }
    Ok(settings)
}

/// Gives the tranches, the time that indexing took, and the bytes it read.
fn make_index(settings: &Settings, index: &Path) -> Result<(Vec<Tranche>, Duration, u64), Failure> {
    if index.exists() {
        fs::remove_dir_all(index)?;
    }
    let folder = settings.dir.join("tranches");
    let gather = Gather::new(index, settings.blobs * 3, MEMORY);
    let (mut sealed, mut took, mut bytes) = (Vec::new(), Duration::ZERO, 0);
    let mut first = 0;
    while first < settings.tranches {
        let batch: Vec<u64> = (first..settings.tranches.min(first + settings.batch)).collect();
        let tranches = on_cores(&batch, |number| make_tranche(settings, &folder, *number))?;
        let begun = Instant::now();
        let numbered: Vec<(u64, &Tranche)> = batch.iter().copied().zip(&tranches).collect();
        on_cores(&numbered, |(number, tranche)| {
            let contents = tranche.read(&folder);
            let is_whole = contents.is_whole && contents.findings.is_empty();
            match is_whole && gather.add(*number as u32, tranche, &contents.members)? {
                true => Ok(()),
                false => Err(format!("{}: {:?}", tranche.name, contents.findings).into()),
            }
        })?;
        took += begun.elapsed();
        bytes += tranches
            .iter()
            .map(|it| it.index_bytes(&folder))
            .sum::<u64>();
        first += settings.batch;
        if first < settings.tranches {
            for tranche in &tranches {
                fs::remove_dir_all(folder.join(tranche.name.to_string()))?;
            }
        }
        sealed.extend(tranches);
    }
    let begun = Instant::now();
    gather.finish_alone(&Silent)?;
    Ok((sealed, took + begun.elapsed(), bytes))
}

/// Does something to each item on all cores; results in the order of the items.
fn on_cores<T: Sync, R: Send>(
    items: &[T],
    act: impl Fn(&T) -> Result<R, Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    let next = Mutex::new(items.iter().enumerate());
    let results = Mutex::new(Vec::new());
    let take_next = || next.lock().ok().and_then(|mut next| next.next());
    let cores = thread::available_parallelism()?.get();
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some((at, item)) = take_next() {
                    let result = act(item);
                    if let Ok(mut results) = results.lock() {
                        results.push((at, result));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().map_err(|_| "a thread ended early")?;
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

fn name_of(tranche: u64) -> TrancheName {
    TrancheName::new(tranche as u32 + 1, TrancheKind::Audio, Access::Open)
}

fn digest_of(blob: u64) -> Digest {
    Digest::of(&blob.to_le_bytes())
}

/// Of tranche `number`: first and end.
fn blobs_of(settings: &Settings, number: u64) -> (u64, u64) {
    let at = |number: u64| settings.blobs * number / settings.tranches;
    (at(number), at(number + 1))
}

/// Writes index and manifests of a tranche, unless they are there.
fn make_tranche(settings: &Settings, folder: &Path, number: u64) -> Result<Tranche, Failure> {
    let name = name_of(number);
    let bag = folder.join(name.to_string());
    let tags = bag.join(TAG_MANIFEST);
    if !tags.is_file() {
        let index = index_of(settings, number)?;
        create_dir(bag.join("data"))?;
        fs::write(bag.join(INDEX), &index)?;
        let manifest = Manifest::from([(INDEX.to_owned(), Digest::of(&index))]);
        let text = format_manifest(&manifest);
        let tag = Manifest::from([(MANIFEST.to_owned(), Digest::of(text.as_bytes()))]);
        fs::write(bag.join(MANIFEST), text)?;
        replace(&tags, format_manifest(&tag).as_bytes())?;
    }
    let tagmanifest = Digest::of(&fs::read(tags)?);
    Ok(Tranche { name, tagmanifest })
}

fn index_of(settings: &Settings, number: u64) -> Result<Vec<u8>, Failure> {
    let (first, end) = blobs_of(settings, number);
    let name = name_of(number);
    let mut index = Vec::new();
    for pack in 0..settings.packs {
        let at = |pack: u64| first + (end - first) * pack / settings.packs;
        let file = name.pack(pack as u32);
        let blobs = at(pack)..at(pack + 1);
        let head = PackHead::new(&file, 4 << 20, blobs.end - blobs.start);
        serde_json::to_writer(&mut index, &head)?;
        index.push(b'\n');
        let mut offset = 512;
        for blob in blobs {
            offset += write_record(&mut index, blob, &file, offset);
        }
    }
    Ok(index)
}

/// Writes a record as an archive of access forms has it, and gives the bytes that its
/// member takes in the pack.
fn write_record(index: &mut Vec<u8>, blob: u64, pack: &str, offset: u64) -> u64 {
    let length = 3_000_000 + blob * 7_919 % 900_000;
    let hex = hex(digest_of(blob).as_bytes());
    let track = &hex[32..];
    let (artist, release, position) = (blob / 60, blob / 12, blob % 12 + 1);
    let isrc = format!("GBAAA{:02}{:05}", blob / 100_000 % 100, blob % 100_000);
    // A vector takes what is written.
    let _ = writeln!(
        index,
        "{{\"path\":\"Artist {artist}/2019 Release {release} [1a2b3c4d]/{position:02} Title {blob}.opus\",\
         \"pack\":\"{pack}\",\"offset\":{offset},\"length\":{length},\"sha256\":\"{hex}\",\
         \"kind\":\"audio\",\"form\":\"access\",\"media_type\":\"audio/ogg\",\"codec\":\"opus\",\
         \"tracks\":[\"{track}\"],\"recording\":\"{track}\",\"isrcs\":[\"{isrc}\"],\
         \"title\":\"Title {blob}\",\"artist\":\"Artist {artist}\",\"release\":\"Release {release}\",\
         \"date\":\"2019-05-01\",\"disc\":1,\"position\":{position},\"duration_ms\":240000,\
         \"sample_rate_hz\":48000,\"channels\":2,\"bit_rate\":96000,\
         \"rights\":\"https://creativecommons.org/licenses/by/4.0/\",\
         \"rights_basis\":\"given with the source\",\"access\":\"open\",\
         \"source\":\"{hex}\",\"source_path\":\"music/{blob}.flac\",\"encoder\":\"ropus 0.12\"}}"
    );
    length.next_multiple_of(512) + 512
}

/// Faster than a digest's own text: there are many.
fn hex(bytes: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    let digits = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    digits.collect()
}

/// Times of lookups: held and not held, first and second time.
struct Answers([(&'static str, Vec<Duration>); 2]);

impl std::fmt::Display for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        for (what, times) in &self.0 {
            let at =
                |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
            write!(
                f,
                "{what} p50 {:.1} µs p99 {:.1} µs p99.9 {:.1} µs; ",
                at(0.5),
                at(0.99),
                at(0.999)
            )?;
        }
        Ok(())
    }
}

impl Answers {
    fn middle(&self, which: usize) -> f64 {
        let times = &self.0[which].1;
        times[times.len() / 2].as_secs_f64()
    }
}

/// Asks each question twice, so that what it needs is in memory, and times the
/// second asking.
fn ask(
    settings: &Settings,
    blobs: u64,
    find: impl Fn(&Digest) -> Result<usize, Failure>,
) -> Result<Answers, Failure> {
    let number = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let held: Vec<Digest> = (0..settings.lookups)
        .map(|at| digest_of(number(at) % blobs))
        .collect();
    let absent = (0..settings.lookups).map(|at| digest_of(settings.blobs + number(at)));
    let mut answers = Answers([("held", Vec::new()), ("absent", Vec::new())]);
    for (which, digests) in [held, absent.collect()].iter().enumerate() {
        for digest in digests {
            black_box(find(digest)?);
        }
        let times = &mut answers.0[which].1;
        for digest in digests {
            let begun = Instant::now();
            let places = find(digest)?;
            times.push(begun.elapsed());
            if places != 1 - which {
                return Err(format!("{digest} in {places} places").into());
            }
        }
        times.sort_unstable();
    }
    Ok(answers)
}

/// The same rows in SQLite, in the same run.
fn beside(settings: &Settings, holdings: &Holdings) -> Result<(), Failure> {
    let path = settings.dir.join("beside.sqlite");
    if path.exists() {
        fs::remove_file(&path)?;
    }
    let mut rows = Vec::new();
    for blob in 0..settings.sqlite {
        let digest = digest_of(blob);
        let held = holdings.find(&[digest], &Silent)?;
        rows.extend(
            held[0]
                .places
                .iter()
                .map(|place| (digest, place.tranche.number, place.member)),
        );
    }
    let begun = Instant::now();
    let mut tables = Connection::open(&path)?;
    tables.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; \
         CREATE TABLE held (digest BLOB, tranche INT, pack INT, at INT, bytes INT, \
         PRIMARY KEY (digest, tranche, pack, at)) WITHOUT ROWID;",
    )?;
    // As who knows SQLite would do.
    rows.sort_unstable();
    let transaction = tables.transaction()?;
    {
        let mut insert = transaction.prepare("INSERT INTO held VALUES (?, ?, ?, ?, ?)")?;
        for (digest, tranche, member) in &rows {
            let (at, bytes) = (member.offset as i64, member.length as i64);
            insert.execute(params![digest.as_bytes(), tranche, member.pack, at, bytes])?;
        }
    }
    transaction.commit()?;
    let made = begun.elapsed();
    let mut select = tables.prepare("SELECT pack FROM held WHERE digest = ?")?;
    let select = std::cell::RefCell::new(&mut select);
    let theirs = ask(settings, settings.sqlite, |digest| {
        let mut select = select.borrow_mut();
        let found = select.query_row([digest.as_bytes()], |row| row.get::<_, u32>(0));
        Ok(usize::from(found.optional()?.is_some()))
    })?;
    let ours = ask(settings, settings.sqlite, |digest| {
        Ok(holdings.find(&[*digest], &Silent)?[0].places.len())
    })?;
    println!(
        "SQLite, {} rows, made in {:.1} s from sorted digests, {} bytes: {theirs}",
        settings.sqlite,
        made.as_secs_f64(),
        fs::metadata(&path)?.len(),
    );
    println!("holdings, the same questions: {ours}");
    println!(
        "holdings take {:.2} of SQLite's time for what is held, {:.2} for what is not",
        ours.middle(0) / theirs.middle(0),
        ours.middle(1) / theirs.middle(1),
    );
    Ok(())
}
