use {
    super::{
        BYTES, FORM, LISTENS, ORDER, PlanFile, PlanMeta, Planned, REASON, ROW, VERSION,
        columns::Columns, file_names,
    },
    crate::error::Error,
    arrow_array::{
        Array, RecordBatch, StringArray,
        cast::AsArray,
        types::{Float64Type, UInt32Type, UInt64Type},
    },
    longplay_model::{Form, PlanMark, Reason},
    std::{
        fs,
        path::{Path, PathBuf},
    },
};

const OF_ROW: [&str; 4] = [ROW, FORM, REASON, BYTES];

/// An open plan.
#[derive(Debug)]
pub struct PlanTable {
    name: String,
    meta: PlanMeta,
    rows: Columns,
    places: Columns,
    marks: Vec<PlanMark>,
}

impl PlanTable {
    /// Opens the plan `name` of the folder `dir`.
    ///
    /// # Errors
    /// [`Error::NoPlan`] when it is not there or was never made whole.
    pub fn open(dir: &Path, name: &str) -> Result<Self, Error> {
        let path = dir.join(format!("{name}.json"));
        let file = read_file(&path)?;
        let [rows, places, marks] = file_names(name);
        Ok(Self {
            name: name.into(),
            meta: file.meta,
            rows: Columns::open(&dir.join(rows))?,
            places: Columns::open(&dir.join(places))?,
            marks: read_marks(&Columns::open(&dir.join(marks))?)?,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn meta(&self) -> &PlanMeta {
        &self.meta
    }

    /// Rows of the catalog, kept or not.
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
    pub fn rows(&self) -> Result<impl Iterator<Item = Result<Planned, Error>> + use<>, Error> {
        let path = self.rows.path().to_owned();
        let mut last = (0u32, 0u64);
        let batches = self.rows.all(&OF_ROW)?;
        Ok(batches.flat_map(move |batch| {
            let batch = batch.map_err(Error::read_table(&path));
            let rows = batch.and_then(|batch| read_rows(&batch, last, &path));
            match rows {
                Ok(rows) => {
                    last = rows
                        .last()
                        .map_or(last, |it| (it.order + 1, it.bytes_so_far));
                    rows.into_iter().map(Ok).collect()
                }
                Err(error) => vec![Err(error)],
            }
        }))
    }

    /// What is said of a row of the catalog; a page or two of each table are
    /// read.
    ///
    /// # Errors
    /// When the tables cannot be read.
    pub fn at(&self, row: u32) -> Result<Option<Planned>, Error> {
        let row = u64::from(row);
        let batches = self.places.range(&[ORDER], row..row + 1)?;
        let Some(batch) = batches.first() else {
            return Ok(None);
        };
        let places = numbers(batch, ORDER, self.places.path())?;
        places
            .first()
            .map(|place| self.at_place(*place))
            .transpose()
    }

    fn at_place(&self, place: u32) -> Result<Planned, Error> {
        let after = self.marks.partition_point(|mark| mark.order <= place);
        let mark = after.checked_sub(1).map(|at| self.marks[at]);
        let mark = mark.unwrap_or_default();
        let mut last = (mark.order, mark.bytes);
        let mut found = None;
        let places = u64::from(mark.order)..u64::from(place) + 1;
        for batch in self.rows.range(&OF_ROW, places)? {
            found = read_rows(&batch, last, self.rows.path())?.pop().or(found);
            last = found.map_or(last, |it| (it.order + 1, it.bytes_so_far));
        }
        found.ok_or_else(|| Error::TableShape {
            path: self.rows.path().into(),
            what: "all rows that other tables point at",
        })
    }

    /// Bytes and the share of listens that they cover, both never decreasing.
    pub fn curve(&self) -> &[(u64, f64)] {
        &self.meta.curve
    }

    /// Sums over the order of the plan, from nothing to all.
    pub fn marks(&self) -> &[PlanMark] {
        &self.marks
    }
}

/// Name and file of rows of each whole plan in `dir` that was made of the
/// snapshot `catalog`, by name.
pub(crate) fn rows_of_plans(dir: &Path, catalog: &str) -> Result<Vec<(String, PathBuf)>, Error> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(Error::read(dir)(error)),
    };
    for entry in entries {
        let path = entry.map_err(Error::read(dir))?.path();
        let is_plan = path.extension().is_some_and(|it| it == "json");
        // What is no whole plan of this version has no rows to ask.
        let plan = is_plan.then(|| read_file(&path));
        if let Some(Ok(plan)) = plan
            && plan.meta.catalog == catalog
        {
            let [rows, ..] = file_names(&plan.plan);
            found.push((plan.plan, dir.join(rows)));
        }
    }
    found.sort();
    Ok(found)
}

pub(super) fn read_file(path: &Path) -> Result<PlanFile, Error> {
    let path: &PathBuf = &path.into();
    let bytes = fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::NoPlan { path: path.clone() },
        _ => Error::read(path)(error),
    })?;
    let unread = |source| Error::ReadJson {
        path: path.clone(),
        source,
    };
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(unread)?;
    let found = value["version"].as_u64().unwrap_or(0);
    match u32::try_from(found).unwrap_or(u32::MAX) {
        VERSION => serde_json::from_value(value).map_err(unread),
        found if found > VERSION => Err(Error::NewerFormat {
            path: path.clone(),
            found,
            known: VERSION,
        }),
        // Plans of version 1 named tracks, not rows; the same command makes
        // them again.
        _ => Err(Error::NoPlan { path: path.clone() }),
    }
}

fn shape(path: &Path, what: &'static str) -> Error {
    Error::TableShape {
        path: path.into(),
        what,
    }
}

fn numbers(batch: &RecordBatch, name: &'static str, path: &Path) -> Result<Vec<u32>, Error> {
    let column = batch.column_by_name(name);
    let column = column.and_then(|it| it.as_primitive_opt::<UInt32Type>());
    Ok(column.ok_or_else(|| shape(path, name))?.values().to_vec())
}

fn words<'a>(
    batch: &'a RecordBatch,
    name: &'static str,
    path: &Path,
) -> Result<&'a StringArray, Error> {
    let column = batch.column_by_name(name);
    let column = column.and_then(|it| it.as_string_opt::<i32>());
    column.ok_or_else(|| shape(path, name))
}

fn read_marks(table: &Columns) -> Result<Vec<PlanMark>, Error> {
    let path = table.path();
    let mut marks = Vec::new();
    for batch in table.all(&[ORDER, BYTES, LISTENS])? {
        let batch = batch.map_err(Error::read_table(path))?;
        let orders = numbers(&batch, ORDER, path)?;
        let bytes = bytes_of(&batch, path)?;
        let listens = batch.column_by_name(LISTENS);
        let listens = listens.and_then(|it| it.as_primitive_opt::<Float64Type>());
        let listens = listens.ok_or_else(|| shape(path, LISTENS))?;
        for (order, (bytes, listens)) in orders.into_iter().zip(bytes.iter().zip(listens.values()))
        {
            marks.push(PlanMark {
                order,
                bytes: *bytes,
                listens: *listens,
            });
        }
    }
    Ok(marks)
}

fn bytes_of(batch: &RecordBatch, path: &Path) -> Result<Vec<u64>, Error> {
    let column = batch.column_by_name(BYTES);
    let column = column.and_then(|it| it.as_primitive_opt::<UInt64Type>());
    Ok(column.ok_or_else(|| shape(path, BYTES))?.values().to_vec())
}

/// Rows from the place `first` on, before which `so_far` bytes are told.
fn read_rows(
    batch: &RecordBatch,
    (first, mut so_far): (u32, u64),
    path: &Path,
) -> Result<Vec<Planned>, Error> {
    let rows = numbers(batch, ROW, path)?;
    let bytes = bytes_of(batch, path)?;
    let forms = words(batch, FORM, path)?;
    let reasons = words(batch, REASON, path)?;
    let mut planned = Vec::with_capacity(rows.len());
    for (at, (row, bytes)) in rows.into_iter().zip(bytes).enumerate() {
        so_far = so_far.saturating_add(bytes);
        let form = (!forms.is_null(at)).then(|| forms.value(at).parse::<Form>());
        let form = form.transpose();
        planned.push(Planned {
            row,
            order: first + at as u32,
            form: form.map_err(|_| shape(path, "forms that are known"))?,
            reason: reason_of(reasons.value(at))
                .ok_or_else(|| shape(path, "reasons that are known"))?,
            bytes,
            bytes_so_far: so_far,
        });
    }
    Ok(planned)
}

fn reason_of(name: &str) -> Option<Reason> {
    Reason::ALL.into_iter().find(|reason| reason.name() == name)
}
