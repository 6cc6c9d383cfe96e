/// Texts of one field that are kept; no honest item has more.
pub(super) const MOST: usize = 1_000;

/// The fields of an item or of one of its files; a field may have many texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Fields(Vec<(String, Vec<String>)>);

/// What is known of an item.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub(super) metadata: Fields,
    /// `None` where they are not listed.
    pub(super) files: Option<Vec<Fields>>,
    /// The document holds something, and nothing of an item.
    pub(super) is_foreign: bool,
}

impl Fields {
    pub(super) fn add(&mut self, name: &str, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, texts)) if texts.len() < MOST => texts.push(text.into()),
            Some(_) => {}
            None => self.0.push((name.into(), vec![text.into()])),
        }
    }

    pub(super) fn all(&self, name: &str) -> &[String] {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or(&[], |(_, texts)| texts)
    }

    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }
}
