//! Making the forms that longplay makes itself.

pub(crate) mod downmix;
pub(crate) mod encoded;
pub(crate) mod flac;
pub(crate) mod opus;
