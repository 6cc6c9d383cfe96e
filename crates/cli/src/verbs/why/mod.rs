//! Why are tracks one recording? `lookup --why`.

mod object;
mod others;
mod text;

use {
    self::{object::merge_object, text::merge_text},
    crate::session::Session,
    anyhow::Result,
    longplay_catalog::{Snapshot, TrackDetails},
    std::{collections::BTreeSet, path::Path},
};

/// Explains the recording of every track, each recording once.
pub fn tell(
    session: &Session,
    snapshot: &Snapshot,
    sources: &Path,
    tracks: &[TrackDetails],
) -> Result<()> {
    let mut told = BTreeSet::new();
    for track in tracks {
        if !told.insert(track.recording) {
            continue;
        }
        let merge = snapshot.merge(track.rank, sources)?;
        let text = match session.is_json {
            true => format!("{}\n", merge_object(snapshot, &merge)?),
            false => merge_text(snapshot, &merge, session.env.width)?,
        };
        session.env.stdout.print(text);
    }
    Ok(())
}
