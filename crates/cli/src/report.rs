use {
    crate::env::Stream,
    longplay_model::{ByteSize, grouped},
    serde_json::{Map, Value},
    std::fmt::Display,
};

/// What a verb did: printed as aligned lines for people, or as one JSON object.
#[derive(Debug, Default)]
pub struct Report {
    title: String,
    rows: Vec<Row>,
    closing: Vec<String>,
}

#[derive(Debug)]
struct Row {
    key: &'static str,
    label: String,
    text: String,
    value: Value,
}

impl Report {
    /// A report under one plain sentence.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }

    /// A row; its label is the key with spaces for underscores.
    pub fn row(mut self, key: &'static str, value: impl Into<Value> + Display) -> Self {
        self.rows.push(Row {
            key,
            label: key.replace('_', " "),
            text: value.to_string(),
            value: value.into(),
        });
        self
    }

    /// A count, shown with its thousands apart.
    pub fn count(mut self, key: &'static str, count: u64) -> Self {
        self = self.row(key, count);
        if let Some(row) = self.rows.last_mut() {
            row.text = grouped(count);
        }
        self
    }

    /// A size: bytes in JSON, three digits and a unit in text.
    pub fn bytes(mut self, key: &'static str, bytes: u64) -> Self {
        self = self.row(key, bytes);
        if let Some(row) = self.rows.last_mut() {
            row.label = row.label.trim_end_matches(" bytes").to_owned();
            row.text = ByteSize(bytes).to_string();
        }
        self
    }

    /// A share between 0 and 1, shown in percent.
    pub fn share(mut self, key: &'static str, share: f64) -> Self {
        self = self.row(key, share);
        if let Some(row) = self.rows.last_mut() {
            row.text = format!("{:.2} %", share * 100.0);
        }
        self
    }

    /// Rows that only JSON shows.
    pub fn data(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.rows.push(Row {
            key,
            label: String::new(),
            text: String::new(),
            value: value.into(),
        });
        self
    }

    /// A line below the rows, in text only.
    pub fn closing(mut self, line: impl Into<String>) -> Self {
        self.closing.push(line.into());
        self
    }

    /// A line for each of these below the rows, under a heading, in text only.
    pub fn naming(self, heading: &str, items: impl IntoIterator<Item = impl Display>) -> Self {
        let mut lines = items.into_iter().map(|item| format!("  {item}")).peekable();
        match lines.peek() {
            None => self,
            Some(_) => lines.fold(self.closing(heading), Self::closing),
        }
    }

    pub fn print(&self, stdout: &Stream, is_json: bool) {
        if is_json {
            stdout.line(serde_json::json!({ "summary": self.object() }));
        } else {
            stdout.print(self.text());
        }
    }

    fn object(&self) -> Map<String, Value> {
        let rows = self.rows.iter();
        rows.map(|row| (row.key.to_owned(), row.value.clone()))
            .collect()
    }

    fn text(&self) -> String {
        let rows = || self.rows.iter().filter(|row| !row.label.is_empty());
        let width = rows()
            .map(|row| row.label.chars().count())
            .max()
            .unwrap_or(0);
        let mut text = format!("{}\n", self.title);
        for Row {
            label, text: value, ..
        } in rows()
        {
            text += &format!("  {label:<width$}  {value}\n");
        }
        for line in &self.closing {
            text += &format!("{line}\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (256_039_007, "256,039,007"),
        ] {
            assert_eq!(grouped(count), text);
        }
    }

    #[test]
    fn text_and_json_tell_the_same() {
        let report = Report::new("Sealed 1 tranche.")
            .count("packs", 1_200)
            .bytes("payload_bytes", 50_000_000)
            .share("listens", 0.9961);
        assert_eq!(
            report.text(),
            "Sealed 1 tranche.\n  packs    1,200\n  payload  50.0 MB\n  listens  99.61 %\n"
        );
        assert_eq!(report.object()["payload_bytes"], 50_000_000);
    }
}
