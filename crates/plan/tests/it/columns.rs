//! Does it matter how candidates arrive?

use {
    crate::properties::candidates,
    longplay_model::{
        CandidateBatch, CandidateColumns, Candidates, PlanBatch, PlanColumns, Reason,
    },
    longplay_plan::{Budget, Listed, Policy, plan_columns},
    proptest::prelude::*,
    std::{cell::Cell, convert::Infallible},
};

/// The columns of a list in batches of so many rows, with those alone that are
/// asked for.
struct Batched {
    whole: CandidateBatch,
    rows: usize,
    readings: Cell<u32>,
}

impl Batched {
    fn new(listed: &Listed, rows: usize) -> Self {
        let mut whole = CandidateBatch::default();
        let Ok(()) = listed.each(CandidateColumns::Order, &mut |batch| whole = batch.clone());
        Self {
            whole,
            rows,
            readings: Cell::new(0),
        }
    }

    fn batch(&self, columns: CandidateColumns, from: usize) -> CandidateBatch {
        let it = &self.whole;
        let to = (from + self.rows).min(it.recording.len());
        let mut batch = CandidateBatch {
            first_row: from as u32,
            recording: it.recording[from..to].to_vec(),
            ..CandidateBatch::default()
        };
        let here = |row: u32| (from..to).contains(&(row as usize));
        if columns != CandidateColumns::Listens {
            batch.files = it.files.iter().copied().filter(|it| here(it.0)).collect();
        }
        if columns == CandidateColumns::Order {
            batch.popularity = it.popularity[from..to].to_vec();
            batch.is_rated = it.is_rated[from..to].to_vec();
            batch.artist_popularity = it.artist_popularity[from..to].to_vec();
            batch.release_popularity = it.release_popularity[from..to].to_vec();
            batch.followers = it.followers[from..to].to_vec();
        }
        if matches!(columns, CandidateColumns::Size | CandidateColumns::Listens) {
            batch.listens = it.listens[from..to].to_vec();
        }
        if matches!(columns, CandidateColumns::Size | CandidateColumns::Lengths) {
            batch.duration_ms = it.duration_ms[from..to].to_vec();
        }
        batch
    }
}

impl Candidates for Batched {
    type Error = Infallible;

    fn rows(&self) -> u32 {
        self.whole.recording.len() as u32
    }

    fn each(
        &self,
        columns: CandidateColumns,
        visit: &mut dyn FnMut(&CandidateBatch),
    ) -> Result<(), Infallible> {
        self.readings.set(self.readings.get() + 1);
        for from in (0..self.whole.recording.len()).step_by(self.rows) {
            visit(&self.batch(columns, from));
        }
        Ok(())
    }
}

fn all<P: PlanColumns>(planned: &P) -> PlanBatch {
    let mut batch = PlanBatch::default();
    planned.fill(0..planned.rows(), &mut batch);
    batch
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn batches_of_asked_columns_say_the_same_as_the_list(
        rows in candidates(), step in 1usize..9, bytes in 0u64..60_000_000, is_optimal: bool,
    ) {
        let policy = if is_optimal { Policy::optimal() } else { Policy::standard() };
        let budget = Budget { bytes, k: 20, m: 4 };
        let listed = Listed::new(rows);
        let batched = Batched::new(&listed, step);
        let Ok(of_list) = plan_columns(&listed, &policy, &budget, 0);
        let Ok(of_batches) = plan_columns(&batched, &policy, &budget, 0);
        prop_assert_eq!(all(&of_list), all(&of_batches));
        prop_assert_eq!(of_list.totals(), of_batches.totals());
        prop_assert_eq!(batched.readings.get(), if is_optimal { 2 } else { 3 });
    }

    #[test]
    fn places_and_marks_agree_with_the_order(
        rows in candidates(), bytes in 0u64..60_000_000, is_optimal: bool,
    ) {
        let policy = if is_optimal { Policy::optimal() } else { Policy::standard() };
        let budget = Budget { bytes, k: 20, m: 4 };
        let listed = Listed::new(rows);
        let Ok(planned) = plan_columns(&listed, &policy, &budget, 0);
        let batch = all(&planned);
        let places = planned.places();
        prop_assert_eq!(places.len(), listed.candidates().len());
        for (row, place) in (0u32..).zip(&places) {
            prop_assert_eq!(batch.rows[*place as usize], row);
        }
        let marks = planned.marks();
        prop_assert_eq!(marks.last().unwrap().order, planned.rows());
        for mark in marks {
            let before = &batch.bytes[..mark.order as usize];
            prop_assert_eq!(mark.bytes, before.iter().sum::<u64>());
        }
    }
}

#[test]
fn columns_that_contradict_themselves_do_no_harm() {
    let listed = Listed::new(crate::shape::catalog().take(100));
    let mut batched = Batched::new(&listed, 7);
    batched.whole.recording = (0..100).map(|row| row * 40_000_000).collect();
    batched.whole.files.push((
        99,
        longplay_model::CandidateFile {
            codec: longplay_model::Codec::Wav,
            bytes: 9,
        },
    ));
    let budget = Budget {
        bytes: 1 << 40,
        k: 1,
        m: 0,
    };
    for policy in [Policy::standard(), Policy::optimal()] {
        let Ok(planned) = plan_columns(&batched, &policy, &budget, 0);
        assert_eq!(planned.rows(), 100);
        assert_eq!(planned.totals().count(Reason::DuplicateRecording), 0);
    }
}
