use {
    crate::{Access, Codec, Form, RecordingId, TrackId},
    serde::{Deserialize, Serialize},
    std::fmt,
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
    /// Another row of the same recording is kept.
    DuplicateRecording,
    /// The score is below the cut of the policy.
    BelowCut,
    /// The budget was used up before this row.
    OverBudget,
}

impl Reason {
    pub const ALL: [Self; 6] = [
        Self::Popular,
        Self::Tail,
        Self::Unrated,
        Self::DuplicateRecording,
        Self::BelowCut,
        Self::OverBudget,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Popular => "popular",
            Self::Tail => "tail",
            Self::Unrated => "unrated",
            Self::DuplicateRecording => "duplicate-recording",
            Self::BelowCut => "below-cut",
            Self::OverBudget => "over-budget",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}
