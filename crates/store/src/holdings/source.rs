//! What a tranche says of itself: its index, or else the indexes of its packs.

use {
    super::{entry::Member, file},
    crate::{
        bag::Manifest,
        disk::Location,
        facts::{
            Bag, Folders,
            listing::{Trust, read_listing},
        },
        names::{INDEX, TrancheKind, TrancheName},
        pack::{ReadIndexError, read_index},
        spread::Volumes,
        state::SealedTranche,
    },
    longplay_model::{Digest, Finding, FindingCode, IndexRecord},
    serde::Deserialize,
    sha2::{Digest as _, Sha256},
    std::io::{self, BufRead},
    thiserror::Error,
};

/// A tranche of packs that was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tranche {
    pub name: TrancheName,
    /// Digest of its `tagmanifest-sha256.txt`, as the journal has it.
    pub tagmanifest: Digest,
}

/// What could be read of a tranche.
#[derive(Debug, Default)]
pub struct Contents {
    pub members: Vec<Member>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// Whether these are all members of all its packs.
    pub is_whole: bool,
}

#[derive(Debug, Error)]
enum Fault {
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    #[error("no manifest says its digest")]
    Unlisted,
    #[error("it has another digest than the manifest says")]
    Digest,
    #[error("line {0} cannot be understood")]
    Line(u64),
    #[error("it cannot be read from the pack's end: {0}")]
    Pack(#[from] ReadIndexError),
    #[error("its index is that of another pack")]
    Name,
}

/// The part of a line that says where a member is.
#[derive(Deserialize)]
struct Line<'a> {
    pack: &'a str,
    offset: u64,
    length: u64,
    sha256: &'a str,
}

/// How the head of a pack's index begins.
const HEAD: &[u8] = br#"{"longplay":"#;

/// Where the packs of a tranche lie, from the bag.
const PACKS: &str = "data/packs/";

impl Tranche {
    /// `None` for what has no packs, or a name that no sealing gives.
    pub fn of(sealed: &SealedTranche) -> Option<Self> {
        let name: TrancheName = sealed.name.parse().ok()?;
        (name.kind != TrancheKind::Metadata).then_some(Self {
            name,
            tagmanifest: sealed.tagmanifest,
        })
    }

    /// Bytes of its index; 0 when that is absent.
    pub fn index_bytes(&self, tranches: impl Into<Location>) -> u64 {
        let index = self.folder(&tranches.into()).join(INDEX);
        index.about().map_or(0, |about| about.bytes)
    }

    fn folder(&self, tranches: &Location) -> Location {
        tranches.join(self.name.to_string())
    }

    /// Reads what it holds; `tranches` is the folder in which it lies.
    pub fn read(&self, tranches: impl Into<Location>) -> Contents {
        let folder = self.folder(&tranches.into());
        if !folder.is_folder() {
            let finding = Finding::new(FindingCode::S018, self.name.to_string(), "it is not there");
            return Contents {
                findings: vec![finding],
                ..Contents::default()
            };
        }
        let folders = Folders {
            data: folder.clone(),
            recovery: None,
            // Packs are read through the links in the bag, wherever they lead.
            volumes: Volumes::default(),
        };
        let listing = read_listing(&folders, Bag::Data, Some(self.tagmanifest));
        let promised = listing.payload.get(INDEX).copied();
        match self.read_index(&folder.join(INDEX), promised) {
            Ok(members) => Contents {
                members,
                findings: Vec::new(),
                is_whole: true,
            },
            Err(fault) => {
                let mut contents = self.read_packs(&folder, &listing.payload);
                contents.is_whole &= listing.payload_trust != Trust::Alone;
                contents.findings.insert(0, self.finding(INDEX, &fault));
                contents
            }
        }
    }

    fn finding(&self, path: &str, fault: &Fault) -> Finding {
        let subject = format!("{}/{path}", self.name);
        Finding::new(FindingCode::S007, subject, fault.to_string())
    }

    fn read_index(&self, path: &Location, promised: Option<Digest>) -> Result<Vec<Member>, Fault> {
        let mut index = file::read_through(path)?;
        let promised = promised.ok_or(Fault::Unlisted)?;
        let (mut hasher, mut line) = (Sha256::new(), Vec::new());
        let (mut members, mut number) = (Vec::new(), 0);
        let mut first_fault = None;
        while index.read_until(b'\n', &mut line)? > 0 {
            number += 1;
            hasher.update(&line);
            if !line.starts_with(HEAD) {
                match self.member_of(&line) {
                    Some(member) => members.push(member),
                    None => first_fault = first_fault.or(Some(number)),
                }
            }
            line.clear();
        }
        if Digest::from(hasher) != promised {
            return Err(Fault::Digest);
        }
        first_fault.map_or(Ok(members), |line| Err(Fault::Line(line)))
    }

    /// Of a line of its index; `None` where that is no record of its packs.
    pub fn member_of(&self, line: &[u8]) -> Option<Member> {
        let line: Line = serde_json::from_slice(line).ok()?;
        Some(Member {
            digest: line.sha256.parse().ok()?,
            pack: self.number_of(line.pack)?,
            offset: line.offset,
            length: line.length,
        })
    }

    /// The number of a pack of this tranche.
    fn number_of(&self, pack: &str) -> Option<u32> {
        let rest = pack.strip_suffix(".tar")?;
        let digits = rest.rsplit_once('-')?.1;
        let number = digits.parse().ok()?;
        (self.name.pack(number) == pack).then_some(number)
    }

    fn read_packs(&self, folder: &Location, payload: &Manifest) -> Contents {
        let on_disk = folder.join(PACKS).entries().unwrap_or_default();
        let listed = payload.keys().filter_map(|path| path.strip_prefix(PACKS));
        let mut packs: Vec<u32> = on_disk
            .iter()
            .filter_map(|entry| entry.name.to_str())
            .chain(listed)
            .filter_map(|pack| self.number_of(pack))
            .collect();
        packs.sort_unstable();
        packs.dedup();
        let mut contents = Contents {
            is_whole: true,
            ..Contents::default()
        };
        for number in packs {
            match self.read_pack(folder, number) {
                Ok(members) => contents.members.extend(members),
                Err(fault) => {
                    let path = self.name.pack_path(number);
                    contents.findings.push(self.finding(path.as_str(), &fault));
                    contents.is_whole = false;
                }
            }
        }
        contents
    }

    fn read_pack(&self, folder: &Location, number: u32) -> Result<Vec<Member>, Fault> {
        let name = self.name.pack(number);
        let index = read_index(&mut folder.join(PACKS).join(&name).stream()?)?;
        if index.head.pack != name {
            return Err(Fault::Name);
        }
        let members = index.records.iter().map(|record| Member {
            digest: record.sha256,
            pack: number,
            offset: record.offset,
            length: record.length,
        });
        Ok(members.collect())
    }
}

/// The line of a pack's index that a member has; `None` where the index is not
/// that of the pack any more.
///
/// # Errors
/// The pack's index cannot be read.
pub fn record_of(
    tranches: &Location,
    name: &TrancheName,
    member: &Member,
) -> Result<Option<IndexRecord>, ReadIndexError> {
    let path = path_of(tranches, name, member);
    let mut pack = path.stream().map_err(ReadIndexError::Read)?;
    let records = read_index(&mut pack)?.records;
    let is_it =
        |record: &IndexRecord| record.offset == member.offset && record.sha256 == member.digest;
    Ok(records.into_iter().find(is_it))
}

/// Whether the bytes of a member are those that its digest names.
pub fn holds(tranches: &Location, name: &TrancheName, member: &Member) -> bool {
    let read = file::digest(
        &path_of(tranches, name, member),
        member.offset,
        member.length,
    );
    read.is_ok_and(|found| found == member.digest)
}

fn path_of(tranches: &Location, name: &TrancheName, member: &Member) -> Location {
    let pack = name.pack_path(member.pack);
    tranches.join(name.to_string()).join(pack.as_str())
}
