use {
    crate::{
        disk::{Location, Stream},
        facts::place::{Bag, Found, Place},
        kit::{Kit, ReadKitError, TRAILER_BYTES, Trailer, read_kit, read_kit_at},
    },
    std::{
        collections::BTreeMap,
        io::{Read, Seek, SeekFrom},
    },
};

/// How far before the end of an extended recovery pack its trailer is looked
/// for.
const SEARCH_BYTES: u64 = 4 << 20;

/// The ending of every trailer.
const END: &[u8] = b"LPKITEND";

/// A kit that several recovery packs may hold alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldKit {
    pub kit: Kit,
    /// Which recovery pack each holder says it is.
    pub holders: Vec<(Place, u32)>,
}

/// All intact kits in these files, equal ones once, sorted by stripe and bytes.
pub fn read_kits(files: &[Found]) -> Vec<HeldKit> {
    let mut kits: BTreeMap<(u32, Vec<u8>), HeldKit> = BTreeMap::new();
    for file in files {
        let Ok((kit, trailer)) = kit_in(file) else {
            continue;
        };
        let held = kits
            .entry((kit.stripe, kit.to_bytes()))
            .or_insert_with(|| HeldKit {
                kit,
                holders: Vec::new(),
            });
        held.holders.push((file.place.clone(), trailer.j));
    }
    kits.into_values().collect()
}

/// Only what looks like a recovery pack is searched for its trailer.
fn kit_in(file: &Found) -> Result<(Kit, Trailer), ReadKitError> {
    if file.place.bag == Bag::Recovery || file.place.path.contains(".rec") {
        return kit_of(&file.location);
    }
    read_kit(&mut file.location.stream().map_err(ReadKitError::Read)?)
}

/// The kit of a recovery pack; where the file was extended, from before what
/// was added.
pub fn kit_of(location: &Location) -> Result<(Kit, Trailer), ReadKitError> {
    let mut file = location.stream().map_err(ReadKitError::Read)?;
    let error = match read_kit(&mut file) {
        Ok(found) => return Ok(found),
        Err(error) => error,
    };
    match search(&mut file) {
        Some((trailer, end)) => read_kit_at(&mut file, &trailer, end),
        None => Err(error),
    }
}

/// The trailer of a recovery pack, also where the kit before it is damaged.
pub fn trailer_of(location: &Location) -> Option<Trailer> {
    search(&mut location.stream().ok()?).map(|(trailer, _)| trailer)
}

/// The last intact trailer near the end of the file, with its offset.
fn search(file: &mut Stream) -> Option<(Trailer, u64)> {
    let length = file.seek(SeekFrom::End(0)).ok()?;
    let start = length.saturating_sub(SEARCH_BYTES);
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut bytes = Vec::new();
    file.take(SEARCH_BYTES).read_to_end(&mut bytes).ok()?;
    (TRAILER_BYTES as usize..=bytes.len())
        .rev()
        .filter(|end| bytes[..*end].ends_with(END))
        .find_map(|end| {
            let at = end - TRAILER_BYTES as usize;
            let trailer = Trailer::parse(bytes[at..end].first_chunk()?)?;
            Some((trailer, start + at as u64))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit(stripe: u32) -> Kit {
        let file = r#"{"path":"data/packs/a.tar","bytes":4,"sha256":"ZERO","root":"ZERO","subtrees":"ZERO"}"#;
        let pack =
            r#"{"path":"data/recovery/r.rec","sha256":"ZERO","root":"ZERO","subtrees":"ZERO"}"#;
        let text = format!(
            r#"{{"longplay":"kit","version":1,"tranche":"t","stripe":{stripe},"k":1,"m":1,"data_bytes":4,"pack_bytes":16384,"piece_length":16384,"stripes":1,"files":[{file}],"recovery":[{pack}],"bag":{{}},"recovery_bag":{{}}}}"#
        );
        Kit::parse(text.replace("ZERO", &"0".repeat(64)).as_bytes()).unwrap()
    }

    fn held(contents: &[Vec<u8>]) -> Vec<HeldKit> {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<_> = contents
            .iter()
            .enumerate()
            .map(|(number, bytes)| {
                let disk = folder.path().join(number.to_string());
                std::fs::write(&disk, bytes).unwrap();
                Found {
                    place: Place::recovery(number.to_string()),
                    location: disk.into(),
                    bytes: bytes.len() as u64,
                }
            })
            .collect();
        read_kits(&files)
    }

    #[test]
    fn equal_kits_are_one_with_several_holders() {
        let pack = |stripe| [b"data".as_slice(), &kit(stripe).tail(0)].concat();
        let kits = held(&[pack(0), pack(1), pack(0), b"no recovery pack".to_vec()]);
        let holders: Vec<_> = kits.iter().map(|held| held.holders.len()).collect();
        assert_eq!(holders, [2, 1]);
    }

    #[test]
    fn extended_packs_still_give_their_kit_and_damaged_ones_do_not() {
        let pack = [b"data".as_slice(), &kit(0).tail(0)].concat();
        let extended = [&pack[..], &[7; 100_000]].concat();
        assert_eq!(held(&[extended])[0].kit, kit(0));
        for at in [4, pack.len() - 128, pack.len() - 1] {
            let mut damaged = pack.clone();
            damaged[at] ^= 1;
            assert!(held(&[damaged]).is_empty(), "{at}");
        }
    }
}
