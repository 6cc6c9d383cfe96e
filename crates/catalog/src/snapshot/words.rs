//! Words that tables write for values of the model.

use longplay_model::{Access, Codec};

/// What is not known is dark.
pub(super) fn access_of(text: &str) -> Access {
    text.parse().unwrap_or_default()
}

pub(super) fn codec_of(name: &str) -> Option<Codec> {
    Codec::ALL.into_iter().find(|codec| codec.name() == name)
}
