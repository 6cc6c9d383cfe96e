use {
    crate::{
        figures::{Metric, Target},
        row::Sourced,
    },
    longplay_model::{FindingCode, Mbid, Timestamp},
};

/// What was read from one document.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    pub(crate) tracks: Vec<Sourced>,
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) listens: Vec<Listen>,
    pub(crate) figures: Vec<Figure>,
    pub(crate) artists: Vec<ArtistFact>,
    pub(crate) withdrawn: Vec<Withdrawn>,
    /// Recordings that were merged, with those they were merged into.
    pub(crate) redirects: Vec<(Mbid, Mbid)>,
    /// Fields whose licence is not open are asked for. Stays when cleared.
    pub(crate) restricted_fields: bool,
}

/// Somebody listened to something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Listen {
    /// `None` where the source has no id of what was heard, only names.
    pub(crate) target: Option<Target>,
    /// A hash of the user's name or number, which goes into no table.
    pub(crate) user: u64,
    pub(crate) at: Timestamp,
}

/// A figure about something that other sources describe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    pub(crate) target: Target,
    pub(crate) metric: Metric,
    pub(crate) value: f64,
    pub(crate) at: Option<Timestamp>,
}

/// What a source tells of an artist apart from tracks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArtistFact {
    /// The source's id, as in the credits of its tracks.
    pub(crate) id: String,
    /// The name that the artist goes by; sleeves may print others.
    pub(crate) name: String,
}

/// A release that the source takes back, or tells anew: no track holds that
/// an earlier document told of it, be it of this source or of an earlier one
/// of the same name. Tracks of the document that withdraws come after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Withdrawn {
    /// As in `TrackRecord::release_id`.
    pub(crate) release_id: String,
}

/// Something wrong with a document.
#[derive(Debug, PartialEq)]
pub(crate) struct Trouble {
    pub(crate) code: FindingCode,
    /// The field; empty when it is the whole document.
    pub(crate) field: String,
    pub(crate) seen: String,
}

impl Harvest {
    pub(crate) fn malformed(&mut self, seen: impl Into<String>) {
        self.trouble(FindingCode::C001, "", seen);
    }

    pub(crate) fn trouble(
        &mut self,
        code: FindingCode,
        field: impl Into<String>,
        seen: impl Into<String>,
    ) {
        self.troubles.push(Trouble {
            code,
            field: field.into(),
            seen: seen.into(),
        });
    }

    /// Forgets all that a document told but for its tracks.
    pub(crate) fn clear_but_tracks(&mut self) {
        self.troubles.clear();
        self.listens.clear();
        self.figures.clear();
        self.artists.clear();
        self.withdrawn.clear();
        self.redirects.clear();
    }
}
