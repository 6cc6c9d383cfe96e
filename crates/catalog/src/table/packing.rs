//! The pages of a column chunk, compressed by Zstandard.
//!
//! What stands in a page one after another is of different kinds: lengths before
//! texts, the low bytes of numbers, which nothing foretells, before the high ones. The
//! crate compresses a page with one code for all of its bytes, which suits none of
//! them. Here each kind has a block of its own within the frame (RFC 8878 §3.1.1.2):
//! a block that no code shortens lies there as it is, and is read as fast as memory.

use {
    super::coding::{
        deltas::deltas,
        head::{Head, Kind},
    },
    bytes::Bytes,
    parquet::{
        arrow::arrow_writer::{
            ArrowColumnChunk, PageKey, PageStore, PageStoreArgs, PageStoreFactory,
        },
        basic::{Compression, Encoding, Type, ZstdLevel},
        column::{
            page::{CompressedPage, Page, PageWriter},
            writer::ColumnCloseResult,
        },
        errors::{ParquetError, Result},
        file::{
            metadata::OffsetIndexBuilder,
            page_index::offset_index::OffsetIndexMetaData,
            writer::{SerializedPageWriter, TrackedWrite},
        },
        schema::types::ColumnDescriptor,
    },
    std::{
        io,
        sync::{Arc, Mutex, PoisonError},
    },
    zstd::{
        stream::raw::{Encoder, InBuffer, Operation, OutBuffer},
        zstd_safe::compress_bound,
    },
};

/// A shorter piece is not worth a block: its head takes three bytes, and a code of its
/// own some ten more.
const SHORTEST: usize = 48;

/// A column chunk, as a row group takes it.
pub(crate) struct PackedChunk {
    pub(crate) bytes: Bytes,
    pub(crate) close: ColumnCloseResult,
}

/// Pages one after the other, and their bytes with heads.
pub(crate) struct Pages {
    pub(crate) sink: TrackedWrite<Vec<u8>>,
    pub(crate) uncompressed: i64,
    pub(crate) compressed: i64,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            sink: TrackedWrite::new(Vec::new()),
            uncompressed: 0,
            compressed: 0,
        }
    }
}

impl Pages {
    /// Where it begins and how long it is; `plain` is its length before compression.
    pub(crate) fn write(&mut self, page: Page, plain: usize) -> Result<(i64, i32)> {
        let page = CompressedPage::new(page, plain);
        let written = SerializedPageWriter::new(&mut self.sink).write_page(page)?;
        self.uncompressed += written.uncompressed_size as i64;
        self.compressed += written.compressed_size as i64;
        Ok((written.offset as i64, written.compressed_size as i32))
    }
}

/// The pages of a column as the crate encodes them, not compressed: of each its head
/// and then what it holds. A dictionary is made last.
#[derive(Debug, Default, Clone)]
pub(super) struct Plain(Arc<Mutex<Vec<Bytes>>>);

impl PageStore for Plain {
    fn put(&mut self, value: Bytes) -> Result<PageKey> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.push(value);
        Ok(PageKey::new(held.len() as u64 - 1))
    }

    fn take(&mut self, key: PageKey) -> Result<Bytes> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.get(key.get() as usize).cloned();
        held.ok_or_else(|| ParquetError::General("a page that was never kept".to_owned()))
    }
}

/// Hands a store to each column, and keeps hold of it.
#[derive(Debug, Default)]
pub(super) struct Stores(Mutex<Vec<Plain>>);

impl PageStoreFactory for Stores {
    fn create(&self, _: &PageStoreArgs<'_>) -> Result<Box<dyn PageStore>> {
        let store = Plain::default();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(store.clone());
        Ok(Box::new(store))
    }
}

impl Stores {
    /// Those that columns were handed since the last time, in their order.
    pub(super) fn handed(&self) -> Vec<Plain> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The chunk with its pages compressed.
pub(super) fn packed(
    chunk: &ArrowColumnChunk,
    plain: &Plain,
    level: ZstdLevel,
) -> Result<PackedChunk> {
    let close = chunk.close();
    let column = close.metadata.column_descr();
    let mut compressor = Compressor::new(level)?;
    let mut pages = Pages::default();
    let (mut dictionary, mut data) = (None, Vec::new());
    let plain = std::mem::take(&mut *plain.0.lock().unwrap_or_else(PoisonError::into_inner));
    for page in plain.chunks(2) {
        let (head, page) = page_of(page)?;
        match head.kind {
            Kind::Data => data.push((head, page)),
            Kind::Dictionary => dictionary = Some((head, page)),
        }
    }
    let dictionary_offset = match dictionary {
        Some((head, page)) => {
            let packed = Page::DictionaryPage {
                buf: compressor.pack(&[page])?,
                num_values: head.count as u32,
                encoding: head.encoding,
                is_sorted: false,
            };
            Some(pages.write(packed, page.len())?.0)
        }
        None => None,
    };
    let data_offset = pages.compressed;
    let mut places = Vec::with_capacity(data.len());
    for (head, page) in data {
        let packed = Page::DataPage {
            buf: compressor.pack(&pieces(&head, page, column))?,
            num_values: head.count as u32,
            encoding: head.encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        places.push(pages.write(packed, page.len())?);
    }
    let index = close.offset_index.as_ref();
    let offset_index = index.map(|index| placed(index, close.rows_written, &places));
    let metadata = close.metadata.clone().into_builder();
    let metadata = metadata
        .set_compression(Compression::ZSTD(level))
        .set_total_compressed_size(pages.compressed)
        .set_total_uncompressed_size(pages.uncompressed)
        .set_dictionary_page_offset(dictionary_offset)
        .set_data_page_offset(data_offset)
        .build()?;
    Ok(PackedChunk {
        close: ColumnCloseResult {
            bytes_written: pages.compressed as u64,
            metadata,
            offset_index,
            ..close.clone()
        },
        bytes: pages.sink.into_inner()?.into(),
    })
}

fn page_of(blobs: &[Bytes]) -> Result<(Head, &[u8])> {
    let unknown = || ParquetError::General("a page of a kind that is not written here".to_owned());
    let [head, page] = blobs else {
        return Err(unknown());
    };
    let head = Head::take(&mut &head[..]).ok_or_else(unknown)?;
    Ok((head, page))
}

/// The pages with the same rows at their new places.
fn placed(index: &OffsetIndexMetaData, rows: u64, places: &[(i64, i32)]) -> OffsetIndexMetaData {
    let firsts = index.page_locations().iter();
    let firsts = firsts.map(|page| page.first_row_index);
    let nexts = firsts.clone().skip(1).chain([rows as i64]);
    let mut placed = OffsetIndexBuilder::new();
    for ((first, next), (offset, length)) in firsts.zip(nexts).zip(places) {
        placed.append_row_count(next - first);
        placed.append_offset_and_size(*offset, *length);
    }
    placed.build()
}

/// What stands in a page one after another.
fn pieces<'a>(head: &Head, page: &'a [u8], column: &ColumnDescriptor) -> Vec<&'a [u8]> {
    let Some((levels, values)) = behind_levels(page, column) else {
        return vec![page];
    };
    let mut seams = vec![levels];
    match head.encoding {
        Encoding::BYTE_STREAM_SPLIT => {
            let count = values.len() / width(column).max(1);
            let bytes = values.chunks(count.max(1));
            let changes = bytes
                .clone()
                .zip(bytes.skip(1))
                .map(|pair| !are_alike(pair));
            let ends = (1..).map(|nth| levels + nth * count);
            seams.extend(ends.zip(changes).filter_map(|(end, is)| is.then_some(end)));
        }
        Encoding::DELTA_LENGTH_BYTE_ARRAY => {
            seams.extend(deltas(values, 0).map(|(_, texts)| page.len() - texts.len()));
        }
        _ => {}
    }
    let mut pieces = Vec::with_capacity(seams.len() + 1);
    let mut from = 0;
    for seam in seams {
        if seam - from >= SHORTEST && page.len() - seam >= SHORTEST {
            pieces.push(&page[from..seam]);
            from = seam;
        }
    }
    pieces.push(&page[from..]);
    pieces
}

/// How long the levels are, and what stands behind: four bytes tell the length of each
/// kind of level.
fn behind_levels<'a>(page: &'a [u8], column: &ColumnDescriptor) -> Option<(usize, &'a [u8])> {
    let kinds = [column.max_rep_level(), column.max_def_level()];
    let mut values = page;
    for _ in kinds.iter().filter(|most| **most > 0) {
        let (length, rest) = values.split_first_chunk()?;
        values = rest.get(u32::from_le_bytes(*length) as usize..)?;
    }
    Some((page.len() - values.len(), values))
}

/// Bytes of a value.
fn width(column: &ColumnDescriptor) -> usize {
    match column.physical_type() {
        Type::INT32 | Type::FLOAT => 4,
        Type::INT64 | Type::DOUBLE => 8,
        _ => usize::try_from(column.type_length()).unwrap_or(0),
    }
}

/// Both are one byte over and over, and the same.
fn are_alike((one, other): (&[u8], &[u8])) -> bool {
    let byte = one.first();
    one.iter().chain(other).all(|it| Some(it) == byte)
}

/// Compresses pages, each as a frame.
struct Compressor(Encoder<'static>);

impl Compressor {
    fn new(level: ZstdLevel) -> io::Result<Self> {
        Encoder::new(level.compression_level()).map(Self)
    }

    /// Each piece becomes a block or several.
    fn pack(&mut self, pieces: &[&[u8]]) -> io::Result<Bytes> {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        if length == 0 {
            return Ok(Bytes::new());
        }
        self.0.reinit()?;
        self.0.set_pledged_src_size(Some(length as u64))?;
        let room = pieces.iter().map(|piece| compress_bound(piece.len()));
        let mut out = Vec::with_capacity(room.sum());
        let mut target = OutBuffer::around(&mut out);
        for (number, piece) in pieces.iter().enumerate() {
            if number > 0 {
                while self.0.flush(&mut target)? > 0 {}
            }
            let mut piece = InBuffer::around(piece);
            while piece.pos() < piece.src.len() {
                self.0.run(&mut piece, &mut target)?;
            }
        }
        while self.0.finish(&mut target, true)? > 0 {}
        Ok(out.into())
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        parquet::schema::types::{ColumnPath, Type as SchemaType},
        proptest::prelude::*,
    };

    fn column(kind: Type, most: i16) -> ColumnDescriptor {
        let built = SchemaType::primitive_type_builder("column", kind).build();
        let path = ColumnPath::from("column");
        ColumnDescriptor::new(Arc::new(built.unwrap()), most, 0, path)
    }

    const fn head(encoding: Encoding) -> Head {
        Head {
            kind: Kind::Data,
            plain: 0,
            packed: 0,
            count: 0,
            encoding,
        }
    }

    fn lengths(pieces: &[&[u8]]) -> Vec<usize> {
        pieces.iter().map(|piece| piece.len()).collect()
    }

    #[test]
    fn bytes_of_numbers_are_told_apart_by_their_place() {
        let split = head(Encoding::BYTE_STREAM_SPLIT);
        let noise = |count: usize| (0..count).map(|at| (at * 167) as u8);
        // The third and fourth bytes are all 0.
        let page: Vec<u8> = noise(200).chain([0; 200]).collect();
        let found = |kind, most, page: &[u8]| lengths(&pieces(&split, page, &column(kind, most)));
        assert_eq!(found(Type::INT32, 0, &page), [100, 100, 200]);
        assert_eq!(
            found(Type::DOUBLE, 0, &page),
            [50; 8][..4]
                .iter()
                .copied()
                .chain([200])
                .collect::<Vec<_>>()
        );
        // Levels go with the first bytes where there are few.
        let page = [&[1, 0, 0, 0, 9][..], &page].concat();
        assert_eq!(found(Type::INT32, 1, &page), [105, 100, 200]);
        let many = [&[60, 0, 0, 0][..], &[9; 60], &page[5..]].concat();
        assert_eq!(found(Type::INT32, 1, &many), [64, 100, 100, 200]);
        // Few numbers are not worth it, and damaged levels none of it.
        assert_eq!(found(Type::INT32, 0, &noise(88).collect::<Vec<_>>()), [88]);
        assert_eq!(found(Type::INT32, 1, &[255; 300]), [300]);
        assert_eq!(found(Type::INT32, 0, &[]), [0]);
    }

    #[test]
    fn lengths_are_told_apart_from_texts() {
        // One block of 128 in four parts, of which each has widths of 4 bits.
        let mut page = vec![0x80, 1, 4, 0x81, 1, 0, 0, 4, 4, 4, 4];
        page.extend([0; 64]);
        page.extend([b'a'; 99]);
        let coded = head(Encoding::DELTA_LENGTH_BYTE_ARRAY);
        let texts = column(Type::BYTE_ARRAY, 0);
        assert_eq!(lengths(&pieces(&coded, &page, &texts)), [75, 99]);
        let plain = head(Encoding::PLAIN);
        assert_eq!(lengths(&pieces(&plain, &page, &texts)), [174]);
    }

    #[test]
    fn rows_in_no_order_take_no_more_than_their_bits() {
        let mut seed = 1u64;
        let rows = (0..2048).map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 36) as u32
        });
        let rows: Vec<[u8; 4]> = rows.map(u32::to_le_bytes).collect();
        let bytes = (0..4).flat_map(|place| rows.iter().map(move |row| row[place]));
        let page: Vec<u8> = bytes.collect();
        let mut compressor = Compressor::new(ZstdLevel::try_new(3).unwrap()).unwrap();
        let split = head(Encoding::BYTE_STREAM_SPLIT);
        let pieces = pieces(&split, &page, &column(Type::INT32, 0));
        let packed = compressor.pack(&pieces).unwrap().len();
        // Of 28 bits, which three bytes and a half hold.
        assert!((7168..7300).contains(&packed), "{packed}");
        let whole = compressor.pack(&[&page]).unwrap().len();
        assert!(whole > 7700, "{whole}");
    }

    proptest! {
        #[test]
        fn frames_come_back_and_tell_their_length(
            pages in prop::collection::vec(prop::collection::vec(
                prop::collection::vec(0u8..5, 0..3_000), 0..6), 1..4),
            level in 1..4,
        ) {
            let mut compressor = Compressor::new(ZstdLevel::try_new(level).unwrap()).unwrap();
            for page in pages {
                let pieces: Vec<&[u8]> = page.iter().map(Vec::as_slice).collect();
                let packed = compressor.pack(&pieces).unwrap();
                let page = page.concat();
                if page.is_empty() {
                    prop_assert!(packed.is_empty());
                    continue;
                }
                let told = zstd::zstd_safe::get_frame_content_size(&packed);
                prop_assert_eq!(told.ok().flatten(), Some(page.len() as u64));
                let mut alone = zstd::bulk::Decompressor::new().unwrap();
                prop_assert_eq!(alone.decompress(&packed, page.len()).unwrap(), page);
            }
        }
    }
}
