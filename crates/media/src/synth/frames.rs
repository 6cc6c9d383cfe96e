//! Containers of plain samples, written by hand.

use super::pcm::Pcm;

/// RIFF/WAVE of 16 bits.
pub(crate) fn wave(pcm: &Pcm) -> Vec<u8> {
    let block = pcm.channels.saturating_mul(2);
    let mut format = Vec::new();
    format.extend(1_u16.to_le_bytes());
    format.extend(pcm.channels.to_le_bytes());
    format.extend(pcm.sample_rate_hz.to_le_bytes());
    format.extend((pcm.sample_rate_hz.saturating_mul(block.into())).to_le_bytes());
    format.extend(block.to_le_bytes());
    format.extend(16_u16.to_le_bytes());
    let data: Vec<u8> = pcm
        .samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    let chunks = [
        chunk(b"fmt ", &format, u32::to_le_bytes),
        chunk(b"data", &data, u32::to_le_bytes),
    ];
    chunk(
        b"RIFF",
        &[b"WAVE", &chunks.concat()[..]].concat(),
        u32::to_le_bytes,
    )
}

/// AIFF of 16 bits.
pub(crate) fn aiff(pcm: &Pcm) -> Vec<u8> {
    let mut common = Vec::new();
    common.extend(pcm.channels.to_be_bytes());
    common.extend((pcm.frames() as u32).to_be_bytes());
    common.extend(16_u16.to_be_bytes());
    common.extend(extended(pcm.sample_rate_hz));
    let samples = pcm.samples.iter().flat_map(|sample| sample.to_be_bytes());
    let sound: Vec<u8> = [0; 8].into_iter().chain(samples).collect();
    let chunks = [
        chunk(b"COMM", &common, u32::to_be_bytes),
        chunk(b"SSND", &sound, u32::to_be_bytes),
    ];
    chunk(
        b"FORM",
        &[b"AIFF", &chunks.concat()[..]].concat(),
        u32::to_be_bytes,
    )
}

fn chunk(id: &[u8; 4], body: &[u8], number: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let padding = &[0][..body.len() % 2];
    [id, &number(body.len() as u32)[..], body, padding].concat()
}

/// A whole number as an 80-bit IEEE 754 extended one.
fn extended(number: u32) -> [u8; 10] {
    let mut bytes = [0; 10];
    if number == 0 {
        return bytes;
    }
    let zeros = number.leading_zeros();
    bytes[..2].copy_from_slice(&(16_383 + 31 - zeros as u16).to_be_bytes());
    bytes[2..6].copy_from_slice(&(number << zeros).to_be_bytes());
    bytes
}
