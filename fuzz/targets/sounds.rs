#![no_main]

use {
    longplay_media::{ExamineOptions, examine, inspect},
    std::{env, fs, panic, process},
};

libfuzzer_sys::fuzz_target!(
    // A decoder may panic where that is caught; what is not caught ends the fuzzer all the
    // same.
    init: drop(panic::take_hook()),
    |bytes: &[u8]| {
        let path = env::temp_dir().join(format!("longplay-fuzz-{}", process::id()));
        fs::write(&path, bytes).expect("the folder for temporary files can be written to");
        inspect(&path).ok();
        examine(&path, &ExamineOptions { fingerprint: true }).ok();
    }
);
