#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| longplay_objects::fuzzing::read_uploads(bytes));
