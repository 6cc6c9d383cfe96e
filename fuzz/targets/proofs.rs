#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| longplay_release::fuzzing::read_proofs(bytes));
