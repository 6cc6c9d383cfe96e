//! A catalog large enough for the curve to be thinned.

use {
    longplay_model::{
        Access, Candidate, CandidateFile, Codec, Digest, Form, Reason, RecordingId, TrackId,
    },
    longplay_plan::{Budget, Curve, Policy, Totals, picture, plan},
};

/// 20,000 rows: 4,000 popular ones, listens falling as 1 / rank.
pub fn catalog() -> impl Iterator<Item = Candidate> {
    (0..20_000u64).map(|rank| {
        let track = TrackId::of_blob(&Digest::of(&rank.to_le_bytes()), 1);
        let head = rank < 4_000;
        Candidate {
            track,
            recording: RecordingId::of_track(&track),
            rank,
            is_rated: true,
            popularity: if head {
                100.0 - rank as f32 / 40.1
            } else {
                0.0
            },
            listens: 1e6 / (rank + 1) as f64,
            duration_ms: Some(200_000),
            artist_popularity: 0.0,
            release_popularity: 0.0,
            followers: rank % 2_000,
            has_isrc: true,
            file: None,
            access: Access::Dark,
        }
    })
}

fn totals(bytes: u64) -> Totals {
    let budget = Budget { bytes, k: 20, m: 4 };
    plan(catalog(), &Policy::reference(), &budget, 1, &mut |_| {})
}

#[test]
fn the_head_is_kept_as_received_and_the_tail_for_access() {
    let totals = totals(u64::MAX);
    assert_eq!(totals.forms[&Form::Original].rows, 4_000);
    assert_eq!(totals.forms[&Form::Access].rows, totals.count(Reason::Tail));
    // 642 followers and more reach the cut of 0.351: log10(643) / 8.
    assert_eq!(totals.count(Reason::Tail), 8 * (2_000 - 642));
    assert_eq!(totals.count(Reason::BelowCut), 8 * 642);
}

#[test]
fn half_the_bytes_keep_most_of_the_listens() {
    let all = totals(u64::MAX);
    let half = totals(all.bytes / 2);
    assert!(half.share() > 0.8, "{}", half.share());
    assert!(all.curve.points.len() <= Curve::MOST_POINTS);
    assert!(all.curve.points.len() > Curve::MOST_POINTS / 2);
}

#[test]
fn a_thinned_curve_is_drawn_both_ways() {
    let totals = totals(10_000_000_000);
    let text = picture::text(&totals);
    assert!(text.lines().all(|line| line.chars().count() <= 80));
    assert!(
        text.contains("10.00 GB") || text.contains("10.0 GB"),
        "{text}"
    );
    let svg = picture::svg(&totals, "Coverage");
    assert!(svg.contains("budget 10.0 GB"));
    assert!(svg.len() < 20_000, "{} bytes", svg.len());
}

#[test]
fn a_file_that_nobody_rated_is_kept_as_received() {
    let budget = Budget {
        bytes: 1 << 40,
        k: 20,
        m: 4,
    };
    let file = CandidateFile {
        codec: Codec::Flac,
        bytes: 1_000,
    };
    let unrated = |row: Candidate| Candidate {
        popularity: 0.0,
        is_rated: false,
        artist_popularity: 0.0,
        release_popularity: 0.0,
        followers: 0,
        file: Some(file),
        ..row
    };
    let said = |policy: &Policy| {
        let rows = catalog().take(1).map(unrated);
        let mut said = Vec::new();
        plan(rows, policy, &budget, 1, &mut |row| {
            said.push((row.form, row.reason))
        });
        said
    };
    assert_eq!(
        said(&Policy::standard()),
        [(Some(Form::Original), Reason::Unrated)]
    );
    assert_eq!(said(&Policy::reference()), [(None, Reason::BelowCut)]);
}
