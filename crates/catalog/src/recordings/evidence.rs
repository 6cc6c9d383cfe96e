use {
    super::words::Words,
    crate::{
        error::Error,
        identifiers::isrc_key,
        row::{Head, RankKey},
        shuffle::{Lane, Shuffle, Spread},
        spill::{Spill, spill_struct},
    },
    std::path::Path,
};

/// A track beside others of one MusicBrainz recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ByMbid {
    pub(super) mbid: [u8; 16],
    pub(super) track: u32,
    /// 0 where it is not known.
    pub(super) duration_ms: u32,
    pub(super) is_reported: bool,
}

/// A track beside others of one ISRC; what is known best comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ByIsrc {
    /// Spreads the codes evenly; [`unmixed`] gives them back.
    pub(super) hash: u64,
    pub(super) lacks_mbid: bool,
    pub(super) lacks_duration: bool,
    pub(super) track: u32,
    pub(super) duration_ms: u32,
    pub(super) is_reported: bool,
    pub(super) words: Words,
}

/// A track beside others of one artist credit and title: those that join
/// others come last, the most heard first among the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ByText {
    pub(super) text: [u8; 8],
    pub(super) joins: bool,
    pub(super) lacks_duration: bool,
    pub(super) rank: RankKey,
    pub(super) track: u32,
    pub(super) duration_ms: u32,
    pub(super) source: u16,
    pub(super) release: u32,
}

spill_struct!(ByMbid {
    mbid,
    track,
    duration_ms,
    is_reported
});

spill_struct!(ByIsrc {
    hash,
    lacks_mbid,
    lacks_duration,
    track,
    duration_ms,
    is_reported,
    words
});

spill_struct!(ByText {
    text,
    joins,
    lacks_duration,
    rank,
    track,
    duration_ms,
    source,
    release
});

/// What speaks for tracks being one recording, on its way to be sorted.
/// Tracks are called by how many were read before them.
pub(crate) struct Evidence {
    mbids: Shuffle,
    isrcs: Shuffle,
}

/// The same, on disk.
pub(crate) struct SpreadEvidence {
    pub(super) mbids: Spread,
    pub(super) isrcs: Spread,
}

impl SpreadEvidence {
    /// Parts that were made of it.
    pub(crate) fn parts(&self) -> usize {
        self.isrcs.parts()
    }
}

/// Artist credits and titles, on their way to be sorted.
pub(crate) struct Texts(Shuffle);

impl Texts {
    pub(crate) fn new(dir: &Path, parts: usize) -> Self {
        Self(Shuffle::new(dir, "texts", parts))
    }

    pub(crate) fn lane(&self) -> TextLane<'_> {
        TextLane {
            texts: self.0.lane(),
            parts: self.0.parts(),
        }
    }

    pub(crate) fn finish(self) -> Result<Spread, Error> {
        self.0.finish()
    }
}

/// Takes in the evidence of one thread.
pub(crate) struct EvidenceLane<'a> {
    mbids: Lane<'a>,
    isrcs: Lane<'a>,
    parts: usize,
}

/// Takes in the texts of one thread.
pub(crate) struct TextLane<'a> {
    texts: Lane<'a>,
    parts: usize,
}

impl Evidence {
    pub(crate) fn new(dir: &Path, parts: usize) -> Self {
        Self {
            mbids: Shuffle::new(dir, "mbids", parts),
            isrcs: Shuffle::new(dir, "isrcs", parts),
        }
    }

    pub(crate) fn lane(&self) -> EvidenceLane<'_> {
        EvidenceLane {
            mbids: self.mbids.lane(),
            isrcs: self.isrcs.lane(),
            parts: self.isrcs.parts(),
        }
    }

    pub(crate) fn finish(self) -> Result<SpreadEvidence, Error> {
        Ok(SpreadEvidence {
            mbids: self.mbids.finish()?,
            isrcs: self.isrcs.finish()?,
        })
    }
}

impl EvidenceLane<'_> {
    pub(crate) fn add(
        &mut self,
        track: u32,
        head: &Head,
        words: Words,
        is_reported: bool,
    ) -> Result<(), Error> {
        if let Some(mbid) = &head.recording_mbid {
            let by = ByMbid {
                mbid: *mbid.as_bytes(),
                track,
                duration_ms: head.duration_ms.unwrap_or(0),
                is_reported,
            };
            let part = part_of(u64::from_be_bytes(first(&by.mbid)), self.parts);
            self.mbids.push(part, |out| by.put(out))?;
        }
        for isrc in &head.isrcs {
            let by = ByIsrc {
                hash: mixed(isrc_key(isrc)),
                lacks_mbid: head.recording_mbid.is_none(),
                lacks_duration: head.duration_ms.is_none(),
                track,
                duration_ms: head.duration_ms.unwrap_or(0),
                is_reported,
                words,
            };
            self.isrcs
                .push(part_of(by.hash, self.parts), |out| by.put(out))?;
        }
        Ok(())
    }
}

impl TextLane<'_> {
    pub(crate) fn add(&mut self, track: u32, head: &Head, text: [u8; 8]) -> Result<(), Error> {
        let by = ByText {
            text,
            joins: head.is_file || head.is_loose(),
            lacks_duration: head.duration_ms.is_none(),
            rank: head.figures.rank_key(),
            track,
            duration_ms: head.duration_ms.unwrap_or(0),
            source: head.source,
            release: head.release.unwrap_or(0),
        };
        let part = part_of(u64::from_be_bytes(text), self.parts);
        self.texts.push(part, |out| by.put(out))
    }
}

fn first(bytes: &[u8; 16]) -> [u8; 8] {
    *bytes.first_chunk().expect("16 bytes hold 8")
}

fn part_of(hash: u64, parts: usize) -> usize {
    ((u128::from(hash) * parts as u128) >> 64) as usize
}

/// Spreads numbers over all 64 bits (the finalizer of SplitMix64).
fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

/// The number that is spread so: each step backwards, with the multipliers'
/// inverses.
pub(super) fn unmixed(number: u64) -> u64 {
    let number = (number ^ number >> 31 ^ number >> 62).wrapping_mul(0x3196_42b2_d24d_8ec3);
    let number = (number ^ number >> 27 ^ number >> 54).wrapping_mul(0x96de_1b17_3f11_9089);
    number ^ number >> 30 ^ number >> 60
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    proptest! {
        #[test]
        fn what_was_mixed_comes_back(number in any::<u64>()) {
            prop_assert_eq!(unmixed(mixed(number)), number);
        }
    }
}
