use {
    crate::{
        error::Error,
        facts::{Bag, Folders, Place, Promise, place::Found, sheets::ProvenSheets},
        state::{FileChecks, SealedTranche},
        verify::{
            leafwise::{Compared, Task, compare_all},
            pace::Pace,
            proven::{Expected, Proven},
            survey::{Seen, is_large},
        },
    },
    longplay_model::{Monitor, Timestamp},
    std::{
        collections::{BTreeMap, BTreeSet},
        sync::Arc,
    },
};

/// Bytes of files that are read with no halt between them, in which the faster disks wait
/// for the slower; their leaf files are read before.
const AT_ONCE: u64 = 32 << 30;

/// A tranche of which files are read.
pub struct Reading {
    pub name: String,
    pub folders: Folders,
    pub promise: Promise,
    found: BTreeMap<Place, Found>,
    /// When each large file was read last; when it was sealed, if never since.
    last_read: BTreeMap<Place, Timestamp>,
    compared: BTreeMap<Place, Compared>,
    /// Whether files are read from the disk, whatever memory holds of them.
    cold: bool,
    /// Leaf files that were read and are as they were sealed.
    pub proven: ProvenSheets,
    /// Files that are left to who makes others from them.
    left: BTreeSet<Place>,
}

/// Files of a stripe by their names and lengths.
#[derive(Default)]
struct Counted {
    there: Vec<Place>,
    lacking: usize,
    /// Recovery packs: so many files can be made again.
    most: usize,
    /// The leaf file of the packs is known too.
    has_data: bool,
}

/// Files of one tranche that were read last at the same time.
#[derive(Debug, PartialEq, Eq)]
pub struct Round {
    /// Number of the tranche.
    pub tranche: usize,
    pub files: BTreeSet<Place>,
}

impl Reading {
    pub fn new(folders: Folders, promise: Promise, name: &str) -> Result<Self, Error> {
        let found = folders.walk()?;
        Ok(Self {
            name: name.into(),
            folders,
            promise,
            found: found.into_iter().map(|it| (it.place.clone(), it)).collect(),
            last_read: BTreeMap::new(),
            compared: BTreeMap::new(),
            cold: false,
            proven: ProvenSheets::new(),
            left: BTreeSet::new(),
        })
    }

    /// Of a tranche that has the name of its folder where nothing else is known of it.
    pub fn of(folders: &Folders, promise: &Promise) -> Result<Self, Error> {
        let folder = folders.data.file_name().unwrap_or_default();
        let name = promise.tranche.clone();
        let name = name.unwrap_or_else(|| folder.to_string_lossy().into_owned());
        Self::new(folders.clone(), promise.clone(), &name)
    }

    /// The same, of files that were just written.
    pub fn cold(mut self) -> Self {
        self.cold = true;
        self
    }

    /// Of a sealed tranche, with what the journal knows of earlier checks.
    pub fn since(mut self, sealed: &SealedTranche, checks: &FileChecks) -> Self {
        let large = self.found.keys().filter(|place| is_large(place)).cloned();
        let listed = Proven::new(&self.folders, &self.promise);
        let read = |place: Place| {
            let last = checks.last(&place.path).map_or(sealed.at, |(at, _)| at);
            (place, last)
        };
        self.last_read = large.chain(listed.large()).map(read).collect();
        self
    }

    /// Leaves the files unread of stripes that lack some, and no more than there are
    /// recovery packs.
    pub fn leave_survivors(&mut self) {
        let proven = Proven::new(&self.folders, &self.promise);
        let mut stripes: BTreeMap<u32, Counted> = BTreeMap::new();
        for sheet in proven.sheets() {
            let Some((read, expected)) = proven.read(&sheet) else {
                continue;
            };
            if expected.len() == read.sheet.files.len() {
                let stripe = stripes.entry(read.sheet.stripe).or_default();
                let packs = expected.len();
                let is_there = |file: &Expected| self.bytes(&file.place) == Some(file.bytes());
                let there = expected.into_iter().filter(is_there);
                let before = stripe.there.len();
                stripe.there.extend(there.map(|file| file.place));
                stripe.lacking += packs - (stripe.there.len() - before);
                match sheet.bag {
                    Bag::Data => stripe.has_data = true,
                    Bag::Recovery => stripe.most = packs,
                }
            }
            self.proven.insert(sheet, Arc::new(read));
        }
        let can_heal = |it: &Counted| it.has_data && (1..=it.most).contains(&it.lacking);
        let stripes = stripes.into_values().filter(can_heal);
        self.left.extend(stripes.flat_map(|stripe| stripe.there));
    }

    pub fn is_begun(&self) -> bool {
        !self.compared.is_empty()
    }

    /// Packs and recovery packs, those that should be there included.
    pub fn large_files(&self) -> u64 {
        self.last_read.len() as u64
    }

    /// Of a file that is there.
    fn bytes(&self, place: &Place) -> Option<u64> {
        self.found.get(place).map(|file| file.bytes)
    }

    /// Bytes that are read of these.
    pub fn bytes_of(&self, files: &BTreeSet<Place>) -> u64 {
        let read = files.difference(&self.left);
        read.filter_map(|place| self.bytes(place)).sum()
    }

    /// Compares these files leaf by leaf, as far as the journal proves what
    /// their leaves are; all of them without `only`.
    pub fn compare(
        &mut self,
        only: Option<&BTreeSet<Place>>,
        pace: &dyn Pace,
        monitor: &dyn Monitor,
    ) -> Result<(), Error> {
        let proven = Proven::new(&self.folders, &self.promise);
        let is_wanted = |place: &Place| {
            !self.left.contains(place) && only.is_none_or(|only| only.contains(place))
        };
        let (mut wanted, mut bytes) = (Vec::new(), 0);
        for sheet in in_stripes(proven.sheets()) {
            let known = self.proven.get(&sheet);
            if known.is_some_and(|known| !known.sheet.files.iter().any(is_wanted)) {
                continue;
            }
            let Some((read, mut expected)) = proven.read(&sheet) else {
                continue;
            };
            self.proven.insert(sheet, Arc::new(read));
            expected.retain(|it| is_wanted(&it.place));
            bytes += expected.iter().map(Expected::bytes).sum::<u64>();
            wanted.extend(expected);
            if bytes >= AT_ONCE {
                let tasks = tasks(&wanted, &self.found, self.cold);
                self.compared.extend(compare_all(&tasks, pace, monitor)?);
                wanted.clear();
                bytes = 0;
            }
        }
        let tasks = tasks(&wanted, &self.found, self.cold);
        self.compared.extend(compare_all(&tasks, pace, monitor)?);
        Ok(())
    }

    /// What the large files are: those that were compared and are sound, and
    /// those that have the right length and nobody has read (`unread`).
    pub fn seen(&mut self) -> (Seen, BTreeSet<Place>) {
        let (mut seen, mut unread) = (Seen::new(), BTreeSet::new());
        let proven = Proven::new(&self.folders, &self.promise);
        // Nothing was compared with these.
        let left = proven.sheets().filter(|it| !self.proven.contains_key(it));
        let read = left.filter_map(|sheet| Some((proven.read(&sheet)?.0, sheet)));
        let read: Vec<_> = read.map(|(read, sheet)| (sheet, Arc::new(read))).collect();
        self.proven.extend(read);
        let sheets = self.proven.values();
        for (place, expected) in sheets.flat_map(|sheet| proven.observations(sheet)) {
            let found = self.found.get(place);
            let has_length = found.is_some_and(|found| found.bytes == expected.bytes);
            match self.compared.get(place) {
                Some(Compared::Doubtful) => continue,
                None if has_length => _ = unread.insert(place.clone()),
                None => continue,
                Some(Compared::Sound) => {}
            }
            seen.insert(place.clone(), expected);
        }
        (seen, unread)
    }

    /// Files that were read otherwise than they should be.
    pub fn doubtful(&self) -> impl Iterator<Item = &Place> {
        let compared = self.compared.iter();
        let doubtful = compared.filter(|(_, compared)| **compared == Compared::Doubtful);
        doubtful.map(|(place, _)| place)
    }
}

/// Those of the wanted files that are there and as long as they should be.
fn tasks<'a>(
    wanted: &'a [Expected],
    found: &'a BTreeMap<Place, Found>,
    cold: bool,
) -> Vec<Task<'a>> {
    let tasks = wanted.iter().filter_map(|expected| {
        let found = found.get(&expected.place)?;
        (found.bytes == expected.bytes()).then_some(Task {
            expected,
            found,
            compared: 0,
            cold,
        })
    });
    tasks.collect()
}

/// Leaf files stripe by stripe, of packs and of their recovery packs.
fn in_stripes(sheets: impl Iterator<Item = Place>) -> Vec<Place> {
    let mut sheets: Vec<Place> = sheets.collect();
    sheets.sort_by(|a, b| a.path.cmp(&b.path));
    sheets
}

/// What is to be read, the least recently read first: all, or a share of the
/// bytes.
pub fn rounds(readings: &[Reading], share: Option<f64>) -> Vec<Round> {
    let mut files: Vec<(Timestamp, usize, &Place)> = Vec::new();
    for (number, reading) in readings.iter().enumerate() {
        let last_read = reading.last_read.iter();
        files.extend(last_read.map(|(place, last)| (*last, number, place)));
    }
    files.sort_unstable();
    let bytes = |number: usize, place: &Place| readings[number].bytes(place).unwrap_or(0);
    let total: u64 = files
        .iter()
        .map(|(_, number, place)| bytes(*number, place))
        .sum();
    let mut left = share.map_or(u64::MAX, |share| (total as f64 * share).ceil() as u64);
    files.retain(|(_, number, place)| {
        let is_wanted = left > 0;
        left = left.saturating_sub(bytes(*number, place));
        is_wanted
    });
    let same =
        |a: &(Timestamp, usize, &Place), b: &(Timestamp, usize, &Place)| a.0 == b.0 && a.1 == b.1;
    files
        .chunk_by(same)
        .map(|round| Round {
            tranche: round[0].1,
            files: round.iter().map(|(_, _, place)| (*place).clone()).collect(),
        })
        .collect()
}
