use {
    super::rows::{Row, Section, percent, sections, told},
    crate::stats::Stats,
    longplay_model::grouped,
    std::fmt::Write as _,
};

/// The drawing is two columns of panels, in these units.
const WIDTH: usize = 960;
const PANEL: usize = 440;
const MARGIN: usize = 30;
const TOP: usize = 90;
/// Height of a row, and of what stands above and below the rows of a panel.
const ROW: usize = 18;
const AROUND: usize = 52;
/// Where bars begin in a panel, and their greatest length.
const BARS: usize = 150;
const LONGEST: usize = 180;
/// Rows of a panel.
const MOST_ROWS: usize = 24;
const LABEL: usize = 22;

/// Colours by name, for light and for dark surroundings; the text is set in
/// whatever sans serif the reader's machine has.
const STYLE: &str = "<style>\
svg{--paper:#fff;--ink:#1c2430;--soft:#5d6878;--bar:#2463b8}\
@media(prefers-color-scheme:dark){svg{--paper:#14181f;--ink:#eef1f5;--soft:#9aa6b6;--bar:#7fb2f5}}\
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#5d6878;fill:var(--soft);font-size:12px}\
.paper{fill:#fff;fill:var(--paper)}.title{fill:#1c2430;fill:var(--ink);font-size:20px;font-weight:600}.told{font-size:14px}\
.head{fill:#1c2430;fill:var(--ink);font-size:14px;font-weight:600}.bar{fill:#2463b8;fill:var(--bar)}\
</style>";

/// The counts as an SVG document that stands alone: no script, no outside
/// font, readable on light and on dark. `title` is any text.
pub fn svg(stats: &Stats, title: &str) -> String {
    let title = escaped(title);
    let told = told(stats);
    let mut panels = String::new();
    let mut ends = [TOP, TOP];
    for section in sections(stats) {
        // The next panel goes where there is more room.
        let column = usize::from(ends[1] < ends[0]);
        let x = MARGIN + column * (PANEL + MARGIN / 2);
        panels += &panel(&section, x, ends[column], stats.counts.tracks);
        ends[column] += AROUND + ROW * section.rows.len().min(MOST_ROWS);
    }
    let height = ends[0].max(ends[1]) + MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-labelledby=\"t d\">\
         <title id=\"t\">{title}</title><desc id=\"d\">{told}</desc>{STYLE}\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\" rx=\"10\"/>\n\
         <text class=\"title\" x=\"{MARGIN}\" y=\"40\">{title}</text>\n\
         <text class=\"told\" x=\"{MARGIN}\" y=\"64\">{told}</text>\n{panels}</svg>\n"
    )
}

fn panel(section: &Section, x: usize, y: usize, tracks: u64) -> String {
    let most = section.rows.iter().map(|row| row.count).max().unwrap_or(0);
    let all = match section.title.starts_with("ISRCs") {
        true => section.rows.iter().map(|row| row.count).sum(),
        false => tracks,
    };
    let mut panel = String::new();
    add(
        &mut panel,
        format_args!(
            "<text class=\"head\" x=\"{x}\" y=\"{}\">{}</text>\n",
            y + 20,
            section.title
        ),
    );
    for (number, row) in section.rows.iter().take(MOST_ROWS).enumerate() {
        panel += &bar(row, x, y + 30 + number * ROW, most, all);
    }
    panel
}

fn bar(row: &Row, x: usize, y: usize, most: u64, all: u64) -> String {
    let width = row.count as f64 / most.max(1) as f64 * LONGEST as f64;
    let label = escaped(&row.label.chars().take(LABEL).collect::<String>());
    let beside = (x + BARS) as f64 + width + 6.0;
    let baseline = y + ROW - 5;
    format!(
        "<text x=\"{}\" y=\"{baseline}\" text-anchor=\"end\">{label}</text>\
         <rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{width:.1}\" height=\"{}\"/>\
         <text x=\"{beside:.1}\" y=\"{baseline}\">{} · {}</text>\n",
        x + BARS - 8,
        x + BARS,
        y + 3,
        ROW - 5,
        grouped(row.count),
        percent(row.count, all)
    )
}

fn add(text: &mut String, more: std::fmt::Arguments) {
    text.write_fmt(more).expect("a string takes all text");
}

/// Text as XML 1.0 takes it: control characters are left out.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\u{fffe}' | '\u{ffff}' => {}
            c => safe.push(c),
        }
    }
    safe
}
