use {
    super::range::Part,
    crate::{
        error::Error,
        public::proofs::{GROUP_LEAVES, HASH_BYTES},
    },
    longplay_model::IndexRecord,
    longplay_store::merkle::{LEAF_BYTES, leaf_count},
    serde::Serialize,
    std::{fmt, ops::Range},
};

/// What proves a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProvenBy {
    /// The SHA-256 of the item, all of which is read.
    Digest,
    /// The leaves that hold the part.
    Leaves,
}

/// What is read for a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartPlan {
    pub by: ProvenBy,
    /// Bytes of the pack.
    pub read: Range<u64>,
    /// Leaves of the pack whose hashes are asked for, by number: the neighbours that
    /// complete groups. At most two ranges.
    pub hashes: Vec<Range<u64>>,
}

/// What may be read beside the part for its proof: a 512th of it, and 32 KiB.
pub const fn allowance(part: Part) -> u64 {
    part.bytes() / 512 + 2 * LEAF_BYTES
}

impl PartPlan {
    /// The plan that reads the fewest bytes. `pack_bytes` is the length of the pack, or
    /// more than it can be; `has_leaves` tells that the hashes of leaves are at hand.
    ///
    /// # Errors
    /// [`Error::PartBeyond`]
    pub fn new(
        record: &IndexRecord,
        part: Part,
        pack_bytes: u64,
        has_leaves: bool,
    ) -> Result<Self, Error> {
        let wanted = part.in_pack(record)?;
        let leaves = Self::by_leaves(&wanted, part, pack_bytes, has_leaves);
        // That the end is no sum beyond 64 bits is known from the part alone.
        let end = record.offset.saturating_add(record.length);
        let whole = Self {
            by: ProvenBy::Digest,
            read: record.offset..end,
            hashes: Vec::new(),
        };
        Ok(match whole.bytes() <= leaves.bytes() {
            true => whole,
            false => leaves,
        })
    }

    fn by_leaves(wanted: &Range<u64>, part: Part, pack_bytes: u64, has_leaves: bool) -> Self {
        let first = wanted.start / LEAF_BYTES;
        let end = leaf_count(wanted.end);
        let before = first / GROUP_LEAVES * GROUP_LEAVES..first;
        let last = end.next_multiple_of(GROUP_LEAVES);
        let after = end..last.min(leaf_count(pack_bytes)).max(end);
        let sides = [before, after];
        let read_end = end.saturating_mul(LEAF_BYTES).min(pack_bytes);
        let mut plan = Self {
            by: ProvenBy::Leaves,
            // A pack that ends before the part is not the one; what was known of it
            // is compared before anything is read.
            read: first * LEAF_BYTES..read_end.max(wanted.end),
            hashes: match has_leaves {
                true => Vec::new(),
                false => sides.into_iter().filter(|side| !side.is_empty()).collect(),
            },
        };
        plan.join(part);
        plan
    }

    /// Asks for the hashes between two ranges as well, which saves a request, where
    /// these bytes are still allowed.
    fn join(&mut self, part: Part) {
        if let [before, after] = &self.hashes[..] {
            let mut joined = self.clone();
            joined.hashes = vec![before.start..after.end];
            if joined.bytes().saturating_sub(part.bytes()) <= allowance(part) {
                *self = joined;
            }
        }
    }

    /// Bytes of the pack, and of hashes.
    pub fn bytes(&self) -> u64 {
        let hashes = self.hashes.iter().map(|range| range.end - range.start);
        self.read.end - self.read.start + hashes.sum::<u64>() * HASH_BYTES
    }

    /// What has to be asked for: the bytes, and hashes.
    pub fn requests(&self) -> usize {
        1 + self.hashes.len()
    }
}

impl fmt::Display for ProvenBy {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Digest => "its SHA-256, all of it being read",
            Self::Leaves => "the leaves of its pack",
        })
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    const PACK: u64 = 1 << 30;

    fn record(offset: u64, length: u64) -> IndexRecord {
        let text = serde_json::json!({
            "path": "a/b.flac", "pack": "p.tar", "offset": offset, "length": length,
            "sha256": "0".repeat(64), "kind": "audio", "form": "original",
            "media_type": "audio/flac", "access": "open",
        });
        serde_json::from_value(text).unwrap()
    }

    fn plan(offset: u64, length: u64, start: u64, bytes: u64, has_leaves: bool) -> PartPlan {
        let part = Part::new(start, bytes).unwrap();
        PartPlan::new(&record(offset, length), part, PACK, has_leaves).unwrap()
    }

    #[test]
    fn what_is_asked_for_completes_groups() {
        let track = 100 << 20;
        let shown = |start, bytes| {
            let plan = plan(0, track, start, bytes, false);
            (
                plan.read.start / LEAF_BYTES..plan.read.end / LEAF_BYTES,
                plan.hashes,
            )
        };
        // Bytes 3 to 4 of group 1; two ranges with the two hashes between.
        let leaf = LEAF_BYTES;
        assert_eq!(shown(11 * leaf, 2 * leaf), (11..13, vec![8..16]));
        // A whole group needs no hash, its first half those behind.
        assert_eq!(shown(8 * leaf, 8 * leaf), (8..16, vec![]));
        assert_eq!(shown(8 * leaf, 4 * leaf), (8..12, vec![12..16]));
        assert_eq!(shown(12 * leaf, 4 * leaf), (12..16, vec![8..12]));
        // Two bytes around the end of a leaf: nothing is left for hashes between.
        assert_eq!(shown(12 * leaf - 1, 2), (11..13, vec![8..11, 13..16]));
    }

    #[test]
    fn short_items_are_read_whole() {
        let whole = plan(512, 30_000, 15_870, 20, true);
        assert_eq!((whole.by, whole.read), (ProvenBy::Digest, 512..30_512));
        let leaf = plan(512, 30_000, 15_872, 20, true);
        assert_eq!((leaf.by, leaf.read), (ProvenBy::Leaves, 16_384..32_768));
        let all = plan(512, 90_000_000, 0, 90_000_000, true);
        assert_eq!((all.by, all.bytes()), (ProvenBy::Digest, 90_000_000));
    }

    #[test]
    fn a_part_ends_within_its_item() {
        for (start, bytes) in [(0, 101), (100, 1), (1, 100), (u64::MAX - 5, 5)] {
            let part = Part::new(start, bytes).unwrap();
            let error = PartPlan::new(&record(512, 100), part, PACK, true).unwrap_err();
            assert!(
                matches!(error, Error::PartBeyond { bytes: 100, .. }),
                "{start}"
            );
        }
        // An item that no pack can hold.
        let part = Part::new(0, u64::MAX).unwrap();
        assert!(PartPlan::new(&record(512, u64::MAX), part, PACK, true).is_err());
        let part = Part::new(0, u64::MAX - 512).unwrap();
        assert!(PartPlan::new(&record(512, u64::MAX), part, PACK, false).is_ok());
    }

    proptest! {
        /// With hashes at hand the allowance holds for every part; without, it can be
        /// missed by two times seven hashes, and only by short parts at the far ends of
        /// their leaves.
        #[test]
        fn the_allowance_holds(
            offset in 0..PACK / 2,
            length in 1..PACK / 2,
            (start, bytes) in (any::<u64>(), prop_oneof![1..40_000u64, any::<u64>()]),
        ) {
            let start = start % length;
            let bytes = 1 + (bytes - 1) % (length - start);
            let part = Part::new(start, bytes).unwrap();
            let wanted = part.in_pack(&record(offset, length)).unwrap();
            for has_leaves in [true, false] {
                let plan = plan(offset, length, start, bytes, has_leaves);
                let read = plan.read.clone();
                prop_assert!(read.start <= wanted.start && wanted.end <= read.end);
                let beside = plan.bytes() - bytes;
                let edges = read.end - read.start - bytes;
                let most = match has_leaves || bytes >= 448 * 512 || edges <= 32_768 - 448 {
                    true => allowance(part),
                    false => allowance(part) + 448,
                };
                prop_assert!(beside <= most, "{beside} of {most}");
                prop_assert!(beside <= length - bytes);
                prop_assert!(plan.requests() <= 3);
            }
        }
    }
}
