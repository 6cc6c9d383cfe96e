/// How an item is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GetOptions {
    /// From a server that cannot give parts of a file, read and throw away at
    /// most this many bytes before the item.
    pub skip_at_most: u64,
}

impl Default for GetOptions {
    /// 64 MiB.
    fn default() -> Self {
        Self {
            skip_at_most: 64 << 20,
        }
    }
}
