use {
    super::make::newest_plan,
    anyhow::Result,
    longplay_catalog::{PlanTable, Snapshot},
    longplay_model::{PlanRow, RecordingId, TrackId},
    longplay_plan::PlanLookup,
    longplay_store::Home,
};

/// The newest plan, asked by track and recording: its catalog says at which
/// rows these are.
pub struct PlannedTracks {
    table: PlanTable,
    snapshot: Snapshot,
}

impl PlannedTracks {
    /// Opens the plan that was made last, and its catalog.
    pub fn open(home: &Home) -> Result<Self> {
        let table = newest_plan(home)?;
        let snapshot = Snapshot::open(&home.catalog_dir()?.join(&table.meta().catalog))?;
        Ok(Self { table, snapshot })
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The row of the recording that is kept, otherwise its first in the plan;
    /// the row of the track where the catalog knows no such recording.
    pub fn find(&self, track: &TrackId, recording: &RecordingId) -> Result<Option<PlanRow>> {
        let mut rows = self.snapshot.rows_of_recording(recording)?;
        if rows.is_empty() {
            rows.extend(self.snapshot.row_of(track)?);
        }
        let planned = rows.into_iter().map(|row| self.table.at(row));
        let planned = planned.collect::<Result<Vec<_>, _>>()?;
        let first = planned
            .into_iter()
            .flatten()
            .min_by_key(|it| (it.form.is_none(), it.order));
        let Some(first) = first else {
            return Ok(None);
        };
        // Nobody who asks by track looks at the score.
        let found = self.snapshot.candidate_at(first.row)?;
        Ok(found.map(|it| first.of_track(it.track, it.recording, it.listens, 0.0)))
    }
}

impl PlanLookup for PlannedTracks {
    fn row(&self, track: &TrackId, recording: &RecordingId) -> Option<PlanRow> {
        self.find(track, recording).unwrap_or_else(|error| {
            tracing::error!(%error, "the plan cannot be read");
            None
        })
    }
}
