//! What goes wrong is said with file, place and remedy; the rest goes on and
//! nothing is lost.

use {
    crate::support::{Bench, CC0, CLOCK, Ran},
    longplay::Exit,
    longplay_model::Codec,
    std::{fs, io::Write, process::Command},
};

/// The run goes on, and says `code` about `subject`.
fn assert_finding(ran: &Ran, code: &str, subject: &str) {
    let words = ran.stdout.replace("\n     ", " ");
    let told = words
        .lines()
        .any(|line| line.starts_with(code) && line.contains(subject));
    assert!(
        told,
        "no {code} about {subject} in:\n{}{}",
        ran.stdout, ran.stderr
    );
}

fn archive(bench: &Bench) {
    bench.sound("init --archive home --name Test --recovery 4+2 --pack-size 256KiB");
}

/// Imports, plans and takes in the folder `music`; returns the last two runs.
fn take_in(bench: &Bench) -> (Ran, Ran) {
    let import = bench.run(&format!(
        "import --archive home --audio music --rights {CC0}"
    ));
    bench.run(&format!("plan --archive home --budget 1GB --clock {CLOCK}"));
    let intake = bench.run(&format!("intake --archive home music --rights {CC0}"));
    (import, intake)
}

#[test]
fn empty_folder() {
    let bench = Bench::new();
    archive(&bench);
    fs::create_dir(bench.path("music")).unwrap();
    let import = bench.run("import --archive home --audio music");
    assert_finding(&import, "C005", "music");
    assert_eq!(import.exit, Exit::Findings);
}

#[test]
fn a_folder_that_is_not_there() {
    let bench = Bench::new();
    archive(&bench);
    let import = bench.run("import --archive home --audio nowhere");
    assert_eq!(import.exit, Exit::Failed);
    assert!(import.stderr.contains("nowhere"), "{}", import.stderr);
}

#[test]
fn text_named_flac_and_empty_and_truncated_files() {
    let bench = Bench::new();
    archive(&bench);
    bench.record("good.flac", Codec::Flac, 1, 1.0);
    let cut = bench.record("cut.flac", Codec::Flac, 2, 2.0);
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    fs::write(bench.path("music/text.flac"), "this is no music").unwrap();
    fs::write(bench.path("music/empty.flac"), "").unwrap();
    let (_, intake) = take_in(&bench);
    assert_eq!(intake.exit, Exit::Findings);
    assert_finding(&intake, "I001", "text.flac");
    assert_finding(&intake, "I002", "cut.flac");
    assert_finding(&intake, "I003", "empty.flac");
    let status = bench.run("status --archive home --json").summary();
    assert_eq!(status["staged"], 1, "{status}");
}

/// Root reads every file, so the commands run as a user who may not: the
/// test needs `setpriv` when it is run by root.
#[cfg(target_os = "linux")]
#[test]
fn unreadable_file() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let open = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap()
    };
    bench.record("good.flac", Codec::Flac, 1, 1.0);
    let locked = bench.record("locked.flac", Codec::Flac, 2, 1.0);
    open(&locked, 0);
    open(&bench.path(""), 0o777);
    let program = bench.path("longplay");
    fs::copy(env!("CARGO_BIN_EXE_longplay"), &program).unwrap();
    let is_root = fs::read(&locked).is_ok();
    let run = |words: &str| {
        let mut command = match is_root {
            true => Command::new("setpriv"),
            false => Command::new(&program),
        };
        if is_root {
            command
                .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
                .arg(&program);
        }
        let output = command
            .args(words.split(' '))
            .current_dir(bench.path(""))
            .output()
            .unwrap();
        Ran {
            exit: if output.status.success() {
                Exit::Sound
            } else {
                Exit::Findings
            },
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    };
    run("init --archive home --name Test --recovery 4+2");
    let import = run(&format!(
        "import --archive home --audio music --rights {CC0}"
    ));
    run(&format!("plan --archive home --budget 1GB --clock {CLOCK}"));
    let intake = run(&format!("intake --archive home music --rights {CC0}"));
    assert_finding(&import, "C008", "locked.flac");
    assert_finding(&intake, "I004", "locked.flac");
    let status = run("status --archive home --json").summary();
    assert_eq!(status["staged"], 1, "{status}");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_odd() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let bench = Bench::new();
    archive(&bench);
    let plain = bench.record("Song.flac", Codec::Flac, 1, 1.0);
    bench.record("SONG.flac", Codec::Flac, 2, 1.0);
    bench.record("dots.../end. .flac", Codec::Flac, 3, 1.0);
    let odd = bench.record("other.flac", Codec::Flac, 4, 1.0);
    let not_utf8 = plain
        .parent()
        .unwrap()
        .join(OsStr::from_bytes(b"caf\xe9.flac"));
    fs::rename(odd, not_utf8).unwrap();
    let (import, intake) = take_in(&bench);
    assert_finding(&import, "C007", "caf");
    assert_finding(&intake, "I005", "caf");
    assert_eq!(
        bench.run("status --archive home --json").summary()["staged"],
        4
    );
    bench.sound("seal --archive home");
    bench.sound("verify --archive home");
}

#[cfg(unix)]
#[test]
fn symlink_loop() {
    let bench = Bench::new();
    archive(&bench);
    bench.record("good.flac", Codec::Flac, 1, 1.0);
    std::os::unix::fs::symlink(bench.path("music"), bench.path("music/again")).unwrap();
    std::os::unix::fs::symlink("itself", bench.path("music/itself")).unwrap();
    let (import, intake) = take_in(&bench);
    assert_finding(&import, "C009", "again");
    assert_finding(&intake, "I006", "again");
    assert_eq!(
        bench.run("status --archive home --json").summary()["staged"],
        1
    );
}

#[test]
fn an_archive_of_a_newer_format() {
    let bench = Bench::new();
    archive(&bench);
    let config = bench.path("home/longplay.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("version = 1", "version = 2")).unwrap();
    for verb in ["status", "seal", "verify"] {
        let ran = bench.run(&format!("{verb} --archive home"));
        assert_eq!(ran.exit, Exit::Failed);
        assert!(ran.stderr.contains("newer"), "{}", ran.stderr);
    }
}

#[test]
fn a_folder_that_is_no_archive() {
    let bench = Bench::new();
    let ran = bench.run("status --archive nowhere");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.stderr.contains("nowhere"), "{}", ran.stderr);
}

#[test]
fn two_commands_on_one_archive() {
    use longplay_model::Silent;
    let bench = Bench::new();
    archive(&bench);
    let home = longplay_store::Home::open(bench.path("home"), longplay_store::Mode::Write, &Silent)
        .unwrap();
    let second = bench.run("verify --archive home");
    assert_eq!(second.exit, Exit::Failed);
    assert!(second.stderr.contains("another"), "{}", second.stderr);
    bench.sound("status --archive home");
    drop(home);
    bench.sound("verify --archive home");
}

#[test]
fn one_malformed_line_in_a_million() {
    let lines: u64 = std::env::var("LONGPLAY_LINES").map_or(20_000, |text| text.parse().unwrap());
    let bench = Bench::new();
    archive(&bench);
    let mut file = std::io::BufWriter::new(fs::File::create(bench.path("records.jsonl")).unwrap());
    for (number, record) in longplay_catalog::synthetic::records(lines, 3).enumerate() {
        if number == 1_233 {
            file.write_all(b"{\"id\": \"cut off\n").unwrap();
        }
        serde_json::to_writer(&mut file, &record).unwrap();
        file.write_all(b"\n").unwrap();
    }
    file.flush().unwrap();
    let import = bench.run("import --archive home records.jsonl");
    assert_eq!(import.exit, Exit::Findings);
    assert_finding(&import, "C001", "line 1234");
    assert_eq!(
        bench.run("status --archive home --json").summary()["tracks"],
        lines
    );
}

#[test]
fn a_line_of_100_megabytes() {
    let bench = Bench::new();
    archive(&bench);
    let mut text = Vec::new();
    for (number, record) in longplay_catalog::synthetic::records(10, 3).enumerate() {
        if number == 5 {
            text.extend(br#"{"id":"long","title":""#);
            text.resize(text.len() + 100_000_000, b'x');
            text.extend(b"\"}\n");
        }
        serde_json::to_writer(&mut text, &record).unwrap();
        text.push(b'\n');
    }
    fs::write(bench.path("records.jsonl"), text).unwrap();
    let import = bench.run("import --archive home records.jsonl");
    assert_finding(&import, "C002", "line 6");
    assert_eq!(
        bench.run("status --archive home --json").summary()["tracks"],
        10
    );
}

/// A file system of 3 MB, as root; without root it is skipped loudly.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let bench = Bench::new();
    let small = bench.path("small");
    fs::create_dir(&small).unwrap();
    let mount = |words: &[&str]| Command::new("mount").args(words).arg(&small).output();
    let mounted = mount(&["-t", "tmpfs", "-o", "size=3m", "tmpfs"]);
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: no permission to mount a small file system for the full disk");
        return;
    }
    let _unmount = Unmount(small.clone());
    bench.music();
    bench.sound("init --archive small/home --name Test --recovery 4+2 --pack-size 256KiB");
    bench.sound(&format!(
        "import --archive small/home --audio music --rights {CC0}"
    ));
    bench.sound(&format!(
        "plan --archive small/home --budget 1GB --clock {CLOCK}"
    ));
    let filler = small.join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    file.set_len(file.metadata().unwrap().len() - 300_000)
        .unwrap();
    drop(file);
    let full = bench.run(&format!("intake --archive small/home music --rights {CC0}"));
    assert_eq!(full.exit, Exit::Failed, "{}{}", full.stdout, full.stderr);
    assert!(
        full.stderr.contains("No space left") || full.stderr.contains("full"),
        "{}",
        full.stderr
    );
    fs::remove_file(filler).unwrap();
    bench.sound(&format!("intake --archive small/home music --rights {CC0}"));
    assert_eq!(
        bench.run("status --archive small/home --json").summary()["staged"],
        12
    );
}

#[cfg(target_os = "linux")]
struct Unmount(std::path::PathBuf);

#[cfg(target_os = "linux")]
impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}
