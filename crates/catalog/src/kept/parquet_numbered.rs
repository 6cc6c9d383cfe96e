//! Rows of Parquet files by their numbers.

use {
    super::{
        cutting::Fall,
        parquet_rows::{ParquetFile, guarded, uuids},
        row_json::put_row,
        stretches::{Stretch, Stretches},
    },
    crate::{error::Error, seekable::SeekableReader},
    parquet::{arrow::arrow_reader::RowSelection, errors::ParquetError},
    std::{collections::BTreeMap, ops::Range, sync::Arc},
};

/// The documents of these numbers, which ascend and are counted from 1; absent
/// ones are left out. When more than `most_bytes` are held, the rest is left
/// out too.
pub(super) fn rows_of(
    records: &Arc<SeekableReader>,
    stretches: Stretches,
    numbers: &[u64],
    most_bytes: u64,
) -> Result<BTreeMap<u64, Vec<u8>>, Error> {
    let mut found = BTreeMap::new();
    let (mut held, mut before) = (0u64, 0u64);
    for stretch in stretches {
        if numbers.last().is_none_or(|last| *last <= before) || held > most_bytes {
            break;
        }
        let opened = Opened::of(records, &stretch);
        let after = before.saturating_add(opened.documents());
        let first = numbers.partition_point(|number| *number <= before);
        let end = numbers.partition_point(|number| *number <= after);
        let wanted = numbers[first..end].iter().map(|number| number - before - 1);
        opened.read(records, wanted.collect(), &mut |row, document| {
            held += document.len() as u64;
            found.insert(before + row + 1, document);
            held <= most_bytes
        })?;
        before = after;
    }
    Ok(found)
}

/// How many documents there are.
pub(super) fn count(records: &Arc<SeekableReader>, stretches: Stretches) -> u64 {
    let documents = stretches.map(|stretch| Opened::of(records, &stretch).documents());
    documents.fold(0, u64::saturating_add)
}

/// What one stretch turned out to be.
enum Opened {
    /// A small file beside the data.
    Aside(Range<u64>),
    File(ParquetFile),
    /// One document, which tells why it cannot be read.
    Damaged(String),
}

impl Opened {
    fn of(records: &Arc<SeekableReader>, stretch: &Stretch) -> Self {
        if matches!(stretch.fall, Fall::Aside) {
            return Self::Aside(stretch.range.clone());
        }
        match ParquetFile::open(Arc::clone(records), stretch) {
            Ok(file) => Self::File(file),
            Err(error) => Self::Damaged(error.to_string()),
        }
    }

    fn documents(&self) -> u64 {
        match self {
            Self::Aside(_) | Self::Damaged(_) => 1,
            Self::File(file) => file.rows(),
        }
    }

    /// Hands out rows, counted from 0, until `take` wants no more.
    fn read(
        &self,
        records: &SeekableReader,
        rows: Vec<u64>,
        take: &mut dyn FnMut(u64, Vec<u8>) -> bool,
    ) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        match self {
            Self::Aside(range) => {
                let length = range.end.saturating_sub(range.start);
                take(0, records.range(range.start, length)?);
            }
            Self::Damaged(problem) => {
                take(0, problem.clone().into());
            }
            Self::File(file) => read_groups(file, &rows, take),
        }
        Ok(())
    }
}

fn read_groups(file: &ParquetFile, rows: &[u64], take: &mut dyn FnMut(u64, Vec<u8>) -> bool) {
    let mut before = 0u64;
    for (group, length) in file.groups().iter().enumerate() {
        let after = before.saturating_add(*length);
        let first = rows.partition_point(|row| *row < before);
        let end = rows.partition_point(|row| *row < after);
        let wanted: Vec<u64> = rows[first..end].iter().map(|row| row - before).collect();
        let mut left = wanted.iter();
        let read = read_group(file, group, &wanted, &mut |document| {
            let row = left.next();
            row.is_some_and(|row| take(before + row, document))
        });
        match read {
            Ok(true) => {}
            Ok(false) => return,
            // What cannot be read is told, as reading all rows tells it.
            Err(error) => {
                let problem = error.to_string();
                if !left.all(|row| take(before + row, problem.clone().into())) {
                    return;
                }
            }
        }
        before = after;
    }
}

/// Whether all rows were taken.
fn read_group(
    file: &ParquetFile,
    group: usize,
    rows: &[u64],
    take: &mut dyn FnMut(Vec<u8>) -> bool,
) -> Result<bool, ParquetError> {
    let Some(last) = rows.last() else {
        return Ok(true);
    };
    let place = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
    let ranges = rows.iter().map(|row| place(*row)..place(*row) + 1);
    let selection = RowSelection::from_consecutive_ranges(ranges, place(*last) + 1);
    let builder = file.builder(group).with_row_selection(selection);
    let mut reader = guarded(|| builder.build())?;
    let mut read = 0;
    while let Some(batch) = guarded(|| Ok(reader.next().transpose()?))? {
        let uuids = uuids(file.schema(), &batch);
        for row in 0..batch.num_rows() {
            let mut document = Vec::new();
            put_row(&batch, row, &uuids, &mut document);
            read += 1;
            if !take(document) {
                return Ok(false);
            }
        }
    }
    match read == rows.len() {
        true => Ok(true),
        false => Err(ParquetError::EOF(
            "the file has fewer rows than it says".into(),
        )),
    }
}
