//! Feeds changed copies of files to a reader of foreign bytes, for a time:
//! what `fuzz/` does, without a nightly compiler and without seeing which
//! lines are reached.
//!
//! ```sh
//! cargo run --release -p longplay-catalog --example mutate -- discogs 120 seeds/*.xml
//! ```
//!
//! Input that makes a reader panic is left in the working folder as `crash-TARGET-N`.

use {
    longplay_catalog::fuzzing,
    std::{
        panic::{AssertUnwindSafe, catch_unwind},
        process::ExitCode,
        time::{Duration, Instant},
    },
};

type Read = fn(&[u8]);

const TARGETS: [(&str, Read); 12] = [
    ("archive", fuzzing::read_archive),
    ("cut_elements", fuzzing::cut_elements),
    ("cut_lines", fuzzing::cut_lines),
    ("cut_rows", fuzzing::cut_rows),
    ("ddex", fuzzing::read_ddex),
    ("discogs", fuzzing::read_discogs),
    ("internet_archive", fuzzing::read_internet_archive),
    ("listenbrainz", fuzzing::read_listenbrainz),
    ("mapped", fuzzing::read_mapped),
    ("musicbrainz", fuzzing::read_musicbrainz),
    ("seekable", fuzzing::read_seekable),
    ("track_records", fuzzing::read_track_records),
];

/// Longer seeds are cut: short inputs are read more often.
const MOST: usize = 1 << 14;

const BYTES: &[u8] = b"\x00\x01\x7f\x80\xff\n\r\t \"\\'<>&;:,|{}[]/-0129aZ";

/// The xorshift of Marsaglia: the same seed makes the same inputs.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    /// Less than two to the power of `bits`, more often little than much.
    fn little(&mut self, bits: usize) -> usize {
        let bound = 1 << self.below(bits);
        self.below(bound)
    }

    /// A part of `bytes`, mostly a short one.
    fn part<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let start = self.below(bytes.len() + 1);
        let end = (start + self.little(13)).min(bytes.len());
        &bytes[start..end]
    }
}

fn changed(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.little(9)).min(bytes.len());
        let other = &seeds[random.below(seeds.len())];
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = BYTES[random.below(BYTES.len())],
            2 => drop(bytes.drain(at..end)),
            3 => drop(bytes.splice(at..end, random.part(other).to_vec())),
            4 => {
                let times = 1 + random.little(8);
                let again = random.part(&bytes).repeat(times);
                drop(bytes.splice(at..at, again));
            }
            _ => bytes.insert(at, BYTES[random.below(BYTES.len())]),
        }
        bytes.truncate(MOST * 4);
    }
    bytes
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, seconds, files @ ..] = &arguments[..] else {
        eprintln!("mutate TARGET SECONDS FILE…");
        return ExitCode::from(2);
    };
    let target = TARGETS.iter().find(|target| target.0 == name);
    let (Some((_, read)), Ok(seconds)) = (target, seconds.parse()) else {
        eprintln!("a target is one of {:?}", TARGETS.map(|target| target.0));
        return ExitCode::from(2);
    };
    let mut seeds: Vec<Vec<u8>> = vec![Vec::new()];
    for file in files {
        match std::fs::read(file) {
            Ok(bytes) => seeds.extend(bytes.chunks(MOST).take(8).map(<[u8]>::to_vec)),
            Err(error) => eprintln!("{file}: {error}"),
        }
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut inputs, mut crashes, mut slowest) = (0u64, 0u64, Duration::ZERO);
    while Instant::now() < end {
        let bytes = changed(&mut random, &seeds);
        let start = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| read(&bytes))).is_err() {
            crashes += 1;
            let left = std::fs::write(format!("crash-{name}-{crashes}"), &bytes);
            left.unwrap_or_else(|error| eprintln!("{error}"));
        }
        slowest = slowest.max(start.elapsed());
        inputs += 1;
    }
    println!("{name}: {inputs} inputs, {crashes} crashes, slowest {slowest:?}");
    ExitCode::from(u8::from(crashes > 0))
}
