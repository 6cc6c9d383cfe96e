use {
    super::{
        cutting::{Cutting, Fall},
        open::Kept,
        parquet_rows::ParquetFile,
        stretches::Stretch,
    },
    crate::{
        error::Error,
        sources::{Format, Head, HeadRows, Mapping, Reader, Splitting},
    },
    std::sync::Arc,
};

/// Bytes of a file that are looked at for its first rows; more where the
/// first is longer.
const HEAD: u64 = 1 << 16;

/// A header is never longer.
const LONGEST: u64 = 1 << 24;

const PARQUET: &[u8] = b"PAR1";

impl Kept {
    /// The format of a source: that of its Parquet files, what its mapping
    /// says, or what its first documents look like.
    pub(crate) fn format(
        &self,
        mapping: Option<&Mapping>,
        max_document_bytes: u64,
    ) -> Result<Format, Error> {
        for stretch in self.stretches(Splitting::ParquetRows) {
            let is_data = !matches!(stretch.fall, Fall::Aside) && !stretch.range.is_empty();
            let start = stretch.range.start;
            if !is_data || self.range(start, PARQUET.len() as u64)? != PARQUET {
                continue;
            }
            let columns = columns(self, &stretch);
            return Ok(match mapping {
                Some(_) => Format::MappedParquet,
                None => Format::of_columns(&columns.unwrap_or_default()),
            });
        }
        match mapping {
            Some(mapping) => Ok(Format::mapped(mapping)),
            None => self.detect(max_document_bytes),
        }
    }

    /// What the documents of this source are read by.
    ///
    /// # Errors
    /// When a mapping is needed and absent, or names a column that is not there.
    pub(crate) fn reader(
        &self,
        format: Format,
        mapping: Option<&Mapping>,
    ) -> Result<Reader, Error> {
        Reader::new(format, mapping, &self.heads(format)?)
    }

    /// The start of each file, for formats that are read by it.
    fn heads(&self, format: Format) -> Result<Vec<Head>, Error> {
        if !format.has_heads() {
            return Ok(Vec::new());
        }
        let mut heads = Vec::new();
        for stretch in self.stretches(format.splitting()) {
            let rows = match &stretch.fall {
                Fall::Aside => None,
                Fall::Whole => columns(self, &stretch).map(HeadRows::Columns),
                Fall::Pieces(_) if stretch.range.is_empty() => None,
                Fall::Pieces(cutting) => Some(HeadRows::Text(self.first(&stretch, cutting)?)),
            };
            let member = stretch.member;
            heads.extend(rows.map(|rows| Head { member, rows }));
        }
        Ok(heads)
    }

    /// The first documents of a file, at least one where there is any.
    fn first(&self, stretch: &Stretch, cutting: &Cutting) -> Result<Vec<Vec<u8>>, Error> {
        let whole = stretch.range.end - stretch.range.start;
        let mut length = HEAD.min(whole);
        loop {
            let bytes = self.range(stretch.range.start, length)?;
            let mut ranges = Vec::new();
            let is_all = length == whole || length >= LONGEST;
            (cutting.cut)(&bytes, is_all, &mut ranges);
            if !ranges.is_empty() || is_all {
                return Ok(ranges
                    .into_iter()
                    .map(|range| bytes[range].to_vec())
                    .collect());
            }
            length = (length * 4).min(whole).min(LONGEST);
        }
    }
}

/// The columns of a Parquet file; none of one that cannot be read, which the
/// rows tell.
fn columns(kept: &Kept, stretch: &Stretch) -> Option<Vec<String>> {
    let file = ParquetFile::open(Arc::clone(&kept.records), stretch).ok()?;
    Some(file.columns())
}
