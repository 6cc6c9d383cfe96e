//! Functions for ids, which tables hold as bytes.
//!
//! | | |
//! |---|---|
//! | `id(text)` | an id of 32 hexadecimal digits, with hyphens or without, as in a table |
//! | `hex_id(id)` | its hexadecimal digits; digests too |
//! | `mbid(id)` | its digits as a UUID, as MusicBrainz writes it |

use {
    arrow_schema::DataType,
    datafusion::{
        arrow::{
            array::{Array, ArrayRef, AsArray, FixedSizeBinaryBuilder, StringViewBuilder},
            compute::cast,
        },
        common::{DataFusionError, Result, plan_err},
        logical_expr::{
            ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
            Volatility,
        },
    },
    longplay_model::{ParseIdError, TrackId},
    std::{fmt::Write, sync::Arc},
};

/// All functions of ours.
pub(super) fn functions() -> [ScalarUDF; 3] {
    [Of::Id, Of::Hex, Of::Mbid].map(|of| ScalarUDF::from(IdFunction::new(of)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Of {
    Id,
    Hex,
    Mbid,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct IdFunction {
    of: Of,
    signature: Signature,
}

impl IdFunction {
    fn new(of: Of) -> Self {
        let signature = match of {
            Of::Id => Signature::exact(vec![DataType::Utf8View], Volatility::Immutable),
            Of::Hex => Signature::one_of(
                [16, 32]
                    .map(|bytes| TypeSignature::Exact(vec![DataType::FixedSizeBinary(bytes)]))
                    .into(),
                Volatility::Immutable,
            ),
            Of::Mbid => {
                Signature::exact(vec![DataType::FixedSizeBinary(16)], Volatility::Immutable)
            }
        };
        Self { of, signature }
    }
}

impl ScalarUDFImpl for IdFunction {
    fn name(&self) -> &str {
        match self.of {
            Of::Id => "id",
            Of::Hex => "hex_id",
            Of::Mbid => "mbid",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.of {
            Of::Id => DataType::FixedSizeBinary(16),
            Of::Hex | Of::Mbid => DataType::Utf8View,
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_one = matches!(arguments.args[..], [ColumnarValue::Scalar(_)]);
        let [given] = &ColumnarValue::values_to_arrays(&arguments.args)?[..] else {
            return plan_err!("{} takes one argument", self.name());
        };
        let made = match self.of {
            Of::Id => ids(given)?,
            Of::Hex => texts(given, hex),
            Of::Mbid => texts(given, uuid),
        };
        Ok(match is_one {
            true => {
                ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&made, 0)?)
            }
            false => ColumnarValue::Array(made),
        })
    }
}

fn ids(texts: &ArrayRef) -> Result<ArrayRef> {
    let texts = cast(texts, &DataType::Utf8View)?;
    let mut ids = FixedSizeBinaryBuilder::new(16);
    for text in texts.as_string_view() {
        match text {
            Some(text) => ids.append_value(parsed(text)?)?,
            None => ids.append_null(),
        }
    }
    Ok(Arc::new(ids.finish()))
}

fn parsed(text: &str) -> Result<[u8; 16]> {
    let digits = text.replace('-', "").to_lowercase();
    let id: TrackId = digits
        .parse()
        .map_err(|error: ParseIdError| DataFusionError::External(Box::new(error)))?;
    Ok(*id.as_bytes())
}

fn texts(ids: &ArrayRef, text: impl Fn(&[u8]) -> String) -> ArrayRef {
    let ids = ids.as_fixed_size_binary();
    let mut texts = StringViewBuilder::with_capacity(ids.len());
    for row in 0..ids.len() {
        texts.append_option(ids.is_valid(row).then(|| text(ids.value(row))));
    }
    Arc::new(texts.finish())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

fn uuid(bytes: &[u8]) -> String {
    let digits = hex(bytes);
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
    parts.join("-")
}
