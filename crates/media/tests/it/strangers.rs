//! Programs that know nothing of us judge the files that we make. Where one is
//! not installed, its test says so and passes.

use {
    crate::fixture::{Folder, RATE, tags},
    longplay_media::{encode_access, encode_lossless, synth},
    longplay_model::Codec,
    std::{
        path::Path,
        process::{Command, Output},
    },
};

/// The answer of a program, or none if it is not there.
fn ask(program: &str, arguments: &[&Path]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(_) => {
            eprintln!("SKIPPED: {program} is not installed");
            None
        }
    }
}

fn sources(folder: &Folder) -> Vec<(u64, std::path::PathBuf)> {
    let shapes = [(RATE, 2), (8_000, 1), (96_000, 2), (22_050, 1), (48_000, 6)];
    let write = |(rate, channels)| {
        let pcm = synth::compose(4, 2.0, rate, channels);
        let path = folder.path(&format!("{rate}-{channels}.wav"));
        synth::write(&path, Codec::Wav, &pcm, &tags(), None).unwrap();
        (pcm.frames() * 48_000 / u64::from(rate), path)
    };
    shapes.map(write).to_vec()
}

#[test]
fn flac_accepts_the_lossless_form() {
    let folder = Folder::new();
    for (_, source) in sources(&folder) {
        let mut bytes = Vec::new();
        encode_lossless(&source, &mut bytes, &tags()).unwrap();
        let path = folder.file("lossless.flac", &bytes);
        let Some(output) = ask("flac", &[Path::new("-wst"), &path]) else {
            return;
        };
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn flac_accepts_what_was_tagged() {
    let folder = Folder::new();
    let Some(output) = ask("flac", &[Path::new("-wst"), &folder.song(Codec::Flac)]) else {
        return;
    };
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn opusinfo_has_no_complaint_about_the_access_form() {
    let folder = Folder::new();
    for (_, source) in sources(&folder) {
        let mut bytes = Vec::new();
        encode_access(&source, &mut bytes, &tags()).unwrap();
        let path = folder.file("access.opus", &bytes);
        let Some(output) = ask("opusinfo", &[&path]) else {
            return;
        };
        let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{told}");
        assert!(!told.to_lowercase().contains("warning"), "{told}");
        assert!(told.contains("Pre-skip: 312"), "{told}");
        assert!(told.contains("Playback length: 0m:02.000s"), "{told}");
    }
}

#[test]
fn opusdec_gets_as_many_samples_as_went_in() {
    let folder = Folder::new();
    for (frames, source) in sources(&folder) {
        let mut bytes = Vec::new();
        encode_access(&source, &mut bytes, &tags()).unwrap();
        let path = folder.file("access.opus", &bytes);
        let raw = folder.path("access.raw");
        let arguments = ["--quiet", "--rate", "48000", "--force-stereo"].map(Path::new);
        let Some(output) = ask("opusdec", &[&arguments[..], &[&path, &raw]].concat()) else {
            return;
        };
        assert!(output.status.success(), "{output:?}");
        assert_eq!(raw.metadata().unwrap().len(), 4 * frames);
    }
}

#[test]
fn oggdec_and_ogginfo_accept_what_was_tagged() {
    let folder = Folder::new();
    let song = folder.song(Codec::Vorbis);
    let Some(output) = ask("ogginfo", &[&song]) else {
        return;
    };
    let told = String::from_utf8_lossy(&output.stdout).to_lowercase();
    assert!(output.status.success(), "{told}");
    assert!(!told.contains("warning"), "{told}");
}
