use {
    super::{http::Client, options::GetOptions, shelf::Shelf, source::From},
    crate::error::Error,
    longplay_model::{Digest, IndexRecord, Monitor},
    longplay_store::durable::{remove_if_present, rename_new, temporary_of},
    sha2::{Digest as _, Sha256},
    std::{
        fs::File,
        io::{Read, Write},
        path::{Path, PathBuf},
    },
};

/// How the copy turned out.
pub enum Copied {
    Whole(PathBuf),
    /// In what way the bytes are not those of the record.
    Differs(String),
}

/// Reads the bytes of `record` into a file in `out`, which gets its name once
/// they are whole, right and on the disk.
pub fn copy(
    tranche: &str,
    record: &IndexRecord,
    from: &From,
    out: &Path,
    options: &GetOptions,
    client: &Client,
    monitor: &dyn Monitor,
) -> Result<Copied, Error> {
    let name = record.path.as_str().rsplit('/').next().unwrap_or_default();
    let path = out.join(name);
    if path.symlink_metadata().is_ok() {
        return match digest_of(&path)? == record.sha256 {
            true => Ok(Copied::Whole(path)),
            false => Err(Error::KeepOutput { path }),
        };
    }
    let temporary = PathBuf::from(temporary_of(&path));
    let pack = format!("{tranche}/data/packs/{}", record.pack);
    let end = record.offset.saturating_add(record.length);
    let source = Shelf::of(from).range(&pack, record.offset..end, options, client)?;
    let copied = keep(source, record, &temporary, monitor);
    match copied {
        Ok(None) => {
            rename_new(&temporary, &path)?;
            Ok(Copied::Whole(path))
        }
        Ok(Some(seen)) => {
            remove_if_present(&temporary)?;
            Ok(Copied::Differs(seen))
        }
        Err(error) => {
            // The first failure is the one to tell.
            let _ = remove_if_present(&temporary);
            Err(error)
        }
    }
}

pub fn digest_of(path: &Path) -> Result<Digest, Error> {
    let failed = |source| Error::Read {
        path: path.into(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(hasher.into()),
            read => hasher.update(&buffer[..read]),
        }
    }
}

/// Writes what comes and says how it differs from the record, if it does.
fn keep(
    mut source: Box<dyn Read>,
    record: &IndexRecord,
    temporary: &Path,
    monitor: &dyn Monitor,
) -> Result<Option<String>, Error> {
    let failed = |source| Error::Write {
        path: temporary.into(),
        source,
    };
    let mut file = File::create(temporary).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut bytes = 0u64;
    let mut buffer = vec![0; 64 << 10];
    loop {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let read = source
            .read(&mut buffer)
            .map_err(|source| Error::ReadStream {
                place: record.pack.clone(),
                source,
            })?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        file.write_all(&buffer[..read]).map_err(failed)?;
        monitor.advance(read as u64);
        bytes += read as u64;
    }
    file.sync_all().map_err(failed)?;
    Ok(difference(record, bytes, hasher.into()))
}

fn difference(record: &IndexRecord, bytes: u64, found: Digest) -> Option<String> {
    let expected = record.sha256;
    match bytes == record.length {
        false => Some(format!("{bytes} bytes instead of {}", record.length)),
        true if found != expected => Some(format!("SHA-256 {found} instead of {expected}")),
        true => None,
    }
}
