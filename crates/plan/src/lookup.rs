use longplay_model::{PlanRow, RecordingId, TrackId};

/// Finds what the plan says of a file that was identified; the keeper of the
/// plan's table implements it, intake asks.
pub trait PlanLookup: Sync {
    /// The row of this track or, when it was not a candidate itself, of
    /// another track of the same recording.
    fn row(&self, track: &TrackId, recording: &RecordingId) -> Option<PlanRow>;
}
