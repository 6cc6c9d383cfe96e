//! What must not stand in a source or a page, and how long a file may be.

use crate::{
    none_of,
    rust::{line_of, places},
    sources::{crates, read, root, sources, sources_of, texts},
};

/// Lines of logic in a file, its tests not counted.
const LONGEST: usize = 500;

/// Words in halves, so that this file may hold them.
const FORBIDDEN: [(&str, &str, &str); 19] = [
    ("TO", "DO", "do it, or tell SHORTCOMINGS.md"),
    ("FIX", "ME", "do it, or tell SHORTCOMINGS.md"),
    ("/wo", "rk/", "a path of one machine"),
    ("/tmp/te", "am", "a path of one machine"),
    ("/ro", "ot/", "a path of one machine"),
    ("index.crates", ".io", "a registry; cargo knows where it is"),
    (
        "static.crates",
        ".io",
        "a registry; cargo knows where it is",
    ),
    ("pypi", ".org", "a registry; pip knows where it is"),
    (
        "files.python",
        "hosted.org",
        "a registry; pip knows where it is",
    ),
    ("registry.npm", "js.org", "a registry"),
    ("proxy.go", "lang.org", "a registry"),
    ("Spo", "tify", "no service is harvested against its terms"),
    ("Dee", "zer", "no service is harvested against its terms"),
    ("Tid", "al", "no service is harvested against its terms"),
    ("Qob", "uz", "no service is harvested against its terms"),
    (
        "Sound",
        "Cloud",
        "no service is harvested against its terms",
    ),
    (
        "YouTube ",
        "Music",
        "no service is harvested against its terms",
    ),
    (
        "Apple ",
        "Music",
        "no service is harvested against its terms",
    ),
    (
        "Amazon ",
        "Music",
        "no service is harvested against its terms",
    ),
];

#[test]
fn forbidden_words_stand_nowhere() {
    let mut problems = Vec::new();
    for (path, text) in texts() {
        for (first, second, why) in FORBIDDEN {
            let word = format!("{first}{second}");
            for (at, _) in text
                .match_indices(&word)
                .filter(|(at, _)| begins(&text, *at))
            {
                let line = line_of(&text, at);
                problems.push(format!("{path}:{line}: {word} ({why})"));
            }
        }
    }
    none_of(problems);
}

fn begins(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    before.is_none_or(|c| !c.is_alphanumeric() && c != '.')
}

#[test]
fn only_the_command_prints() {
    let mut problems = Vec::new();
    for name in crates().iter().filter(|name| *name != "cli") {
        for source in sources_of(name) {
            let macros = ["print!", "println!", "eprint!", "eprintln!", "dbg!"];
            let streams = ["stdout()", "stderr()", "stdin()"];
            for word in macros.into_iter().chain(streams) {
                let bare = word.trim_end_matches(['!', '(', ')']);
                for at in places(&source.logic, bare) {
                    if source.logic[at..].starts_with(word) {
                        let line = line_of(&source.text, at);
                        problems.push(format!("{}:{line}: {word}", source.path));
                    }
                }
            }
        }
    }
    none_of(problems);
}

#[test]
fn only_sql_and_stores_far_away_wait_in_tasks() {
    let homes = ["crates/catalog/src/sql/", "crates/objects/src/"];
    let elsewhere = |path: &str| !homes.iter().any(|home| path.starts_with(home));
    let sources = sources().iter().filter(|source| elsewhere(&source.path));
    let problems = sources.flat_map(|source| {
        let places = places(&source.logic, "async").chain(places(&source.logic, "await"));
        places
            .map(|at| format!("{}:{}", source.path, line_of(&source.text, at)))
            .collect::<Vec<_>>()
    });
    none_of(problems.collect());
}

#[test]
fn nothing_is_unsafe_but_what_is_wide() {
    let keyword = concat!("un", "safe");
    let elsewhere = |path: &str| !path.starts_with("crates/wide/");
    let sources = sources().iter().filter(|source| elsewhere(&source.path));
    let problems = sources.flat_map(|source| {
        places(&source.code, keyword)
            .map(|at| format!("{}:{}", source.path, line_of(&source.text, at)))
            .collect::<Vec<_>>()
    });
    none_of(problems.collect());
}

#[test]
fn the_store_reaches_files_through_a_disk() {
    let words = [
        "fs",
        "OpenOptions",
        "FileExt",
        "metadata",
        "read_dir",
        "is_dir",
    ];
    let system = ["local.rs", "uncached.rs"].map(|file| format!("crates/store/src/disk/{file}"));
    let elsewhere = |path: &String| !system.contains(path);
    let sources = sources_of("store").filter(|source| elsewhere(&source.path));
    let problems = sources.flat_map(|source| {
        let found = words.iter().flat_map(|word| {
            let at = places(&source.logic, word);
            at.map(move |at| format!("{}:{}: {word}", source.path, line_of(&source.text, at)))
        });
        found.collect::<Vec<_>>()
    });
    none_of(problems.collect());
}

#[test]
fn files_are_short() {
    let problems = sources().iter().filter_map(|source| {
        let lines = source.logic.lines().filter(|line| !line.trim().is_empty());
        let count = lines.count();
        (count > LONGEST).then(|| format!("{}: {count} lines of logic", source.path))
    });
    none_of(problems.collect());
}

#[test]
fn every_format_is_on_the_tour() {
    let tour = read("ARCHITECTURE.md");
    let mut names: Vec<String> = std::fs::read_dir(root().join("docs/format"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .collect();
    names.sort();
    let missing = names
        .into_iter()
        .filter(|name| !tour.contains(&format!("](docs/format/{name})")))
        .map(|name| format!("ARCHITECTURE.md links no docs/format/{name}"));
    none_of(missing.collect());
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut problems = Vec::new();
    for (path, text) in texts().iter().filter(|(path, _)| path.ends_with(".md")) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', '#', ' ']).next().unwrap_or("");
            let inside = !target.is_empty() && !target.contains("://");
            if inside && !root().join(folder).join(target).exists() {
                problems.push(format!("{path}:{}: {target}", line_of(text, at)));
            }
        }
    }
    none_of(problems);
}

#[test]
fn every_crate_opens_with_its_question() {
    let problems = crates().into_iter().filter(|name| {
        let text = read(&format!("crates/{name}/src/lib.rs"));
        let first = text.lines().find(|line| line.starts_with("//!"));
        !first.is_some_and(|line| line.ends_with('?'))
    });
    none_of(
        problems
            .map(|name| format!("crates/{name}/src/lib.rs"))
            .collect(),
    );
}
