use {
    crate::curve::Curve,
    longplay_model::{Form, Reason},
    serde::{Deserialize, Serialize},
    std::collections::BTreeMap,
};

/// The plan in numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Totals {
    pub candidates: u64,
    /// Rows kept: one file each.
    pub kept: u64,
    /// Estimated bytes of the kept rows in packs, recovery included.
    pub bytes: u64,
    /// What the budget allowed.
    pub budget_bytes: u64,
    /// What the policy would keep with any budget.
    pub wanted: u64,
    pub wanted_bytes: u64,
    /// Listens of all rows whose recording is kept: a kept copy serves the
    /// other rows of its recording too.
    pub listens_kept: f64,
    pub listens_all: f64,
    /// Recorded with the plan; the order does not depend on it.
    pub seed: u64,
    /// What is kept, by form.
    pub forms: BTreeMap<Form, FormTotal>,
    /// All candidates, by why they were kept or not.
    pub reasons: BTreeMap<Reason, u64>,
    /// Value of listens for each byte at which an optimal plan ended: what
    /// serves more is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<f64>,
    pub curve: Curve,
}

/// Kept rows of one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FormTotal {
    pub rows: u64,
    pub bytes: u64,
}

impl Totals {
    /// The share of listens that the kept rows cover, 0 to 1.
    pub fn share(&self) -> f64 {
        if self.listens_all > 0.0 {
            (self.listens_kept / self.listens_all).min(1.0)
        } else {
            0.0
        }
    }

    pub(crate) fn keep(&mut self, form: Form, kept: FormTotal) {
        if kept.rows > 0 {
            let total = self.forms.entry(form).or_default();
            total.rows += kept.rows;
            total.bytes += kept.bytes;
            self.kept += kept.rows;
            self.bytes += kept.bytes;
        }
    }

    /// How many candidates have each reason, in the order of all.
    pub(crate) fn count_reasons(&mut self, counts: &[u64; Reason::ALL.len()]) {
        let known = Reason::ALL.into_iter();
        let told = known.map(|reason| (reason, counts[reason as usize]));
        self.reasons = told.filter(|(_, count)| *count > 0).collect();
    }

    /// How many candidates have this reason.
    pub fn count(&self, reason: Reason) -> u64 {
        self.reasons.get(&reason).copied().unwrap_or(0)
    }
}
