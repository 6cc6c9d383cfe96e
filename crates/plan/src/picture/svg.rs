use {
    super::scale::{mark_label, marks, percent},
    crate::totals::Totals,
    longplay_model::ByteSize,
    std::fmt::Write as _,
};

/// The drawing is 720 × 420 units; the plot stands within these edges.
pub(super) const WIDTH: f64 = 720.0;
pub(super) const HEIGHT: f64 = 420.0;
pub(super) const LEFT: f64 = 70.0;
pub(super) const RIGHT: f64 = 690.0;
pub(super) const TOP: f64 = 84.0;
pub(super) const BOTTOM: f64 = 352.0;

/// Colours by name, for light and for dark surroundings; the text is set in
/// whatever sans serif the reader's machine has.
pub(super) const STYLE: &str = "<style>\
svg{--paper:#fff;--ink:#1c2430;--soft:#5d6878;--grid:#e3e7ed;--line:#2463b8;--fill:#2463b8;--mark:#b4441c}\
@media(prefers-color-scheme:dark){svg{--paper:#14181f;--ink:#eef1f5;--soft:#9aa6b6;--grid:#2a313c;--line:#7fb2f5;--fill:#5a96e6;--mark:#f0926b}}\
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#5d6878;fill:var(--soft);font-size:13px}\
.paper{fill:#fff;fill:var(--paper)}.title{fill:#1c2430;fill:var(--ink);font-size:20px;font-weight:600}.told{font-size:14px}\
.grid{stroke:#e3e7ed;stroke:var(--grid);stroke-width:1}.axis{stroke:#5d6878;stroke:var(--soft);stroke-width:1}\
.curve{fill:none;stroke:#2463b8;stroke:var(--line);stroke-width:2.5;stroke-linejoin:round;stroke-linecap:round}\
.beyond{stroke-dasharray:2 6}.kept{fill:#2463b8;fill:var(--fill);fill-opacity:.16}\
.budget{stroke:#b4441c;stroke:var(--mark);stroke-width:1.5;stroke-dasharray:5 4}.dot{fill:#b4441c;fill:var(--mark);stroke:#fff;stroke:var(--paper);stroke-width:2}\
.mark{fill:#b4441c;fill:var(--mark);font-weight:600}\
</style>";

/// The coverage curve as an SVG document that stands alone: no script, no
/// outside font, readable on light and on dark.
///
/// The line is solid up to the budget and dotted where a larger one would go
/// on. `title` is any text.
pub fn svg(totals: &Totals, title: &str) -> String {
    let title = escaped(title);
    let told = told(totals);
    let scale = Scale {
        end: totals.curve.end().max(1),
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
    picture += &curve(totals, &scale);
    picture += &budget(totals, &scale);
    picture + "</svg>\n"
}

fn told(totals: &Totals) -> String {
    format!(
        "{} keep {} of the listens; the policy wants {} in all",
        ByteSize(totals.bytes),
        percent(totals.share()),
        ByteSize(totals.wanted_bytes)
    )
}

/// From bytes and shares to places in the drawing.
pub(super) struct Scale {
    pub(super) end: u64,
}

impl Scale {
    pub(super) fn x(&self, bytes: u64) -> f64 {
        LEFT + (RIGHT - LEFT) * bytes.min(self.end) as f64 / self.end as f64
    }

    pub(super) fn y(&self, share: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * share.clamp(0.0, 1.0)
    }
}

pub(super) fn grid(scale: &Scale) -> String {
    let mut lines = String::new();
    for quarter in 0..=4u32 {
        let y = scale.y(f64::from(quarter) / 4.0);
        let class = if quarter == 0 { "axis" } else { "grid" };
        let label = quarter * 25;
        add(
            &mut lines,
            format_args!(
                "<path class=\"{class}\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label} %</text>\n",
                LEFT - 10.0,
                y + 4.5
            ),
        );
    }
    for mark in marks(scale.end, 6) {
        let (x, label) = (scale.x(mark), mark_label(mark));
        add(
            &mut lines,
            format_args!(
                "<path class=\"axis\" d=\"M{x:.1} {BOTTOM}v5\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>\n",
                BOTTOM + 21.0
            ),
        );
    }
    let middle = (TOP + BOTTOM) / 2.0;
    add(
        &mut lines,
        format_args!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">\
             bytes in the archive, recovery included</text>\n\
             <text transform=\"translate(20 {middle:.1}) rotate(-90)\" text-anchor=\"middle\">\
             share of listens</text>\n",
            (LEFT + RIGHT) / 2.0,
            BOTTOM + 48.0
        ),
    );
    lines
}

fn curve(totals: &Totals, scale: &Scale) -> String {
    let points = &totals.curve.points;
    let split = points.partition_point(|point| point.0 <= totals.bytes);
    let (kept, rest) = points.split_at(split);
    let last_kept = kept.last().copied().unwrap_or_default();
    let mut drawn = String::new();
    if kept.len() > 1 {
        let path = path(kept, scale);
        add(
            &mut drawn,
            format_args!(
                "<path class=\"kept\" d=\"{path}V{BOTTOM}H{LEFT}Z\"/>\n\
                 <path class=\"curve\" d=\"{path}\"/>\n"
            ),
        );
    }
    if !rest.is_empty() {
        let rest: Vec<_> = std::iter::once(last_kept)
            .chain(rest.iter().copied())
            .collect();
        let path = path(&rest, scale);
        add(
            &mut drawn,
            format_args!("<path class=\"curve beyond\" d=\"{path}\"/>\n"),
        );
    }
    drawn
}

pub(super) fn path(points: &[(u64, f64)], scale: &Scale) -> String {
    let mut path = String::new();
    for (number, (bytes, share)) in points.iter().enumerate() {
        let step = if number == 0 { 'M' } else { 'L' };
        let (x, y) = (scale.x(*bytes), scale.y(*share));
        add(&mut path, format_args!("{step}{x:.1} {y:.1}"));
    }
    path
}

/// The line at what is kept, where the budget cut something off.
fn budget(totals: &Totals, scale: &Scale) -> String {
    if totals.bytes >= totals.wanted_bytes {
        return String::new();
    }
    let (x, y) = (scale.x(totals.bytes), scale.y(totals.share()));
    let (anchor, beside) = if x < (LEFT + RIGHT) / 2.0 {
        ("start", x + 10.0)
    } else {
        ("end", x - 10.0)
    };
    let label = ByteSize(totals.budget_bytes);
    let mut drawn = String::new();
    add(
        &mut drawn,
        format_args!(
            "<path class=\"budget\" d=\"M{x:.1} {TOP}V{BOTTOM}\"/>\
             <circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"/>\
             <text class=\"mark\" x=\"{beside:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">\
             budget {label}</text>\n",
            BOTTOM - 12.0
        ),
    );
    drawn
}

pub(super) fn add(text: &mut String, more: std::fmt::Arguments) {
    text.write_fmt(more).expect("a string takes all text");
}

/// Text as XML 1.0 takes it: control characters are left out.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use {super::*, crate::curve::Curve};

    fn totals(bytes: u64, wanted_bytes: u64) -> Totals {
        Totals {
            bytes,
            budget_bytes: bytes,
            wanted_bytes,
            listens_kept: 8.0,
            listens_all: 10.0,
            curve: Curve {
                points: vec![(0, 0.0), (500, 0.8), (1_000, 0.9)],
            },
            ..Totals::default()
        }
    }

    #[test]
    fn every_element_is_closed() {
        for totals in [totals(500, 1_000), totals(1_000, 1_000), Totals::default()] {
            let picture = svg(&totals, "What 10 TB keep: \"us\" & <them>");
            let opened = picture.matches('<').count() - picture.matches("</").count();
            let closed = picture.matches("</").count() + picture.matches("/>").count();
            assert_eq!(opened, closed, "{picture}");
            assert!(picture.contains("&quot;us&quot; &amp; &lt;them&gt;"));
            assert!(!picture.contains("NaN"));
        }
    }

    #[test]
    fn the_cut_is_marked_only_where_there_is_one() {
        assert!(svg(&totals(500, 1_000), "").contains("class=\"budget\""));
        assert!(!svg(&totals(1_000, 1_000), "").contains("class=\"budget\""));
    }

    #[test]
    fn the_picture_needs_nothing_from_outside() {
        let picture = svg(&totals(500, 1_000), "x");
        assert_eq!(picture.matches("http").count(), 1, "only the name space");
        assert!(picture.contains("prefers-color-scheme:dark"));
    }
}
