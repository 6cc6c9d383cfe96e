use {
    super::job::{Job, Trouble, differs, differs_whole},
    crate::{
        error::Error,
        get::{http::Client, shelf::Shelf},
        public::proofs::{HASH_BYTES, PackProof, ProofsHead, proofs_of},
    },
    longplay_model::Digest,
    std::io::{BufRead, BufReader, Read},
};

/// The proofs of a tranche, of which the first line was read.
pub struct Sheet {
    shelf: Shelf,
    name: String,
    head: ProofsHead,
}

/// No first line is longer: it would tell of a hundred thousand packs.
const MOST_BYTES: u64 = 64 << 20;

impl Sheet {
    /// Reads the first line and nothing after it.
    pub fn open(shelf: Shelf, tranche: &str, client: &Client) -> Result<Self, Trouble> {
        let name = proofs_of(tranche);
        let start = shelf.start(&name, client);
        let start = start.map_err(|error| absent(error, &shelf, &name))?;
        let mut line = Vec::new();
        let read = BufReader::new(start.take(MOST_BYTES)).read_until(b'\n', &mut line);
        read.map_err(|source| Error::ReadStream {
            place: shelf.place(&name),
            source,
        })?;
        match ProofsHead::parse(&line, tranche) {
            Ok(head) => Ok(Self { shelf, name, head }),
            Err(error) => Err(differs_whole(&name, in_words(&error))),
        }
    }

    /// The same where the file is at hand.
    pub fn at_hand(near: &Shelf, tranche: &str, client: &Client) -> Result<Option<Self>, Trouble> {
        match near.has(&proofs_of(tranche)) {
            true => Self::open(near.clone(), tranche, client).map(Some),
            false => Ok(None),
        }
    }

    /// Where the file is, for people.
    pub fn place(&self) -> String {
        self.shelf.place(&self.name)
    }

    /// What it says of a pack, and where the groups of that begin.
    pub fn find(&self, pack: &str) -> Result<(&PackProof, u64), Trouble> {
        let found = self.head.find(pack);
        found.ok_or_else(|| differs_whole(&self.name, format!("it tells nothing of {pack}")))
    }

    /// The groups of a pack, which lead to its root.
    pub fn groups(&self, job: &Job, pack: &str) -> Result<Vec<Digest>, Trouble> {
        let (proof, offset) = self.find(pack)?;
        let groups = job.hashes(&self.shelf, &self.name, offset, proof.groups())?;
        match proof.proves(&groups) {
            true => Ok(groups),
            false => {
                let seen = format!("these hashes do not lead to the root of {pack}");
                let end = offset.saturating_add(proof.groups() * HASH_BYTES);
                Err(differs(&self.name, offset..end, seen))
            }
        }
    }
}

/// Where nothing answers to the name, that is what to tell.
fn absent(error: Error, shelf: &Shelf, name: &str) -> Error {
    let is_absent = match &error {
        Error::Refused { status, .. } => matches!(status, 404 | 410),
        Error::Read { source, .. } => source.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    };
    match is_absent {
        true => Error::FindProofs {
            place: shelf.place(name),
        },
        false => error,
    }
}

fn in_words(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
