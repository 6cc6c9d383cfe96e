//! An archive of which only packs and recovery packs are left, and one whose
//! files went astray.

use {
    crate::support::{Bench, tree},
    longplay::Exit,
    std::fs,
};

/// Deletes all that longplay can make again, the journal included.
fn strip(bench: &Bench) {
    for (path, _) in tree(&bench.path("home/tranches")) {
        let is_kept =
            path.ends_with(".tar") || path.ends_with(".rec") || path.contains("/catalog/");
        if !is_kept {
            fs::remove_file(bench.path("home/tranches").join(path)).unwrap();
        }
    }
    for (path, _) in tree(&bench.path("home")) {
        let is_table = path.starts_with("catalog/") && !path.ends_with("snapshot.json");
        if is_table || path.starts_with("state.sqlite") || path == "longplay.toml" {
            fs::remove_file(bench.path("home").join(path)).unwrap();
        }
    }
    fs::remove_dir_all(bench.path("home/journal")).unwrap();
}

#[test]
fn packs_alone_bring_the_archive_back() {
    let bench = Bench::new();
    bench.sealed();
    let before = tree(&bench.path("home/tranches"));
    let catalog = tree(&bench.path("home/catalog"));
    let known = bench.sound("status --archive home --json").summary();
    strip(&bench);
    let stripped = tree(&bench.path("home"));

    assert_eq!(bench.run("status --archive home").exit, Exit::Failed);
    let dry = bench.run("rebuild --archive home --dry-run");
    assert_eq!(dry.exit, Exit::Findings, "{}", dry.stderr);
    assert!(
        dry.stdout.contains("enter    into the journal"),
        "{}",
        dry.stdout
    );
    assert!(tree(&bench.path("home")) == stripped);

    let rebuilt = bench.run("rebuild --archive home");
    // The loss of the journal is told.
    assert_eq!(rebuilt.exit, Exit::Findings, "{}", rebuilt.stderr);
    for code in ["S017", "S023"] {
        assert!(rebuilt.stdout.contains(code), "{code}: {}", rebuilt.stdout);
    }
    assert!(tree(&bench.path("home/tranches")) == before);
    assert!(tree(&bench.path("home/catalog")) == catalog);
    let again = bench.sound("rebuild --archive home");
    assert!(
        again.stdout.contains("Nothing had to be rebuilt."),
        "{}",
        again.stdout
    );

    let now = bench.sound("status --archive home --json").summary();
    for key in [
        "snapshot",
        "plan",
        "tracks",
        "taken_in",
        "staged",
        "tranches",
        "payload_bytes",
    ] {
        assert_eq!(now[key], known[key], "{key}");
    }
    for verb in ["verify", "repair", "reconcile", "seal", "release"] {
        bench.sound(&format!("{verb} --archive home"));
    }
    bench.sound("get AA0002600000 --archive home --to got");
    assert!(!tree(&bench.path("got")).is_empty());
    bench.sound("search Song --archive home");
}

#[test]
fn a_tranche_that_is_gone_is_told_and_comes_from_a_copy() {
    let bench = Bench::new();
    bench.sealed();
    let before = tree(&bench.path("home/tranches"));
    for ending in ["", "-recovery"] {
        let path = format!("tranches/0002-audio-open{ending}");
        let to = bench.path("copy").join(&path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(bench.path("home").join(path), to).unwrap();
    }
    let rebuilt = bench.run("rebuild --archive home --json");
    assert_eq!(rebuilt.exit, Exit::Findings, "{}", rebuilt.stderr);
    assert!(rebuilt.stdout.contains("S018") && rebuilt.stdout.contains("S026"));
    assert_eq!(rebuilt.summary()["tranches_gone"], 1);
    assert_eq!(rebuilt.summary()["tracks_lost"], 12);
    bench.sound("repair --archive home --from copy");
    assert!(tree(&bench.path("home/tranches")) == before);
    bench.sound("rebuild --archive home");
}

#[test]
fn what_went_astray_goes_back() {
    let bench = Bench::new();
    bench.sealed();
    let sound = bench.sound("reconcile --archive home");
    assert!(
        sound
            .stdout
            .contains("Everything that should be there is there.")
    );
    let before = tree(&bench.path("home/tranches"));
    let from = bench.path("home/tranches/0002-audio-open");
    fs::rename(&from, bench.path("home/tranches/old")).unwrap();

    let looked = bench.run("reconcile --archive home");
    assert_eq!(looked.exit, Exit::Findings);
    assert!(looked.stdout.contains("S022"), "{}", looked.stdout);
    assert!(
        looked.stdout.contains("--allow-difference"),
        "{}",
        looked.stdout
    );
    let refused = bench.run("reconcile --archive home --apply");
    assert_eq!(refused.exit, Exit::Failed);
    assert!(
        refused.stderr.contains("nothing was changed"),
        "{}",
        refused.stderr
    );
    assert!(!from.exists());
    let applied = bench.sound("reconcile --archive home --apply --allow-difference");
    assert!(applied.stdout.contains("Everything is in its place again."));
    assert!(tree(&bench.path("home/tranches")) == before);
    let alone = bench.run("reconcile --archive home --allow-difference");
    assert_eq!(alone.exit, Exit::Failed);
}
