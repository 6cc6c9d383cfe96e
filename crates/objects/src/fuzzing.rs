//! The readers of what a store answers, for the fuzz targets in `fuzz/`.

pub use crate::uploads::read_uploads;
