//! Questions are answered as `docs/questions.md` shows, and as the records say.
//!
//! With `LONGPLAY_QUESTIONS` set, the page is written anew.

use {
    crate::support::{Bench, CC0, Ran},
    longplay::Exit,
    serde_json::Value,
    std::{env, fs},
};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/questions.md");
const FENCE: &str = "```console\n$ ";

/// The records that the page shows.
fn shown_records(page: &str) -> &str {
    let block = page.split("```json\n").nth(1).unwrap();
    block.split("```").next().unwrap()
}

/// An archive `attic` of the page's records.
fn attic(records: &str) -> Bench {
    let bench = Bench::new();
    fs::write(bench.path("netlabel.jsonl"), records).unwrap();
    fs::write(bench.path("ids.txt"), "AA0002600002\n\nAA0002699999\n").unwrap();
    bench.sound("init --archive attic");
    import(&bench, "netlabel.jsonl", "netlabel");
    bench
}

fn import(bench: &Bench, file: &str, name: &str) {
    let words = format!("--archive attic import {file} --name {name} --rights {CC0}");
    bench.sound(&words);
}

fn snapshot(bench: &Bench) -> String {
    let status = bench.sound("--archive attic --json status");
    status.summary()["snapshot"].as_str().unwrap().to_owned()
}

/// A block of the page: the command, which goes on while a quote is open, and
/// what it prints.
fn parts(block: &str) -> (&str, &str) {
    let is_whole = |end: &usize| block[..*end].matches('"').count().is_multiple_of(2);
    let mut ends = block.match_indices('\n').map(|(end, _)| end);
    let end = ends.find(is_whole).expect(block);
    (&block[..end], &block[end + 1..])
}

/// Words apart by spaces; in double quotes spaces belong to the word.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (number, part) in command.split('"').enumerate() {
        let mut pieces = match number % 2 {
            0 => part.split(' ').collect(),
            _ => vec![part],
        }
        .into_iter();
        let last = words.last_mut().unwrap();
        last.push_str(pieces.next().unwrap());
        words.extend(pieces.map(str::to_owned));
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Runs a command of the page, which may read a file on stdin.
fn play(bench: &Bench, command: &str, may_fail: bool) -> String {
    let redirected = command.rsplit_once(" < ");
    let redirected = redirected.filter(|(_, file)| !file.contains('"'));
    let (command, input) = redirected.unwrap_or((command, ""));
    let input = match input {
        "" => String::new(),
        file => fs::read_to_string(bench.path(file)).unwrap(),
    };
    let words = words(command);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ["longplay", words @ ..] = &words[..] else {
        panic!("the page has a command that the test does not know: {command}");
    };
    let ran = bench.run_with(&bench.path(""), words, &input);
    let is_done = ran.exit == Exit::Sound || may_fail;
    assert!(is_done, "{command}\n{}{}", ran.stdout, ran.stderr);
    ran.stdout + &ran.stderr
}

#[test]
fn the_page_is_true() {
    let page = fs::read_to_string(PAGE).unwrap();
    let bench = attic(shown_records(&page));
    let old = snapshot(&bench);
    let mut anew = page.clone();
    let blocks: Vec<&str> = page.split(FENCE).skip(1).collect();
    assert!(blocks.len() >= 9, "every verb is shown");
    for block in blocks {
        let block = block.split("```").next().unwrap();
        let (command, output) = parts(block);
        if command.contains(" import ") {
            // What came in since.
            let later = shown_records(&page).replace("\"popularity\":12", "\"popularity\":55");
            let later = later.replace("Noon", "Midnight");
            let new = r#"{"id":"5","title":"Night","artists":[{"name":"Bo","id":"a2"}]}"#;
            fs::write(bench.path("netlabel.jsonl"), format!("{later}{new}\n")).unwrap();
        }
        let is_anew = env::var_os("LONGPLAY_QUESTIONS").is_some();
        let may_fail = is_anew || output.starts_with("error: ");
        let printed = play(&bench, &command.replace("OLD", &old), may_fail);
        if !is_anew {
            assert_eq!(printed, output, "$ {command}");
        }
        let shown = format!("{FENCE}{block}```");
        anew = anew.replacen(&shown, &format!("{FENCE}{command}\n{printed}```"), 1);
    }
    if env::var_os("LONGPLAY_QUESTIONS").is_some() {
        fs::write(PAGE, anew).unwrap();
    }
}

fn asked(bench: &Bench, words: &[&str], input: &str) -> Ran {
    let words = [&["--archive", "attic", "sql"], words].concat();
    let ran = bench.run_with(&bench.path(""), &words, input);
    assert_eq!(ran.exit, Exit::Sound, "{words:?}\n{}", ran.stderr);
    ran
}

#[test]
fn a_query_comes_from_anywhere_and_goes_anywhere() {
    let bench = page_attic();
    let query = "SELECT row, title FROM tracks WHERE row < 2 ORDER BY row;\n";
    fs::write(bench.path("question.sql"), query).unwrap();
    let typed = asked(&bench, &[query, "--csv"], "").stdout;
    assert_eq!(typed, "row,title\n0,First Light\n1,Second Light\n");
    assert_eq!(asked(&bench, &["-", "--csv"], query).stdout, typed);
    let filed = asked(&bench, &["--file", "question.sql", "--csv"], "");
    assert_eq!(filed.stdout, typed);
    asked(&bench, &[query, "--to", "a.csv"], "");
    assert_eq!(fs::read_to_string(bench.path("a.csv")).unwrap(), typed);
    let again = bench.run_words(&["--archive", "attic", "sql", query, "--to", "a.csv"]);
    assert!(again.stderr.contains("--force"), "{}", again.stderr);
    let json = asked(&bench, &[query, "--json"], "");
    let lines = answers(&json);
    assert_eq!(
        (lines.len(), &lines[1]["title"]),
        (2, &Value::from("Second Light"))
    );
    let first = asked(&bench, &[query, "--rows", "1"], "").stdout;
    let note = "The first row (--rows N); --csv, --json or --to FILE give all.";
    assert!(
        first.ends_with(&format!("  0  First Light\n{note}\n")),
        "{first}"
    );
    let tables = answers(&asked(&bench, &["--json"], ""));
    assert_eq!(tables[0]["table"], "tracks");
    assert_eq!(tables[0]["columns"][0]["name"], "row");
    let left = fs::read_dir(bench.path("attic/catalog")).unwrap();
    assert_eq!(left.count(), 1);
}

#[test]
fn plans_and_earlier_snapshots_are_asked_too() {
    let bench = page_attic();
    let old = snapshot(&bench);
    bench.sound("--archive attic plan --budget 1GB --clock 2026-01-31T12:00:00Z");
    let query = "SELECT p.place, t.title, p.reason FROM plan p JOIN tracks t ON t.row = p.row ORDER BY p.place LIMIT 1";
    let answer = answers(&asked(&bench, &[query, "--json"], ""));
    assert_eq!(answer[0]["title"], "First Light");
    fs::write(
        bench.path("one.jsonl"),
        r#"{"id":"9","title":"Dusk","artists":[]}"#,
    )
    .unwrap();
    import(&bench, "one.jsonl", "one");
    let count = "SELECT count(*) AS n FROM tracks";
    for (words, expected) in [
        (&[count, "--csv"][..], "n\n5\n"),
        (&[count, "--csv", "--snapshot", &old[..6]], "n\n4\n"),
    ] {
        assert_eq!(asked(&bench, words, "").stdout, expected);
    }
    let refused = bench.run_words(&["--archive", "attic", "sql", query]);
    assert!(
        refused.stderr.contains("no table plan;"),
        "{}",
        refused.stderr
    );
}

fn page_attic() -> Bench {
    attic(shown_records(&fs::read_to_string(PAGE).unwrap()))
}

fn answers(ran: &Ran) -> Vec<Value> {
    let lines = ran.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn titles(answer: &Value) -> Vec<&str> {
    let tracks = answer["tracks"].as_array().unwrap().iter();
    tracks
        .map(|track| track["title"].as_str().unwrap())
        .collect()
}

#[test]
fn every_kind_of_id_leads_to_its_tracks() {
    let bench = page_attic();
    let first = ["First Light", "First Light (Reprise)"];
    for (id, expected) in [
        ("AA0002600001", &first[..]),
        ("aa0-00-26-00001", &first),
        ("b9ad642e-b012-41c7-b72a-42cf4911f9ff", &first[..1]),
        ("4006381333931", &first[..1]),
        ("04006381333931", &first[..1]),
        ("netlabel:4", &["Noon"]),
        ("netlabel:9", &[]),
        ("AA0002699999", &[]),
    ] {
        let ran = bench.sound(&format!("--archive attic --json lookup {id}"));
        assert_eq!(titles(&answers(&ran)[0]), expected, "{id}");
    }
    let ran = bench.sound("--archive attic --json lookup netlabel:2");
    let track = answers(&ran)[0]["tracks"][0].clone();
    for key in ["track", "recording"] {
        let id = track[key].as_str().unwrap();
        let ran = bench.sound(&format!("--archive attic --json lookup {id}"));
        assert_eq!(answers(&ran)[0]["tracks"][0], track, "{key}");
    }
}

#[test]
fn releases_and_artists_are_told_by_their_ids() {
    let bench = page_attic();
    let mbid = "0f50beab-d77d-4f0f-ac26-0b87d3e9b11b";
    let other = "1a54f4e7-3c9d-4a7e-9a44-4b0f4b8a4a0d";
    let record = format!(
        r#"{{"id":"1","title":"Elsewhere","artists":[{{"name":"Cy","id":"{other}"}}],"release_id":"{mbid}","release":"Far"}}
"#
    );
    fs::write(bench.path("more.jsonl"), record).unwrap();
    import(&bench, "more.jsonl", "more");
    let ask = |id: &str| {
        let ran = bench.sound(&format!("--archive attic --json lookup {id}"));
        answers(&ran)[0].clone()
    };
    for (id, kind, name, first) in [
        ("netlabel:r1", "release", "Dawn", "First Light"),
        ("netlabel:a1", "artist", "Ada", "First Light"),
        (mbid, "release", "Far", "Elsewhere"),
        (other, "artist", "Cy", "Elsewhere"),
    ] {
        let answer = ask(id);
        let found = &answer[format!("{kind}s")][0];
        let named = if kind == "release" { "title" } else { "name" };
        assert_eq!(found[named], name, "{id}");
        assert_eq!(titles(&answer), [first], "{id}");
        let mut own = ask(found[kind].as_str().unwrap());
        own["id"] = answer["id"].clone();
        assert_eq!(own, answer, "{id}");
    }
    let ran = bench.sound("--archive attic lookup more:1a54 netlabel:a1");
    assert!(
        ran.stdout.contains("more:1a54: not in the catalog\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("  Ada, 3 tracks\n"), "{}", ran.stdout);
}

#[test]
fn a_batch_answers_in_its_order() {
    let bench = Bench::new();
    let records: String = (0..2500)
        .map(|number| {
            format!(
                "{{\"id\":\"{number}\",\"title\":\"t{number}\",\"artists\":[],\"isrcs\":[\"AA00026{number:05}\"]}}\n"
            )
        })
        .collect();
    fs::write(bench.path("many.jsonl"), records).unwrap();
    bench.sound("init --archive attic");
    import(&bench, "many.jsonl", "many");
    // More than are looked up at once, backwards, with gaps.
    let asked: Vec<u32> = (0..2600).rev().step_by(2).collect();
    let input: String = asked
        .iter()
        .map(|number| format!(" aa00026{number:05}\r\n"))
        .collect();
    let words = ["--archive", "attic", "lookup", "--batch"];
    let ran = bench.run_with(&bench.path(""), &words, &input);
    assert_eq!(ran.exit, Exit::Sound, "{}", ran.stderr);
    let answers = answers(&ran);
    assert_eq!(answers.len(), asked.len());
    for (answer, number) in answers.iter().zip(asked) {
        assert_eq!(answer["id"], format!("aa00026{number:05}"));
        let title = format!("t{number}");
        let expected: &[&str] = if number < 2500 { &[&title] } else { &[] };
        assert_eq!(titles(answer), expected);
    }
}

#[test]
fn what_is_no_id_is_told() {
    let bench = page_attic();
    for (words, told) in [
        ("lookup hello", "no id"),
        ("lookup netlabel:9", "the catalog has no netlabel:9"),
        ("raw AA0002699999", "the catalog has no AA0002699999"),
        ("raw --record netlabel:0", "no record netlabel:0"),
        ("raw --record netlabel:5", "no record netlabel:5"),
        ("raw --record other:1", "SOURCE is one of netlabel (0)"),
        ("diff ffff", "no snapshot ffff"),
        ("export out.xyz", "no format"),
        ("export out.csv --rights hello", "Creative Commons"),
        ("sql SELECT", "SQL"),
        ("sql --file absent.sql", "cannot read absent.sql"),
        ("sql --snapshot ffff --file ids.txt", "no snapshot ffff"),
        ("sql --file ids.txt --to a.xls", "no format"),
        (
            "sql --file ids.txt --to attic/public/a.csv",
            "in a folder of the archive",
        ),
        ("sql --file ids.txt --memory 1MB", "16.8 MB"),
        (
            "plan --budget 1GB --policy hello",
            "neither a file nor one of standard, reference, optimal",
        ),
    ] {
        let ran = bench.run(&format!("--archive attic {words}"));
        assert_eq!(ran.exit, Exit::Failed, "{words}");
        assert!(ran.stderr.contains(told), "{words}\n{}", ran.stderr);
    }
    bench.sound("init --archive empty");
    for words in [
        "lookup netlabel:1",
        "sql",
        "stats",
        "export a.csv",
        "raw netlabel:1",
    ] {
        let ran = bench.run(&format!("--archive empty {words}"));
        assert!(ran.stderr.contains("there is no catalog yet"), "{words}");
    }
}

#[test]
fn records_come_out_byte_for_byte() {
    let page = fs::read_to_string(PAGE).unwrap();
    let bench = attic(shown_records(&page));
    for (number, line) in shown_records(&page).lines().enumerate() {
        let words = format!("--archive attic raw netlabel:{}", number + 1);
        assert_eq!(bench.sound(&words).stdout, line);
        let words = format!("--archive attic raw --record 0:{}", number + 1);
        assert_eq!(bench.sound(&words).stdout, line);
    }
}

#[test]
fn batches_of_records_tell_lengths_and_gaps() {
    let bench = Bench::new();
    let records: Vec<String> = (1..=2500)
        .map(|id| format!("{{\"id\":\"{id}\",  \"title\":\"tïtle {id}\",\"artists\":[]}}\r"))
        .collect();
    fs::write(bench.path("many.jsonl"), records.join("\n")).unwrap();
    bench.sound("init --archive attic");
    import(&bench, "many.jsonl", "many");
    // More than are read at once, out of order, some twice, some absent.
    let asked: Vec<usize> = (0..3000).map(|n| n * 7919 % 2600 + 1).collect();
    for (flag, gap) in [("", "many:0"), (" --record", "hello")] {
        let mut lines: Vec<String> = asked.iter().map(|id| format!("many:{id}\n")).collect();
        lines.push(format!("{gap}\n"));
        let words = format!("--archive attic raw --batch{flag}");
        let words: Vec<&str> = words.split(' ').collect();
        let ran = bench.run_with(&bench.path(""), &words, &lines.concat());
        let mut expected = String::new();
        for id in &asked {
            expected += &match records.get(id - 1) {
                Some(record) => format!(
                    "{{\"bytes\":{},\"id\":\"many:{id}\",\"record\":{id},\"source\":\"many\",\"source_number\":0}}\n{record}\n",
                    record.len()
                ),
                None => format!("{{\"bytes\":null,\"id\":\"many:{id}\"}}\n"),
            };
        }
        expected += &format!("{{\"bytes\":null,\"id\":\"{gap}\"}}\n");
        assert!(ran.stdout == expected, "{flag}");
        assert_eq!(ran.exit, Exit::Sound);
    }
}

#[test]
fn dark_records_do_not_get_into_the_public_folder() {
    let bench = page_attic();
    let secret = r#"{"id":"1","title":"Secret","artists":[]}"#;
    fs::write(bench.path("secret.jsonl"), secret).unwrap();
    bench.sound("--archive attic import secret.jsonl --name secret");
    let told = bench.sound("--archive attic export all.csv");
    assert!(
        told.stdout.contains("this file is for you alone"),
        "{}",
        told.stdout
    );
    fs::create_dir_all(bench.path("attic/public")).unwrap();
    let refused = bench.run("--archive attic export attic/public/all.csv");
    assert_eq!(refused.exit, Exit::Failed);
    assert!(!bench.path("attic/public/all.csv").exists());
    let open = bench.sound("--archive attic --json export attic/public/all.csv --open-only");
    let summary = open.summary();
    assert_eq!(
        (&summary["tracks"], &summary["dark_records"]),
        (&4.into(), &0.into())
    );
    let text = fs::read_to_string(bench.path("attic/public/all.csv")).unwrap();
    assert!(!text.contains("Secret"));
}

#[test]
fn counts_and_differences_are_told_to_programs_too() {
    let bench = page_attic();
    let old = snapshot(&bench);
    let ran = bench.sound("--archive attic --json stats --svg counts.svg");
    let stats = &ran.summary()["stats"];
    assert_eq!(stats["counts"]["tracks"], 4);
    assert_eq!(stats["with"]["isrc"], 3);
    assert_eq!(stats["tracks_an_isrc"][1], 1);
    assert!(
        fs::read_to_string(bench.path("counts.svg"))
            .unwrap()
            .starts_with("<svg")
    );
    let fewer = r#"{"id":"1","title":"First Night","artists":[{"name":"Ada","id":"a1"}]}"#;
    fs::write(bench.path("netlabel.jsonl"), fewer).unwrap();
    import(&bench, "netlabel.jsonl --add", "netlabel");
    let ran = bench.sound(&format!("--archive attic --json diff {}", &old[..6]));
    let summary = ran.summary();
    // Tracks that an addition does not name stay.
    assert_eq!(summary["removed"], 0);
    assert_eq!(summary["changed"], 1);
    assert_eq!(summary["diff"]["fields"]["title"], 1);
    assert_eq!(summary["diff"]["changed"][0]["new"]["title"], "First Night");
    let folder = format!("attic/catalog/{old}");
    bench.sound(&format!("--archive attic diff {folder} {folder}"));
    let left = fs::read_dir(bench.path("attic/catalog")).unwrap();
    let mut names = left.map(|entry| entry.unwrap().file_name());
    assert!(names.all(|name| !name.to_string_lossy().starts_with(".partial")));
}
