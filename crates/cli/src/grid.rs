//! Rows on a terminal: below each other where they fit, otherwise each as a
//! list of its values.

use textwrap::core::display_width;

/// Names of columns, and rows of as many values.
#[derive(Debug)]
pub struct Grid {
    pub columns: Vec<GridColumn>,
    pub rows: Vec<Vec<Option<String>>>,
}

#[derive(Debug)]
pub struct GridColumn {
    pub name: String,
    /// Numbers stand on the right.
    pub is_number: bool,
}

/// Between two columns.
const GAP: usize = 2;

/// A text is not cut shorter than this to make a table fit.
const LEAST: usize = 12;

impl Grid {
    /// The rows in at most `width` columns of a terminal; texts that are
    /// longer end in `…`.
    pub fn text(&self, width: usize) -> String {
        match self.widths(width) {
            Some(widths) => self.table(&widths),
            None => self.lists(),
        }
    }

    /// How wide each column may be; nothing where they do not fit.
    fn widths(&self, width: usize) -> Option<Vec<usize>> {
        let has_lines = |text: &Option<String>| text.as_ref().is_some_and(|it| it.contains('\n'));
        if self.rows.iter().flatten().any(has_lines) {
            return None;
        }
        let room = width.checked_sub(GAP * self.columns.len().saturating_sub(1))?;
        let mut widths: Vec<usize> = (0..self.columns.len()).map(|it| self.widest(it)).collect();
        while widths.iter().sum::<usize>() > room {
            let texts = widths.iter_mut().zip(&self.columns);
            let texts = texts.filter(|(_, column)| !column.is_number);
            let (longest, _) = texts.max_by_key(|(width, _)| **width)?;
            if *longest <= LEAST {
                return None;
            }
            *longest -= 1;
        }
        Some(widths)
    }

    fn widest(&self, column: usize) -> usize {
        let values = self
            .rows
            .iter()
            .map(|row| display_width(shown(&row[column])));
        let name = display_width(&self.columns[column].name);
        values.fold(name, usize::max)
    }

    fn table(&self, widths: &[usize]) -> String {
        let names = self.columns.iter().map(|column| column.name.as_str());
        let mut text = self.line(names, widths);
        let rules: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        text += &self.line(rules.iter().map(String::as_str), widths);
        for row in &self.rows {
            text += &self.line(row.iter().map(shown), widths);
        }
        text
    }

    fn line<'t>(&self, values: impl Iterator<Item = &'t str>, widths: &[usize]) -> String {
        let cells = values.zip(widths).zip(&self.columns);
        let cells = cells.map(|((value, width), column)| {
            let value = cut(value, *width);
            let fill = " ".repeat(width - display_width(&value));
            match column.is_number {
                true => fill + &value,
                false => value + &fill,
            }
        });
        let line = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
        format!("{}\n", line.trim_end())
    }

    fn lists(&self) -> String {
        let names = self
            .columns
            .iter()
            .map(|column| display_width(&column.name));
        let width = names.max().unwrap_or(0);
        let lists = self.rows.iter().map(|row| {
            let values = self.columns.iter().zip(row);
            let lines = values.map(|(column, value)| {
                let fill = " ".repeat(width - display_width(&column.name));
                let indent = format!("\n{}", " ".repeat(width + GAP));
                let value = shown(value).trim_end().replace('\n', &indent);
                let line = format!("{}{fill}  {value}", column.name);
                format!("{}\n", line.trim_end())
            });
            lines.collect::<String>()
        });
        lists.collect::<Vec<_>>().join("\n")
    }
}

fn shown(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("")
}

/// The beginning of a text that fits, and `…` where it does not end there.
fn cut(text: &str, width: usize) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if display_width(&kept) + 1 > width {
            kept.pop();
            break;
        }
    }
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(names: &[(&str, bool)], rows: &[&[&str]]) -> Grid {
        let column = |(name, is_number): &(&str, bool)| GridColumn {
            name: (*name).to_owned(),
            is_number: *is_number,
        };
        let value = |text: &&str| (!text.is_empty()).then(|| (*text).to_owned());
        Grid {
            columns: names.iter().map(column).collect(),
            rows: rows
                .iter()
                .map(|row| row.iter().map(value).collect())
                .collect(),
        }
    }

    #[test]
    fn columns_stand_below_each_other() {
        let grid = grid(
            &[("row", true), ("title", false)],
            &[&["7", "東京"], &["12345", ""]],
        );
        let expected = "  row  title\n─────  ─────\n    7  東京\n12345\n";
        assert_eq!(grid.text(80), expected);
    }

    #[test]
    fn long_texts_are_cut_and_too_many_columns_become_lists() {
        let long = "a".repeat(60);
        let wide = "東".repeat(30);
        let rows: &[&[&str]] = &[&["7", &long, &wide]];
        let all = grid(&[("n", true), ("one", false), ("two", false)], rows);
        for width in [40, 60, 80] {
            let text = all.text(width);
            assert!(
                text.lines().all(|line| display_width(line) <= width),
                "{text}"
            );
            assert_eq!(text.lines().count(), 3);
            assert!(text.contains("…"));
        }
        let text = all.text(20);
        assert_eq!(text, format!("n    7\none  {long}\ntwo  {wide}\n"));
    }

    #[test]
    fn values_of_several_lines_are_indented() {
        let grid = grid(
            &[("a", false), ("plan", false)],
            &[&["1", "b\n  c\n"], &["2", ""]],
        );
        assert_eq!(
            grid.text(80),
            "a     1\nplan  b\n        c\n\na     2\nplan\n"
        );
    }
}
