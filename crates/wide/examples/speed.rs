//! How fast is the recovery code, by every engine of this machine, and how fast are
//! leaves and streams hashed? On one thread, medians of several rounds.
//!
//! ```sh
//! cargo run --release -p longplay-wide --example speed
//! openssl speed -bytes 16384 -seconds 3 -evp sha256
//! ```

use {
    longplay_wide::{
        Engine, PiecesJob, Products, Sha1Stream, Sha256Stream, advance_each, advance_with_pieces,
        gf, hash_each,
    },
    sha1::Sha1,
    sha2::{Digest, Sha256},
    std::{hint::black_box, time::Instant},
};

const ROUNDS: usize = 9;

/// What a core's nearest caches hold, and what they do not.
const LENGTHS: [(&str, usize); 2] = [("in cache", 16 << 10), ("from memory", 16 << 20)];

fn main() {
    println!(
        "{:12} {:>8} {:>10} {:>14}",
        "GB/s of data", "code", "engine", ""
    );
    for (k, m) in [(10, 4), (20, 4), (32, 16), (64, 32)] {
        for engine in Engine::available() {
            for (place, length) in LENGTHS {
                let speed = coding(engine, k, m, length);
                println!(
                    "{speed:12.2} {:>8} {:>10} {place:>14}",
                    format!("{k}+{m}"),
                    format!("{engine:?}")
                );
            }
        }
    }
    let bytes = vec![7; 4 << 20];
    let several = speed(bytes.len(), || {
        black_box(hash_each(black_box(&bytes), 16 << 10));
    });
    let alone = speed(bytes.len(), || {
        let leaves = black_box(&bytes).chunks(16 << 10);
        black_box(leaves.map(Sha256::digest).collect::<Vec<_>>());
    });
    println!("{several:12.2} leaves of 16 KiB, several at a time\n{alone:12.2} one at a time");
    streams();
}

/// Portions of 1 MiB, as sealing has them.
fn streams() {
    for count in [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40] {
        let messages = vec![vec![7; 1 << 20]; count];
        let bytes = count << 20;
        let sha256 = speed(bytes, || {
            let mut streams = vec![Sha256Stream::new(); count];
            let jobs = streams.iter_mut().zip(&messages);
            advance_each(
                &mut jobs
                    .map(|(stream, it)| (stream, &it[..]))
                    .collect::<Vec<_>>(),
            );
            black_box(streams);
        });
        let sha1 = speed(bytes, || {
            let mut streams = vec![Sha1Stream::new(); count];
            let jobs = streams.iter_mut().zip(&messages);
            advance_each(
                &mut jobs
                    .map(|(stream, it)| (stream, &it[..]))
                    .collect::<Vec<_>>(),
            );
            black_box(streams);
        });
        let with_leaves = speed(bytes, || {
            let mut streams = vec![(Sha256Stream::new(), Vec::new()); count];
            let jobs = streams.iter_mut().zip(&messages);
            let mut jobs: Vec<_> = jobs
                .map(|((stream, hashes), bytes)| PiecesJob {
                    stream,
                    bytes,
                    hashes,
                })
                .collect();
            advance_with_pieces(&mut jobs, 16 << 10);
            black_box(streams);
        });
        println!(
            "{sha256:12.2} SHA-256 of {count} streams\n\
             {with_leaves:12.2} the same with leaves of 16 KiB\n\
             {sha1:12.2} SHA-1 of {count} streams"
        );
    }
    println!("{:12.2} SHA-256 of one, by sha2", alone::<Sha256>());
    println!("{:12.2} SHA-1 of one, by sha1", alone::<Sha1>());
}

fn alone<D: Digest>() -> f64 {
    let message = vec![7; 1 << 20];
    speed(message.len(), || {
        black_box(D::digest(black_box(&message)));
    })
}

fn coding(engine: Engine, k: u8, m: u8, length: usize) -> f64 {
    let row = |j: u8| (0..k).map(|i| gf::inverse((k + j) ^ i)).collect();
    let matrix: Vec<Vec<u8>> = (0..m).map(row).collect();
    let products = Products::by(engine, &matrix, k.into());
    // No more of it than fits beside other work.
    let length = length.min((1 << 30) / usize::from(k + m));
    let inputs: Vec<Vec<u8>> = (0..k).map(|i| vec![i; length]).collect();
    let mut outputs = vec![vec![0; length]; m.into()];
    let data = length * usize::from(k);
    let again = ((64 << 20) / data).max(1);
    speed(data * again, || {
        for _ in 0..again {
            products.mix(black_box(&inputs), black_box(&mut outputs));
        }
    })
}

/// Gigabytes a second, in the middle of several rounds.
fn speed(bytes: usize, mut work: impl FnMut()) -> f64 {
    work();
    let mut all: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            bytes as f64 / 1e9 / start.elapsed().as_secs_f64()
        })
        .collect();
    all.sort_by(f64::total_cmp);
    all[ROUNDS / 2]
}
