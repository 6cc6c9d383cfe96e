//! Every codec, whole.

use {
    crate::fixture::{Folder, RATE, look, tags, tune},
    longplay_media::{Error, ExamineOptions, Refusal, examine, inspect, synth},
    longplay_model::Codec,
};

#[test]
fn every_codec_gives_back_as_many_samples_as_went_in() {
    let folder = Folder::new();
    for codec in Codec::ALL {
        let examination = look(&folder.song(codec)).unwrap();
        let rate = if codec == Codec::Opus { 48_000 } else { RATE };
        let it = &examination.inspection;
        assert_eq!(it.codec, codec);
        assert_eq!((it.sample_rate_hz, it.channels), (rate, 2), "{codec}");
        assert_eq!(examination.frames, u64::from(rate) * 3 / 2, "{codec}");
        assert_eq!(it.duration_ms, 1_500, "{codec}");
        assert_eq!(it.bits_per_sample, codec.is_lossless().then_some(16));
    }
}

#[test]
fn inspection_knows_what_examination_proves() {
    let folder = Folder::new();
    for codec in Codec::ALL {
        let path = folder.song(codec);
        let mut said = inspect(&path).unwrap();
        let proven = look(&path).unwrap().inspection;
        // Ogg tells its bytes of sound only page by page.
        assert!(said.bit_rate > 0 && proven.bit_rate > 0, "{codec}");
        said.bit_rate = proven.bit_rate;
        assert_eq!(said, proven, "{codec}");
    }
}

#[test]
fn the_name_of_a_file_means_nothing() {
    let folder = Folder::new();
    for codec in Codec::ALL {
        let bytes = std::fs::read(folder.song(codec)).unwrap();
        let path = folder.file("misnamed.txt", &bytes);
        assert_eq!(inspect(&path).unwrap().codec, codec);
    }
}

#[test]
fn rates_and_channels_of_all_kinds_are_read() {
    let folder = Folder::new();
    let shapes = [
        (Codec::Flac, 8_000, 1),
        (Codec::Flac, 192_000, 2),
        (Codec::Flac, 35_467, 6),
        (Codec::Vorbis, 22_050, 1),
        (Codec::Vorbis, 48_000, 2),
        (Codec::Mp3, 11_025, 1),
        (Codec::Mp3, 24_000, 2),
        (Codec::Mp3, 48_000, 1),
        (Codec::Wav, 96_000, 8),
        (Codec::Aiff, 32_000, 3),
    ];
    for (codec, rate, channels) in shapes {
        let pcm = synth::compose(5, 0.5, rate, channels);
        let path = folder.path("shape");
        synth::write(&path, codec, &pcm, &tags(), None).unwrap();
        let examination = look(&path).unwrap();
        assert_eq!(examination.frames, pcm.frames(), "{codec} {rate}");
        assert_eq!(examination.inspection.channels, channels, "{codec}");
        assert_eq!(examination.inspection.sample_rate_hz, rate, "{codec}");
    }
}

#[test]
fn the_same_music_has_about_the_same_fingerprint_in_every_codec() {
    let folder = Folder::new();
    let pcm = synth::compose(3, 8.0, RATE, 2);
    let print = |codec: Codec| {
        let path = folder.path(codec.name());
        synth::write(&path, codec, &pcm, &tags(), None).unwrap();
        let options = ExamineOptions { fingerprint: true };
        examine(&path, &options).unwrap().fingerprint.unwrap()
    };
    let original = print(Codec::Flac);
    // Version 1 of "test 2", written as `AQ`.
    assert!(original.starts_with("AQ"), "{original}");
    assert_eq!(original, print(Codec::Wav));
    assert_eq!(original, print(Codec::Aiff));
    assert!(print(Codec::Opus).starts_with("AQ"));
    let other = synth::compose(4, 8.0, RATE, 2);
    let path = folder.path("other");
    synth::write(&path, Codec::Flac, &other, &tags(), None).unwrap();
    let options = ExamineOptions { fingerprint: true };
    assert_ne!(
        Some(original),
        examine(&path, &options).unwrap().fingerprint
    );
}

#[test]
fn a_sound_too_short_for_a_fingerprint_has_none() {
    let folder = Folder::new();
    let path = folder.song(Codec::Flac);
    let options = ExamineOptions { fingerprint: true };
    assert_eq!(examine(&path, &options).unwrap().fingerprint, None);
}

#[test]
fn one_sample_is_a_sound() {
    let folder = Folder::new();
    let mut pcm = tune();
    pcm.samples.truncate(2);
    for codec in Codec::ALL {
        let path = folder.path("short");
        synth::write(&path, codec, &pcm, &tags(), None).unwrap();
        assert_eq!(look(&path).unwrap().frames, 1, "{codec}");
    }
}

#[test]
fn what_is_no_sound_is_said_to_be_none() {
    let folder = Folder::new();
    let text = folder.file("text.flac", b"This is no music, only its name says so.");
    assert!(matches!(inspect(&text), Err(Error::NotAudio { .. })));
    let empty = folder.file("empty.flac", b"");
    assert!(matches!(inspect(&empty), Err(Error::Empty { .. })));
    let picture = folder.file("cover.mp3", &crate::fixture::cover().bytes);
    assert!(matches!(look(&picture), Err(Error::NotAudio { .. })));
    let zeros = folder.file("zeros.wav", &[0; 100_000]);
    assert!(matches!(look(&zeros), Err(Error::NotAudio { .. })));
    let absent = folder.path("absent.wav");
    assert!(matches!(look(&absent), Err(Error::Read { .. })));
    let directory = folder.path("");
    assert!(matches!(look(&directory), Err(Error::Read { .. })));
}

#[test]
fn sound_of_other_kinds_is_refused_by_name() {
    let folder = Folder::new();
    let marks: [(&[u8], &str); 4] = [
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "MP4"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0", "Matroska"),
        (b"wvpk\0\0\0\0\0\0\0\0", "WavPack"),
        (b"MAC \x96\x0f\0\0", "Monkey"),
    ];
    for (bytes, name) in marks {
        let path = folder.file("other", bytes);
        let Err(Error::Unsupported { source, .. }) = inspect(&path) else {
            panic!("{name} was not refused");
        };
        assert!(matches!(source, Refusal::Codec(_)));
        assert!(source.to_string().contains(name), "{source}");
    }
}
