#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| longplay_model::fuzzing::read_rights(bytes));
