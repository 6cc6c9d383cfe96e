//! Damage trials: tranches are hurt at random, and everything that was hurt
//! must be found, healed where the code allows it, and never said to be whole
//! when it is not.
//!
//! `LONGPLAY_TRIALS` gives the number of seeds, `LONGPLAY_SEED` the first.

use {
    crate::fixture::{Fixture, Rng, Shape, tree},
    longplay_model::{Finding, FindingCode, Monitor, Unit},
    longplay_store::{
        FileState, RepairSummary, TrancheReport, facts::Folders, plan_repair, repair,
        verify::verify_promised, verify_tranche,
    },
    std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
        path::Path,
        sync::{
            Mutex,
            atomic::{AtomicI64, AtomicU64, Ordering},
        },
        thread,
    },
};

const LEAF: usize = 16_384;
const MIB_LEAVES: usize = 64;

fn shapes() -> Vec<Shape> {
    let packs = |count: usize, bytes: usize| -> Vec<Vec<usize>> {
        (0..count)
            .map(|number| vec![bytes / 3 + number * 5_000, bytes / 2, 700, bytes / 8])
            .collect()
    };
    vec![
        Shape {
            name: "0002-audio-open",
            k: 4,
            m: 2,
            files: packs(10, 60_000),
        },
        Shape {
            name: "0003-audio-dark",
            k: 5,
            m: 3,
            files: packs(6, 150_000),
        },
        Shape {
            name: "0001-metadata-open",
            k: 3,
            m: 2,
            files: [0, 1, 16_384, 100_000, 40_001]
                .map(|bytes| vec![bytes])
                .to_vec(),
        },
        Shape {
            name: "0004-art-open",
            k: 2,
            m: 1,
            files: packs(3, 1_400_000),
        },
    ]
}

/// One way to hurt a tranche. Paths are below the folder of the fixture.
#[derive(Debug, Clone)]
enum Damage {
    Flip {
        path: String,
        at: usize,
    },
    Burst {
        path: String,
        at: usize,
        length: usize,
    },
    Zeros {
        path: String,
        at: usize,
        length: usize,
    },
    Truncate {
        path: String,
        to: usize,
    },
    Extend {
        path: String,
        by: usize,
    },
    Delete {
        path: String,
    },
    Swap {
        one: String,
        other: String,
    },
    CopyOver {
        from: String,
        to: String,
    },
    CopyBeside {
        from: String,
    },
    Rename {
        from: String,
    },
    /// All leaf files, indexes, manifests and tag files, of one bag or both.
    DeleteSmall {
        both: bool,
    },
    Kit {
        path: String,
    },
}

struct Trial {
    fixture: Fixture,
    /// For each shard, where its bytes are now.
    located: BTreeMap<String, Option<String>>,
    damages: Vec<Damage>,
    rng: Rng,
}

impl Trial {
    fn new(fixture: Fixture, seed: u64) -> Self {
        let located = shard_paths(&fixture)
            .into_iter()
            .map(|path| (path.clone(), Some(path)))
            .collect();
        Self {
            fixture,
            located,
            damages: Vec::new(),
            rng: Rng(seed),
        }
    }

    fn hurt(&mut self) {
        let most = if self.rng.below(4) == 0 { 16 } else { 5 };
        for _ in 0..1 + self.rng.below(most) {
            if !shard_paths(&self.fixture)
                .iter()
                .any(|path| self.fixture.path(path).is_file())
            {
                return;
            }
            let damage = self.choose();
            self.apply(&damage);
            self.damages.push(damage);
        }
    }

    fn choose(&mut self) -> Damage {
        let mut shards = shard_paths(&self.fixture);
        shards.retain(|path| self.fixture.path(path).is_file());
        let all: Vec<String> = self.fixture.tree.keys().cloned().collect();
        let path = self.rng.pick(&shards).clone();
        let other = self.rng.pick(&shards).clone();
        let bytes = fs::metadata(self.fixture.path(&path)).unwrap().len();
        let at = self.rng.below(bytes.max(1)) as usize;
        let length = 1 + self.rng.below(3 * LEAF as u64) as usize;
        match self.rng.below(14) {
            0 | 1 => Damage::Flip { path, at },
            2 => Damage::Burst { path, at, length },
            3 => Damage::Zeros { path, at, length },
            4 => Damage::Truncate { path, to: at },
            5 => Damage::Extend { path, by: length },
            6 => Damage::Delete { path },
            7 => Damage::Swap { one: path, other },
            8 => Damage::CopyOver {
                from: path,
                to: other,
            },
            9 => Damage::CopyBeside { from: path },
            10 => Damage::Rename { from: path },
            11 => Damage::DeleteSmall {
                both: self.rng.below(3) > 0,
            },
            12 => Damage::Kit {
                path: {
                    let recovery: Vec<_> = shards.iter().filter(|p| p.ends_with(".rec")).collect();
                    match recovery.is_empty() {
                        true => path,
                        false => (*self.rng.pick(&recovery)).clone(),
                    }
                },
            },
            // Any file at all, small ones included.
            _ => {
                let path = self.rng.pick(&all).clone();
                match fs::metadata(self.fixture.path(&path)) {
                    Ok(about) => Damage::Flip {
                        path,
                        at: self.rng.below(about.len().max(1)) as usize,
                    },
                    Err(_) => Damage::CopyBeside { from: other },
                }
            }
        }
    }

    fn apply(&mut self, damage: &Damage) {
        match damage.clone() {
            Damage::Flip { path, at } => {
                let bit = 1 << self.rng.below(8);
                self.edit(&path, |bytes| {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= bit;
                    }
                });
            }
            Damage::Burst { path, at, length } => {
                let noise = self.rng.bytes(length);
                self.edit(&path, |bytes| {
                    bytes
                        .iter_mut()
                        .skip(at)
                        .zip(noise)
                        .for_each(|(byte, noise)| *byte = noise);
                });
            }
            Damage::Zeros { path, at, length } => self.edit(&path, |bytes| {
                bytes
                    .iter_mut()
                    .skip(at)
                    .take(length)
                    .for_each(|byte| *byte = 0);
            }),
            Damage::Truncate { path, to } => self.edit(&path, |bytes| bytes.truncate(to)),
            Damage::Extend { path, by } => {
                let noise = self.rng.bytes(by);
                self.edit(&path, |bytes| bytes.extend(noise));
            }
            Damage::Delete { path } => {
                fs::remove_file(self.fixture.path(&path)).unwrap();
                self.move_content(&path, None);
            }
            Damage::Swap { one, other } => self.swap(&one, &other),
            Damage::CopyOver { from, to } if from != to => {
                fs::copy(self.fixture.path(&from), self.fixture.path(&to)).unwrap();
                self.move_content(&to, None);
            }
            Damage::CopyOver { .. } => {}
            Damage::CopyBeside { from } => {
                let to = format!("{from} copy");
                fs::copy(self.fixture.path(&from), self.fixture.path(&to)).unwrap();
            }
            Damage::Rename { from } => {
                let to = format!("{from}.bak");
                fs::rename(self.fixture.path(&from), self.fixture.path(&to)).unwrap();
                self.move_content(&to, None);
                self.move_content(&from, Some(to));
            }
            Damage::DeleteSmall { both } => self.delete_small(both),
            Damage::Kit { path } => {
                let end = self.fixture.tree.get(&path).map_or(0, Vec::len);
                let at = end.saturating_sub(1 + self.rng.below(2_000) as usize);
                self.edit(&path, |bytes| {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 0x55;
                    }
                });
            }
        }
    }

    fn edit(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.fixture.path(path);
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
    }

    fn swap(&mut self, one: &str, other: &str) {
        let [a, b] = [one, other].map(|path| self.fixture.path(path));
        let parked = a.with_extension("parked");
        fs::rename(&a, &parked).unwrap();
        if a != b {
            fs::rename(&b, &a).unwrap();
        }
        fs::rename(&parked, &b).unwrap();
        for at in self.located.values_mut().flatten() {
            if at == one {
                *at = other.into();
            } else if at == other {
                *at = one.into();
            }
        }
    }

    /// What stood at `from` stands at `to` now, or nowhere.
    fn move_content(&mut self, from: &str, to: Option<String>) {
        for at in self.located.values_mut() {
            if at.as_deref() == Some(from) {
                *at = to.clone();
            }
        }
    }

    fn delete_small(&self, both: bool) {
        let shards: BTreeSet<String> = shard_paths(&self.fixture).into_iter().collect();
        let bag = format!("{}/", self.fixture.shape.name);
        for path in self.fixture.tree.keys() {
            if !shards.contains(path) && (both || path.starts_with(&bag)) {
                let _ = fs::remove_file(self.fixture.path(path));
            }
        }
    }
}

fn shard_paths(fixture: &Fixture) -> Vec<String> {
    fixture
        .stripes()
        .into_iter()
        .flat_map(|(data, recovery)| [data, recovery].concat())
        .collect()
}

/// What can be expected of a repair, worked out from the bytes themselves.
struct Expectation {
    /// Every stripe is within the bound as far as its damage can be placed.
    must_heal: bool,
    /// Some bytes are gone whatever one knows.
    must_lose: bool,
    /// Shards that must be whole afterwards.
    must_be_whole: BTreeSet<String>,
    /// By shard, the leaves of it that are damaged, and those that may be told:
    /// the last leaf of recovery data also holds the start of the kit.
    bad: BTreeMap<String, (BTreeSet<usize>, BTreeSet<usize>)>,
    /// By shard, the leaves that may stay damaged.
    may_stay: BTreeMap<String, BTreeSet<usize>>,
    /// Shards whose damage can be placed to the leaf.
    fine: BTreeSet<String>,
    /// Shards of stripes of which neither kit nor leaf file is left.
    unknown: BTreeSet<String>,
    /// No kit is left, nor anything else that tells how many stripes there are.
    no_geometry: bool,
}

fn expect(trial: &Trial) -> Expectation {
    let mut all = Expectation {
        must_heal: true,
        must_lose: false,
        must_be_whole: BTreeSet::new(),
        bad: BTreeMap::new(),
        may_stay: BTreeMap::new(),
        fine: BTreeSet::new(),
        unknown: BTreeSet::new(),
        no_geometry: true,
    };
    for bag in [trial.fixture.data(), trial.fixture.recovery()] {
        all.no_geometry &= !bag.join("bag-info.txt").is_file();
    }
    let on_disk = tree(&trial.fixture.folder);
    for (number, (data, recovery)) in trial.fixture.stripes().iter().enumerate() {
        expect_stripe(trial, &on_disk, number, (data, recovery), &mut all);
    }
    all
}

fn expect_stripe(
    trial: &Trial,
    on_disk: &BTreeMap<String, Vec<u8>>,
    number: usize,
    (data, recovery): (&[String], &[String]),
    all: &mut Expectation,
) {
    let fixture = &trial.fixture;
    let (name, m) = (fixture.shape.name, usize::from(fixture.shape.m));
    let coded = data
        .iter()
        .map(|path| fixture.tree[path].len())
        .max()
        .unwrap();
    let is_same = |path: String| {
        fs::read(fixture.path(&path)).is_ok_and(|bytes| bytes == fixture.tree[&path])
    };
    let data_fine = is_same(format!("{name}/data/leaves/{name}-s{number:04}.leaves"));
    let recovery_fine = is_same(format!(
        "{name}-recovery/data/leaves/{name}-s{number:04}-recovery.leaves"
    ));
    let now = |path: &String| -> Vec<u8> {
        let at = trial.located[path].as_ref();
        at.map(|at| fs::read(fixture.path(at)).unwrap())
            .unwrap_or_default()
    };
    let has_kit = recovery.iter().any(|path| {
        let (bytes, original) = (now(path), &fixture.tree[path]);
        bytes.get(coded..original.len()) == Some(&original[coded..])
    });
    all.no_geometry &= !has_kit;
    if !has_kit && !data_fine {
        all.unknown.extend(data.iter().chain(recovery).cloned());
    }
    let (mut gone, mut coarse) = (Vec::new(), Vec::new());
    for path in data.iter().chain(recovery) {
        let is_recovery = recovery.contains(path);
        let length = if is_recovery {
            coded
        } else {
            fixture.tree[path].len()
        };
        let original = &fixture.tree[path][..length];
        let bytes = now(path);
        let rows = length.div_ceil(LEAF);
        let bad: BTreeSet<usize> = (0..rows)
            .filter(|row| {
                let range = row * LEAF..length.min((row + 1) * LEAF);
                bytes.get(range.clone()) != Some(&original[range])
            })
            .collect();
        let to_leaf = |row: usize| row * LEAF..fixture.tree[path].len().min((row + 1) * LEAF);
        let placed_bad: BTreeSet<usize> = (0..rows)
            .filter(|row| bytes.get(to_leaf(*row)) != Some(&fixture.tree[path][to_leaf(*row)]))
            .collect();
        let moved = trial.located[path].as_ref() != Some(path);
        let placed = if is_recovery {
            recovery_fine && has_kit
        } else {
            data_fine
        };
        let known: BTreeSet<usize> = match (placed, moved && !bad.is_empty()) {
            (true, _) => placed_bad.clone(),
            (false, true) => (0..rows).collect(),
            (false, false) => widened(&bad, rows),
        };
        if placed {
            all.fine.insert(path.clone());
        }
        // Bytes that are gone from their place may live on in a copy.
        let nowhere = bad.iter().copied().filter(|row| {
            let range = row * LEAF..length.min((row + 1) * LEAF);
            let right = Some(&original[range.clone()]);
            on_disk
                .values()
                .all(|bytes| bytes.get(range.clone()) != right)
        });
        gone.push(nowhere.collect::<BTreeSet<usize>>());
        all.bad.insert(path.clone(), (bad, placed_bad));
        coarse.push(known);
    }
    let rows = coded.div_ceil(LEAF);
    let erased =
        |sets: &[BTreeSet<usize>], row: usize| sets.iter().filter(|set| set.contains(&row)).count();
    all.must_lose |= (0..rows).any(|row| erased(&gone, row) > m);
    let stays: BTreeSet<usize> = (0..rows).filter(|row| erased(&coarse, *row) > m).collect();
    all.must_heal &= has_kit && stays.is_empty();
    for (path, known) in data.iter().chain(recovery).zip(&coarse) {
        let mut mine: BTreeSet<usize> = known.intersection(&stays).copied().collect();
        if !all.fine.contains(path) {
            // A MiB that is healed in part only cannot be told from a damaged one.
            mine = widened(&mine, rows);
        }
        if mine.is_empty() && has_kit {
            all.must_be_whole.insert(path.clone());
        }
        if has_kit {
            all.may_stay.insert(path.clone(), mine);
        }
    }
}

/// All leaves of every MiB with a damaged one.
fn widened(bad: &BTreeSet<usize>, rows: usize) -> BTreeSet<usize> {
    let groups: BTreeSet<usize> = bad.iter().map(|row| row / MIB_LEAVES).collect();
    groups
        .into_iter()
        .flat_map(|group| group * MIB_LEAVES..rows.min((group + 1) * MIB_LEAVES))
        .collect()
}

/// Keeps findings; dies after some calls, as a killed process does.
struct Watch {
    findings: Mutex<Vec<Finding>>,
    calls_left: AtomicI64,
}

struct Killed;

impl Watch {
    fn new(calls: i64) -> Self {
        Self {
            findings: Mutex::new(Vec::new()),
            calls_left: AtomicI64::new(calls),
        }
    }
}

impl Monitor for Watch {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}

    fn advance(&self, _: u64) {}

    fn finding(&self, finding: Finding) {
        self.findings.lock().unwrap().push(finding);
    }

    fn is_interrupted(&self) -> bool {
        if self.calls_left.fetch_sub(1, Ordering::Relaxed) == 0 {
            resume_unwind(Box::new(Killed));
        }
        false
    }
}

fn look(fixture: &Fixture, promised: bool) -> TrancheReport {
    let watch = Watch::new(i64::MAX);
    let folders = Folders {
        data: fixture.data().into(),
        recovery: Some(fixture.recovery().into()),
        volumes: longplay_store::spread::Volumes::default(),
    };
    let report = match promised {
        true => verify_promised(&folders, &fixture.promise, &watch),
        false => verify_tranche(&folders, &watch),
    };
    let report = report.unwrap();
    assert_eq!(*watch.findings.lock().unwrap(), report.findings);
    report
}

fn heal(fixture: &Fixture, report: &TrancheReport, calls: i64) -> Option<RepairSummary> {
    let watch = Watch::new(calls);
    let plan = plan_repair(report);
    if std::env::var_os("LONGPLAY_SHOW").is_some() {
        report
            .findings
            .iter()
            .for_each(|finding| println!("{finding}"));
        println!("{plan}");
    }
    let folders = Folders {
        data: fixture.data().into(),
        recovery: Some(fixture.recovery().into()),
        volumes: longplay_store::spread::Volumes::default(),
    };
    let work = AssertUnwindSafe(|| repair(&folders, &plan, None, &watch).unwrap());
    catch_unwind(work).ok()
}

fn run(trial: &mut Trial) -> &'static str {
    trial.hurt();
    if std::env::var_os("LONGPLAY_SHOW").is_some() {
        println!("{:?}\n{:?}", trial.damages, trial.located);
    }
    let expectation = expect(trial);
    let promised = trial.rng.below(2) == 0;
    let report = look(&trial.fixture, promised);
    check_report(trial, &expectation, &report);
    let calls = trial.rng.below(40) as i64;
    let mut summary = if trial.rng.below(2) == 0 {
        // Killed somewhere, then the same command again.
        heal(&trial.fixture, &report, calls)
    } else {
        None
    };
    if summary.is_none() {
        let again = look(&trial.fixture, promised);
        summary = heal(&trial.fixture, &again, i64::MAX);
    }
    check_repair(trial, &expectation, &summary.unwrap(), promised);
    match (expectation.must_heal, expectation.must_lose) {
        (true, _) => "healed",
        (false, true) => "beyond recovery",
        (false, false) => "between",
    }
}

/// Everything that differs is told, and nothing else.
fn check_report(trial: &Trial, expectation: &Expectation, report: &TrancheReport) {
    for (path, original) in &trial.fixture.tree {
        let now = fs::read(trial.fixture.path(path)).ok();
        let same = now.as_ref() == Some(original);
        let unknown = expectation.unknown.contains(path) || expectation.no_geometry;
        let Some(file) = report_on(report, path) else {
            assert!(unknown && !same, "{path} is not in the report");
            continue;
        };
        match &file {
            FileState::Whole => assert!(same, "{path} differs and is called whole"),
            FileState::Unproven => {}
            FileState::Unexpected | FileState::Damaged { .. } if unknown => {}
            _ => {
                assert!(!same, "{path} is what it was and is called {file:?}");
                let told = report
                    .findings
                    .iter()
                    .any(|finding| finding.subject == *path);
                assert!(told, "no finding on {path}");
            }
        }
        if let FileState::Damaged {
            leaves, at: None, ..
        } = &file
            && expectation.fine.contains(path)
            && trial.located[path].as_ref() == Some(path)
        {
            let told: BTreeSet<usize> = leaves.numbers().map(|leaf| leaf as usize).collect();
            let (least, most) = &expectation.bad[path];
            assert!(
                least.is_subset(&told) && told.is_subset(most),
                "{path}: {told:?}"
            );
        }
    }
}

fn report_on(report: &TrancheReport, path: &str) -> Option<FileState> {
    let (folder, rest) = path.split_once('/').unwrap();
    let in_recovery = folder.ends_with("-recovery");
    let file = report
        .files
        .iter()
        .find(|file| file.path == rest && file.in_recovery == in_recovery);
    file.map(|file| file.state.clone())
}

fn check_repair(trial: &Trial, expectation: &Expectation, summary: &RepairSummary, promised: bool) {
    let fixture = &trial.fixture;
    let after = tree(&fixture.folder);
    let is_same = |path: &String| after.get(path) == Some(&fixture.tree[path]);
    for place in &summary.healed {
        let path = place.subject(fixture.shape.name);
        assert!(is_same(&path), "{path} is called healed");
    }
    if summary.is_whole() {
        let differing: Vec<_> = fixture.tree.keys().filter(|path| !is_same(path)).collect();
        assert!(
            differing.is_empty(),
            "called whole, and {differing:?} differ"
        );
    } else {
        assert!(
            summary.lost.iter().any(|f| f.code == FindingCode::S012),
            "{summary:?}"
        );
        assert!(
            !expectation.must_heal,
            "not healed: {:#?}",
            summary.remaining
        );
    }
    assert!(!(expectation.must_lose && summary.is_whole()));
    for path in &expectation.must_be_whole {
        assert!(is_same(path), "{path} could be healed: {summary:#?}");
    }
    for (path, may_stay) in &expectation.may_stay {
        check_leaves(fixture, path, after.get(path), may_stay);
    }
    assert!(
        after.keys().all(|path| !path.contains(".longplay-")),
        "unfinished files stay"
    );
    let report = look(fixture, promised);
    check_after(trial, &report, summary);
}

/// What could not be healed is no worse, and no more than had to be.
fn check_leaves(fixture: &Fixture, path: &str, now: Option<&Vec<u8>>, may_stay: &BTreeSet<usize>) {
    let Some(now) = now else {
        assert!(!may_stay.is_empty(), "{path} is still missing");
        return;
    };
    let stripes = fixture.stripes();
    let (data, recovery) = stripes
        .iter()
        .find(|(d, r)| d.iter().chain(r).any(|p| p == path))
        .unwrap();
    let coded = data
        .iter()
        .map(|path| fixture.tree[path].len())
        .max()
        .unwrap();
    let is_recovery = recovery.iter().any(|pack| pack == path);
    let length = if is_recovery {
        coded
    } else {
        fixture.tree[path].len()
    };
    for (row, original) in fixture.tree[path][..length].chunks(LEAF).enumerate() {
        let same = now.get(row * LEAF..row * LEAF + original.len()) == Some(original);
        assert!(
            same || may_stay.contains(&row),
            "leaf {row} of {path} could be healed"
        );
    }
}

fn check_after(trial: &Trial, report: &TrancheReport, summary: &RepairSummary) {
    for path in trial.fixture.tree.keys() {
        if report_on(report, path) == Some(FileState::Whole) {
            let same =
                fs::read(trial.fixture.path(path)).ok().as_ref() == Some(&trial.fixture.tree[path]);
            assert!(same, "{path} differs and is called whole after the repair");
        }
    }
    assert_eq!(
        report.is_sound(),
        summary.is_whole(),
        "{:#?}",
        report.findings
    );
    if report.is_sound() {
        assert!(plan_repair(report).is_empty(), "nothing is left to do");
    }
}

fn number_from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn everything_is_found_and_what_can_be_healed_is_healed() {
    let trials = number_from_environment("LONGPLAY_TRIALS", 60);
    let first = number_from_environment("LONGPLAY_SEED", 0);
    let fixtures: Vec<Fixture> = shapes()
        .iter()
        .map(|shape| Fixture::build(shape, 7))
        .collect();
    let (next, counts) = (AtomicU64::new(first), Mutex::new(BTreeMap::new()));
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + trials {
                        break;
                    }
                    // Large packs are slow without optimisation: one in ten.
                    let shape = if seed % 10 == 9 { 3 } else { seed as usize % 3 };
                    let folder = tempfile::tempdir().unwrap();
                    match one(&fixtures[shape], folder.path(), seed) {
                        Ok(outcome) => *counts.lock().unwrap().entry(outcome).or_insert(0u64) += 1,
                        Err(message) => failures.lock().unwrap().push(message),
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let counts = counts.into_inner().unwrap();
    println!(
        "{trials} trials from seed {first}: {counts:?}, {} failed",
        failures.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    if trials >= 60 {
        assert!(counts.contains_key("healed") && counts.contains_key("beyond recovery"));
    }
}

fn one(fixture: &Fixture, folder: &Path, seed: u64) -> Result<&'static str, String> {
    let mut trial = Trial::new(fixture.at(folder), seed);
    catch_unwind(AssertUnwindSafe(|| run(&mut trial))).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        format!(
            "seed {seed}, {:?}: {}",
            trial.damages,
            text.unwrap_or_default()
        )
    })
}
