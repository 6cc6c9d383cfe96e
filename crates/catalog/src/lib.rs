//! What exists, and how much is it listened to?
//!
//! A source is kept exactly as it came; a snapshot is made from all sources
//! and never changes; the plan, intake and release read the snapshot.
//!
//! ```text
//!   records ┐                      ┌► candidates ─► plan
//!           ├─► kept source ─► snapshot ─► matcher ─► intake
//!   folder  ┘   (seekable zstd)    └► open tables ─► metadata tranche
//! ```
//!
//! ```
//! use longplay_catalog::{Dirs, ImportOptions, Snapshot, import_records};
//! use longplay_model::{Silent, Timestamp};
//! # let home = tempfile::tempdir()?;
//! # let dirs = Dirs { sources: home.path().join("sources"), catalog: home.path().join("catalog") };
//! let file = home.path().join("tracks.jsonl");
//! std::fs::write(&file, r#"{"id":"1","title":"Song","artists":[{"name":"Band"}]}"#)?;
//! let options = ImportOptions::new("example", Timestamp::from_unix_seconds(0));
//! let done = import_records(&dirs, &file, None, &options, &Silent)?;
//! let snapshot = Snapshot::open(&dirs.catalog.join(&done.snapshot))?;
//! assert_eq!(snapshot.track_at(0)?.title, "Song");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Formats: `docs/format/track-records.md`, `source.md`, `catalog.md`,
//! `plan.md`. What touches all tracks is sorted in runs that spill to files.
//!
//! Only `sql` knows of tasks and futures; it hands out plain rows.
//!
//! This crate changes no source, opens no connection, and decodes no audio.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod assemble;
mod diff;
mod durable;
mod error;
mod export;
mod figures;
mod folder;
#[doc(hidden)]
pub mod fuzzing;
mod identifier_writer;
mod identifiers;
mod import;
mod indexing;
mod kept;
mod options;
mod origin;
mod own_ids;
mod plans;
mod popularity;
mod recordings;
mod relay;
mod remaking;
mod row;
mod scan;
pub mod search;
mod seekable;
mod shuffle;
mod snapshot;
mod snapshot_meta;
mod sources;
mod spill;
pub mod sql;
pub mod stats;
mod succession;
pub mod synthetic;
mod table;
mod tables;
mod text;
mod varint;
mod windows;
mod writeback;

pub use {
    diff::{Change, Diff, DiffCounts, DiffOptions, Field, diff},
    error::Error,
    export::{
        ExportFilter, ExportFormat, ExportOptions, ExportSummary, TrackRows, WantedRights, export,
    },
    import::{import_audio, import_records, plan_import},
    options::{Dirs, ImportKind, ImportOptions, ImportPlan, ImportSummary, Replaced, Succession},
    plans::{PlanMeta, PlanTable, Planned, write_candidates, write_plan},
    remaking::{damaged_files, remake_snapshot},
    row::CollectionFile,
    snapshot::{
        Apart, ArtistDetails, ArtworkDetails, DocumentId, Evidence, Found, Joint, Merge, Objection,
        RawRecords, ReleaseDetails, RightsDetails, Searcher, Snapshot, SnapshotCandidates,
        SnapshotMatcher, SourceInfo, TrackDetails, sources_of,
    },
    snapshot_meta::Counts,
    sources::{Mapping, MappingError},
    table::TableFile,
    text::allowed_difference,
};
