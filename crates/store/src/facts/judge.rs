use {
    crate::{
        facts::{
            claims::{FileFact, Geometry, Promise, RecoveryFact, Source, StripeFacts, choose},
            evidence::{Evidence, holders, weight},
            kits::HeldKit,
            known::{Known, LeafSlice},
            listing::{Listing, Trust},
            observe::Observation,
            place::{Bag, Folders, Found, Place},
            recovery_texts,
            sheets::{ProvenSheets, Sheet},
            texts::{TextFact, text_facts},
        },
        kit::Kit,
        leaves::{LeafEntry, leaf_file_bytes},
        merkle::{SUBTREE_BYTES, leaf_count},
        names::TrancheName,
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
    /// How many data files there should be, where anything tells.
    pub data_files: Option<u64>,
    /// Recovery packs whose kit is intact and speaks of other files than the
    /// rest of the tranche.
    pub disbelieved: BTreeSet<Place>,
    /// Recovery packs with an intact kit that is believed.
    pub sound_kits: BTreeSet<Place>,
    data: Listing,
    recovery: Listing,
}

/// Gathers what the tranche in `folders` should be. `found` are its files,
/// `seen` what the large ones of them are, `proven` leaf files that need not be read.
pub fn gather(
    folders: &Folders,
    found: &[Found],
    seen: &BTreeMap<Place, Observation>,
    proven: &ProvenSheets,
    promise: &Promise,
) -> Facts {
    let mut evidence = Evidence::new(folders, found, seen, proven, promise);
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

    /// The row of the code that the first recovery pack of a stripe is.
    pub fn first_recovery_row(&self, stripe: &StripeFacts) -> usize {
        let k = self.geometry.map(|geometry| geometry.k.into());
        k.unwrap_or(stripe.data.len())
    }

    /// Whether all data files of all stripes are known by name.
    pub fn is_complete(&self) -> bool {
        let known: usize = self.stripes.iter().map(|stripe| stripe.data.len()).sum();
        let no_gap = self.stripes.iter().all(|stripe| !stripe.data.is_empty());
        no_gap && self.data_files == Some(known as u64)
    }
}

impl Evidence<'_> {
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
        let mut texts = self.texts(&believed);
        if self.folders.recovery.is_some() {
            recovery_texts::complete(&mut texts, &tranche, geometry, &stripes);
        }
        let data_files = self.data_files(&tranche, geometry);
        Facts {
            tranche,
            geometry,
            stripes,
            texts,
            data_files,
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

    fn sources(&self, geometry: Option<Geometry>, number: u32) -> Vec<Source> {
        let kits = self.kits.iter().filter(|held| held.kit.stripe == number);
        let sheets = self.sheets_of(Bag::Data, number).map(|sheet| {
            let doubted = self.is_doubted(sheet);
            Source {
                weight: u64::from(!doubted),
                files: if doubted {
                    Vec::new()
                } else {
                    sheet.files.clone()
                },
                claims: known_of(sheet),
            }
        });
        let mut sources: Vec<_> = kits.map(Source::of_kit).chain(sheets).collect();
        sources.extend(self.manifest(geometry, number));
        sources
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
                location: file.location.clone(),
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
        let name = tranche.parse::<TrancheName>().ok();
        let m = match (geometry, &name) {
            (Some(geometry), _) => geometry.m,
            (None, Some(name)) => self.listed_recovery(name, number),
            (None, None) => 0,
        };
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

    /// How many recovery packs of a stripe the recovery bag speaks of: that they were
    /// there is known where no kit is left.
    fn listed_recovery(&self, name: &TrancheName, number: u32) -> u8 {
        let is_told = |j: &u8| {
            let place = Place::recovery(name.recovery_path(number, (*j).into()).as_str());
            let mut sheets = self.sheets_of(Bag::Recovery, number);
            self.recovery.payload.contains_key(&place.path)
                || sheets.any(|sheet| sheet.claims.contains_key(&place))
        };
        let last = (0..u8::MAX).rev().find(is_told);
        last.map_or(0, |last| last + 1)
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
