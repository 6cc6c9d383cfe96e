//! What a file is, by its content alone: extensions lie.

use {
    crate::{container::mpeg, error::Refusal, trouble::Trouble, window::Window},
    longplay_model::Codec,
};

/// The codec of the sound in a window that stands at its start.
///
/// # Errors
/// [`Trouble::NotAudio`], or [`Trouble::Unsupported`] for audio of a kind that
/// is not taken in. Other container formats with sound and films in them (MP4,
/// Matroska, ASF) are said to be unsupported.
pub(crate) fn sniff(window: &mut Window) -> Result<Codec, Trouble> {
    let head = window.peek(64)?;
    match head.as_slice() {
        [b'f', b'L', b'a', b'C', ..] => Ok(Codec::Flac),
        [b'O', b'g', b'g', b'S', ..] => ogg(&window.peek(4096)?),
        [b'R', b'I', b'F', b'F', ..] | [b'R' | b'B', b'F' | b'W', b'6', b'4', ..] => {
            form(&head, b"WAVE", Codec::Wav)
        }
        [b'F', b'O', b'R', b'M', ..] => {
            form(&head, b"AIFF", Codec::Aiff).or_else(|_| form(&head, b"AIFC", Codec::Aiff))
        }
        _ => refuse_known(&head).and_then(|()| mp3(window)),
    }
}

fn form(head: &[u8], kind: &[u8; 4], codec: Codec) -> Result<Codec, Trouble> {
    match head.get(8..12) {
        Some(found) if found == kind => Ok(codec),
        _ => Err(Trouble::NotAudio),
    }
}

/// The codec named by the first packet of any stream that begins here.
fn ogg(pages: &[u8]) -> Result<Codec, Trouble> {
    let mut rest = pages;
    let mut other = Err(Trouble::NotAudio);
    while let Some(page) = rest.strip_prefix(b"OggS") {
        let Some(laces) = page.get(22).map(|count| usize::from(*count)) else {
            break;
        };
        let Some(body) = page.get(23 + laces..) else {
            break;
        };
        match body {
            [1, b'v', b'o', b'r', b'b', b'i', b's', ..] => return Ok(Codec::Vorbis),
            [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', ..] => return Ok(Codec::Opus),
            [0x7f, b'F', b'L', b'A', b'C', ..] => other = unsupported("FLAC in Ogg"),
            [b'S', b'p', b'e', b'e', b'x', ..] => other = unsupported("Speex"),
            _ => {}
        }
        let length: usize = page[23..23 + laces]
            .iter()
            .map(|lace| usize::from(*lace))
            .sum();
        rest = body.get(length..).unwrap_or_default();
    }
    other
}

fn unsupported<T>(name: &'static str) -> Result<T, Trouble> {
    Err(Trouble::Unsupported(Refusal::Codec(name)))
}

fn refuse_known(head: &[u8]) -> Result<(), Trouble> {
    let at = |offset: usize, mark: &[u8]| {
        head.get(offset..)
            .is_some_and(|rest| rest.starts_with(mark))
    };
    let known: [(usize, &[u8], &'static str); 9] = [
        (4, b"ftyp", "in an MP4 file"),
        (0, b"\x1a\x45\xdf\xa3", "in a Matroska file"),
        (
            0,
            b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
            "in an ASF file (Windows Media)",
        ),
        (0, b"MAC ", "Monkey's Audio"),
        (0, b"wvpk", "WavPack"),
        (0, b"MPCK", "Musepack"),
        (0, b"MP+", "Musepack"),
        (0, b"TTA1", "True Audio"),
        (0, b"DSD ", "DSD"),
    ];
    match known.iter().find(|(offset, mark, _)| at(*offset, mark)) {
        Some((_, _, name)) => unsupported(name),
        None => Ok(()),
    }
}

fn mp3(window: &mut Window) -> Result<Codec, Trouble> {
    match mpeg::find_first(window)? {
        Some(_) => Ok(Codec::Mp3),
        None => Err(Trouble::NotAudio),
    }
}
