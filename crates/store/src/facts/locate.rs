use {
    crate::{
        disk::Location,
        error::Error,
        facts::{
            known::{GROUP_LEAVES, Group, Known},
            observe::{Bytes, Observation},
            runs::Runs,
        },
        merkle::{LEAF_BYTES, SUBTREE_BYTES, leaf_count, leaves_of, root_of, subtrees_of},
    },
    longplay_model::Digest,
    std::iter,
};

/// Files up to this length are compared leaf by leaf with any other.
const SHORT_BYTES: u64 = 4 << 20;

/// Which leaves of the file are not what they should be, as closely
/// as `known` allows; `leaves` is how many there are when the length is not
/// known. Only the MiB whose subtree differs are read again.
pub fn locate(
    location: &Location,
    seen: &Observation,
    known: &Known,
    leaves: u64,
) -> Result<Runs, Error> {
    if known.is_met_by(seen) {
        return Ok(Runs::default());
    }
    let Some(bytes) = known.bytes.filter(|_| known.has_places()) else {
        return Ok(Runs::up_to(known.bytes.map_or(leaves, leaf_count)));
    };
    let file = Bytes::open(location)?;
    let mut bad = Vec::new();
    for (number, group) in (0u64..).zip(known.groups()) {
        if !agrees_whole(number, &group, seen, bytes) {
            bad.extend(look(&file, number, &group, bytes).runs());
        }
    }
    Ok(bad.into_iter().collect())
}

/// Full MiB of files of more than one MiB compare by subtree.
fn agrees_whole(number: u64, group: &Group, seen: &Observation, bytes: u64) -> bool {
    let end = (number + 1) * SUBTREE_BYTES;
    let comparable = end <= bytes.min(seen.bytes);
    let known = group
        .subtree
        .or_else(|| group.leaves.as_deref().map(root_of));
    comparable && known.is_some() && seen.subtrees.get(number as usize).copied() == known
}

/// Reads one MiB again, cut at the length that the file should have.
fn look(file: &Bytes, number: u64, group: &Group, bytes: u64) -> Runs {
    let start = number * SUBTREE_BYTES;
    let length = (bytes - start).min(SUBTREE_BYTES);
    let first = number * GROUP_LEAVES;
    let all = Runs::from_iter(iter::once(first..first + leaf_count(length)));
    let present = file.bytes.saturating_sub(start).min(length);
    let mut buffer = vec![0; present as usize];
    file.read_at(start, &mut buffer);
    let seen = leaves_of(&buffer);
    match &group.leaves {
        Some(leaves) => differing(first, leaves, &seen),
        None if present == length && is_subtree(group, &seen, bytes) => Runs::default(),
        None => all,
    }
}

fn differing(first: u64, known: &[Digest], seen: &[Digest]) -> Runs {
    (first..)
        .zip(known)
        .enumerate()
        .filter(|(at, (_, leaf))| seen.get(*at) != Some(leaf))
        .map(|(_, (number, _))| number..number + 1)
        .collect()
}

/// The hash over these leaves, as the kit has it for a file of `bytes`: with
/// zero hashes to 64 leaves, unless the file is 1 MiB or less.
pub fn is_subtree(group: &Group, leaves: &[Digest], bytes: u64) -> bool {
    let Some(subtree) = group.subtree else {
        return false;
    };
    if bytes <= SUBTREE_BYTES {
        return root_of(leaves) == subtree;
    }
    // One leaf more than a MiB makes `subtrees_of` complete the first.
    let mut longer = leaves.to_vec();
    longer.resize(GROUP_LEAVES as usize, crate::merkle::ZERO);
    longer.push(crate::merkle::ZERO);
    subtrees_of(&longer).first() == Some(&subtree)
}

/// Whether two files of more than a few MiB may be worth comparing leaf by
/// leaf: they share a MiB that is more than zeros. Short ones always are.
pub fn may_resemble(known: &Known, seen: &Observation) -> bool {
    if known.bytes.is_some_and(|bytes| bytes <= SHORT_BYTES) {
        return true;
    }
    let zeros = root_of(&[Digest::of(&[0; LEAF_BYTES as usize]); GROUP_LEAVES as usize]);
    let groups = known.groups();
    let known = groups.iter().map(|group| {
        let leaves = || group.leaves.as_deref().map(root_of);
        group.subtree.or_else(leaves)
    });
    known
        .zip(&seen.subtrees)
        .any(|(known, seen)| known == Some(*seen) && *seen != zeros)
}

/// How many leaves of the first `coded` bytes are right and are more than zeros:
/// zeros are alike in all packs and prove nothing.
pub fn telling(location: &Location, bad: &Runs, coded: Option<u64>) -> Result<u64, Error> {
    let Some(coded) = coded else {
        return Ok(0);
    };
    let file = Bytes::open(location)?;
    let mut buffer = vec![0; LEAF_BYTES as usize];
    let mut count = 0;
    let there = leaf_count(coded.min(file.bytes));
    for leaf in Runs::up_to(there).without(bad).numbers() {
        file.read_at(leaf * LEAF_BYTES, &mut buffer);
        count += u64::from(buffer.iter().any(|byte| *byte != 0));
        if count >= GROUP_LEAVES {
            break;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::facts::{known::LeafSlice, observe::observe},
        longplay_model::Silent,
    };

    struct Case {
        folder: tempfile::TempDir,
        bytes: Vec<u8>,
    }

    impl Case {
        fn new(length: u32) -> Self {
            Self {
                folder: tempfile::tempdir().unwrap(),
                bytes: (0..length)
                    .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
                    .collect(),
            }
        }

        fn known(&self, with_leaves: bool, with_subtrees: bool) -> Known {
            let leaves = leaves_of(&self.bytes);
            let location = Location::from(self.folder.path()).join("leaves");
            let hashes: Vec<u8> = leaves.iter().flat_map(|leaf| *leaf.as_bytes()).collect();
            std::fs::write(location.path(), [b"head".as_slice(), &hashes].concat()).unwrap();
            Known {
                bytes: Some(self.bytes.len() as u64),
                sha256: Some(Digest::of(&self.bytes)),
                root: Some(root_of(&leaves)),
                subtrees: if with_subtrees {
                    subtrees_of(&leaves)
                } else {
                    Vec::new()
                },
                leaves: with_leaves.then_some(LeafSlice {
                    location,
                    offset: 4,
                }),
            }
        }

        fn bad(&self, damaged: &[u8], known: &Known) -> Vec<u64> {
            let path = Location::from(self.folder.path()).join("file");
            std::fs::write(path.path(), damaged).unwrap();
            let seen = observe(&path, &Silent).unwrap();
            locate(&path, &seen, known, 1).unwrap().numbers().collect()
        }
    }

    #[test]
    fn leaves_place_damage_to_the_leaf() {
        for length in [100, 16_384, 1 << 20, (1 << 20) + 1, 2_500_000] {
            let case = Case::new(length);
            for subtrees in [false, true] {
                let known = case.known(true, subtrees);
                assert!(case.bad(&case.bytes, &known).is_empty());
                for at in [0, length / 2, length - 1] {
                    let mut damaged = case.bytes.clone();
                    damaged[at as usize] ^= 1;
                    let expected = [u64::from(at) / LEAF_BYTES];
                    assert_eq!(case.bad(&damaged, &known), expected, "{length} {at}");
                }
            }
        }
    }

    #[test]
    fn kits_place_damage_to_the_mib() {
        let case = Case::new(2_500_000);
        let known = case.known(false, true);
        let mut damaged = case.bytes.clone();
        damaged[1 << 20] ^= 1;
        assert_eq!(case.bad(&damaged, &known), (64..128).collect::<Vec<_>>());
        let mut damaged = case.bytes.clone();
        damaged[2_499_999] ^= 1;
        assert_eq!(case.bad(&damaged, &known), (128..153).collect::<Vec<_>>());
    }

    #[test]
    fn a_digest_alone_places_damage_to_the_file() {
        let case = Case::new(40_000);
        let known = case.known(false, false);
        assert_eq!(case.bad(&case.bytes[1..], &known), [0, 1, 2]);
    }

    #[test]
    fn cut_and_extended_files_keep_their_good_leaves() {
        for (leaves, subtrees) in [(true, false), (true, true)] {
            let case = Case::new(2_500_000);
            let known = case.known(leaves, subtrees);
            let cut = &case.bytes[..2_000_000];
            assert_eq!(case.bad(cut, &known), (122..153).collect::<Vec<_>>());
            let longer = [&case.bytes[..], &[9; 70_000]].concat();
            assert!(case.bad(&longer, &known).is_empty());
        }
    }

    #[test]
    fn a_damaged_hash_is_not_believed_where_the_subtree_is_known() {
        let case = Case::new(2_500_000);
        let known = case.known(true, true);
        let leaves = known.leaves.as_ref().unwrap().location.path();
        let mut hashes = std::fs::read(leaves).unwrap();
        hashes[4 + 32 * 70] ^= 1;
        std::fs::write(leaves, hashes).unwrap();
        let mut damaged = case.bytes.clone();
        damaged[0] ^= 1;
        assert_eq!(case.bad(&damaged, &known), [0]);
        damaged[1 << 20] ^= 1;
        let expected: Vec<u64> = [0].into_iter().chain(64..128).collect();
        assert_eq!(case.bad(&damaged, &known), expected);
    }
}
