use {
    crate::{
        facts::{
            claims::{
                FileFact, Geometry, Promise, RecoveryFact, Source, StripeFacts, choose, digests,
            },
            kits::{HeldKit, read_kits, trailer_of},
            known::{Known, LeafSlice},
            listing::{Listing, Trust, read_listing, read_text},
            observe::Observation,
            place::{Bag, Folders, Found, Place},
            sheets::{FOLDER, Sheet, read_sheets},
            texts::{TextFact, text_facts},
            witness::is_self_consistent,
        },
        kit::Kit,
        leaves::{LeafEntry, leaf_file_bytes},
        merkle::{SUBTREE_BYTES, leaf_count},
        names::{INDEX, RECOVERY, TrancheName},
    },
    longplay_model::Digest,
    std::{
        collections::{BTreeMap, BTreeSet},
        sync::Arc,
    },
};

/// What a tranche should be, as far as anything that is left tells.
#[derive(Debug, Clone)]
pub struct Facts {
    pub tranche: String,
    pub geometry: Option<Geometry>,
    pub stripes: Vec<StripeFacts>,
    pub texts: BTreeMap<Place, TextFact>,
    /// Recovery packs whose kit is intact and speaks of other files than the
    /// rest of the tranche.
    pub disbelieved: BTreeSet<Place>,
    /// Recovery packs with an intact kit that is believed.
    pub sound_kits: BTreeSet<Place>,
    data: Listing,
    recovery: Listing,
}

/// All that is there to judge from.
struct Evidence<'a> {
    folders: &'a Folders,
    found: &'a [Found],
    seen: BTreeSet<Digest>,
    observed: &'a BTreeMap<Place, Observation>,
    kits: Vec<HeldKit>,
    sheets: Vec<Sheet>,
    data: Listing,
    recovery: Listing,
}

/// Gathers what the tranche in `folders` should be. `found` are its files,
/// `seen` what the large ones of them are.
pub fn gather(
    folders: &Folders,
    found: &[Found],
    seen: &BTreeMap<Place, Observation>,
    promise: &Promise,
) -> Facts {
    let large: Vec<_> = found
        .iter()
        .filter(|file| seen.contains_key(&file.place))
        .cloned()
        .collect();
    let mut evidence = Evidence {
        folders,
        found,
        seen: digests(seen),
        observed: seen,
        kits: read_kits(&large),
        sheets: [Bag::Data, Bag::Recovery]
            .into_iter()
            .flat_map(|bag| read_sheets(found, bag))
            .collect(),
        data: read_listing(folders, Bag::Data, promise.data),
        recovery: read_listing(folders, Bag::Recovery, promise.recovery),
    };
    let tranche = evidence.tranche(promise);
    let strangers = evidence.set_aside(&tranche);
    let geometry = evidence.geometry();
    evidence.judge(tranche, geometry, strangers)
}

impl Facts {
    pub fn listing(&self, bag: Bag) -> &Listing {
        match bag {
            Bag::Data => &self.data,
            Bag::Recovery => &self.recovery,
        }
    }

    pub fn stripe(&self, number: u32) -> Option<&StripeFacts> {
        self.stripes.iter().find(|stripe| stripe.number == number)
    }
}

impl Evidence<'_> {
    /// The name that most sources give; the journal's, where there is one.
    fn tranche(&self, promise: &Promise) -> String {
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

    fn infos(&self) -> impl Iterator<Item = (Bag, String)> + '_ {
        [Bag::Data, Bag::Recovery].into_iter().filter_map(|bag| {
            let place = Place {
                bag,
                path: "bag-info.txt".into(),
            };
            let text = read_text(&self.folders.path_of(&place)?)?;
            Some((bag, String::from_utf8_lossy(&text).into_owned()))
        })
    }

    /// Takes out what speaks of another tranche; gives the recovery packs that
    /// hold such kits.
    fn set_aside(&mut self, tranche: &str) -> BTreeSet<Place> {
        let (ours, others) = std::mem::take(&mut self.kits)
            .into_iter()
            .partition(|held| held.kit.tranche == tranche);
        self.kits = ours;
        self.sheets.retain(|sheet| sheet.tranche == tranche);
        holders(&others)
    }

    fn geometry(&self) -> Option<Geometry> {
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

    fn listing(&self, bag: Bag) -> &Listing {
        match bag {
            Bag::Data => &self.data,
            Bag::Recovery => &self.recovery,
        }
    }

    fn judge(
        mut self,
        tranche: String,
        geometry: Option<Geometry>,
        mut disbelieved: BTreeSet<Place>,
    ) -> Facts {
        let fits = |held: &HeldKit| geometry == Some(Geometry::of_kit(&held.kit));
        let (kits, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.kits).into_iter().partition(fits);
        self.kits = kits;
        disbelieved.extend(holders(&others));
        let mut believed = Vec::new();
        let stripes: Vec<StripeFacts> = self
            .numbers(geometry)
            .into_iter()
            .map(|number| self.stripe(&tranche, geometry, number, &mut believed))
            .collect();
        let (sound, others): (Vec<_>, Vec<_>) = self
            .kits
            .iter()
            .cloned()
            .partition(|held| believed.contains(held));
        disbelieved.extend(holders(&others));
        let texts = self.texts(&believed);
        Facts {
            tranche,
            geometry,
            stripes,
            texts,
            disbelieved,
            sound_kits: holders(&sound),
            data: self.data,
            recovery: self.recovery,
        }
    }

    fn texts(&self, believed: &[HeldKit]) -> BTreeMap<Place, TextFact> {
        let kits: Vec<_> = believed
            .iter()
            .map(|held| (&held.kit, held.holders.len() as u64))
            .collect();
        let mut texts = text_facts(self.folders, Bag::Data, &self.data, &kits);
        if self.folders.recovery.is_some() {
            texts.extend(text_facts(
                self.folders,
                Bag::Recovery,
                &self.recovery,
                &kits,
            ));
        }
        texts
    }

    /// All stripes that any source speaks of.
    fn numbers(&self, geometry: Option<Geometry>) -> BTreeSet<u32> {
        let all = geometry.map_or(0, |geometry| geometry.stripes.min(MOST_STRIPES));
        let kits = self.kits.iter().map(|held| held.kit.stripe);
        let sheets = self.sheets.iter().map(|sheet| sheet.stripe);
        kits.chain(sheets).chain(0..all).collect()
    }

    /// The coded files that the manifest names, in its order.
    fn listed_files(&self) -> Vec<Place> {
        let paths = self.data.payload.keys();
        paths
            .filter(|path| path.as_str() != INDEX && !path.starts_with(FOLDER))
            .filter(|path| path.starts_with("data/"))
            .map(Place::data)
            .collect()
    }

    fn stripe(
        &self,
        tranche: &str,
        geometry: Option<Geometry>,
        number: u32,
        believed: &mut Vec<HeldKit>,
    ) -> StripeFacts {
        let mut sources = self.sources(geometry, number);
        if sources
            .iter()
            .all(|source| source.borne_out(&self.seen) == 0)
        {
            sources.extend(self.witnesses(tranche, geometry, number));
        }
        let files = sources
            .iter()
            .filter(|source| !source.files.is_empty())
            .max_by_key(|source| source.votes(&self.seen))
            .map(|source| source.files.clone())
            .unwrap_or_default();
        let mut data: Vec<_> = files
            .into_iter()
            .map(|place| self.file(&sources, place))
            .collect();
        let held = self.kit_for(number, &data);
        believed.extend(held.cloned());
        let kit = held.map(|held| Arc::new(held.kit.clone()));
        self.place_leaves(tranche, number, &mut data);
        let lengths: Option<Vec<u64>> = data.iter().map(|file| file.known.bytes).collect();
        let data_bytes = match &kit {
            Some(kit) => Some(kit.data_bytes),
            None => lengths
                .and_then(|lengths| lengths.into_iter().max())
                .or_else(|| self.data_bytes_by_trailers(number)),
        };
        StripeFacts {
            number,
            recovery: self.recovery(tranche, geometry, number, kit.as_deref()),
            data,
            data_bytes,
            kit,
        }
    }

    /// The length of recovery data that most intact trailers give: they outlive
    /// a damaged kit.
    fn data_bytes_by_trailers(&self, number: u32) -> Option<u64> {
        let mut votes: BTreeMap<u64, u64> = BTreeMap::new();
        let files = self
            .found
            .iter()
            .filter(|file| file.place.bag == Bag::Recovery);
        for trailer in files.filter_map(|file| trailer_of(&file.disk)) {
            if trailer.stripe == number {
                *votes.entry(trailer.data_bytes).or_default() += 1;
            }
        }
        let best = votes.into_iter().max_by_key(|(_, votes)| *votes);
        best.map(|(bytes, _)| bytes)
    }

    fn sources(&self, geometry: Option<Geometry>, number: u32) -> Vec<Source> {
        let kits = self.kits.iter().filter(|held| held.kit.stripe == number);
        let sheets = self.sheets_of(Bag::Data, number).map(|sheet| Source {
            weight: 1,
            files: sheet.files.clone(),
            claims: known_of(sheet),
        });
        let mut sources: Vec<_> = kits.map(Source::of_kit).chain(sheets).collect();
        sources.extend(self.manifest(geometry, number));
        sources
    }

    /// The packs of a stripe by their names, when most of those that are there
    /// are what they say themselves.
    fn witnesses(&self, tranche: &str, geometry: Option<Geometry>, number: u32) -> Option<Source> {
        let name: TrancheName = tranche.parse().ok()?;
        let k = u32::from(geometry?.k);
        let first = number.checked_mul(k)?;
        let last = first.checked_add(k)?;
        let places: Vec<Place> = (first..last)
            .map(|pack| Place::data(name.pack_path(pack).as_str()))
            .collect();
        let is_there = |place: &Place| self.found.iter().any(|file| file.place == *place);
        let is_last = number + 1 == geometry?.stripes;
        let count = match is_last {
            true => places.iter().rposition(is_there)? + 1,
            false => places.len(),
        };
        let files = &places[..count];
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

    fn testimony(&self, place: &Place) -> Option<Known> {
        let file = self.found.iter().find(|file| file.place == *place)?;
        let seen = self.observed.get(place)?;
        is_self_consistent(&file.disk, place.file_name()).then(|| Known::of(seen))
    }

    fn sheets_of(&self, bag: Bag, number: u32) -> impl Iterator<Item = &Sheet> {
        self.sheets
            .iter()
            .filter(move |sheet| sheet.place.bag == bag && sheet.stripe == number)
    }

    /// Whether neither kit nor leaf file speaks of the stripe.
    fn is_alone(&self, number: u32) -> bool {
        let by_kit = self.kits.iter().any(|held| held.kit.stripe == number);
        !by_kit && self.sheets_of(Bag::Data, number).next().is_none()
    }

    fn manifest(&self, geometry: Option<Geometry>, number: u32) -> Option<Source> {
        let k = usize::from(geometry?.k);
        let listed = self.listed_files();
        let files = listed.chunks(k).nth(number as usize).unwrap_or_default();
        // A line lost to damage would shift all stripes after it.
        let is_complete = self.data.payload_trust > Trust::Alone || self.is_alone(number);
        let files = if is_complete { files } else { &[] };
        let known = |path: &String, digest: &Digest| {
            let known = Known {
                sha256: Some(*digest),
                ..Known::default()
            };
            (Place::data(path), known)
        };
        Some(Source {
            weight: weight(self.data.payload_trust),
            files: files.to_vec(),
            claims: self
                .data
                .payload
                .iter()
                .map(|(path, digest)| known(path, digest))
                .collect(),
        })
    }

    /// A manifest that the journal proves leaves no choice.
    fn file(&self, sources: &[Source], place: Place) -> FileFact {
        let proven = self
            .data
            .payload
            .get(&place.path)
            .filter(|_| self.data.payload_trust == Trust::Proven);
        let claims = sources.iter().filter_map(|source| {
            let known = source.claims.get(&place)?;
            let allowed = proven.is_none() || known.sha256.as_ref() == proven;
            allowed.then(|| (source.votes(&self.seen), known))
        });
        let known = choose(claims).unwrap_or_else(|| Known {
            sha256: proven.copied(),
            ..Known::default()
        });
        FileFact { place, known }
    }

    /// The kit of a stripe, if one speaks of the very files that were chosen;
    /// of several, the one whose texts the tag manifests know, held by most.
    fn kit_for(&self, number: u32, data: &[FileFact]) -> Option<&HeldKit> {
        let agrees = |kit: &Kit| {
            kit.files.len() == data.len()
                && kit.files.iter().zip(data).all(|(file, fact)| {
                    file.path.as_str() == fact.place.path
                        && fact.known.sha256 == Some(file.sha256)
                        && fact.known.root == Some(file.root)
                })
        };
        self.kits
            .iter()
            .filter(|held| held.kit.stripe == number && agrees(&held.kit))
            .max_by_key(|held| (self.listed_texts(&held.kit), held.holders.len()))
    }

    fn listed_texts(&self, kit: &Kit) -> usize {
        let listed = |texts: &BTreeMap<String, String>, listing: &Listing| {
            let known = texts.iter().filter(|(path, text)| {
                listing.tags.get(*path) == Some(&Digest::of(text.as_bytes()))
            });
            if listing.tags_trust > Trust::Alone {
                known.count()
            } else {
                0
            }
        };
        listed(&kit.bag, &self.data) + listed(&kit.recovery_bag, &self.recovery)
    }

    /// Where the leaves stand follows from what the files are, so that a leaf
    /// file with a damaged first line still serves.
    fn place_leaves(&self, tranche: &str, number: u32, data: &mut [FileFact]) {
        let Ok(name) = tranche.parse::<TrancheName>() else {
            return;
        };
        let place = Place::data(name.leaves_path(number).as_str());
        let Some(file) = self.found.iter().find(|file| file.place == place) else {
            return;
        };
        let Some(entries) = entries(data) else { return };
        let hashes: u64 = entries
            .iter()
            .map(|entry| leaf_count(entry.bytes) * 32)
            .sum();
        let mut offset = leaf_file_bytes(tranche, number, &entries) - hashes;
        for file_fact in data {
            file_fact.known.leaves = Some(LeafSlice {
                disk: file.disk.clone(),
                offset,
            });
            offset += leaf_count(file_fact.known.bytes.unwrap_or(0)) * 32;
        }
    }

    fn recovery(
        &self,
        tranche: &str,
        geometry: Option<Geometry>,
        number: u32,
        kit: Option<&Kit>,
    ) -> Vec<RecoveryFact> {
        let m = geometry.map_or(0, |geometry| geometry.m);
        let name = tranche.parse::<TrancheName>().ok();
        let named = |j: u8| {
            let path = kit.and_then(|kit| kit.recovery.get(usize::from(j)));
            let path = path.map(|pack| pack.path.to_string());
            path.or_else(|| Some(name.as_ref()?.recovery_path(number, j.into()).to_string()))
        };
        (0..m)
            .filter_map(|j| Some((j, Place::recovery(named(j)?))))
            .map(|(j, place)| self.recovery_pack(number, kit, j, place))
            .collect()
    }

    fn recovery_pack(&self, number: u32, kit: Option<&Kit>, j: u8, place: Place) -> RecoveryFact {
        let coded = kit.and_then(|kit| {
            let pack = kit.recovery.get(usize::from(j))?;
            Some(Known {
                bytes: Some(kit.data_bytes),
                sha256: Some(pack.sha256),
                root: Some(pack.root),
                subtrees: pack.subtrees.0.clone(),
                leaves: None,
            })
        });
        let whole = self.whole(number, &place);
        let whole = whole.filter(|whole| coded.as_ref().is_none_or(|coded| agree(coded, whole)));
        RecoveryFact {
            place,
            j,
            coded,
            whole,
        }
    }

    fn whole(&self, number: u32, place: &Place) -> Option<Known> {
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

/// No tranche has more; a kit that says so is not obeyed.
const MOST_STRIPES: u32 = 1 << 16;

/// Votes of packs that are what they say themselves, where no other source is
/// borne out by a single file.
const WITNESSES: u64 = 1 << 20;

/// Votes of a manifest.
fn weight(trust: Trust) -> u64 {
    match trust {
        Trust::Alone => 1,
        Trust::Agreed => 2,
        Trust::Proven => 1 << 40,
    }
}

fn holders(kits: &[HeldKit]) -> BTreeSet<Place> {
    let holders = kits.iter().flat_map(|held| &held.holders);
    holders.map(|(place, _)| place.clone()).collect()
}

fn known_of(sheet: &Sheet) -> BTreeMap<Place, Known> {
    let claims = sheet.claims.iter();
    claims
        .map(|(place, claim)| (place.clone(), claim.known.clone()))
        .collect()
}

/// Whether recovery data and whole pack can be of one file: they share the
/// full MiB.
fn agree(coded: &Known, whole: &Known) -> bool {
    let full = coded.bytes.unwrap_or(0) / SUBTREE_BYTES;
    whole.subtrees.is_empty()
        || coded
            .subtrees
            .iter()
            .zip(&whole.subtrees)
            .take(full as usize)
            .all(|(a, b)| a == b)
}

/// The lines of the leaf file, when all is known that they say.
pub fn entries(data: &[FileFact]) -> Option<Vec<LeafEntry>> {
    data.iter()
        .map(|file| {
            Some(LeafEntry {
                path: file.place.path.parse().ok()?,
                bytes: file.known.bytes?,
                sha256: file.known.sha256?,
                root: file.known.root?,
            })
        })
        .collect()
}
