//! Small lists for the tests of those who read them.

use {
    super::{
        files::Files,
        list::write,
        pages::Pages,
        union::{Alternative, Cost},
    },
    proptest::prelude::*,
    std::collections::BTreeSet,
};

pub(super) const DOCUMENTS: u32 = 50_000;

/// The lists as files, with a term for each; costs follow from their places.
pub(super) fn files(lists: &[BTreeSet<u32>]) -> (tempfile::TempDir, Files, Vec<Alternative>) {
    let dir = tempfile::tempdir().unwrap();
    let [postings, lengths] = ["postings", "lengths"].map(|name| dir.path().join(name));
    let rows: Vec<Vec<u32>> = lists
        .iter()
        .map(|rows| rows.iter().copied().collect())
        .collect();
    let values = write(&postings, &rows).into_iter().enumerate();
    let alternatives = values.map(|(at, value)| Alternative {
        value,
        cost: Cost(at as u8 % 5),
    });
    let alternatives = alternatives.collect();
    let all: Vec<u8> = (0..DOCUMENTS / 2).map(|at| (at % 251) as u8).collect();
    std::fs::write(&lengths, all).unwrap();
    let [postings, lengths] = [postings, lengths].map(|path| Pages::open(&path, 1 << 20).unwrap());
    let files = Files {
        postings,
        lengths,
        documents: DOCUMENTS.into(),
    };
    (dir, files, alternatives)
}

/// Lists of some rows that lie near to one another, and of some that do not.
pub(super) fn some_lists() -> impl Strategy<Value = Vec<BTreeSet<u32>>> {
    let near = prop::collection::btree_set(20_000..21_000u32, 1..400);
    let far = prop::collection::btree_set(0..DOCUMENTS, 1..300);
    prop::collection::vec(prop_oneof![near, far], 1..70)
}
