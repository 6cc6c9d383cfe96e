//! Coverage as a picture: what each budget buys.

mod frontier;
mod scale;
mod svg;
mod text;

pub use {
    frontier::{frontier_svg, frontier_table, frontier_text},
    svg::svg,
    text::text,
};
