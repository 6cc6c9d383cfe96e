//! Puts random blobs into the staging of an archive, as if they had been taken in:
//! what the bench of sealing, verifying and repairing works on. Where there is no
//! archive it makes one of a single stripe of 20+4.
//!
//! ```sh
//! cargo run --release -p longplay-store --example stage -- DIR BYTES BLOB_BYTES
//! ```

use {
    longplay_model::{
        Access, Codec, Digest, Event, FixedClock, Form, How, Receipt, RecordingId, RightsStatement,
        Silent, Timestamp, TrackId,
    },
    longplay_store::{Config, Home, Mode},
    std::{env, error::Error, io::Write, path::PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [dir, bytes, blob_bytes] = &words[..] else {
        return Err("stage DIR BYTES BLOB_BYTES".into());
    };
    let (bytes, blob_bytes): (u64, u64) = (bytes.parse()?, blob_bytes.parse()?);
    let clock = FixedClock(Timestamp::from_unix_seconds(1_750_000_000));
    let dir = PathBuf::from(dir);
    if !dir.exists() {
        let mut config = Config::new("bench");
        config.pack_bytes.0 = bytes / u64::from(config.recovery.k) + blob_bytes;
        Home::create(&dir, &config, &clock)?;
    }
    let home = Home::open(dir, Mode::Write, &Silent)?;
    let mut noise = Noise(7);
    let mut events = Vec::new();
    for number in 0..bytes.div_ceil(blob_bytes) {
        // Lengths differ, as those of tracks do.
        let length = blob_bytes - number % 7 * (blob_bytes / 16);
        let mut writer = home.staging().create()?;
        writer.write_all(&noise.bytes(length))?;
        let (blob, length) = writer.finish()?;
        events.push(Event::Ingestion {
            receipt: Box::new(receipt(number, blob, length)?),
        });
    }
    println!("{} blobs", events.len());
    home.record_all(events, &clock)?;
    Ok(())
}

/// SplitMix64.
struct Noise(u64);

impl Noise {
    fn bytes(&mut self, length: u64) -> Vec<u8> {
        let words = (0..length.div_ceil(8)).flat_map(|_| self.next().to_le_bytes());
        let mut bytes: Vec<u8> = words.collect();
        bytes.truncate(length as usize);
        bytes
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

fn receipt(number: u64, blob: Digest, bytes: u64) -> Result<Receipt, Box<dyn Error>> {
    let track = TrackId::of_blob(&blob, 1);
    Ok(Receipt {
        track,
        recording: RecordingId::of_track(&track),
        how: How::Blob,
        order: number,
        form: Form::Original,
        blob,
        bytes,
        codec: Codec::Flac,
        duration_ms: 200_000,
        sample_rate_hz: 44_100,
        channels: 2,
        bit_rate: 800_000,
        source_path: format!("{number}.flac"),
        source: blob,
        source_bytes: bytes,
        encoder: None,
        title: format!("Noise {number}"),
        artist: "Splitmix".into(),
        release: None,
        release_artist: None,
        date: None,
        disc: None,
        position: None,
        isrcs: Vec::new(),
        cover: None,
        fingerprint: None,
        rights: Some(RightsStatement {
            uri: "https://creativecommons.org/publicdomain/zero/1.0/".parse()?,
            basis: "made in code".into(),
        }),
        access: Access::Open,
    })
}
