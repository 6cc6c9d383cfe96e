use {
    super::{gather::Chunk, sources::Sources},
    crate::error::Error,
};

/// Takes rows in the order of rank.
pub(super) trait Sink {
    fn write(&mut self, chunk: &Chunk, sources: &Sources) -> Result<(), Error>;
    /// Everything is in the file then.
    fn finish(self: Box<Self>) -> Result<(), Error>;
}
