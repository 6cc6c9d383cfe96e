//! A few values of a column, taken out of their pages one by one.
//!
//! The crate's decoder makes whole columns of what it reads, and its readers
//! take longer to make than a page takes to unpack: a lookup wants one row of
//! a thousand. What is not known here (other encodings, damaged pages) is left
//! to the crate, which tells what is wrong with it.
//!
//! Encodings: `Encodings.md` of Apache Parquet.

mod page;
mod unpack;
mod values;

use {
    self::{
        page::{Place, Plain},
        unpack::unpacked,
        values::{Shape, Values},
    },
    super::chunks::Chunks,
    crate::table::coding::{bits, head::Kind},
    arrow_array::{
        Array, ArrayRef, BooleanArray, FixedSizeBinaryArray, Float32Array, Float64Array,
        StringArray, TimestampMillisecondArray, UInt16Array, UInt32Array, UInt64Array,
        builder::{ListBuilder, StringBuilder},
    },
    arrow_schema::{DataType, FieldRef, TimeUnit},
    parquet::{
        basic::{Compression, Encoding, Type},
        file::page_index::offset_index::PageLocation,
    },
    std::{borrow::Cow, cell::OnceCell, ops::Range, sync::Arc},
};

/// What a column holds in these rows of a row group, which ascend and do not
/// repeat.
pub(super) fn column(
    chunks: &Chunks,
    leaf: usize,
    kind: &DataType,
    rows: &[usize],
) -> Option<ArrayRef> {
    match kind {
        DataType::List(element) => lists(chunks, leaf, element, rows),
        _ => flat(chunks, leaf, kind, rows),
    }
}

/// The numbers of whole pages of a column that ascends, one after another; of
/// the last page those greater than `last` may be left out.
pub(super) fn numbers(
    chunks: &Chunks,
    leaf: usize,
    pages: &[Range<usize>],
    last: u64,
) -> Option<Vec<u64>> {
    let starts: Vec<usize> = pages.iter().map(|rows| rows.start).collect();
    let wide = width(chunks, leaf)?;
    let mut all = Vec::new();
    let mut pages = pages.iter().peekable();
    Column::open(chunks, leaf, &starts)?.each(|page, _| {
        let rows = pages.next()?.len();
        let last = pages.peek().map_or(last, |_| u64::MAX);
        all.extend(page.numbers(wide, last)?);
        (page.count == rows).then_some(())
    })?;
    pages.next().is_none().then_some(all)
}

/// Bytes of a number.
fn width(chunks: &Chunks, leaf: usize) -> Option<usize> {
    match chunks.column(leaf).column_type() {
        Type::INT32 => Some(4),
        Type::INT64 => Some(8),
        _ => None,
    }
}

fn flat(chunks: &Chunks, leaf: usize, kind: &DataType, rows: &[usize]) -> Option<ArrayRef> {
    let mut out = Out::of(kind)?;
    let description = chunks.column(leaf).column_descr();
    if description.max_rep_level() > 0 || description.max_def_level() > 1 {
        return None;
    }
    let is_nullable = description.max_def_level() == 1;
    let column = Column::open(chunks, leaf, rows)?;
    column.each(|page, rows| {
        let (places, values) = page.flat(is_nullable, rows)?;
        let wanted: Vec<usize> = places.iter().filter_map(Place::value).collect();
        let mut found = column.values(page, values, &wanted)?.into_iter();
        for place in places {
            match place {
                Place::Absent => out.push_null(),
                Place::Value(_) => out.push(&found.next()?)?,
            }
        }
        Some(())
    })?;
    out.finish(kind)
}

/// Lists of texts, of which neither list nor text is ever absent.
fn lists(chunks: &Chunks, leaf: usize, element: &FieldRef, rows: &[usize]) -> Option<ArrayRef> {
    let description = chunks.column(leaf).column_descr();
    let levels = (description.max_rep_level(), description.max_def_level());
    if element.data_type() != &DataType::Utf8 || levels != (1, 1) {
        return None;
    }
    let column = Column::open(chunks, leaf, rows)?;
    let mut out = ListBuilder::new(StringBuilder::new()).with_field(element.clone());
    column.each(|page, rows| {
        let (ranges, values) = page.lists(rows)?;
        let wanted: Vec<usize> = ranges.iter().cloned().flatten().collect();
        let mut found = column.values(page, values, &wanted)?.into_iter();
        for range in ranges {
            for _ in range {
                let text = found.next()?;
                out.values().append_value(str::from_utf8(&text).ok()?);
            }
            out.append(true);
        }
        Some(())
    })?;
    Some(Arc::new(out.finish()))
}

fn shape_of(kind: Type, length: i32) -> Option<Shape> {
    match kind {
        Type::BOOLEAN => Some(Some(0)),
        Type::INT32 | Type::FLOAT => Some(Some(4)),
        Type::INT64 | Type::DOUBLE => Some(Some(8)),
        Type::FIXED_LEN_BYTE_ARRAY => usize::try_from(length).ok().map(Some),
        Type::BYTE_ARRAY => Some(None),
        _ => None,
    }
}

/// The pages of a column that hold some rows.
struct Column<'a> {
    chunks: &'a Chunks,
    leaf: usize,
    /// Read when a value stands in it: where few rows hold anything, it is the
    /// longest page by far.
    dictionary: OnceCell<Option<Vec<u8>>>,
    shape: Shape,
    /// Each page with the rows that are wanted, counted from its first.
    wanted: Vec<(&'a PageLocation, Vec<usize>)>,
}

impl<'a> Column<'a> {
    fn open(chunks: &'a Chunks, leaf: usize, rows: &[usize]) -> Option<Self> {
        let column = chunks.column(leaf);
        if column.compression() != Compression::UNCOMPRESSED {
            return None;
        }
        let shape = shape_of(column.column_type(), column.column_descr().type_length())?;
        let places = chunks.places(leaf)?;
        let mut wanted: Vec<(&PageLocation, Vec<usize>)> = Vec::new();
        for row in rows {
            let page = page_of(places, *row as i64)?;
            let within = row - usize::try_from(page.first_row_index).ok()?;
            match wanted.last_mut() {
                Some((last, rows)) if last.offset == page.offset => rows.push(within),
                _ => wanted.push((page, vec![within])),
            }
        }
        Some(Self {
            chunks,
            leaf,
            dictionary: OnceCell::new(),
            shape,
            wanted,
        })
    }

    /// Hands each page to `take` with the rows that are wanted of it.
    fn each(&self, mut take: impl FnMut(&Plain, &[usize]) -> Option<()>) -> Option<()> {
        for (page, rows) in &self.wanted {
            let end = page.offset.checked_add(page.compressed_page_size.into())?;
            unpacked(self.chunks, self.leaf, page.offset..end, |head, bytes| {
                let page = Plain {
                    bytes,
                    count: head.count,
                    encoding: head.encoding,
                };
                (head.kind == Kind::Data).then_some(())?;
                take(&page, rows)
            })?;
        }
        Some(())
    }

    /// These of the values of a page, by their places among them.
    fn values<'b>(
        &'b self,
        page: &Plain<'_>,
        values: &'b [u8],
        wanted: &[usize],
    ) -> Option<Vec<Cow<'b, [u8]>>> {
        let Some(last) = wanted.last() else {
            return Some(Vec::new());
        };
        let dictionary = match page.encoding {
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => self.dictionary(),
            _ => None,
        };
        Values::of(page.encoding, values, self.shape, dictionary, last + 1)?.at(wanted)
    }

    /// The values of the dictionary, one after another: it lies before the
    /// first page.
    fn dictionary(&self) -> Option<&[u8]> {
        if let Some(kept) = self.chunks.dictionary(self.leaf) {
            return Some(kept);
        }
        let read = || {
            let start = self.chunks.column(self.leaf).dictionary_page_offset()?;
            let end = self.chunks.places(self.leaf)?.first()?.offset;
            unpacked(self.chunks, self.leaf, start..end, |head, bytes| {
                let is_plain =
                    matches!(head.encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY);
                (head.kind == Kind::Dictionary && is_plain).then(|| {
                    self.chunks.keep_dictionary(self.leaf, bytes);
                    bytes.to_vec()
                })
            })
        };
        self.dictionary.get_or_init(read).as_deref()
    }
}

/// The page that holds a row. Pages are mostly of one length.
fn page_of(pages: &[PageLocation], row: i64) -> Option<&PageLocation> {
    let length = pages
        .get(1)
        .map_or(i64::MAX, |page| page.first_row_index.max(1));
    let guess = usize::try_from(row / length).ok()?;
    let starts = |at: usize| pages.get(at).map(|page| page.first_row_index);
    let is_it = starts(guess).is_some_and(|start| start <= row)
        && starts(guess + 1).is_none_or(|start| start > row);
    let at = match is_it {
        true => guess,
        false => pages
            .partition_point(|page| page.first_row_index <= row)
            .checked_sub(1)?,
    };
    pages.get(at)
}

/// Values in the making.
enum Out {
    Numbers(Vec<Option<u64>>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Out {
    fn of(kind: &DataType) -> Option<Self> {
        match kind {
            DataType::Boolean
            | DataType::UInt16
            | DataType::UInt32
            | DataType::UInt64
            | DataType::Float32
            | DataType::Float64
            | DataType::Timestamp(TimeUnit::Millisecond, _) => Some(Self::Numbers(Vec::new())),
            DataType::Utf8 => Some(Self::Texts(Vec::new())),
            DataType::FixedSizeBinary(_) => Some(Self::Bytes(Vec::new())),
            _ => None,
        }
    }

    fn push_null(&mut self) {
        match self {
            Self::Numbers(all) => all.push(None),
            Self::Texts(all) => all.push(None),
            Self::Bytes(all) => all.push(None),
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Option<()> {
        match self {
            Self::Numbers(all) => all.push(Some(bits::number(bytes)?)),
            Self::Texts(all) => all.push(Some(str::from_utf8(bytes).ok()?.to_owned())),
            Self::Bytes(all) => all.push(Some(bytes.to_vec())),
        }
        Some(())
    }

    fn finish(self, kind: &DataType) -> Option<ArrayRef> {
        let array: ArrayRef = match (self, kind) {
            (Self::Numbers(all), kind) => return numbers_of(&all, kind),
            (Self::Texts(all), _) => Arc::new(StringArray::from(all)),
            (Self::Bytes(all), DataType::FixedSizeBinary(width)) => {
                let all = all.into_iter();
                let array = FixedSizeBinaryArray::try_from_sparse_iter_with_size(all, *width);
                Arc::new(array.ok()?)
            }
            (Self::Bytes(_), _) => return None,
        };
        Some(array)
    }
}

/// Unsigned numbers lie in signed ones of the same bits, and of 32 at least.
fn numbers_of(all: &[Option<u64>], kind: &DataType) -> Option<ArrayRef> {
    let all = all.iter().copied();
    let array: ArrayRef = match kind {
        DataType::Boolean => Arc::new(BooleanArray::from_iter(all.map(|it| it.map(|it| it != 0)))),
        DataType::UInt16 => Arc::new(UInt16Array::from_iter(all.map(|it| it.map(|it| it as u16)))),
        DataType::UInt32 => Arc::new(UInt32Array::from_iter(all.map(|it| it.map(|it| it as u32)))),
        DataType::UInt64 => Arc::new(UInt64Array::from_iter(all)),
        DataType::Float32 => Arc::new(Float32Array::from_iter(
            all.map(|it| it.map(|it| f32::from_bits(it as u32))),
        )),
        DataType::Float64 => Arc::new(Float64Array::from_iter(
            all.map(|it| it.map(f64::from_bits)),
        )),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => {
            let times = all.map(|it| it.map(|it| it as i64));
            let times = TimestampMillisecondArray::from_iter(times);
            Arc::new(times.with_timezone_opt(zone.clone()))
        }
        _ => return None,
    };
    debug_assert_eq!(array.data_type(), kind);
    Some(array)
}
