//! What has to be found of damage, and what has to come of a repair.

use {
    super::truth::{Files, Tranche},
    longplay_store::{FileState, RepairSummary, VerifyReport},
    std::collections::BTreeSet,
};

/// Everything that differs is told, and nothing else but what a damaged witness alone
/// speaks against; what has no witness left is not judged, and that its witnesses
/// differ is told. Gives the number of files that
/// differ and are told.
pub fn judge_report(tranche: &Tranche, now: &Files, report: &VerifyReport) -> u64 {
    let mut differing = tranche.differing(now);
    let damage = report.tranches.iter().flat_map(|it| it.damage());
    let told: BTreeSet<String> = damage.map(|finding| finding.subject.clone()).collect();
    let findings: Vec<_> = report.findings().collect();
    differing.retain(|path| told.contains(path) || tranche.has_witness(path, now));
    let unfound: Vec<_> = differing.difference(&told).collect();
    assert!(unfound.is_empty(), "not found: {unfound:?}; {findings:#?}");
    let blamed = told.difference(&differing);
    let invented: Vec<_> = blamed
        .filter(|path| !tranche.has_false_witness(path, now))
        .collect();
    assert!(invented.is_empty(), "is sound: {invented:?}; {findings:#?}");
    for path in tranche.strange(now) {
        let in_bag = path.split_once('/').map_or(&path[..], |(_, rest)| rest);
        let is_told = |finding: &&longplay_model::Finding| {
            finding.subject == path || finding.seen.contains(in_bag)
        };
        let told = report.findings().filter(is_told).count();
        assert!(told > 0, "not told of {path}: {findings:#?}");
    }
    if !tranche.is_blind(now) {
        judge_leaves(tranche, now, report);
    }
    differing.len() as u64
}

/// Every damaged leaf of a pack in its place is in the report.
fn judge_leaves(tranche: &Tranche, now: &Files, report: &VerifyReport) {
    for stripe in &tranche.stripes {
        for path in &stripe.data {
            let in_bag = path.split_once('/').expect("a bag and a path").1;
            let name = path.split('/').next().expect("a bag");
            let of_tranche = report.tranches.iter().filter(|it| it.name == name);
            let mut files = of_tranche.flat_map(|it| &it.files);
            let file = files.find(|file| !file.in_recovery && file.path == in_bag);
            let bad = tranche.bad_leaves(stripe, path, now);
            match &file.expect("every pack is in the report").state {
                FileState::Damaged {
                    leaves, at: None, ..
                } => {
                    let told: BTreeSet<usize> = leaves
                        .runs()
                        .flat_map(|run| run.start as usize..run.end as usize)
                        .collect();
                    assert!(bad.is_subset(&told), "{path}: {bad:?}, told {told:?}");
                }
                FileState::Whole => assert!(bad.is_empty(), "{path} is called whole"),
                _ => {}
            }
        }
    }
}

pub struct Judgement<'a> {
    pub tranche: &'a Tranche,
    pub before: &'a Files,
    pub after: &'a Files,
    /// Files whose bytes went as a whole, to or from elsewhere.
    pub moved: &'a BTreeSet<String>,
}

/// Whether all is as it was sealed: what is within the bound is, and what is not
/// is named.
pub fn judge_repair(it: &Judgement, summary: &RepairSummary) -> bool {
    let differing = it.tranche.differing(it.after);
    let remaining = &summary.remaining;
    if it.tranche.is_within_bound(it.before) {
        assert!(
            differing.is_empty(),
            "within the bound: {differing:?}, {remaining:#?}"
        );
    }
    assert_eq!(
        summary.is_whole(),
        differing.is_empty(),
        "called whole: {}, differing: {differing:?}, {remaining:#?}, {:#?}",
        summary.is_whole(),
        summary.lost
    );
    let named: BTreeSet<String> = remaining.iter().map(|it| it.subject.clone()).collect();
    let lost: BTreeSet<String> = summary.lost.iter().map(|it| it.subject.clone()).collect();
    let is_judged = |path: &&String| it.tranche.has_witness(path, it.before);
    for path in differing.iter().filter(is_judged) {
        assert!(named.contains(path), "{path} is not named: {remaining:#?}");
        assert!(
            lost.contains(path),
            "{path} is not called lost: {:#?}",
            summary.lost
        );
    }
    nothing_worse(it);
    each_stripe(it);
    differing.is_empty()
}

/// No leaf that was right is wrong now.
fn nothing_worse(it: &Judgement) {
    for stripe in &it.tranche.stripes {
        let shards = stripe.data.iter().chain(&stripe.recovery);
        for path in shards.filter(|path| !it.moved.contains(*path)) {
            let before = it.tranche.bad_leaves(stripe, path, it.before);
            let after = it.tranche.bad_leaves(stripe, path, it.after);
            assert!(
                after.is_subset(&before),
                "{path}: {before:?} became {after:?}"
            );
        }
    }
}

/// Stripes within the bound are whole, whatever others are.
fn each_stripe(it: &Judgement) {
    if it.tranche.is_blind(it.before) {
        return;
    }
    for stripe in &it.tranche.stripes {
        if it.tranche.is_stripe_within(stripe, it.before) {
            for path in stripe.data.iter().chain(&stripe.recovery) {
                let is_whole = it.after.get(path) == it.tranche.files.get(path);
                assert!(is_whole, "{path} is in a stripe within the bound");
            }
        }
    }
}
