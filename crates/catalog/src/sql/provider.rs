//! A table of a snapshot as the engine reads it: columns, pages and row groups
//! that a question needs, on all threads.

use {
    super::{
        rows::{Rows, rows_of},
        shape::Shape,
    },
    arrow_schema::{DataType, Field, SchemaRef, SortOptions},
    async_trait::async_trait,
    datafusion::{
        catalog::{Session, TableProvider},
        common::{
            ColumnStatistics, DataFusionError, Result, ScalarValue, Statistics, stats::Precision,
        },
        config::TableParquetOptions,
        datasource::{
            TableType,
            listing::PartitionedFile,
            physical_plan::{
                FileGroup, FileScanConfigBuilder, ParquetSource,
                parquet::{
                    CachedParquetFileReaderFactory, ParquetRowSelection,
                    metadata::DFParquetMetadata,
                },
            },
            source::DataSourceExec,
            table_schema::TableSchema,
        },
        execution::object_store::ObjectStoreUrl,
        logical_expr::{Expr, TableProviderFilterPushDown},
        object_store::{ObjectStore, ObjectStoreExt, path::Path as StorePath},
        physical_expr::{LexOrdering, PhysicalSortExpr, expressions::Column},
        physical_plan::ExecutionPlan,
    },
    parquet::{
        arrow::{RowNumber, arrow_reader::RowSelection},
        file::metadata::{PageIndexPolicy, ParquetMetaData},
    },
    std::{path::PathBuf, sync::Arc},
};

/// One Parquet file whose columns are known before it is opened.
#[derive(Debug)]
pub(super) struct SnapshotTable {
    shape: Shape,
    path: PathBuf,
    /// What the file gives: its columns, then the number of the row.
    given: TableSchema,
    /// What a question sees: the number of the row comes first.
    asked: SchemaRef,
}

impl SnapshotTable {
    pub(super) fn new(shape: Shape, path: PathBuf) -> Result<Self> {
        let number = shape.numbered.map(|name| {
            Arc::new(Field::new(name, DataType::Int64, false).with_extension_type(RowNumber))
        });
        let given = TableSchema::builder(Arc::clone(&shape.columns))
            .with_virtual_columns(number.into_iter().collect::<Vec<_>>())
            .build();
        let all = given.table_schema();
        let places: Vec<usize> = (0..all.fields().len()).collect();
        let asked = Arc::new(all.project(&places_in_file(&shape, &places))?);
        Ok(Self {
            shape,
            path,
            given,
            asked,
        })
    }

    /// What the file says of itself: of its pages only where they are needed.
    async fn metadata(
        &self,
        state: &dyn Session,
        file: &PartitionedFile,
        pages: PageIndexPolicy,
    ) -> Result<Arc<ParquetMetaData>> {
        let store = store(state)?;
        let cache = state.runtime_env().cache_manager.get_file_metadata_cache();
        DFParquetMetadata::new(&*store, &file.object_meta)
            .with_file_metadata_cache(Some(cache))
            .with_page_index_policy(Some(pages))
            .fetch_metadata()
            .await
    }

    /// Counts and limits of the columns, those of the row's number too.
    fn statistics(&self, metadata: &ParquetMetaData) -> Result<Statistics> {
        let file = self.given.file_schema();
        let mut all = DFParquetMetadata::statistics_from_parquet_metadata(metadata, file)?;
        if self.shape.numbered.is_some() {
            all.column_statistics.push(of_numbers(rows_in(metadata)));
        }
        Ok(all)
    }

    /// How rows ascend.
    fn ordering(&self) -> Result<Option<LexOrdering>> {
        let numbered = self.shape.numbered;
        let names = numbered.iter().chain(self.shape.order).copied();
        let ascending = SortOptions::new(false, false);
        let exprs = names.map(|name| {
            let column = Column::new_with_schema(name, self.given.table_schema())?;
            Ok(PhysicalSortExpr::new(Arc::new(column), ascending))
        });
        Ok(LexOrdering::new(exprs.collect::<Result<Vec<_>>>()?))
    }

    fn source(&self, state: &dyn Session) -> Result<ParquetSource> {
        let cache = state.runtime_env().cache_manager.get_file_metadata_cache();
        let readers = CachedParquetFileReaderFactory::new(store(state)?, cache);
        let options = TableParquetOptions {
            global: state.config_options().execution.parquet.clone(),
            ..TableParquetOptions::new()
        };
        Ok(ParquetSource::new(self.given.clone())
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(readers)))
    }
}

#[async_trait]
impl TableProvider for SnapshotTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.asked)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Filters choose what is read; the rows that were read are filtered again.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut file = PartitionedFile::new_from_meta(store(state)?.head(&self.location()?).await?);
        let metadata = self.metadata(state, &file, PageIndexPolicy::Skip).await?;
        let mut statistics = self.statistics(&metadata)?;
        let numbered = self.shape.numbered;
        let rows = numbered.and_then(|name| rows_of(filters, name, rows_in(&metadata)));
        if let Some(rows) = &rows {
            self.metadata(state, &file, PageIndexPolicy::Optional)
                .await?;
            file = file.with_extension(selection(rows, rows_in(&metadata)));
            statistics = statistics.to_inexact();
            statistics.num_rows = Precision::Inexact(rows.count() as usize);
        }
        let file = file.with_statistics(Arc::new(statistics.clone()));
        let all: Vec<usize> = (0..self.asked.fields().len()).collect();
        let wanted = places_in_file(&self.shape, projection.unwrap_or(&all));
        let source = Arc::new(self.source(state)?);
        let scan = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
            .with_file_group(FileGroup::new(vec![file]))
            .with_statistics(statistics)
            .with_projection_indices(Some(wanted))?
            .with_limit(limit)
            .with_output_ordering(self.ordering()?.into_iter().collect())
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }
}

impl SnapshotTable {
    fn location(&self) -> Result<StorePath> {
        StorePath::from_absolute_path(&self.path)
            .map_err(|error| DataFusionError::External(Box::new(error)))
    }
}

/// Places among the columns asked, as places among those that the file gives.
fn places_in_file(shape: &Shape, asked: &[usize]) -> Vec<usize> {
    let Some(_) = shape.numbered else {
        return asked.to_vec();
    };
    let last = shape.columns.fields().len();
    let place = |asked: &usize| asked.checked_sub(1).unwrap_or(last);
    asked.iter().map(place).collect()
}

fn store(state: &dyn Session) -> Result<Arc<dyn ObjectStore>> {
    let files = ObjectStoreUrl::local_filesystem();
    state.runtime_env().object_store(&files)
}

fn rows_in(metadata: &ParquetMetaData) -> u64 {
    metadata.file_metadata().num_rows().try_into().unwrap_or(0)
}

fn of_numbers(rows: u64) -> ColumnStatistics {
    let number = |row: u64| Precision::Exact(ScalarValue::Int64(i64::try_from(row).ok()));
    let limits = match rows.checked_sub(1) {
        Some(last) => (number(0), number(last)),
        None => (Precision::Absent, Precision::Absent),
    };
    ColumnStatistics {
        null_count: Precision::Exact(0),
        min_value: limits.0,
        max_value: limits.1,
        distinct_count: Precision::Exact(rows as usize),
        ..ColumnStatistics::new_unknown()
    }
}

fn selection(rows: &Rows, all: u64) -> ParquetRowSelection {
    let ranges = rows.ranges().iter();
    let ranges = ranges.map(|range| range.start as usize..range.end as usize);
    ParquetRowSelection::new(RowSelection::from_consecutive_ranges(ranges, all as usize))
}
