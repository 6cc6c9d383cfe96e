//! Which figure counts, where several sources give one?
//!
//! One that was inherited, or that the source of the track, release or artist
//! gives itself; otherwise that of the earliest source.

use {
    super::{Tables, column, groups_of},
    crate::{
        error::Error,
        table::table,
        tables::{about, metric},
    },
    longplay_model::Timestamp,
    std::ops::Range,
};

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
        metric: String,
        source: u16,
        inherited: bool,
        value: f64,
        at: Option<Timestamp>,
    }
}

impl Told {
    /// Takes a figure in; those of one metric come by source.
    fn take(&mut self, line: &FigureLine, own: u16) {
        let slot = match line.metric.as_str() {
            metric::POPULARITY => &mut self.popularity,
            metric::LISTENS => &mut self.listens,
            metric::FOLLOWERS => &mut self.followers,
            _ => return,
        };
        let is_own = line.inherited || line.source == own;
        if slot.is_none_or(|known| is_own && !known.is_own) {
            *slot = Some(Figure {
                value: line.value,
                at: line.at,
                is_own,
            });
        }
    }

    /// When popularity and listens were taken.
    pub(crate) fn at(&self) -> Option<Timestamp> {
        self.popularity.or(self.listens).and_then(|told| told.at)
    }
}

/// The figures of some rows of a kind, each given with its source; rows ascend
/// and do not repeat. Figures of sources that are not `allowed` do not count.
pub(crate) fn figures_at(
    tables: &Tables,
    kind: &str,
    rows: &[(u64, u16)],
    allowed: impl Fn(u16) -> bool,
) -> Result<Vec<Told>, Error> {
    let table = &tables.popularity;
    let keys: Vec<u64> = rows.iter().map(|(row, _)| *row).collect();
    let lines = table.lines_with::<FigureLine>(groups_of(table, kind)?, "row", &keys)?;
    let mut told = vec![Told::default(); rows.len()];
    let mut at = 0;
    for (row, line) in lines {
        while rows.get(at).is_some_and(|known| known.0 < row) {
            at += 1;
        }
        if rows.get(at).is_some_and(|known| known.0 == row) && allowed(line.source) {
            told[at].take(&line, rows[at].1);
        }
    }
    Ok(told)
}

/// The popularity of each track of a stretch of rows, whose sources are
/// `sources`; not a number where nobody tells one.
pub(crate) fn popularity_within(
    tables: &Tables,
    rows: &Range<u64>,
    sources: &[u16],
    allowed: impl Fn(u16) -> bool,
) -> Result<Vec<f32>, Error> {
    const COLUMNS: [&str; 5] = ["metric", "source", "row", "inherited", "value"];
    let table = &tables.popularity;
    let groups = groups_of(table, about::TRACK)?;
    let mut told = vec![f32::NAN; sources.len()];
    let mut own = vec![false; sources.len()];
    for batch in table.batches_with(groups, "row", rows.clone(), &COLUMNS)? {
        let metrics = column::<String>(table, &batch, "metric")?;
        let from = column::<u16>(table, &batch, "source")?.values();
        let numbers = column::<u32>(table, &batch, "row")?.values();
        let inherited = column::<bool>(table, &batch, "inherited")?;
        let values = column::<f64>(table, &batch, "value")?.values();
        for line in 0..batch.num_rows() {
            let Some(at) = u64::from(numbers[line]).checked_sub(rows.start) else {
                continue;
            };
            let at = at as usize;
            if at >= told.len() || metrics.value(line) != metric::POPULARITY {
                continue;
            }
            let is_own = from[line] == sources[at] || inherited.value(line);
            if (told[at].is_nan() || is_own && !own[at]) && allowed(from[line]) {
                told[at] = values[line] as f32;
                own[at] = is_own;
            }
        }
    }
    Ok(told)
}
