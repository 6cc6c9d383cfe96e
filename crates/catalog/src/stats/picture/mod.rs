//! Counts as pictures: for a terminal and as SVG.

mod rows;
mod svg;
mod text;

pub use {svg::svg, text::text};
