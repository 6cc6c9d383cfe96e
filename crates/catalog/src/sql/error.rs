use {
    datafusion::{
        common::{DataFusionError, SchemaError},
        sql::sqlparser::parser::ParserError,
    },
    longplay_model::ByteSize,
    thiserror::Error,
};

/// Why a question in SQL has no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SqlError {
    #[error("this cannot be read as SQL")]
    Parse { source: ParserError },
    #[error("there is no query")]
    Empty,
    #[error("one query at a time: there are {count}")]
    Several { count: usize },
    #[error("{found} is no query: sql reads (SELECT, WITH, VALUES, EXPLAIN) and changes nothing")]
    NotAQuery { found: String },
    #[error("there is no table {name}; there are {}", known.join(", "))]
    NoTable { name: String, known: Vec<String> },
    #[error("there is no column {name}; there are {}", known.join(", "))]
    NoColumn { name: String, known: Vec<String> },
    #[error("the query needs more memory than {limit}; --memory allows more")]
    Memory {
        limit: ByteSize,
        #[source]
        source: Box<DataFusionError>,
    },
    #[error("the query is not understood")]
    Plan {
        #[source]
        source: Box<DataFusionError>,
    },
    #[error("the query was not answered")]
    Run {
        #[source]
        source: Box<DataFusionError>,
    },
    #[error("a query takes at least {least} of memory")]
    TooLittleMemory { least: ByteSize },
    #[error("the query must give the rows of tracks in a column `row`; it gives {}", given.join(", "))]
    NoRows { given: Vec<String> },
    #[error(
        "the query gives the row {row}, and there are {tracks} tracks: rows are counted from 0"
    )]
    NoTrack { row: i64, tracks: u64 },
    #[error("the answer could not be printed")]
    Print {
        #[source]
        source: std::io::Error,
    },
    #[error("the query was given up after a fault of the engine")]
    Fault,
}

impl SqlError {
    /// Why a query could not be planned.
    pub(super) fn of_plan(error: DataFusionError) -> Self {
        match innermost(error) {
            DataFusionError::SQL(source, _) => Self::Parse { source: *source },
            DataFusionError::SchemaError(fault, backtrace) => match *fault {
                SchemaError::FieldNotFound {
                    field,
                    valid_fields,
                } => Self::NoColumn {
                    name: field.flat_name(),
                    known: valid_fields.iter().map(|it| it.flat_name()).collect(),
                },
                other => Self::Plan {
                    source: Box::new(DataFusionError::SchemaError(Box::new(other), backtrace)),
                },
            },
            other => Self::Plan {
                source: Box::new(other),
            },
        }
    }

    /// Why a query was not answered.
    pub(super) fn of(error: DataFusionError, limit: ByteSize) -> Self {
        match innermost(error) {
            source @ DataFusionError::ResourcesExhausted(_) => Self::Memory {
                limit,
                source: Box::new(source),
            },
            fault @ (DataFusionError::SQL(..)
            | DataFusionError::SchemaError(..)
            | DataFusionError::Plan(_)
            | DataFusionError::NotImplemented(_)) => Self::of_plan(fault),
            source => Self::Run {
                source: Box::new(source),
            },
        }
    }
}

/// The error below what was said while it was handed up.
fn innermost(error: DataFusionError) -> DataFusionError {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => {
            innermost(*inner)
        }
        DataFusionError::Collection(mut all) if !all.is_empty() => innermost(all.swap_remove(0)),
        DataFusionError::Shared(inner) => match std::sync::Arc::try_unwrap(inner) {
            Ok(inner) => innermost(inner),
            Err(shared) => DataFusionError::Shared(shared),
        },
        other => other,
    }
}
