use longplay_wide::Sha1Stream;

/// Cuts a stream of bytes into the pieces of a torrent.
#[derive(Debug, Clone)]
pub struct PieceHasher {
    piece_length: u64,
    /// Pieces that the last portion has bytes of; only the last is not full.
    open: Vec<Sha1Stream>,
    pieces: Vec<[u8; 20]>,
}

impl PieceHasher {
    pub const fn new(piece_length: u64) -> Self {
        Self {
            piece_length,
            open: Vec::new(),
            pieces: Vec::new(),
        }
    }

    /// Takes the next bytes of the stream. Gives what the stream of each piece has to
    /// be fed with, before [`Self::close`] is asked.
    pub fn advance<'a>(
        &'a mut self,
        bytes: &'a [u8],
    ) -> impl Iterator<Item = (&'a mut Sha1Stream, &'a [u8])> {
        let length = usize::try_from(self.piece_length).unwrap_or(usize::MAX);
        let begun = self.open.first().map(|open| open.bytes() as usize);
        let (head, rest) = bytes.split_at(begun.map_or(0, |begun| length - begun).min(bytes.len()));
        let new = self.open.len() + rest.len().div_ceil(length);
        self.open.resize_with(new, Sha1Stream::new);
        let portions = begun.map(|_| head).into_iter().chain(rest.chunks(length));
        self.open.iter_mut().zip(portions)
    }

    /// Finishes the pieces that are full.
    pub fn close(&mut self) {
        let Self { open, pieces, .. } = self;
        open.retain(|stream| {
            let is_full = stream.bytes() == self.piece_length;
            if is_full {
                pieces.push(stream.finish());
            }
            !is_full
        });
    }

    /// The SHA-1 of each piece, the last completed with zeros.
    pub fn finish(mut self) -> Vec<[u8; 20]> {
        const ZEROS: [u8; 16 << 10] = [0; 16 << 10];
        for mut stream in self.open {
            while stream.bytes() < self.piece_length {
                let missing = self.piece_length - stream.bytes();
                stream.update(&ZEROS[..missing.min(ZEROS.len() as u64) as usize]);
            }
            self.pieces.push(stream.finish());
        }
        self.pieces
    }
}
