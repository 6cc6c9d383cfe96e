use arrow_schema::{DataType, Field};

/// A column of a table or of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlColumn {
    pub name: String,
    /// What a person calls its type.
    pub kind: &'static str,
    /// Numbers stand on the right.
    pub is_number: bool,
}

impl SqlColumn {
    pub(super) fn of(field: &Field) -> Self {
        Self {
            name: field.name().clone(),
            kind: kind(field.data_type()),
            is_number: field.data_type().is_numeric(),
        }
    }
}

fn kind(data_type: &DataType) -> &'static str {
    match data_type {
        it if it.is_integer() => "number",
        it if it.is_numeric() => "fraction",
        DataType::Boolean => "boolean",
        DataType::FixedSizeBinary(16) => "id",
        DataType::FixedSizeBinary(_) => "digest",
        DataType::Timestamp(..) => "time",
        DataType::List(_) => "texts",
        _ => "text",
    }
}
