use {
    crate::{arguments::Init, report::Report, session::Session},
    anyhow::Result,
    longplay_store::{Config, Home, Recovery},
};

pub fn run(session: &Session, arguments: &Init) -> Result<()> {
    let config = config(arguments);
    if !arguments.dry_run {
        Home::create(&session.root, &config, session.clock())?;
    }
    session.print(&report(session, &config, arguments.dry_run));
    Ok(())
}

fn config(arguments: &Init) -> Config {
    Config {
        contact: arguments.contact.clone(),
        recovery: Recovery {
            k: arguments.recovery.k,
            m: arguments.recovery.m,
        },
        pack_bytes: arguments.pack_size,
        tranche_bytes: arguments.tranche_size,
        ..Config::new(&arguments.name)
    }
}

fn report(session: &Session, config: &Config, is_dry_run: bool) -> Report {
    let Recovery { k, m } = config.recovery;
    let made = if is_dry_run { "Would make" } else { "Made" };
    Report::new(format!("{made} the archive “{}”.", config.name))
        .row("folder", session.root.display().to_string())
        .row(
            "recovery",
            format!(
                "{k}+{m}: any {m} of {} packs may be lost",
                u16::from(k) + u16::from(m)
            ),
        )
        .bytes("pack_bytes", config.pack_bytes.0)
        .bytes("tranche_bytes", config.tranche_bytes.0)
        .closing("Next: longplay import")
}
