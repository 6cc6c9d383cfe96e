//! Seekable zstd on disk: frames of one MiB, then a seek table.
//!
//! ```text
//!   frame │ frame │ … │ skippable frame: (compressed, decompressed)* footer
//! ```
//!
//! The format is the zstd project's `contrib/seekable_format` (version 0.1.0):
//! any zstd program unpacks the whole, and the table gives direct access to
//! every frame.

mod read;
mod write;

pub(crate) use {
    read::{SeekableReader, behind, content_of},
    write::SeekableWriter,
};

/// Bytes of content in each frame but the last.
const FRAME: usize = 1 << 20;

/// RFC 8878 §3.1.2: a skippable frame; the seekable format uses the last one.
const SKIPPABLE: u32 = 0x184D_2A5E;

const SEEKABLE: u32 = 0x8F92_EAB1;

/// Number of frames (4), descriptor (1), magic number (4).
const FOOTER: usize = 9;

/// Frame header: magic number (4) and length (4).
const HEADER: usize = 8;

/// Compressed and decompressed bytes, four each; no checksums.
const ENTRY: usize = 8;

/// Bit of the descriptor that adds a checksum of four bytes to each entry.
const CHECKSUMS: u8 = 0x80;

#[cfg(test)]
mod tests {
    use {
        super::*,
        proptest::prelude::*,
        std::{fs::File, io::Write},
    };

    fn packed(bytes: &[u8], frame: usize) -> (tempfile::TempDir, SeekableReader) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.zst");
        let mut writer = SeekableWriter::with_frame(File::create(&path).unwrap(), frame);
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap();
        let reader = SeekableReader::open(&path).unwrap();
        (dir, reader)
    }

    #[test]
    fn any_zstd_program_unpacks_it() {
        let text = "a line of a source\n".repeat(100_000);
        let (dir, reader) = packed(text.as_bytes(), FRAME);
        let packed = std::fs::read(dir.path().join("x.zst")).unwrap();
        assert_eq!(zstd::decode_all(&packed[..]).unwrap(), text.as_bytes());
        assert_eq!(reader.len(), text.len() as u64);
    }

    #[test]
    fn nothing_is_a_content_too() {
        let (_dir, reader) = packed(b"", FRAME);
        assert_eq!(reader.len(), 0);
        assert_eq!(reader.range(0, 10).unwrap(), b"");
    }

    #[test]
    fn a_damaged_seek_table_is_an_error() {
        let (dir, _) = packed(&[7; 5000], 1000);
        let path = dir.path().join("x.zst");
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(SeekableReader::open(&path).is_err(), "cut at {cut}");
        }
    }

    proptest! {
        #[test]
        fn every_range_comes_back(
            bytes in prop::collection::vec(any::<u8>(), 0..3000),
            frame in 1usize..700,
            at in 0u64..3500,
            length in 0u64..3500,
        ) {
            let (_dir, reader) = packed(&bytes, frame);
            let from = usize::try_from(at).unwrap().min(bytes.len());
            let to = from.saturating_add(usize::try_from(length).unwrap()).min(bytes.len());
            prop_assert_eq!(reader.range(at, length).unwrap(), &bytes[from..to]);
        }

        #[test]
        fn flipped_bytes_never_panic(
            bytes in prop::collection::vec(any::<u8>(), 1..500),
            flips in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4),
        ) {
            let (dir, _) = packed(&bytes, 100);
            let path = dir.path().join("x.zst");
            let mut damaged = std::fs::read(&path).unwrap();
            for (index, flip) in flips {
                let at = index.index(damaged.len());
                damaged[at] ^= flip;
            }
            std::fs::write(&path, &damaged).unwrap();
            if let Ok(reader) = SeekableReader::open(&path) {
                let _ = reader.range(0, 500);
            }
        }
    }
}
