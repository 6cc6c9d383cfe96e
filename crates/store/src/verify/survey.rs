use {
    crate::{
        bag::{MANIFEST, TAG_MANIFEST},
        error::Error,
        facts::{
            Facts, Folders, Place, Promise, gather,
            listing::TAG_FILES,
            observe::{Observation, observe},
            place::Found,
            sheets::{self, ProvenSheets},
        },
        names::INDEX,
        work::workers,
    },
    longplay_model::{Monitor, Unit},
    std::{
        collections::BTreeMap,
        path::{Path, PathBuf},
        sync::{
            Mutex,
            atomic::{AtomicUsize, Ordering},
        },
        thread,
    },
};

/// Files read at once, at most.
const THREADS: usize = 2;

/// What large files are, by place.
pub type Seen = BTreeMap<Place, Observation>;

/// What was found of a tranche, and what it should be.
#[derive(Debug, Clone)]
pub struct Survey {
    pub folders: Folders,
    pub promise: Promise,
    /// All files, sorted by place.
    pub found: Vec<Found>,
    /// Where links lead, of an archive on several disks.
    pub links: BTreeMap<Place, PathBuf>,
    /// What the large files are.
    pub seen: Seen,
    /// Leaf files that are as they were sealed.
    pub proven: ProvenSheets,
    pub facts: Facts,
}

/// Reads every file of the tranche once. Of files that were read before
/// (`known`), only their presence is looked at, and so of leaf files that were proven.
pub fn survey(
    folders: &Folders,
    promise: &Promise,
    known: &Seen,
    proven: &ProvenSheets,
    monitor: &dyn Monitor,
) -> Result<Survey, Error> {
    let found = folders.walk()?;
    let large: Vec<&Found> = found.iter().filter(|file| is_large(&file.place)).collect();
    let seen = observe_all(&large, known, monitor)?;
    let facts = gather(folders, &found, &seen, proven, promise);
    Ok(Survey {
        folders: folders.clone(),
        promise: promise.clone(),
        links: folders.links()?,
        found,
        seen,
        proven: proven.clone(),
        facts,
    })
}

/// Packs, files of a metadata tranche, recovery packs, and whatever nobody
/// put there: it may be one of them under another name.
pub fn is_large(place: &Place) -> bool {
    let path = place.path.as_str();
    ![MANIFEST, TAG_MANIFEST, INDEX].contains(&path)
        && !TAG_FILES.contains(&path)
        && !path.starts_with(sheets::FOLDER)
}

fn observe_all(files: &[&Found], known: &Seen, monitor: &dyn Monitor) -> Result<Seen, Error> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let reused = |file: &Found| {
        let seen = known.get(&file.place);
        seen.filter(|seen| seen.bytes == file.bytes).cloned()
    };
    let total = files
        .iter()
        .filter(|file| reused(file).is_none())
        .map(|file| file.bytes)
        .sum();
    if total > 0 {
        let what = if known.is_empty() {
            "reading"
        } else {
            "reading again"
        };
        monitor.begin(what, Some(total), Unit::Bytes);
    }
    let work = || {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let seen = reused(file).map_or_else(|| observe(&file.location, monitor), Ok);
            let mut results = results
                .lock()
                .expect("no thread panics while it holds the lock");
            results.push((file.place.clone(), seen));
        }
    };
    thread::scope(|scope| {
        for _ in 0..workers().min(THREADS) {
            scope.spawn(work);
        }
    });
    let results = results
        .into_inner()
        .expect("no thread panics while it holds the lock");
    results
        .into_iter()
        .map(|(place, seen)| Ok((place, seen?)))
        .collect()
}

impl Survey {
    /// The disk that a file stands on, if that disk is not there.
    pub fn away(&self, place: &Place) -> Option<&Path> {
        let volumes = &self.folders.volumes;
        let target = self.links.get(place).filter(|_| self.file(place).is_none());
        target.and_then(|target| volumes.away(target))
    }

    pub fn file(&self, place: &Place) -> Option<&Found> {
        let at = self
            .found
            .binary_search_by(|file| file.place.cmp(place))
            .ok()?;
        self.found.get(at)
    }
}
