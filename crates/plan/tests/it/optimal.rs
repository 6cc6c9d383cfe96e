//! Is the optimal plan optimal, and never worse than it promises?

use {
    crate::properties::{candidates, planned_by},
    crate::shape::catalog,
    longplay_model::{Candidate, Form, PlanColumns, PlanRow, Reason, RecordingId},
    longplay_plan::{
        Budget, Listed, Optimal, Policy, choose_form, estimate_bytes, frontier, plan, plan_columns,
    },
    proptest::prelude::*,
    std::collections::BTreeMap,
};

const GEOMETRY: Budget = Budget {
    bytes: 0,
    k: 20,
    m: 4,
};

fn policy(floor: f64) -> Policy {
    let optimal = Policy::optimal();
    Policy {
        optimal: optimal.optimal.map(|values| Optimal { floor, ..values }),
        ..optimal
    }
}

/// The same without values.
fn reference() -> Policy {
    Policy {
        optimal: None,
        ..Policy::optimal()
    }
}

fn forms(rows: &[PlanRow]) -> BTreeMap<RecordingId, Form> {
    let kept = rows
        .iter()
        .filter_map(|row| Some((row.recording, row.form?)));
    kept.collect()
}

/// A choice for a recording: bytes and value.
type Offer = (u64, f64);

/// All that can be chosen for each recording, nothing first, by the words of
/// `docs/policy.md`: its first row in the reference's order says the least
/// form, the largest of its files the bytes.
fn offers(rows: &[Candidate]) -> Vec<Vec<Offer>> {
    let values = Policy::optimal().optimal.unwrap();
    let (everything, _) = planned_by(&reference(), rows, u64::MAX, 0);
    let mut offers: BTreeMap<RecordingId, Vec<Offer>> = BTreeMap::new();
    for row in &everything {
        let of = |track| rows.iter().find(|it| it.track == track).unwrap();
        let mut source = of(row.track).clone();
        let same = || rows.iter().filter(|it| it.recording == row.recording);
        if let Some(file) = same()
            .filter(|it| it.file.is_some())
            .max_by_key(|it| (it.file.map(|file| (file.bytes, file.codec)), it.duration_ms))
        {
            source.file = file.file;
            source.duration_ms = file.duration_ms;
        }
        let wanted = match of(row.track) {
            it if it.popularity > 0.0 => Form::Original,
            it if it.file.is_some() && !it.is_rated => Form::Original,
            _ => Form::Access,
        };
        let least = choose_form(wanted, &source);
        let listens: f64 = same().map(|it| it.listens).sum();
        offers.entry(row.recording).or_insert_with(|| {
            let made = Form::ALL
                .into_iter()
                .filter(|form| *form >= least && choose_form(*form, &source) == *form);
            let made = made.map(|form| {
                (
                    estimate_bytes(form, &source, &GEOMETRY),
                    listens * values.value(form),
                )
            });
            std::iter::once((0, 0.0)).chain(made).collect()
        });
    }
    offers.into_values().collect()
}

/// The highest value of any choice within the bytes, found by trying all.
fn best(offers: &[Vec<Offer>], bytes: u64) -> f64 {
    let Some((first, rest)) = offers.split_first() else {
        return 0.0;
    };
    let fitting = first.iter().filter(|offer| offer.0 <= bytes);
    fitting
        .map(|(taken, value)| value + best(rest, bytes - taken))
        .fold(0.0, f64::max)
}

fn value(rows: &[PlanRow], all: &[Candidate]) -> f64 {
    let values = Policy::optimal().optimal.unwrap();
    let of_recording = |(recording, form): (RecordingId, Form)| {
        let same = all.iter().filter(|it| it.recording == recording);
        same.map(|it| it.listens).sum::<f64>() * values.value(form)
    };
    forms(rows).into_iter().map(of_recording).sum()
}

/// Few recordings, so that all choices can be tried.
fn few() -> impl Strategy<Value = Vec<Candidate>> {
    candidates().prop_map(|mut rows| {
        let mut seen: Vec<RecordingId> = Vec::new();
        rows.retain(|row| {
            if !seen.contains(&row.recording) && seen.len() < 6 {
                seen.push(row.recording);
            }
            seen.contains(&row.recording)
        });
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_choice_of_the_same_bytes_serves_more(rows in few(), budget in 0u64..90_000_000) {
        let (planned, totals) = planned_by(&policy(0.0), &rows, budget, 0);
        let ours = value(&planned, &rows);
        let best = best(&offers(&rows), totals.bytes);
        prop_assert!(ours >= best * (1.0 - 1e-6), "{ours} against {best}");
        prop_assert!(ours <= best * (1.0 + 1e-6), "{ours} against {best}");
    }

    #[test]
    fn the_whole_budget_is_worth_no_more_than_one_step_beyond(
        rows in few(), budget in 0u64..90_000_000,
    ) {
        let (planned, totals) = planned_by(&policy(0.0), &rows, budget, 0);
        let best = best(&offers(&rows), budget);
        let rest = (budget - totals.bytes) as f64;
        let bound = value(&planned, &rows) + rest * totals.price.unwrap();
        prop_assert!(best <= bound * (1.0 + 1e-6) + 1e-9, "{best} against {bound}");
    }

    #[test]
    fn no_recording_is_worse_off_than_in_the_floor(
        rows in candidates(), budget in 0u64..90_000_000, quarters in 0u64..=4,
    ) {
        let floor = quarters as f64 / 4.0;
        let (ours, totals) = planned_by(&policy(floor), &rows, budget, 0);
        let part = (budget as f64 * floor) as u64;
        let (theirs, of_floor) = planned_by(&reference(), &rows, part, 0);
        prop_assert!(totals.bytes <= budget);
        // Listens of a recording are told in 32 bits.
        prop_assert!(totals.listens_kept >= of_floor.listens_kept * (1.0 - 1e-7));
        let ours = forms(&ours);
        for (recording, form) in forms(&theirs) {
            prop_assert!(ours.get(&recording) >= Some(&form), "{form} of {recording}");
        }
    }

    #[test]
    fn what_is_kept_is_kept_no_worse_than_its_level_wants(
        rows in candidates(), budget in 0u64..90_000_000, floor in 0.0f64..1.0,
    ) {
        let (ours, _) = planned_by(&policy(floor), &rows, budget, 0);
        let (all, _) = planned_by(&reference(), &rows, u64::MAX, 0);
        let wanted = forms(&all);
        for (recording, form) in forms(&ours) {
            prop_assert!(wanted.get(&recording).is_none_or(|least| form >= *least));
        }
    }

    #[test]
    fn without_a_floor_larger_plans_hold_smaller_ones(
        rows in candidates(), small in 0u64..60_000_000, more in 0u64..60_000_000,
    ) {
        let kept = |bytes| planned_by(&policy(0.0), &rows, bytes, 0);
        let ((small, few), (large, many)) = (kept(small), kept(small + more));
        prop_assert!(many.listens_kept >= few.listens_kept);
        let large = forms(&large);
        for (recording, form) in forms(&small) {
            prop_assert!(large.get(&recording) >= Some(&form));
        }
    }

    #[test]
    fn rows_of_an_optimal_plan_agree_with_its_totals(
        rows in candidates(), budget in 0u64..90_000_000, floor in 0.0f64..1.0,
    ) {
        let (planned, totals) = planned_by(&policy(floor), &rows, budget, 0);
        prop_assert_eq!(planned.len(), rows.len());
        let kept: Vec<&PlanRow> = planned.iter().filter(|row| row.form.is_some()).collect();
        prop_assert!(kept.iter().all(|row| row.reason.is_kept()));
        prop_assert_eq!(kept.iter().map(|row| row.bytes).sum::<u64>(), totals.bytes);
        prop_assert_eq!(forms(&planned).len(), kept.len());
        prop_assert!(planned[..kept.len()].iter().all(|row| row.form.is_some()));
        for reason in Reason::ALL {
            let count = planned.iter().filter(|row| row.reason == reason).count() as u64;
            prop_assert_eq!(totals.count(reason), count);
        }
        let recordings = forms(&planned);
        let served = rows.iter().filter(|row| recordings.contains_key(&row.recording));
        let served: f64 = served.map(|row| row.listens).sum();
        prop_assert!((totals.listens_kept - served).abs() <= served * 1e-7);
        prop_assert!((totals.curve.share_at(totals.bytes) - totals.share()).abs() < 1e-6);
    }

    /// Where an access copy is worth little, the first step leads past it, and the
    /// floor keeps it all the same.
    #[test]
    fn listens_are_told_by_the_first_step_whatever_is_kept(
        rows in candidates(), budget in 0u64..90_000_000, floor in 0.0f64..1.0, access in 0.0f64..0.3,
    ) {
        let mut policy = policy(floor);
        policy.optimal = policy.optimal.map(|values| Optimal { access, ..values });
        let budget = Budget { bytes: budget, ..GEOMETRY };
        let Ok(planned) = plan_columns(&Listed::new(rows), &policy, &budget, 0);
        let all = planned.totals().listens_all;
        let told = planned.marks().last().map_or(0.0, |mark| mark.listens);
        prop_assert!((told - all).abs() <= all * 1e-6, "{told} of {all}");
    }
}

/// Rows of one recording, each of which rounds the sum of their listens again.
#[test]
fn listens_of_many_rows_are_told_as_exactly_as_those_of_one() {
    let listens = [
        888_731.145_502_495_3,
        639_233.698_695_582_7,
        392_593.062_700_983_3,
    ];
    let listens = || listens.into_iter().chain([212_896.094_194_633_83]);
    let first = catalog().next().expect("a catalog has rows");
    let rows = (0u64..).zip(listens()).map(|(rank, listens)| Candidate {
        rank,
        listens,
        ..first.clone()
    });
    let budget = Budget {
        bytes: 90_000_000,
        ..GEOMETRY
    };
    let totals = plan(rows, &policy(0.0), &budget, 0, &mut |_| {});
    let served: f64 = listens().sum();
    let off = (totals.listens_kept - served).abs() / served;
    assert!(
        off <= 4.0 / 2f64.powi(27),
        "{} of {served}",
        totals.listens_kept
    );
}

#[test]
fn for_the_same_budget_more_listens_are_covered() {
    // Long recordings of few listens, and short ones below the cut.
    let rows = || {
        catalog().map(|row| Candidate {
            duration_ms: Some(60_000 + (row.rank * 7_919 % 600) as u32 * 1_000),
            listens: 1e6 / (1.0 + row.rank as f64 / 50.0),
            ..row
        })
    };
    let budget = Budget {
        bytes: 10_000_000_000,
        ..GEOMETRY
    };
    let share = |policy: &Policy| plan(rows(), policy, &budget, 0, &mut |_| {}).share();
    let (before, floor) = (share(&reference()), share(&policy(1.0)));
    let (half, free) = (share(&policy(0.5)), share(&policy(0.0)));
    let told = format!("{before} {floor} {half} {free}");
    assert!(before <= floor && floor <= half, "{told}");
    assert!(half > before + 0.03 && free > before + 0.03, "{told}");
}

#[test]
fn the_frontier_says_what_plans_come_to() {
    let listed = Listed::new(catalog());
    for floor in [0.0, 0.5, 1.0] {
        let policy = policy(floor);
        let Ok(frontier) = frontier(&listed, &policy, &GEOMETRY);
        for part in [10, 37, 50, 99, 100] {
            let bytes = (u128::from(frontier.wanted_bytes) * part / 100) as u64;
            let budget = Budget { bytes, ..GEOMETRY };
            let share = |policy: &Policy| plan(catalog(), policy, &budget, 0, &mut |_| {}).share();
            let row = frontier.row(bytes);
            assert!((row.reference - share(&reference())).abs() < 1e-6, "{part}");
            let planned = share(&policy);
            assert!(
                (row.optimal - planned).abs() < 1e-3,
                "{floor} {part}: {} {planned}",
                row.optimal
            );
            assert!(row.optimal_bytes <= row.budget + frontier.wanted_bytes / 100);
        }
    }
}
