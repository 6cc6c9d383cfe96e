//! What time does to an archive, done in a second.

use {
    anyhow::{Context, Result, bail},
    std::{
        fs::{self, OpenOptions},
        io::{Read, Seek, SeekFrom, Write},
        path::{Path, PathBuf},
    },
};

/// Harms the packs of a tranche in three ways; tells each in plain words.
pub fn harm(tranche: &Path) -> Result<Vec<String>> {
    let packs = packs(tranche)?;
    let [first, second, .., last] = &packs[..] else {
        bail!(
            "the tranche {} has too few packs to damage",
            tranche.display()
        );
    };
    Ok(vec![flip_bits(first)?, truncate(second)?, delete(last)?])
}

fn packs(tranche: &Path) -> Result<Vec<PathBuf>> {
    let folder = tranche.join("data/packs");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("could not list {}", folder.display()))?;
    let mut packs: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    packs.sort();
    Ok(packs)
}

fn flip_bits(pack: &Path) -> Result<String> {
    let mut file = OpenOptions::new().read(true).write(true).open(pack)?;
    let length = file.metadata()?.len();
    for part in 1..=3 {
        let at = length * part / 4;
        let mut byte = [0];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut byte)?;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&[byte[0] ^ 0x10])?;
    }
    Ok(format!("flipped 3 bits in {}", name(pack)))
}

fn truncate(pack: &Path) -> Result<String> {
    let file = OpenOptions::new().write(true).open(pack)?;
    let length = file.metadata()?.len();
    file.set_len(length * 2 / 3)?;
    Ok(format!("cut a third off {}", name(pack)))
}

fn delete(pack: &Path) -> Result<String> {
    fs::remove_file(pack)?;
    Ok(format!("deleted {}", name(pack)))
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
