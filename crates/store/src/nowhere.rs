//! Tracks that were sealed and that no tranche here holds any more.

use {
    crate::{
        disk::Location,
        error::Error,
        indexes::{Asked, for_each_record},
        state::State,
    },
    longplay_model::{Finding, FindingCode, MemberKind, TrackId},
    serde::Serialize,
    std::{collections::HashSet, fmt},
};

/// Tracks named in one finding; what is done with it names all.
const MOST_NAMED: usize = 20;

/// A track that the journal knows as sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LostTrack {
    pub track: TrackId,
    pub title: String,
    pub artist: String,
    /// Of the blob that was sealed.
    pub bytes: u64,
}

impl fmt::Display for LostTrack {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self {
            track,
            title,
            artist,
            ..
        } = self;
        write!(f, "{title:?} by {artist} (track {track})")
    }
}

/// The sealed tracks that the indexes of none of these bags name, in the order
/// of the plan.
pub(crate) fn tracks_nowhere<'a>(
    state: &State,
    bags: impl Iterator<Item = (&'a Location, Asked)>,
) -> Result<Vec<LostTrack>, Error> {
    let mut held = HashSet::new();
    for (bag, asked) in bags {
        for_each_record(bag, asked, &mut |record| {
            if record.kind == MemberKind::Audio {
                held.extend(record.tracks);
            }
            Ok(())
        })?;
    }
    let mut lost = Vec::new();
    for (track, bytes) in state.sealed_tracks()? {
        if !held.contains(&track)
            && let Some(receipt) = state.receipt_of_track(&track)?
        {
            lost.push(LostTrack {
                track,
                title: receipt.title,
                artist: receipt.artist,
                bytes,
            });
        }
    }
    Ok(lost)
}

/// S026, when there are any.
pub(crate) fn finding(lost: &[LostTrack]) -> Option<Finding> {
    let named: Vec<_> = lost
        .iter()
        .take(MOST_NAMED)
        .map(LostTrack::to_string)
        .collect();
    let more = match lost.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let bytes = lost.iter().map(|track| track.bytes).sum();
    let seen = format!(
        "{} tracks, {}: {}{more}",
        lost.len(),
        longplay_model::ByteSize(bytes),
        named.join(", ")
    );
    (!lost.is_empty()).then(|| Finding::new(FindingCode::S026, "tranches", seen))
}
