//! What an interrupted import leaves never shows, and the same command again
//! ends with the same bytes.

use {
    crate::home::{Home, lines, options, record},
    longplay_catalog::{Error, import_records},
    longplay_model::{Finding, Monitor, Unit},
    std::{
        fs,
        sync::atomic::{AtomicU64, Ordering},
    },
};

/// Asks the job to stop after so many questions.
struct Impatient(AtomicU64);

impl Monitor for Impatient {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
    fn advance(&self, _: u64) {}
    fn finding(&self, _: Finding) {}
    fn is_interrupted(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .is_err()
    }
}

fn text() -> String {
    let records: Vec<String> = (0..40).map(|n| record(&n.to_string(), "t", "")).collect();
    lines(&records)
}

#[test]
fn an_import_stopped_anywhere_can_be_run_again() {
    let mut whole = Home::new();
    whole.import("s", text());
    let expected = whole.catalog_bytes();
    let mut stopped = 0;
    for patience in 0.. {
        let mut home = Home::new();
        let path = home.file("s.jsonl", text());
        let monitor = Impatient(AtomicU64::new(patience));
        match import_records(&home.dirs, &path, None, &options("s"), &monitor) {
            Ok(_) => break,
            Err(error) => assert!(matches!(error, Error::Interrupted)),
        }
        stopped += 1;
        let visible = fs::read_dir(&home.dirs.catalog).unwrap();
        let visible = visible.filter(|e| {
            !e.as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with('.')
        });
        assert_eq!(visible.count(), 0);
        home.import("s", text());
        assert!(home.catalog_bytes() == expected, "after {patience} steps");
        assert_eq!(fs::read_dir(&home.dirs.sources).unwrap().count(), 1);
    }
    assert!(stopped > 10, "{stopped}");
}

#[test]
fn a_replacement_stopped_anywhere_leaves_the_snapshot_before() {
    let newer = || text() + &record("new", "t", "") + "\n";
    let mut whole = Home::new();
    whole.import("s", text());
    whole.import("s", newer());
    let expected = whole.catalog_bytes();
    let mut stopped = 0;
    for patience in 0.. {
        let mut home = Home::new();
        let first = home.import("s", text());
        let path = home.file("s.jsonl", newer());
        let monitor = Impatient(AtomicU64::new(patience));
        let previous = Some(first.snapshot.as_str());
        if import_records(&home.dirs, &path, previous, &options("s"), &monitor).is_ok() {
            break;
        }
        stopped += 1;
        assert_eq!(home.snapshot().counts().tracks, 40);
        assert_eq!(home.import("s", newer()).replaced.len(), 1);
        assert!(home.catalog_bytes() == expected, "after {patience} steps");
        assert_eq!(fs::read_dir(&home.dirs.sources).unwrap().count(), 2);
    }
    assert!(stopped > 10, "{stopped}");
}

#[test]
fn leftovers_of_a_killed_import_are_replaced() {
    let mut whole = Home::new();
    let summary = whole.import("s", text());
    let mut home = Home::new();
    home.file("sources/.partial-source/records.zst", "half");
    home.file(
        &format!("catalog/.partial-{}/tracks.parquet", summary.snapshot),
        "half",
    );
    home.file(
        &format!("catalog/.partial-{}/spill/tracks-0", summary.snapshot),
        "half",
    );
    home.import("s", text());
    assert!(home.catalog_bytes() == whole.catalog_bytes());
}

#[test]
fn a_source_without_its_snapshot_is_taken_up() {
    let mut home = Home::new();
    let first = home.import("s", text());
    let expected = home.catalog_bytes();
    fs::remove_dir_all(home.dirs.catalog.join(&first.snapshot)).unwrap();
    home.last = None;
    assert!(!home.import("s", text()).unchanged);
    assert!(home.catalog_bytes() == expected);
}
