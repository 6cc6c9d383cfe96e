//! The readers of foreign bytes, for the fuzz targets in `fuzz/`: whatever
//! the bytes, none of these panics. One function a format.

use {
    crate::{
        kept::{TarMembers, cut_lines as lines, is_tar, unpacked},
        seekable,
        sources::{Format, Harvest},
    },
    std::io::{self, BufRead, Read},
};

/// What is read of a packed file: a bomb need not be unpacked whole.
const MOST: u64 = 1 << 22;

/// A document of MusicBrainz, of any kind.
pub fn read_musicbrainz(bytes: &[u8]) {
    for restricted_fields in [false, true] {
        let mut harvest = Harvest {
            restricted_fields,
            ..Harvest::default()
        };
        Format::of(bytes);
        Format::MusicbrainzReleases.read(bytes, &mut harvest);
    }
}

/// Text that falls into lines; the first byte tells where it is read apart.
///
/// # Panics
/// When the lines are not the text, or depend on how it was read.
pub fn cut_lines(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else {
        return;
    };
    let mut whole = Vec::new();
    assert_eq!(lines(text, true, &mut whole), text.len(), "all is done with");
    let mut apart = Vec::new();
    let done = lines(&text[..text.len().min((*first).into())], false, &mut apart);
    let before = apart.len();
    lines(&text[done..], true, &mut apart);
    for range in &mut apart[before..] {
        *range = range.start + done..range.end + done;
    }
    assert_eq!(whole, apart, "lines depend on their bytes alone");
    let parts: Vec<&[u8]> = whole.into_iter().map(|range| &text[range]).collect();
    let joined = parts.join(&b'\n');
    assert_eq!(joined, text.strip_suffix(b"\n").unwrap_or(text), "lines are the text");
}

/// A seekable zstd file.
pub fn read_seekable(bytes: &[u8]) {
    drop(seekable::content_of(bytes));
}

/// A file that may be gzip, xz, zstd, a tar, or a tar inside one of them.
pub fn read_archive(bytes: &[u8]) {
    drop(archive(bytes));
}

fn archive(bytes: &[u8]) -> io::Result<()> {
    let mut from = unpacked(bytes)?.take(MOST);
    let head = from.fill_buf()?.to_vec();
    if !is_tar(&head) {
        return io::copy(&mut from, &mut io::sink()).map(drop);
    }
    let mut tar = TarMembers::new(from);
    while tar.next()?.is_some() {
        io::copy(&mut tar.by_ref().take(MOST / 2), &mut io::sink())?;
    }
    Ok(())
}
