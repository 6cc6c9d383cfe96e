//! The whole way of an archive whose tranches lie in a bucket.

use {
    crate::{
        server::Server,
        support::{Bench, CC0, CLOCK, tree},
    },
    longplay::Exit,
    std::fs,
};

const PREFIX: &str = "attic/";

/// An archive `far` whose tranches lie in the bucket, of the same music as `home`.
fn sealed(server: &Server) -> Bench {
    let mut bench = Bench::new();
    bench.sealed();
    bench.variables = server.variables();
    let endpoint = server.endpoint();
    let init = "init --archive far --name Test --recovery 4+2 --pack-size 256KiB \
                --tranches s3://music/attic --endpoint";
    bench.sound(&format!("{init} {endpoint}"));
    for words in [
        format!("import --archive far --audio music --rights {CC0}"),
        format!("plan --archive far --budget 1GB --clock {CLOCK}"),
        format!("intake --archive far music --rights {CC0}"),
        "seal --archive far".to_owned(),
    ] {
        bench.sound(&words);
    }
    bench
}

/// What lies in the bucket, without what says whose it is.
fn tranches(server: &Server) -> Vec<(String, Vec<u8>)> {
    let objects = server.objects().into_iter();
    let ours = objects.filter_map(|(key, bytes)| {
        let path = key.strip_prefix(PREFIX)?;
        (path != "longplay-archive.json").then(|| (path.to_owned(), bytes))
    });
    ours.collect()
}

fn names(files: &[(String, Vec<u8>)]) -> Vec<&str> {
    files.iter().map(|(path, _)| path.as_str()).collect()
}

#[test]
fn an_archive_in_a_bucket_is_the_same_and_heals_the_same() {
    let server = Server::start();
    let bench = sealed(&server);
    let before = tranches(&server);
    let mut local = tree(&bench.path("home/tranches"));
    local.sort();
    assert_eq!(names(&before), names(&local));
    assert!(before == local);
    assert!(tree(&bench.path("far/tranches")).is_empty());
    let status = bench.sound("status --archive far");
    assert!(
        status.stdout.contains("s3://music/attic"),
        "{}",
        status.stdout
    );
    bench.sound("verify --archive far");

    let packs: Vec<String> = names(&before)
        .into_iter()
        .filter(|path| path.starts_with("0002-audio-open/data/packs/"))
        .map(|path| format!("{PREFIX}{path}"))
        .collect();
    server.change(|objects| {
        objects.get_mut(&packs[0]).unwrap()[40_000] ^= 1;
        objects.remove(&packs[1]);
    });
    let verify = bench.run("verify --archive far");
    assert_eq!(verify.exit, Exit::Findings);
    for code in ["S001", "S002"] {
        assert!(verify.stdout.contains(code), "{}", verify.stdout);
    }
    bench.run("repair --archive far --dry-run");
    assert!(tranches(&server) != before);
    bench.run("repair --archive far");
    assert!(tranches(&server) == before);
    bench.sound("verify --archive far");

    server.change(|objects| objects.retain(|key, _| !key.contains("0002-audio-open")));
    bench.sound("repair --archive far --from home");
    assert!(tranches(&server) == before);
    fs::remove_dir_all(bench.path("home/tranches/0002-audio-open")).unwrap();
    bench.sound("repair --archive home --from s3://music/attic");
    let mut healed = tree(&bench.path("home/tranches"));
    healed.sort();
    assert!(healed == local);
}

#[test]
fn one_track_is_one_request_with_the_map_at_hand() {
    let server = Server::start();
    let bench = sealed(&server);
    bench.sound("release --archive home --to public");
    server.seen();
    let got = bench.sound("get AA0002600001 --archive far --map public/map.jsonl --to out --json");
    let summary = got.summary();
    let [seen] = server.seen().try_into().unwrap();
    assert_eq!(summary["requests"], 1);
    assert_eq!(summary["fetched_bytes"], seen.sent);
    let [(_, track)] = tree(&bench.path("out")).try_into().unwrap();
    assert_eq!(track.len() as u64, seen.sent);
    // Without the map, by the indexes of the tranches.
    bench.sound("get AA0002600001 --archive far --to again");
    assert_eq!(tree(&bench.path("again")).len(), 1);
}

#[test]
fn what_keeps_it_from_the_store_is_told_with_the_remedy() {
    let server = Server::start();
    let mut bench = sealed(&server);
    bench.variables[2].1 = "another secret".into();
    let refused = bench.run("verify --archive far");
    assert_eq!(refused.exit, Exit::Failed);
    assert!(
        refused.stderr.contains("check AWS_ACCESS_KEY_ID"),
        "{}",
        refused.stderr
    );
    assert!(!refused.stdout.contains("S002"), "{}", refused.stdout);
    bench.variables.clear();
    let nobody = bench.run("verify --archive far");
    assert_eq!(nobody.exit, Exit::Failed);
    assert!(
        nobody.stderr.contains("set AWS_ACCESS_KEY_ID"),
        "{}",
        nobody.stderr
    );
    let wrong = bench.run("init --archive other --tranches music/attic");
    assert_eq!(wrong.exit, Exit::Failed);
    assert!(wrong.stderr.contains("s3://"), "{}", wrong.stderr);
}
