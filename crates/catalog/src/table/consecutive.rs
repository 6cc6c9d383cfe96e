//! Row groups whose column `row` counts up one by one, as the table's metadata
//! name them: where a number stands in them needs no reading.

use {
    arrow_array::{RecordBatch, cast::AsArray, types::UInt32Type},
    parquet::file::metadata::{FileMetaData, KeyValue},
    std::ops::Range,
};

/// The key of the metadata (`docs/format/catalog.md`).
const KEY: &str = "longplay:consecutive";

pub(super) const COLUMN: &str = "row";

/// Row groups as runs of them, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Consecutive(Vec<Range<usize>>);

impl Consecutive {
    /// Adds a row group behind all others.
    pub(super) fn add(&mut self, group: usize) {
        match self.0.last_mut() {
            Some(last) if last.end == group => last.end += 1,
            _ => self.0.push(group..group + 1),
        }
    }

    pub(super) fn contains(&self, group: usize) -> bool {
        let after = self.0.partition_point(|run| run.start <= group);
        let run = after.checked_sub(1).map(|at| &self.0[at]);
        run.is_some_and(|run| run.contains(&group))
    }

    /// What the metadata say; nothing where they cannot be read.
    pub(super) fn told(metadata: &FileMetaData) -> Self {
        let told = metadata.key_value_metadata().into_iter().flatten();
        let told = told
            .filter(|it| it.key == KEY)
            .find_map(|it| it.value.as_ref());
        let runs: Option<Vec<(usize, usize)>> =
            told.and_then(|text| serde_json::from_str(text).ok());
        let runs = runs.unwrap_or_default().into_iter();
        Self(runs.map(|(start, end)| start..end).collect())
    }

    /// Nothing where no row group is such a one.
    pub(super) fn metadata(&self) -> Option<KeyValue> {
        let runs: Vec<(usize, usize)> = self.0.iter().map(|run| (run.start, run.end)).collect();
        let text = || serde_json::to_string(&runs).expect("numbers are always JSON");
        (!runs.is_empty()).then(|| KeyValue::new(KEY.into(), text()))
    }
}

/// Whether the numbers of all rows of these batches are consecutive.
pub(super) fn are_consecutive(batches: &[RecordBatch]) -> bool {
    let mut next = None;
    batches.iter().all(|batch| {
        let column = batch.column_by_name(COLUMN);
        let rows = column.and_then(|column| column.as_primitive_opt::<UInt32Type>());
        rows.is_some_and(|rows| {
            let Some(first) = next.or(rows.values().first().copied()) else {
                return true;
            };
            let numbers = u64::from(first)..;
            next = first.checked_add(rows.values().len() as u32);
            let told = rows.values().iter().copied().map(u64::from);
            told.zip(numbers).all(|(row, number)| row == number)
        })
    })
}

#[cfg(test)]
mod tests {
    use {
        crate::table::{Layout, Table, TableWriter, table},
        parquet::basic::Encoding,
        proptest::prelude::*,
    };

    table! {
        Counted {
            row: u32,
            value: u32,
        }
    }

    const LAYOUT: Layout = Layout {
        page_rows: 16,
        pages: &[],
        group_rows: 64,
        page_limits: &["row"],
        encodings: &[("row", Encoding::DELTA_BINARY_PACKED)],
        levels: &[],
    };

    fn written(groups: &[Vec<u32>]) -> (tempfile::TempDir, Table) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.parquet");
        let mut table = TableWriter::<Counted>::create(&path, &LAYOUT).unwrap();
        for group in groups {
            for row in group {
                let value = row.wrapping_mul(31);
                table.push(Counted { row: *row, value }).unwrap();
            }
            table.end_group().unwrap();
        }
        table.finish().unwrap();
        let table = Table::open(&path).unwrap();
        (dir, table)
    }

    #[test]
    fn only_what_counts_up_one_by_one_is_named() {
        let groups = [
            (7..71).collect(),
            (71..100).collect(),
            [1, 2, 2, 4].to_vec(),
            [u32::MAX - 1, u32::MAX].to_vec(),
            [5, 7].to_vec(),
        ];
        let (_dir, table) = written(&groups);
        let told = (0..5).map(|group| table.consecutive.contains(group));
        assert!(told.eq([true, true, false, true, false]));
    }

    #[test]
    fn a_claim_that_the_limits_contradict_is_none() {
        let (_dir, mut table) = written(&[vec![5, 7]]);
        table.consecutive.add(0);
        let found = table.lines_with::<Counted>(0..1, "row", &[6, 7]).unwrap();
        assert!(found.iter().map(|(_, line)| line.row).eq([7]));
    }

    #[test]
    fn numbers_that_count_up_are_not_read() {
        // The limits bear the claim out, and what is read would differ.
        let (_dir, mut table) = written(&[vec![5, 5, 7]]);
        table.consecutive.add(0);
        let lines = table.lines_at::<Counted>(&[0, 1, 2]).unwrap();
        let found = lines.iter().map(|line| (line.row, line.value / 31));
        assert!(found.eq([(5, 5), (6, 5), (7, 7)]));
    }

    proptest! {
        #[test]
        fn rows_are_found_where_they_stand(
            steps in prop::collection::vec(prop::sample::select(vec![0, 1, 1, 1, 1, 1, 1, 1, 2]), 1..200),
            keys in prop::collection::btree_set(0u64..220, 0..20),
        ) {
            let mut row = 3;
            let rows: Vec<u32> = steps.iter().map(|step| { row += step; row }).collect();
            let groups: Vec<Vec<u32>> = rows.chunks(50).map(<[u32]>::to_vec).collect();
            let (_dir, table) = written(&groups);
            let keys: Vec<u64> = keys.into_iter().collect();
            let found = table.lines_with::<Counted>(table.groups(), "row", &keys).unwrap();
            let found: Vec<(u64, u32)> = found.into_iter().map(|(key, line)| (key, line.row)).collect();
            let expected = rows.iter().filter(|row| keys.contains(&u64::from(**row)));
            let expected: Vec<(u64, u32)> = expected.map(|row| (u64::from(*row), *row)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
