//! A whole history of an archive whose tranches lie in a bucket, before a real store:
//! sealed, verified, damaged there, found, healed byte for byte, and one track fetched.
//!
//! ```sh
//! AWS_ENDPOINT_URL=http://127.0.0.1:3900 AWS_REGION=garage \
//!   AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… \
//!   cargo run --release -p longplay-objects --example history -- s3://bucket/prefix DIR BYTES
//! ```

use {
    longplay_model::{
        Access, ByteSize, Codec, Digest, Event, FixedClock, Form, How, Receipt, RecordingId,
        Silent, Timestamp, TrackId,
    },
    longplay_objects::{Bucket, Buckets, Key, VARIABLES},
    longplay_store::{
        Config, Home, Mode, TrancheStore, Unhurried, VerifyOptions,
        disk::Location,
        facts::Folders,
        pack::read_index,
        plan_repair, repair,
        seal::{Payload, SealRequest, execute, plan},
        verify,
    },
    std::{
        collections::BTreeMap,
        env,
        error::Error,
        io::{Read, Write},
        path::PathBuf,
        time::Instant,
    },
};

type Done<T = ()> = Result<T, Box<dyn Error>>;

const BLOB_BYTES: u64 = 4 << 20;
const NAME: &str = "0001-audio-open";

fn main() -> Done {
    let words: Vec<String> = env::args().skip(1).collect();
    let [at, dir, bytes] = &words[..] else {
        return Err("history s3://bucket/prefix DIR BYTES".into());
    };
    let variables = VARIABLES.into_iter();
    let variables = variables.filter_map(|name| Some((name.to_owned(), env::var(name).ok()?)));
    let stores = Buckets::new(variables.collect());
    let store = TrancheStore {
        at: at.clone(),
        endpoint: None,
        region: None,
    };
    let bucket = stores.open(&store)?;
    let clock = FixedClock(Timestamp::from_unix_seconds(1_750_000_000));
    let mut config = Config::new("History");
    config.pack_bytes = ByteSize(64 << 20);
    config.recovery = longplay_store::Recovery { k: 4, m: 2 };
    config.tranches = Some(store);
    let root = PathBuf::from(dir);
    drop(Home::create_with(&root, &config, &stores, &clock)?);
    let home = Home::open_with(&root, Mode::Write, &stores, &Silent)?;

    stage(&home, bytes.parse()?, &clock)?;
    timed("seal, bring, read back", || {
        let request = SealRequest {
            clock: Timestamp::from_unix_seconds(1_750_000_000),
            payload: Payload::Staged,
            software: "longplay history".into(),
        };
        let summary = execute(&home, &plan(&home, &request)?, &clock, &Silent)?;
        let sealed = summary.tranches.iter();
        Ok(sealed.map(|it| it.bytes + it.recovery_bytes).sum())
    })?;
    let before = digests(&bucket)?;
    let total = before.values().map(|(_, bytes)| bytes).sum();
    timed("verify", || look(&home, true).map(|()| total))?;

    damage(&bucket)?;
    timed("verify, damaged", || look(&home, false).map(|()| total))?;
    timed("repair", || heal(&home))?;
    match digests(&bucket)? == before {
        true => println!("every object is as it was sealed, byte for byte"),
        false => return Err("objects differ from what was sealed".into()),
    }
    look(&home, true)?;
    timed("one track, one request", || one_track(&home.tranches_dir()))?;
    let left = bucket.uploads()?.len();
    println!("unfinished uploads: {left}");
    Ok(())
}

fn timed(what: &str, act: impl FnOnce() -> Done<u64>) -> Done {
    let start = Instant::now();
    let bytes = act()?;
    let seconds = start.elapsed().as_secs_f64();
    let rate = bytes as f64 / seconds / 1e6;
    println!("{what:<24} {bytes:>12} bytes {seconds:>8.3} s {rate:>8.1} MB/s");
    Ok(())
}

fn look(home: &Home, is_sound: bool) -> Done {
    let report = verify(home, &VerifyOptions::default(), &Unhurried, &Silent)?;
    for finding in report.findings() {
        println!("  {} {}: {}", finding.code, finding.subject, finding.seen);
    }
    match report.is_sound() == is_sound {
        true => Ok(()),
        false => Err("verify did not find what was there".into()),
    }
}

fn pack(number: u32) -> Done<Key> {
    Ok(format!("{NAME}/data/packs/{NAME}-{number:06}.tar").parse()?)
}

/// A flipped bit, a lost object, one cut short, and a lost manifest.
fn damage(bucket: &Bucket) -> Done {
    let change = |number, change: fn(&mut Vec<u8>)| -> Done {
        let mut bytes = bucket.get(&pack(number)?)?.to_vec();
        change(&mut bytes);
        Ok(bucket.put(&pack(number)?, bytes.len() as u64, &mut &bytes[..])?)
    };
    change(0, |bytes| bytes[1_000_000] ^= 1)?;
    bucket.remove(&pack(1)?)?;
    change(2, |bytes| bytes.truncate(3_000_000))?;
    Ok(bucket.remove(&format!("{NAME}/manifest-sha256.txt").parse()?)?)
}

fn heal(home: &Home) -> Done<u64> {
    let report = verify(home, &VerifyOptions::default(), &Unhurried, &Silent)?;
    let mut written = 0;
    for tranche in &report.tranches {
        let folders = Folders {
            data: home.tranches_dir().join(&tranche.name),
            recovery: Some(
                home.tranches_dir()
                    .join(format!("{}-recovery", tranche.name)),
            ),
            volumes: home.volumes().clone(),
        };
        let summary = repair(&folders, &plan_repair(tranche), None, &Silent)?;
        if !summary.is_whole() {
            return Err("not everything could be healed".into());
        }
        written += summary.bytes_written;
    }
    Ok(written)
}

/// Digest and length of every object, by key.
fn digests(bucket: &Bucket) -> Done<BTreeMap<Key, (Digest, u64)>> {
    let objects = bucket.objects(None)?.into_iter();
    objects
        .map(|object| {
            let digest = Digest::of(&bucket.get(&object.key)?);
            Ok((object.key, (digest, object.bytes)))
        })
        .collect()
}

/// The third item of the first pack, by its place in the pack's index.
fn one_track(tranches: &Location) -> Done<u64> {
    let location = tranches.join(pack(0)?.as_str());
    let index = read_index(&mut location.stream()?)?;
    let record = index.records.get(2).ok_or("the pack has no third item")?;
    let mut bytes = Vec::new();
    let range = record.offset..record.offset + record.length;
    location.range(range)?.read_to_end(&mut bytes)?;
    match Digest::of(&bytes) == record.sha256 {
        true => Ok(record.length),
        false => Err("the track has another digest".into()),
    }
}

fn stage(home: &Home, bytes: u64, clock: &FixedClock) -> Done {
    let mut noise = Noise(7);
    let mut events = Vec::new();
    for number in 0..bytes.div_ceil(BLOB_BYTES) {
        let length = BLOB_BYTES - number % 7 * (BLOB_BYTES / 16);
        let mut writer = home.staging().create()?;
        writer.write_all(&noise.bytes(length))?;
        let (blob, length) = writer.finish()?;
        events.push(Event::Ingestion {
            receipt: Box::new(receipt(number, blob, length)?),
        });
    }
    Ok(home.record_all(events, clock)?)
}

/// SplitMix64.
struct Noise(u64);

impl Noise {
    fn bytes(&mut self, length: u64) -> Vec<u8> {
        let words = (0..length.div_ceil(8)).flat_map(|_| self.next().to_le_bytes());
        words.take(length as usize).collect()
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

fn receipt(number: u64, blob: Digest, bytes: u64) -> Done<Receipt> {
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
        rights: Some(longplay_model::RightsStatement {
            uri: "https://creativecommons.org/publicdomain/zero/1.0/".parse()?,
            basis: "made in code".into(),
        }),
        access: Access::Open,
    })
}
