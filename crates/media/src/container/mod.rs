//! How coded audio is framed in files: one reader a container, each of which
//! gives the packets of one stream and knows whether the end is there.

pub(crate) mod aiff;
pub(crate) mod flac;
pub(crate) mod mpeg;
pub(crate) mod ogg;
pub(crate) mod pcm;
pub(crate) mod wave;
