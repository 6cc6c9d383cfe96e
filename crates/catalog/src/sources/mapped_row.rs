//! The fields of one row, of a CSV record or of a row of Parquet.

use {
    serde_json::{Map, Value},
    std::borrow::Cow,
    thiserror::Error,
};

/// One row whose values can be asked for by number of the column.
pub(super) enum Row<'a> {
    Fields(Vec<Cow<'a, str>>),
    Object(&'a [String], Map<String, Value>),
}

/// What one column of a row holds.
#[derive(Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    One(Cow<'a, str>),
    List(Vec<Cow<'a, str>>),
    /// An object, or a list that holds lists: no text.
    Nested,
}

/// The row is not what RFC 4180 calls a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum BadRow {
    #[error("a quote is never closed")]
    Open,
    #[error("field {0} goes on behind its closing quote")]
    Behind(usize),
}

impl Row<'_> {
    pub(super) fn cell(&self, column: usize) -> Cell<'_> {
        match self {
            Self::Fields(fields) => match fields.get(column) {
                Some(text) => Cell::One(Cow::Borrowed(text)),
                None => Cell::Null,
            },
            Self::Object(columns, object) => {
                let value = columns.get(column).and_then(|name| object.get(name));
                value.map_or(Cell::Null, cell_of)
            }
        }
    }
}

fn cell_of(value: &Value) -> Cell<'_> {
    let Value::Array(elements) = value else {
        return match scalar(value) {
            Some(text) => Cell::One(text),
            None if value.is_null() => Cell::Null,
            None => Cell::Nested,
        };
    };
    let known = elements.iter().filter(|element| !element.is_null());
    match known.map(scalar).collect() {
        Some(texts) => Cell::List(texts),
        None => Cell::Nested,
    }
}

fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(flag) => Some(flag.to_string().into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The fields of a record, without their quotes.
pub(super) fn fields(
    record: &str,
    delimiter: u8,
    quotes: bool,
) -> Result<Vec<Cow<'_, str>>, BadRow> {
    let delimiter = char::from(delimiter);
    if !quotes {
        return Ok(record.split(delimiter).map(Cow::Borrowed).collect());
    }
    let mut fields = Vec::new();
    let mut rest = record;
    loop {
        let (field, behind) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = rest.find(delimiter).unwrap_or(rest.len());
                (Cow::Borrowed(&rest[..end]), &rest[end..])
            }
        };
        fields.push(field);
        match behind.strip_prefix(delimiter) {
            Some(next) => rest = next,
            None if behind.is_empty() => return Ok(fields),
            None => return Err(BadRow::Behind(fields.len())),
        }
    }
}

/// What stands before the closing quote, and all behind it.
fn unquoted(text: &str) -> Result<(Cow<'_, str>, &str), BadRow> {
    let mut at = 0;
    loop {
        at += text[at..].find('"').ok_or(BadRow::Open)?;
        let behind = &text[at + 1..];
        if !behind.starts_with('"') {
            let field = &text[..at];
            return Ok(match field.contains('"') {
                true => (field.replace("\"\"", "\"").into(), behind),
                false => (field.into(), behind),
            });
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    #[test]
    fn fields_stand_between_delimiters() {
        for (record, expected) in [
            ("", &[""][..]),
            ("a,b", &["a", "b"]),
            (",", &["", ""]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("\"a\"\"b\"", &["a\"b"]),
            ("\"\",\"\"\"\"", &["", "\""]),
            ("5\" vinyl,x", &["5\" vinyl", "x"]),
            ("\"two\nlines\"", &["two\nlines"]),
        ] {
            assert_eq!(fields(record, b',', true).unwrap(), expected, "{record}");
        }
        assert_eq!(fields("\"a;b\"", b';', false).unwrap(), ["\"a", "b\""]);
        assert_eq!(fields("a,\"b", b',', true), Err(BadRow::Open));
        assert_eq!(fields("a,\"b\"c", b',', true), Err(BadRow::Behind(2)));
    }

    #[test]
    fn cells_of_an_object_are_texts_or_lists() {
        let columns = ["a", "b", "c", "d", "e", "f"].map(str::to_owned);
        let object = serde_json::json!({
            "a": "x", "b": 1.5, "c": ["y", null, 2], "d": {"z": 1}, "e": [[1]]
        });
        let Value::Object(object) = object else {
            panic!("an object");
        };
        let row = Row::Object(&columns, object);
        let cells: Vec<Cell> = (0..7).map(|column| row.cell(column)).collect();
        assert_eq!(
            cells,
            [
                Cell::One("x".into()),
                Cell::One("1.5".into()),
                Cell::List(vec!["y".into(), "2".into()]),
                Cell::Nested,
                Cell::Nested,
                Cell::Null,
                Cell::Null,
            ]
        );
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(
            texts in prop::collection::vec("[a,\"\n\r;é ]{0,6}", 1..6),
        ) {
            let quote = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
            let record = texts.iter().map(quote).collect::<Vec<_>>().join(",");
            prop_assert_eq!(fields(&record, b',', true).unwrap(), texts);
        }

        #[test]
        fn any_text_is_a_record_or_is_refused(record: String, quotes: bool) {
            drop(fields(&record, b',', quotes));
        }
    }
}
