//! Tables whose ids follow from their rows, with these ids.

use {
    super::shape::Shape,
    crate::{
        own_ids::OwnIds,
        snapshot_meta::SourceEntry,
        table::{Follows, filled},
        tables::{ARTISTS, RELEASES, TRACKS},
    },
    arrow_schema::DataType,
    datafusion::{
        arrow::{
            array::{ArrayRef, RecordBatch},
            compute::cast,
        },
        common::{DataFusionError, Result, exec_datafusion_err},
        logical_expr::{
            ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
        },
    },
    std::{
        hash::{Hash, Hasher},
        sync::Arc,
    },
};

/// What knows the ids that a file leaves out.
pub(super) fn follows(file: &str, sources: &[SourceEntry]) -> Option<Arc<dyn Follows>> {
    match file {
        TRACKS => Some(OwnIds::of_tracks(sources)),
        RELEASES => Some(OwnIds::of_releases(sources)),
        ARTISTS => Some(OwnIds::of_artists(sources)),
        _ => None,
    }
}

/// The query that gives a stored table with all ids.
pub(super) fn whole(shape: &Shape, follows: &dyn Follows) -> String {
    let names = shape.columns.fields().iter().map(|field| field.name());
    let columns = names.map(|name| match name == follows.column() {
        true => format!(
            "own_{name}({name}, {}) AS {name}",
            follows.from().join(", ")
        ),
        false => format!(r#""{name}""#),
    });
    let numbered = shape.numbered.map(|name| format!(r#""{name}""#));
    let columns: Vec<String> = numbered.into_iter().chain(columns).collect();
    format!("SELECT {} FROM {STORED}.{}", columns.join(", "), shape.name)
}

/// The schema of tables as they are stored.
pub(super) const STORED: &str = "stored";

/// The function that completes ids.
pub(super) fn function(follows: Arc<dyn Follows>) -> ScalarUDF {
    let arguments = follows.from().iter().map(|name| match *name {
        "source_id" => DataType::Utf8View,
        _ => DataType::Int64,
    });
    let id = DataType::FixedSizeBinary(16);
    let arguments = std::iter::once(id).chain(arguments).collect();
    ScalarUDF::from(OwnId {
        name: format!("own_{}", follows.column()),
        signature: Signature::exact(arguments, Volatility::Immutable),
        follows,
    })
}

#[derive(Debug)]
struct OwnId {
    name: String,
    signature: Signature,
    follows: Arc<dyn Follows>,
}

/// There is one of a name in an engine.
impl PartialEq for OwnId {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for OwnId {}

impl Hash for OwnId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for OwnId {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::FixedSizeBinary(16))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let given = ColumnarValue::values_to_arrays(&arguments.args)?;
        let names = [self.follows.column()];
        let names = names.iter().chain(self.follows.from());
        let columns = names
            .zip(&given)
            .map(|(name, column)| as_stored(name, column));
        let batch = RecordBatch::try_from_iter_with_nullable(columns.collect::<Result<Vec<_>>>()?)?;
        let batch = filled(&*self.follows, batch);
        let batch = batch.map_err(|what| exec_datafusion_err!("a table does not hold {what}"))?;
        Ok(ColumnarValue::Array(Arc::clone(batch.column(0))))
    }
}

/// A column with the type that it has in the file.
fn as_stored(name: &str, column: &ArrayRef) -> Result<(String, ArrayRef, bool), DataFusionError> {
    let stored = match name {
        "source" => DataType::UInt16,
        "record" => DataType::UInt64,
        "source_id" => DataType::Utf8,
        _ => DataType::FixedSizeBinary(16),
    };
    Ok((name.to_owned(), cast(column, &stored)?, true))
}
