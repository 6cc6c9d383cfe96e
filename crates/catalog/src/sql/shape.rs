//! What tables a question may name, and of what types their columns are.
//!
//! Whole numbers are all `BIGINT`, so that the number of a row equals one in
//! another table and a difference is never out of range; texts are read as
//! views of the page that holds them.

use {
    crate::{
        table::Line,
        tables::{
            ARTISTS, ARTWORK, ArtistLine, ArtworkLine, FILES, FileLine, GENRES, GenreLine,
            IDENTIFIERS, IdentifierLine, POPULARITY, PopularityLine, RELEASE_ARTISTS, RELEASES,
            RIGHTS, ReleaseArtistLine, ReleaseLine, RightsLine, TRACK_ARTISTS, TRACKS,
            TrackArtistLine, TrackLine,
        },
    },
    arrow_schema::{DataType, Field, Schema, SchemaRef},
    std::sync::Arc,
};

/// The number of a row, counted from 0.
pub(super) const ROW: &str = "row";

/// A table as it lies in a file.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) file: String,
    /// The columns of the file.
    pub(super) columns: SchemaRef,
    /// The column that the place in the file gives, of tables whose rows are
    /// not numbered in the file.
    pub(super) numbered: Option<&'static str>,
    /// The columns that rows ascend by.
    pub(super) order: &'static [&'static str],
}

impl Shape {
    fn of<L: Line>(file: &str, order: &'static [&'static str]) -> Self {
        Self {
            name: file.trim_end_matches(".parquet").to_owned(),
            file: file.to_owned(),
            columns: columns(L::fields()),
            numbered: (order == NUMBERED).then_some(ROW),
            order,
        }
    }
}

const NUMBERED: &[&str] = &[];
const BY_ROW: &[&str] = &[ROW];
const BY_PLACE: &[&str] = &[ROW, "place"];
const BY_KIND: &[&str] = &["kind", "metric", "source", ROW];
const BY_KEY: &[&str] = &["kind", "key", ROW];

/// The tables of a snapshot.
pub(super) fn shapes() -> Vec<Shape> {
    vec![
        Shape::of::<TrackLine>(TRACKS, NUMBERED),
        Shape::of::<ReleaseLine>(RELEASES, NUMBERED),
        Shape::of::<ArtistLine>(ARTISTS, NUMBERED),
        Shape::of::<TrackArtistLine>(TRACK_ARTISTS, BY_PLACE),
        Shape::of::<ReleaseArtistLine>(RELEASE_ARTISTS, BY_PLACE),
        Shape::of::<GenreLine>(GENRES, BY_ROW),
        Shape::of::<PopularityLine>(POPULARITY, BY_KIND),
        Shape::of::<RightsLine>(RIGHTS, BY_ROW),
        Shape::of::<FileLine>(FILES, BY_ROW),
        Shape::of::<ArtworkLine>(ARTWORK, BY_ROW),
        Shape::of::<IdentifierLine>(IDENTIFIERS, BY_KEY),
    ]
}

pub(super) fn columns(fields: Vec<Field>) -> SchemaRef {
    let fields = fields.into_iter().map(|field| {
        let asked = asked_as(field.data_type());
        // An id that follows from its row is left out.
        let is_null = field.is_nullable() || asked == DataType::FixedSizeBinary(16);
        field.with_data_type(asked).with_nullable(is_null)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The type as which a column of a file is asked.
fn asked_as(data_type: &DataType) -> DataType {
    match data_type {
        DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Utf8 => DataType::Utf8View,
        other => other.clone(),
    }
}
