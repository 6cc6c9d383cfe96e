use {
    crate::seekable::behind,
    std::{cell::RefCell, io},
    zstd::bulk::{Compressor, Decompressor},
};

/// Of zstd: below zero it leaves literals as they are, which halves the time and
/// takes a sixth more room for a while.
const LEVEL: i32 = -2;

thread_local! {
    // Made once a thread: their tables are larger than most blocks.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Does `work` with the value of this thread, which is made where it is not
/// there yet.
fn with<T, U>(
    slot: &RefCell<Option<T>>,
    make: impl FnOnce() -> io::Result<T>,
    work: impl FnOnce(&mut T) -> io::Result<U>,
) -> io::Result<U> {
    let mut slot = slot.borrow_mut();
    let value = match slot.take() {
        Some(value) => value,
        None => make()?,
    };
    work(slot.insert(value))
}

/// A block begins with its length and how many bytes of it follow.
const HEAD: usize = 8;

/// A block: zstd, or the bytes themselves where packing does not pay.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut out = headed(bytes, zstd::zstd_safe::compress_bound(bytes.len()));
    let packed = COMPRESSOR.with(|slot| {
        let make = || Compressor::new(LEVEL);
        let mut behind = behind(&mut out);
        with(slot, make, |it| it.compress_to_buffer(bytes, &mut behind))
    });
    if packed.is_err() || out.len() - HEAD >= bytes.len() - bytes.len() / 8 {
        return plain(bytes);
    }
    let stored = (out.len() - HEAD) as u32;
    out[4..HEAD].copy_from_slice(&stored.to_le_bytes());
    out
}

/// A block of the bytes themselves.
pub(crate) fn plain(bytes: &[u8]) -> Vec<u8> {
    let mut out = headed(bytes, bytes.len());
    out.extend_from_slice(bytes);
    out
}

/// What stands before `bytes` where a block holds them as they are.
pub(crate) fn plain_head(bytes: &[u8]) -> [u8; HEAD] {
    let length = u64::from(bytes.len() as u32);
    (length | length << 32).to_le_bytes()
}

/// The same, with room behind it.
fn headed(bytes: &[u8], room: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEAD + room);
    out.extend(plain_head(bytes));
    out
}

/// Takes a block off `packed` and appends its content.
pub(crate) fn unpack(packed: &mut &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let torn = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let (length, rest) = packed.split_first_chunk().ok_or_else(torn)?;
    let (stored, rest) = rest.split_first_chunk().ok_or_else(torn)?;
    let length = u32::from_le_bytes(*length) as usize;
    let stored = u32::from_le_bytes(*stored) as usize;
    let (body, rest) = rest.split_at_checked(stored).ok_or_else(torn)?;
    *packed = rest;
    if stored == length {
        out.extend(body);
        return Ok(());
    }
    out.reserve_exact(length);
    let got = DECOMPRESSOR.with(|slot| {
        let mut behind = behind(out);
        with(slot, Decompressor::new, |it| {
            it.decompress_to_buffer(body, &mut behind)
        })
    })?;
    match got == length {
        true => Ok(()),
        false => Err(torn()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_and_torn_ones_do_not() {
        for bytes in [b"".to_vec(), vec![7; 5000], (0..=255).collect()] {
            for block in [pack(&bytes), plain(&bytes)] {
                let mut out = Vec::new();
                unpack(&mut &block[..], &mut out).unwrap();
                assert_eq!(out, bytes);
                assert!(unpack(&mut &block[..block.len().saturating_sub(1)], &mut out).is_err());
            }
        }
    }
}
