//! The rows of an answer, which come while they are computed.

use {
    super::{cells, column::SqlColumn, error::SqlError},
    crate::{error::Error, export::TrackRows},
    arrow_array::{RecordBatch, cast::AsArray, types::Int64Type},
    arrow_schema::{DataType, FieldRef, Schema, SchemaRef},
    datafusion::{
        arrow::{
            compute::{CastOptions, cast_with_options},
            json::{WriterBuilder, writer::LineDelimited},
            util::display::FormatOptions,
        },
        common::DataFusionError,
        execution::SendableRecordBatchStream,
    },
    futures::StreamExt,
    longplay_model::{ByteSize, Monitor},
    std::{collections::HashSet, io::Write, sync::Arc, time::Duration},
    tokio::{runtime::Runtime, sync::mpsc, task::JoinHandle, time::timeout},
};

/// The answer to one query.
#[derive(Debug)]
pub struct Answer<'a> {
    runtime: &'a Runtime,
    schema: SchemaRef,
    batches: mpsc::Receiver<Result<RecordBatch, DataFusionError>>,
    task: JoinHandle<()>,
    memory: ByteSize,
}

/// The first rows of an answer, as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SqlRows {
    /// Row by row; nothing where a value is null.
    pub cells: Vec<Vec<Option<String>>>,
    /// Whether there are more.
    pub has_more: bool,
}

/// Batches that may be computed before they are asked for.
const AHEAD: usize = 2;

/// What does not fit is an error.
const EXACT: CastOptions<'static> = CastOptions {
    safe: false,
    format_options: FormatOptions::new(),
};

/// How long an interruption may go unseen.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

impl<'a> Answer<'a> {
    pub(super) fn new(
        runtime: &'a Runtime,
        mut computed: SendableRecordBatchStream,
        memory: ByteSize,
    ) -> Self {
        let schema = with_names_apart(&computed.schema());
        let (give, batches) = mpsc::channel(AHEAD);
        let task = runtime.spawn(async move {
            while let Some(batch) = computed.next().await {
                if give.send(batch).await.is_err() {
                    break;
                }
            }
        });
        Self {
            runtime,
            schema,
            batches,
            task,
            memory,
        }
    }

    pub fn columns(&self) -> Vec<SqlColumn> {
        self.schema
            .fields()
            .iter()
            .map(|it| SqlColumn::of(it))
            .collect()
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next rows; nothing at the end.
    pub(super) fn next(&mut self, monitor: &dyn Monitor) -> Result<Option<RecordBatch>, Error> {
        loop {
            if monitor.is_interrupted() {
                self.task.abort();
                return Err(Error::Interrupted);
            }
            let next = async { timeout(BETWEEN_LOOKS, self.batches.recv()).await };
            match self.runtime.block_on(next) {
                Err(_) => {}
                Ok(None) => return self.end(),
                Ok(Some(batch)) => {
                    let batch = batch.map_err(|error| SqlError::of(error, self.memory))?;
                    let named =
                        RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec());
                    let named = named.map_err(|error| SqlError::of(error.into(), self.memory))?;
                    return Ok(Some(named));
                }
            }
        }
    }

    /// All rows were given, unless the task that gave them was cut short.
    fn end(&mut self) -> Result<Option<RecordBatch>, Error> {
        match self.runtime.block_on(&mut self.task) {
            Ok(()) => Ok(None),
            Err(_) => Err(SqlError::Fault.into()),
        }
    }

    /// The first rows; the others are not computed.
    ///
    /// # Errors
    /// When a table cannot be read or memory does not suffice, or when the
    /// user stops.
    pub fn head(mut self, rows: usize, monitor: &dyn Monitor) -> Result<SqlRows, Error> {
        let mut head = SqlRows::default();
        while let Some(batch) = self.next(monitor)? {
            let wanted = rows - head.cells.len();
            head.has_more = batch.num_rows() > wanted;
            let shown = batch.slice(0, wanted.min(batch.num_rows()));
            head.cells
                .extend(cells::rows(&shown).map_err(|it| SqlError::of(it, self.memory))?);
            if head.has_more {
                break;
            }
        }
        Ok(head)
    }

    /// The tracks whose rows the column `row` names; nulls name none, and a row
    /// may come several times.
    ///
    /// # Errors
    /// When there is no such column of whole numbers, when one of them is no
    /// row, and as [`Self::head`].
    pub fn track_rows(mut self, tracks: u64, monitor: &dyn Monitor) -> Result<TrackRows, Error> {
        let column = self.row_column()?;
        let mut rows = TrackRows::none_of(tracks);
        while let Some(batch) = self.next(monitor)? {
            let numbers = cast_with_options(batch.column(column), &DataType::Int64, &EXACT);
            let numbers = numbers.map_err(|error| SqlError::of(error.into(), self.memory))?;
            for row in numbers.as_primitive::<Int64Type>().iter().flatten() {
                let is_there = u64::try_from(row).is_ok_and(|row| rows.add(row));
                if !is_there {
                    return Err(SqlError::NoTrack { row, tracks }.into());
                }
            }
            monitor.advance(batch.num_rows() as u64);
        }
        Ok(rows)
    }

    fn row_column(&self) -> Result<usize, SqlError> {
        let fields = self.schema.fields().iter();
        let is_row = |field: &&FieldRef| field.name() == "row" && field.data_type().is_integer();
        let place = fields.clone().position(|field| is_row(&field));
        place.ok_or_else(|| SqlError::NoRows {
            given: fields.map(|field| field.name().clone()).collect(),
        })
    }

    /// Prints every row as a JSON object on a line of its own; how many.
    ///
    /// # Errors
    /// As [`Self::head`]; [`SqlError::Print`] when nobody reads on.
    pub fn write_jsonl(
        &mut self,
        out: &mut dyn Write,
        monitor: &dyn Monitor,
    ) -> Result<u64, Error> {
        let builder = WriterBuilder::new().with_explicit_nulls(true);
        let mut rows = 0;
        while let Some(batch) = self.next(monitor)? {
            let mut text = Vec::new();
            let mut lines = builder.clone().build::<_, LineDelimited>(&mut text);
            let encoded = lines.write(&batch).and_then(|()| lines.finish());
            encoded.map_err(|error| SqlError::of(error.into(), self.memory))?;
            print(out, &text)?;
            rows += batch.num_rows() as u64;
            monitor.advance(batch.num_rows() as u64);
        }
        Ok(rows)
    }

    /// Prints every row as comma-separated values below the columns' names.
    ///
    /// # Errors
    /// As [`Self::write_jsonl`].
    pub fn write_csv(&mut self, out: &mut dyn Write, monitor: &dyn Monitor) -> Result<u64, Error> {
        let names = self.schema.fields().iter().map(|field| field.name());
        print(out, &line_of(names.map(String::as_str)))?;
        let mut rows = 0;
        while let Some(batch) = self.next(monitor)? {
            let cells = cells::rows(&batch).map_err(|error| SqlError::of(error, self.memory))?;
            let lines = cells
                .iter()
                .map(|row| line_of(row.iter().map(|it| it.as_deref().unwrap_or(""))));
            print(out, &lines.collect::<Vec<_>>().concat())?;
            rows += batch.num_rows() as u64;
            monitor.advance(batch.num_rows() as u64);
        }
        Ok(rows)
    }
}

fn print(out: &mut dyn Write, bytes: &[u8]) -> Result<(), SqlError> {
    out.write_all(bytes)
        .map_err(|source| SqlError::Print { source })
}

/// A line of comma-separated values.
fn line_of<'t>(values: impl Iterator<Item = &'t str>) -> Vec<u8> {
    let mut line = csv::Writer::from_writer(Vec::new());
    line.write_record(values).expect("memory takes all");
    line.into_inner().expect("memory takes all")
}

/// Several columns of one name get numbers.
fn with_names_apart(schema: &Schema) -> SchemaRef {
    let mut taken = HashSet::new();
    let fields = schema.fields().iter().map(|field| {
        let name = field.name();
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let mut free = std::iter::once(name.clone()).chain(numbered);
        let free = free.find(|name| taken.insert(name.clone()));
        field
            .as_ref()
            .clone()
            .with_name(free.expect("numbers do not end"))
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
