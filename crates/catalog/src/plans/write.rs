use {
    super::{
        BYTES, FORM, LISTENS, ORDER, PlanFile, PlanMeta, REASON, ROW, VERSION, columns, file_names,
        read::read_file,
    },
    crate::{
        durable::{self, PARTIAL},
        error::Error,
        table::TableFile,
    },
    arrow_array::{
        ArrayRef, DictionaryArray, Float64Array, StringArray, UInt8Array, UInt32Array, UInt64Array,
        types::UInt8Type,
    },
    arrow_schema::{DataType, Field, Schema, SchemaRef},
    longplay_model::{Form, PlanBatch, PlanColumns, PlanMark, Reason},
    std::{ops::Range, path::Path, sync::Arc},
};

/// Writes the plan `name` into the folder `dir`: its tables, then what makes
/// it whole.
///
/// # Errors
/// [`Error::PlanExists`] when it is there, whole; otherwise when the disk is
/// full.
pub fn write_plan(
    dir: &Path,
    name: &str,
    plan: &dyn PlanColumns,
    meta: PlanMeta,
) -> Result<(), Error> {
    let whole = dir.join(format!("{name}.json"));
    let partial = dir.join(format!("{PARTIAL}{name}"));
    durable::remove_dir(&partial)?;
    // A plan of an older version is none, and makes room.
    if !matches!(read_file(&whole), Err(Error::NoPlan { .. })) {
        return Err(Error::PlanExists { path: whole });
    }
    durable::fresh_dir(&partial)?;
    let names = file_names(name);
    let [rows, places, marks] = names.each_ref().map(|file| partial.join(file));
    let tables = vec![
        write_rows(&rows, plan)?,
        write_places(&places, &plan.places())?,
        write_marks(&marks, &plan.marks())?,
    ];
    for file in &names {
        durable::rename(&partial.join(file), &dir.join(file))?;
    }
    let file = PlanFile {
        longplay: "plan".into(),
        version: VERSION,
        plan: name.into(),
        meta,
        tables,
    };
    let mut text = serde_json::to_vec_pretty(&file).expect("all keys are strings");
    text.push(b'\n');
    durable::replace(&whole, &text)?;
    durable::remove_dir(&partial)
}

pub(super) fn schema(fields: &[(&str, DataType, bool)]) -> SchemaRef {
    let fields = fields
        .iter()
        .map(|(name, data_type, is_null)| Field::new(*name, data_type.clone(), *is_null));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A text of few values.
pub(super) fn words() -> DataType {
    DataType::Dictionary(Box::new(DataType::UInt8), Box::new(DataType::Utf8))
}

/// The columns of `<plan>.parquet`, as another reader sees them.
pub(crate) fn row_fields() -> Vec<Field> {
    vec![
        Field::new(ROW, DataType::UInt32, false),
        Field::new(FORM, DataType::Utf8, true),
        Field::new(REASON, DataType::Utf8, false),
        Field::new(BYTES, DataType::UInt64, false),
    ]
}

fn write_rows(path: &Path, plan: &dyn PlanColumns) -> Result<TableFile, Error> {
    let schema = schema(&[
        (ROW, DataType::UInt32, false),
        (FORM, words(), true),
        (REASON, words(), false),
        (BYTES, DataType::UInt64, false),
    ]);
    let columns = |places: Range<u32>| {
        let mut batch = PlanBatch::default();
        plan.fill(places, &mut batch);
        let forms = batch.forms.iter().map(|form| form.map(|form| form as u8));
        let reasons = batch.reasons.iter().map(|reason| *reason as u8);
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from(batch.rows)),
            dictionary(forms.collect(), &Form::ALL.map(Form::name)),
            dictionary(
                UInt8Array::from_iter_values(reasons),
                &Reason::ALL.map(Reason::name),
            ),
            Arc::new(UInt64Array::from(batch.bytes)),
        ];
        arrays
    };
    columns::write(path, &schema, &[ROW, BYTES], plan.rows(), &columns)
}

pub(super) fn dictionary(numbers: UInt8Array, words: &[&str]) -> ArrayRef {
    let words = Arc::new(StringArray::from(words.to_vec()));
    let array = DictionaryArray::<UInt8Type>::try_new(numbers, words);
    Arc::new(array.expect("the numbers are places in a list of these words"))
}

fn write_places(path: &Path, places: &[u32]) -> Result<TableFile, Error> {
    let schema = schema(&[(ORDER, DataType::UInt32, false)]);
    let columns = |rows: Range<u32>| -> Vec<ArrayRef> {
        let places = &places[rows.start as usize..rows.end as usize];
        vec![Arc::new(UInt32Array::from(places.to_vec()))]
    };
    let rows = u32::try_from(places.len()).expect("a plan is counted so");
    columns::write(path, &schema, &[ORDER], rows, &columns)
}

fn write_marks(path: &Path, marks: &[PlanMark]) -> Result<TableFile, Error> {
    let schema = schema(&[
        (ORDER, DataType::UInt32, false),
        (BYTES, DataType::UInt64, false),
        (LISTENS, DataType::Float64, false),
    ]);
    let columns = |rows: Range<u32>| -> Vec<ArrayRef> {
        let marks = &marks[rows.start as usize..rows.end as usize];
        let orders = marks.iter().map(|mark| mark.order);
        let bytes = marks.iter().map(|mark| mark.bytes);
        let listens = marks.iter().map(|mark| mark.listens);
        vec![
            Arc::new(UInt32Array::from_iter_values(orders)),
            Arc::new(UInt64Array::from_iter_values(bytes)),
            Arc::new(Float64Array::from_iter_values(listens)),
        ]
    };
    let rows = u32::try_from(marks.len()).expect("there are fewer marks than rows");
    columns::write(path, &schema, &[ORDER, BYTES], rows, &columns)
}
