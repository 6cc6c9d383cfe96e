use {
    crate::{
        disk::Location,
        error::Error,
        home::Home,
        indexes::{Asked, for_each_record},
        nowhere::{LostTrack, tracks_nowhere},
        reconcile::{
            expected::{Belongs, Expected, Wanted, expected},
            known::{Known, group_of},
            present::{Digests, Present, Sight, Tree, Unlinked, look},
        },
        verify::{TouchedItem, absent_disks},
    },
    longplay_model::{Finding, Monitor, Tally, Unit},
    serde::Serialize,
    std::{
        cmp::Reverse,
        collections::{BTreeMap, BTreeSet},
        path::PathBuf,
    },
};

/// In the names of files that are parked on their way to a place where another
/// still stands.
pub const PARKED: &str = ".moved-";

/// How what is there differs from what should be there.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ReconcilePlan {
    /// What should be there.
    pub expected: Tally,
    pub lost: Vec<Lost>,
    pub moved: Vec<Moved>,
    pub unknown: Vec<Unknown>,
    /// What should be there on disks that are not there: it is not judged.
    pub away: Tally,
    /// One for each disk that is not there.
    pub absent: Vec<Finding>,
    /// Tracks of tranches that are lost as a whole, which no other holds.
    pub tracks: Vec<LostTrack>,
}

/// What should be there and is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Below the root of the archive; of a bag that is lost as a whole, its folder.
    pub path: String,
    /// Where they are known.
    pub bytes: Option<u64>,
    pub belongs: Belongs,
    /// Bytes of what stands in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found_bytes: Option<u64>,
    /// Where it stands all the same, on a disk, with no link that leads to it; of a
    /// bag, the folder of its files on one disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlinked: Option<PathBuf>,
    /// Items of a lost pack, as far as an index tells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<TouchedItem>,
}

/// What stands under another path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    pub from: String,
    pub to: String,
    pub bytes: u64,
}

/// What is there and known to nothing: a file, or all of a folder that should
/// not be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    pub path: String,
    pub files: u64,
    pub bytes: u64,
    /// What longplay knows of it all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Compares names and lengths; reads what may be a lost file under another path.
pub fn compare(home: &Home, monitor: &dyn Monitor) -> Result<ReconcilePlan, Error> {
    monitor.begin("looking", None, Unit::Bytes);
    let tree = &Tree::of(home);
    let sight = &look(home, tree)?;
    let present = &sight.files;
    let mut digests = Digests::new(tree, monitor);
    let expected = &expected(home, tree, present, &mut digests)?;
    let known = &Known::of(home)?;
    let mut comparison = Comparison {
        missing: missing(expected, sight),
        strays: strays(expected, known, present),
        tree,
        sight,
        present,
        digests,
    };
    let moved = comparison.moved()?;
    let mut lost = comparison.lost(expected);
    name_items(tree, &mut lost)?;
    let mut unknown = unknown(&comparison, expected, known);
    unknown.extend(unlinked(sight, &lost, expected, known));
    let plan = ReconcilePlan {
        expected: expected.tally(present),
        lost,
        unknown,
        moved,
        away: away(expected, sight),
        absent: absent_disks(home.volumes()).collect(),
        tracks: lost_tracks(home, tree, expected)?,
    };
    // What did not answer is not lost.
    home.tranches_dir().has_answered()?;
    Ok(plan)
}

/// Files that are not there with their lengths, and on no disk that is not there.
fn missing(expected: &Expected, sight: &Sight) -> BTreeMap<String, Wanted> {
    let is_there = |path: &str, wanted: &Wanted| {
        let found = sight.files.get(path);
        sight.away.contains(path)
            || found.is_some_and(|found| wanted.bytes.is_none_or(|bytes| bytes == *found))
    };
    let files = expected.files.iter();
    files
        .filter(|(path, wanted)| !is_there(path, wanted))
        .map(|(path, wanted)| (path.clone(), wanted.clone()))
        .collect()
}

/// What should be there on disks that are not there.
fn away(expected: &Expected, sight: &Sight) -> Tally {
    let mut tally = Tally::default();
    let files = sight
        .away
        .iter()
        .filter_map(|path| expected.files.get(path));
    files.for_each(|wanted| tally.add(wanted.bytes.unwrap_or(0)));
    tally
}

/// Files that are known to nothing.
fn strays(expected: &Expected, known: &Known, present: &Present) -> BTreeSet<String> {
    let files = present.keys();
    files
        .filter(|path| !known.has(path, expected))
        .cloned()
        .collect()
}

struct Comparison<'a> {
    missing: BTreeMap<String, Wanted>,
    strays: BTreeSet<String>,
    tree: &'a Tree,
    sight: &'a Sight,
    present: &'a Present,
    digests: Digests<'a>,
}

impl Comparison<'_> {
    /// Takes out what is missing and stands elsewhere.
    fn moved(&mut self) -> Result<Vec<Moved>, Error> {
        // What stands in the place of a file of another length may be one too.
        let occupants = self
            .missing
            .keys()
            .filter(|path| self.present.contains_key(*path));
        let mut candidates: BTreeSet<String> = occupants.chain(&self.strays).cloned().collect();
        let mut moves = Vec::new();
        for (to, wanted) in self.missing.clone() {
            let Some(from) = self.find(&to, &wanted, &candidates)? else {
                continue;
            };
            candidates.remove(&from);
            let bytes = self.present.get(&from).copied().unwrap_or(0);
            moves.push(Moved { from, to, bytes });
        }
        let moves = possible(moves, self.sight);
        for Moved { from, to, .. } in &moves {
            self.strays.remove(from);
            self.missing.remove(to);
        }
        Ok(moves)
    }

    /// The candidate with these bytes; of several, the one whose path ends most
    /// like that of the file.
    fn find(
        &mut self,
        to: &str,
        wanted: &Wanted,
        candidates: &BTreeSet<String>,
    ) -> Result<Option<String>, Error> {
        let Some(digest) = wanted.digest else {
            return Ok(None);
        };
        let present = self.present;
        let fits = |from: &&String| match wanted.bytes {
            Some(bytes) => present.get(*from) == Some(&bytes),
            None => unparked(name_of(from)) == name_of(to),
        };
        let is_near = |from: &&String| *from != to && self.tree.is_one_step(from, to);
        let others = candidates.iter().filter(is_near);
        let mut fitting: Vec<&String> = others.filter(fits).collect();
        fitting.sort_by_key(|from| Reverse(common_ending(from, to)));
        for from in fitting {
            if self.digests.of(from)? == Some(digest) {
                return Ok(Some(from.clone()));
            }
        }
        Ok(None)
    }

    fn lost(&self, expected: &Expected) -> Vec<Lost> {
        let files = self.missing.iter().map(|(path, wanted)| Lost {
            path: path.clone(),
            bytes: wanted.bytes,
            belongs: wanted.belongs.clone(),
            found_bytes: self.present.get(path).copied(),
            unlinked: self.unlinked(path, wanted.bytes),
            items: Vec::new(),
        });
        let bags = expected.whole_bags.iter().map(|(bag, bytes)| Lost {
            path: bag.clone(),
            bytes: Some(*bytes),
            belongs: Belongs::Tranche(name_of(bag).to_owned()),
            found_bytes: None,
            unlinked: self.unlinked_of(bag),
            items: Vec::new(),
        });
        files.chain(bags).collect()
    }

    fn unlinked(&self, place: &str, bytes: Option<u64>) -> Option<PathBuf> {
        let fits =
            |it: &&Unlinked| it.place == place && bytes.is_none_or(|bytes| bytes == it.bytes);
        let found = self.sight.unlinked.iter().find(fits);
        found.map(|it| it.file.clone())
    }

    /// The folder on a disk of files of a bag.
    fn unlinked_of(&self, bag: &str) -> Option<PathBuf> {
        let mut unlinked = self.sight.unlinked.iter();
        let found = unlinked.find(|it| is_in(bag, &it.place));
        found.map(|it| it.root.join(name_of(bag)))
    }
}

/// Moves whose places are free, or become so by others. What stands in the way of
/// a file is never overwritten: as far as this goes, that file is lost.
fn possible(mut moves: Vec<Moved>, sight: &Sight) -> Vec<Moved> {
    loop {
        let sources: BTreeSet<&str> = moves.iter().map(|it| it.from.as_str()).collect();
        let is_taken = |to: &str| sight.files.contains_key(to) || sight.dead.contains(to);
        let is_free = |to: &str| !is_taken(to) || sources.contains(to);
        let Some(blocked) = moves.iter().position(|it| !is_free(&it.to)) else {
            return moves;
        };
        moves.remove(blocked);
    }
}

/// Strays, each by itself below a folder of which something should be there, and
/// together below one of which nothing should.
fn unknown(comparison: &Comparison, expected: &Expected, known: &Known) -> Vec<Unknown> {
    let mut groups: BTreeMap<&str, Unknown> = BTreeMap::new();
    for path in &comparison.strays {
        let folder = group_of(path);
        let group = match expected.speaks_of(folder) {
            true => path.as_str(),
            false => folder,
        };
        let unknown = groups.entry(group).or_insert_with(|| Unknown {
            path: group.to_owned(),
            files: 0,
            bytes: 0,
            note: known.note_on(group),
        });
        unknown.files += 1;
        unknown.bytes += comparison.present.get(path).copied().unwrap_or(0);
    }
    groups.into_values().collect()
}

/// Files on disks that no link leads to and that are no lost ones, each by itself, or
/// together where nothing should be in their bag.
fn unlinked(sight: &Sight, lost: &[Lost], expected: &Expected, known: &Known) -> Vec<Unknown> {
    let is_lost = |it: &Unlinked| {
        let mut lost = lost.iter().filter(|lost| lost.unlinked.is_some());
        lost.any(|lost| lost.unlinked.as_ref() == Some(&it.file) || is_in(&lost.path, &it.place))
    };
    let mut groups: BTreeMap<PathBuf, Unknown> = BTreeMap::new();
    for it in &sight.unlinked {
        let bag = group_of(&it.place);
        if known.is_unsealed(name_of(bag)) || is_lost(it) {
            continue;
        }
        let group = match expected.speaks_of(bag) {
            true => it.file.clone(),
            false => it.root.join(name_of(bag)),
        };
        let note = known.note_on(bag).filter(|_| !expected.speaks_of(bag));
        let unknown = groups.entry(group.clone()).or_insert_with(|| Unknown {
            path: group.display().to_string(),
            files: 0,
            bytes: 0,
            note: note.or_else(|| Some("no link leads to it".into())),
        });
        unknown.files += 1;
        unknown.bytes += it.bytes;
    }
    groups.into_values().collect()
}

/// What lost packs held, as far as the indexes of their tranches tell.
fn name_items(tree: &Tree, lost: &mut [Lost]) -> Result<(), Error> {
    let mut packs: BTreeMap<String, BTreeMap<String, Vec<TouchedItem>>> = BTreeMap::new();
    for it in lost.iter() {
        if let Some((bag, pack)) = pack_of(it) {
            packs.entry(bag).or_default().insert(pack, Vec::new());
        }
    }
    for (bag, packs) in &mut packs {
        for_each_record(&tree.at(bag), Asked::Joined, &mut |record| {
            if let Some(items) = packs.get_mut(&record.pack) {
                items.push(TouchedItem::of(&record));
            }
            Ok(())
        })?;
    }
    for it in lost {
        let items = pack_of(it).and_then(|(bag, pack)| packs.get_mut(&bag)?.remove(&pack));
        it.items = items.unwrap_or_default();
    }
    Ok(())
}

/// The bag and the name of a pack.
fn pack_of(lost: &Lost) -> Option<(String, String)> {
    let (bag, pack) = lost.path.split_once("/data/packs/")?;
    Some((bag.to_owned(), pack.to_owned()))
}

/// Tracks of tranches that are lost as a whole.
fn lost_tracks(home: &Home, tree: &Tree, expected: &Expected) -> Result<Vec<LostTrack>, Error> {
    let is_lost = |bag: &str| expected.whole_bags.iter().any(|(lost, _)| lost == bag);
    let sealed = home.state().sealed()?;
    let bags: Vec<String> = sealed
        .iter()
        .map(|it| format!("tranches/{}", it.name))
        .collect();
    if !bags.iter().any(|bag| is_lost(bag)) {
        return Ok(Vec::new());
    }
    let here = bags.iter().filter(|bag| !is_lost(bag));
    let here: Vec<Location> = here.map(|bag| tree.at(bag)).collect();
    let asked = here.iter().map(|bag| (bag, Asked::Joined));
    tracks_nowhere(home.state(), asked)
}

/// Whether a path is below a folder.
fn is_in(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// A name without the ending of a file that was parked on its way.
fn unparked(name: &str) -> &str {
    name.rsplit_once(PARKED).map_or(name, |(name, _)| name)
}

/// The last component of a path.
pub fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Components that two paths have in common at their ends.
fn common_ending(a: &str, b: &str) -> usize {
    let pairs = a.rsplit('/').zip(b.rsplit('/'));
    pairs.take_while(|(a, b)| a == b).count()
}
