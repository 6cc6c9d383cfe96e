use std::io;

/// Appends a block: its length, the length packed, and zstd or the bytes
/// themselves where packing does not pay.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    let packed = zstd::bulk::compress(bytes, 1).unwrap_or_default();
    let pays = !packed.is_empty() && packed.len() < bytes.len() - bytes.len() / 8;
    let body = if pays { &packed[..] } else { bytes };
    let mut out = Vec::with_capacity(body.len() + 8);
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend((body.len() as u32).to_le_bytes());
    out.extend(body);
    out
}

/// Takes a block off `packed` and appends its content.
pub(crate) fn unpack(packed: &mut &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let torn = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let (length, rest) = packed.split_first_chunk().ok_or_else(torn)?;
    let (stored, rest) = rest.split_first_chunk().ok_or_else(torn)?;
    let (length, stored) = (u32::from_le_bytes(*length), u32::from_le_bytes(*stored));
    let (body, rest) = rest.split_at_checked(stored as usize).ok_or_else(torn)?;
    *packed = rest;
    if stored == length {
        out.extend(body);
    } else {
        out.extend(zstd::bulk::decompress(body, length as usize)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_and_torn_ones_do_not() {
        for bytes in [b"".to_vec(), vec![7; 5000], (0..=255).collect()] {
            let block = pack(&bytes);
            let mut out = Vec::new();
            unpack(&mut &block[..], &mut out).unwrap();
            assert_eq!(out, bytes);
            assert!(unpack(&mut &block[..block.len().saturating_sub(1)], &mut out).is_err());
        }
    }
}
