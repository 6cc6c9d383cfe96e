//! The coverage curve as a picture: what each budget buys.

mod scale;
mod svg;
mod text;

pub use {svg::svg, text::text};
