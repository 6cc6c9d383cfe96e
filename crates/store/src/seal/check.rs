//! Reading back what was sealed, before the journal vouches for it.

use {
    crate::{
        bag::{MANIFEST, Manifest, TAG_MANIFEST, parse_manifest},
        error::Error,
        leaves::LeafFile,
        merkle::LeafHasher,
        names::TrancheName,
        seal::{place::Place, work::each},
    },
    longplay_model::{Digest, Event, Monitor, Unit},
    sha2::{Digest as _, Sha256},
    std::{
        collections::HashMap,
        fs::{self, File},
        io::{ErrorKind, Read},
        path::{Path, PathBuf},
    },
};

/// Reads both bags of a finished tranche whole and compares every file with
/// its manifest, and packs and recovery packs with their leaves.
///
/// Gives the journal's entry, or `None` when anything differs.
pub fn check(
    tranches: &Path,
    name: &TrancheName,
    monitor: &dyn Monitor,
) -> Result<Option<Event>, Error> {
    let place = Place::new(tranches, name);
    let what = format!("verifying {name}");
    let Some(bag) = check_bag(&place.finished_bag, &what, monitor)? else {
        return Ok(None);
    };
    let what = format!("verifying {}", name.recovery());
    let Some(recovery) = check_bag(&place.finished_recovery, &what, monitor)? else {
        return Ok(None);
    };
    Ok(Some(Event::Sealing {
        tranche: name.to_string(),
        tagmanifest: bag.tagmanifest,
        recovery: recovery.tagmanifest,
        bytes: bag.bytes,
        recovery_bytes: recovery.bytes,
    }))
}

struct Checked {
    tagmanifest: Digest,
    /// Below `data/`.
    bytes: u64,
}

fn check_bag(bag: &Path, what: &str, monitor: &dyn Monitor) -> Result<Option<Checked>, Error> {
    let Some(tags) = read_small(&bag.join(TAG_MANIFEST))? else {
        return Ok(None);
    };
    let Some(manifest) = read_small(&bag.join(MANIFEST))? else {
        return Ok(None);
    };
    let (Some(tag_files), Some(payload)) = (manifest_of(&tags), manifest_of(&manifest)) else {
        return Ok(None);
    };
    let Some(leaves) = leaves_of(bag, &payload)? else {
        return Ok(None);
    };
    let mut files: Vec<Expected> = expected(bag, &payload, leaves);
    let bytes = files.iter().map(|file| file.bytes).sum();
    files.extend(expected(bag, &tag_files, HashMap::new()));
    monitor.begin(what, Some(bytes), Unit::Bytes);
    let results = each(&mut files, |file| file.is_met(monitor));
    let whole = results.into_iter().collect::<Result<Vec<bool>, _>>()?;
    let tagmanifest = Digest::of(&tags);
    Ok(whole
        .into_iter()
        .all(|met| met)
        .then_some(Checked { tagmanifest, bytes }))
}

/// `None` when it is not there.
fn read_small(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::read(path, source)),
    }
}

fn manifest_of(bytes: &[u8]) -> Option<Manifest> {
    parse_manifest(std::str::from_utf8(bytes).ok()?).ok()
}

/// The leaves of all files that have some, by path; `None` when a leaf file
/// is damaged.
fn leaves_of(
    bag: &Path,
    payload: &Manifest,
) -> Result<Option<HashMap<String, Vec<Digest>>>, Error> {
    let mut leaves = HashMap::new();
    for path in payload
        .keys()
        .filter(|path| path.starts_with("data/leaves/"))
    {
        let Some(bytes) = read_small(&bag.join(path))? else {
            return Ok(None);
        };
        let Ok(file) = LeafFile::parse(&bytes) else {
            return Ok(None);
        };
        let paths = file.files.into_iter().map(|entry| entry.path.into());
        leaves.extend(paths.zip(file.hashes));
    }
    Ok(Some(leaves))
}

struct Expected {
    path: PathBuf,
    bytes: u64,
    digest: Digest,
    leaves: Option<Vec<Digest>>,
}

fn expected(
    bag: &Path,
    manifest: &Manifest,
    mut leaves: HashMap<String, Vec<Digest>>,
) -> Vec<Expected> {
    let files = manifest.iter().map(|(path, digest)| Expected {
        bytes: bag.join(path).metadata().map_or(0, |file| file.len()),
        path: bag.join(path),
        digest: *digest,
        leaves: leaves.remove(path),
    });
    files.collect()
}

impl Expected {
    fn is_met(&self, monitor: &dyn Monitor) -> Result<bool, Error> {
        let failed = |source| Error::read(&self.path, source);
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(failed(source)),
        };
        let (mut whole, mut leaves) = (Sha256::new(), LeafHasher::new());
        let mut buffer = vec![0; 1 << 20];
        loop {
            if monitor.is_interrupted() {
                return Err(Error::Interrupted);
            }
            let count = file.read(&mut buffer).map_err(failed)?;
            if count == 0 {
                break;
            }
            whole.update(&buffer[..count]);
            leaves.update(&buffer[..count]);
            monitor.advance(count as u64);
        }
        let leaves_hold = self
            .leaves
            .as_ref()
            .is_none_or(|wanted| *wanted == leaves.finish());
        Ok(Digest::from(whole) == self.digest && leaves_hold)
    }
}
