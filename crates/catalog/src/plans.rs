//! A plan on disk: what to keep of a snapshot, row by row.
//!
//! ```text
//!   plans/<plan>.parquet              every candidate, in the order of the plan
//!   plans/<plan>.identifiers.parquet  the way in by track and recording
//!   plans/<plan>.json                 what it was made from, and its totals
//! ```
//!
//! `<plan>.json` is written last: without it there is no plan.

use {
    crate::{
        durable::{self, PARTIAL},
        error::Error,
        identifier_writer::Identifiers,
        identifiers::{Kind, Lookup, id_key},
        table::{Id, Layout, Table, TableFile, TableWriter, table},
    },
    longplay_model::{Form, PlanRow, Reason, RecordingId, Timestamp, TrackId},
    parquet::basic::Encoding::{DELTA_BINARY_PACKED, PLAIN},
    serde::{Deserialize, Serialize},
    std::path::{Path, PathBuf},
};

const VERSION: u32 = 1;

/// Memory for the sort of the plan's identifiers.
const SORT_MEMORY: u64 = 64 << 20;

/// What a plan was made from, and what came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanMeta {
    /// Id of the catalog snapshot.
    pub catalog: String,
    /// Text of the policy, whole.
    pub policy: String,
    /// Bytes that the plan may fill, recovery included, and its geometry.
    pub budget: serde_json::Value,
    pub clock: Timestamp,
    pub seed: u64,
    pub totals: serde_json::Value,
    /// Bytes and the share of listens that they cover, both never decreasing.
    pub curve: Vec<(u64, f64)>,
}

/// `<plan>.json`.
#[derive(Serialize, Deserialize)]
struct PlanFile {
    longplay: String,
    version: u32,
    plan: String,
    #[serde(flatten)]
    meta: PlanMeta,
    tables: Vec<TableFile>,
}

table! {
    /// A row of the plan; its number is its place in the order.
    PlanLine {
        track_id: Id,
        recording_id: Id,
        rank: u64,
        order: u64,
        form: Option<String>,
        reason: String,
        bytes: u64,
        bytes_so_far: u64,
        listens: f64,
        score: f64,
    }
}

const LAYOUT: Layout = Layout {
    page_limits: &[],
    page_rows: 4096,
    group_rows: 1 << 17,
    encodings: &[
        ("track_id", PLAIN),
        ("recording_id", PLAIN),
        ("rank", DELTA_BINARY_PACKED),
        ("order", DELTA_BINARY_PACKED),
        ("bytes", DELTA_BINARY_PACKED),
        ("bytes_so_far", DELTA_BINARY_PACKED),
    ],
};

/// Writes a plan row by row, as the planner gives them.
pub struct PlanWriter {
    dir: PathBuf,
    partial: PathBuf,
    name: String,
    rows: TableWriter<PlanLine>,
    identifiers: Identifiers,
}

impl PlanWriter {
    /// Begins the plan `name` in the folder `dir`.
    ///
    /// # Errors
    /// [`Error::PlanExists`] when it is there, whole.
    pub fn create(dir: &Path, name: &str) -> Result<Self, Error> {
        let whole = dir.join(format!("{name}.json"));
        let partial = dir.join(format!("{PARTIAL}{name}"));
        durable::remove_dir(&partial)?;
        if whole.exists() {
            return Err(Error::PlanExists { path: whole });
        }
        durable::fresh_dir(&partial)?;
        Ok(Self {
            rows: TableWriter::create(&partial.join("rows.parquet"), &LAYOUT)?,
            identifiers: Identifiers::new(&partial, SORT_MEMORY, 0, &[]),
            dir: dir.into(),
            partial,
            name: name.into(),
        })
    }

    /// Writes the next row in the order of the plan.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn push(&mut self, row: &PlanRow) -> Result<(), Error> {
        let number = self.rows.rows() as u32;
        let mut ids = self.identifiers.lane();
        ids.push(Kind::Track, id_key(row.track.as_bytes()), number)?;
        ids.push(Kind::Recording, id_key(row.recording.as_bytes()), number)?;
        drop(ids);
        self.rows.push(line_of(row))
    }

    /// Makes the plan whole.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn finish(self, meta: PlanMeta) -> Result<(), Error> {
        let Self {
            dir,
            partial,
            name,
            rows,
            identifiers,
        } = self;
        let ids = partial.join("identifiers.parquet");
        let mut tables = vec![rows.finish()?, identifiers.finish(&ids)?];
        let names = file_names(&name);
        for (table, file) in tables.iter_mut().zip(&names) {
            durable::rename(&partial.join(&table.name), &dir.join(file))?;
            table.name.clone_from(file);
        }
        let file = PlanFile {
            longplay: "plan".into(),
            version: VERSION,
            plan: name.clone(),
            meta,
            tables,
        };
        let mut text = serde_json::to_vec_pretty(&file).expect("all keys are strings");
        text.push(b'\n');
        durable::replace(&dir.join(format!("{name}.json")), &text)?;
        durable::remove_dir(&partial)
    }
}

/// Rows and identifiers.
fn file_names(plan: &str) -> [String; 2] {
    [
        format!("{plan}.parquet"),
        format!("{plan}.identifiers.parquet"),
    ]
}

/// Writes the plan `name` to the folder `dir`; `meta` is asked for when the
/// rows are through.
///
/// # Errors
/// [`Error::PlanExists`], or when the disk is full.
pub fn write_plan(
    dir: &Path,
    name: &str,
    rows: impl Iterator<Item = PlanRow>,
    meta: impl FnOnce() -> PlanMeta,
) -> Result<(), Error> {
    let mut writer = PlanWriter::create(dir, name)?;
    for row in rows {
        writer.push(&row)?;
    }
    writer.finish(meta())
}

/// An open plan.
#[derive(Debug)]
pub struct PlanTable {
    name: String,
    meta: PlanMeta,
    rows: Table,
    identifiers: Lookup,
}

impl PlanTable {
    /// Opens the plan `name` in the folder `dir`.
    ///
    /// # Errors
    /// [`Error::NoPlan`], or when it cannot be read.
    pub fn open(dir: &Path, name: &str) -> Result<Self, Error> {
        let path = dir.join(format!("{name}.json"));
        if !path.exists() {
            return Err(Error::NoPlan { path });
        }
        let bytes = std::fs::read(&path).map_err(Error::read(&path))?;
        let file: PlanFile = serde_json::from_slice(&bytes).map_err(|source| Error::ReadJson {
            path: path.clone(),
            source,
        })?;
        if file.version > VERSION {
            return Err(Error::NewerFormat {
                path,
                found: file.version,
                known: VERSION,
            });
        }
        let [rows, identifiers] = file_names(name);
        Ok(Self {
            name: name.into(),
            meta: file.meta,
            rows: Table::open(&dir.join(rows))?,
            identifiers: Lookup::open(&dir.join(identifiers))?,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn meta(&self) -> &PlanMeta {
        &self.meta
    }

    /// Candidates, kept or not.
    pub fn len(&self) -> u64 {
        self.rows.rows()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every row in the order of the plan, read as they are asked for.
    ///
    /// # Errors
    /// When the table cannot be read; then also as the last item.
    pub fn rows(&self) -> Result<impl Iterator<Item = Result<PlanRow, Error>> + use<>, Error> {
        let path = self.rows.path().to_owned();
        let lines = self.rows.lines::<PlanLine>()?;
        Ok(lines.map(move |line| line.and_then(|line| row_of(line, &path))))
    }

    /// The row of a track.
    pub fn row_of(&self, track: &TrackId) -> Result<Option<PlanRow>, Error> {
        for number in self.identifiers.rows(Kind::Track, id_key(track.as_bytes()))? {
            let row = self.row_at(number)?;
            if row.track == *track {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// The row of a recording that is kept, otherwise its first in the plan.
    pub fn row_of_recording(&self, recording: &RecordingId) -> Result<Option<PlanRow>, Error> {
        let key = id_key(recording.as_bytes());
        let mut first = None;
        for number in self.identifiers.rows(Kind::Recording, key)? {
            let row = self.row_at(number)?;
            if row.recording != *recording {
                continue;
            }
            if row.form.is_some() {
                return Ok(Some(row));
            }
            first.get_or_insert(row);
        }
        Ok(first)
    }

    /// Bytes and the share of listens that they cover, both never decreasing.
    pub fn curve(&self) -> &[(u64, f64)] {
        &self.meta.curve
    }

    fn row_at(&self, number: u64) -> Result<PlanRow, Error> {
        let line = self.rows.line_at(number)?;
        let line = line.ok_or_else(|| Error::TableShape {
            path: self.rows.path().into(),
            what: "all rows that other tables point at",
        })?;
        row_of(line, self.rows.path())
    }
}

fn line_of(row: &PlanRow) -> PlanLine {
    PlanLine {
        track_id: Id(*row.track.as_bytes()),
        recording_id: Id(*row.recording.as_bytes()),
        rank: row.rank,
        order: row.order,
        form: row.form.map(|form| form.name().into()),
        reason: row.reason.name().into(),
        bytes: row.bytes,
        bytes_so_far: row.bytes_so_far,
        listens: row.listens,
        score: row.score,
    }
}

fn row_of(line: PlanLine, path: &Path) -> Result<PlanRow, Error> {
    let shape = |what| Error::TableShape {
        path: path.into(),
        what,
    };
    let form = line.form.map(|form| form.parse::<Form>()).transpose();
    let reason = Reason::ALL
        .into_iter()
        .find(|reason| reason.name() == line.reason);
    Ok(PlanRow {
        track: TrackId::from_bytes(line.track_id.0),
        recording: RecordingId::from_bytes(line.recording_id.0),
        rank: line.rank,
        order: line.order,
        form: form.map_err(|_| shape("forms that are known"))?,
        reason: reason.ok_or_else(|| shape("reasons that are known"))?,
        bytes: line.bytes,
        bytes_so_far: line.bytes_so_far,
        listens: line.listens,
        score: line.score,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(order: u64) -> PlanRow {
        let is_kept = !order.is_multiple_of(3);
        PlanRow {
            track: TrackId::of_source("s", &order.to_string()),
            recording: RecordingId::of_track(&TrackId::of_source("s", &(order / 2).to_string())),
            rank: order * 7 % 1_000,
            order,
            form: is_kept.then_some(Form::Access),
            reason: Reason::ALL[order as usize % Reason::ALL.len()],
            bytes: order * 1_000,
            bytes_so_far: order * order,
            listens: order as f64 * 0.1,
            score: 1.0 / (order + 1) as f64,
        }
    }

    fn meta() -> PlanMeta {
        PlanMeta {
            catalog: "0123456789abcdef".into(),
            policy: "cut = 0.351\n".into(),
            budget: serde_json::json!({ "bytes": 50_000_000_000u64 }),
            clock: Timestamp::from_unix_seconds(0),
            seed: 7,
            totals: serde_json::json!({ "kept": 3 }),
            curve: vec![(0, 0.0), (10, 1.0)],
        }
    }

    #[test]
    fn a_plan_comes_back_whole_and_by_id() {
        let dir = tempfile::tempdir().unwrap();
        write_plan(dir.path(), "p", (0..1_000).map(row), meta).unwrap();
        let plan = PlanTable::open(dir.path(), "p").unwrap();
        assert_eq!((plan.len(), plan.meta()), (1_000, &meta()));
        let rows: Vec<PlanRow> = plan.rows().unwrap().map(Result::unwrap).collect();
        assert_eq!(rows, (0..1_000).map(row).collect::<Vec<_>>());
        for order in [0, 1, 499, 998, 999] {
            assert_eq!(plan.row_of(&row(order).track).unwrap(), Some(row(order)));
        }
        // Order 0 is not kept, order 1 of the same recording is.
        assert_eq!(
            plan.row_of_recording(&row(0).recording).unwrap(),
            Some(row(1))
        );
        assert_eq!(
            plan.row_of(&TrackId::of_source("other", "1")).unwrap(),
            None
        );
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_plan_that_was_cut_off_is_none_and_can_be_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = PlanWriter::create(dir.path(), "p").unwrap();
        writer.push(&row(1)).unwrap();
        drop(writer);
        assert!(matches!(
            PlanTable::open(dir.path(), "p"),
            Err(Error::NoPlan { .. })
        ));
        write_plan(dir.path(), "p", std::iter::empty(), meta).unwrap();
        assert!(PlanTable::open(dir.path(), "p").unwrap().is_empty());
        let again = PlanWriter::create(dir.path(), "p").map(drop);
        assert!(matches!(again, Err(Error::PlanExists { .. })));
    }
}
