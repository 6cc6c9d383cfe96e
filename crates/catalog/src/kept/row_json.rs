//! A row of Parquet as a JSON object (`docs/format/mapping.md`): columns in
//! their order, what is null left out.

use {
    arrow_array::{
        Array, ArrayRef, RecordBatch,
        cast::AsArray,
        types::{
            ArrowPrimitiveType, Date32Type, Decimal32Type, Decimal64Type, Decimal128Type,
            Decimal256Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
            Int64Type, Time32MillisecondType, Time64MicrosecondType, Time64NanosecondType,
            TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, UInt8Type,
            UInt16Type, UInt32Type, UInt64Type,
        },
    },
    arrow_schema::{DataType, TimeUnit},
    longplay_model::Timestamp,
    std::{fmt::Display, io::Write},
};

const NANOS: i64 = 1_000_000_000;

/// Appends row `row` of `batch`; columns that are marked in `uuids` hold
/// sixteen bytes that are written as a UUID.
pub(super) fn put_row(batch: &RecordBatch, row: usize, uuids: &[bool], out: &mut Vec<u8>) {
    out.push(b'{');
    let mut is_first = true;
    let schema = batch.schema_ref();
    for (number, (column, field)) in batch.columns().iter().zip(schema.fields()).enumerate() {
        let is_uuid = uuids.get(number) == Some(&true);
        put_member(field.name(), column, row, is_uuid, &mut is_first, out);
    }
    out.push(b'}');
}

fn put_member(
    name: &str,
    column: &ArrayRef,
    row: usize,
    is_uuid: bool,
    is_first: &mut bool,
    out: &mut Vec<u8>,
) {
    if column.is_null(row) || !is_told(column.data_type()) {
        return;
    }
    if !std::mem::take(is_first) {
        out.push(b',');
    }
    put_text(name, out);
    out.push(b':');
    match column.as_fixed_size_binary_opt() {
        Some(array) if is_uuid => put_uuid(array.value(row), out),
        _ => put(column, row, out),
    }
}

/// Whether values of this type have a rendering; intervals have none.
fn is_told(kind: &DataType) -> bool {
    !matches!(
        kind,
        DataType::Interval(_) | DataType::Duration(_) | DataType::Null
    )
}

fn put(array: &ArrayRef, row: usize, out: &mut Vec<u8>) {
    if array.is_null(row) {
        return out.extend(b"null");
    }
    match array.data_type() {
        DataType::Boolean => show(array.as_boolean().value(row), out),
        DataType::Int8 => number::<Int8Type>(array, row, out),
        DataType::Int16 => number::<Int16Type>(array, row, out),
        DataType::Int32 => number::<Int32Type>(array, row, out),
        DataType::Int64 => number::<Int64Type>(array, row, out),
        DataType::UInt8 => number::<UInt8Type>(array, row, out),
        DataType::UInt16 => number::<UInt16Type>(array, row, out),
        DataType::UInt32 => number::<UInt32Type>(array, row, out),
        DataType::UInt64 => number::<UInt64Type>(array, row, out),
        DataType::Float16 => put_float(f64::from(value::<Float16Type>(array, row).to_f32()), out),
        DataType::Float32 => put_single(value::<Float32Type>(array, row), out),
        DataType::Float64 => put_float(value::<Float64Type>(array, row), out),
        DataType::Utf8 => put_text(array.as_string::<i32>().value(row), out),
        DataType::Binary => put_hex(array.as_binary::<i32>().value(row), out),
        DataType::FixedSizeBinary(_) => put_hex(array.as_fixed_size_binary().value(row), out),
        DataType::Date32 => put_date(value::<Date32Type>(array, row), out),
        DataType::Time32(_) => {
            let thousandths = i64::from(value::<Time32MillisecondType>(array, row));
            put_clock(thousandths.saturating_mul(1_000_000), out);
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            put_clock(
                value::<Time64MicrosecondType>(array, row).saturating_mul(1000),
                out,
            );
        }
        DataType::Time64(_) => put_clock(value::<Time64NanosecondType>(array, row), out),
        DataType::Timestamp(unit, zone) => {
            put_time(stamp(array, row, *unit), *unit, zone.is_some(), out);
        }
        DataType::Decimal32(..) => quoted(
            &array.as_primitive::<Decimal32Type>().value_as_string(row),
            out,
        ),
        DataType::Decimal64(..) => quoted(
            &array.as_primitive::<Decimal64Type>().value_as_string(row),
            out,
        ),
        DataType::Decimal128(..) => {
            quoted(
                &array.as_primitive::<Decimal128Type>().value_as_string(row),
                out,
            );
        }
        DataType::Decimal256(..) => {
            quoted(
                &array.as_primitive::<Decimal256Type>().value_as_string(row),
                out,
            );
        }
        DataType::List(_) => put_list(&array.as_list::<i32>().value(row), out),
        DataType::Map(..) => put_list(
            &(std::sync::Arc::new(array.as_map().value(row)) as ArrayRef),
            out,
        ),
        DataType::Struct(_) => put_struct(array, row, out),
        _ => out.extend(b"null"),
    }
}

fn put_list(elements: &ArrayRef, out: &mut Vec<u8>) {
    out.push(b'[');
    for element in 0..elements.len() {
        if element > 0 {
            out.push(b',');
        }
        put(elements, element, out);
    }
    out.push(b']');
}

fn put_struct(array: &ArrayRef, row: usize, out: &mut Vec<u8>) {
    let array = array.as_struct();
    out.push(b'{');
    let mut is_first = true;
    for (column, field) in array.columns().iter().zip(array.fields()) {
        put_member(field.name(), column, row, false, &mut is_first, out);
    }
    out.push(b'}');
}

fn value<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> T::Native {
    array.as_primitive::<T>().value(row)
}

fn number<T: ArrowPrimitiveType<Native: Display>>(array: &ArrayRef, row: usize, out: &mut Vec<u8>) {
    show(value::<T>(array, row), out);
}

fn show(value: impl Display, out: &mut Vec<u8>) {
    write!(out, "{value}").expect("memory takes what is written");
}

fn quoted(value: &str, out: &mut Vec<u8>) {
    show(format_args!("\"{value}\""), out);
}

/// JSON has no number for what is none.
fn put_float(value: f64, out: &mut Vec<u8>) {
    match serde_json::Number::from_f64(value) {
        Some(number) => show(number, out),
        None => quoted(&value.to_string(), out),
    }
}

/// The shortest digits that are this value in single precision.
fn put_single(value: f32, out: &mut Vec<u8>) {
    match value.is_finite() {
        true => serde_json::to_writer(out, &value).expect("memory takes what is written"),
        false => quoted(&value.to_string(), out),
    }
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("memory takes what is written");
}

fn put_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    bytes
        .iter()
        .for_each(|byte| show(format_args!("{byte:02x}"), out));
    out.push(b'"');
}

fn put_uuid(bytes: &[u8], out: &mut Vec<u8>) {
    match <[u8; 16]>::try_from(bytes) {
        Ok(bytes) => quoted(&longplay_model::Mbid::from_bytes(bytes).to_string(), out),
        Err(_) => put_hex(bytes, out),
    }
}

fn put_date(days: i32, out: &mut Vec<u8>) {
    let day = Timestamp::from_unix_seconds(i64::from(days) * 86_400);
    let text = day.to_string();
    quoted(text.split('T').next().unwrap_or_default(), out);
}

/// Nanoseconds since midnight.
fn put_clock(nanos: i64, out: &mut Vec<u8>) {
    let seconds = nanos.div_euclid(NANOS);
    let (hours, minutes) = (
        seconds.div_euclid(3600),
        seconds.div_euclid(60).rem_euclid(60),
    );
    show(
        format_args!("\"{hours:02}:{minutes:02}:{:02}", seconds.rem_euclid(60)),
        out,
    );
    put_fraction(nanos.rem_euclid(NANOS), out);
    out.push(b'"');
}

fn stamp(array: &ArrayRef, row: usize, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Millisecond => value::<TimestampMillisecondType>(array, row),
        TimeUnit::Microsecond => value::<TimestampMicrosecondType>(array, row),
        TimeUnit::Nanosecond => value::<TimestampNanosecondType>(array, row),
        // Parquet has no such unit.
        TimeUnit::Second => 0,
    }
}

fn put_time(value: i64, unit: TimeUnit, is_utc: bool, out: &mut Vec<u8>) {
    let units = match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => NANOS,
    };
    let seconds = Timestamp::from_unix_seconds(value.div_euclid(units)).to_string();
    show(format_args!("\"{}", seconds.trim_end_matches('Z')), out);
    put_fraction(value.rem_euclid(units) * (NANOS / units), out);
    out.extend(if is_utc { &b"Z\""[..] } else { b"\"" });
}

/// A fraction of a second, without zeros at its end.
fn put_fraction(nanos: i64, out: &mut Vec<u8>) {
    if nanos > 0 {
        let digits = format!(".{nanos:09}");
        out.extend(digits.trim_end_matches('0').as_bytes());
    }
}
