//! Coding k data shards into m recovery shards, on one thread: longplay's code beside
//! `reed-solomon-simd`, in turn, medians of several rounds. That one is another code,
//! over GF(2^16), whose interface takes copies of the shards.

use {
    longplay_wide::{Products, gf},
    reed_solomon_simd::ReedSolomonEncoder,
    std::{hint::black_box, time::Instant},
};

const ROUNDS: usize = 9;

/// Bytes of a shard: within the caches, and not.
const LENGTHS: [usize; 2] = [16 << 10, 4 << 20];

fn main() {
    println!("code     bytes a shard   longplay   reed-solomon-simd (GB/s of data)   ratio");
    for (k, m) in [(10, 4), (20, 4), (32, 16), (64, 32)] {
        for length in LENGTHS {
            let (ours, theirs) = both(k, m, length);
            let code = format!("{k}+{m}");
            println!(
                "{code:6} {length:>15} {ours:>10.2} {theirs:>19.2} {:>21.2} x",
                ours / theirs
            );
        }
    }
}

fn both(k: u8, m: u8, length: usize) -> (f64, f64) {
    let inputs: Vec<Vec<u8>> = (0..k).map(|i| vec![i; length]).collect();
    let mut outputs = vec![vec![0; length]; m.into()];
    let row = |j: u8| (0..k).map(|i| gf::inverse((k + j) ^ i)).collect();
    let matrix: Vec<Vec<u8>> = (0..m).map(row).collect();
    let products = Products::new(&matrix, k.into());
    let mut encoder =
        ReedSolomonEncoder::new(k.into(), m.into(), length).expect("it knows such codes");
    let again = ((64 << 20) / (length * usize::from(k))).max(1);
    let bytes = (length * usize::from(k) * again) as f64 / 1e9;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..again {
            products.mix(black_box(&inputs), black_box(&mut outputs));
        }
        ours.push(bytes / start.elapsed().as_secs_f64());
        let start = Instant::now();
        for _ in 0..again {
            for input in black_box(&inputs) {
                encoder.add_original_shard(input).expect("there is room");
            }
            black_box(encoder.encode().expect("all shards are there"));
        }
        theirs.push(bytes / start.elapsed().as_secs_f64());
    }
    (middle(ours), middle(theirs))
}

fn middle(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
