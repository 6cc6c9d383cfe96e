use {
    crate::{
        curve::Curve,
        estimate::Budget,
        optimal::{Climb, Leads},
        policy::{Optimal, Policy},
    },
    longplay_model::Candidates,
    serde::{Deserialize, Serialize},
};

/// What every budget covers, by the levels of a policy and by what its bytes
/// are worth.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Frontier {
    /// The policy without `[optimal]`.
    pub reference: Curve,
    /// The policy with it.
    pub optimal: Curve,
    /// Bytes of all that the policy without `[optimal]` wants.
    pub wanted_bytes: u64,
}

/// One line of a table of a frontier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FrontierRow {
    pub budget: u64,
    /// Shares of listens that the budget covers, 0 to 1.
    pub reference: f64,
    pub optimal: f64,
    /// The budget with which the optimal policy covers as much as the
    /// reference does with this one.
    pub optimal_bytes: u64,
}

/// Budgets that are worked out.
const BUDGETS: u64 = 100;

/// Works out the shares of listens that budgets up to all that the policy
/// wants cover. `budget` gives the geometry of recovery alone; a policy
/// without `[optimal]` takes the values of [`Policy::optimal`].
///
/// Where the optimal plan ends, shares are exact to what one part in 128 of
/// the value for a byte makes out: there the line is drawn straight.
///
/// # Errors
/// When the candidates cannot be read.
pub fn frontier<C: Candidates + ?Sized>(
    source: &C,
    policy: &Policy,
    budget: &Budget,
) -> Result<Frontier, C::Error> {
    let values = policy.optimal.or(Policy::optimal().optimal);
    let values = values.expect("the optimal policy has values");
    let leads = Leads::read(source, policy)?;
    Ok(of_leads(&leads, &values, budget))
}

fn of_leads(leads: &Leads, values: &Optimal, budget: &Budget) -> Frontier {
    let climb = |budget| Climb::new(leads, values, budget);
    let wanted_bytes = climb(budget).wanted_bytes();
    let mut budgets: Vec<u64> = (0..=BUDGETS)
        .map(|part| (u128::from(wanted_bytes) * u128::from(part) / u128::from(BUDGETS)) as u64)
        .collect();
    budgets.dedup();
    let listens_all = leads.listens_all();
    let whole = if listens_all > 0.0 { listens_all } else { 1.0 };
    let curve = |shares: Vec<f64>| {
        let mut highest = 0f64;
        let points = budgets.iter().zip(shares).map(|(bytes, listens)| {
            highest = highest.max(listens / whole).min(1.0);
            (*bytes, highest)
        });
        Curve {
            points: points.collect(),
        }
    };
    let climb = climb(budget);
    Frontier {
        reference: curve(climb.reference_listens(&budgets)),
        optimal: curve(climb.optimal_listens(&budgets)),
        wanted_bytes,
    }
}

impl Frontier {
    /// A table of so many budgets at equal steps.
    pub fn table(&self, rows: u64) -> Vec<FrontierRow> {
        let rows = rows.max(1);
        let budgets = (1..=rows).map(|row| {
            let bytes = u128::from(self.wanted_bytes) * u128::from(row) / u128::from(rows);
            u64::try_from(bytes).unwrap_or(u64::MAX)
        });
        budgets.map(|budget| self.row(budget)).collect()
    }

    /// What one budget covers.
    pub fn row(&self, budget: u64) -> FrontierRow {
        let reference = self.reference.share_at(budget);
        FrontierRow {
            budget,
            reference,
            optimal: self.optimal.share_at(budget),
            optimal_bytes: self.optimal.bytes_for(reference).unwrap_or(budget),
        }
    }
}
