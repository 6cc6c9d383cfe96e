/// The words of one language.
pub(in super::super) struct Words {
    /// ISO 639-1.
    pub(in super::super) language: &'static str,
    pub(in super::super) given: &'static [&'static str],
    pub(in super::super) family: &'static [&'static str],
    pub(in super::super) words: &'static [&'static str],
    /// Between two words: nothing where none is written.
    pub(in super::super) space: &'static str,
}
