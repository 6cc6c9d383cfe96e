//! Decodes the files named on the command line and prints a line for each:
//! `cargo run -p longplay-media --example examine -- FILE...`

use {
    longplay_media::{ExamineOptions, examine},
    std::{error::Error, path::Path},
};

fn main() {
    for argument in std::env::args_os().skip(1) {
        println!(
            "{}: {}",
            Path::new(&argument).display(),
            line(Path::new(&argument))
        );
    }
}

fn line(path: &Path) -> String {
    let examination = match examine(path, &ExamineOptions { fingerprint: true }) {
        Ok(examination) => examination,
        Err(error) => return format!("REFUSED {error}: {:?}", error.source()),
    };
    let it = &examination.inspection;
    format!(
        "{} {} Hz {} ch {:?} bits {} frames {} ms {} bit/s cover {:?} {:?} {:?}\n  {:?}\n  {:?}",
        it.codec,
        it.sample_rate_hz,
        it.channels,
        it.bits_per_sample,
        examination.frames,
        it.duration_ms,
        it.bit_rate,
        it.cover
            .as_ref()
            .map(|cover| (&cover.media_type, cover.width)),
        it.cover_error,
        it.tag_error,
        it.tags,
        examination.fingerprint,
    )
}
