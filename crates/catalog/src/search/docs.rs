/// Documents one after the other, packed: the texts of each are its title and
/// its artists' names.
#[derive(Debug, Clone, Default)]
pub struct Docs {
    /// All texts, a line feed after each.
    text: String,
    /// Where each document ends.
    ends: Vec<usize>,
}

impl Docs {
    /// Adds the next document.
    pub fn push(&mut self, texts: &[&str]) {
        self.ends.push(self.text.len());
        texts.iter().for_each(|text| self.add(text));
    }

    /// Begins the next document with one text.
    pub fn begin(&mut self, text: &str) {
        self.push(&[text]);
    }

    /// Adds a text to the last document.
    pub fn add(&mut self, text: &str) {
        if let Some(end) = self.ends.last_mut() {
            self.text.push_str(text);
            self.text.push('\n');
            *end = self.text.len();
        }
    }

    /// Moves the documents of `other` behind these.
    pub fn append(&mut self, other: &Self) {
        let before = self.text.len();
        self.text.push_str(&other.text);
        self.ends.extend(other.ends.iter().map(|end| end + before));
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<usize>()
    }

    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// All texts of a document, a line feed after each.
    pub(super) fn text(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[at]]
    }
}
