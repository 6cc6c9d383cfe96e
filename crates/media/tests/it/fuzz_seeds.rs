use {
    crate::{
        fixture::{Folder, cover, tags},
        seeds::replay,
    },
    longplay_media::{ExamineOptions, examine, inspect, synth},
    longplay_model::Codec,
    std::fs,
};

#[test]
fn sounds() {
    let folder = Folder::new();
    let files = Codec::ALL.map(|codec| {
        let path = folder.path("seed");
        let pcm = synth::compose(1, 0.03, 44_100, 1);
        synth::write(&path, codec, &pcm, &tags(), Some(&cover())).unwrap();
        fs::read(path).unwrap()
    });
    let read = |bytes: &[u8]| {
        let path = folder.file("read", bytes);
        drop(inspect(&path));
        drop(examine(&path, &ExamineOptions { fingerprint: false }));
    };
    replay("sounds", read, files);
}
