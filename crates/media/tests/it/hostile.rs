//! Nothing that a file holds ends the program or takes all memory.

use {
    crate::fixture::{Folder, tags, tune},
    longplay_media::{ExamineOptions, examine, inspect, synth},
    longplay_model::Codec,
    proptest::prelude::*,
    std::fs,
};

/// One short file of every codec, made once.
fn seeds() -> &'static Vec<Vec<u8>> {
    static SEEDS: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    SEEDS.get_or_init(|| {
        let folder = Folder::new();
        let mut pcm = tune();
        pcm.samples.truncate(20_000);
        let bytes = |codec: Codec| {
            let path = folder.path("seed");
            let cover = crate::fixture::cover();
            synth::write(&path, codec, &pcm, &tags(), Some(&cover)).unwrap();
            fs::read(path).unwrap()
        };
        Codec::ALL.map(bytes).to_vec()
    })
}

fn survives(bytes: &[u8]) {
    let folder = Folder::new();
    let path = folder.file("hostile", bytes);
    let _ = inspect(&path);
    let _ = examine(&path, &ExamineOptions { fingerprint: true });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn changed_bytes(codec in 0..6_usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = seeds()[codec].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        survives(&bytes);
    }

    #[test]
    fn changed_headers(codec in 0..6_usize, changes in prop::collection::vec((0..300_usize, any::<u8>()), 1..6)) {
        let mut bytes = seeds()[codec].clone();
        for (at, byte) in changes {
            if let Some(old) = bytes.get_mut(at) {
                *old = byte;
            }
        }
        survives(&bytes);
    }

    #[test]
    fn noise_behind_a_mark(mark in prop::sample::select(vec![&b"fLaC"[..], b"OggS", b"RIFF\0\0\0\0WAVE", b"FORM\0\0\0\0AIFF", b"ID3\x04\0\0", b"\xff\xfb\x90\x00", b""]), noise in prop::collection::vec(any::<u8>(), 0..3000)) {
        survives(&[mark, &noise].concat());
    }

    #[test]
    fn pieces_out_of_order(codec in 0..6_usize, cuts in prop::collection::vec(any::<prop::sample::Index>(), 2)) {
        let bytes = &seeds()[codec];
        let (a, b) = (cuts[0].index(bytes.len()), cuts[1].index(bytes.len()));
        let (low, high) = (a.min(b), a.max(b));
        survives(&[&bytes[..low], &bytes[high..], &bytes[low..high]].concat());
    }
}
