#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| longplay_store::holdings::fuzzing::read_segment(bytes));
