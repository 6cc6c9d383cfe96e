//! A Parquet table, written line by line and read line by line.
//!
//! [`table!`] declares a struct whose fields are the columns; writing and
//! reading follow from their types. A second struct with some of the names is
//! a projection: only its columns are read.

mod cell;
mod coding;
mod consecutive;
mod follows;
mod hashing;
mod packing;
mod read;
mod write;

pub(crate) use {
    cell::{Cell, Id},
    follows::{Follows, Ids, filled, texts},
    hashing::Hashing,
    packing::{PackedChunk, Pages},
    read::{ReadBefore, Table},
    write::{BatchBuilder, Layout, TableWriter, batch},
};

pub use write::TableFile;

use {
    arrow_array::{ArrayRef, RecordBatch},
    arrow_schema::Field,
};

/// A row of a table as a struct of cells.
pub(crate) trait Line: Sized {
    type Builders: Send;
    const COLUMNS: &'static [&'static str];
    fn fields() -> Vec<Field>;
    fn builders() -> Self::Builders;
    fn append(self, builders: &mut Self::Builders);
    fn finish(builders: &mut Self::Builders) -> Vec<ArrayRef>;
    /// The rows of a batch; the error names the column that is absent or of
    /// another type.
    fn read(batch: &RecordBatch) -> Result<Vec<Self>, &'static str>;
}

macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $cell:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct $name {
            $($(#[$field_doc])* pub(crate) $field: $cell,)*
        }

        impl $crate::table::Line for $name {
            type Builders = ($(<$cell as $crate::table::Cell>::Builder,)*);

            const COLUMNS: &'static [&'static str] = &[$(stringify!($field),)*];

            fn fields() -> Vec<arrow_schema::Field> {
                vec![$(<$cell as $crate::table::Cell>::field(stringify!($field)),)*]
            }

            fn builders() -> Self::Builders {
                ($(<$cell as $crate::table::Cell>::builder(),)*)
            }

            fn append(self, builders: &mut Self::Builders) {
                let ($($field,)*) = builders;
                $($crate::table::Cell::append(self.$field, $field);)*
            }

            fn finish(builders: &mut Self::Builders) -> Vec<arrow_array::ArrayRef> {
                let ($($field,)*) = builders;
                vec![$(std::sync::Arc::new($field.finish()),)*]
            }

            fn read(batch: &arrow_array::RecordBatch) -> Result<Vec<Self>, &'static str> {
                $(let $field = batch
                    .column_by_name(stringify!($field))
                    .and_then(|column| <$cell as $crate::table::Cell>::column(column.as_ref()))
                    .ok_or(stringify!($field))?;)*
                let row = |row| Some(Self { $($field: <$cell as $crate::table::Cell>::get($field, row)?,)* });
                (0..batch.num_rows()).map(|number| row(number).ok_or("readable values")).collect()
            }
        }
    };
}

pub(crate) use table;

#[cfg(test)]
mod tests {
    use {super::*, parquet::basic::Encoding, proptest::prelude::*};

    table! {
        Sample {
            id: Id,
            row: u64,
            name: String,
            number: Option<u32>,
            share: Option<f32>,
            is_so: Option<bool>,
            texts: Vec<String>,
            kind: String,
            none: Option<u32>,
            is_sample: bool,
            source: u16,
        }
    }

    table! {
        Narrow {
            row: u64,
            texts: Vec<String>,
        }
    }

    fn sample(row: u64) -> Sample {
        Sample {
            id: Id([row as u8; 16]),
            row: row / 3,
            name: format!("name {:06}", row / 2),
            number: row.is_multiple_of(2).then_some(row as u32),
            share: row.is_multiple_of(3).then_some(row as f32 / 2.0),
            is_so: (!row.is_multiple_of(5)).then_some(row.is_multiple_of(7)),
            texts: (0..row % 4).map(|n| format!("{row} {n}")).collect(),
            // Row groups in which all rows are alike, and others.
            kind: if row < 450 { "first" } else { "second" }.into(),
            none: None,
            is_sample: true,
            source: u16::from(row >= 400),
        }
    }

    const SMALL: Layout = Layout {
        page_rows: 16,
        pages: &[("name", 5), ("share", 40), ("source", 1000)],
        group_rows: 200,
        page_limits: &["row", "name"],
        encodings: &[],
        levels: &[],
    };

    /// The same with the encodings that tables have instead of dictionaries.
    const CODED: Layout = Layout {
        encodings: &[
            ("id", Encoding::PLAIN),
            ("row", Encoding::DELTA_BINARY_PACKED),
            ("name", Encoding::DELTA_LENGTH_BYTE_ARRAY),
            ("number", Encoding::BYTE_STREAM_SPLIT),
            ("share", Encoding::BYTE_STREAM_SPLIT),
            ("texts.list.element", Encoding::DELTA_LENGTH_BYTE_ARRAY),
        ],
        ..SMALL
    };

    fn written(rows: u64) -> (tempfile::TempDir, Table) {
        written_as(rows, &SMALL)
    }

    fn written_as(rows: u64, layout: &Layout) -> (tempfile::TempDir, Table) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.parquet");
        let mut writer = TableWriter::<Sample>::create(&path, layout).unwrap();
        for row in 0..rows {
            writer.push(sample(row)).unwrap();
        }
        assert_eq!(writer.finish().unwrap().rows, rows);
        let table = Table::open(&path).unwrap();
        (dir, table)
    }

    #[test]
    fn rows_come_back_whole_and_in_part() {
        for rows in [0, 1, 200, 1_001] {
            let (_dir, table) = written(rows);
            let all: Vec<Sample> = table.lines().unwrap().map(Result::unwrap).collect();
            assert_eq!(all, (0..rows).map(sample).collect::<Vec<_>>());
            let narrow: Vec<Narrow> = table.lines().unwrap().map(Result::unwrap).collect();
            assert_eq!(narrow.len() as u64, rows);
        }
    }

    #[test]
    fn a_few_values_are_picked_from_pages_of_all_kinds() {
        for layout in [&SMALL, &CODED] {
            let (_dir, table) = written_as(1_001, layout);
            for column in Sample::COLUMNS {
                assert!(table.picks(1, column, &[0, 15, 16, 170]), "{column}");
                assert!(table.picks(2, column, &[199]), "{column}");
            }
        }
    }

    #[test]
    fn a_short_dictionary_is_kept_and_a_long_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.parquet");
        let mut writer = TableWriter::<Sample>::create(&path, &SMALL).unwrap();
        for row in 0..200 {
            let name = format!("{row:0300}");
            writer
                .push(Sample {
                    name,
                    ..sample(row)
                })
                .unwrap();
        }
        writer.finish().unwrap();
        let table = Table::open(&path).unwrap();
        for _ in 0..2 {
            for row in [3, 77] {
                let line: Sample = table.line_at(row).unwrap().unwrap();
                assert_eq!(line.name, format!("{row:0300}"));
                assert_eq!(line.texts, sample(row).texts);
            }
            assert!(table.keeps_dictionary(0, "element"));
            assert!(!table.keeps_dictionary(0, "name"));
        }
    }

    #[test]
    fn a_column_that_was_read_before_is_not_read_again() {
        let (_dir, table) = written_as(1_001, &CODED);
        let rows = [3, 240, 241, 990];
        for column in ["row", "texts"] {
            // Said to hold what stands three rows before: what is read would differ.
            let values = rows.map(|row| {
                let (first, column) = table
                    .column_at(row - 3..row, column)
                    .next()
                    .unwrap()
                    .unwrap();
                assert_eq!(first, row - 3);
                (row, column.slice(0, 1))
            });
            let values = values.into();
            let before = ReadBefore {
                column,
                values: &values,
            };
            let expected = rows.map(|row| match column {
                "row" => Sample {
                    row: sample(row - 3).row,
                    ..sample(row)
                },
                _ => Sample {
                    texts: sample(row - 3).texts,
                    ..sample(row)
                },
            });
            assert_eq!(
                table.lines_beside::<Sample>(&rows, Some(before)).unwrap(),
                expected
            );
            // Of these not all were read.
            let rows = [3, 4];
            let lines: Vec<Sample> = table.lines_beside(&rows, Some(before)).unwrap();
            assert_eq!(lines, rows.map(sample));
        }
    }

    #[test]
    fn what_a_column_holds_is_counted() {
        let (_dir, table) = written(1_001);
        let mut kinds = std::collections::BTreeMap::new();
        for group in table.groups() {
            let count = |text: &str, rows| *kinds.entry(text.to_owned()).or_insert(0) += rows;
            table.tally(group, "kind", count).unwrap();
        }
        let kinds: Vec<(String, u64)> = kinds.into_iter().collect();
        assert_eq!(
            kinds,
            [("first".to_owned(), 450), ("second".to_owned(), 551)]
        );
        let present = |column| -> u64 {
            let groups = table.groups();
            groups
                .map(|group| table.present(group, column).unwrap())
                .sum()
        };
        let found = ["number", "share", "none"].map(present);
        assert_eq!(found, [501, 334, 0]);
    }

    #[test]
    fn a_column_that_is_not_there_is_named() {
        table! { Other { absent: u64, } }
        let (_dir, table) = written(3);
        let error = table.lines::<Other>().unwrap().next().unwrap().unwrap_err();
        assert!(
            error.to_string().ends_with("does not hold absent"),
            "{error}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn lookups_equal_a_scan(
            rows in 0u64..700,
            at in 0u64..800,
            picked in prop::collection::btree_set(0u64..700, 0..40),
            keys in prop::collection::btree_set(0u64..300, 0..40),
            is_coded: bool,
        ) {
            let [picked, keys] = [picked, keys].map(|set| set.into_iter().collect::<Vec<u64>>());
            let expected = picked
                .last()
                .is_none_or(|last| *last < rows)
                .then(|| picked.iter().copied().map(sample).collect());
            let layout = if is_coded { &CODED } else { &SMALL };
            let (_dir, table) = written_as(rows, layout);
            prop_assert_eq!(table.line_at::<Sample>(at).unwrap(), (at < rows).then(|| sample(at)));
            prop_assert_eq!(table.lines_at::<Sample>(&picked).ok(), expected);
            let found: Vec<(u64, Sample)> = table.lines_with(table.groups(), "row", &keys).unwrap();
            let scan = (0..rows).map(sample).filter(|line| keys.contains(&line.row));
            prop_assert_eq!(found, scan.map(|line| (line.row, line)).collect::<Vec<_>>());
        }

        #[test]
        fn batches_hold_the_rows_that_are_asked_for(rows in 0u64..700, from in 0u64..800, length in 0u64..300) {
            let (_dir, table) = written(rows);
            let lines = |batches: Vec<arrow_array::RecordBatch>| -> Vec<Narrow> {
                batches.iter().flat_map(|batch| Narrow::read(batch).unwrap()).collect()
            };
            let all: Vec<Narrow> = table.lines().unwrap().map(Result::unwrap).collect();
            let to = from.saturating_add(length);
            let batches = table.batches_at(from..to, Narrow::COLUMNS).unwrap();
            let scan = all.iter().skip(from as usize).take(length as usize);
            prop_assert_eq!(lines(batches), scan.cloned().collect::<Vec<_>>());
            let batches = table.batches_with(table.groups(), "row", from..to, Narrow::COLUMNS).unwrap();
            let found = lines(batches);
            prop_assert!(found.len() as u64 <= 3 * length + 2 * 16 || length == 0);
            let within = |line: &&Narrow| (from..to).contains(&line.row);
            let scan: Vec<&Narrow> = all.iter().filter(within).collect();
            prop_assert_eq!(found.iter().filter(within).collect::<Vec<_>>(), scan);
        }
    }
}
