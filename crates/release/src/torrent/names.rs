//! Names of foreign torrents: kept as they stand, or refused.

use super::refusal::TorrentError;

/// One part of a path: UTF-8, not empty, no step up, nothing that a file
/// system takes for a separator.
pub fn component(bytes: &[u8]) -> Result<String, TorrentError> {
    let refused = || TorrentError::Name(String::from_utf8_lossy(bytes).into_owned());
    let name = str::from_utf8(bytes).map_err(|_| refused())?;
    let leads_astray = matches!(name, "" | "." | "..") || name.contains(['/', '\\', '\0']);
    match leads_astray {
        false => Ok(name.to_owned()),
        true => Err(refused()),
    }
}

/// A path for people.
pub fn shown(path: &[String]) -> String {
    path.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_astray_are_refused() {
        for name in [&b""[..], b".", b"..", b"a/b", b"a\\b", b"a\0", b"\xff"] {
            assert!(component(name).is_err(), "{name:?}");
        }
        assert_eq!(component("Ü".as_bytes()), Ok("Ü".to_owned()));
    }
}
