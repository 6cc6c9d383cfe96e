//! Every code has a row in `docs/findings.md` and a test that sees it.

use {
    crate::{
        none_of,
        rust::places,
        sources::{read, sources},
    },
    longplay_model::{FindingCode, Severity},
    std::collections::BTreeMap,
};

const PAGE: &str = "docs/findings.md";
const MODEL: &str = "crates/model/src/finding.rs";

/// Code, weight, title, remedy, test.
fn rows() -> Vec<Vec<String>> {
    read(PAGE)
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| code "))
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

const fn weight(code: FindingCode) -> &'static str {
    match code.severity() {
        Severity::Note => "note",
        Severity::Damage => "damage",
    }
}

#[test]
fn the_page_lists_exactly_the_codes() {
    let told: Vec<Vec<String>> = rows()
        .into_iter()
        .map(|mut row| {
            row.truncate(4);
            row
        })
        .collect();
    let known: Vec<Vec<String>> = FindingCode::ALL
        .iter()
        .map(|code| {
            let cells = [code.name(), weight(*code), code.title(), code.remedy()];
            cells.map(str::to_owned).to_vec()
        })
        .collect();
    let missing = known.iter().filter(|row| !told.contains(row));
    let missing = missing.map(|row| format!("{PAGE} lacks: | {} |", row.join(" | ")));
    let wrong = told.iter().filter(|row| !known.contains(row));
    let wrong = wrong.map(|row| format!("{PAGE} has: | {} |", row.join(" | ")));
    none_of(missing.chain(wrong).collect());
    assert_eq!(told, known, "the order differs");
}

/// Files whose tests name a code, by code.
fn tested() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut tested: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for source in sources().iter().filter(|source| source.path != MODEL) {
        for code in FindingCode::ALL.iter().map(|code| code.name()) {
            if places(&source.tests, code).next().is_some() {
                tested.entry(code).or_default().push(&source.path);
            }
        }
    }
    tested
}

#[test]
fn every_code_is_seen_by_a_test() {
    let tested = tested();
    let unseen = FindingCode::ALL
        .iter()
        .filter(|code| !tested.contains_key(code.name()))
        .map(|code| format!("{code} ({}) is in no test", code.title()));
    let told = rows().into_iter().filter_map(|row| {
        let (code, file) = (row.first()?, row.get(4)?.trim_matches('`'));
        let seen = tested
            .get(code.as_str())
            .is_some_and(|files| files.contains(&file));
        (!seen).then(|| format!("{PAGE}: {file:?} does not test {code}"))
    });
    none_of(unseen.chain(told).collect());
}
