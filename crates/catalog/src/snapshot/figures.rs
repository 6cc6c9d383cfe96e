//! Which figure counts, where several sources give one?
//!
//! That which was inherited, or which the source of the track, release or
//! artist gives itself; otherwise that of the earliest source.

use {
    crate::{
        error::Error,
        table::{Table, table},
    },
    longplay_model::Timestamp,
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
    /// The same without its time, with its row.
    ValuePart {
        row: u32,
        inherited: bool,
        value: f64,
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

    /// The figures of all rows of `entities`, `absent` where there is none;
    /// empty where no source gives any.
    pub(super) fn column<T: Copy>(
        &self,
        kind: &str,
        metric: &str,
        entities: &Table,
        absent: T,
        value: impl Fn(f64) -> T,
    ) -> Result<Vec<T>, Error> {
        let sections = self.sections(kind, metric);
        if sections.is_empty() {
            return Ok(Vec::new());
        }
        let own = match sections.len() {
            1 => Vec::new(),
            _ => sources(entities)?,
        };
        let mut column = vec![absent; entities.rows() as usize];
        // Whoever comes last counts: first the sources of others, then those
        // that the rows are of, the earliest last in both.
        let others = sections.iter().rev().map(|section| (section, false));
        let owners = sections.iter().rev().map(|section| (section, true));
        let owners = owners.filter(|_| !own.is_empty());
        for (section, is_owner) in others.chain(owners) {
            for line in self.table.lines_of::<ValuePart>(section.groups.clone())? {
                let line = line?;
                let row = line.row as usize;
                let is_own = || line.inherited || own.get(row) == Some(&section.source);
                let slot = column.get_mut(row);
                let slot = slot.ok_or_else(|| self.table.shape("rows that are there"))?;
                if !is_owner || is_own() {
                    *slot = value(line.value);
                }
            }
        }
        Ok(column)
    }

    /// The figures of one section for the tracks in `rows`: calls `take` with
    /// row, value and whether it is inherited.
    pub(super) fn within(
        &self,
        section: &Section,
        rows: &Range<u64>,
        mut take: impl FnMut(u64, f64, bool),
    ) -> Result<(), Error> {
        let groups = section.groups.clone();
        let columns = ["row", "inherited", "value"];
        for batch in self
            .table
            .batches_with(groups, "row", rows.clone(), &columns)?
        {
            let lines = <ValuePart as crate::table::Line>::read(&batch);
            for line in lines.map_err(|what| self.table.shape(what))? {
                if rows.contains(&line.row.into()) {
                    take(line.row.into(), line.value, line.inherited);
                }
            }
        }
        Ok(())
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
