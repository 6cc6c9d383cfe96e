use longplay_model::Digest;

/// Bytes of an entry.
pub const ENTRY_BYTES: usize = 48;

/// A blob in a pack of a known tranche.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Of the blob.
    pub digest: Digest,
    /// Number of the pack in its tranche, from 0.
    pub pack: u32,
    /// First byte of the data, from the start of the pack.
    pub offset: u64,
    /// Bytes of the data.
    pub length: u64,
}

/// A member and the number of its tranche, as 48 bytes that sort by digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry([u8; ENTRY_BYTES]);

impl Entry {
    /// `None` where a number does not fit: 2^24 tranches and packs, 2^40 bytes.
    pub fn new(tranche: u32, member: &Member) -> Option<Self> {
        let mut bytes = [0; ENTRY_BYTES];
        bytes[..32].copy_from_slice(member.digest.as_bytes());
        put(&mut bytes[32..35], tranche.into())?;
        put(&mut bytes[35..38], member.pack.into())?;
        put(&mut bytes[38..43], member.offset)?;
        put(&mut bytes[43..], member.length)?;
        Some(Self(bytes))
    }

    /// The first whole entry of `bytes`.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().map(|bytes| Self(*bytes))
    }

    pub const fn as_bytes(&self) -> &[u8; ENTRY_BYTES] {
        &self.0
    }

    pub fn digest(&self) -> &[u8] {
        &self.0[..32]
    }

    /// The beginning of the digest, as fences have it.
    pub fn prefix(&self) -> u64 {
        prefix_of(&self.0)
    }

    pub fn tranche(&self) -> u32 {
        // Three bytes.
        number(&self.0[32..35]) as u32
    }

    /// The same member under another number of its tranche.
    pub fn in_tranche(mut self, tranche: u32) -> Self {
        put(&mut self.0[32..35], tranche.into()).expect("a list of tranches is shorter than 2^24");
        self
    }

    pub fn member(&self) -> Member {
        let digest = self.0.first_chunk().expect("an entry is longer");
        Member {
            digest: Digest::from_bytes(*digest),
            pack: number(&self.0[35..38]) as u32,
            offset: number(&self.0[38..43]),
            length: number(&self.0[43..]),
        }
    }
}

/// The first 8 bytes of a digest, as a number that sorts as they do.
pub fn prefix_of(digest: &[u8]) -> u64 {
    number(&digest[..8])
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn put(bytes: &mut [u8], number: u64) -> Option<()> {
    let whole = number.to_be_bytes();
    let (zeros, rest) = whole.split_at(8 - bytes.len());
    bytes.copy_from_slice(rest);
    zeros.iter().all(|byte| *byte == 0).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(pack: u32, offset: u64, length: u64) -> Member {
        Member {
            digest: Digest::of(b"x"),
            pack,
            offset,
            length,
        }
    }

    #[test]
    fn numbers_survive_as_far_as_they_fit() {
        let most = member((1 << 24) - 1, (1 << 40) - 1, (1 << 40) - 1);
        let entry = Entry::new((1 << 24) - 1, &most).unwrap();
        assert_eq!((entry.tranche(), entry.member()), ((1 << 24) - 1, most));
        assert_eq!(entry.in_tranche(7).tranche(), 7);
        assert_eq!(entry.in_tranche(7).member(), most);
        for beyond in [
            member(1 << 24, 0, 0),
            member(0, 1 << 40, 0),
            member(0, 0, 1 << 40),
        ] {
            assert_eq!(Entry::new(0, &beyond), None);
        }
        assert_eq!(Entry::new(1 << 24, &member(0, 0, 0)), None);
    }

    #[test]
    fn entries_sort_by_digest_then_place() {
        let entry = |tranche, pack, offset| Entry::new(tranche, &member(pack, offset, 9)).unwrap();
        assert!(entry(0, 9, 9) < entry(1, 0, 0));
        assert!(entry(1, 0, 300) < entry(1, 1, 0));
        assert!(entry(1, 1, 255) < entry(1, 1, 256));
    }
}
