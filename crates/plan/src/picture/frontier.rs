//! Two curves: what budgets cover by the levels of a policy, and by the worth
//! of bytes.

use {
    super::{
        scale::percent,
        svg::{BOTTOM, HEIGHT, LEFT, RIGHT, STYLE, Scale, TOP, WIDTH, add, escaped, grid, path},
        text::{COLUMNS, EIGHTHS, MARGIN, ROWS, axis, budget_of, label},
    },
    crate::frontier::{Frontier, FrontierRow},
    longplay_model::ByteSize,
};

const WANTS_NOTHING: &str = "The policy wants nothing of this catalog: there is no curve.\n";
const OPTIMAL: char = '●';

/// The table of a frontier: lines of at most 80 columns.
pub fn frontier_table(rows: &[FrontierRow]) -> String {
    let mut table = format!(
        "{:>10}  {:>10}  {:>10}  {:>14}  {:>8}\n",
        "budget", "reference", "optimal", "as much with", "saved"
    );
    for row in rows {
        let saved = 1.0 - row.optimal_bytes as f64 / row.budget.max(1) as f64;
        table += &format!(
            "{:>10}  {:>8.3} %  {:>8.3} %  {:>14}  {:>6.1} %\n",
            ByteSize(row.budget).to_string(),
            row.reference * 100.0,
            row.optimal * 100.0,
            ByteSize(row.optimal_bytes).to_string(),
            saved * 100.0
        );
    }
    table
}

/// Both curves for a terminal: at most 80 columns; blocks are the reference,
/// dots the optimal policy.
pub fn frontier_text(frontier: &Frontier) -> String {
    let end = frontier.wanted_bytes;
    if end == 0 {
        return WANTS_NOTHING.to_owned();
    }
    let mut picture = String::from("Share of listens\n");
    for row in (0..ROWS).rev() {
        let cells: String = (0..COLUMNS)
            .map(|column| cell(frontier, row, budget_of(column + 1, end)))
            .collect();
        picture += &format!("{}{}\n", label(row), cells.trim_end());
    }
    picture += &axis(end);
    picture + &format!("{MARGIN}█ reference  {OPTIMAL} optimal\n")
}

fn cell(frontier: &Frontier, row: usize, bytes: u64) -> char {
    let optimal = frontier.optimal.share_at(bytes) * ROWS as f64;
    if (optimal.ceil() as usize).saturating_sub(1) == row {
        return OPTIMAL;
    }
    let eighths = (frontier.reference.share_at(bytes) * (ROWS * 8) as f64).round() as usize;
    EIGHTHS[eighths.saturating_sub(row * 8).min(8)]
}

/// Both curves as an SVG document that stands alone.
pub fn frontier_svg(frontier: &Frontier, title: &str) -> String {
    let title = escaped(title);
    let told = told(frontier);
    let scale = Scale {
        end: frontier.wanted_bytes.max(1),
    };
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-labelledby=\"t d\">\
         <title id=\"t\">{title}</title><desc id=\"d\">{told}</desc>{STYLE}\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"10\"/>\n\
         <text class=\"title\" x=\"{LEFT}\" y=\"36\">{title}</text>\n\
         <text class=\"told\" x=\"{LEFT}\" y=\"60\">{told}</text>\n"
    );
    picture += &grid(&scale);
    let (reference, optimal) = (&frontier.reference.points, &frontier.optimal.points);
    if optimal.len() > 1 {
        add(
            &mut picture,
            format_args!(
                "<path class=\"kept\" d=\"{}V{BOTTOM}H{LEFT}Z\"/>\n\
                 <path class=\"curve\" d=\"{}\"/>\n\
                 <path class=\"budget\" fill=\"none\" d=\"{}\"/>\n",
                path(reference, &scale),
                path(optimal, &scale),
                path(reference, &scale)
            ),
        );
    }
    picture += &legend();
    picture + "</svg>\n"
}

/// The place where most is saved, in words.
fn told(frontier: &Frontier) -> String {
    let most = frontier
        .table(100)
        .into_iter()
        .max_by_key(|row| row.budget - row.optimal_bytes.min(row.budget));
    most.map_or_else(String::new, |row| {
        format!(
            "{} of the listens take {} in the reference, {} in the optimal plan",
            percent(row.reference),
            ByteSize(row.budget),
            ByteSize(row.optimal_bytes)
        )
    })
}

fn legend() -> String {
    let (x, y) = (RIGHT - 150.0, (TOP + BOTTOM) / 2.0);
    format!(
        "<path class=\"curve\" d=\"M{x} {y}h30\"/><text x=\"{}\" y=\"{}\">optimal</text>\
         <path class=\"budget\" d=\"M{x} {}h30\"/><text x=\"{}\" y=\"{}\">reference</text>\n",
        x + 40.0,
        y + 4.5,
        y + 24.0,
        x + 40.0,
        y + 28.5
    )
}

#[cfg(test)]
mod tests {
    use {super::*, crate::curve::Curve};

    fn frontier() -> Frontier {
        let curve = |power: f64| Curve {
            points: (0..=100u64)
                .map(|n| (n * 1_000_000, (n as f64 / 100.0).powf(power)))
                .collect(),
        };
        Frontier {
            reference: curve(0.5),
            optimal: curve(0.3),
            wanted_bytes: 100_000_000,
        }
    }

    #[test]
    fn lines_fit_a_terminal_and_show_both() {
        let text = frontier_text(&frontier());
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert!(text.contains(OPTIMAL) && text.contains('█'));
        assert!(frontier_text(&Frontier::default()).contains("no curve"));
    }

    #[test]
    fn the_table_says_what_is_saved() {
        let table = frontier_table(&frontier().table(4));
        // The share at half the bytes takes 0.5^(5/3) of them.
        assert!(table.contains("31.5 MB    37.0 %"), "{table}");
        assert!(table.lines().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn every_element_of_the_picture_is_closed() {
        for frontier in [frontier(), Frontier::default()] {
            let picture = frontier_svg(&frontier, "<them> & us");
            let opened = picture.matches('<').count() - picture.matches("</").count();
            let closed = picture.matches("</").count() + picture.matches("/>").count();
            assert_eq!(opened, closed, "{picture}");
            assert!(!picture.contains("NaN"));
        }
    }
}
