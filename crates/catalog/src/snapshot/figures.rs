//! Which figure counts, where several sources give one?
//!
//! That which was inherited, or which the source of the track, release or
//! artist gives itself; otherwise that of the earliest source.

use {
    crate::{
        error::Error,
        scan::column,
        table::{Table, table},
    },
    arrow_array::{BooleanArray, RecordBatch},
    longplay_model::Timestamp,
    rayon::prelude::*,
    std::{collections::HashMap, ops::Range, path::Path},
};

/// `popularity.parquet`.
#[derive(Debug)]
pub(super) struct Figures {
    table: Table,
    sections: Vec<Section>,
}

/// The row groups of one kind, metric and source; rows ascend in them.
#[derive(Debug)]
pub(super) struct Section {
    kind: String,
    metric: String,
    pub(super) source: u16,
    groups: Range<usize>,
}

/// A figure of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figure {
    pub(super) value: f64,
    pub(super) inherited: bool,
    pub(super) at: Option<Timestamp>,
}

table! {
    /// What a figure is made from.
    FigurePart {
        inherited: bool,
        value: f64,
        at: Option<Timestamp>,
    }
}

table! {
    /// The source of a release or artist.
    SourcePart {
        source: u16,
    }
}

impl Figures {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let table = Table::open(path)?;
        let mut sections: Vec<Section> = Vec::new();
        for group in table.groups() {
            let next = Section::of(&table, group)?;
            match sections.last_mut() {
                Some(last) if last.is_before(&next) => last.groups.end = next.groups.end,
                _ => sections.push(next),
            }
        }
        Ok(Self { table, sections })
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// The sections of a kind and metric by source.
    pub(super) fn sections(&self, kind: &str, metric: &str) -> Vec<&Section> {
        let fits = |section: &&Section| section.kind == kind && section.metric == metric;
        self.sections.iter().filter(fits).collect()
    }

    /// The figures that count, of rows with the sources that they are of;
    /// rows ascend and do not repeat.
    pub(super) fn of(
        &self,
        kind: &str,
        metric: &str,
        rows: &[(u64, u16)],
    ) -> Result<HashMap<u64, Figure>, Error> {
        let keys: Vec<u64> = rows.iter().map(|(row, _)| *row).collect();
        let own = |row: u64| keys.binary_search(&row).ok().map(|at| rows[at].1);
        let mut found: HashMap<u64, (bool, Figure)> = HashMap::new();
        for section in self.sections(kind, metric) {
            let groups = section.groups.clone();
            for (row, part) in self.table.lines_with::<FigurePart>(groups, "row", &keys)? {
                let is_own = part.inherited || own(row) == Some(section.source);
                let figure = Figure {
                    value: part.value,
                    inherited: part.inherited,
                    at: part.at,
                };
                let known = found.entry(row).or_insert((is_own, figure));
                if is_own && !known.0 {
                    *known = (is_own, figure);
                }
            }
        }
        let figures = found.into_iter().map(|(row, (_, figure))| (row, figure));
        Ok(figures.collect())
    }

    /// The figures that the source of each row gives itself.
    pub(super) fn own(
        &self,
        kind: &str,
        metric: &str,
        rows: &[(u64, u16)],
    ) -> Result<HashMap<u64, f64>, Error> {
        let mut found = HashMap::new();
        for section in self.sections(kind, metric) {
            let own = rows.iter().filter(|(_, source)| *source == section.source);
            let keys: Vec<u64> = own.map(|(row, _)| *row).collect();
            let groups = section.groups.clone();
            for (row, part) in self.table.lines_with::<FigurePart>(groups, "row", &keys)? {
                if !part.inherited {
                    found.entry(row).or_insert(part.value);
                }
            }
        }
        Ok(found)
    }

    /// The figures of all rows of `entities` that count, of a kind and metric:
    /// `note` puts each into its place of `column`, which is filled up with
    /// `absent` first. Nothing where no source gives any.
    pub(super) fn column<T: Copy>(
        &self,
        (kind, metric): (&str, &str),
        entities: &Table,
        absent: T,
        column: &mut Vec<T>,
        note: &mut dyn FnMut(&mut T, f64),
    ) -> Result<(), Error> {
        let sections = self.sections(kind, metric);
        if sections.is_empty() {
            return Ok(());
        }
        column.resize(entities.rows() as usize, absent);
        let own = match sections.len() {
            1 => Vec::new(),
            _ => sources(entities)?,
        };
        // Whoever comes last counts: first the sources of others, then those
        // that the rows are of, the earliest last in both.
        let others = sections.iter().rev().map(|section| (section, false));
        let owners = sections.iter().rev().map(|section| (section, true));
        let owners = owners.filter(|_| !own.is_empty());
        for (section, is_owner) in others.chain(owners) {
            self.all(section, is_owner, &mut |row, value, inherited| {
                let is_own = || inherited || own.get(row as usize) == Some(&section.source);
                let slot = column.get_mut(row as usize);
                let slot = slot.ok_or_else(|| self.table.shape("rows that are there"))?;
                if !is_owner || is_own() {
                    note(slot, value);
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// All figures of a section: row, value, and whether it is inherited, as
    /// far as that is asked.
    fn all(
        &self,
        section: &Section,
        asks_inherited: bool,
        take: &mut dyn FnMut(u32, f64, bool) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let groups: Vec<usize> = section.groups.clone().collect();
        for window in groups.chunks(2 * rayon::current_num_threads()) {
            let read = |group: &usize| {
                let rows = self.table.rows_of(*group);
                self.table.batches_at(rows, columns(asks_inherited))
            };
            let read: Result<Vec<_>, Error> = window.par_iter().map(read).collect();
            for batch in read?.into_iter().flatten() {
                let part = Part::of(&self.table, &batch, asks_inherited)?;
                for (at, (row, value)) in part.rows.iter().zip(part.values).enumerate() {
                    take(*row, *value, part.is_inherited(at))?;
                }
            }
        }
        Ok(())
    }

    /// The figures of one section for the tracks in `rows`: calls `take` with
    /// row, value and, where that is asked, whether it is inherited.
    pub(super) fn within(
        &self,
        section: &Section,
        rows: &Range<u64>,
        asks_inherited: bool,
        mut take: impl FnMut(u64, f64, bool),
    ) -> Result<(), Error> {
        let groups = section.groups.clone();
        let columns = columns(asks_inherited);
        let batches = self
            .table
            .batches_with(groups, "row", rows.clone(), columns)?;
        for batch in batches {
            let part = Part::of(&self.table, &batch, asks_inherited)?;
            for (at, (row, value)) in part.rows.iter().zip(part.values).enumerate() {
                if rows.contains(&u64::from(*row)) {
                    take(u64::from(*row), *value, part.is_inherited(at));
                }
            }
        }
        Ok(())
    }
}

/// Rows and values of a batch, as they lie.
struct Part<'a> {
    rows: &'a [u32],
    values: &'a [f64],
    inherited: Option<&'a BooleanArray>,
}

impl<'a> Part<'a> {
    fn of(table: &Table, batch: &'a RecordBatch, asks_inherited: bool) -> Result<Self, Error> {
        let inherited = || column::<bool>(table, batch, "inherited");
        Ok(Self {
            rows: column::<u32>(table, batch, "row")?.values(),
            values: column::<f64>(table, batch, "value")?.values(),
            inherited: asks_inherited.then(inherited).transpose()?,
        })
    }

    fn is_inherited(&self, at: usize) -> bool {
        self.inherited.is_some_and(|column| column.value(at))
    }
}

fn columns(asks_inherited: bool) -> &'static [&'static str] {
    match asks_inherited {
        true => &["row", "value", "inherited"],
        false => &["row", "value"],
    }
}

fn sources(entities: &Table) -> Result<Vec<u16>, Error> {
    let lines = entities.lines::<SourcePart>()?;
    lines.map(|line| Ok(line?.source)).collect()
}

impl Section {
    fn of(table: &Table, group: usize) -> Result<Self, Error> {
        let source = table.number_of(group, "source")?;
        Ok(Self {
            kind: table.text_of(group, "kind")?.to_owned(),
            metric: table.text_of(group, "metric")?.to_owned(),
            source: u16::try_from(source).map_err(|_| table.shape("sources of 16 bits"))?,
            groups: group..group + 1,
        })
    }

    /// Whether the other goes on where this ends.
    fn is_before(&self, other: &Self) -> bool {
        let key = |section: &Self| (section.kind.clone(), section.metric.clone(), section.source);
        key(self) == key(other) && self.groups.end == other.groups.start
    }
}
