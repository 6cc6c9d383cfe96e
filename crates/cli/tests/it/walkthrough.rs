//! `docs/walkthrough.md` tells what the program does: its commands are run on
//! recordings made in code, and what they print is compared but for numbers.
//!
//! With `LONGPLAY_WALKTHROUGH` naming a folder that holds `audio` and
//! `musicbrainz`, the page is written anew from these.

use {
    crate::support::Bench,
    longplay_model::Codec,
    std::{
        env, fs,
        path::{Path, PathBuf},
    },
};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/walkthrough.md");
const FENCE: &str = "```console\n$ ";

/// A command of the page, and what stands under it.
struct Shown {
    command: String,
    output: String,
}

fn shown(page: &str) -> Vec<Shown> {
    page.split(FENCE)
        .skip(1)
        .map(|rest| {
            let block = rest.split("```").next().unwrap();
            let (command, output) = block.split_once('\n').unwrap();
            Shown {
                command: command.to_owned(),
                output: output.to_owned(),
            }
        })
        .collect()
}

/// Recordings in the folders, and under the names, that the page's rights
/// speak of.
fn recordings(bench: &Bench) {
    for (name, codec) in [
        ("flac-test-files/01.flac", Codec::Flac),
        ("flac-test-files/02.flac", Codec::Flac),
        ("sonic-pi-samples/bass.flac", Codec::Flac),
        ("sonic-pi-samples/drum.flac", Codec::Flac),
        ("librosa-data/198-209-0000.ogg", Codec::Vorbis),
        ("librosa-data/Hungarian.ogg", Codec::Vorbis),
        ("librosa-data/trumpet.ogg", Codec::Vorbis),
        ("chromaprint-tests/data/test.mp3", Codec::Mp3),
    ] {
        let has_cover = name.contains("trumpet");
        bench.bare(
            &format!("audio/{name}"),
            codec,
            name.len() as u64,
            has_cover,
        );
    }
    let releases = bench.path("musicbrainz");
    fs::create_dir(&releases).unwrap();
    fs::write(releases.join("release.json"), RELEASE).unwrap();
}

const RELEASE: &str = r#"{"id":"00000000-0000-4000-8000-000000000001","title":"Release",
"date":"1999-03","barcode":"","artist-credit":[{"name":"A","joinphrase":"","artist":{"id":"00000000-0000-4000-8000-000000000002","name":"A","sort-name":"A"}}],
"label-info":[],"media":[{"position":1,"tracks":[{"id":"00000000-0000-4000-8000-000000000003","number":"1","position":1,"title":"Song","length":61000,
"artist-credit":[{"name":"A","joinphrase":"","artist":{"id":"00000000-0000-4000-8000-000000000002","name":"A","sort-name":"A"}}],
"recording":{"id":"00000000-0000-4000-8000-000000000004","title":"Song","length":61000,"isrcs":["AA0002600001"],"artist-credit":[]}}]}]}"#;

/// Runs a line of the page; what it prints.
fn play(bench: &Bench, folder: &Path, command: &str) -> String {
    let words: Vec<&str> = command.split(' ').collect();
    match words[..] {
        ["rm", file] => {
            fs::remove_file(folder.join(file)).unwrap();
            String::new()
        }
        ["longplay", ref words @ ..] => {
            let ran = bench.run_in(folder, words);
            let text = ran.stdout + &ran.stderr;
            let whole = folder.to_str().unwrap();
            text.replace(&format!("{}/", whole.trim_end_matches('/')), "")
        }
        _ => panic!("the page has a command that the test does not know: {command}"),
    }
}

/// The id of a released track, in place of the page's.
fn with_id(command: &str, folder: &Path) -> String {
    let is_id = |word: &&str| word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let Some(id) = command.split(' ').find(is_id) else {
        return command.to_owned();
    };
    let map = fs::read_to_string(folder.join("attic/public/map.jsonl")).unwrap();
    let record: serde_json::Value = serde_json::from_str(map.lines().next().unwrap()).unwrap();
    command.replace(id, record["tracks"][0].as_str().unwrap())
}

/// What must stay true of an output: titles and labels, without numbers, names
/// of files, and findings.
fn shape(output: &str) -> Vec<String> {
    let is_part = |line: &&str| line.starts_with("  ") && !line.starts_with("     ");
    let is_finding =
        |line: &&str| line.len() > 5 && line.as_bytes()[1..4].iter().all(u8::is_ascii_digit);
    output
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("     ") && !is_finding(line))
        .map(|line| match is_part(&line) {
            true => label(line),
            false => line.split(['“', '/', ':']).next().unwrap().to_owned(),
        })
        .map(|text| text.chars().filter(|c| !c.is_ascii_digit()).collect())
        .collect()
}

fn label(line: &str) -> String {
    let text = line.trim_start();
    text.split("  ")
        .next()
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn the_walkthrough_is_true() {
    let page = fs::read_to_string(PAGE).unwrap();
    let bench = Bench::new();
    recordings(&bench);
    let folder = bench.path("");
    write_rights(&page, &folder);
    for Shown { command, output } in shown(&page) {
        let printed = play(&bench, &folder, &with_id(&command, &folder));
        assert_eq!(shape(&printed), shape(&output), "$ {command}\n{printed}");
    }
}

fn write_rights(page: &str, folder: &Path) {
    let csv = page
        .split("```csv\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    fs::write(folder.join("rights.csv"), csv).unwrap();
}

/// Writes the page anew, from recordings outside the project.
#[test]
fn the_walkthrough_is_written_anew_when_asked() {
    let Some(source) = env::var_os("LONGPLAY_WALKTHROUGH").map(PathBuf::from) else {
        return;
    };
    let mut page = fs::read_to_string(PAGE).unwrap();
    let bench = Bench::new();
    let folder = bench.path("");
    write_rights(&page, &folder);
    for name in ["audio", "musicbrainz"] {
        std::os::unix::fs::symlink(source.join(name), folder.join(name)).unwrap();
    }
    for Shown { command, output } in shown(&page) {
        let now = with_id(&command, &folder);
        let printed = play(&bench, &folder, &now);
        let old = format!("{FENCE}{command}\n{output}```");
        page = page.replacen(&old, &format!("{FENCE}{now}\n{printed}```"), 1);
    }
    fs::write(PAGE, page).unwrap();
}
