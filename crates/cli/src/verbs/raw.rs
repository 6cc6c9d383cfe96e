use {
    crate::{
        arguments::Raw,
        named::{newest, tracks_of},
        session::Session,
    },
    anyhow::{Context, Result},
};

pub fn run(session: &Session, arguments: &Raw) -> Result<()> {
    let home = session.read()?;
    let snapshot = newest(&home)?;
    let tracks = tracks_of(&snapshot, &arguments.id)?;
    let most_popular = tracks.first().context("an id that is there has a track")?;
    let record = snapshot.raw_record(&home.sources_dir(), most_popular)?;
    session.env.stdout.bytes(&record);
    Ok(())
}
