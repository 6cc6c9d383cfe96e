use {
    longplay_model::{Isrc, Mbid, Timestamp},
    serde::{Deserialize, Serialize},
};

/// What a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Target {
    /// The recording that MusicBrainz knows by this id.
    Mbid(Mbid),
    /// All recordings that carry this code.
    Isrc(Isrc),
    /// The release of this MusicBrainz id.
    Release(Mbid),
    /// The release group of this MusicBrainz id.
    ReleaseGroup(Mbid),
    /// The artist of this MusicBrainz id.
    Artist(Mbid),
}

/// What is counted or rated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Metric {
    /// How often people listened, as they or their players told.
    Listens,
    /// How many people did.
    Listeners,
    /// How often a station or a service played it.
    Plays,
    /// A score; what its ends are the source says.
    Popularity,
}

impl Metric {
    pub(crate) const ALL: [Self; 4] = [
        Self::Listens,
        Self::Listeners,
        Self::Plays,
        Self::Popularity,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Listens => "listens",
            Self::Listeners => "listeners",
            Self::Plays => "plays",
            Self::Popularity => "popularity",
        }
    }
}

/// One figure of one source: popularity is (source, metric, value, time).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fact {
    pub(crate) target: Target,
    pub(crate) metric: Metric,
    /// Number of the source in the snapshot.
    pub(crate) source: u16,
    pub(crate) value: f64,
    /// When the figure was taken, where the source says.
    pub(crate) at: Option<Timestamp>,
}

/// Sixteen bytes of a target, and which sort it is: `0` to `4`.
pub(super) fn target_words(target: &Target) -> ([u64; 2], u8) {
    let (bytes, kind) = match target {
        Target::Mbid(mbid) => (*mbid.as_bytes(), 0),
        Target::Isrc(isrc) => (isrc_bytes(*isrc), 1),
        Target::Release(mbid) => (*mbid.as_bytes(), 2),
        Target::ReleaseGroup(mbid) => (*mbid.as_bytes(), 3),
        Target::Artist(mbid) => (*mbid.as_bytes(), 4),
    };
    let whole = u128::from_be_bytes(bytes);
    ([(whole >> 64) as u64, whole as u64], kind)
}

pub(super) fn target_of(words: [u64; 2], kind: u8) -> Option<Target> {
    let whole = u128::from(words[0]) << 64 | u128::from(words[1]);
    let mbid = Mbid::from_bytes(whole.to_be_bytes());
    match kind {
        0 => Some(Target::Mbid(mbid)),
        1 => isrc_of(whole.to_be_bytes()).map(Target::Isrc),
        2 => Some(Target::Release(mbid)),
        3 => Some(Target::ReleaseGroup(mbid)),
        4 => Some(Target::Artist(mbid)),
        _ => None,
    }
}

/// The twelve characters and four zeros.
fn isrc_bytes(isrc: Isrc) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..12].copy_from_slice(isrc.as_str().as_bytes());
    bytes
}

fn isrc_of(bytes: [u8; 16]) -> Option<Isrc> {
    str::from_utf8(&bytes[..12]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_come_back_from_their_words() {
        let mbid = Mbid::from_bytes(*b"0123456789abcdef");
        for target in [
            Target::Mbid(mbid),
            Target::Isrc("GBAYE6900531".parse().unwrap()),
            Target::Release(mbid),
            Target::ReleaseGroup(mbid),
            Target::Artist(mbid),
        ] {
            let (words, kind) = target_words(&target);
            assert_eq!(target_of(words, kind), Some(target));
        }
        assert_eq!(target_of([0, 0], 1), None);
        assert_eq!(target_of([0, 0], 5), None);
    }

    #[test]
    fn names_of_metrics_are_those_of_mapping_files() {
        for metric in Metric::ALL {
            let name = serde_json::to_value(metric).unwrap();
            assert_eq!(name, metric.name());
        }
    }
}
