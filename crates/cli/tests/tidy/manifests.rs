//! The ladder of crates, and who may name which other crate.

use {
    crate::{
        none_of,
        sources::{crates, read},
    },
    std::collections::BTreeSet,
    toml::{Table, Value},
};

/// Each crate with those below it that it may use: ARCHITECTURE.md.
const LADDER: [(&str, &[&str]); 10] = [
    ("model", &[]),
    ("wide", &[]),
    ("media", &["model"]),
    ("plan", &["model"]),
    ("store", &["model", "wide"]),
    ("catalog", &["model", "media"]),
    ("intake", &["model", "media", "plan", "store"]),
    ("release", &["model", "store"]),
    ("objects", &["model", "store"]),
    (
        "cli",
        &[
            "model", "media", "plan", "store", "catalog", "intake", "release", "objects",
        ],
    ),
];

/// Crates that some of ours alone may name.
const KEPT_APART: [(&[&str], &[&str]); 4] = [
    (&["catalog"], &["parquet", "arrow", "datafusion"]),
    (&["catalog", "objects"], &["tokio", "futures", "async"]),
    (&["objects"], &["object_store"]),
    (
        &["media"],
        &[
            "symphonia",
            "lofty",
            "ropus",
            "flacenc",
            "vorbis_rs",
            "rubato",
            "ogg",
            "image",
            "rusty-chromaprint",
            "rusty_chromaprint",
        ],
    ),
];

fn manifest(name: &str) -> Table {
    read(&format!("crates/{name}/Cargo.toml")).parse().unwrap()
}

/// Name and declaration of everything that a crate depends on, for whatever
/// purpose.
fn dependencies(name: &str) -> Vec<(String, Value)> {
    let manifest = manifest(name);
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .into_iter()
        .filter_map(|kind| manifest.get(kind)?.as_table().cloned())
        .flatten()
        .collect()
}

#[test]
fn the_ladder_has_no_way_back() {
    let known: BTreeSet<&str> = LADDER.iter().map(|(name, _)| *name).collect();
    let unknown = crates()
        .into_iter()
        .filter(|name| !known.contains(name.as_str()))
        .map(|name| format!("{name} has no place in the ladder"));
    let wrong = LADDER.iter().flat_map(|(name, below)| {
        let ours = dependencies(name).into_iter();
        ours.filter_map(|(used, _)| used.strip_prefix("longplay-").map(str::to_owned))
            .filter(|used| !below.contains(&used.as_str()))
            .map(|used| format!("{name} must not use {used}"))
            .collect::<Vec<_>>()
    });
    none_of(unknown.chain(wrong).collect());
}

#[test]
fn tables_and_codecs_are_named_in_one_crate_each() {
    let mut problems = Vec::new();
    for name in crates() {
        for (used, _) in dependencies(&name) {
            for (owners, apart) in KEPT_APART {
                let theirs = apart
                    .iter()
                    .any(|other| used == *other || used.starts_with(&format!("{other}-")));
                if theirs && !owners.contains(&name.as_str()) {
                    let owners = owners.join(" and ");
                    problems.push(format!("{name} names {used}, only {owners} may"));
                }
            }
        }
    }
    none_of(problems);
}

#[test]
fn other_crates_are_declared_once_and_all_are_used() {
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    let declared: BTreeSet<String> = workspace["workspace"]["dependencies"]
        .as_table()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    for name in crates() {
        for (dependency, declaration) in dependencies(&name) {
            let shared = declaration.get("workspace").and_then(Value::as_bool);
            if shared != Some(true) {
                problems.push(format!("{name}: {dependency} is not `workspace = true`"));
            }
            used.insert(dependency);
        }
    }
    let idle = declared.difference(&used);
    problems.extend(idle.map(|name| format!("Cargo.toml: nobody uses {name}")));
    none_of(problems);
}

#[test]
fn every_crate_obeys_the_lints_of_the_workspace() {
    let problems = crates()
        .into_iter()
        .filter(|name| {
            let manifest = manifest(name);
            let lints = manifest
                .get("lints")
                .and_then(|lints| lints.get("workspace"));
            lints.and_then(Value::as_bool) != Some(true) && name != "wide"
        })
        .map(|name| format!("{name}: [lints] workspace = true is missing"));
    none_of(problems.collect());
}

/// A crate takes all lints of the workspace or none: this one has them one by one.
#[test]
fn wide_obeys_all_lints_but_the_one() {
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    let ours = manifest("wide");
    let mut problems = Vec::new();
    for tool in ["rust", "clippy"] {
        let lints = workspace["workspace"]["lints"][tool].as_table().unwrap();
        let missing = lints.iter().filter(|(name, level)| {
            let is_kept = ours["lints"][tool].get(name.as_str()) == Some(*level);
            !is_kept && name.as_str() != concat!("un", "safe_code")
        });
        problems
            .extend(missing.map(|(name, _)| format!("crates/wide/Cargo.toml: {name} is missing")));
    }
    none_of(problems);
}
