use {
    crate::{Access, Codec, Form, RecordingId, TrackId},
    serde::{Deserialize, Serialize},
    std::{fmt, ops::Range},
};

/// A catalog row as the plan sees it. Candidates come in rank order.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub track: TrackId,
    pub recording: RecordingId,
    /// 0 is the most popular row of the catalog.
    pub rank: u64,
    /// 0 to 100; 0 also when no source tells.
    pub popularity: f32,
    /// Whether any source tells how popular the recording, its artists or its
    /// release are.
    pub is_rated: bool,
    /// Listens that this row stands for: as counted by a source, otherwise
    /// estimated by the catalog from popularity.
    pub listens: f64,
    pub duration_ms: Option<u32>,
    /// 0 to 100: the highest of the credited artists.
    pub artist_popularity: f32,
    /// 0 to 100.
    pub release_popularity: f32,
    /// The highest of the credited artists.
    pub followers: u64,
    /// Whether the row has an ISRC of its recording at all.
    pub has_isrc: bool,
    /// The file of a collection that this row came from.
    pub file: Option<CandidateFile>,
    pub access: Access,
}

/// What is known of a candidate's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateFile {
    pub codec: Codec,
    pub bytes: u64,
}

/// Candidates of consecutive rows as columns: what a plan of hundreds of
/// millions of rows is made from.
///
/// All filled columns are equally long; one that was not asked for may be empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CandidateBatch {
    /// Row of the catalog, counted from 0, of the first value of each column.
    pub first_row: u32,
    /// A row of the recording, the same for all its rows: its representative.
    pub recording: Vec<u32>,
    /// 0 to 100; not a number where no source tells.
    pub popularity: Vec<f32>,
    /// As [`Candidate::is_rated`]; only asked for rows of `files`, and may be
    /// empty where there are none.
    pub is_rated: Vec<bool>,
    /// As [`Candidate::listens`].
    pub listens: Vec<f64>,
    /// 0 where it is not known.
    pub duration_ms: Vec<u32>,
    /// As [`Candidate::artist_popularity`]; not a number where no source tells.
    pub artist_popularity: Vec<f32>,
    /// 0 to 100; not a number where no source tells.
    pub release_popularity: Vec<f32>,
    /// As [`Candidate::followers`].
    pub followers: Vec<u64>,
    /// Rows that came from a file of a collection, ascending: few.
    pub files: Vec<(u32, CandidateFile)>,
}

/// The columns that one reading of all candidates has to fill. More may be
/// filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandidateColumns {
    /// What puts rows in order: `recording`, `popularity`, `is_rated`,
    /// `artist_popularity`, `release_popularity`, `followers`, `files`.
    Order,
    /// What a copy takes: `recording`, `duration_ms`, `files`.
    Lengths,
    /// What a copy takes and serves: the same and `listens`.
    Size,
    /// `recording` and `listens`.
    Listens,
}

/// All candidates in rank order, most popular first, then most listens. They
/// are read several times, and always say the same.
pub trait Candidates {
    /// Why they could not be read.
    type Error;

    /// How many there are.
    fn rows(&self) -> u32;

    /// Hands over all rows in order, batch by batch.
    ///
    /// # Errors
    /// When they cannot be read, or the reading was interrupted.
    fn each(
        &self,
        columns: CandidateColumns,
        visit: &mut dyn FnMut(&CandidateBatch),
    ) -> Result<(), Self::Error>;
}

/// What a plan says of consecutive places in its order, as columns of equal
/// length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanBatch {
    /// Row of the catalog.
    pub rows: Vec<u32>,
    /// The form to keep, or none.
    pub forms: Vec<Option<Form>>,
    pub reasons: Vec<Reason>,
    /// Bytes in packs, recovery included, that keeping the row takes or, over
    /// the budget, would take; 0 where no budget keeps it, and for copies.
    pub bytes: Vec<u64>,
}

/// A place in the order of a plan, and what all before it come to.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct PlanMark {
    /// Places before this one are counted.
    pub order: u32,
    /// Sum of [`PlanBatch::bytes`].
    pub bytes: u64,
    /// Listens of the recordings of which those rows are the copies.
    pub listens: f64,
}

/// A whole plan, to be written: it is asked from several threads.
pub trait PlanColumns: Sync {
    /// How many rows the plan has: as many as the catalog.
    fn rows(&self) -> u32;

    /// Says what is at these places.
    fn fill(&self, places: Range<u32>, batch: &mut PlanBatch);

    /// The place of each row of the catalog.
    fn places(&self) -> Vec<u32>;

    /// Marks in the order of the plan, at equal steps, the first at place 0.
    fn marks(&self) -> Vec<PlanMark>;
}

/// What the plan says of one candidate. Rows are in the order of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanRow {
    pub track: TrackId,
    pub recording: RecordingId,
    /// Place in the catalog.
    pub rank: u64,
    /// Place in the plan, counted from 0: packs follow it.
    pub order: u64,
    /// The form to keep, or none.
    pub form: Option<Form>,
    pub reason: Reason,
    /// Bytes that keeping this row costs in packs, recovery included;
    /// 0 when no form is chosen.
    pub bytes: u64,
    /// The budget that keeps all wanted rows up to and with this one: also
    /// for rows over the budget, where it says what would have kept them.
    pub bytes_so_far: u64,
    pub listens: f64,
    /// The number that the policy ordered this row by.
    pub score: f64,
}

/// Why a row was kept or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Popular enough to be kept as received, and within the budget.
    Popular,
    /// Below the popularity of the policy, scored high enough for its second
    /// level, and within the budget.
    Tail,
    /// A file of a collection of which no source tells how popular it is,
    /// within the budget.
    Unrated,
    /// Kept by an optimal policy for the listens that its bytes serve.
    Worth,
    /// Another row of the same recording is kept.
    DuplicateRecording,
    /// The score is below the cut of the policy.
    BelowCut,
    /// The budget was used up before this row.
    OverBudget,
    /// An optimal policy gives nothing for it: nobody listens to it.
    NoListens,
}

impl Reason {
    pub const ALL: [Self; 8] = [
        Self::Popular,
        Self::Tail,
        Self::Unrated,
        Self::Worth,
        Self::DuplicateRecording,
        Self::BelowCut,
        Self::OverBudget,
        Self::NoListens,
    ];

    /// Whether a row of this reason is kept.
    pub const fn is_kept(self) -> bool {
        matches!(
            self,
            Self::Popular | Self::Tail | Self::Unrated | Self::Worth
        )
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Popular => "popular",
            Self::Tail => "tail",
            Self::Unrated => "unrated",
            Self::Worth => "worth",
            Self::DuplicateRecording => "duplicate-recording",
            Self::BelowCut => "below-cut",
            Self::OverBudget => "over-budget",
            Self::NoListens => "no-listens",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}
