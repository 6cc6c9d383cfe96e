#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| longplay_catalog::fuzzing::read_track_records(bytes));
