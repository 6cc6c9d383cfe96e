//! SIGKILL at random moments of every verb: the same command finishes, the
//! result is the same, and nothing taken in before is lost.
//!
//! `LONGPLAY_KILLS` sets the number of kills (24 when not set).

use {
    crate::support::{Bench, CC0, CLOCK, tree},
    std::{
        collections::BTreeSet,
        fs,
        path::Path,
        process::{Command, Stdio},
        thread,
        time::{Duration, Instant},
    },
};

/// The verbs of the whole way; `{home}` is the archive.
fn verbs() -> Vec<Vec<String>> {
    [
        "init --name Test --recovery 4+2 --pack-size 256KiB",
        &format!("import records.jsonl --rights {CC0}"),
        &format!("import --audio music --rights {CC0}"),
        &format!("plan --budget 100GB --clock {CLOCK}"),
        &format!("intake music --rights {CC0}"),
        "seal",
        "verify",
        "repair",
        "rebuild",
        "reconcile",
        "release",
        "get AA0002600003 --to got",
        "status",
    ]
    .iter()
    .map(|words| words.split(' ').map(str::to_owned).collect())
    .collect()
}

fn command(folder: &Path, home: &str, words: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longplay"));
    let words = words.iter().map(|word| {
        if word == "got" {
            format!("{home}-got")
        } else {
            word.clone()
        }
    });
    command
        .current_dir(folder)
        .args(["--archive", home])
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Pseudo-random numbers (SplitMix64), so that a failure can be run again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// Half of the kills come while a command runs within so many rounds.
const MOST_ROUNDS: u64 = 8;

/// Starts the verb and kills it after a random part of `usual`. Returns
/// whether it was still running.
fn start_and_kill(mut command: Command, usual: Duration, dice: &mut Dice) -> bool {
    let mut child = command.spawn().unwrap();
    let micros = u64::try_from(usual.as_micros()).unwrap().max(1);
    thread::sleep(Duration::from_micros(dice.below(micros)));
    let was_running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    was_running
}

/// Blobs that the journal says were taken in.
fn receipts(home: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(home.join("journal")) else {
        return BTreeSet::new();
    };
    entries
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok())
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| line.ends_with('}') && line.contains("\"ingestion\""))
        .collect()
}

/// Files that say when something was imported, sealed or written: the clock goes on.
const TELL_WHEN: [&str; 5] = [
    "source.json",
    "files.jsonl",
    "feed.atom",
    "index.html",
    "tranches.json",
];

/// What must be equal in both archives: all that is made but these.
fn made(home: &Path) -> Vec<(String, Vec<u8>)> {
    ["tranches", "catalog", "plans", "sources", "public"]
        .iter()
        .flat_map(|part| tree(&home.join(part)))
        .filter(|(name, _)| !TELL_WHEN.iter().any(|told| name.ends_with(told)))
        .collect()
}

#[test]
fn killed_commands_finish_when_started_again() {
    let kills: u64 = std::env::var("LONGPLAY_KILLS").map_or(24, |text| text.parse().unwrap());
    let bench = Bench::new();
    bench.music();
    fs::write(bench.path("records.jsonl"), records()).unwrap();
    let folder = bench.path("");
    let mut usual: Vec<Duration> = verbs()
        .iter()
        .map(|words| {
            let began = Instant::now();
            finish(&folder, "calm", words);
            began.elapsed()
        })
        .collect();

    let mut dice = Dice(kills);
    let (mut done, mut running, mut round) = (0, 0, 0);
    while done < kills || running * 2 < done {
        assert!(
            round < MOST_ROUNDS,
            "the kills come too late: {running} of {done}"
        );
        let home = format!("killed-{round}");
        for (words, usual) in verbs().iter().zip(&mut usual) {
            for _ in 0..dice.below(5) {
                let held = receipts(&folder.join(&home));
                match start_and_kill(command(&folder, &home, words), *usual, &mut dice) {
                    true => running += 1,
                    // The calm run was of a slower moment.
                    false => *usual /= 2,
                }
                done += 1;
                let now = receipts(&folder.join(&home));
                assert!(held.is_subset(&now), "a receipt was lost by {words:?}");
            }
            finish(&folder, &home, words);
        }
        let (calm, killed) = (made(&folder.join("calm")), made(&folder.join(&home)));
        for (a, b) in calm.iter().zip(&killed) {
            assert_eq!(a.0, b.0, "round {round}");
            assert!(a.1 == b.1, "{} differs in round {round}", a.0);
        }
        assert_eq!(calm.len(), killed.len(), "round {round}");
        fs::remove_dir_all(folder.join(&home)).unwrap();
        round += 1;
    }
    println!("{done} kills in {round} rounds, {running} while the command ran");
}

/// Runs the command to its end, which must be a good one.
fn finish(folder: &Path, home: &str, words: &[String]) {
    let output = command(folder, home, words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(
        output.status.success() || already_made(words, &folder.join(home)),
        "{words:?} in {home}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// `init` refuses an archive that is already complete.
fn already_made(words: &[String], home: &Path) -> bool {
    words[0] == "init" && home.join("longplay.toml").exists()
}

fn records() -> String {
    longplay_catalog::synthetic::records(3_000, 7)
        .map(|record| serde_json::to_string(&record).unwrap() + "\n")
        .collect()
}
