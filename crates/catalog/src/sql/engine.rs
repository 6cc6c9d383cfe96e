//! The engine, with the tables of one snapshot and nothing else.

use {
    super::{
        answer::Answer,
        column::SqlColumn,
        error::SqlError,
        ids, memory,
        own::{self, STORED},
        provider::SnapshotTable,
        query::{check_tables, query},
        shape::{Shape, columns, shapes},
        sources,
        views::VIEWS,
    },
    crate::{error::Error, plans, snapshot_meta::SnapshotMeta, table::Follows},
    datafusion::{
        catalog::{MemorySchemaProvider, TableProvider},
        common::{DataFusionError, Result as EngineResult, TableReference},
        execution::{SendableRecordBatchStream, context::SQLOptions},
        prelude::{DataFrame, SessionConfig, SessionContext},
        sql::parser::Statement,
    },
    longplay_model::ByteSize,
    std::{
        path::{Path, PathBuf},
        sync::Arc,
        time::Duration,
    },
    tokio::runtime::Runtime,
};

/// What a query may use.
#[derive(Debug, Clone)]
pub struct SqlOptions {
    /// Memory for what a query keeps; above it, temporary files are written.
    pub memory: ByteSize,
    /// An empty folder for these files; without one a query that needs them
    /// fails.
    pub spill: Option<PathBuf>,
    /// Where the plans of the archive lie, and the newest of them.
    pub plans: Option<PathBuf>,
    pub newest_plan: Option<String>,
}

/// A snapshot that is open for questions in SQL.
pub struct Sql {
    /// There until it is dropped.
    runtime: Option<Runtime>,
    context: SessionContext,
    tables: Vec<SqlTable>,
    memory: ByteSize,
}

/// A table that a query may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlTable {
    pub name: String,
    pub columns: Vec<SqlColumn>,
}

const CATALOG: &str = "longplay";

/// A query takes as much whatever it asks.
const LEAST_MEMORY: ByteSize = ByteSize(16 << 20);

/// Planning a query with many parts is deeply recursive.
const STACK: usize = 16 << 20;

/// What a dropped query may still do.
const LAST_STEPS: Duration = Duration::from_secs(5);

impl Sql {
    /// Opens the snapshot in the folder `dir`. No table is read yet.
    ///
    /// # Errors
    /// When there is no snapshot, or one of another version.
    pub fn open(dir: &Path, options: &SqlOptions) -> Result<Self, Error> {
        let meta = SnapshotMeta::read(dir)?.current(dir)?;
        if options.memory < LEAST_MEMORY {
            return Err(SqlError::TooLittleMemory {
                least: LEAST_MEMORY,
            }
            .into());
        }
        let runtime = runtime().map_err(Error::read(dir))?;
        let mut sql = Self {
            runtime: Some(runtime),
            context: context(options).map_err(SqlError::of_plan)?,
            tables: Vec::new(),
            memory: options.memory,
        };
        let plans = plans_of(options, &meta.snapshot)?;
        let opened = sql.name_all(dir, &meta, plans);
        opened.map_err(SqlError::of_plan)?;
        Ok(sql)
    }

    /// What a query may name.
    pub fn tables(&self) -> &[SqlTable] {
        &self.tables
    }

    /// Begins to answer the one query of `text`.
    ///
    /// # Errors
    /// When the text is no query, names what is not there, or a table cannot
    /// be read.
    pub fn ask(&self, text: &str) -> Result<Answer<'_>, Error> {
        let query = query(text)?;
        let names: Vec<String> = self.tables.iter().map(|it| it.name.clone()).collect();
        check_tables(&self.context, &query, &names)?;
        let begun = self.runtime().spawn(begin(self.context.clone(), query));
        let begun = self.runtime().block_on(begun);
        let batches = begun
            .map_err(|_| SqlError::Fault)?
            .map_err(|error| SqlError::of(error, self.memory))?;
        Ok(Answer::new(self.runtime(), batches, self.memory))
    }

    fn runtime(&self) -> &Runtime {
        let runtime = self.runtime.as_ref();
        runtime.expect("it is taken when this is dropped")
    }

    /// Gives every table, view and function its name.
    fn name_all(
        &mut self,
        dir: &Path,
        meta: &SnapshotMeta,
        plans: Vec<(Shape, PathBuf)>,
    ) -> EngineResult<()> {
        let functions = ids::functions();
        functions
            .into_iter()
            .for_each(|it| self.context.register_udf(it));
        let stored = Arc::new(MemorySchemaProvider::new());
        let catalog = self.context.catalog(CATALOG);
        catalog
            .map(|catalog| catalog.register_schema(STORED, stored))
            .transpose()?;
        for shape in shapes() {
            let path = dir.join(&shape.file);
            match own::follows(&shape.file, &meta.sources) {
                Some(follows) => self.name_whole(shape, path, follows)?,
                None => self.name_file(shape, path)?,
            }
        }
        self.name_table("sources", Arc::new(sources::table(&meta.sources)?))?;
        for (name, text) in VIEWS {
            self.name_view(name, text)?;
        }
        plans
            .into_iter()
            .try_for_each(|(shape, path)| self.name_file(shape, path))
    }

    /// A table of a file that leaves ids out.
    fn name_whole(
        &mut self,
        shape: Shape,
        path: PathBuf,
        follows: Arc<dyn Follows>,
    ) -> EngineResult<()> {
        let (name, text) = (shape.name.clone(), own::whole(&shape, &*follows));
        self.context.register_udf(own::function(follows));
        let table = Arc::new(SnapshotTable::new(shape, path)?);
        let stored = TableReference::partial(STORED, name.as_str());
        self.context.register_table(stored, table)?;
        self.name_view(&name, &text)
    }

    fn name_view(&mut self, name: &str, text: &str) -> EngineResult<()> {
        let view = self.runtime().block_on(self.context.sql(text))?;
        self.name_table(name, view.into_view())
    }

    fn name_file(&mut self, shape: Shape, path: PathBuf) -> EngineResult<()> {
        let name = shape.name.clone();
        self.name_table(&name, Arc::new(SnapshotTable::new(shape, path)?))
    }

    fn name_table(&mut self, name: &str, table: Arc<dyn TableProvider>) -> EngineResult<()> {
        let schema = table.schema();
        let columns = schema.fields().iter().map(|field| SqlColumn::of(field));
        self.tables.push(SqlTable {
            name: name.to_owned(),
            columns: columns.collect(),
        });
        let name = TableReference::bare(name);
        self.context.register_table(name, table).map(drop)
    }
}

impl Drop for Sql {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(LAST_STEPS);
        }
    }
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(rayon::current_num_threads())
        .thread_stack_size(STACK)
        .enable_time()
        .build()
}

fn context(options: &SqlOptions) -> EngineResult<SessionContext> {
    let config = SessionConfig::new()
        .with_target_partitions(rayon::current_num_threads())
        .with_default_catalog_and_schema(CATALOG, "snapshot")
        .with_information_schema(true)
        .with_sort_spill_reservation_bytes(memory::for_merging(options.memory))
        .set_bool("datafusion.execution.parquet.pushdown_filters", true);
    let runtime = memory::bounded(options.memory, options.spill.as_deref())?;
    Ok(SessionContext::new_with_config_rt(config, runtime))
}

/// Plans a query and starts it. Whatever would change something is refused
/// here again, wherever it stands.
async fn begin(
    context: SessionContext,
    query: Statement,
) -> Result<SendableRecordBatchStream, DataFusionError> {
    let state = context.state();
    let plan = state.statement_to_plan(query).await?;
    let reads = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    reads.verify_plan(&plan)?;
    DataFrame::new(state, plan).execute_stream().await
}

/// The tables of plans that were made of this snapshot; that of the newest
/// plan has a short name too.
fn plans_of(options: &SqlOptions, snapshot: &str) -> Result<Vec<(Shape, PathBuf)>, Error> {
    let Some(folder) = &options.plans else {
        return Ok(Vec::new());
    };
    let mut tables = Vec::new();
    for (name, path) in plans::rows_of_plans(folder, snapshot)? {
        tables.push((plan_shape(format!("plan_{name}")), path.clone()));
        if options.newest_plan.as_ref() == Some(&name) {
            tables.push((plan_shape("plan".to_owned()), path));
        }
    }
    Ok(tables)
}

fn plan_shape(name: String) -> Shape {
    Shape {
        name,
        file: String::new(),
        columns: columns(plans::row_fields()),
        numbered: Some("place"),
        order: &[],
    }
}
