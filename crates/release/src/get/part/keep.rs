use {
    super::job::Job,
    crate::error::Error,
    longplay_model::Digest,
    longplay_store::merkle::LeafHasher,
    sha2::{Digest as _, Sha256},
    std::{
        fs::File,
        io::{Read as _, Write as _},
        ops::Range,
        path::Path,
    },
};

/// Hashes what is read, in the way that the part is proven.
pub enum Hasher {
    Digest(Sha256),
    Leaves(LeafHasher),
}

impl Hasher {
    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Digest(hasher) => hasher.update(bytes),
            Self::Leaves(hasher) => hasher.update(bytes),
        }
    }

    /// One digest, or one of each leaf.
    pub fn finish(self) -> Vec<Digest> {
        match self {
            Self::Digest(hasher) => vec![hasher.into()],
            Self::Leaves(hasher) => hasher.finish(),
        }
    }
}

/// Reads the range `read` of the pack through `hasher` and writes what lies in `part`
/// to `to`, durably. Gives the number of bytes read, which is less where the pack ends.
pub fn keep(
    job: &Job,
    read: Range<u64>,
    part: &Range<u64>,
    hasher: &mut Hasher,
    to: &Path,
) -> Result<u64, Error> {
    let failed = |source| Error::Write {
        path: to.into(),
        source,
    };
    let pack = job.pack();
    let mut at = read.start;
    let mut source = job.range(&pack, read)?;
    let mut file = File::create(to).map_err(failed)?;
    let mut buffer = vec![0; 64 << 10];
    let start = at;
    loop {
        if job.monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let count = source.read(&mut buffer);
        let count = count.map_err(|source| job.broken(&pack, source))?;
        if count == 0 {
            break;
        }
        let bytes = &buffer[..count];
        hasher.update(bytes);
        file.write_all(within(bytes, at, part)).map_err(failed)?;
        job.monitor.advance(count as u64);
        at += count as u64;
    }
    file.sync_all().map_err(failed)?;
    Ok(at - start)
}

/// Those of the `bytes` from `at` on that lie in `part`.
fn within<'a>(bytes: &'a [u8], at: u64, part: &Range<u64>) -> &'a [u8] {
    // Both are at most the length of `bytes`.
    let place = |of: u64| of.saturating_sub(at).min(bytes.len() as u64) as usize;
    &bytes[place(part.start)..place(part.end)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_the_part_is_cut_out() {
        let bytes = b"abcdef";
        for (part, cut) in [
            (0..100, "abcdef"),
            (10..16, "abcdef"),
            (12..14, "cd"),
            (15..20, "f"),
            (0..11, "a"),
            (0..10, ""),
            (16..20, ""),
        ] {
            assert_eq!(within(bytes, 10, &part), cut.as_bytes(), "{part:?}");
        }
    }
}
