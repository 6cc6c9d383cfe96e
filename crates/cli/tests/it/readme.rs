//! The commands of the README do what it says.

use {crate::support::Bench, longplay::Exit, longplay_model::Codec, std::path::PathBuf};

const README: &str = include_str!("../../../../README.md");

/// The lines of the block that begins with `longplay init`.
fn commands() -> Vec<&'static str> {
    let block = README
        .split("```sh\n")
        .find(|block| block.starts_with("longplay init"));
    block
        .unwrap()
        .split("```")
        .next()
        .unwrap()
        .lines()
        .collect()
}

/// Words apart by spaces, quoted ones together.
fn words(line: &str) -> Vec<&str> {
    line.split('"')
        .enumerate()
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split(' ').filter(|word| !word.is_empty()).collect(),
            _ => vec![part],
        })
        .collect()
}

#[test]
fn the_way_of_a_recording_is_walked() {
    let bench = Bench::new();
    bench.music();
    bench.record("forty-two.flac", Codec::Flac, 42, 1.0);
    let mut folder: PathBuf = bench.path("");
    let mut run = 0;
    for line in commands() {
        match words(line)[..] {
            ["cd", into] => folder.push(into),
            ["longplay", ref words @ ..] => {
                let ran = bench.run_in(&folder, words);
                assert_eq!(
                    ran.exit,
                    Exit::Sound,
                    "{line}\n{}{}",
                    ran.stdout,
                    ran.stderr
                );
                run += 1;
            }
            _ => panic!("the README has a line that the test does not know: {line}"),
        }
    }
    assert_eq!(run, 10);
    assert!(bench.path("43 Song 42.flac").exists());
}
