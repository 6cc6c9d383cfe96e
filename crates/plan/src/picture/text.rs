use {
    super::scale::{mark_label, marks, percent},
    crate::totals::Totals,
    longplay_model::ByteSize,
};

/// Columns of the plot itself; with the axis a line has at most 76, so
/// that it may be indented.
pub(super) const COLUMNS: usize = 66;
pub(super) const ROWS: usize = 12;
pub(super) const MARGIN: &str = "       ";
pub(super) const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const BEYOND: char = '░';

/// The coverage curve for a terminal: at most 80 columns of Unicode block
/// elements, lines ended by line feeds.
///
/// Solid is what the budget keeps, light what a larger one would add.
pub fn text(totals: &Totals) -> String {
    let end = totals.curve.end();
    if end == 0 {
        return "The policy wants nothing of this catalog: there is no curve.\n".to_owned();
    }
    let mut picture = String::from("Share of listens\n");
    for row in (0..ROWS).rev() {
        picture += &plot_row(totals, end, row);
    }
    picture + &axis(end) + &legend(totals)
}

/// What stands before a row of the plot, counted from the bottom.
pub(super) fn label(row: usize) -> &'static str {
    match row {
        _ if row + 1 == ROWS => "100 % ┤",
        _ if row + 1 == ROWS / 2 => " 50 % ┤",
        0 => "  0 % ┤",
        _ => "      │",
    }
}

fn plot_row(totals: &Totals, end: u64, row: usize) -> String {
    let label = label(row);
    let cells: String = (0..COLUMNS)
        .map(|column| cell(totals, end, row, column))
        .collect();
    format!("{label}{}\n", cells.trim_end())
}

/// The column stands for the budget at its right edge.
fn cell(totals: &Totals, end: u64, row: usize, column: usize) -> char {
    let bytes = budget_of(column + 1, end);
    let eighths = (totals.curve.share_at(bytes) * (ROWS * 8) as f64).round() as usize;
    let filled = eighths.saturating_sub(row * 8).min(8);
    if bytes <= totals.budget_bytes || filled == 0 {
        EIGHTHS[filled]
    } else {
        BEYOND
    }
}

pub(super) fn budget_of(columns: usize, end: u64) -> u64 {
    let bytes = u128::from(end) * columns as u128 / COLUMNS as u128;
    u64::try_from(bytes).expect("at most the end itself")
}

pub(super) fn axis(end: u64) -> String {
    let mut line = vec!['─'; COLUMNS];
    let mut labels = vec![' '; COLUMNS + MARGIN.len()];
    for mark in marks(end, 5) {
        let column = (mark as f64 / end as f64 * COLUMNS as f64) as usize;
        if let Some(place) = column.checked_sub(1).and_then(|at| line.get_mut(at)) {
            *place = '┬';
        }
        write_at(&mut labels, MARGIN.len() + column, &mark_label(mark));
    }
    let line: String = line.into_iter().collect();
    let labels: String = labels.into_iter().collect();
    format!("      └{line}\n{}\n", labels.trim_end())
}

/// Ends a label below its mark, so that the last one stays within the line.
fn write_at(line: &mut [char], end: usize, label: &str) {
    let start = end.saturating_sub(label.chars().count());
    for (place, c) in line.iter_mut().skip(start).zip(label.chars()) {
        *place = c;
    }
}

fn legend(totals: &Totals) -> String {
    let share = percent(totals.share());
    let kept = ByteSize(totals.bytes);
    let mut lines = format!("{MARGIN}█ kept: {kept} cover {share} of the listens\n");
    if totals.wanted_bytes > totals.bytes {
        let all = ByteSize(totals.wanted_bytes);
        let top = percent(totals.curve.share_at(u64::MAX));
        lines += &format!("{MARGIN}{BEYOND} with a larger budget: {all} cover {top}\n");
    }
    lines
}

#[cfg(test)]
mod tests {
    use {super::*, crate::curve::Curve};

    pub(crate) fn totals(budget: u64) -> Totals {
        let points = (0..=100u64).map(|n| (n * 1_000_000, (n as f64 / 100.0).sqrt() * 0.99));
        let curve = Curve {
            points: points.collect(),
        };
        Totals {
            bytes: budget.min(100_000_000),
            budget_bytes: budget,
            wanted_bytes: 100_000_000,
            listens_kept: curve.share_at(budget),
            listens_all: 1.0,
            curve,
            ..Totals::default()
        }
    }

    #[test]
    fn lines_fit_a_terminal_and_none_is_idle() {
        for budget in [0, 1, 37_000_000, u64::MAX] {
            let picture = text(&totals(budget));
            assert!(
                picture.lines().all(|line| line.chars().count() <= 80),
                "{picture}"
            );
            assert!(picture.lines().all(|line| line.trim_end() == line));
        }
    }

    #[test]
    fn the_budget_parts_solid_from_light() {
        let part = text(&totals(25_000_000));
        assert!(part.contains('█') && part.contains(BEYOND));
        assert!(part.contains("25.0 MB cover 49.5 %"), "{part}");
        let all = text(&totals(u64::MAX));
        assert!(!all.contains(BEYOND), "{all}");
        let base = part.lines().nth(ROWS).unwrap();
        let solid = base.chars().filter(|c| EIGHTHS[1..].contains(c)).count();
        assert_eq!(solid, COLUMNS / 4);
    }

    #[test]
    fn an_empty_plan_says_so() {
        assert!(text(&Totals::default()).contains("no curve"));
    }
}
