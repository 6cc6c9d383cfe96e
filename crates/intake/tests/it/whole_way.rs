//! What comes in, in which form, and what a second look does.

use {
    crate::fixture::{Scene, Watcher},
    longplay_intake::{Verdict, survey},
    longplay_media::{ExamineOptions, examine},
    longplay_model::{
        Access, Codec, Digest, FindingCode, Form, How, Match, Reason, RecordingId, TrackId,
    },
    longplay_store::{Home, Mode},
    std::fs,
};

#[test]
fn every_file_comes_in_as_the_plan_says() {
    let scene = Scene::with_collection();
    let (summary, watcher) = scene.intake();
    assert_eq!(watcher.told(), []);
    assert_eq!((summary.files, summary.taken, summary.failed), (12, 12, 0));
    assert_eq!(summary.taken_by_form[&Form::Original], 8);
    assert_eq!(summary.dark, 0);
    let home = scene.open();
    let receipts = home.state().staged().unwrap();
    assert_eq!(receipts.len(), 12);
    for receipt in &receipts {
        let source = fs::read(scene.file(&receipt.source_path)).unwrap();
        let blob = home.staging().location(&receipt.blob).read().unwrap();
        assert_eq!(receipt.source, Digest::of(&source));
        assert_eq!(receipt.blob, Digest::of(&blob));
        assert_eq!(receipt.bytes, blob.len() as u64);
        assert_eq!(receipt.access, Access::Open);
        assert_eq!((receipt.form == Form::Original), (blob == source));
        assert_eq!((receipt.form == Form::Original), receipt.encoder.is_none());
        let path = home.staging().location(&receipt.blob);
        let found = examine(path.path(), &ExamineOptions::default()).unwrap();
        assert_eq!(found.inspection.codec, receipt.codec);
        assert_eq!(found.inspection.duration_ms, receipt.duration_ms);
        assert_eq!(found.inspection.tags.title.as_ref(), Some(&receipt.title));
    }
    let forms: Vec<_> = receipts.iter().map(|it| (it.form, it.codec)).collect();
    assert!(forms.contains(&(Form::Access, Codec::Opus)));
    assert!(forms.contains(&(Form::Lossless, Codec::Flac)));
}

#[test]
fn covers_are_blobs_of_their_own_and_shared() {
    let scene = Scene::with_collection();
    let (summary, _) = scene.intake();
    assert_eq!(summary.covers, 10, "WAV files have none here");
    let home = scene.open();
    let receipts = home.state().staged().unwrap();
    let covers: std::collections::BTreeSet<_> = receipts
        .iter()
        .filter_map(|receipt| receipt.cover.clone())
        .map(|cover| (cover.blob, cover.bytes))
        .collect();
    assert_eq!(covers.len(), 3, "one blob for each picture");
    for (blob, bytes) in covers {
        let cover = home.staging().location(&blob).read().unwrap();
        assert_eq!((Digest::of(&cover), cover.len() as u64), (blob, bytes));
    }
}

#[test]
fn a_second_run_takes_nothing_and_writes_nothing() {
    let scene = Scene::with_collection();
    scene.intake();
    let before = scene.journal();
    let (summary, watcher) = scene.intake();
    assert_eq!((summary.taken, summary.held, summary.renewed), (0, 12, 0));
    assert_eq!(watcher.told(), []);
    assert_eq!(scene.journal(), before);
}

#[test]
fn an_unchanged_file_is_not_read_again() {
    let mut scene = Scene::with_collection();
    scene.now = 5_000_000_000;
    scene.intake();
    // Same length, same time, other bytes: who reads it would see.
    let path = scene.file("Artist 0/00 Song.flac");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let length = fs::metadata(&path).unwrap().len() as usize;
    fs::write(&path, vec![0; length]).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(modified).unwrap();
    let (summary, watcher) = scene.intake();
    assert_eq!(summary.held, 12);
    assert_eq!(watcher.told(), []);
    fs::remove_file(scene.root().join("state.sqlite")).unwrap();
    let (summary, watcher) = scene.intake();
    assert_eq!((summary.held, summary.failed), (11, 1));
    assert_eq!(watcher.told()[0].0, FindingCode::I001);
}

#[test]
fn what_the_plan_does_not_keep_is_left() {
    let mut scene = Scene::new();
    scene.song("a.flac", Codec::Flac, 1, Form::Original);
    scene.write("b.flac", Codec::Flac, 2, &crate::fixture::tags("b", 2));
    scene.write("c.flac", Codec::Flac, 3, &crate::fixture::tags("c", 3));
    scene.list("b.flac", None);
    let (summary, watcher) = scene.intake();
    assert_eq!(
        (summary.taken, summary.not_chosen, summary.not_in_catalog),
        (1, 1, 1)
    );
    assert_eq!(
        watcher.told(),
        [
            (FindingCode::I011, "b.flac".into()),
            (FindingCode::I009, "c.flac".into())
        ]
    );
    assert!(watcher.findings()[0].seen.contains("over-budget"));
    let home = scene.open();
    assert_eq!(home.staging().blobs().unwrap().len(), 2, "audio and cover");
    assert_eq!(home.state().counts().unwrap().refusals, 2);
    drop(home);
    let before = scene.journal();
    let (_, again) = scene.intake();
    assert_eq!(again.told(), watcher.told());
    assert_eq!(scene.journal(), before, "a refusal is written down once");
}

#[test]
fn of_two_copies_the_first_is_kept() {
    let mut scene = Scene::new();
    scene.song("a.flac", Codec::Flac, 1, Form::Original);
    fs::copy(scene.file("a.flac"), scene.file("b.flac")).unwrap();
    for _ in 0..2 {
        let (summary, watcher) = scene.intake();
        assert_eq!(summary.duplicates, 1);
        assert_eq!(watcher.told(), [(FindingCode::I014, "b.flac".into())]);
        assert_eq!(scene.receipts()[0].source_path, "a.flac");
    }
    // Once the first is gone, the other is the same file in a new place.
    fs::remove_file(scene.file("a.flac")).unwrap();
    let (summary, watcher) = scene.intake();
    assert_eq!((summary.held, summary.duplicates), (1, 0));
    assert_eq!(watcher.told(), []);
}

#[test]
fn of_two_files_of_one_recording_the_first_is_kept() {
    let mut scene = Scene::new();
    let track = TrackId::of_source("musicbrainz", "1");
    let recording = RecordingId::of_track(&track);
    scene.plan.add(track, recording, Some(Form::Original));
    for (name, codec) in [("a.ogg", Codec::Vorbis), ("b.flac", Codec::Flac)] {
        scene.write(name, codec, 7, &crate::fixture::tags(name, 7));
    }
    let found = Match {
        track,
        recording,
        how: How::Isrc,
    };
    scene.catalog.by_isrc.insert("AAXYZ1900007".into(), found);
    for threads in [1, 4] {
        scene.threads = threads;
        let (summary, watcher) = scene.intake();
        assert_eq!((summary.taken + summary.held, summary.duplicates), (1, 1));
        assert_eq!(watcher.told(), [(FindingCode::I014, "b.flac".into())]);
        let receipts = scene.receipts();
        assert_eq!((receipts.len(), receipts[0].how), (1, How::Isrc));
        assert_eq!(receipts[0].source_path, "a.ogg");
    }
}

#[test]
fn a_file_known_by_its_isrc_stands_for_the_row_that_is_kept() {
    let mut scene = Scene::new();
    let [kept, other] = ["kept", "other"].map(|id| TrackId::of_source("musicbrainz", id));
    let recording = RecordingId::of_track(&kept);
    scene.plan.add(kept, recording, Some(Form::Original));
    scene.plan.add(other, recording, None);
    scene.plan.0[1].reason = Reason::DuplicateRecording;
    scene.write("a.flac", Codec::Flac, 7, &crate::fixture::tags("a", 7));
    let found = Match {
        track: other,
        recording,
        how: How::Isrc,
    };
    scene.catalog.by_isrc.insert("AAXYZ1900007".into(), found);
    let (summary, _) = scene.intake();
    assert_eq!(summary.taken, 1);
    assert_eq!(scene.receipts()[0].track, kept);
}

#[test]
fn a_new_plan_changes_form_and_order() {
    let mut scene = Scene::new();
    let a = scene.song("a.wav", Codec::Wav, 1, Form::Access);
    scene.song("b.wav", Codec::Wav, 2, Form::Access);
    scene.intake();
    let before = scene.receipts();
    scene.plan.0.reverse();
    scene.plan.0[0].order = 0;
    scene.plan.0[1].order = 1;
    scene.plan.0[1].form = Some(Form::Lossless);
    let (summary, _) = scene.intake();
    assert_eq!((summary.taken, summary.renewed), (1, 1));
    let after = scene.receipts();
    assert_eq!(after[0].blob, before[1].blob);
    assert_eq!((after[1].track, after[1].form), (a, Form::Lossless));
    assert_eq!(summary.swept_blobs, 1, "the old form is not kept");
    assert!(!scene.open().staging().contains(&before[0].blob));
}

#[test]
fn a_lost_blob_comes_back_under_the_same_receipt() {
    let scene = Scene::with_collection();
    scene.intake();
    let (receipts, journal) = (scene.receipts(), scene.journal());
    let home = scene.open();
    home.staging().remove(&[receipts[3].blob]).unwrap();
    let cut = home.staging().location(&receipts[5].blob);
    let cut = cut.path();
    let bytes = fs::read(cut).unwrap();
    fs::write(cut, &bytes[..bytes.len() / 2]).unwrap();
    drop(home);
    let (summary, _) = scene.intake();
    assert_eq!((summary.taken, summary.held), (2, 10));
    assert_eq!(scene.receipts(), receipts);
    assert_eq!(scene.journal(), journal);
    assert!(scene.open().staging().contains(&receipts[3].blob));
    assert_eq!(fs::read(cut).unwrap(), bytes);
}

#[test]
fn the_survey_foretells_what_intake_does() {
    let mut scene = Scene::with_collection();
    fs::copy(
        scene.file("Artist 0/00 Song.flac"),
        scene.file("Artist 0/zz.flac"),
    )
    .unwrap();
    scene.write("x.flac", Codec::Flac, 77, &crate::fixture::tags("x", 77));
    fs::write(scene.file("y.flac"), "no music").unwrap();
    scene.write("z.flac", Codec::Flac, 78, &crate::fixture::tags("z", 78));
    scene.list("z.flac", None);
    let look = |watcher: &Watcher| {
        let home = Home::open(scene.root(), Mode::Read, watcher).unwrap();
        let plan = survey(
            &home,
            &scene.options(),
            &scene.catalog,
            &scene.plan,
            watcher,
        );
        plan.unwrap().totals()
    };
    let watcher = Watcher::new();
    let totals = look(&watcher);
    let files = |verdict| totals.get(&verdict).map_or(0, |(files, _)| *files);
    let (summary, _) = scene.intake();
    for (form, taken) in &summary.taken_by_form {
        assert_eq!(files(Verdict::Take(*form)), *taken, "{form}");
    }
    assert_eq!(files(Verdict::Duplicate), summary.duplicates);
    assert_eq!(files(Verdict::NotInCatalog), summary.not_in_catalog);
    assert_eq!(files(Verdict::NotChosen), summary.not_chosen);
    assert_eq!(files(Verdict::Failed), summary.failed);
    assert_eq!(watcher.told(), [(FindingCode::I001, "y.flac".into())]);
    assert_eq!(look(&Watcher::new())[&Verdict::Held].0, 13);
}

/// The plan keeps a track that no file was catalogued for, as when records of
/// a label were imported beside the folder.
#[test]
fn a_file_stands_in_for_a_row_without_a_file() {
    let mut scene = Scene::new();
    let kept = TrackId::of_source("musicbrainz", "1");
    let recording = RecordingId::of_track(&kept);
    scene.plan.add(kept, recording, Some(Form::Original));
    scene.write("a.flac", Codec::Flac, 7, &crate::fixture::tags("a", 7));
    of_recording(&mut scene, "a.flac", recording);
    let (summary, _) = scene.intake();
    assert_eq!(summary.taken, 1);
    assert_eq!(scene.receipts()[0].track, kept);
}

/// The file that the plan chose takes the place of one that came before it,
/// in whatever order they are found.
#[test]
fn the_file_that_the_plan_chose_takes_over_from_a_stand_in() {
    let mut whole = None;
    for (threads, stop_after) in [(1, None), (4, None), (1, Some(1))] {
        let mut scene = Scene::new();
        scene.threads = threads;
        for (name, codec) in [("a.ogg", Codec::Vorbis), ("b.flac", Codec::Flac)] {
            scene.write(name, codec, 7, &crate::fixture::tags(name, 7));
        }
        let chosen = scene.list("b.flac", Some(Form::Original));
        of_recording(&mut scene, "a.ogg", RecordingId::of_track(&chosen));
        if let Some(stop_after) = stop_after {
            scene
                .try_intake(&Watcher::stopping_after(stop_after))
                .unwrap_err();
            assert_eq!(scene.receipts()[0].source_path, "a.ogg");
        }
        let (_, watcher) = scene.intake();
        assert_eq!(watcher.told(), [(FindingCode::I014, "a.ogg".into())]);
        let receipts = scene.receipts();
        assert_eq!(receipts.len(), 1);
        assert_eq!(receipts[0].source_path, "b.flac");
        let blobs = scene.open().staging().blobs().unwrap();
        assert_eq!(blobs.len(), 2, "one recording and its cover");
        assert_eq!(*whole.get_or_insert_with(|| receipts.clone()), receipts);
        let before = scene.journal();
        let (summary, _) = scene.intake();
        assert_eq!((summary.held, summary.duplicates), (1, 1));
        assert_eq!(scene.journal(), before);
    }
}

/// Catalogues the file as a track of a recording of which the plan keeps
/// another track.
fn of_recording(scene: &mut Scene, name: &str, recording: RecordingId) {
    scene.list(name, None);
    let row = scene.plan.0.last_mut().unwrap();
    row.recording = recording;
    row.reason = Reason::DuplicateRecording;
    let track = row.track;
    let found = scene.catalog.by_blob.values_mut();
    found
        .filter(|it| it.track == track)
        .for_each(|it| it.recording = recording);
}
