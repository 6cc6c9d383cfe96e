use {
    crate::{error::Error, scan::column, table::Table},
    serde::Serialize,
    std::collections::BTreeMap,
};

/// What came out in a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Year {
    pub year: u16,
    pub releases: u64,
    /// Tracks of those releases.
    pub tracks: u64,
}

/// Years of the dates of all releases, and how many have none.
pub(super) fn years(releases: &Table) -> Result<(Vec<Year>, u64), Error> {
    let mut undated = 0;
    let mut years: BTreeMap<u16, (u64, u64)> = BTreeMap::new();
    releases.scan(
        |group| of_group(releases, group),
        |_, (part, without)| {
            undated += without;
            for (year, (releases, tracks)) in part {
                let known = years.entry(year).or_default();
                *known = (known.0 + releases, known.1 + tracks);
            }
            Ok(())
        },
    )?;
    let years = years.into_iter().map(|(year, (releases, tracks))| Year {
        year,
        releases,
        tracks,
    });
    Ok((years.collect(), undated))
}

type Part = (BTreeMap<u16, (u64, u64)>, u64);

fn of_group(table: &Table, group: usize) -> Result<Part, Error> {
    let mut years: BTreeMap<u16, (u64, u64)> = BTreeMap::new();
    let mut undated = 0;
    for batch in table.batches_at(table.rows_of(group), &["date", "tracks"])? {
        let dates = column::<String>(table, &batch, "date")?;
        let tracks = column::<u32>(table, &batch, "tracks")?.values();
        for (date, tracks) in dates.iter().zip(tracks) {
            match date.and_then(year_of) {
                Some(year) => {
                    let known = years.entry(year).or_default();
                    *known = (known.0 + 1, known.1 + u64::from(*tracks));
                }
                None => undated += 1,
            }
        }
    }
    Ok((years, undated))
}

/// Dates begin with four digits.
pub(crate) fn year_of(date: &str) -> Option<u16> {
    date.get(..4)?.parse().ok()
}
