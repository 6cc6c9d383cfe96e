//! Repair with another copy at hand.

use {
    crate::{
        archive::Ear,
        fixture::{Fixture, Rng, Shape, tree},
    },
    longplay_model::{Finding, FindingCode::S020, Silent},
    longplay_store::{
        Donor, FolderDonor, RepairSummary, TrancheReport, facts::Folders, plan_repair, repair,
        verify::verify_promised,
    },
    std::{cell::RefCell, collections::BTreeMap, fs, path::PathBuf},
};

const NAME: &str = "0002-audio-open";

fn pack(number: usize) -> String {
    format!("{NAME}/data/packs/{NAME}-{number:06}.tar")
}

fn shape() -> Shape {
    Shape {
        name: NAME,
        k: 3,
        m: 2,
        files: vec![
            vec![70_000, 9_000],
            vec![90_000, 20_000],
            vec![84_000],
            vec![700],
        ],
    }
}

struct Case {
    fixture: Fixture,
    with_recovery: bool,
    _folder: tempfile::TempDir,
}

impl Case {
    fn new(with_recovery: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Fixture::build(&shape(), 1).at(folder.path());
        if !with_recovery {
            fs::remove_dir_all(fixture.recovery()).unwrap();
        }
        Self {
            fixture,
            with_recovery,
            _folder: folder,
        }
    }

    fn recovery(&self) -> Option<PathBuf> {
        self.with_recovery.then(|| self.fixture.recovery())
    }

    fn flip(&self, path: &str, at: usize) {
        let path = self.fixture.path(path);
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
    }

    fn folders(&self) -> Folders {
        Folders {
            data: self.fixture.data().into(),
            recovery: self.recovery().map(Into::into),
            volumes: longplay_store::spread::Volumes::default(),
        }
    }

    fn report(&self) -> TrancheReport {
        verify_promised(&self.folders(), &self.fixture.promise, &Silent).unwrap()
    }

    fn heal(&self, donor: &dyn Donor) -> (RepairSummary, Vec<Finding>) {
        let plan = plan_repair(&self.report()).with_another_copy();
        let ear = Ear::default();
        let summary = repair(&self.folders(), &plan, Some(donor), &ear);
        (summary.unwrap(), ear.0.into_inner().unwrap())
    }

    fn assert_as_sealed(&self) {
        let mut expected = self.fixture.tree.clone();
        expected.retain(|path, _| self.with_recovery || !path.contains("-recovery/"));
        let now = tree(&self.fixture.folder);
        let differ = expected
            .iter()
            .filter(|(path, bytes)| now.get(*path) != Some(bytes));
        let differ: Vec<_> = differ.map(|(path, _)| path).collect();
        assert!(differ.is_empty(), "{differ:?}");
    }
}

/// A copy in memory that remembers what it was asked for.
struct Copy {
    files: BTreeMap<String, Vec<u8>>,
    asked: RefCell<Vec<(String, u64, u64)>>,
}

impl Copy {
    fn of(case: &Case) -> Self {
        Self {
            files: case.fixture.tree.clone(),
            asked: RefCell::default(),
        }
    }
}

impl Donor for Copy {
    fn range(&self, path: &str, offset: u64, length: u64) -> Result<Vec<u8>, String> {
        self.asked.borrow_mut().push((path.into(), offset, length));
        let file = self.files.get(path).ok_or("no such file")?;
        let (start, end) = (offset as usize, (offset + length) as usize);
        Ok(file.get(start..end).ok_or("beyond its end")?.to_vec())
    }

    fn whole(&self, path: &str, _: u64) -> Result<Vec<u8>, String> {
        self.asked.borrow_mut().push((path.into(), 0, u64::MAX));
        Ok(self.files.get(path).ok_or("no such file")?.clone())
    }
}

#[test]
fn what_recovery_heals_is_not_fetched() {
    let case = Case::new(true);
    case.flip(&pack(0), 20_000);
    case.flip(&pack(1), 20_000);
    let copy = Copy::of(&case);
    let (summary, findings) = case.heal(&copy);
    assert!(summary.is_whole() && findings.is_empty());
    assert_eq!(copy.asked.into_inner(), []);
    case.assert_as_sealed();
}

#[test]
fn only_the_leaves_that_the_code_lacks_are_fetched() {
    let case = Case::new(true);
    for number in 0..3 {
        case.flip(&pack(number), 20_000);
        case.flip(&pack(number), 40_000);
    }
    let plan = plan_repair(&case.report());
    assert_eq!(plan.lost.len(), 3);
    let plan = plan.with_another_copy();
    assert!(plan.lost.is_empty());
    assert!(
        plan.to_string()
            .contains("fetch    data/packs/0002-audio-open-000000.tar: 2 leaves")
    );
    let copy = Copy::of(&case);
    let (summary, findings) = case.heal(&copy);
    assert!(summary.is_whole() && findings.is_empty(), "{findings:?}");
    assert_eq!(summary.healed.len(), 3);
    // Leaves 1 and 2 stand side by side: one request.
    assert_eq!(copy.asked.into_inner(), [(pack(0), 16_384, 32_768)]);
    case.assert_as_sealed();
}

#[test]
fn without_recovery_packs_all_comes_from_the_other_copy() {
    let case = Case::new(false);
    case.flip(&pack(1), 50_000);
    fs::remove_file(case.fixture.path(&pack(3))).unwrap();
    fs::remove_file(case.fixture.path(&format!("{NAME}/README.txt"))).unwrap();
    let copy = Copy::of(&case);
    let (summary, findings) = case.heal(&copy);
    assert!(summary.is_whole() && findings.is_empty(), "{summary:?}");
    let length = case.fixture.tree[&pack(3)].len() as u64;
    let asked = [
        (pack(1), 49_152, 16_384),
        (pack(3), 0, length),
        (format!("{NAME}/README.txt"), 0, u64::MAX),
    ];
    assert_eq!(copy.asked.into_inner(), asked);
    case.assert_as_sealed();
}

#[test]
fn s020_bytes_without_the_sealed_hashes_are_not_taken() {
    let case = Case::new(false);
    case.flip(&pack(1), 20_000);
    case.flip(&pack(1), 40_000);
    case.flip(&pack(2), 0);
    let mut copy = Copy::of(&case);
    copy.files.get_mut(&pack(1)).unwrap()[20_001] ^= 1;
    copy.files.remove(&pack(2));
    let (summary, findings) = case.heal(&copy);
    assert!(!summary.is_whole());
    let mut told: Vec<_> = findings
        .iter()
        .filter(|it| it.code == S020)
        .map(|it| it.subject.clone())
        .collect();
    told.sort();
    assert_eq!(told, [pack(1), pack(2)]);
    // Of two damaged leaves one is right again.
    let [partly] = &summary.partly[..] else {
        panic!("{summary:?}");
    };
    assert!(pack(1).ends_with(&partly.path));
    let now = fs::read(case.fixture.path(&pack(1))).unwrap();
    let sealed = &case.fixture.tree[&pack(1)];
    assert_eq!(now[32_768..], sealed[32_768..]);
    assert_ne!(now, *sealed);
}

/// Whatever is damaged, as long as the journal says what was sealed and the
/// other copy is whole, everything comes back.
#[test]
fn any_damage_is_healed_from_a_whole_copy() {
    let whole = tempfile::tempdir().unwrap();
    Fixture::build(&shape(), 1).at(&whole.path().join("tranches"));
    for seed in 0..120 {
        let mut rng = Rng(seed);
        let case = Case::new(seed % 3 > 0);
        let paths: Vec<String> = tree(&case.fixture.folder).into_keys().collect();
        for _ in 0..1 + rng.below(14) {
            let path: &String = rng.pick(&paths);
            let path = case.fixture.path(path);
            let Ok(mut bytes) = fs::read(&path) else {
                continue;
            };
            let at = rng.below(bytes.len() as u64 + 1) as usize;
            match rng.below(4) {
                0 => fs::remove_file(&path).unwrap(),
                1 => fs::write(&path, &bytes[..at]).unwrap(),
                2 => fs::write(&path, [&bytes[..], b"more"].concat()).unwrap(),
                _ if at == bytes.len() => {}
                _ => {
                    bytes[at..].fill(7);
                    fs::write(&path, bytes).unwrap();
                }
            }
        }
        let (summary, findings) = case.heal(&FolderDonor::new(whole.path()).unwrap());
        assert!(summary.is_whole(), "seed {seed}: {findings:#?}");
        case.assert_as_sealed();
    }
}
