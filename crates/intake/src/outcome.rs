use {
    crate::error::Error,
    longplay_model::{Digest, Finding, FindingCode, Receipt, TrackId},
};

/// What became of one file, before it is compared with the files around it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Of the file as received, where it could be read.
    pub(crate) source: Option<Digest>,
    /// In the order in which they were made.
    pub(crate) findings: Vec<Finding>,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    /// Its blobs are in staging.
    Taken(Box<Receipt>),
    /// It was taken in before; the receipt as it should be now.
    Held(Box<Receipt>),
    /// It is left where it is.
    Left(Why),
    /// It is damaged, or is no audio; the findings say more.
    Failed,
    /// Nothing can go on.
    Stopped(Error),
}

/// Why a sound file is left where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    NotInCatalog,
    NotInPlan(TrackId),
    NotChosen(TrackId, longplay_model::Reason),
    Duplicate(TrackId),
}

impl Outcome {
    pub(crate) const fn new(source: Option<Digest>, what: What) -> Self {
        Self {
            source,
            findings: Vec::new(),
            what,
        }
    }

    pub(crate) fn failed(source: Option<Digest>, finding: Finding) -> Self {
        Self {
            source,
            findings: vec![finding],
            what: What::Failed,
        }
    }
}

impl Why {
    pub(crate) const fn code(self) -> FindingCode {
        match self {
            Self::NotInCatalog => FindingCode::I009,
            Self::NotInPlan(_) | Self::NotChosen(..) => FindingCode::I011,
            Self::Duplicate(_) => FindingCode::I014,
        }
    }

    pub(crate) const fn track(self) -> Option<TrackId> {
        match self {
            Self::NotInCatalog => None,
            Self::NotInPlan(track) | Self::NotChosen(track, _) | Self::Duplicate(track) => {
                Some(track)
            }
        }
    }

    /// As it stands in the journal and in the finding.
    pub(crate) fn reason(self) -> String {
        match self {
            Self::NotInCatalog => "no row of the catalog matches it".into(),
            Self::NotInPlan(track) => format!("the plan knows nothing of track {track}"),
            Self::NotChosen(track, reason) => format!("track {track}: {reason}"),
            Self::Duplicate(track) => format!("its recording is held as track {track}"),
        }
    }
}
