//! Columns of few words. Each chunk has a dictionary of the words that it uses, and
//! pages of their numbers, so that no word is looked at row by row.
//!
//! The pages are those of the Parquet format: a dictionary page in plain encoding,
//! then data pages of version 1 in the hybrid of runs and packed bits, each compressed
//! by Zstandard.

use {
    crate::{
        table::{PackedChunk, Pages},
        varint,
    },
    arrow_array::{Array, DictionaryArray, StringArray, UInt8Array, types::UInt8Type},
    parquet::{
        basic::{Compression, Encoding, PageType, ZstdLevel},
        column::{page::Page, writer::ColumnCloseResult},
        data_type::ByteArray,
        errors::ParquetError,
        file::{
            metadata::{
                ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
            },
            statistics::{Statistics, ValueStatistics},
        },
        schema::types::ColumnDescPtr,
    },
    zstd::bulk::Compressor,
};

/// Encodes a column of one row group, in pages of so many rows.
pub(super) fn encode(
    column: &ColumnDescPtr,
    level: ZstdLevel,
    page_rows: usize,
    rows: &DictionaryArray<UInt8Type>,
) -> Result<PackedChunk, ParquetError> {
    let words = rows.values().as_any().downcast_ref::<StringArray>();
    let words = words.ok_or_else(|| ParquetError::General("words are no text".into()))?;
    let used = Used::by(rows.keys());
    let mut compressor = Compressor::new(level.compression_level())?;
    let mut pages = Pages::default();
    let dictionary = used.dictionary(words);
    let plain = dictionary.len();
    pages.write(
        Page::DictionaryPage {
            buf: compressor.compress(&dictionary)?.into(),
            num_values: used.keys.len() as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        },
        plain,
    )?;
    let data_page_offset = pages.compressed;
    let mut index = ColumnIndexBuilder::new(column.physical_type());
    let mut offsets = OffsetIndexBuilder::new();
    for from in (0..rows.len()).step_by(page_rows) {
        let keys = rows.keys().slice(from, page_rows.min(rows.len() - from));
        let page = used.page(&keys, column.max_def_level() > 0);
        let nulls = keys.null_count();
        let (offset, length) = pages.write(
            Page::DataPage {
                buf: compressor.compress(&page)?.into(),
                num_values: keys.len() as u32,
                encoding: Encoding::RLE_DICTIONARY,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            },
            page.len(),
        )?;
        offsets.append_row_count(keys.len() as i64);
        offsets.append_offset_and_size(offset, length);
        let (least, most) = bounds(words, Used::by(&keys).keys).unwrap_or_default();
        index.append(
            nulls == keys.len(),
            least.as_bytes().to_vec(),
            most.as_bytes().to_vec(),
            nulls as i64,
        );
    }
    let whole = bounds(words, used.keys).map(|(least, most)| (text(least), text(most)));
    let (least, most) = whole.unzip();
    let nulls = Some(rows.null_count() as u64);
    let statistics = ValueStatistics::new(least, most, None, nulls, false);
    let metadata = ColumnChunkMetaData::builder(column.clone())
        .set_compression(Compression::ZSTD(level))
        .set_encodings(vec![
            Encoding::PLAIN,
            Encoding::RLE,
            Encoding::RLE_DICTIONARY,
        ])
        .set_page_encoding_stats(encoding_stats(rows.len().div_ceil(page_rows)))
        .set_total_compressed_size(pages.compressed)
        .set_total_uncompressed_size(pages.uncompressed)
        .set_num_values(rows.len() as i64)
        .set_dictionary_page_offset(Some(0))
        .set_data_page_offset(data_page_offset)
        .set_statistics(Statistics::from(statistics))
        .build()?;
    Ok(PackedChunk {
        close: ColumnCloseResult {
            bytes_written: pages.compressed as u64,
            rows_written: rows.len() as u64,
            metadata,
            bloom_filter: None,
            column_index: Some(index.build()?),
            offset_index: Some(offsets.build()),
        },
        bytes: pages.sink.into_inner()?.into(),
    })
}

fn encoding_stats(data_pages: usize) -> Vec<PageEncodingStats> {
    let pages = |page_type, encoding, count| PageEncodingStats {
        page_type,
        encoding,
        count,
    };
    vec![
        pages(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1),
        pages(
            PageType::DATA_PAGE,
            Encoding::RLE_DICTIONARY,
            data_pages as i32,
        ),
    ]
}

fn text(word: &str) -> ByteArray {
    ByteArray::from(word)
}

/// The first and the last of some words by the alphabet.
fn bounds(words: &StringArray, keys: Vec<u8>) -> Option<(&str, &str)> {
    let used = || keys.iter().map(|key| words.value(usize::from(*key)));
    used().min().zip(used().max())
}

/// The words that rows use.
struct Used {
    /// Ascending.
    keys: Vec<u8>,
    /// Of each key that is used, which of them it is.
    number: [u8; 256],
}

impl Used {
    fn by(rows: &UInt8Array) -> Self {
        let mut is_used = [false; 256];
        for key in rows.values() {
            is_used[usize::from(*key)] = true;
        }
        if rows.null_count() > 0 {
            is_used = [false; 256];
            rows.iter()
                .flatten()
                .for_each(|key| is_used[usize::from(key)] = true);
        }
        let keys: Vec<u8> = (0..=u8::MAX)
            .filter(|key| is_used[usize::from(*key)])
            .collect();
        let mut number = [0; 256];
        for (at, key) in (0..).zip(&keys) {
            number[usize::from(*key)] = at;
        }
        Self { keys, number }
    }

    /// Each word after its length.
    fn dictionary(&self, words: &StringArray) -> Vec<u8> {
        let mut plain = Vec::new();
        for key in &self.keys {
            let word = words.value(usize::from(*key)).as_bytes();
            plain.extend((word.len() as u32).to_le_bytes());
            plain.extend(word);
        }
        plain
    }

    /// Bits of a number.
    fn width(&self) -> u32 {
        let last = self.keys.len().saturating_sub(1) as u32;
        (u32::BITS - last.leading_zeros()).max(1)
    }

    /// Which rows have a word, where some may have none, and the numbers of these.
    fn page(&self, rows: &UInt8Array, has_levels: bool) -> Vec<u8> {
        let mut page = Vec::new();
        if has_levels {
            let levels: Vec<u8> = (0..rows.len())
                .map(|at| u8::from(rows.is_valid(at)))
                .collect();
            let mut coded = Vec::new();
            put_runs(&mut coded, &levels, 1);
            page.extend((coded.len() as u32).to_le_bytes());
            page.append(&mut coded);
        }
        let number = |key: u8| self.number[usize::from(key)];
        let numbers: Vec<u8> = match rows.null_count() {
            0 => rows.values().iter().map(|key| number(*key)).collect(),
            _ => rows.iter().flatten().map(number).collect(),
        };
        page.push(self.width() as u8);
        put_runs(&mut page, &numbers, self.width());
        page
    }
}

/// Numbers of so many bits, at most 8: one run where all are the same, otherwise eight
/// by eight, packed from the lowest bit on.
fn put_runs(out: &mut Vec<u8>, numbers: &[u8], width: u32) {
    let Some(first) = numbers.first() else {
        return;
    };
    if numbers.iter().all(|number| number == first) {
        varint::put(out, (numbers.len() as u64) << 1);
        out.push(*first);
        return;
    }
    varint::put(out, (numbers.len().div_ceil(8) as u64) << 1 | 1);
    for eight in numbers.chunks(8) {
        let packed = eight
            .iter()
            .rev()
            .fold(0u64, |packed, number| packed << width | u64::from(*number));
        out.extend(&packed.to_le_bytes()[..width as usize]);
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::plans::{
            columns::{self, GROUP_ROWS},
            write::{dictionary, schema, words},
        },
        arrow_array::ArrayRef,
        parquet::{
            arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder},
            file::reader::{FileReader, SerializedFileReader},
        },
        proptest::prelude::*,
        std::{fs::File, ops::Range, path::Path},
    };

    const WORDS: [&str; 9] = ["", "b", "a", "über", "d", "e", "f", "g", "last"];

    fn write(path: &Path, keys: &[Option<u8>]) {
        let columns = |rows: Range<u32>| -> Vec<ArrayRef> {
            let keys = &keys[rows.start as usize..rows.end as usize];
            vec![dictionary(keys.iter().copied().collect(), &WORDS)]
        };
        let schema = schema(&[("word", words(), true)]);
        columns::write(path, &schema, &[], keys.len() as u32, &columns).unwrap();
    }

    fn read(path: &Path) -> Vec<Option<String>> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap());
        let builder = builder.unwrap();
        let mask = ProjectionMask::columns(builder.parquet_schema(), ["word"]);
        let batches = builder.with_projection(mask).build().unwrap();
        let words = batches.flat_map(|batch| {
            let batch = batch.unwrap();
            let words = batch.column(0).as_any().downcast_ref::<StringArray>();
            let words = words.unwrap().iter();
            words.map(|word| word.map(String::from)).collect::<Vec<_>>()
        });
        words.collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn words_come_back(
            stretches in prop::collection::vec((prop::option::of(0u8..9), 1usize..3_000), 0..9),
            mixed in prop::collection::vec(prop::option::of(0u8..9), 0..5_000),
        ) {
            let runs = stretches.into_iter().flat_map(|(key, count)| vec![key; count]);
            let keys: Vec<Option<u8>> = runs.chain(mixed).collect();
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("words.parquet");
            write(&path, &keys);
            let word = |key: &Option<u8>| key.map(|key| WORDS[usize::from(key)].to_owned());
            prop_assert_eq!(read(&path), keys.iter().map(word).collect::<Vec<_>>());
        }
    }

    #[test]
    fn chunks_tell_their_bounds() {
        // A group of one word, and one with two and with none.
        let group = GROUP_ROWS as usize;
        let mut keys = vec![Some(8); group];
        keys.extend([Some(2), None, Some(1), None, None]);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("words.parquet");
        write(&path, &keys);
        let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        let of_group = |group: usize| {
            let statistics = reader.metadata().row_group(group).column(0).statistics();
            let Some(Statistics::ByteArray(told)) = statistics else {
                panic!("no statistics");
            };
            let text = |bound: Option<&ByteArray>| bound.unwrap().as_utf8().unwrap().to_owned();
            let bounds = (text(told.min_opt()), text(told.max_opt()));
            (bounds, told.null_count_opt())
        };
        assert_eq!(of_group(0), (("last".into(), "last".into()), Some(0)));
        assert_eq!(of_group(1), (("a".into(), "b".into()), Some(3)));
        assert_eq!(read(&path).len(), keys.len());
    }
}
