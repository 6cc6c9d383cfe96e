//! Who says what about rights, and what follows.

use {
    crate::{
        fixture::{BY, Scene, statement, tags},
        seeds::replay,
    },
    longplay_media::Tags,
    longplay_model::{Access, Codec, FindingCode, Form, Receipt, fuzzing::read_rights},
    std::fs,
};

const ZERO: &str = "https://creativecommons.org/publicdomain/zero/1.0/";
const INC: &str = "http://rightsstatements.org/vocab/InC/1.0/";

/// `tagged.flac` has a licence in its tags, `plain.flac` has none.
fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.rights = None;
    scene.song("plain.flac", Codec::Flac, 1, Form::Original);
    let tagged = Tags {
        rights: vec![("LICENSE".into(), ZERO.into())],
        ..tags("tagged", 2)
    };
    scene.write("tagged.flac", Codec::Flac, 2, &tagged);
    scene.list("tagged.flac", Some(Form::Original));
    scene
}

fn rights(scene: &Scene, name: &str) -> (Option<String>, Access) {
    let receipts = scene.receipts();
    let receipt: &Receipt = receipts.iter().find(|it| it.source_path == name).unwrap();
    let uri = receipt.rights.as_ref().map(|it| it.uri.as_str().to_owned());
    (uri, receipt.access)
}

#[test]
fn who_says_nothing_leaves_it_dark() {
    let scene = scene();
    let (summary, watcher) = scene.intake();
    assert_eq!((summary.taken, summary.dark), (2, 1));
    assert_eq!(watcher.told(), [(FindingCode::I007, "plain.flac".into())]);
    assert_eq!(rights(&scene, "plain.flac"), (None, Access::Dark));
    assert_eq!(
        rights(&scene, "tagged.flac"),
        (Some(ZERO.into()), Access::Open)
    );
}

#[test]
fn the_rights_file_goes_first_and_the_source_last() {
    let mut scene = scene();
    scene.song("third.flac", Codec::Flac, 3, Form::Original);
    let path = scene.file("rights.csv");
    let lines = format!("pattern,uri,access,basis\nthird*,{INC},open,contract 7\n");
    fs::write(&path, lines).unwrap();
    scene.rights_file = Some(path);
    scene.rights = Some(statement(BY));
    let (_, watcher) = scene.intake();
    assert_eq!(watcher.told(), []);
    assert_eq!(rights(&scene, "plain.flac").0, Some(BY.into()));
    assert_eq!(rights(&scene, "tagged.flac").0, Some(ZERO.into()));
    assert_eq!(
        rights(&scene, "third.flac"),
        (Some(INC.into()), Access::Open)
    );
}

#[test]
fn a_malformed_statement_leaves_it_dark() {
    let mut scene = Scene::new();
    let bad = Tags {
        rights: vec![(
            "LICENSE".into(),
            "https://creativecommons.org/licenses/xy/9.9/".into(),
        )],
        ..tags("bad", 2)
    };
    scene.write("bad.flac", Codec::Flac, 2, &bad);
    scene.list("bad.flac", Some(Form::Original));
    let (_, watcher) = scene.intake();
    let finding = &watcher.findings()[0];
    assert_eq!(finding.code, FindingCode::I013);
    assert_eq!(finding.place, "tag LICENSE");
    assert_eq!(rights(&scene, "bad.flac"), (None, Access::Dark));
}

#[test]
fn a_malformed_line_of_the_rights_file_is_told_with_its_number() {
    let mut scene = scene();
    let path = scene.file("rights.csv");
    let lines = format!("pattern,uri\nplain*,CC BY\n*,{BY}\n");
    fs::write(&path, lines).unwrap();
    scene.rights_file = Some(path);
    let (_, watcher) = scene.intake();
    let findings = watcher.findings();
    assert_eq!(
        (findings[0].code, findings[0].place.as_str()),
        (FindingCode::I013, "line 2")
    );
    assert_eq!(findings[1].subject, "plain.flac");
    assert_eq!(rights(&scene, "plain.flac").1, Access::Dark);
    assert_eq!(rights(&scene, "tagged.flac").0, Some(BY.into()));
}

/// The remedy of I007 is to state the rights and run again.
#[test]
fn rights_stated_later_reach_what_is_staged() {
    let mut scene = scene();
    scene.intake();
    scene.rights = Some(statement(BY));
    let (summary, watcher) = scene.intake();
    assert_eq!((summary.held, summary.renewed, summary.taken), (2, 1, 0));
    assert_eq!(watcher.told(), []);
    assert_eq!(
        rights(&scene, "plain.flac"),
        (Some(BY.into()), Access::Open)
    );
    assert_eq!(rights(&scene, "tagged.flac").0, Some(ZERO.into()));
    scene.rights = None;
    let (summary, _) = scene.intake();
    assert_eq!(summary.renewed, 0, "silence takes nothing back");
}

#[test]
fn rights_as_fuzz_seeds() {
    let texts = [
        format!(
            "a/b.flac\npattern,uri,access,basis\n# x\na/*.[a-f]lac,{INC},open,letter\n\n**,{BY},,\n"
        ),
        format!("b\npattern,uri,access\n?,\"{ZERO}\",embargoed until 2030-01-01\n[a-,x\n\"\n"),
    ];
    replay("rights", read_rights, texts);
}
