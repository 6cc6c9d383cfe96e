//! How much work one search may do.

/// What bounds a search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Steps in lists for words as they were written, and for all.
    pub(super) first_steps: u64,
    pub(super) all_steps: u64,
    /// Steps of a plan after which the rest of its rows is gone through in two
    /// parts side by side, each with half of the steps that are left.
    pub(super) alone_steps: u64,
    /// Steps in lists to learn whether a way to go on leads anywhere.
    pub(super) short_look: u64,
    /// Steps through the dictionary for one word with typos.
    pub(super) near_steps: u32,
    /// Terms that are read of those that match a word. So many stand for it,
    /// those with the longest lists; all of them where few documents are left.
    pub(super) terms_read: usize,
    pub(super) terms_kept: usize,
    /// Documents that a rare word leaves are looked for in the lists of the
    /// other words one by one, when they are no more than this.
    pub(super) probed: u64,
    /// Beginnings are answered from the lists made for them, and a search
    /// stops when nothing better can come.
    pub(super) shortcuts: bool,
}

/// A few thousandths of a second, a few hundredths at worst.
pub(super) const USUAL: Limits = Limits {
    first_steps: 1_000_000,
    all_steps: 1_600_000,
    alone_steps: 1 << 16,
    short_look: 50_000,
    near_steps: 200_000,
    terms_read: 1 << 13,
    terms_kept: 1 << 10,
    probed: 1 << 13,
    shortcuts: true,
};

/// All there is is looked at, however long it takes.
pub(super) const NONE: Limits = Limits {
    first_steps: u64::MAX / 4,
    all_steps: u64::MAX / 2,
    alone_steps: u64::MAX,
    short_look: 0,
    near_steps: u32::MAX - 1,
    terms_read: usize::MAX - 1,
    terms_kept: usize::MAX,
    probed: 0,
    shortcuts: false,
};
