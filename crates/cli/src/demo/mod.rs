//! The whole way in one command: made, catalogued, planned, taken in, sealed,
//! damaged, healed, released, fetched.

mod content;
mod damage;
mod stage;

use {
    crate::{arguments::Demo, env::Env, exit::Exit, session::Session},
    anyhow::{Context, Result, bail},
    stage::Stage,
    std::{
        fs,
        path::{Path, PathBuf},
        time::Instant,
    },
};

/// Marks a folder that the demo made and may make anew.
const MARK: &str = ".longplay-demo";
/// The tranche that is damaged and healed.
const TRANCHE: &str = "0002-audio-open";
const CLOCK: &str = "2026-01-31T12:00:00Z";
const CC0: &str = "https://creativecommons.org/publicdomain/zero/1.0/";

/// Plays the demo; `command` runs a command line, as a person would.
pub fn run(session: &Session, arguments: &Demo, command: fn(&Env) -> Exit) -> Result<()> {
    let began = Instant::now();
    let folder = session.path(&arguments.folder);
    start_afresh(&folder)?;
    let mut stage = Stage::new(session, &folder, command);
    stage.title("longplay demo: the whole way, on music made in code");
    stage.say(&format!(
        "In {}, made anew each time. Every line that starts with $ is a command \
         that you can run there yourself.",
        arguments.folder.display()
    ));
    let isrc = compose(&mut stage, session, &folder)?;
    keep(&mut stage)?;
    heal(&mut stage, &folder.join("archive/tranches").join(TRANCHE))?;
    share(&mut stage, &isrc)?;
    coverage(&mut stage)?;
    stage.say(&format!(
        "Done in {:.0} seconds.",
        began.elapsed().as_secs_f32().ceil()
    ));
    whats_next(&mut stage, &arguments.folder);
    Ok(())
}

/// Empties the folder if the demo made it, and refuses any other.
fn start_afresh(folder: &Path) -> Result<()> {
    let is_taken = folder
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some());
    if is_taken && !folder.join(MARK).exists() {
        bail!(
            "{} is not empty, and no demo made it; name another folder",
            folder.display()
        );
    }
    if is_taken {
        let entries = folder.read_dir().context("could not list the old demo")?;
        for entry in entries {
            remove(&entry?.path())?;
        }
    }
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(folder.join(MARK), "made by longplay demo\n"))
        .with_context(|| format!("could not make the folder {}", folder.display()))
}

/// The mark goes last with the rest: it is written again at once.
fn remove(path: &Path) -> Result<()> {
    let removed = match () {
        () if path.ends_with(MARK) => Ok(()),
        () if path.is_dir() && !path.is_symlink() => fs::remove_dir_all(path),
        () => fs::remove_file(path),
    };
    removed.with_context(|| format!("could not remove {}", path.display()))
}

fn compose(stage: &mut Stage, session: &Session, folder: &Path) -> Result<String> {
    stage.step("Music that belongs to nobody");
    let content = content::make(folder, &session.watch)?;
    session.watch.end();
    stage.say(&format!(
        "Made up a catalog of {} tracks, popular and obscure as music is, and \
         recorded {} of them for a few seconds each: FLAC, Ogg Vorbis, WAV, Opus \
         and AIFF, with tags and covers. Most are in the public domain by their \
         tags; a few say nothing of their rights.",
        longplay_model::grouped(content::TRACKS),
        content.recordings
    ));
    Ok(content.isrc)
}

fn keep(stage: &mut Stage) -> Result<()> {
    stage.step("An archive");
    stage.say("A folder with a name, and how much loss it must bear: any 3 of 13 packs.");
    stage.sound(&["init", "--name", "Demo archive", "--recovery", "10+3"])?;

    stage.step("What exists");
    stage.say("First the catalog of all tracks, then the folder of recordings beside it.");
    stage.any(&["import", "tracks.jsonl", "--rights", CC0])?;
    stage.any(&["import", "--audio", "music"])?;

    stage.step("What to keep");
    stage.say("Popular tracks first, as they came; then the tail, as small copies; until the budget is used up.");
    stage.sound(&["plan", "--budget", "20GB", "--clock", CLOCK])?;

    stage.step("Taking it in");
    stage.say("Each file is read once, decoded to its end, recognised in the catalog, and kept in the form that the plan chose.");
    stage.any(&["intake", "music"])?;

    stage.step("Packs that heal");
    stage.say("Tar files in the order of the plan, recovery packs over them, every 16 KiB hashed. What is open and what is dark never share a pack.");
    stage.sound(&["seal"])?;
    stage.sound(&["verify"])
}

fn heal(stage: &mut Stage, tranche: &Path) -> Result<()> {
    stage.step("Then time passes");
    for harm in damage::harm(tranche)? {
        stage.line(&format!("! {harm}"));
    }
    stage.say("Verify reads everything and names what is lost.");
    stage.damaged(&["verify"])?;
    stage.say("Repair rebuilds it from the recovery packs, and checks what it rebuilt before it replaces anything.");
    stage.any(&["repair"])?;
    stage.sound(&["verify"])
}

fn share(stage: &mut Stage, isrc: &str) -> Result<()> {
    stage.step("Release");
    stage.say("Only what has an open rights statement leaves: as torrents that any client mirrors, a page, and a feed.");
    stage.any(&["release"])?;

    stage.step("One track, not the torrent");
    stage.say("With the map of the release at hand, a single range of one pack is read.");
    stage.sound(&[
        "get",
        isrc,
        "--from",
        "archive/public",
        "--map",
        "archive/public/map.jsonl",
        "--to",
        "got",
        "--tags",
    ])
}

fn coverage(stage: &mut Stage) -> Result<()> {
    stage.step("How far the bytes go");
    stage.sound(&["plan", "curve", "--svg", "coverage.svg"])
}

fn whats_next(stage: &mut Stage, folder: &Path) {
    let shown = |name: &str| -> String { folder.join(PathBuf::from(name)).display().to_string() };
    stage.say(&format!(
        "Look at {} and {}. Then try it on your own music: \
         longplay init --archive attic, and longplay status tells each next step.",
        shown("archive/public/index.html"),
        shown("coverage.svg")
    ));
}
