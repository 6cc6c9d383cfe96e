use {
    super::*,
    crate::error::Error,
    longplay_model::{PlanBatch, PlanColumns, PlanMark},
    std::ops::Range,
};

/// A plan whose order is the catalog's backwards; two rows of three are kept.
struct Backwards(u32);

fn reason(place: u32) -> Reason {
    Reason::ALL[place as usize % Reason::ALL.len()]
}

fn form(place: u32) -> Option<Form> {
    reason(place)
        .is_kept()
        .then_some(Form::ALL[place as usize % 3])
}

fn bytes(place: u32) -> u64 {
    u64::from(place % 7) * 1_000
}

impl PlanColumns for Backwards {
    fn rows(&self) -> u32 {
        self.0
    }

    fn fill(&self, places: Range<u32>, batch: &mut PlanBatch) {
        batch.rows = places.clone().map(|place| self.0 - 1 - place).collect();
        batch.forms = places.clone().map(form).collect();
        batch.reasons = places.clone().map(reason).collect();
        batch.bytes = places.map(bytes).collect();
    }

    fn places(&self) -> Vec<u32> {
        (0..self.0).rev().collect()
    }

    fn marks(&self) -> Vec<PlanMark> {
        let mut so_far = PlanMark::default();
        let mut marks = Vec::new();
        for order in 0..=self.0 {
            so_far.order = order;
            if order % 512 == 0 || order == self.0 {
                marks.push(so_far);
            }
            so_far.bytes += bytes(order);
            so_far.listens += 1.0;
        }
        marks
    }
}

fn meta() -> PlanMeta {
    PlanMeta {
        catalog: "0123456789abcdef".into(),
        policy: "cut = 0.351\n".into(),
        budget: serde_json::json!({ "bytes": 50_000_000_000u64 }),
        clock: Timestamp::from_unix_seconds(0),
        seed: 7,
        totals: serde_json::json!({ "kept": 3 }),
        curve: vec![(0, 0.0), (10, 1.0)],
    }
}

fn said(rows: u32, row: u32) -> Planned {
    let order = rows - 1 - row;
    Planned {
        row,
        order,
        form: form(order),
        reason: reason(order),
        bytes: bytes(order),
        bytes_so_far: (0..=order).map(bytes).sum(),
    }
}

#[test]
fn a_plan_comes_back_whole_and_by_row() {
    let dir = tempfile::tempdir().unwrap();
    let rows = 20_000;
    write_plan(dir.path(), "p", &Backwards(rows), meta()).unwrap();
    let plan = PlanTable::open(dir.path(), "p").unwrap();
    assert_eq!((plan.len(), plan.meta()), (u64::from(rows), &meta()));
    assert_eq!(plan.marks(), Backwards(rows).marks());
    let read: Vec<Planned> = plan.rows().unwrap().map(Result::unwrap).collect();
    assert_eq!(read.len(), rows as usize);
    for row in [0, 1, 511, 8_191, 8_192, 12_345, rows - 1] {
        let expected = said(rows, row);
        assert_eq!(plan.at(row).unwrap(), Some(expected));
        assert_eq!(read[expected.order as usize], expected);
    }
    assert_eq!(plan.at(rows).unwrap(), None);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 4);
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let rows = columns::GROUP_ROWS * 2 + 5;
    let written = |threads| {
        let dir = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let write = || write_plan(dir.path(), "p", &Backwards(rows), meta()).unwrap();
        pool.build().unwrap().install(write);
        let plan = PlanTable::open(dir.path(), "p").unwrap();
        assert_eq!(plan.at(17).unwrap(), Some(said(rows, 17)));
        std::fs::read(dir.path().join("p.json")).unwrap()
    };
    assert_eq!(written(1), written(3));
}

#[test]
fn a_plan_that_was_cut_off_is_none_and_can_be_written_again() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join(".partial-p")).unwrap();
    std::fs::write(dir.path().join("p.parquet"), "half").unwrap();
    assert!(matches!(
        PlanTable::open(dir.path(), "p"),
        Err(Error::NoPlan { .. })
    ));
    write_plan(dir.path(), "p", &Backwards(0), meta()).unwrap();
    assert!(PlanTable::open(dir.path(), "p").unwrap().is_empty());
    let again = write_plan(dir.path(), "p", &Backwards(1), meta());
    assert!(matches!(again, Err(Error::PlanExists { .. })));
}

#[test]
fn an_older_plan_is_none_and_a_newer_one_is_named() {
    let dir = tempfile::tempdir().unwrap();
    write_plan(dir.path(), "p", &Backwards(3), meta()).unwrap();
    let path = dir.path().join("p.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let with = |version: u32| text.replace("\"version\": 2", &format!("\"version\": {version}"));
    std::fs::write(&path, with(1)).unwrap();
    let open = || PlanTable::open(dir.path(), "p");
    assert!(matches!(open(), Err(Error::NoPlan { .. })));
    std::fs::write(&path, with(3)).unwrap();
    assert!(matches!(open(), Err(Error::NewerFormat { found: 3, .. })));
}
