use {
    crate::naive::{self, Expected},
    longplay_model::{
        Access, Candidate, CandidateFile, Codec, Digest, PlanRow, Reason, RecordingId, TrackId,
    },
    longplay_plan::{Budget, Policy, Totals, plan},
    proptest::{collection::vec, prelude::*},
    std::collections::BTreeMap,
};

fn track(n: u64) -> TrackId {
    TrackId::of_blob(&Digest::of(&n.to_le_bytes()), 1)
}

/// Few distinct values, so that ties and shared recordings are common.
fn candidate() -> impl Strategy<Value = Candidate> {
    let popularity = prop_oneof![Just(0.0f32), (0u8..5).prop_map(f32::from), 0.0f32..100.0];
    let points = prop_oneof![Just(0.0f32), Just(35.1f32), 0.0f32..60.0];
    let followers = prop_oneof![Just(0u64), 0u64..2_000, any::<u64>()];
    let duration = proptest::option::of(0u32..400_000);
    let codec = proptest::sample::select(&Codec::ALL);
    let file = proptest::option::weighted(0.3, (codec, 0u64..6_000_000));
    let is_rated = proptest::bool::weighted(0.8);
    let listens = prop_oneof![Just(0.0f64), (0u8..3).prop_map(f64::from), 0.0f64..1e6];
    (
        popularity,
        points.clone(),
        points,
        followers,
        duration,
        listens,
        0u64..12,
        file,
        is_rated,
    )
        .prop_map(
            |(
                popularity,
                artist,
                release,
                followers,
                duration_ms,
                listens,
                recording,
                file,
                is_rated,
            )| {
                Candidate {
                    track: track(0),
                    recording: RecordingId::of_track(&track(recording)),
                    rank: 0,
                    popularity,
                    is_rated,
                    listens,
                    duration_ms,
                    artist_popularity: artist,
                    release_popularity: release,
                    followers,
                    has_isrc: true,
                    file: file.map(|(codec, bytes)| CandidateFile { codec, bytes }),
                    access: Access::Dark,
                }
            },
        )
}

/// Candidates with ranks and ids of their own, in the order of a catalog.
pub fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    vec(candidate(), 0..40).prop_map(|mut rows| {
        rows.sort_by(|a, b| {
            let listens = || b.listens.total_cmp(&a.listens);
            b.popularity.total_cmp(&a.popularity).then_with(listens)
        });
        for (row, rank) in rows.iter_mut().zip(0..) {
            row.rank = rank;
            row.track = track(rank);
        }
        rows
    })
}

fn planned(candidates: &[Candidate], bytes: u64, seed: u64) -> (Vec<PlanRow>, Totals) {
    planned_by(&Policy::standard(), candidates, bytes, seed)
}

pub fn planned_by(
    policy: &Policy,
    candidates: &[Candidate],
    bytes: u64,
    seed: u64,
) -> (Vec<PlanRow>, Totals) {
    let budget = Budget { bytes, k: 20, m: 4 };
    let mut rows = Vec::new();
    let totals = plan(
        candidates.iter().cloned(),
        policy,
        &budget,
        seed,
        &mut |row| rows.push(row),
    );
    (rows, totals)
}

pub fn kept(rows: &[PlanRow]) -> Vec<&PlanRow> {
    rows.iter().filter(|row| row.form.is_some()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_naive_plan_says_the_same(
        rows in candidates(), budget in 0u64..60_000_000, unrated: bool,
    ) {
        let policy = if unrated { Policy::standard() } else { Policy::reference() };
        let (ours, _) = planned_by(&policy, &rows, budget, 0);
        let ours: Vec<Expected> = ours
            .into_iter()
            .map(|row| Expected { track: row.track, form: row.form, reason: row.reason })
            .collect();
        prop_assert_eq!(ours, naive::plan(&rows, unrated, budget, 20, 4));
    }

    #[test]
    fn the_budget_is_never_exceeded(rows in candidates(), budget in 0u64..60_000_000) {
        let (rows, totals) = planned(&rows, budget, 0);
        let sum: u64 = rows.iter().map(|row| row.bytes).sum();
        prop_assert!(sum <= budget);
        prop_assert_eq!(sum, totals.bytes);
        prop_assert!(kept(&rows).iter().all(|row| row.bytes_so_far <= budget));
    }

    #[test]
    fn a_recording_is_kept_once(rows in candidates(), budget in 0u64..60_000_000) {
        let (rows, _) = planned(&rows, budget, 0);
        let mut recordings: Vec<_> = kept(&rows).iter().map(|row| row.recording).collect();
        let all = recordings.len();
        recordings.sort();
        recordings.dedup();
        prop_assert_eq!(recordings.len(), all);
    }

    #[test]
    fn a_larger_budget_keeps_what_a_smaller_one_keeps(
        rows in candidates(), small in 0u64..60_000_000, more in 0u64..60_000_000,
    ) {
        let (small, small_totals) = planned(&rows, small, 0);
        let (large, large_totals) = planned(&rows, small_totals.budget_bytes + more, 0);
        let (small, large) = (kept(&small), kept(&large));
        prop_assert_eq!(&small[..], &large[..small.len()]);
        prop_assert!(large_totals.listens_kept >= small_totals.listens_kept);
    }

    #[test]
    fn neither_seed_nor_order_of_arrival_changes_the_plan(
        rows in candidates(), budget in 0u64..60_000_000, seed: u64, turn in 0usize..40,
    ) {
        let mut turned = rows.clone();
        turned.rotate_left(turn.min(rows.len()));
        prop_assert_eq!(planned(&rows, budget, 0).0, planned(&turned, budget, seed).0);
    }

    #[test]
    fn totals_agree_with_the_rows(rows in candidates(), budget in 0u64..60_000_000) {
        let (rows, totals) = planned(&rows, budget, 9);
        prop_assert_eq!(totals.seed, 9);
        prop_assert_eq!(totals.candidates, rows.len() as u64);
        prop_assert_eq!(totals.kept, kept(&rows).len() as u64);
        for reason in Reason::ALL {
            let count = rows.iter().filter(|row| row.reason == reason).count() as u64;
            prop_assert_eq!(totals.count(reason), count);
        }
        let mut forms: BTreeMap<_, (u64, u64)> = BTreeMap::new();
        for row in kept(&rows) {
            let form = forms.entry(row.form.unwrap()).or_default();
            *form = (form.0 + 1, form.1 + row.bytes);
        }
        let told: BTreeMap<_, _> =
            totals.forms.iter().map(|(form, total)| (*form, (total.rows, total.bytes))).collect();
        prop_assert_eq!(told, forms);
        let served: f64 = rows
            .iter()
            .filter(|row| kept(&rows).iter().any(|held| held.recording == row.recording))
            .map(|row| row.listens)
            .sum();
        prop_assert!((totals.listens_kept - served).abs() <= served * 1e-12);
    }

    #[test]
    fn orders_count_up_and_bytes_never_fall(rows in candidates(), budget in 0u64..60_000_000) {
        let (rows, totals) = planned(&rows, budget, 0);
        prop_assert!(rows.iter().zip(0..).all(|(row, order)| row.order == order));
        prop_assert!(rows.is_sorted_by_key(|row| row.bytes_so_far));
        prop_assert_eq!(totals.wanted_bytes, rows.last().map_or(0, |row| row.bytes_so_far));
    }

    #[test]
    fn the_curve_tells_what_each_budget_covers(rows in candidates(), budget in 0u64..60_000_000) {
        let (_, all) = planned(&rows, u64::MAX, 0);
        let (_, cut) = planned(&rows, budget, 0);
        prop_assert!(cut.curve.points.is_sorted_by(|a, b| a.0 <= b.0 && a.1 <= b.1));
        prop_assert!((all.curve.share_at(cut.bytes) - cut.share()).abs() < 1e-9);
        prop_assert!((cut.curve.share_at(cut.bytes) - cut.share()).abs() < 1e-9);
    }

    #[test]
    fn numbers_that_are_none_do_no_harm(mut rows in candidates(), budget: u64) {
        for (row, at) in rows.iter_mut().zip(0u32..) {
            match at % 4 {
                0 => row.popularity = f32::NAN,
                1 => row.listens = f64::INFINITY,
                2 => row.artist_popularity = f32::NEG_INFINITY,
                _ => row.file = Some(CandidateFile { codec: Codec::Wav, bytes: u64::MAX }),
            }
        }
        let (planned, totals) = planned(&rows, budget, 0);
        prop_assert_eq!(planned.len(), rows.len());
        prop_assert!(totals.share() >= 0.0 && totals.share() <= 1.0);
        prop_assert!(totals.bytes <= budget);
    }
}
