//! Tags and covers, written and read again.

use {
    crate::fixture::{Folder, cover, look, tags},
    longplay_media::{
        Tags, inspect,
        synth::{self, CoverFormat},
        write_tags,
    },
    longplay_model::Codec,
    std::fs,
};

#[test]
fn every_codec_keeps_every_field_and_the_cover() {
    let folder = Folder::new();
    for codec in Codec::ALL {
        let inspection = inspect(&folder.song(codec)).unwrap();
        assert_eq!(inspection.tag_error, None, "{codec}");
        assert_eq!(inspection.tags, tags(), "{codec}");
        assert_eq!(inspection.cover_error, None, "{codec}");
        assert_eq!(inspection.cover, Some(cover()), "{codec}");
    }
}

#[test]
fn new_tags_replace_old_ones_and_leave_the_rest() {
    let folder = Folder::new();
    let change = Tags {
        title: Some("Another".into()),
        isrcs: vec!["AAXX01900009".into()],
        ..Tags::default()
    };
    let other = synth::cover(12, 50, 50, CoverFormat::Jpeg);
    for codec in Codec::ALL {
        let path = folder.song(codec);
        let before = look(&path).unwrap();
        write_tags(&path, &change, Some(&other)).unwrap();
        let after = look(&path).unwrap();
        let expected = Tags {
            title: change.title.clone(),
            isrcs: change.isrcs.clone(),
            ..tags()
        };
        assert_eq!(after.inspection.tags, expected, "{codec}");
        assert_eq!(after.inspection.cover.as_ref(), Some(&other), "{codec}");
        assert_eq!(after.frames, before.frames, "{codec}");
    }
}

#[test]
fn without_a_new_cover_the_old_one_stays() {
    let folder = Folder::new();
    for codec in Codec::ALL {
        let path = folder.song(codec);
        write_tags(&path, &Tags::default(), None).unwrap();
        let inspection = look(&path).unwrap().inspection;
        assert_eq!(inspection.tags, tags(), "{codec}");
        assert_eq!(inspection.cover, Some(cover()), "{codec}");
    }
}

#[test]
fn tagging_leaves_nothing_behind() {
    let folder = Folder::new();
    let path = folder.song(Codec::Flac);
    write_tags(&path, &tags(), None).unwrap();
    assert_eq!(folder.names(), ["song.flac"]);
    let text = folder.file("text.flac", b"no music at all");
    assert!(write_tags(&text, &tags(), None).is_err());
    assert_eq!(fs::read(&text).unwrap(), b"no music at all");
    assert_eq!(folder.names(), ["song.flac", "text.flac"]);
}

#[test]
fn a_broken_cover_is_told_and_the_sound_is_taken() {
    let folder = Folder::new();
    let mut broken = cover();
    broken.bytes.truncate(broken.bytes.len() - 30);
    for codec in Codec::ALL {
        let path = folder.path("broken");
        synth::write(
            &path,
            codec,
            &crate::fixture::tune(),
            &tags(),
            Some(&broken),
        )
        .unwrap();
        let inspection = look(&path).unwrap().inspection;
        assert_eq!(inspection.cover, None, "{codec}");
        assert!(inspection.cover_error.is_some(), "{codec}");
        assert_eq!(inspection.tags, tags(), "{codec}");
    }
}

#[test]
fn tags_around_streams_that_know_none_are_skipped() {
    let folder = Folder::new();
    let mut id3v1 = b"TAG".to_vec();
    id3v1.resize(128, b' ');
    let mut id3v2 = b"ID3\x04\0\0\0\0\0\x0a".to_vec();
    id3v2.resize(20, 0);
    for codec in [Codec::Flac, Codec::Mp3] {
        let path = folder.song(codec);
        let before = look(&path).unwrap();
        let bytes = fs::read(&path).unwrap();
        let around = [&id3v2, &bytes, &id3v1].map(Vec::as_slice).concat();
        let path = folder.file("around", &around);
        assert_eq!(look(&path).unwrap().frames, before.frames, "{codec}");
    }
}
