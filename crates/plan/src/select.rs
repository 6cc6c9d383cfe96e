use {
    crate::{
        curve::Pen,
        estimate::Budget,
        order::{Entry, Holding, Level, Ordered, Standing, order},
        policy::Policy,
        totals::Totals,
    },
    longplay_model::{Candidate, PlanRow, Reason, RecordingId},
    std::collections::HashMap,
};

/// Orders all candidates, chooses a form for each, and cuts at the budget.
///
/// Every candidate gives one row, in the order of the plan. The cut is
/// strict: the first wanted row that does not fit ends the keeping, so a
/// larger budget keeps all that a smaller one keeps, in the same form.
///
/// Candidates are read once, in any order, and 72 bytes are remembered of
/// each, with about 50 more for each recording that is wanted and 170 for each
/// that has a file.
///
/// `seed` is recorded and changes nothing: ties are broken by track id.
pub fn plan(
    candidates: impl Iterator<Item = Candidate>,
    policy: &Policy,
    budget: &Budget,
    seed: u64,
    sink: &mut dyn FnMut(PlanRow),
) -> Totals {
    let Ordered { entries, holdings } = order(candidates, policy, budget);
    let mut walk = Walk::new(holdings, budget, seed);
    for (entry, order) in entries.iter().zip(0..) {
        sink(walk.row(entry, order));
    }
    walk.finish()
}

/// Goes down the plan and spends the budget.
struct Walk {
    holdings: HashMap<RecordingId, Holding>,
    /// Whether a wanted row did not fit.
    full: bool,
    pen: Pen,
    listens_wanted: f64,
    totals: Totals,
}

impl Walk {
    fn new(holdings: HashMap<RecordingId, Holding>, budget: &Budget, seed: u64) -> Self {
        Self {
            pen: Pen::new(holdings.len() as u64),
            holdings,
            full: false,
            listens_wanted: 0.0,
            totals: Totals {
                budget_bytes: budget.bytes,
                seed,
                ..Totals::default()
            },
        }
    }

    fn row(&mut self, entry: &Entry, order: u64) -> PlanRow {
        let reason = self.reason(entry);
        let kept = matches!(reason, Reason::Popular | Reason::Unrated | Reason::Tail);
        self.totals.candidates += 1;
        self.totals.listens_all += entry.listens;
        *self.totals.reasons.entry(reason).or_default() += 1;
        PlanRow {
            track: entry.track,
            recording: entry.recording,
            rank: entry.rank,
            order,
            form: kept.then_some(entry.form),
            reason,
            bytes: if kept { entry.bytes } else { 0 },
            bytes_so_far: self.totals.wanted_bytes,
            listens: entry.listens,
            score: entry.score,
        }
    }

    fn reason(&mut self, entry: &Entry) -> Reason {
        match entry.standing {
            Standing::BelowCut => Reason::BelowCut,
            Standing::Duplicate if self.holds(entry) => Reason::DuplicateRecording,
            Standing::Duplicate => Reason::OverBudget,
            Standing::Wanted if !self.spend(entry) => Reason::OverBudget,
            Standing::Wanted if entry.level == Level::Head => Reason::Popular,
            Standing::Wanted if entry.level == Level::Unrated => Reason::Unrated,
            Standing::Wanted => Reason::Tail,
        }
    }

    fn holds(&self, entry: &Entry) -> bool {
        let holding = self.holdings.get(&entry.recording);
        holding.is_some_and(|holding| holding.kept)
    }

    /// Counts a wanted row, and says whether it fits.
    fn spend(&mut self, entry: &Entry) -> bool {
        let holding = self.holdings.entry(entry.recording).or_default();
        let so_far = self.totals.wanted_bytes.saturating_add(entry.bytes);
        if !self.full && so_far > self.totals.budget_bytes {
            self.full = true;
            self.pen.mark();
        }
        holding.kept = !self.full;
        self.totals.wanted += 1;
        self.totals.wanted_bytes = so_far;
        self.listens_wanted += holding.listens;
        self.pen.step(so_far, self.listens_wanted);
        if !self.full {
            self.keep(entry);
        }
        !self.full
    }

    fn keep(&mut self, entry: &Entry) {
        let form = self.totals.forms.entry(entry.form).or_default();
        form.rows += 1;
        form.bytes += entry.bytes;
        self.totals.kept += 1;
        self.totals.bytes = self.totals.wanted_bytes;
        self.totals.listens_kept = self.listens_wanted;
    }

    fn finish(self) -> Totals {
        Totals {
            curve: self.pen.finish(self.totals.listens_all),
            ..self.totals
        }
    }
}
