//! Ogg (RFC 3533): pages with a CRC each, packets laced through them.

use {
    crate::{
        error::{Fault, Shortfall},
        limits,
        trouble::Trouble,
        window::Window,
    },
    std::io::Read as _,
};

/// One page whose CRC has been checked.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) at: u64,
    flags: u8,
    /// Position at the end of the last packet that ends here; -1: none does.
    pub(crate) granule: i64,
    pub(crate) serial: u32,
    sequence: u32,
    lacing: Vec<u8>,
    body: Vec<u8>,
}

impl Page {
    pub(crate) fn begins_stream(&self) -> bool {
        self.flags & 2 != 0
    }

    pub(crate) fn ends_stream(&self) -> bool {
        self.flags & 4 != 0
    }

    fn continues(&self) -> bool {
        self.flags & 1 != 0
    }
}

/// The packets that end in one page.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) packets: Vec<Vec<u8>>,
    pub(crate) granule: i64,
    pub(crate) begins: bool,
    pub(crate) ends: bool,
    pub(crate) serial: u32,
}

/// Reads the packets of one logical stream, and of those chained behind it.
#[derive(Debug)]
pub(crate) struct Packets {
    window: Window,
    serial: Option<u32>,
    next_sequence: u32,
    unfinished: Vec<u8>,
    skipping: bool,
    ended: bool,
    bytes: u64,
    /// The first jump in the page numbers. Taggers misnumber pages, so it is
    /// damage only if samples are missing too.
    pub(crate) gap: Option<Fault>,
}

impl Packets {
    pub(crate) fn open(mut window: Window) -> Result<Self, Trouble> {
        window.drop_trailing_tags()?;
        Ok(Self {
            window,
            serial: None,
            next_sequence: 0,
            unfinished: Vec::new(),
            skipping: false,
            ended: false,
            bytes: 0,
            gap: None,
        })
    }

    pub(crate) fn into_window(self) -> Window {
        self.window
    }

    /// Bytes of pages read of the stream.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes up the stream that this batch begins.
    pub(crate) fn follow(&mut self, batch: &Batch) {
        self.serial = Some(batch.serial);
        self.next_sequence = 1;
        self.ended = batch.ends;
    }

    /// The next page of the stream that is followed, or the beginning of any
    /// other once it has ended. None at the end of the file.
    ///
    /// # Errors
    /// [`Shortfall::NoEndOfStream`] if the file ends before the stream does.
    pub(crate) fn next(&mut self) -> Result<Option<Batch>, Trouble> {
        while let Some(page) = next_page(&mut self.window)? {
            let ours = self.serial == Some(page.serial) && !self.ended;
            let new = page.begins_stream() && (self.serial.is_none() || self.ended);
            if ours || new {
                return self.unlace(page).map(Some);
            }
        }
        if self.ended || self.serial.is_none() {
            return Ok(None);
        }
        Err(Trouble::Truncated(Shortfall::NoEndOfStream))
    }

    fn unlace(&mut self, page: Page) -> Result<Batch, Trouble> {
        self.bytes += (27 + page.lacing.len() + page.body.len()) as u64;
        if !page.begins_stream() {
            self.check_sequence(&page);
        }
        if !page.continues() {
            self.unfinished.clear();
            self.skipping = false;
        }
        let packets = self.packets_of(&page)?;
        self.ended = page.ends_stream() && self.serial == Some(page.serial);
        Ok(Batch {
            packets,
            granule: page.granule,
            begins: page.begins_stream(),
            ends: page.ends_stream(),
            serial: page.serial,
        })
    }

    fn check_sequence(&mut self, page: &Page) {
        let (expected, found) = (self.next_sequence, page.sequence);
        if expected != found {
            let at = page.at;
            self.gap.get_or_insert(Fault::MissingPage {
                expected,
                found,
                at,
            });
            self.unfinished.clear();
            self.skipping = page.continues();
        }
        self.next_sequence = found.wrapping_add(1);
    }

    fn packets_of(&mut self, page: &Page) -> Result<Vec<Vec<u8>>, Trouble> {
        let (mut packets, mut at) = (Vec::new(), 0);
        for lace in &page.lacing {
            let end = at + usize::from(*lace);
            let part = page.body.get(at..end).unwrap_or_default();
            self.unfinished.extend_from_slice(part);
            at = end;
            if self.unfinished.len() > limits::OGG_PACKET_BYTES {
                return Err(Trouble::structure("an oversized Ogg packet", page.at));
            }
            if *lace < 255 {
                let packet = std::mem::take(&mut self.unfinished);
                let whole = !std::mem::take(&mut self.skipping);
                packets.extend(whole.then_some(packet));
            }
        }
        Ok(packets)
    }
}

/// Reads the page that begins here; none at the end or where only junk follows.
fn next_page(window: &mut Window) -> Result<Option<Page>, Trouble> {
    let at = window.position();
    if window.left() == 0 {
        return Ok(None);
    }
    let head = window.peek(27)?;
    if !head.starts_with(&CAPTURE[..head.len().min(4)]) {
        return no_page(window, at);
    }
    read_page(window, at)
        .map(Some)
        .map_err(|trouble| match trouble {
            Trouble::Truncated(_) => Trouble::Truncated(Shortfall::LastPage { at }),
            other => other,
        })
}

/// Junk behind the last page is skipped by players; junk between pages is damage.
fn no_page(window: &mut Window, at: u64) -> Result<Option<Page>, Trouble> {
    let junk = window.peek(JUNK_BYTES)?;
    if junk.windows(4).any(|four| four == CAPTURE) {
        return Err(Trouble::structure("no Ogg page", at));
    }
    Ok(None)
}

const CAPTURE: &[u8; 4] = b"OggS";
const JUNK_BYTES: usize = 256 << 10;

fn read_page(window: &mut Window, at: u64) -> Result<Page, Trouble> {
    let mut head = window.array::<27>()?;
    let mut lacing = vec![0; usize::from(head[26])];
    window.read_exact(&mut lacing)?;
    let mut body = vec![0; lacing.iter().map(|lace| usize::from(*lace)).sum()];
    window.read_exact(&mut body)?;
    let stored = [head[22], head[23], head[24], head[25]];
    head[22..26].fill(0);
    let crc = [&head[..], &lacing, &body].into_iter().fold(0, checksum);
    if crc.to_le_bytes() != stored {
        return Err(Trouble::Decode(Fault::PageChecksum { at }));
    }
    let field = |from: usize| [0, 1, 2, 3].map(|i| head[from + i]);
    Ok(Page {
        at,
        flags: head[5],
        granule: i64::from(u32::from_le_bytes(field(6)))
            | i64::from(i32::from_le_bytes(field(10))) << 32,
        serial: u32::from_le_bytes(field(14)),
        sequence: u32::from_le_bytes(field(18)),
        lacing,
        body,
    })
}

/// CRC-32 of RFC 3533 §6: polynomial 0x04c11db7, not reflected, from 0.
pub(crate) fn checksum(crc: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(crc, |crc, byte| {
        let index = (crc >> 24) as u8 ^ byte;
        crc << 8 ^ TABLE[usize::from(index)]
    })
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = (index as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = crc << 1 ^ if crc >> 31 == 1 { 0x04c1_1db7 } else { 0 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

/// Granule position of the last page of `serial` that has one, found from the
/// end of the file. None if the last 128 KiB hold no such page.
pub(crate) fn last_granule(window: &mut Window, serial: u32) -> Result<Option<i64>, Trouble> {
    let from = window.position();
    window.go(window.end().saturating_sub(TAIL_BYTES).max(window.start()))?;
    let tail = window.peek(TAIL_BYTES as usize)?;
    window.go(from)?;
    let pages = tail.windows(27).filter(|head| head.starts_with(CAPTURE));
    let ours = pages.filter(|head| head[14..18] == serial.to_le_bytes());
    let granules = ours.filter_map(|head| Some(i64::from_le_bytes(*head[6..].first_chunk()?)));
    Ok(granules.rev().find(|granule| *granule >= 0))
}

/// Two pages of the largest size.
const TAIL_BYTES: u64 = 128 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_has_no_reflection_and_starts_at_zero() {
        // The catalogued check value of CRC-32/MPEG-2 without its seed.
        assert_eq!(checksum(0, b"123456789"), 0x89a1_897f);
        assert_eq!(checksum(checksum(0, b"1234"), b"56789"), 0x89a1_897f);
    }
}
