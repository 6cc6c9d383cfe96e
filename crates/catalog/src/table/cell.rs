use {
    arrow_array::{
        Array, BooleanArray, FixedSizeBinaryArray, ListArray, StringArray,
        TimestampMillisecondArray,
        builder::{
            BooleanBuilder, FixedSizeBinaryBuilder, ListBuilder, PrimitiveBuilder, StringBuilder,
            TimestampMillisecondBuilder,
        },
        cast::AsArray,
        types::{Float32Type, Float64Type, UInt16Type, UInt32Type, UInt64Type},
    },
    arrow_schema::{DataType, Field, TimeUnit},
    longplay_model::{Digest, Timestamp},
    std::sync::Arc,
};

/// A type that is a column of a table.
pub(crate) trait Cell: Sized {
    type Builder: Send;
    type Column: 'static;
    const NULLABLE: bool = false;
    fn data_type() -> DataType;
    fn builder() -> Self::Builder;
    fn append(self, builder: &mut Self::Builder);
    fn append_null(builder: &mut Self::Builder);
    fn column(array: &dyn Array) -> Option<&Self::Column>;
    fn is_null(column: &Self::Column, row: usize) -> bool;
    /// The value of a row that is not null.
    fn get(column: &Self::Column, row: usize) -> Option<Self>;

    fn field(name: &str) -> Field {
        Field::new(name, Self::data_type(), Self::NULLABLE)
    }
}

impl<T: Cell> Cell for Option<T> {
    type Builder = T::Builder;
    type Column = T::Column;
    const NULLABLE: bool = true;

    fn data_type() -> DataType {
        T::data_type()
    }

    fn builder() -> T::Builder {
        T::builder()
    }

    fn append(self, builder: &mut T::Builder) {
        match self {
            Some(value) => value.append(builder),
            None => T::append_null(builder),
        }
    }

    fn append_null(builder: &mut T::Builder) {
        T::append_null(builder);
    }

    fn column(array: &dyn Array) -> Option<&T::Column> {
        T::column(array)
    }

    fn is_null(column: &T::Column, row: usize) -> bool {
        T::is_null(column, row)
    }

    fn get(column: &T::Column, row: usize) -> Option<Self> {
        match T::is_null(column, row) {
            true => Some(None),
            false => T::get(column, row).map(Some),
        }
    }
}

macro_rules! numbers {
    ($($number:ty: $kind:ident $data_type:ident;)*) => {$(
        impl Cell for $number {
            type Builder = PrimitiveBuilder<$kind>;
            type Column = arrow_array::PrimitiveArray<$kind>;

            fn data_type() -> DataType {
                DataType::$data_type
            }

            fn builder() -> Self::Builder {
                PrimitiveBuilder::new()
            }

            fn append(self, builder: &mut Self::Builder) {
                builder.append_value(self);
            }

            fn append_null(builder: &mut Self::Builder) {
                builder.append_null();
            }

            fn column(array: &dyn Array) -> Option<&Self::Column> {
                array.as_primitive_opt::<$kind>()
            }

            fn is_null(column: &Self::Column, row: usize) -> bool {
                column.is_null(row)
            }

            fn get(column: &Self::Column, row: usize) -> Option<Self> {
                Some(column.value(row))
            }
        }
    )*};
}

numbers! {
    u16: UInt16Type UInt16;
    u32: UInt32Type UInt32;
    u64: UInt64Type UInt64;
    f32: Float32Type Float32;
    f64: Float64Type Float64;
}

impl Cell for bool {
    type Builder = BooleanBuilder;
    type Column = BooleanArray;

    fn data_type() -> DataType {
        DataType::Boolean
    }

    fn builder() -> BooleanBuilder {
        BooleanBuilder::new()
    }

    fn append(self, builder: &mut BooleanBuilder) {
        builder.append_value(self);
    }

    fn append_null(builder: &mut BooleanBuilder) {
        builder.append_null();
    }

    fn column(array: &dyn Array) -> Option<&BooleanArray> {
        array.as_boolean_opt()
    }

    fn is_null(column: &BooleanArray, row: usize) -> bool {
        column.is_null(row)
    }

    fn get(column: &BooleanArray, row: usize) -> Option<Self> {
        Some(column.value(row))
    }
}

impl Cell for String {
    type Builder = StringBuilder;
    type Column = StringArray;

    fn data_type() -> DataType {
        DataType::Utf8
    }

    fn builder() -> StringBuilder {
        StringBuilder::new()
    }

    fn append(self, builder: &mut StringBuilder) {
        builder.append_value(self);
    }

    fn append_null(builder: &mut StringBuilder) {
        builder.append_null();
    }

    fn column(array: &dyn Array) -> Option<&StringArray> {
        array.as_string_opt()
    }

    fn is_null(column: &StringArray, row: usize) -> bool {
        column.is_null(row)
    }

    fn get(column: &StringArray, row: usize) -> Option<Self> {
        Some(column.value(row).to_owned())
    }
}

/// A point in time, in UTC, as milliseconds.
impl Cell for Timestamp {
    type Builder = TimestampMillisecondBuilder;
    type Column = TimestampMillisecondArray;

    fn data_type() -> DataType {
        DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
    }

    fn builder() -> Self::Builder {
        TimestampMillisecondBuilder::new().with_timezone("UTC")
    }

    fn append(self, builder: &mut Self::Builder) {
        builder.append_value(self.unix_seconds() * 1000);
    }

    fn append_null(builder: &mut Self::Builder) {
        builder.append_null();
    }

    fn column(array: &dyn Array) -> Option<&Self::Column> {
        array.as_primitive_opt()
    }

    fn is_null(column: &Self::Column, row: usize) -> bool {
        column.is_null(row)
    }

    fn get(column: &Self::Column, row: usize) -> Option<Self> {
        let seconds = column.value(row).div_euclid(1000);
        Some(Self::from_unix_seconds(seconds))
    }
}

impl Cell for Vec<String> {
    type Builder = ListBuilder<StringBuilder>;
    type Column = ListArray;

    fn data_type() -> DataType {
        DataType::List(Arc::new(Field::new("element", DataType::Utf8, false)))
    }

    fn builder() -> Self::Builder {
        let element = Field::new("element", DataType::Utf8, false);
        ListBuilder::new(StringBuilder::new()).with_field(element)
    }

    fn append(self, builder: &mut Self::Builder) {
        self.iter()
            .for_each(|text| builder.values().append_value(text));
        builder.append(true);
    }

    fn append_null(builder: &mut Self::Builder) {
        builder.append(false);
    }

    fn column(array: &dyn Array) -> Option<&ListArray> {
        array.as_list_opt()
    }

    fn is_null(column: &ListArray, row: usize) -> bool {
        column.is_null(row)
    }

    fn get(column: &ListArray, row: usize) -> Option<Self> {
        let values = column.value(row);
        let texts = values.as_string_opt::<i32>()?;
        Some(texts.iter().flatten().map(str::to_owned).collect())
    }
}

/// A 128-bit id: `FIXED_LEN_BYTE_ARRAY(16)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) [u8; 16]);

impl Id {
    fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

macro_rules! fixed {
    ($name:ident $bytes:literal $from:expr, $to:expr) => {
        impl Cell for $name {
            type Builder = FixedSizeBinaryBuilder;
            type Column = FixedSizeBinaryArray;

            fn data_type() -> DataType {
                DataType::FixedSizeBinary($bytes)
            }

            fn builder() -> Self::Builder {
                FixedSizeBinaryBuilder::new($bytes)
            }

            fn append(self, builder: &mut Self::Builder) {
                let bytes: &[u8; $bytes] = $to(&self);
                builder
                    .append_value(bytes)
                    .expect("the builder is of this width");
            }

            fn append_null(builder: &mut Self::Builder) {
                builder.append_null();
            }

            fn column(array: &dyn Array) -> Option<&Self::Column> {
                array
                    .as_fixed_size_binary_opt()
                    .filter(|column| column.value_length() == $bytes)
            }

            fn is_null(column: &Self::Column, row: usize) -> bool {
                column.is_null(row)
            }

            fn get(column: &Self::Column, row: usize) -> Option<Self> {
                column.value(row).try_into().ok().map($from)
            }
        }
    };
}

fixed!(Id 16 Id, Id::as_bytes);
// A SHA-256: `FIXED_LEN_BYTE_ARRAY(32)`.
fixed!(Digest 32 Digest::from_bytes, Digest::as_bytes);
