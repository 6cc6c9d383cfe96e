//! A plan on disk: what to keep of a snapshot, row by row.
//!
//! ```text
//!   plans/<plan>.parquet         what is said of each row, in the order of the plan
//!   plans/<plan>.places.parquet  the place of each row of the catalog
//!   plans/<plan>.marks.parquet   sums over the order of the plan
//!   plans/<plan>.json            what it was made from, and its totals
//! ```
//!
//! `<plan>.json` is written last: without it there is no plan. What a plan says
//! of a row together with what its catalog says of the track is a
//! [`longplay_model::PlanRow`].

mod candidates;
mod columns;
mod read;
mod words;
mod write;

pub use {candidates::write_candidates, read::PlanTable, write::write_plan};
pub(crate) use {read::rows_of_plans, write::row_fields};

use {
    crate::table::TableFile,
    longplay_model::{Form, PlanRow, Reason, RecordingId, Timestamp, TrackId},
    serde::{Deserialize, Serialize},
};

const VERSION: u32 = 2;

/// What a plan was made from, and what came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanMeta {
    /// Id of the catalog snapshot.
    pub catalog: String,
    /// Text of the policy, whole.
    pub policy: String,
    /// Bytes that the plan may fill, recovery included, and its geometry.
    pub budget: serde_json::Value,
    pub clock: Timestamp,
    pub seed: u64,
    pub totals: serde_json::Value,
    /// Bytes and the share of listens that they cover, both never decreasing.
    pub curve: Vec<(u64, f64)>,
}

/// What a plan says of one row of its catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// Row of the catalog.
    pub row: u32,
    /// Place in the plan, counted from 0.
    pub order: u32,
    /// The form to keep, or none.
    pub form: Option<Form>,
    pub reason: Reason,
    /// Bytes in packs, recovery included, that keeping the row takes or, over
    /// the budget, would take.
    pub bytes: u64,
    /// The same of all rows up to and with this one.
    pub bytes_so_far: u64,
}

impl Planned {
    /// With what the catalog tells of the row, and the score that the policy
    /// gives it.
    pub fn of_track(
        &self,
        track: TrackId,
        recording: RecordingId,
        listens: f64,
        score: f64,
    ) -> PlanRow {
        PlanRow {
            track,
            recording,
            rank: u64::from(self.row),
            order: u64::from(self.order),
            form: self.form,
            reason: self.reason,
            bytes: self.form.map_or(0, |_| self.bytes),
            bytes_so_far: self.bytes_so_far,
            listens,
            score,
        }
    }
}

/// `<plan>.json`.
#[derive(Serialize, Deserialize)]
struct PlanFile {
    longplay: String,
    version: u32,
    plan: String,
    #[serde(flatten)]
    meta: PlanMeta,
    tables: Vec<TableFile>,
}

/// Columns of `<plan>.parquet`.
const ROW: &str = "row";
const FORM: &str = "form";
const REASON: &str = "reason";
const BYTES: &str = "bytes";
/// Column of `<plan>.places.parquet`.
const ORDER: &str = "order";
/// Column of `<plan>.marks.parquet`, which has `order` and `bytes` too.
const LISTENS: &str = "listens";

/// Names of the tables of a plan.
fn file_names(name: &str) -> [String; 3] {
    [
        format!("{name}.parquet"),
        format!("{name}.places.parquet"),
        format!("{name}.marks.parquet"),
    ]
}

#[cfg(test)]
mod tests;
