use {
    crate::{arguments::Stats, named::newest, report::Report, session::Session},
    anyhow::{Context, Result},
    longplay_catalog::stats::{picture, stats},
    std::fs,
};

pub fn run(session: &Session, arguments: &Stats) -> Result<()> {
    let home = session.read()?;
    let snapshot = newest(&home)?;
    let stats = stats(&snapshot, arguments.top, &session.watch)?;
    session.say(picture::text(&stats).trim_end());
    if let Some(typed) = &arguments.svg {
        let path = session.path(typed);
        let title = format!("{}: what the catalog holds", home.config().name);
        fs::write(&path, picture::svg(&stats, &title))
            .with_context(|| format!("cannot write {}", path.display()))?;
        session.say(format_args!("\nPicture: {}", typed.display()));
    }
    if session.is_json {
        session.print(&Report::new("").data("stats", serde_json::to_value(&stats)?));
    }
    Ok(())
}
