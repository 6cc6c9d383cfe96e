//! One flat table.

use {
    super::{
        flat::{FlatLine, flat},
        gather::Chunk,
        sink::Sink,
        sources::Sources,
    },
    crate::{
        error::Error,
        table::{Layout, TableWriter, batch},
    },
    arrow_array::RecordBatch,
    parquet::basic::Encoding::{DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY, PLAIN},
    rayon::prelude::*,
    std::path::Path,
};

const LAYOUT: Layout = Layout {
    page_rows: 8192,
    pages: &[],
    group_rows: 1 << 17,
    page_limits: &["rank"],
    encodings: &[
        ("rank", DELTA_BINARY_PACKED),
        ("track_id", PLAIN),
        ("recording_id", PLAIN),
        ("source_id", DELTA_LENGTH_BYTE_ARRAY),
        ("title", DELTA_LENGTH_BYTE_ARRAY),
        ("isrcs.list.element", DELTA_LENGTH_BYTE_ARRAY),
        ("recording_mbid", PLAIN),
        ("duration_ms", DELTA_BINARY_PACKED),
    ],
    levels: &[],
};

/// Tracks that become one batch.
const AT_ONCE: usize = 8192;

pub(super) struct ParquetFile(TableWriter<FlatLine>);

impl ParquetFile {
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        TableWriter::create(path, &LAYOUT).map(Self)
    }
}

impl Sink for ParquetFile {
    fn write(&mut self, chunk: &Chunk, sources: &Sources) -> Result<(), Error> {
        let batches: Vec<RecordBatch> = chunk
            .tracks
            .par_chunks(AT_ONCE)
            .map(|tracks| batch(tracks.iter().map(|track| flat(track, chunk, sources))))
            .collect();
        batches
            .iter()
            .try_for_each(|batch| self.0.push_batch(batch))
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        self.0.finish().map(drop)
    }
}
