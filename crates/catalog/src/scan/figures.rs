//! Which figure counts, where several sources give one?
//!
//! One that was inherited, or that the source of the track, release or artist
//! gives itself; otherwise that of the earliest source.

use {
    super::column::column,
    crate::{
        error::Error,
        table::{Table, table},
        tables::{about, metric},
    },
    longplay_model::Timestamp,
    std::{ops::Range, path::Path},
};

/// `popularity.parquet`, whose row groups hold one kind, metric and source.
pub(crate) struct Figures {
    table: Table,
    /// In the order of the table: sources ascend.
    sections: Vec<Section>,
}

/// Row groups of one kind, metric and source; rows ascend in them.
struct Section {
    kind: String,
    metric: String,
    source: u16,
    groups: Range<usize>,
}

/// A figure of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    pub(crate) value: f64,
    pub(crate) at: Option<Timestamp>,
    is_own: bool,
}

/// The figures that count, of one row.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Told {
    pub(crate) popularity: Option<Figure>,
    pub(crate) listens: Option<Figure>,
    pub(crate) followers: Option<Figure>,
}

table! {
    /// What a figure is made from.
    FigureLine {
        inherited: bool,
        value: f64,
        at: Option<Timestamp>,
    }
}

impl Told {
    /// When popularity and listens were taken.
    pub(crate) fn at(&self) -> Option<Timestamp> {
        self.popularity.or(self.listens).and_then(|told| told.at)
    }

    fn slot(&mut self, name: &str) -> Option<&mut Option<Figure>> {
        match name {
            metric::POPULARITY => Some(&mut self.popularity),
            metric::LISTENS => Some(&mut self.listens),
            metric::FOLLOWERS => Some(&mut self.followers),
            _ => None,
        }
    }
}

impl Figures {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let table = Table::open(path)?;
        let mut sections: Vec<Section> = Vec::new();
        for group in table.groups() {
            let next = Section::of(&table, group)?;
            match sections.last_mut() {
                Some(last) if last.is_like(&next) => last.groups.end = group + 1,
                _ => sections.push(next),
            }
        }
        Ok(Self { table, sections })
    }

    fn sections(&self, kind: &str) -> impl Iterator<Item = &Section> {
        let sections = self.sections.iter();
        sections.filter(move |section| section.kind == kind)
    }

    /// The figures of some rows of a kind, each given with its source; rows
    /// ascend and do not repeat. Those of sources that are not `allowed` do
    /// not count.
    pub(crate) fn at(
        &self,
        kind: &str,
        rows: &[(u64, u16)],
        allowed: impl Fn(u16) -> bool,
    ) -> Result<Vec<Told>, Error> {
        let keys: Vec<u64> = rows.iter().map(|(row, _)| *row).collect();
        let mut told = vec![Told::default(); rows.len()];
        for section in self.sections(kind).filter(|it| allowed(it.source)) {
            let groups = section.groups.clone();
            let lines = self.table.lines_with::<FigureLine>(groups, "row", &keys)?;
            let mut at = 0;
            for (row, line) in lines {
                at += keys[at..].partition_point(|key| *key < row);
                let is_own = line.inherited || rows[at].1 == section.source;
                let slot = told[at].slot(&section.metric);
                let slot = slot.filter(|it| it.is_none_or(|known| is_own && !known.is_own));
                if let Some(slot) = slot {
                    *slot = Some(Figure {
                        value: line.value,
                        at: line.at,
                        is_own,
                    });
                }
            }
        }
        Ok(told)
    }

    /// The popularity of each track of a stretch of rows, whose sources are
    /// `sources`; not a number where nobody tells one.
    pub(crate) fn popularity(
        &self,
        rows: &Range<u64>,
        sources: &[u16],
        allowed: impl Fn(u16) -> bool,
    ) -> Result<Vec<f32>, Error> {
        let mut told = vec![f32::NAN; sources.len()];
        let mut own = vec![false; sources.len()];
        let sections = self.sections(about::TRACK);
        let sections = sections.filter(|it| it.metric == metric::POPULARITY && allowed(it.source));
        for section in sections {
            let groups = section.groups.clone();
            let columns = ["row", "inherited", "value"];
            let table = &self.table;
            for batch in table.batches_with(groups, "row", rows.clone(), &columns)? {
                let numbers = column::<u32>(table, &batch, "row")?.values();
                let inherited = column::<bool>(table, &batch, "inherited")?;
                let values = column::<f64>(table, &batch, "value")?.values();
                for (line, (row, value)) in numbers.iter().zip(values).enumerate() {
                    let Some(at) = u64::from(*row).checked_sub(rows.start) else {
                        continue;
                    };
                    let at = at as usize;
                    if at >= told.len() {
                        break;
                    }
                    let is_own = sources[at] == section.source || inherited.value(line);
                    if told[at].is_nan() || is_own && !own[at] {
                        told[at] = *value as f32;
                        own[at] = is_own;
                    }
                }
            }
        }
        Ok(told)
    }
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

    fn is_like(&self, other: &Self) -> bool {
        let key = |section: &Self| (section.kind.clone(), section.metric.clone(), section.source);
        key(self) == key(other)
    }
}
