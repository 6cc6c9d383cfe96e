//! `longplay plan`: what to keep of the newest snapshot.

mod frontier;
mod make;
mod tell;
mod tracks;

pub use {make::newest_plan, tracks::PlannedTracks};

use {
    crate::{
        arguments::{AskPlan, Plan},
        session::Session,
    },
    anyhow::Result,
};

pub fn run(session: &Session, arguments: &Plan) -> Result<()> {
    match &arguments.ask {
        None => make::make(session, &arguments.make),
        Some(AskPlan::Explain { id }) => tell::tell(session, id),
        Some(AskPlan::Curve { svg }) => frontier::curve(session, svg.as_deref()),
        Some(AskPlan::Frontier(frontier)) => frontier::frontier(session, frontier),
    }
}
