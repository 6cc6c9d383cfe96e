#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    longplay_plan::Policy::parse(&String::from_utf8_lossy(bytes)).ok();
});
