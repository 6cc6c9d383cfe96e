//! Whether a tranche that the journal does not know may be removed: only when all
//! that it holds is elsewhere.

use {
    crate::{
        bag::{MANIFEST, TAG_MANIFEST, parse_manifest},
        disk::Location,
        error::Error,
        names::INDEX,
        pack::MOST_LINE_BYTES,
        seal::{
            plan::{catalog_of, hash},
            request::Payload,
        },
        staging::Staging,
    },
    longplay_model::{Digest, IndexRecord, MemberKind},
    std::io::{BufRead, BufReader, Read},
};

/// Whether staging holds all audio and covers of the tranche whose bag is at `bag`,
/// in their lengths. `false` also where the bag does not tell for certain: its tag
/// manifest, its manifest and its index have to agree.
pub fn staging_has_all(staging: &Staging, bag: &Location) -> bool {
    let Some(manifest) = manifest_of(bag) else {
        return false;
    };
    let digest = digest_in(&manifest, INDEX);
    let index = bag.join(INDEX);
    // Once for its digest, and once for its lines: it may be as long as the tranche
    // has members.
    if digest.is_none() || hash(&index).ok().map(|source| source.digest) != digest {
        return false;
    }
    index
        .stream()
        .is_ok_and(|lines| lines_are_staged(staging, lines))
}

/// Whether the files of the metadata tranche whose bag is at `bag` are among those
/// that `payload` seals.
pub fn payload_has_all(payload: &Payload, bag: &Location) -> Result<bool, Error> {
    let Payload::Files { files, .. } = payload else {
        return Ok(false);
    };
    let Some(mut wanted) = manifest_of(bag).and_then(|manifest| catalog_of(&manifest)) else {
        return Ok(false);
    };
    for (name, location) in files {
        let path = format!("data/catalog/{name}");
        if let Some(digest) = wanted.get(&path)
            && hash(location)?.digest == *digest
        {
            wanted.remove(&path);
        }
    }
    Ok(wanted.is_empty())
}

/// The bytes of the manifest, where the tag manifest says the same of them.
fn manifest_of(bag: &Location) -> Option<Vec<u8>> {
    let tags = bag.join(TAG_MANIFEST).read().ok()?;
    let manifest = bag.join(MANIFEST).read().ok()?;
    let is_whole = digest_in(&tags, MANIFEST) == Some(Digest::of(&manifest));
    is_whole.then_some(manifest)
}

fn digest_in(manifest: &[u8], path: &str) -> Option<Digest> {
    let manifest = parse_manifest(std::str::from_utf8(manifest).ok()?).ok()?;
    let mut lines = manifest.into_iter();
    lines.find_map(|(found, digest)| (found == path).then_some(digest))
}

fn lines_are_staged(staging: &Staging, lines: impl Read) -> bool {
    let (mut reader, mut line) = (BufReader::new(lines), Vec::new());
    loop {
        line.clear();
        let read = reader
            .by_ref()
            .take(MOST_LINE_BYTES)
            .read_until(b'\n', &mut line);
        match read {
            Ok(0) => return true,
            Ok(_) if line.starts_with(br#"{"longplay":"#) => {}
            Ok(_) => match serde_json::from_slice::<IndexRecord>(&line) {
                Ok(record) if record.kind == MemberKind::Fingerprints => {}
                Ok(record) if staging.length(&record.sha256) == Some(record.length) => {}
                _ => return false,
            },
            Err(_) => return false,
        }
    }
}
