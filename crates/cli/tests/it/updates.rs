//! A source comes again: what is replaced is told, what shrinks is refused.

use {
    crate::support::{Bench, tree},
    longplay::Exit,
    std::fs,
};

fn records(count: usize) -> String {
    let record = |id| format!("{{\"id\":\"{id}\",\"title\":\"t{id}\",\"artists\":[]}}\n");
    (0..count).map(record).collect()
}

fn bench(count: usize) -> Bench {
    let bench = Bench::new();
    bench.sound("init --archive home");
    fs::write(bench.path("tracks.jsonl"), records(count)).unwrap();
    bench.sound("import --archive home tracks.jsonl");
    bench
}

#[test]
fn what_is_replaced_is_told_before_and_after() {
    let bench = bench(1_200);
    fs::write(bench.path("tracks.jsonl"), records(1_300)).unwrap();
    let told = "replaces            source 0 of 2026-01-31: 1,200 records, now 1,300\n";
    let planned = bench.sound("import --archive home tracks.jsonl --dry-run");
    let shorter = told.replace("replaces            ", "replaces  ");
    assert!(planned.stdout.contains(&shorter), "{}", planned.stdout);
    let done = bench.sound("import --archive home tracks.jsonl");
    assert!(done.stdout.contains(told), "{}", done.stdout);
    let again = bench.sound("import --archive home tracks.jsonl");
    assert!(again.stdout.contains("nothing changed"), "{}", again.stdout);
    fs::write(bench.path("more.jsonl"), records(2)).unwrap();
    let words = "import --archive home --json more.jsonl --name tracks";
    let beside = bench.sound(words).summary();
    assert_eq!(beside["replaced"].as_array().unwrap().len(), 0);
    assert_eq!(beside["catalog_tracks"], 1_300);
}

#[test]
fn what_shrinks_is_refused_until_it_is_allowed() {
    let bench = bench(1_200);
    let held =
        || ["catalog", "sources", "journal"].map(|part| tree(&bench.path("home").join(part)));
    let before = held();
    fs::write(bench.path("tracks.jsonl"), records(900)).unwrap();
    for words in ["", " --dry-run", " --replace"] {
        let refused = bench.run(&format!("import --archive home tracks.jsonl{words}"));
        assert_eq!(refused.exit, Exit::Failed);
        for told in ["900 records", "1,200", "--allow-shrink", "--add"] {
            assert!(refused.stderr.contains(told), "{}", refused.stderr);
        }
        assert!(held() == before, "{words}");
    }
    let both = bench.sound("import --archive home --json tracks.jsonl --add");
    assert_eq!(both.summary()["catalog_tracks"], 1_200);
    let fewer = "import --archive home --json tracks.jsonl --replace --allow-shrink";
    assert_eq!(bench.sound(fewer).summary()["catalog_tracks"], 900);
}

#[test]
fn files_of_one_command_do_not_replace_each_other() {
    let bench = Bench::new();
    bench.sound("init --archive home");
    for part in ["a", "b"] {
        fs::create_dir(bench.path(part)).unwrap();
        let id = format!("{{\"id\":\"{part}\",\"title\":\"t\",\"artists\":[]}}\n");
        fs::write(bench.path(part).join("tracks.jsonl"), id).unwrap();
    }
    let words = "import --archive home a/tracks.jsonl b/tracks.jsonl";
    for _ in 0..2 {
        bench.sound(words);
        let status = bench.sound("--json status --archive home").summary();
        assert_eq!(status["tracks"], 2, "{status:?}");
    }
    let refused = bench.run(&format!("{words} --replace"));
    assert_eq!(refused.exit, Exit::Failed);
    assert!(
        refused.stderr.contains("one file or folder"),
        "{}",
        refused.stderr
    );
}

#[test]
fn nobody_wants_to_replace_and_to_add() {
    let refused = bench(1).run("import --archive home tracks.jsonl --replace --add");
    assert_eq!(refused.exit, Exit::Failed);
}
