//! However often it is cut off, and on however many threads, intake ends with
//! the same receipts.

use {
    crate::fixture::{Scene, Watcher},
    longplay_intake::Error,
    longplay_model::{Digest, FindingCode, Silent},
    longplay_store::{Home, Mode},
    std::{collections::BTreeSet, fs},
};

fn blobs(scene: &Scene) -> Vec<Digest> {
    scene.open().staging().blobs().unwrap()
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let mut results = Vec::new();
    for threads in [1, 2, 7] {
        let mut scene = Scene::with_collection();
        scene.threads = threads;
        scene.intake();
        results.push((scene.receipts(), blobs(&scene), scene.journal()));
    }
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0], results[2]);
}

#[test]
fn stopped_after_any_file_it_is_finished_by_the_same_command() {
    let whole = Scene::with_collection();
    whole.intake();
    let scene = Scene::with_collection();
    for stop_after in [0, 1, 3, 4, 8] {
        let stopped = scene.try_intake(&Watcher::stopping_after(stop_after));
        assert!(matches!(stopped, Err(Error::Interrupted)), "{stop_after}");
    }
    scene.intake();
    assert_eq!(scene.receipts(), whole.receipts());
    assert_eq!(blobs(&scene), blobs(&whole));
}

/// The states that a kill can leave: copies half-written, blobs without a
/// receipt, a journal line cut off, a cache that is behind or gone.
#[test]
fn what_a_kill_leaves_is_cleared_up() {
    let whole = Scene::with_collection();
    whole.intake();
    let lines = whole.journal();
    let ends: Vec<_> = (0..lines.len()).filter(|at| lines[*at] == b'\n').collect();
    for (number, end) in ends.iter().enumerate().skip(1) {
        let scene = Scene::with_collection();
        scene.intake();
        // Killed while the line after `end` was written.
        let cut = (end + 1 + 40 * (number % 3)).min(lines.len());
        fs::write(scene.root().join("journal/0001.jsonl"), &lines[..cut]).unwrap();
        let tmp = scene.root().join("staging/tmp");
        fs::write(tmp.join("00000000"), "half a song").unwrap();
        if number % 2 == 0 {
            fs::remove_file(scene.root().join("state.sqlite")).unwrap();
        }
        let kept: BTreeSet<_> = scene.receipts().iter().map(|it| it.track).collect();
        let (summary, _) = scene.intake();
        assert_eq!(summary.held as usize, kept.len(), "nothing is taken twice");
        assert_eq!(
            scene.receipts(),
            whole.receipts(),
            "killed in line {number}"
        );
        assert_eq!(blobs(&scene), blobs(&whole));
        assert_eq!(fs::read_dir(tmp).unwrap().count(), 0);
    }
}

#[test]
fn blobs_of_a_killed_run_are_not_kept_without_a_receipt() {
    let scene = Scene::with_collection();
    scene.intake();
    let journal = scene.root().join("journal/0001.jsonl");
    let lines = scene.journal();
    let first = lines.iter().position(|byte| *byte == b'\n').unwrap();
    fs::write(journal, &lines[..=first]).unwrap();
    fs::remove_file(scene.root().join("state.sqlite")).unwrap();
    fs::remove_dir_all(scene.music()).unwrap();
    fs::create_dir(scene.music()).unwrap();
    let (_, watcher) = scene.intake();
    assert_eq!(watcher.told()[0].0, FindingCode::I016);
    assert_eq!(blobs(&scene), []);
}

#[test]
fn two_at_once_are_one_and_a_refusal() {
    let scene = Scene::with_collection();
    let first = scene.open();
    let second = Home::open(scene.root(), Mode::Write, &Silent).unwrap_err();
    assert!(second.to_string().contains("another longplay command"));
    drop(first);
    scene.intake();
}
