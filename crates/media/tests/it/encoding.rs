//! The forms that longplay makes.

use {
    crate::fixture::{Folder, RATE, look, tags, tune},
    longplay_media::{EncodeFault, Error, encode_access, encode_lossless, synth},
    longplay_model::Codec,
    std::{io, path::Path},
};

fn access(input: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_access(input, &mut bytes, &tags()).unwrap();
    bytes
}

#[test]
fn the_access_form_has_the_length_and_the_tags_of_its_original() {
    let folder = Folder::new();
    for codec in Codec::ALL {
        let path = folder.file("access.opus", &access(&folder.song(codec)));
        let examination = look(&path).unwrap();
        assert_eq!(examination.frames, 72_000, "{codec}");
        assert_eq!(examination.inspection.codec, Codec::Opus);
        assert_eq!(examination.inspection.tags, tags(), "{codec}");
    }
}

#[test]
fn encoding_tells_what_came_out() {
    let folder = Folder::new();
    let input = folder.song(Codec::Flac);
    let encoded = encode_access(&input, &mut Vec::new(), &tags()).unwrap();
    assert_eq!((encoded.sample_rate_hz, encoded.channels), (48_000, 2));
    assert_eq!(encoded.duration_ms, 1_500);
    let lock = include_str!("../../../../Cargo.lock");
    let lossless = encode_lossless(&input, &mut Vec::new(), &tags()).unwrap();
    for encoder in [encoded.encoder, lossless.encoder] {
        let (name, version) = encoder.split_once(' ').unwrap();
        let entry = format!("name = \"{name}\"\nversion = \"{version}\"");
        assert!(
            lock.contains(&entry),
            "{encoder} is not the one that is linked"
        );
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_and_another_input_another_serial() {
    let folder = Folder::new();
    let (one, again) = (
        access(&folder.song(Codec::Flac)),
        access(&folder.song(Codec::Wav)),
    );
    assert_eq!(one, again);
    let path = folder.path("other");
    let pcm = synth::compose(12, 1.5, RATE, 2);
    synth::write(&path, Codec::Wav, &pcm, &tags(), None).unwrap();
    assert_ne!(one[14..18], access(&path)[14..18]);
}

#[test]
fn the_rate_is_about_what_was_promised() {
    let folder = Folder::new();
    for (channels, least, most) in [(1, 40_000, 60_000), (2, 65_000, 85_000)] {
        let path = folder.path("rate");
        // Encoders give pure tones half as much again; noise gets the mean.
        let pcm = noise(synth::compose(2, 10.0, RATE, channels));
        synth::write(&path, Codec::Wav, &pcm, &tags(), None).unwrap();
        let path = folder.file("rate.opus", &access(&path));
        let rate = look(&path).unwrap().inspection.bit_rate;
        assert!((least..most).contains(&rate), "{channels}: {rate}");
    }
}

/// Replaces the tune by noise of a quarter of full scale.
fn noise(mut pcm: synth::Pcm) -> synth::Pcm {
    let mut state = 1_u32;
    for sample in &mut pcm.samples {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *sample = (state >> 16) as u16 as i16 / 4;
    }
    pcm
}

#[test]
fn surround_sound_is_mixed_down_to_two_channels() {
    let folder = Folder::new();
    let path = folder.path("surround");
    synth::write(
        &path,
        Codec::Flac,
        &synth::compose(2, 1.0, 48_000, 6),
        &tags(),
        None,
    )
    .unwrap();
    let path = folder.file("surround.opus", &access(&path));
    let examination = look(&path).unwrap();
    assert_eq!(examination.inspection.channels, 2);
    assert_eq!(examination.frames, 48_000);
}

#[test]
fn the_music_is_still_there() {
    let folder = Folder::new();
    let path = folder.path("loud");
    let pcm = synth::compose(2, 3.0, 48_000, 1);
    synth::write(&path, Codec::Wav, &pcm, &tags(), None).unwrap();
    let opus = folder.file("loud.opus", &access(&path));
    let mut back = Vec::new();
    // Ogg Opus is lossy: FLAC of it is refused, so the second access form of
    // the first one must still be music of the same loudness.
    encode_access(&opus, &mut back, &tags()).unwrap();
    let silence = folder.path("silence");
    let mut quiet = pcm.clone();
    quiet.samples.fill(0);
    synth::write(&silence, Codec::Wav, &quiet, &tags(), None).unwrap();
    assert!(back.len() > 3 * access(&silence).len());
}

#[test]
fn lossless_is_bit_for_bit_whatever_the_source() {
    let folder = Folder::new();
    let whole = |codec: Codec| {
        let mut bytes = Vec::new();
        encode_lossless(&folder.song(codec), &mut bytes, &tags()).unwrap();
        bytes
    };
    let bytes = whole(Codec::Wav);
    assert_eq!(bytes, whole(Codec::Aiff));
    assert_eq!(bytes, whole(Codec::Flac));
    let path = folder.file("lossless.flac", &bytes);
    let examination = look(&path).unwrap();
    assert_eq!(examination.frames, tune().frames());
    assert_eq!(examination.inspection.tags, tags());
    // The MD5 of STREAMINFO is there, so that examining compared it.
    assert!(bytes[26..42].iter().any(|byte| *byte != 0));
}

#[test]
fn deep_samples_stay_exact() {
    let folder = Folder::new();
    let path = folder.file("deep.wav", &deep_wave());
    assert_eq!(look(&path).unwrap().inspection.bits_per_sample, Some(24));
    let mut once = Vec::new();
    encode_lossless(&path, &mut once, &tags()).unwrap();
    let flac = folder.file("deep.flac", &once);
    let inspection = look(&flac).unwrap().inspection;
    assert_eq!(inspection.bits_per_sample, Some(24));
    assert_eq!(inspection.sample_rate_hz, 192_000);
    let mut twice = Vec::new();
    encode_lossless(&flac, &mut twice, &tags()).unwrap();
    assert_eq!(once, twice);
}

/// 24 bits at 192 kHz, every bit in use.
fn deep_wave() -> Vec<u8> {
    let samples: Vec<u8> = (0..20_000_u32)
        .flat_map(|index| (index.wrapping_mul(0x9e37_79b1) >> 8).to_le_bytes()[..3].to_vec())
        .collect();
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0".to_vec();
    bytes.extend(192_000_u32.to_le_bytes());
    bytes.extend(1_152_000_u32.to_le_bytes());
    bytes.extend([6, 0, 24, 0]);
    bytes.extend(b"data");
    bytes.extend((samples.len() as u32).to_le_bytes());
    bytes.extend(samples);
    let length = bytes.len() as u32 - 8;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    bytes
}

#[test]
fn what_flac_cannot_hold_exactly_is_refused() {
    let folder = Folder::new();
    for codec in [Codec::Vorbis, Codec::Opus, Codec::Mp3] {
        let answer = encode_lossless(&folder.song(codec), &mut Vec::new(), &tags());
        let source = EncodeFault::Inexact;
        let expected = Error::Encode { source }.to_string();
        assert_eq!(answer.unwrap_err().to_string(), expected, "{codec}");
    }
}

#[test]
fn a_full_disk_is_told_as_such() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let folder = Folder::new();
    let song = folder.song(Codec::Wav);
    for answer in [
        encode_access(&song, &mut Full, &tags()),
        encode_lossless(&song, &mut Full, &tags()),
    ] {
        let Err(Error::Write { source }) = answer else {
            panic!("the disk was not full enough");
        };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
    }
}

#[test]
fn a_damaged_input_is_never_encoded() {
    let folder = Folder::new();
    let mut bytes = std::fs::read(folder.song(Codec::Flac)).unwrap();
    bytes.truncate(bytes.len() * 2 / 3);
    let path = folder.file("cut.flac", &bytes);
    for answer in [
        encode_access(&path, &mut Vec::new(), &tags()),
        encode_lossless(&path, &mut Vec::new(), &tags()),
    ] {
        assert!(matches!(answer, Err(Error::Truncated { .. })));
    }
}
