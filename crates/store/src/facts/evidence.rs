use {
    crate::{
        facts::{
            claims::{Geometry, Promise, Source, choose, digests},
            kits::{HeldKit, read_kits, trailer_of},
            known::Known,
            listing::{Listing, Trust, read_listing, read_text},
            observe::Observation,
            place::{Bag, Folders, Found, Place},
            sheets::{FOLDER, ProvenSheets, Sheet, read_sheets},
            witness::is_self_consistent,
        },
        names::{INDEX, RECOVERY, TrancheKind, TrancheName},
    },
    longplay_model::Digest,
    std::collections::{BTreeMap, BTreeSet},
};

/// No tranche has more; a kit that says so is not obeyed.
const MOST_STRIPES: u32 = 1 << 16;

/// Votes of packs that are what they say themselves, where no other source is
/// borne out by a single file.
const WITNESSES: u64 = 1 << 20;

/// All that is there to judge from.
pub struct Evidence<'a> {
    pub folders: &'a Folders,
    pub found: &'a [Found],
    pub seen: BTreeSet<Digest>,
    pub observed: &'a BTreeMap<Place, Observation>,
    pub kits: Vec<HeldKit>,
    pub sheets: Vec<Sheet>,
    pub data: Listing,
    pub recovery: Listing,
}

impl<'a> Evidence<'a> {
    pub fn new(
        folders: &'a Folders,
        found: &'a [Found],
        seen: &'a BTreeMap<Place, Observation>,
        proven: &ProvenSheets,
        promise: &Promise,
    ) -> Self {
        let large: Vec<_> = found
            .iter()
            .filter(|file| seen.contains_key(&file.place))
            .cloned()
            .collect();
        Self {
            folders,
            found,
            seen: digests(seen),
            observed: seen,
            kits: read_kits(&large),
            sheets: [Bag::Data, Bag::Recovery]
                .into_iter()
                .flat_map(|bag| read_sheets(found, bag, proven))
                .collect(),
            data: read_listing(folders, Bag::Data, promise.data),
            recovery: read_listing(folders, Bag::Recovery, promise.recovery),
        }
    }
}

/// Whether a path of a payload is one of another tranche: what belongs to stripes bears the
/// name of its tranche (`docs/format/tranche.md`).
fn is_anothers(path: &str, tranche: &str) -> bool {
    let folders = ["data/packs/", "data/leaves/", "data/recovery/"];
    let named = folders.iter().find_map(|folder| path.strip_prefix(folder));
    let rest = named.map(|name| name.strip_prefix(tranche));
    rest.is_some_and(|rest| !rest.is_some_and(|rest| rest.starts_with('-')))
}

impl Evidence<'_> {
    /// The name that most sources give; the journal's, where there is one.
    pub fn tranche(&self, promise: &Promise) -> String {
        if let Some(name) = &promise.tranche {
            return name.clone();
        }
        let mut votes: BTreeMap<String, u64> = BTreeMap::new();
        let mut vote = |name: &str, weight| *votes.entry(name.into()).or_default() += weight;
        for held in &self.kits {
            vote(&held.kit.tranche, 2 * held.holders.len() as u64);
        }
        for sheet in &self.sheets {
            vote(&sheet.tranche, 2);
        }
        for (_, text) in self.infos() {
            let info = crate::bag::parse_info(&text);
            let name = info.get("External-Identifier").copied().unwrap_or_default();
            vote(name.strip_suffix(RECOVERY).unwrap_or(name), 2);
        }
        let folder = self.folders.data.file_name().unwrap_or_default();
        vote(&folder.to_string_lossy(), 1);
        let named = votes.into_iter().filter(|(name, _)| !name.is_empty());
        let best = named.max_by_key(|(_, votes)| *votes);
        best.map(|(name, _)| name).unwrap_or_default()
    }

    pub fn infos(&self) -> impl Iterator<Item = (Bag, String)> + '_ {
        [Bag::Data, Bag::Recovery].into_iter().filter_map(|bag| {
            let place = Place {
                bag,
                path: "bag-info.txt".into(),
            };
            let text = read_text(&self.folders.location_of(&place)?)?;
            Some((bag, String::from_utf8_lossy(&text).into_owned()))
        })
    }

    /// Takes out what speaks of another tranche; gives the recovery packs that
    /// hold such kits.
    pub fn set_aside(&mut self, tranche: &str) -> BTreeSet<Place> {
        let (ours, others) = std::mem::take(&mut self.kits)
            .into_iter()
            .partition(|held| held.kit.tranche == tranche);
        self.kits = ours;
        self.sheets.retain(|sheet| sheet.tranche == tranche);
        for listing in [&mut self.data, &mut self.recovery] {
            if listing.payload_trust < Trust::Proven {
                listing
                    .payload
                    .retain(|path, _| !is_anothers(path, tranche));
            }
        }
        holders(&others)
    }

    pub fn geometry(&self) -> Option<Geometry> {
        let mut votes: BTreeMap<Geometry, u64> = BTreeMap::new();
        for held in &self.kits {
            let borne_out = Source::of_kit(held).votes(&self.seen);
            *votes.entry(Geometry::of_kit(&held.kit)).or_default() += borne_out;
        }
        for (bag, text) in self.infos() {
            let Some(geometry) = Geometry::of_info(&text) else {
                continue;
            };
            let listing = self.listing(bag);
            let is_listed = listing.tags.get("bag-info.txt") == Some(&Digest::of(text.as_bytes()));
            *votes.entry(geometry).or_default() += match (is_listed, listing.tags_trust) {
                (true, Trust::Proven) => u64::MAX / 4,
                (true, _) => 3,
                _ => 1,
            };
        }
        votes
            .into_iter()
            .max_by_key(|(_, votes)| *votes)
            .map(|(geometry, _)| geometry)
    }

    pub fn listing(&self, bag: Bag) -> &Listing {
        match bag {
            Bag::Data => &self.data,
            Bag::Recovery => &self.recovery,
        }
    }

    /// All stripes that any source speaks of.
    pub fn numbers(&self, geometry: Option<Geometry>) -> BTreeSet<u32> {
        let all = geometry.map_or(0, |geometry| geometry.stripes.min(MOST_STRIPES));
        let kits = self.kits.iter().map(|held| held.kit.stripe);
        let sheets = self.sheets.iter().map(|sheet| sheet.stripe);
        kits.chain(sheets).chain(0..all).collect()
    }

    /// The coded files that the manifest names, in its order.
    pub fn listed_files(&self) -> Vec<Place> {
        let paths = self.data.payload.keys();
        paths
            .filter(|path| path.as_str() != INDEX && !path.starts_with(FOLDER))
            .filter(|path| path.starts_with("data/"))
            .map(Place::data)
            .collect()
    }

    /// The length of recovery data that most intact trailers give: they outlive
    /// a damaged kit.
    pub fn data_bytes_by_trailers(&self, number: u32) -> Option<u64> {
        let mut votes: BTreeMap<u64, u64> = BTreeMap::new();
        let files = self
            .found
            .iter()
            .filter(|file| file.place.bag == Bag::Recovery);
        let trailers = files.filter_map(|file| Some((trailer_of(&file.location)?, file.bytes)));
        for (trailer, bytes) in trailers {
            if trailer.stripe == number && trailer.data_bytes <= bytes {
                *votes.entry(trailer.data_bytes).or_default() += 1;
            }
        }
        let best = votes.into_iter().max_by_key(|(_, votes)| *votes);
        best.map(|(bytes, _)| bytes)
    }

    /// How many data files the tranche has, by the `Payload-Oxum` that most
    /// copies of its `bag-info.txt` give: all files below `data/` but leaf
    /// files and index.
    pub fn data_files(&self, tranche: &str, geometry: Option<Geometry>) -> Option<u64> {
        let held = self.kits.iter().filter_map(|held| {
            let info = held.kit.bag.get("bag-info.txt")?;
            Some((2 * held.holders.len() as u64, info.clone()))
        });
        let infos = self.infos().filter(|(bag, _)| *bag == Bag::Data);
        let mut votes: BTreeMap<u64, u64> = BTreeMap::new();
        for (weight, info) in held.chain(infos.map(|(_, info)| (1, info))) {
            let oxum = crate::bag::parse_info(&info).get("Payload-Oxum").copied();
            let files = oxum.and_then(|oxum| oxum.split_once('.')?.1.parse().ok());
            files
                .into_iter()
                .for_each(|files| *votes.entry(files).or_default() += weight);
        }
        let (files, _) = votes.into_iter().max_by_key(|(_, votes)| *votes)?;
        let name: TrancheName = tranche.parse().ok()?;
        let index = u64::from(name.kind != TrancheKind::Metadata);
        files.checked_sub(u64::from(geometry?.stripes) + index)
    }

    /// The packs of a stripe by their names, when most of those that are there
    /// are what they say themselves.
    pub fn witnesses(
        &self,
        tranche: &str,
        geometry: Option<Geometry>,
        number: u32,
    ) -> Option<Source> {
        let name: TrancheName = tranche.parse().ok()?;
        let k = u32::from(geometry?.k);
        let first = number.checked_mul(k)?;
        let last = first.checked_add(k)?;
        let places: Vec<Place> = (first..last)
            .map(|pack| Place::data(name.pack_path(pack).as_str()))
            .collect();
        let is_there = |place: &Place| self.found.iter().any(|file| file.place == *place);
        let packs = self.data_files(tranche, geometry)?;
        let count = packs.saturating_sub(first.into()).min(k.into());
        let files = &places[..count as usize];
        let there = files.iter().filter(|place| is_there(place)).count();
        let claims: BTreeMap<Place, Known> = files
            .iter()
            .filter_map(|place| Some((place.clone(), self.testimony(place)?)))
            .collect();
        (claims.len() * 2 > there).then(|| Source {
            weight: WITNESSES,
            files: files.to_vec(),
            claims,
        })
    }

    pub fn testimony(&self, place: &Place) -> Option<Known> {
        let file = self.found.iter().find(|file| file.place == *place)?;
        let seen = self.observed.get(place)?;
        is_self_consistent(&file.location, place.file_name()).then(|| Known::of(seen))
    }

    pub fn sheets_of(&self, bag: Bag, number: u32) -> impl Iterator<Item = &Sheet> {
        self.sheets
            .iter()
            .filter(move |sheet| sheet.place.bag == bag && sheet.stripe == number)
    }

    /// Whether a manifest with something behind it has another digest of the
    /// leaf file: its first line may say anything then.
    pub fn is_doubted(&self, sheet: &Sheet) -> bool {
        let listing = self.listing(sheet.place.bag);
        let listed = listing.payload.get(&sheet.place.path);
        listing.payload_trust > Trust::Alone && listed != Some(&sheet.digest)
    }

    /// Whether neither kit nor leaf file speaks of the stripe.
    pub fn is_alone(&self, number: u32) -> bool {
        let by_kit = self.kits.iter().any(|held| held.kit.stripe == number);
        !by_kit && self.sheets_of(Bag::Data, number).next().is_none()
    }

    pub fn whole(&self, number: u32, place: &Place) -> Option<Known> {
        let listed = self.recovery.payload.get(&place.path).map(|digest| Known {
            sha256: Some(*digest),
            ..Known::default()
        });
        let trust = self.recovery.payload_trust;
        let proven = listed.as_ref().and_then(|known| known.sha256);
        let seen = |known: &Known| {
            let met = self
                .observed
                .get(place)
                .is_some_and(|seen| known.is_met_by(seen));
            u64::from(met)
        };
        let sheets: Vec<Known> = self
            .sheets_of(Bag::Recovery, number)
            .filter_map(|sheet| Some(sheet.claims.get(place)?.known.clone()))
            .filter(|known| trust != Trust::Proven || known.sha256 == proven)
            .collect();
        let claims = sheets.iter().map(|known| (1 + seen(known), known));
        let listed = listed
            .iter()
            .map(|known| (weight(trust) + seen(known), known));
        choose(claims.chain(listed))
    }
}

/// Votes of a manifest.
pub fn weight(trust: Trust) -> u64 {
    match trust {
        Trust::Alone => 1,
        Trust::Agreed => 2,
        Trust::Proven => 1 << 40,
    }
}

pub fn holders(kits: &[HeldKit]) -> BTreeSet<Place> {
    let holders = kits.iter().flat_map(|held| &held.holders);
    holders.map(|(place, _)| place.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_stripes_bears_the_name_of_its_tranche() {
        let name = "0011-art-dark";
        let ours = [
            "data/packs/0011-art-dark-000000.tar",
            "data/leaves/0011-art-dark-s0000-recovery.leaves",
            "data/recovery/0011-art-dark-s0000-r00.rec",
            "data/index.jsonl",
            "data/catalog/tracks.parquet",
            "bag-info.txt",
        ];
        assert!(ours.iter().all(|path| !is_anothers(path, name)));
        let others = [
            "data/packs/0010-art-dark-000000.tar",
            "data/packs/0011-art-darker-000000.tar",
            "data/leaves/0009-audio-dark-s0000.leaves",
        ];
        assert!(others.iter().all(|path| is_anothers(path, name)));
    }
}
