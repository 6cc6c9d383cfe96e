//! Whatever is missing or broken is found.

use {
    crate::fixture::{Folder, look, tags, tune},
    longplay_media::{Error, Fault, Shortfall, encode_lossless, synth},
    longplay_model::Codec,
    std::{fs, path::Path},
};

/// A song without cover, so that nearly all of its bytes are sound.
fn bare(folder: &Folder, codec: Codec) -> Vec<u8> {
    let path = folder.path("bare");
    synth::write(&path, codec, &tune(), &tags(), None).unwrap();
    fs::read(path).unwrap()
}

fn is_truncated(path: &Path) -> bool {
    matches!(look(path), Err(Error::Truncated { .. }))
}

#[test]
fn a_file_cut_anywhere_is_found_out() {
    let folder = Folder::new();
    for codec in Codec::ALL {
        let bytes = bare(&folder, codec);
        // Of WAVE and AIFF the tags stand behind the sound.
        let sound = if codec.is_lossless() && codec != Codec::Flac {
            bytes.len() - 1_000
        } else {
            bytes.len() - 1
        };
        for part in 1..20 {
            let path = folder.file("cut", &bytes[..sound * part / 20]);
            assert!(look(&path).is_err(), "{codec} {part}/20");
        }
        let path = folder.file("cut", &bytes[..sound * 3 / 4]);
        assert!(is_truncated(&path), "{codec}: {:?}", look(&path));
    }
}

#[test]
fn a_file_that_lacks_its_last_byte_of_sound_is_found_out() {
    let folder = Folder::new();
    for codec in [Codec::Flac, Codec::Vorbis, Codec::Opus, Codec::Mp3] {
        let bytes = bare(&folder, codec);
        let path = folder.file("cut", &bytes[..bytes.len() - 1]);
        assert!(is_truncated(&path), "{codec}: {:?}", look(&path));
    }
}

#[test]
fn whole_frames_and_pages_that_are_missing_at_the_end_are_missed() {
    let folder = Folder::new();
    for codec in [Codec::Vorbis, Codec::Opus] {
        let bytes = bare(&folder, codec);
        let last = bytes.windows(4).rposition(|four| four == b"OggS").unwrap();
        let path = folder.file("cut", &bytes[..last]);
        let Err(Error::Truncated { source, .. }) = look(&path) else {
            panic!("{codec}: {:?}", look(&path));
        };
        assert_eq!(source, Shortfall::NoEndOfStream);
    }
    let bytes = bare(&folder, Codec::Mp3);
    let frame = 208;
    let path = folder.file("cut", &bytes[..bytes.len() - frame]);
    let Err(Error::Truncated { source, .. }) = look(&path) else {
        panic!("{:?}", look(&path));
    };
    assert!(matches!(source, Shortfall::MpegFrames { declared, found } if declared == found + 1));
}

#[test]
fn a_flipped_bit_in_sound_with_checksums_is_always_found() {
    let folder = Folder::new();
    for codec in [Codec::Flac, Codec::Vorbis, Codec::Opus] {
        let bytes = bare(&folder, codec);
        for part in 3..20 {
            let mut bytes = bytes.clone();
            let at = bytes.len() * part / 20;
            bytes[at] ^= 1 << (part % 8);
            let path = folder.file("flipped", &bytes);
            assert!(look(&path).is_err(), "{codec} at {at}");
        }
    }
}

#[test]
fn a_wrong_md5_is_told_apart_from_broken_frames() {
    let folder = Folder::new();
    let mut bytes = bare(&folder, Codec::Flac);
    bytes[30] ^= 1;
    let path = folder.file("md5", &bytes);
    assert!(matches!(look(&path), Err(Error::ChecksumMismatch { .. })));
    bytes[26..42].fill(0);
    let path = folder.file("no-md5", &bytes);
    assert_eq!(look(&path).unwrap().frames, tune().frames());
}

#[test]
fn a_flac_file_of_unknown_length_is_read_to_its_end() {
    let folder = Folder::new();
    let mut bytes = bare(&folder, Codec::Flac);
    bytes[21] &= 0xf0;
    bytes[22..26].fill(0);
    let path = folder.file("unknown", &bytes);
    assert_eq!(look(&path).unwrap().frames, tune().frames());
    let path = folder.file("cut", &bytes[..bytes.len() - 5]);
    assert!(is_truncated(&path));
}

#[test]
fn a_missing_piece_in_the_middle_is_found() {
    let folder = Folder::new();
    for codec in [Codec::Flac, Codec::Vorbis, Codec::Opus, Codec::Mp3] {
        let mut bytes = bare(&folder, codec);
        let middle = bytes.len() / 2;
        bytes.drain(middle..middle + 100);
        let path = folder.file("hole", &bytes);
        assert!(look(&path).is_err(), "{codec}");
    }
}

#[test]
fn a_missing_page_is_found_though_all_others_are_sound() {
    let folder = Folder::new();
    let pcm = synth::compose(1, 6.0, 44_100, 2);
    for codec in [Codec::Vorbis, Codec::Opus] {
        let path = folder.path("pages");
        synth::write(&path, codec, &pcm, &tags(), None).unwrap();
        let bytes = fs::read(&path).unwrap();
        let four = |at: &usize| bytes[*at..].starts_with(b"OggS");
        let starts: Vec<usize> = (0..bytes.len()).filter(four).collect();
        let [.., before, after, _, _] = starts[..] else {
            panic!("too few pages");
        };
        let path = folder.file("page", &[&bytes[..before], &bytes[after..]].concat());
        let answer = look(&path);
        let Err(Error::Decode { source, .. }) = answer else {
            panic!("{codec}: {answer:?}");
        };
        assert!(matches!(source, Fault::MissingPage { .. }), "{source}");
    }
}

#[test]
fn junk_behind_the_sound_is_tolerated_as_players_do() {
    let folder = Folder::new();
    let junk: Vec<u8> = (0..5_000_u32).map(|i| ((i * i) >> 3) as u8).collect();
    for codec in [
        Codec::Flac,
        Codec::Vorbis,
        Codec::Opus,
        Codec::Mp3,
        Codec::Wav,
    ] {
        let bytes = bare(&folder, codec);
        for junk in [&junk[..], &junk[..1], &[0; 4096]] {
            let path = folder.file("junk", &[&bytes, junk].concat());
            let answer = look(&path).map(|it| it.inspection.duration_ms);
            assert_eq!(answer.unwrap(), 1_500, "{codec} {}", junk.len());
        }
    }
}

#[test]
fn junk_before_mpeg_frames_is_tolerated() {
    let folder = Folder::new();
    let bytes = bare(&folder, Codec::Mp3);
    let path = folder.file("junk", &[&[b'x'; 3_000], &bytes[..]].concat());
    assert_eq!(look(&path).unwrap().frames, tune().frames());
}

#[test]
fn chained_streams_of_one_shape_are_one_sound() {
    let folder = Folder::new();
    for codec in [Codec::Vorbis, Codec::Opus] {
        let one = bare(&folder, codec);
        let frames = look(&folder.file("one", &one)).unwrap().frames;
        let path = folder.file("chain", &[&one[..], &one].concat());
        assert_eq!(look(&path).unwrap().frames, 2 * frames, "{codec}");
    }
    let mono = folder.path("mono");
    let pcm = synth::compose(1, 1.0, 44_100, 1);
    synth::write(&mono, Codec::Vorbis, &pcm, &tags(), None).unwrap();
    let stereo = bare(&folder, Codec::Vorbis);
    let path = folder.file("chain", &[stereo, fs::read(mono).unwrap()].concat());
    assert!(matches!(look(&path), Err(Error::Unsupported { .. })));
}

#[test]
fn lengths_that_a_pipe_left_open_are_those_of_the_file() {
    let folder = Folder::new();
    let mut bytes = bare(&folder, Codec::Wav);
    let data = bytes.windows(4).position(|four| four == b"data").unwrap();
    bytes.truncate(data + 8 + tune().samples.len() * 2);
    for open in [u32::MAX, 0] {
        bytes[4..8].copy_from_slice(&open.to_le_bytes());
        bytes[data + 4..data + 8].copy_from_slice(&open.to_le_bytes());
        let path = folder.file("pipe.wav", &bytes);
        assert_eq!(look(&path).unwrap().frames, tune().frames());
    }
}

#[test]
fn errors_tell_the_file_and_the_reason_apart() {
    let folder = Folder::new();
    let bytes = bare(&folder, Codec::Wav);
    let path = folder.file("cut.wav", &bytes[..10_000]);
    let error = encode_lossless(&path, &mut Vec::new(), &tags()).unwrap_err();
    assert!(error.to_string().contains("cut.wav"), "{error}");
    let reason = std::error::Error::source(&error).unwrap().to_string();
    assert!(reason.contains("bytes"), "{reason}");
    assert!(!error.to_string().contains(&reason));
}
