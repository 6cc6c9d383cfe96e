//! Ids that follow from other columns of their row are not stored: they do
//! not compress, and would be a third of the table.

use {
    super::Id,
    arrow_array::{Array, ArrayRef, FixedSizeBinaryArray, RecordBatch, cast::AsArray},
    arrow_schema::{Field, Schema},
    std::{fmt::Debug, sync::Arc},
};

/// Knows a column of ids from other columns of the same rows.
pub(crate) trait Follows: Debug + Send + Sync {
    fn column(&self) -> &'static str;

    /// The columns that it follows from.
    fn from(&self) -> &'static [&'static str];

    /// The id of a row, where it follows; none of them when the batch lacks
    /// one of the columns.
    fn ids(&self, batch: &RecordBatch, rows: &mut dyn Iterator<Item = usize>) -> Option<Ids>;
}

/// The ids of some rows, in their order.
pub(crate) type Ids = Vec<Option<[u8; 16]>>;

/// The batch with every id, as it was before [`thinned`]. The error names what
/// is absent.
pub(crate) fn filled(
    follows: &dyn Follows,
    batch: RecordBatch,
) -> Result<RecordBatch, &'static str> {
    let Ok(at) = batch.schema_ref().index_of(follows.column()) else {
        return Ok(batch);
    };
    let stored = ids_of(&batch, at).ok_or(follows.column())?;
    if stored.null_count() == 0 {
        return Ok(batch);
    }
    let mut absent = (0..stored.len()).filter(|row| stored.is_null(*row));
    let known = follows
        .ids(&batch, &mut absent)
        .ok_or("columns that its ids follow from")?;
    let mut known = known.into_iter();
    let mut bytes = Vec::with_capacity(stored.len() * 16);
    for row in 0..stored.len() {
        match stored.is_null(row) {
            true => bytes.extend(known.next().flatten().ok_or("ids that follow")?),
            false => bytes.extend(stored.value(row)),
        }
    }
    let ids = FixedSizeBinaryArray::try_new(16, bytes.into(), None).map_err(|_| "ids")?;
    replaced(&batch, at, Arc::new(ids))
}

/// The ids of the batch without those that follow from their rows.
pub(super) fn thinned(follows: &dyn Follows, batch: &RecordBatch, at: usize) -> Option<ArrayRef> {
    let told = ids_of(batch, at)?;
    let known = follows.ids(batch, &mut (0..told.len()))?;
    let kept = known.into_iter().enumerate().map(|(row, known)| {
        let id: [u8; 16] = told.value(row).try_into().ok()?;
        Some(id).filter(|id| known != Some(*id))
    });
    FixedSizeBinaryArray::try_from_sparse_iter_with_size(kept, 16)
        .ok()
        .map(|ids| Arc::new(ids) as ArrayRef)
}

/// The field of such a column, which may be null.
pub(super) fn field(follows: &dyn Follows, field: Field) -> Field {
    match field.name() == follows.column() {
        true => field.with_nullable(true),
        false => field,
    }
}

fn ids_of(batch: &RecordBatch, at: usize) -> Option<&FixedSizeBinaryArray> {
    <Id as super::Cell>::column(batch.column(at).as_ref())
}

/// The batch with another column in this place, which holds no null.
fn replaced(batch: &RecordBatch, at: usize, column: ArrayRef) -> Result<RecordBatch, &'static str> {
    let fields = batch.schema_ref().fields().iter().enumerate();
    let fields = fields.map(|(place, field)| {
        let nullable = place != at && field.is_nullable();
        field.as_ref().clone().with_nullable(nullable)
    });
    let schema = Schema::new(fields.collect::<Vec<Field>>());
    let mut columns = batch.columns().to_vec();
    columns[at] = column;
    RecordBatch::try_new(Arc::new(schema), columns).map_err(|_| "ids")
}

/// The texts of a column, where it is there.
pub(crate) fn texts<'a>(
    batch: &'a RecordBatch,
    name: &str,
) -> Option<&'a arrow_array::StringArray> {
    batch.column_by_name(name)?.as_string_opt()
}
