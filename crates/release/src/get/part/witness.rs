use {
    super::{
        job::{Job, Trouble, differs, differs_whole},
        sheet::Sheet,
    },
    crate::{
        error::Error,
        get::shelf::Shelf,
        public::proofs::{HASH_BYTES, PackProof},
    },
    longplay_model::Digest,
    longplay_store::{
        bag::{MANIFEST, Manifest, TAG_MANIFEST, parse_manifest},
        leaves::{LeafFile, files_of_head},
        merkle::root_of,
    },
    std::io::{BufRead, BufReader, Read},
};

/// What is known of a pack, down to something that is trusted.
pub struct Witness {
    pub pack_bytes: u64,
    pub known: Known,
    /// What that is, for people.
    pub against: String,
}

/// How deep the knowledge goes.
pub enum Known {
    /// The hashes of all leaves.
    Leaves(Vec<Digest>),
    /// The hashes of groups of leaves; those of leaves are asked for.
    Groups {
        proof: PackProof,
        groups: Vec<Digest>,
    },
}

/// From the proofs that were released; from the leaf file beside them where that is
/// at hand.
pub fn released(job: &Job, sheet: &Sheet, near: &Shelf) -> Result<Witness, Trouble> {
    let pack = &job.chosen.record.pack;
    let proof = sheet.find(pack)?.0.clone();
    let known = match near.has(&job.below(proof.leaves.as_str())) {
        true => Known::Leaves(leaves_at_hand(job, &proof, near)?),
        false => Known::Groups {
            groups: sheet.groups(job, pack)?,
            proof: proof.clone(),
        },
    };
    Ok(Witness {
        pack_bytes: proof.bytes,
        known,
        against: format!("root {} of {pack} in {}", proof.root, sheet.place()),
    })
}

fn leaves_at_hand(job: &Job, proof: &PackProof, near: &Shelf) -> Result<Vec<Digest>, Trouble> {
    let path = job.below(proof.leaves.as_str());
    let leaves = job.hashes(near, &path, proof.offset, proof.leaves())?;
    match root_of(&leaves) == proof.root {
        true => Ok(leaves),
        false => {
            let end = proof.offset + proof.leaves() * HASH_BYTES;
            let seen = format!("these hashes do not lead to the root of {}", proof.path);
            Err(differs(&near.place(&path), proof.offset..end, seen))
        }
    }
}

/// From the bag of an archive: the leaf file has the digest of the manifest, and that
/// the one of the tag manifest.
pub fn sealed(job: &Job) -> Result<Witness, Trouble> {
    let tags = manifest(job, TAG_MANIFEST, None)?;
    let manifest = manifest(job, MANIFEST, tags.get(MANIFEST))?;
    let pack = format!("data/packs/{}", job.chosen.record.pack);
    let (path, digest) = leaf_file(job, &manifest, &pack)?;
    let file = job.below(&path);
    let bytes = whole(job, &path)?;
    if Digest::of(&bytes) != digest {
        return Err(differs_whole(
            &file,
            "its SHA-256 is not that of the manifest",
        ));
    }
    let leaves = LeafFile::parse(&bytes).map_err(|it| differs_whole(&file, it.to_string()))?;
    let entries = leaves.files.into_iter().zip(leaves.hashes);
    let mut entries = entries.filter(|(entry, _)| entry.path.as_str() == pack);
    let (entry, leaves) = entries
        .next()
        .ok_or_else(|| differs_whole(&file, format!("it tells nothing of {pack}")))?;
    Ok(Witness {
        pack_bytes: entry.bytes,
        known: Known::Leaves(leaves),
        against: format!("{file}, by the manifests of its bag"),
    })
}

fn manifest(job: &Job, name: &str, promised: Option<&Digest>) -> Result<Manifest, Trouble> {
    let path = job.below(name);
    let bytes = whole(job, name)?;
    let is_whole = name == TAG_MANIFEST || promised == Some(&Digest::of(&bytes));
    if !is_whole {
        let seen = format!("its SHA-256 is not that of {TAG_MANIFEST}");
        return Err(differs_whole(&path, seen));
    }
    let text = String::from_utf8(bytes).map_err(|_| differs_whole(&path, "it is no text"))?;
    parse_manifest(&text).map_err(|error| differs_whole(&path, error.to_string()))
}

fn whole(job: &Job, path: &str) -> Result<Vec<u8>, Error> {
    let path = job.below(path);
    let mut bytes = Vec::new();
    let mut source = job.shelf.start(&path, job.client)?;
    let read = source.read_to_end(&mut bytes);
    read.map_err(|source| job.broken(&path, source))?;
    Ok(bytes)
}

/// The leaf file whose first line tells of the pack; else one whose first line cannot
/// be understood, which may be the one.
fn leaf_file(job: &Job, manifest: &Manifest, pack: &str) -> Result<(String, Digest), Trouble> {
    let mut damaged = None;
    let is_leaf_file = |(path, _): &(&String, &Digest)| path.starts_with("data/leaves/");
    for (path, digest) in manifest.iter().filter(is_leaf_file) {
        let found = (path.clone(), *digest);
        match files_of_head(&first_line(job, path)?) {
            Ok(files) if files.iter().any(|entry| entry.path.as_str() == pack) => {
                return Ok(found);
            }
            Ok(_) => {}
            Err(_) => damaged = Some(found),
        }
    }
    damaged.ok_or_else(|| {
        let seen = format!("no leaf file of it tells of {pack}");
        differs_whole(&job.below(MANIFEST), seen)
    })
}

fn first_line(job: &Job, path: &str) -> Result<Vec<u8>, Error> {
    let path = job.below(path);
    let mut line = Vec::new();
    let start = job.shelf.start(&path, job.client)?;
    let read = BufReader::new(start).read_until(b'\n', &mut line);
    read.map_err(|source| job.broken(&path, source))?;
    Ok(line)
}
