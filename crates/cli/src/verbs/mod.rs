//! One file a verb: what was typed becomes calls of the stages, and their
//! answers a report.

mod diff;
mod export;
mod get;
mod import;
mod init;
mod intake;
mod lookup;
mod plan;
mod raw;
mod rebuild;
mod reconcile;
mod release;
mod repair;
mod seal;
mod search;
mod sql;
mod stats;
mod status;
mod verify;
mod why;

use {
    crate::{
        arguments::{Arguments, Verb},
        demo,
        env::Env,
        exit::Exit,
        pages,
        session::Session,
    },
    anyhow::Result,
    clap::Parser,
};

/// Runs what was typed.
pub fn run(env: &Env) -> Exit {
    match Arguments::try_parse_from(&env.arguments) {
        Ok(arguments) => {
            let session = Session::new(env, &arguments);
            let result = dispatch(&session, &arguments.verb);
            session.exit(result)
        }
        Err(error) if error.use_stderr() => {
            env.stderr.print(error.render());
            Exit::Failed
        }
        Err(help) => {
            env.stdout.print(help.render());
            Exit::Sound
        }
    }
}

fn dispatch(session: &Session, verb: &Verb) -> Result<()> {
    if let Verb::Seal(_) | Verb::Verify(_) | Verb::Repair(_) = verb {
        pages::keep_short();
    }
    match verb {
        Verb::Init(arguments) => init::run(session, arguments),
        Verb::Import(arguments) => import::run(session, arguments),
        Verb::Plan(arguments) => plan::run(session, arguments),
        Verb::Intake(arguments) => intake::run(session, arguments),
        Verb::Seal(arguments) => seal::run(session, arguments),
        Verb::Verify(arguments) => verify::run(session, arguments),
        Verb::Repair(arguments) => repair::run(session, arguments),
        Verb::Rebuild(arguments) => rebuild::run(session, arguments),
        Verb::Reconcile(arguments) => reconcile::run(session, arguments),
        Verb::Release(arguments) => release::run(session, arguments),
        Verb::Get(arguments) => get::run(session, arguments),
        Verb::Search(arguments) => search::run(session, arguments),
        Verb::Lookup(arguments) => lookup::run(session, arguments),
        Verb::Raw(arguments) => raw::run(session, arguments),
        Verb::Sql(arguments) => sql::run(session, arguments),
        Verb::Stats(arguments) => stats::run(session, arguments),
        Verb::Export(arguments) => export::run(session, arguments),
        Verb::Diff(arguments) => diff::run(session, arguments),
        Verb::Status(_) => status::run(session),
        Verb::Demo(arguments) => demo::run(session, arguments, run),
    }
}
