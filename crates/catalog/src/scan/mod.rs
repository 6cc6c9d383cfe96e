//! Questions about all tracks: tables read column by column.

mod column;
mod figures;
mod tables;

pub(crate) use {
    column::{column, groups_of},
    figures::Told,
    tables::Tables,
};
