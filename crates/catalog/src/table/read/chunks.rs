//! The pages of one row group, as the decoder of Parquet takes them.
//!
//! The crate's own readers make a new context of zstd for every column that
//! they open, which costs more than the page that a lookup wants. Here each
//! thread has one context, and the crate is told that chunks are not
//! compressed.

use {
    super::positioned::Positioned,
    bytes::Bytes,
    parquet::{
        arrow::arrow_reader::RowGroups,
        basic::Compression,
        column::page::{Page, PageIterator, PageMetadata, PageReader},
        errors::{ParquetError, Result},
        file::{
            metadata::{
                ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataBuilder,
                ParquetMetaDataReader, RowGroupMetaData,
            },
            page_index::offset_index::PageLocation,
            serialized_reader::SerializedPageReader,
        },
    },
    std::{
        cell::RefCell,
        sync::{Arc, OnceLock},
    },
    zstd::{bulk::Decompressor, zstd_safe::get_frame_content_size},
};

/// No page of ours is near to this; a damaged one may claim any length.
const LONGEST_PAGE: usize = 1 << 30;

/// A lookup reads a dictionary for one of its values: what is short stays. There are
/// some hundred row groups of a few such columns each.
const LONGEST_KEPT: usize = 16 << 10;

thread_local! {
    static CONTEXT: RefCell<Decompressor<'static>> = RefCell::new(Decompressor::default());
}

/// A row group with the places and limits of its pages.
#[derive(Debug)]
pub(super) struct Group {
    /// As if the file held no other row group, and nothing were compressed.
    alone: ParquetMetaData,
    is_zstd: Vec<bool>,
    /// Of each column, unpacked; those that are short, once they were read.
    dictionaries: Vec<OnceLock<Box<[u8]>>>,
}

impl Group {
    /// The limits of the pages lie apart from their places, with those of all
    /// other row groups between.
    pub(super) fn read(file: &Positioned, footer: &ParquetMetaData, group: usize) -> Result<Self> {
        let group = footer.row_group(group);
        let is_zstd =
            |column: &ColumnChunkMetaData| matches!(column.compression(), Compression::ZSTD(_));
        let is_zstd: Vec<bool> = group.columns().iter().map(is_zstd).collect();
        let alone = ParquetMetaDataBuilder::new(footer.file_metadata().clone())
            .add_row_group(plain(group, &is_zstd)?)
            .build();
        let mut limits = ParquetMetaDataReader::new_with_metadata(alone)
            .with_column_index_policy(PageIndexPolicy::Optional);
        limits.read_page_indexes(file)?;
        let mut places = ParquetMetaDataReader::new_with_metadata(limits.finish()?)
            .with_offset_index_policy(PageIndexPolicy::Optional);
        places.read_page_indexes(file)?;
        Ok(Self {
            alone: places.finish()?,
            dictionaries: is_zstd.iter().map(|_| OnceLock::new()).collect(),
            is_zstd,
        })
    }

    pub(super) const fn alone(&self) -> &ParquetMetaData {
        &self.alone
    }
}

/// The row group with chunks of zstd called uncompressed.
fn plain(group: &RowGroupMetaData, is_zstd: &[bool]) -> Result<RowGroupMetaData> {
    let columns = group.columns().iter().zip(is_zstd);
    let columns: Result<Vec<ColumnChunkMetaData>> = columns
        .map(|(column, is_zstd)| match is_zstd {
            true => column
                .clone()
                .into_builder()
                .set_compression(Compression::UNCOMPRESSED)
                .build(),
            false => Ok(column.clone()),
        })
        .collect();
    group
        .clone()
        .into_builder()
        .set_column_metadata(columns?)
        .build()
}

/// A row group with the file that it lies in.
pub(super) struct Chunks {
    pub(super) file: Arc<Positioned>,
    pub(super) group: Arc<Group>,
}

impl Chunks {
    pub(super) fn column(&self, leaf: usize) -> &ColumnChunkMetaData {
        self.group.alone.row_group(0).column(leaf)
    }

    /// The pages of a column are compressed by zstd, which its metadata here
    /// do not tell.
    pub(super) fn is_zstd(&self, leaf: usize) -> bool {
        self.group.is_zstd[leaf]
    }

    /// The dictionary of a column, where it was kept.
    pub(super) fn dictionary(&self, leaf: usize) -> Option<&[u8]> {
        self.group.dictionaries[leaf].get().map(AsRef::as_ref)
    }

    /// Keeps the dictionary of a column for those who come later, if it is short.
    pub(super) fn keep_dictionary(&self, leaf: usize, bytes: &[u8]) {
        if bytes.len() <= LONGEST_KEPT {
            self.group.dictionaries[leaf].get_or_init(|| bytes.into());
        }
    }

    /// Where the pages of a column lie.
    pub(super) fn places(&self, leaf: usize) -> Option<&[PageLocation]> {
        let groups = self.group.alone.offset_index()?;
        Some(groups.first()?.get(leaf)?.page_locations())
    }

    /// These pages of a column, and its dictionary; without places, all pages.
    pub(super) fn pages(&self, leaf: usize, places: Option<Vec<PageLocation>>) -> Result<Pages> {
        let (file, rows) = (self.file.clone(), self.num_rows());
        Ok(Pages {
            pages: SerializedPageReader::new(file, self.column(leaf), rows, places)?,
            is_zstd: self.group.is_zstd[leaf],
        })
    }
}

impl RowGroups for Chunks {
    fn num_rows(&self) -> usize {
        usize::try_from(self.group.alone.row_group(0).num_rows()).unwrap_or(0)
    }

    fn column_chunks(&self, leaf: usize) -> Result<Box<dyn PageIterator>> {
        let places = self.places(leaf).map(<[PageLocation]>::to_vec);
        Ok(Box::new(Chunk(Some(self.pages(leaf, places)?))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(self.group.alone.row_groups().iter())
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.group.alone
    }
}

/// The one chunk of a column.
struct Chunk(Option<Pages>);

impl Iterator for Chunk {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        let pages = self.0.take()?;
        Some(Ok(Box::new(pages)))
    }
}

impl PageIterator for Chunk {}

pub(super) struct Pages {
    pages: SerializedPageReader<Positioned>,
    is_zstd: bool,
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        match page {
            Some(page) if self.is_zstd => unpacked(page).map(Some),
            page => Ok(page),
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}

fn unpacked(mut page: Page) -> Result<Page> {
    match &mut page {
        Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => *buf = unzstd(buf, 0)?,
        // Levels stand before the values, and are never compressed.
        Page::DataPageV2 {
            buf,
            def_levels_byte_len,
            rep_levels_byte_len,
            is_compressed: true,
            ..
        } => {
            let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
            *buf = unzstd(buf, levels as usize)?;
        }
        Page::DataPageV2 { .. } => {}
    }
    Ok(page)
}

/// The first `plain` bytes as they are, and the others decompressed.
fn unzstd(bytes: &Bytes, plain: usize) -> Result<Bytes> {
    let damaged = || ParquetError::General("a page that zstd does not know".to_owned());
    let (plain, packed) = bytes.split_at_checked(plain).ok_or_else(damaged)?;
    // A page without values is nothing at all.
    if packed.is_empty() {
        return Ok(bytes.clone());
    }
    let length = get_frame_content_size(packed).ok().flatten();
    let length = length.and_then(|length| usize::try_from(length).ok());
    let length = length.filter(|length| *length <= LONGEST_PAGE);
    let values = CONTEXT.with_borrow_mut(|context| {
        context
            .decompress(packed, length.ok_or_else(damaged)?)
            .map_err(ParquetError::from)
    })?;
    match plain {
        [] => Ok(values.into()),
        plain => Ok([plain, &values].concat().into()),
    }
}
