use {
    crate::{
        disk::{Location, Stream},
        durable::{create_dir, put_in_place, remove_if_present, replace, temporary_of},
        error::Error,
        facts::{Bag, Folders, Place, observe::Bytes},
        leaves::{LeafEntry, LeafFile},
        merkle::{LEAF_BYTES, LeafHasher},
        repair::{donor::Donor, fetch::Refusals},
        verify::{
            Examined,
            shard::Shard,
            small::{Remedy, Small, entry_seen, join_indexes, shards_of},
        },
    },
    longplay_model::{Digest, Monitor},
    std::io::{BufWriter, Write},
};

/// A longer small file is not fetched.
const MOST_SMALL_BYTES: u64 = 1 << 30;

/// Makes those small files again that can be made now; gives the places that
/// were written.
pub fn mend(
    examined: &Examined,
    folders: &Folders,
    monitor: &dyn Monitor,
) -> Result<Vec<Place>, Error> {
    let mut written = Vec::new();
    for small in examined.smalls.iter().filter(|small| !small.is_sound()) {
        let Some(path) = folders.location_of(&small.place) else {
            continue;
        };
        if write(examined, small, &path, monitor)? {
            written.push(small.place.clone());
        }
    }
    Ok(written)
}

/// Takes from another copy those small files that cannot be made again and
/// whose digest is known; gives those that came.
pub fn fetch_small(
    examined: &Examined,
    folders: &Folders,
    donor: &dyn Donor,
    refusals: &mut Refusals,
) -> Result<Vec<Place>, Error> {
    let mut written = Vec::new();
    for small in examined.smalls.iter().filter(|small| !small.is_sound()) {
        let Some((path, digest)) = folders.location_of(&small.place).zip(small.digest) else {
            continue;
        };
        let subject = small.place.subject(&examined.survey.facts.tranche);
        let seen = match donor.whole(&subject, MOST_SMALL_BYTES) {
            Ok(bytes) if Digest::of(&bytes) == digest => {
                put(&path, &bytes)?;
                written.push(small.place.clone());
                continue;
            }
            Ok(_) => "its bytes have another digest".into(),
            Err(reason) => reason,
        };
        refusals.insert(subject, seen);
    }
    Ok(written)
}

fn write(
    examined: &Examined,
    small: &Small,
    path: &Location,
    monitor: &dyn Monitor,
) -> Result<bool, Error> {
    match &small.remedy {
        Remedy::Nothing => Ok(false),
        Remedy::Write(text) => put(path, text),
        Remedy::JoinIndexes => write_index(examined, path),
        Remedy::HashStripe(stripe) => {
            match leaf_file(examined, small.place.bag, *stripe, monitor)? {
                Some(file) => put(path, &file.to_bytes()),
                None => Ok(false),
            }
        }
    }
}

fn put(path: &Location, bytes: &[u8]) -> Result<bool, Error> {
    create_dir(path.folder())?;
    replace(path, bytes)?;
    Ok(true)
}

/// The leaf file of a stripe by hashing, when all its files are whole.
fn leaf_file(
    examined: &Examined,
    bag: Bag,
    stripe: u32,
    monitor: &dyn Monitor,
) -> Result<Option<LeafFile>, Error> {
    let mut file = LeafFile {
        tranche: examined.survey.facts.tranche.clone(),
        stripe,
        files: Vec::new(),
        hashes: Vec::new(),
    };
    for shard in shards_of(&examined.shards, bag, stripe) {
        let Some((entry, hashes)) = hashed(examined, shard, monitor)? else {
            return Ok(None);
        };
        file.files.push(entry);
        file.hashes.push(hashes);
    }
    Ok(Some(file))
}

fn hashed(
    examined: &Examined,
    shard: &Shard,
    monitor: &dyn Monitor,
) -> Result<Option<(LeafEntry, Vec<Digest>)>, Error> {
    let survey = &examined.survey;
    let found = survey.file(&shard.place).filter(|_| shard.is_sound());
    let seen = survey.seen.get(&shard.place);
    let Some((found, seen)) = found.zip(seen) else {
        return Ok(None);
    };
    let Some(entry) = entry_seen(&shard.place, seen) else {
        return Ok(None);
    };
    let hashes = leaves(&found.location, monitor)?;
    // The disk may give other bytes the second time.
    let agrees = crate::merkle::root_of(&hashes) == entry.root;
    Ok(agrees.then_some((entry, hashes)))
}

fn leaves(location: &Location, monitor: &dyn Monitor) -> Result<Vec<Digest>, Error> {
    let file = Bytes::open(location)?;
    let (mut hasher, mut at) = (LeafHasher::new(), 0);
    let mut buffer = vec![0; 64 * LEAF_BYTES as usize];
    while at < file.bytes {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let length = (file.bytes - at).min(buffer.len() as u64) as usize;
        file.read_at(at, &mut buffer[..length]);
        hasher.update(&buffer[..length]);
        at += length as u64;
    }
    Ok(hasher.finish())
}

/// The index is written as it is read: it may be long.
fn write_index(examined: &Examined, path: &Location) -> Result<bool, Error> {
    create_dir(path.folder())?;
    let temporary = temporary_of(path);
    let failed = |source| Error::write(path, source);
    let mut out = BufWriter::new(temporary.create().map(Stream::new).map_err(failed)?);
    let complete = join_indexes(&examined.survey, &examined.shards, &mut out).map_err(failed)?;
    out.flush().map_err(failed)?;
    if !complete {
        remove_if_present(&temporary)?;
        return Ok(false);
    }
    out.get_ref().file().sync().map_err(failed)?;
    put_in_place(&temporary, path)?;
    Ok(true)
}
