use {
    crate::{
        estimate::Budget,
        listed::{Listed, counted},
        optimal::optimal,
        order::Level,
        planned::Planned,
        policy::Policy,
        reference::reference,
        score::{Scorer, points},
        totals::Totals,
    },
    longplay_model::{Candidate, Candidates, PlanBatch, PlanColumns, PlanRow, Reason},
    std::convert::Infallible,
};

/// Orders all candidates, chooses a form for each, and cuts at the budget.
///
/// Without `[optimal]` the cut is strict: the first wanted row that does not
/// fit ends the keeping, so a larger budget keeps all that a smaller one
/// keeps, in the same form.
///
/// The candidates are read three times, for an optimal policy twice; at most 13 bytes
/// are held for a candidate at a time, 16 where an optimal policy finds a recording of
/// its own in each. `seed` is recorded and changes nothing: ties are broken by row.
///
/// # Errors
/// When the candidates cannot be read.
pub fn plan_columns<C: Candidates + ?Sized>(
    source: &C,
    policy: &Policy,
    budget: &Budget,
    seed: u64,
) -> Result<Planned, C::Error> {
    match &policy.optimal {
        None => reference(source, policy, budget, seed),
        Some(values) => optimal(source, policy, values, budget, seed),
    }
}

/// The same for candidates one by one, in any order: every candidate gives one
/// row, in the order of the plan. For catalogs that fit into memory.
pub fn plan(
    candidates: impl Iterator<Item = Candidate>,
    policy: &Policy,
    budget: &Budget,
    seed: u64,
    sink: &mut dyn FnMut(PlanRow),
) -> Totals {
    let listed = Listed::new(candidates);
    let Ok::<_, Infallible>(planned) = plan_columns(&listed, policy, budget, seed);
    let mut batch = PlanBatch::default();
    planned.fill(0..planned.rows(), &mut batch);
    let mut so_far = 0u64;
    for place in 0..batch.rows.len() {
        so_far = so_far.saturating_add(batch.bytes[place]);
        let row = batch.rows[place];
        let candidate = &listed.candidates()[row as usize];
        let reason = batch.reasons[place];
        let form = batch.forms[place];
        sink(PlanRow {
            track: candidate.track,
            recording: candidate.recording,
            rank: candidate.rank,
            order: place as u64,
            form,
            reason,
            bytes: form.map_or(0, |_| batch.bytes[place]),
            bytes_so_far: so_far,
            listens: counted(candidate.listens),
            score: score(candidate, policy, reason, batch.bytes[place] > 0),
        });
    }
    planned.totals().clone()
}

/// The number that the levels of a policy order a candidate by; `has_copy`
/// says whether the plan tells the bytes of a copy at its place.
pub fn score(candidate: &Candidate, policy: &Policy, reason: Reason, has_copy: bool) -> f64 {
    match Level::of(candidate, policy) {
        Level::Head => points(candidate.popularity),
        Level::Unrated => 0.0,
        Level::Tail => {
            let is_first = has_copy || matches!(reason, Reason::BelowCut | Reason::NoListens);
            Scorer::new(&policy.tail).told(candidate, !is_first)
        }
    }
}
