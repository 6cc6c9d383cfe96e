//! What exists, and how much is it listened to?
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod assemble;
mod durable;
mod error;
mod folder;
mod identifiers;
mod import;
mod kept;
mod options;
mod plans;
mod popularity;
mod recordings;
mod row;
mod seekable;
mod snapshot;
mod snapshot_meta;
mod sort;
mod sources;
mod spill;
mod table;
mod tables;
mod text;

pub mod synthetic;

pub use {
    error::Error,
    import::{import_audio, import_records, plan_import},
    options::{Dirs, ImportKind, ImportOptions, ImportPlan, ImportSummary},
    plans::{PlanMeta, PlanTable, PlanWriter, write_plan},
    row::CollectionFile,
    snapshot::{
        ArtworkDetails, ReleaseDetails, RightsDetails, Snapshot, SnapshotMatcher, SourceInfo,
        TrackDetails,
    },
    snapshot_meta::Counts,
    table::TableFile,
};
