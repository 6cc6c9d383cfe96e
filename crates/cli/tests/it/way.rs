//! The whole way, on recordings made in code.

use {
    crate::support::{Bench, CC0, CLOCK, tree},
    longplay::Exit,
    longplay_model::Codec,
    std::{
        fs,
        path::{Path, PathBuf},
    },
};

fn packs(bench: &Bench, tranche: &str) -> Vec<PathBuf> {
    let folder = bench.path(&format!("home/tranches/{tranche}/data/packs"));
    let mut packs: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    packs.sort();
    packs
}

#[test]
fn what_is_damaged_is_found_and_healed() {
    let bench = Bench::new();
    bench.sealed();
    bench.sound("verify --archive home");
    let before = tree(&bench.path("home/tranches"));
    let packs = packs(&bench, "0002-audio-open");
    let mut bytes = fs::read(&packs[0]).unwrap();
    bytes[40_000] ^= 1;
    fs::write(&packs[0], bytes).unwrap();
    fs::remove_file(&packs[1]).unwrap();

    let verify = bench.run("verify --archive home");
    assert_eq!(verify.exit, Exit::Findings);
    assert!(
        verify.stdout.contains("S001") && verify.stdout.contains("S002"),
        "{}",
        verify.stdout
    );
    assert_eq!(
        bench.run("repair --archive home --dry-run").exit,
        Exit::Findings
    );
    assert_ne!(tree(&bench.path("home/tranches")), before);
    bench.run("repair --archive home");
    assert!(tree(&bench.path("home/tranches")) == before);
    bench.sound("verify --archive home");
}

#[test]
fn a_lost_disk_is_told_given_up_and_healed() {
    let bench = Bench::new();
    let disks = ["a", "b", "c", "d"].map(|name| bench.path(name));
    for disk in &disks {
        fs::create_dir(disk).unwrap();
    }
    let init = "init --archive home --pack-size 256KiB --disk a --disk b --disk c";
    let refused = bench.run(init);
    assert_eq!(refused.exit, Exit::Failed);
    assert!(
        refused.stderr.contains("--allow-same-device"),
        "{}",
        refused.stderr
    );
    let refused = bench.run(&format!("{init} --allow-same-device --recovery 20+4"));
    assert_eq!(refused.exit, Exit::Failed);
    assert!(
        refused.stderr.contains("20+10 or 8+4 or 6 disks"),
        "{}",
        refused.stderr
    );
    let made = bench.sound(&format!("{init} --allow-same-device"));
    assert!(made.stdout.contains("16+8"), "{}", made.stdout);
    assert!(made.stdout.contains("33.33 %"), "{}", made.stdout);

    bench.record("one.flac", Codec::Flac, 1, 2.0);
    bench.record("two.flac", Codec::Flac, 2, 2.0);
    bench.sound(&format!(
        "import --archive home --audio music --rights {CC0}"
    ));
    bench.sound(&format!("plan --archive home --budget 1GB --clock {CLOCK}"));
    bench.sound(&format!("intake --archive home music --rights {CC0}"));
    bench.sound("seal --archive home");
    bench.sound("verify --archive home");
    let tranches = || {
        let mut files = tree(&bench.path("home/tranches"));
        files.retain(|(path, _)| path != ".disks.json");
        files
    };
    let sealed = tranches();
    let status = bench.sound("status --archive home");
    assert!(status.stdout.contains("on one device"), "{}", status.stdout);
    assert!(status.stdout.contains(" free"), "{}", status.stdout);

    fs::rename(&disks[1], bench.path("gone")).unwrap();
    let verify = bench.run("verify --archive home");
    assert_eq!(verify.exit, Exit::Findings);
    assert_eq!(
        verify.stdout.matches("S030").count(),
        1,
        "{}",
        verify.stdout
    );
    assert!(!verify.stdout.contains("S002"), "{}", verify.stdout);
    let refused = bench.run("repair --archive home");
    assert_eq!(refused.exit, Exit::Failed);
    assert!(refused.stderr.contains("--lost-disk"), "{}", refused.stderr);
    bench.run("repair --archive home --lost-disk b --dry-run");
    let status = bench.sound("status --archive home");
    assert!(status.stdout.contains("not there"), "{}", status.stdout);
    bench.sound("repair --archive home --lost-disk b --new-disk d");
    assert!(tranches() == sealed);
    bench.sound("verify --archive home");
}

/// Copies a folder with all below it.
fn copy(from: &Path, to: &Path) {
    for (path, bytes) in tree(from) {
        let path = to.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn what_recovery_cannot_heal_comes_from_another_copy() {
    let bench = Bench::new();
    bench.sealed();
    let before = tree(&bench.path("home/tranches"));
    copy(&bench.path("home"), &bench.path("copy"));
    // All packs of the stripe, and the recovery packs with them.
    packs(&bench, "0002-audio-open")
        .iter()
        .for_each(|pack| fs::remove_file(pack).unwrap());
    fs::remove_dir_all(bench.path("home/tranches/0002-audio-open-recovery/data/recovery")).unwrap();
    let alone = bench.run("repair --archive home");
    assert_eq!(alone.exit, Exit::Findings);
    assert!(alone.stdout.contains("S012"), "{}", alone.stdout);
    for dry in ["", " --dry-run"] {
        let wrong = bench.run(&format!("repair --archive home --from nowhere{dry}"));
        assert_eq!(wrong.exit, Exit::Failed);
        assert!(wrong.stderr.contains("nowhere"), "{}", wrong.stderr);
    }
    let planned = bench.run("repair --archive home --from copy --dry-run");
    assert!(
        planned.stdout.contains("fetch    data/packs/"),
        "{}",
        planned.stdout
    );
    for from in ["copy/tranches", "copy"] {
        bench.sound(&format!("repair --archive home --from {from}"));
        assert!(tree(&bench.path("home/tranches")) == before, "{from}");
    }
    bench.sound("verify --archive home");

    // Tranches whose folders are gone, every one of them.
    fs::remove_dir_all(bench.path("home/tranches")).unwrap();
    fs::create_dir(bench.path("home/tranches")).unwrap();
    fs::create_dir(bench.path("empty")).unwrap();
    let from_nothing = bench.run("repair --archive home --from empty");
    assert_eq!(from_nothing.exit, Exit::Findings);
    assert!(
        from_nothing.stdout.contains("S020"),
        "{}",
        from_nothing.stdout
    );
    assert!(tree(&bench.path("home/tranches")).is_empty());
    assert_eq!(
        fs::read_dir(bench.path("home/tranches")).unwrap().count(),
        0
    );
    bench.sound("repair --archive home --from copy");
    assert!(tree(&bench.path("home/tranches")) == before);
    bench.sound("verify --archive home");
}

#[test]
fn archives_are_verified_a_part_at_a_time() {
    let bench = Bench::new();
    bench.sealed();
    let none = bench.sound("verify --archive home --max-duration 0s");
    assert!(none.stdout.contains("the time was over"), "{}", none.stdout);
    let parts: Vec<u64> = (0..4)
        .map(|_| {
            let part = bench.sound("verify --archive home --share 1/4 --max-rate 1GB --json");
            part.summary()["read_bytes"].as_u64().unwrap()
        })
        .collect();
    let all = bench.sound("verify --archive home --json").summary()["read_bytes"].as_u64();
    assert!(
        parts.iter().all(|bytes| *bytes < all.unwrap() / 2),
        "{parts:?} of {all:?}"
    );
    assert!(parts.iter().sum::<u64>() >= all.unwrap());
    for wrong in [
        "--share 0",
        "--share 101%",
        "--share a/b",
        "--max-duration soon",
    ] {
        let refused = bench.run(&format!("verify --archive home {wrong}"));
        assert_eq!(refused.exit, Exit::Failed, "{wrong}");
        assert!(refused.stderr.contains("expected a"), "{}", refused.stderr);
    }
}

#[test]
fn a_track_comes_out_as_it_went_in() {
    let bench = Bench::new();
    bench.sealed();
    bench.sound("release --archive home");
    let original = fs::read(bench.path("music/Artist 0/00 Song.flac")).unwrap();
    for from in ["", " --from home", " --from home/public"] {
        bench.sound(&format!("get AA0002600000 --archive home --to got{from}"));
        let got = tree(&bench.path("got"));
        assert_eq!(got.len(), 1);
        assert!(got[0].1 == original);
        fs::remove_dir_all(bench.path("got")).unwrap();
    }
    let unknown = bench.run("get AA0002699999 --archive home --to got");
    assert_eq!(unknown.exit, Exit::Failed);
    assert!(
        unknown.stderr.contains("AA0002699999"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_part_of_a_track_comes_out_alone() {
    let bench = Bench::new();
    bench.sealed();
    bench.sound("release --archive home");
    let original = fs::read(bench.path("music/Artist 0/00 Song.flac")).unwrap();
    for from in ["", " --from home", " --from home/public"] {
        let get = format!("get AA0002600000 --archive home --to got{from} --part 100+50");
        bench.sound(&format!("{get} --dry-run"));
        assert!(!bench.path("got").exists());
        let got = bench.sound(&format!("{get} --json")).summary();
        assert_eq!(got["part"], "100+50", "{got}");
        let got = tree(&bench.path("got"));
        assert_eq!(got.len(), 1);
        assert!(got[0].1 == original[100..150]);
        fs::remove_dir_all(bench.path("got")).unwrap();
    }
    for (wrong, told) in [
        ("--part 5", "START+LENGTH"),
        ("--part 5+0", "START+LENGTH"),
        ("--part 0+99999999999", "99999999999"),
        ("--part 0+5 --tags", "--tags"),
    ] {
        let refused = bench.run(&format!("get AA0002600000 --archive home --to got {wrong}"));
        assert_eq!(refused.exit, Exit::Failed, "{wrong}");
        assert!(refused.stderr.contains(told), "{}", refused.stderr);
    }
}

#[test]
fn tags_are_written_into_the_copy_alone() {
    let bench = Bench::new();
    bench.sealed();
    let before = tree(&bench.path("home/tranches"));
    for _ in 0..2 {
        bench.sound("get AA0002600001 --archive home --to got --tags");
    }
    let got = fs::read_dir(bench.path("got"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let tags = longplay_media::inspect(&got).unwrap().tags;
    assert_eq!(tags.title.as_deref(), Some("Song 1"));
    assert_eq!(tags.isrcs, ["AA0002600001"]);
    assert!(tree(&bench.path("home/tranches")) == before);
}

#[test]
fn what_has_no_rights_statement_stays_dark() {
    let bench = Bench::new();
    bench.music();
    bench.sound("init --archive home --name Test --recovery 4+2 --pack-size 256KiB");
    bench.sound("import --archive home --audio music");
    bench.sound(&format!("plan --archive home --budget 1GB --clock {CLOCK}"));
    bench.sound("intake --archive home music");
    bench.sound("seal --archive home");
    let release = bench.sound("release --archive home --json").summary();
    assert_eq!(release["released"], 0, "{release}");
    let public = tree(&bench.path("home/public"));
    assert!(
        public
            .iter()
            .all(|(name, _)| !name.ends_with(".torrent") && !name.ends_with(".tar"))
    );
    let get = bench.run("get AA0002600000 --from home/public --to got");
    assert_eq!(get.exit, Exit::Failed);
}

/// All files of the archive but the caches, which looking may make anew.
fn facts(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    let files = tree(&bench.path("home")).into_iter();
    files
        .filter(|(name, _)| !name.starts_with("state.sqlite") && !name.starts_with("holdings/"))
        .collect()
}

#[test]
fn a_dry_run_changes_nothing() {
    let bench = Bench::new();
    bench.music();
    bench.sound("init --archive home --name Test --recovery 4+2 --dry-run");
    assert!(!bench.path("home").exists());
    bench.sound("init --archive home --name Test --recovery 4+2 --pack-size 256KiB");
    for words in [
        format!("import --archive home --audio music --rights {CC0}"),
        format!("plan --archive home --budget 1GB --clock {CLOCK}"),
        format!("intake --archive home music --rights {CC0}"),
        "seal --archive home".to_owned(),
        "repair --archive home".to_owned(),
        "release --archive home".to_owned(),
        "get AA0002600000 --archive home --to home/got".to_owned(),
    ] {
        let before = facts(&bench);
        bench.sound(&format!("{words} --dry-run"));
        let after = facts(&bench);
        let names =
            |tree: &[(String, Vec<u8>)]| tree.iter().map(|file| file.0.clone()).collect::<Vec<_>>();
        assert_eq!(names(&before), names(&after), "{words}");
        assert!(before == after, "{words}");
        bench.sound(&words);
    }
}

#[test]
fn two_archives_of_one_input_have_the_same_torrents() {
    let (a, b) = (Bench::new(), Bench::new());
    for bench in [&a, &b] {
        bench.sealed();
        bench.sound("release --archive home");
    }
    // The second archive is sealed and released again, to no effect.
    b.sound("seal --archive home");
    b.sound("release --archive home");
    assert!(tree(&a.path("home/tranches")) == tree(&b.path("home/tranches")));
    assert!(tree(&a.path("home/public")) == tree(&b.path("home/public")));
}

#[test]
fn the_state_cache_is_made_again() {
    let bench = Bench::new();
    bench.sealed();
    let before = bench.sound("status --archive home --json").summary();
    fs::remove_file(bench.path("home/state.sqlite")).unwrap();
    let after = bench.sound("status --archive home --json").summary();
    assert_eq!(before, after);
    bench.sound("verify --archive home");
}

#[test]
fn a_plan_explains_a_row() {
    let bench = Bench::new();
    bench.sealed();
    let told = bench.sound("plan explain AA0002600003 --archive home");
    assert!(told.stdout.contains("Song 3"), "{}", told.stdout);
    bench.sound("plan curve --svg curve.svg --archive home");
    assert!(
        fs::read_to_string(bench.path("curve.svg"))
            .unwrap()
            .starts_with("<svg")
    );
}
