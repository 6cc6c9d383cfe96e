use {
    flate2::bufread::MultiGzDecoder,
    liblzma::{
        bufread::XzDecoder,
        stream::{CONCATENATED, Stream},
    },
    std::io::{self, BufRead, BufReader, Read},
};

const BUFFER: usize = 1 << 17;

/// Memory for unpacking xz. Files of its highest preset take 65 MiB; one that
/// asks for more than this is hostile.
const XZ_MEMORY: u64 = 1 << 28;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const XZ: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// What stands behind the first byte of a skippable frame of zstd, which files
/// packed in parallel may begin with (RFC 8878 §3.1.2).
const SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

/// The content of a file: unpacked where it is gzip, xz or zstd, of one or
/// several parts; otherwise as it is.
pub(crate) fn unpacked<'a>(from: impl Read + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let mut from = BufReader::with_capacity(BUFFER, from);
    let mut head = Vec::new();
    from.by_ref().take(XZ.len() as u64).read_to_end(&mut head)?;
    let is_zstd = head.starts_with(&ZSTD) || is_skippable(&head);
    let (is_gzip, is_xz) = (head.starts_with(&GZIP), head == XZ);
    let whole = BufReader::with_capacity(BUFFER, io::Cursor::new(head).chain(from));
    Ok(if is_gzip {
        buffered(MultiGzDecoder::new(whole))
    } else if is_xz {
        let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED)?;
        buffered(XzDecoder::new_stream(whole, stream))
    } else if is_zstd {
        buffered(zstd::Decoder::with_buffer(whole)?)
    } else {
        Box::new(whole)
    })
}

fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, rest @ ..] if rest.starts_with(&SKIPPABLE))
}

fn buffered<'a>(from: impl Read + 'a) -> Box<dyn BufRead + 'a> {
    Box::new(BufReader::with_capacity(BUFFER, from))
}
