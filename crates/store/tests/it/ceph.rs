//! The erasure-code corpus of Ceph, what its plugin `isa` (ISA-L) wrote: the same
//! shards from the same content, and the content from any `k` of them.
//!
//! The corpus is not part of longplay. `LONGPLAY_CEPH_CORPUS` names a copy of
//! `ceph/ceph-erasure-code-corpus`; without it, only the small case below runs.

use {
    longplay_store::code::Code,
    longplay_wide::{
        Products,
        gf::{inverse, mul},
    },
    std::{
        collections::BTreeMap,
        env, fs,
        path::{Path, PathBuf},
    },
};

type Matrix = Vec<Vec<u8>>;

/// What the plugin's names of techniques mean. With one recovery shard it adds
/// the data up, whatever the technique is called.
fn generator(technique: &str, k: usize, m: usize) -> Matrix {
    let row = |j: usize| -> Vec<u8> {
        match technique {
            _ if m == 1 => vec![1; k],
            "cauchy" => (0..k).map(|i| inverse((k + j) as u8 ^ i as u8)).collect(),
            // Powers of 2^j.
            _ => {
                let base = (0..j).fold(1, |base, _| mul(base, 2));
                let powers = std::iter::successors(Some(1), |power| Some(mul(*power, base)));
                powers.take(k).collect()
            }
        }
    };
    (0..m).map(row).collect()
}

/// Identity rows, then the rows of the generator.
fn all_rows(generator: &Matrix, k: usize) -> Matrix {
    let unit = |row: usize| (0..k).map(|i| u8::from(i == row)).collect();
    (0..k).map(unit).chain(generator.iter().cloned()).collect()
}

/// By elimination; none where rows depend on each other.
fn inverted(mut matrix: Matrix) -> Option<Matrix> {
    let size = matrix.len();
    let mut result = all_rows(&Vec::new(), size);
    for column in 0..size {
        let pivot = (column..size).find(|row| matrix[*row][column] != 0)?;
        matrix.swap(column, pivot);
        result.swap(column, pivot);
        let scale = inverse(matrix[column][column]);
        for side in [&mut matrix, &mut result] {
            side[column]
                .iter_mut()
                .for_each(|byte| *byte = mul(*byte, scale));
        }
        for row in (0..size).filter(|row| *row != column) {
            let factor = matrix[row][column];
            for side in [&mut matrix, &mut result] {
                let pivot = side[column].clone();
                for (byte, pivot) in side[row].iter_mut().zip(pivot) {
                    *byte ^= mul(pivot, factor);
                }
            }
        }
    }
    Some(result)
}

fn combinations(of: usize, take: usize) -> Vec<Vec<usize>> {
    let all = (0u32..1 << of).filter(|bits| bits.count_ones() as usize == take);
    all.map(|bits| (0..of).filter(|at| bits >> at & 1 == 1).collect())
        .collect()
}

/// Encodes the content and decodes it from every `k` shards.
fn check(technique: &str, k: usize, m: usize, content: &[u8], shards: &[Vec<u8>]) {
    let length = shards[0].len();
    let mut data: Vec<Vec<u8>> = (0..k)
        .map(|i| content.get(i * length..).unwrap_or_default())
        .map(|rest| rest[..rest.len().min(length)].to_vec())
        .collect();
    data.iter_mut().for_each(|shard| shard.resize(length, 0));
    assert_eq!(data, shards[..k]);
    let generator = generator(technique, k, m);
    let is_ours = technique == "cauchy" && m > 1;
    let code = Code::new(k as u8, m as u8).unwrap();
    let encoder = match is_ours {
        true => code.encoder(),
        false => Products::new(&generator, k),
    };
    let mut made = vec![vec![0; length]; m];
    encoder.mix(&data, &mut made);
    assert_eq!(made, shards[k..]);
    for present in combinations(k + m, k) {
        let wanted: Vec<usize> = (0..k + m).filter(|row| !present.contains(row)).collect();
        let decoder = match is_ours {
            true => code.rebuilder(&present, &wanted).unwrap(),
            false => {
                let rows = all_rows(&generator, k);
                let inverse = inverted(present.iter().map(|row| rows[*row].clone()).collect());
                // Vandermonde rows are not independent for every geometry.
                let Some(inverse) = inverse else { continue };
                let product = |row: &usize| -> Vec<u8> {
                    let terms = |column: usize| {
                        let line = rows[*row].iter().zip(&inverse);
                        line.fold(0, |sum, (a, line)| sum ^ mul(*a, line[column]))
                    };
                    (0..k).map(terms).collect()
                };
                Products::new(&wanted.iter().map(product).collect::<Matrix>(), k)
            }
        };
        let read: Vec<&[u8]> = present.iter().map(|row| &shards[*row][..]).collect();
        let mut made = vec![vec![0; length]; wanted.len()];
        decoder.mix(&read, &mut made);
        for (row, made) in wanted.iter().zip(&made) {
            assert!(
                made == &shards[*row],
                "{technique} {k}+{m}: {row} from {present:?}"
            );
        }
    }
}

/// A folder of the corpus: what its name says, and its files if all are there.
struct Case {
    technique: String,
    k: usize,
    m: usize,
    content: Vec<u8>,
    shards: Vec<Vec<u8>>,
}

fn case(folder: &Path) -> Option<Case> {
    let name = folder.file_name()?.to_str()?;
    let settings: BTreeMap<&str, &str> = name
        .split(' ')
        .filter_map(|word| word.split_once('='))
        .collect();
    if settings.get("plugin") != Some(&"isa") {
        return None;
    }
    let number = |key| settings.get(key)?.parse::<usize>().ok();
    let (k, m) = (number("k")?, number("m")?);
    let shard = |row: usize| fs::read(folder.join(row.to_string())).ok();
    Some(Case {
        technique: (*settings.get("technique")?).to_owned(),
        k,
        m,
        content: fs::read(folder.join("content")).ok()?,
        shards: (0..k + m).map(shard).collect::<Option<_>>()?,
    })
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

#[test]
fn the_corpus_of_ceph_is_coded_alike() {
    let Ok(corpus) = env::var("LONGPLAY_CEPH_CORPUS") else {
        println!("left out: LONGPLAY_CEPH_CORPUS names no copy of the corpus");
        return;
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for version in folders(Path::new(&corpus)) {
        for case in folders(&version).iter().filter_map(|folder| case(folder)) {
            let Case {
                technique,
                k,
                m,
                content,
                shards,
            } = case;
            check(&technique, k, m, &content, &shards);
            *counts.entry(technique).or_default() += 1;
        }
    }
    println!("{counts:?}");
    assert_eq!(counts.get("cauchy"), Some(&162));
    assert_eq!(counts.get("reed_sol_van"), Some(&144));
}

/// The check itself, on shards of the definition.
#[test]
fn shards_by_the_definition_are_coded_alike() {
    for technique in ["cauchy", "reed_sol_van"] {
        for (k, m) in [(2, 1), (3, 2), (4, 3)] {
            let content: Vec<u8> = (0..200u8).collect();
            let length = 200usize.div_ceil(k);
            let mut shards: Vec<Vec<u8>> = content.chunks(length).map(<[u8]>::to_vec).collect();
            shards.iter_mut().for_each(|shard| shard.resize(length, 0));
            for row in generator(technique, k, m) {
                let byte = |at: usize| {
                    let terms = row.iter().zip(&shards[..k]);
                    terms.fold(0, |sum, (a, shard)| sum ^ mul(*a, shard[at]))
                };
                let shard = (0..length).map(byte).collect();
                shards.push(shard);
            }
            check(technique, k, m, &content, &shards);
        }
    }
}
