//! Some columns of a row group: those that are read, and those that its footer
//! tells.

use {
    super::{chunks::Chunks, pick, told::Told},
    arrow_array::{
        Array, ArrayRef, DictionaryArray, RecordBatch, RecordBatchOptions, StringArray,
        types::Int32Type,
    },
    arrow_schema::{DataType, Field, FieldRef, Fields, Schema},
    parquet::{
        arrow::{
            FieldLevels, ProjectionMask,
            arrow_reader::{
                ArrowReaderMetadata, ParquetRecordBatchReader, RowSelection, RowSelector,
            },
            parquet_to_arrow_field_levels,
        },
        errors::{ParquetError, Result},
    },
    std::{
        collections::HashMap,
        ops::Range,
        sync::{Arc, PoisonError, RwLock},
    },
};

type Batches<'a> = Box<dyn Iterator<Item = Result<RecordBatch>> + 'a>;

/// How the columns of a projection are made from leaves. Working that out
/// takes longer than a page takes to decode.
#[derive(Debug, Default)]
pub(super) struct Projections(RwLock<HashMap<Vec<usize>, Arc<FieldLevels>>>);

impl Projections {
    fn of(&self, footer: &ArrowReaderMetadata, leaves: Vec<usize>) -> Result<Arc<FieldLevels>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&leaves) {
            return Ok(known.clone());
        }
        drop(known);
        let levels = Arc::new(levels(footer, &leaves, None)?);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(leaves, levels.clone());
        Ok(levels)
    }
}

fn levels(
    footer: &ArrowReaderMetadata,
    leaves: &[usize],
    hint: Option<&Fields>,
) -> Result<FieldLevels> {
    let mask = ProjectionMask::leaves(footer.parquet_schema(), leaves.iter().copied());
    parquet_to_arrow_field_levels(footer.parquet_schema(), mask, hint)
}

pub(super) struct Part<'a> {
    levels: Arc<FieldLevels>,
    /// The columns that are read, by their leaves.
    leaves: Vec<(usize, FieldRef)>,
    told: Vec<ToldColumn<'a>>,
}

impl<'a> Part<'a> {
    /// Columns that are not there are left out. Each has one leaf.
    pub(super) fn new(
        footer: &'a ArrowReaderMetadata,
        known: &Projections,
        group: usize,
        names: &[&str],
    ) -> Result<Self> {
        let (told, leaves) = told_and_read(footer, group, names);
        Ok(Self {
            levels: known.of(footer, numbers_of(&leaves))?,
            leaves,
            told,
        })
    }

    /// One column of texts, whose dictionary stays.
    pub(super) fn coded(footer: &'a ArrowReaderMetadata, group: usize, name: &str) -> Result<Self> {
        let coded = || {
            let code = Box::new(DataType::Int32);
            DataType::Dictionary(code, Box::new(DataType::Utf8))
        };
        let fields = footer.schema().fields().iter();
        let fields = fields.map(|field| match field.name() == name {
            true => Arc::new(Field::new(name, coded(), field.is_nullable())),
            false => field.clone(),
        });
        let (told, leaves) = told_and_read(footer, group, &[name]);
        let levels = levels(footer, &numbers_of(&leaves), Some(&fields.collect()))?;
        Ok(Self {
            levels: Arc::new(levels),
            leaves,
            told,
        })
    }

    /// Nothing has to be read.
    pub(super) const fn is_told(&self) -> bool {
        self.leaves.is_empty()
    }

    /// A few rows in one batch, where their pages are of the kinds that values
    /// are picked from; `known` is a column that was read before.
    pub(super) fn picked(
        &self,
        chunks: &Chunks,
        rows: &[usize],
        known: Option<&(usize, ArrayRef)>,
    ) -> Option<Result<RecordBatch>> {
        let columns = self.leaves.iter().map(|(leaf, field)| match known {
            Some((known, column)) if known == leaf => Some(column.clone()),
            _ => pick::column(chunks, *leaf, field.data_type(), rows),
        });
        let columns: Vec<ArrayRef> = columns.collect::<Option<_>>()?;
        let fields = self.leaves.iter().map(|(_, field)| field.clone());
        Some(self.with_told(fields.collect(), columns, rows.len()))
    }

    /// So many rows, where nothing has to be read.
    pub(super) fn told(self, rows: usize, batch: usize) -> Result<Batches<'a>> {
        let lengths = (0..rows).step_by(batch).map(move |at| batch.min(rows - at));
        Ok(Box::new(lengths.map(move |rows| {
            self.with_told(Vec::new(), Vec::new(), rows)
        })))
    }

    /// The rows at `places`, which are in order and do not overlap.
    pub(super) fn read(
        self,
        chunks: &Chunks,
        places: impl Iterator<Item = Range<usize>>,
        batch: usize,
    ) -> Result<Batches<'a>> {
        let selection = Some(selection_of(places));
        let levels = &self.levels;
        let read =
            ParquetRecordBatchReader::try_new_with_row_groups(levels, chunks, batch, selection)?;
        Ok(Box::new(read.map(move |batch| {
            let batch = batch?;
            let fields = batch.schema_ref().fields().to_vec();
            self.with_told(fields, batch.columns().to_vec(), batch.num_rows())
        })))
    }

    /// Tells how often each text of the column stands among all `rows`.
    pub(super) fn tally(
        self,
        chunks: &Chunks,
        rows: usize,
        batch: usize,
        mut tell: impl FnMut(&str, u64),
    ) -> Result<()> {
        if let [(_, Told::Text(text))] = self.told[..] {
            tell(text, rows as u64);
        }
        if self.is_told() {
            return Ok(());
        }
        let mut codes = Codes::default();
        for batch in self.read(chunks, std::iter::once(0..rows), batch)? {
            let batch = batch?;
            let coded = batch.columns().first().map(|column| column.as_any());
            let coded = coded.and_then(|it| it.downcast_ref::<DictionaryArray<Int32Type>>());
            let coded = coded.ok_or_else(|| ParquetError::General("texts expected".to_owned()))?;
            codes.add(coded, &mut tell);
        }
        codes.tell(&mut tell);
        Ok(())
    }

    fn with_told(
        &self,
        mut fields: Vec<FieldRef>,
        mut columns: Vec<ArrayRef>,
        rows: usize,
    ) -> Result<RecordBatch> {
        for (field, told) in &self.told {
            fields.push(field.clone());
            columns.push(told.rows(field.data_type(), rows));
        }
        let schema = Arc::new(Schema::new(fields));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema, columns, &options);
        batch.map_err(ParquetError::from)
    }
}

type ToldColumn<'a> = (FieldRef, Told<'a>);

fn numbers_of(leaves: &[(usize, FieldRef)]) -> Vec<usize> {
    leaves.iter().map(|(leaf, _)| *leaf).collect()
}

/// The columns that the footer of a row group tells, and the leaves of others.
fn told_and_read<'a>(
    footer: &'a ArrowReaderMetadata,
    group: usize,
    names: &[&str],
) -> (Vec<ToldColumn<'a>>, Vec<(usize, FieldRef)>) {
    let group = footer.metadata().row_group(group);
    let (mut told, mut read) = (Vec::new(), Vec::new());
    for name in names {
        let Some((leaf, field)) = footer.schema().fields().find(name) else {
            continue;
        };
        match Told::of(group, leaf, field.data_type()) {
            Some(known) => told.push((field.clone(), known)),
            None => read.push((leaf, field.clone())),
        }
    }
    (told, read)
}

fn selection_of(places: impl Iterator<Item = Range<usize>>) -> RowSelection {
    let mut selectors = Vec::new();
    let mut at = 0;
    for place in places {
        selectors.push(RowSelector::skip(place.start.saturating_sub(at)));
        selectors.push(RowSelector::select(place.len()));
        at = place.end;
    }
    selectors.into()
}

/// Counts of the codes of one dictionary.
#[derive(Default)]
struct Codes {
    texts: Option<ArrayRef>,
    counts: Vec<u64>,
}

impl Codes {
    fn add(&mut self, coded: &DictionaryArray<Int32Type>, tell: &mut impl FnMut(&str, u64)) {
        let texts = coded.values();
        if !self
            .texts
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, texts))
        {
            self.tell(tell);
            self.texts = Some(texts.clone());
            self.counts = vec![0; texts.len()];
        }
        for code in coded.keys().iter().flatten() {
            if let Some(count) = self.counts.get_mut(code as usize) {
                *count += 1;
            }
        }
    }

    fn tell(&mut self, tell: &mut impl FnMut(&str, u64)) {
        let texts = self.texts.take();
        let texts = texts
            .as_ref()
            .and_then(|texts| texts.as_any().downcast_ref::<StringArray>());
        let counts = std::mem::take(&mut self.counts).into_iter().enumerate();
        for (code, count) in counts.filter(|(_, count)| *count > 0) {
            if let Some(texts) = texts {
                tell(texts.value(code), count);
            }
        }
    }
}
