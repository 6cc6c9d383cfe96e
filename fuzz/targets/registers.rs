#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| longplay_wide::fuzzing::registers(bytes));
