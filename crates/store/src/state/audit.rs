//! What only rebuilding and reconciling ask of the state.

use {
    crate::{error::Error, fold::unsigned, state::State},
    longplay_model::{Digest, TrackId},
};

/// A blob that staging must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NeededBlob {
    pub(crate) blob: Digest,
    pub(crate) bytes: u64,
    /// Path in its collection of a file that it was made from.
    pub(crate) from: String,
}

impl State {
    /// Plans in the order in which they were written.
    pub(crate) fn plans(&self) -> Result<Vec<String>, Error> {
        self.rows(
            "SELECT subject FROM events WHERE kind = 'plan' ORDER BY seq",
            [],
            |row| row.get(0),
        )
    }

    /// The blobs, covers included, that staging must hold, with the bytes of each
    /// and a file that it was made from.
    pub(crate) fn needed_files(&self) -> Result<Vec<NeededBlob>, Error> {
        self.rows(
            "SELECT blob, bytes, min(json_extract(json, '$.source_path')) FROM ( \
             SELECT blob, bytes, json FROM receipts WHERE current AND NOT emptied UNION ALL \
             SELECT cover, cover_bytes, json FROM receipts \
             WHERE current AND cover IS NOT NULL AND NOT cover_emptied) GROUP BY blob",
            [],
            |row| {
                Ok(NeededBlob {
                    blob: Digest::from_bytes(row.get(0)?),
                    bytes: unsigned(row.get(1)?),
                    from: row.get(2)?,
                })
            },
        )
    }

    pub(crate) fn has_receipt(&self, track: &TrackId) -> Result<bool, Error> {
        let count = self.number(
            "SELECT count(*) FROM receipts WHERE track = ? AND current",
            [track.as_bytes()],
        )?;
        Ok(count > 0)
    }

    /// Tracks whose blobs have left staging, in order of (place in the plan,
    /// track id), with the bytes of each blob.
    pub(crate) fn sealed_tracks(&self) -> Result<Vec<(TrackId, u64)>, Error> {
        self.rows(
            "SELECT track, bytes FROM receipts WHERE current AND emptied \
             ORDER BY plan_order, track",
            [],
            |row| Ok((TrackId::from_bytes(row.get(0)?), unsigned(row.get(1)?))),
        )
    }
}
