//! The readers of foreign bytes, for the fuzz targets in `fuzz/`: whatever
//! the bytes, none of these panics. One function a format.

use crate::RightsFile;

/// The first line is the path of a file, the rest says what rights files have.
pub fn read_rights(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (path, rules) = text.split_once('\n').unwrap_or_default();
    let rights = RightsFile::parse(rules, "rights.csv");
    rights.rule_for(path);
    let malformed = rights.malformed();
    malformed.for_each(|(_, error)| drop(error.to_string()));
}
