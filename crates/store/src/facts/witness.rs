use {
    crate::{
        disk::Location,
        facts::observe::Bytes,
        pack::{LOCATOR_BYTES, Locator, PackIndex, read_index},
        tar::{BLOCK, END_BYTES, header, padding},
    },
    longplay_model::Digest,
    sha2::{Digest as _, Sha256},
};

/// Bytes compared at a time.
const CHUNK: u64 = 1 << 20;

/// Whether a pack is what its own index says, byte for byte: headers, data by
/// its digests, padding, index, locator, end. What a pack says of itself is
/// asked only where nothing else is left to ask.
pub fn is_self_consistent(location: &Location, name: &str) -> bool {
    let index = location
        .stream()
        .ok()
        .and_then(|mut file| read_index(&mut file).ok());
    let bytes = Bytes::open(location).ok();
    index
        .zip(bytes)
        .and_then(|(index, bytes)| walk(&index, bytes, name))
        .is_some()
}

struct Walk {
    bytes: Bytes,
    at: u64,
}

/// The same of a pack whose index and bytes are at hand; `None` when it is not.
pub(crate) fn walk(index: &PackIndex, bytes: Bytes, name: &str) -> Option<()> {
    let length = bytes.bytes;
    let piece = index.head.piece_length;
    let aligned = piece.is_power_of_two() && length.is_multiple_of(piece);
    if index.head.pack != name || !aligned {
        return None;
    }
    let mut walk = Walk { bytes, at: 0 };
    for record in &index.records {
        walk.expect(&header(record.path.as_str(), record.length))?;
        if record.offset != walk.at || record.pack != name {
            return None;
        }
        walk.data(record.length, record.sha256)?;
        walk.zeros(padding(record.length))?;
    }
    let index_bytes = (index.lines.len() as u64 + 1 + LOCATOR_BYTES).next_multiple_of(BLOCK);
    let start = length.checked_sub(END_BYTES + index_bytes)?;
    walk.pad(name, piece, start, index_bytes)?;
    walk.index(&index.lines, start, index_bytes)?;
    walk.zeros(END_BYTES)?;
    (walk.at == length).then_some(())
}

impl Walk {
    fn take(&mut self, length: u64) -> Option<Vec<u8>> {
        let end = self
            .at
            .checked_add(length)
            .filter(|end| *end <= self.bytes.bytes)?;
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        self.bytes.read_at(self.at, &mut bytes);
        self.at = end;
        Some(bytes)
    }

    fn expect(&mut self, bytes: &[u8]) -> Option<()> {
        (self.take(bytes.len() as u64)? == bytes).then_some(())
    }

    fn data(&mut self, length: u64, digest: Digest) -> Option<()> {
        let mut hasher = Sha256::new();
        let mut left = length;
        while left > 0 {
            let chunk = self.take(left.min(CHUNK))?;
            hasher.update(&chunk);
            left -= chunk.len() as u64;
        }
        (Digest::from(hasher) == digest).then_some(())
    }

    fn zeros(&mut self, length: u64) -> Option<()> {
        let mut left = length;
        while left > 0 {
            let chunk = self.take(left.min(CHUNK))?;
            if chunk.iter().any(|byte| *byte != 0) {
                return None;
            }
            left -= chunk.len() as u64;
        }
        Some(())
    }

    /// The member `pad` and the header of the index, which ends at `start`.
    fn pad(&mut self, name: &str, piece: u64, start: u64, index_bytes: u64) -> Option<()> {
        let own = |file: &str| format!(".longplay/{}/{file}", name.trim_end_matches(".tar"));
        let index_header = header(&own("index.jsonl"), index_bytes);
        let pad_header = header(&own("pad"), 0).len() as u64;
        let fixed = self
            .at
            .checked_add(pad_header + index_header.len() as u64)?;
        let pad = start.checked_sub(fixed).filter(|pad| *pad < piece)?;
        self.expect(&header(&own("pad"), pad))?;
        self.zeros(pad)?;
        self.expect(&index_header)
    }

    fn index(&mut self, lines: &[u8], start: u64, index_bytes: u64) -> Option<()> {
        let mut index = lines.to_vec();
        index.resize((index_bytes - LOCATOR_BYTES - 1) as usize, b' ');
        index.push(b'\n');
        self.expect(&index)?;
        self.expect(&Locator::line(start, &index))
    }
}
