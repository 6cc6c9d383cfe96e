//! What the fuzz targets of `fuzz/` start from. Tests that read foreign bytes have these
//! seeds; with `LONGPLAY_FUZZ_SEEDS=FOLDER` they also write them to `FOLDER/TARGET/`.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

/// Bytes of a seed of which each is changed.
const SHORT: usize = 1 << 10;

/// Places of a longer seed that are changed, at most.
const PLACES: usize = 400;

/// `read` takes each seed, every beginning of it, and it with any byte changed; long
/// seeds are cut and changed in places.
pub fn replay(
    target: &str,
    read: impl Fn(&[u8]),
    seeds: impl IntoIterator<Item = impl AsRef<[u8]>>,
) {
    let mut seeds = seeds.into_iter().peekable();
    assert!(seeds.peek().is_some(), "{target} has a seed");
    for seed in seeds {
        let seed = seed.as_ref();
        keep(target, seed);
        read(seed);
        let step = match seed.len() {
            ..=SHORT => 1,
            length => length / PLACES + 1,
        };
        for at in (0..seed.len()).step_by(step) {
            read(&seed[..at]);
            for flip in [1, 0x80, 0xff] {
                let mut damaged = seed.to_vec();
                damaged[at] ^= flip;
                read(&damaged);
            }
        }
    }
}

fn keep(target: &str, seed: &[u8]) {
    let Some(folder) = env::var_os("LONGPLAY_FUZZ_SEEDS") else {
        return;
    };
    let folder = Path::new(&folder).join(target);
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{:016x}", hasher.finish())), seed).unwrap();
}
