#![no_main]

use longplay_model::RightsFile;

// The first line is the path of a file, the rest says what rights files have.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (path, rules) = text.split_once('\n').unwrap_or_default();
    let rights = RightsFile::parse(rules, "rights.csv");
    rights.rule_for(path);
    rights.malformed().for_each(|(_, error)| drop(error.to_string()));
});
