use {
    crate::{
        bag::{self, Bag},
        error::Error,
        gate::{self, Tally},
        plan::{PlannedTranche, ReleaseOptions, ReleasePlan},
        public::{
            feed::{FEED, feed},
            listing::{
                LISTING, Listing, PublicProofs, PublicRecovery, PublicTorrent, PublicTranche,
                RightsCount,
            },
            map::{self, MAP},
            page::{PAGE, page},
            place::{clear_unfinished, link, put, put_stream, withdraw},
            proofs::{ProofsWriter, proofs_of},
        },
        swarm::{self, Made, Noted},
        torrent::{Around, Metainfo},
    },
    longplay_model::{Access, Clock, Digest, Event, Finding, Monitor, Unit},
    longplay_store::{Home, disk::Location, durable::create_dir, names::RECOVERY},
    serde::Serialize,
    std::{collections::BTreeSet, fs, path::Path},
};

/// What a release did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ReleaseSummary {
    /// What is public now, in the order of release.
    pub released: Vec<ReleasedItem>,
    /// Tranches that were open and did not leave; findings say why.
    pub refused: Vec<String>,
    /// Tranches that are not open (R001).
    pub held: Vec<String>,
    /// Files and links of the public folder that were written or replaced.
    pub written: Vec<String>,
    /// Those that were taken away.
    pub withdrawn: Vec<String>,
    /// Records of the map.
    pub records: u64,
    pub bytes: u64,
    pub recovery_bytes: u64,
}

/// One tranche that is public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleasedItem {
    pub name: String,
    pub phase: String,
    pub bytes: u64,
    pub infohash_v1: String,
    pub infohash_v2: String,
    pub magnet: String,
    /// Not in the journal before.
    pub is_new: bool,
}

/// Publishes the tranches of the plan and takes away what is public and no
/// longer open. What is there and right is not written again, and torrents
/// that an earlier release made are not made again. Others are made from what the
/// sealing noted, and of packs no more is read than their indexes; where it noted
/// nothing, and with [`ReleaseOptions::rehash`], every byte is read and compared.
///
/// # Errors
/// [`Error::Interrupted`] and all that keeps it from reading or writing; the
/// same call finishes. A tranche that must not leave (R002) or is damaged
/// (R003) is told as findings and the others are released.
pub fn release(
    home: &Home,
    plan: &ReleasePlan,
    options: &ReleaseOptions,
    clock: &dyn Clock,
    monitor: &dyn Monitor,
) -> Result<ReleaseSummary, Error> {
    let addresses = Addresses::of(options)?;
    create_dir(&options.to)?;
    clear_unfinished(&options.to)?;
    let mut work = Work {
        home,
        tranches: home.tranches_dir(),
        options,
        clock,
        monitor,
        addresses,
        before: Listing::open(&options.to),
        to_come: plan.tranches.iter().map(|it| it.name.clone()).collect(),
        listing: Listing::new(&home.config().name, home.config().contact.as_deref()),
        summary: ReleaseSummary::default(),
    };
    work.hold_back(plan)?;
    for tranche in &plan.tranches {
        if monitor.is_interrupted() {
            return Err(Error::Interrupted);
        }
        work.to_come.remove(&tranche.name);
        work.publish(tranche)?;
    }
    work.finish()
}

/// Where the public folder will be found.
struct Addresses {
    /// Ends in `/`.
    base_url: Option<String>,
    trackers: Vec<String>,
}

impl Addresses {
    fn of(options: &ReleaseOptions) -> Result<Self, Error> {
        for tracker in &options.trackers {
            if !is_url(tracker, &["http://", "https://", "udp://"]) {
                let url = tracker.clone();
                return Err(Error::AnnounceTo { url });
            }
        }
        let base_url = options.base_url.as_deref().map(base).transpose()?;
        let trackers = options.trackers.clone();
        Ok(Self { base_url, trackers })
    }
}

fn base(url: &str) -> Result<String, Error> {
    match is_url(url, &["http://", "https://"]) && !url.contains(['?', '#']) {
        true => Ok(format!("{}/", url.trim_end_matches('/'))),
        false => Err(Error::PublishUnder { url: url.into() }),
    }
}

fn is_url(text: &str, schemes: &[&str]) -> bool {
    let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
    let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    has_host && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

struct Work<'a> {
    home: &'a Home,
    /// Links of the public folder lead there, unless they lie in a store elsewhere.
    tranches: Location,
    options: &'a ReleaseOptions,
    clock: &'a dyn Clock,
    monitor: &'a dyn Monitor,
    addresses: Addresses,
    before: Option<Listing>,
    to_come: BTreeSet<String>,
    listing: Listing,
    summary: ReleaseSummary,
}

/// A bag that may leave, with its torrent.
struct Ready {
    bag: Bag,
    metainfo: Metainfo,
}

impl Work<'_> {
    /// Rights first: what is not open stops being public before anything else.
    fn hold_back(&mut self, plan: &ReleasePlan) -> Result<(), Error> {
        for held in &plan.held {
            self.monitor.finding(held.finding.clone());
            self.summary.held.push(held.name.clone());
            self.unpublish(&held.name)?;
        }
        Ok(())
    }

    fn unpublish(&mut self, name: &str) -> Result<(), Error> {
        let recovery = format!("{name}{RECOVERY}");
        for name in [name, &recovery] {
            for public in [name.to_owned(), format!("{name}.torrent"), proofs_of(name)] {
                if withdraw(&self.options.to.join(&public))? {
                    self.summary.withdrawn.push(public);
                }
            }
        }
        Ok(())
    }

    fn refuse(&mut self, tranche: &PlannedTranche, findings: Vec<Finding>) -> Result<(), Error> {
        // What did not answer is not damaged.
        self.tranches.has_answered()?;
        findings.into_iter().for_each(|it| self.monitor.finding(it));
        self.summary.refused.push(tranche.name.clone());
        self.unpublish(&tranche.name)
    }

    fn publish(&mut self, tranche: &PlannedTranche) -> Result<(), Error> {
        let bags = match self.open(tranche) {
            Ok(bags) => bags,
            Err(findings) => return self.refuse(tranche, findings),
        };
        let (data, recovery, tally) = bags;
        let data = self.ready(data, |old| &old.torrent, &tranche.name)?;
        let recovery = self.ready(recovery, |old| &old.recovery.torrent, &tranche.name)?;
        let (data, recovery) = match (data, recovery) {
            (Ok(data), Ok(recovery)) => (data, recovery),
            (data, recovery) => {
                let findings = [data.err(), recovery.err()].into_iter().flatten().flatten();
                return self.refuse(tranche, findings.collect());
            }
        };
        let proofs = match self.prove(&data.bag, tranche)? {
            Ok(proofs) => proofs,
            Err(finding) => return self.refuse(tranche, vec![finding]),
        };
        self.place(&data)?;
        self.place(&recovery)?;
        self.note(tranche, &data, &recovery, proofs, tally)
    }

    /// Writes what parts of the packs are proven by, from the leaf files; what an
    /// earlier release wrote of the same bag is left as it is.
    fn prove(
        &mut self,
        bag: &Bag,
        tranche: &PlannedTranche,
    ) -> Result<Result<Option<PublicProofs>, Finding>, Error> {
        let before = self.before.as_ref().and_then(|it| it.find(&tranche.name));
        let same = before.filter(|old| old.tagmanifest == tranche.sealed.tagmanifest);
        let file = proofs_of(&bag.name);
        let path = self.options.to.join(&file);
        if let Some(noted) = same.and_then(|old| old.proofs.clone())
            && fs::read(&path).is_ok_and(|there| Digest::of(&there) == noted.sha256)
        {
            return Ok(Ok(Some(noted)));
        }
        if bag.packs().next().is_none() {
            return Ok(Ok(None));
        }
        let mut writer = ProofsWriter::new(&bag.name);
        for leaves in bag.leaf_files() {
            match leaves {
                Ok((path, leaves)) => writer.add(&path, &leaves),
                Err(finding) => return Ok(Err(finding)),
            }
        }
        let bytes = writer.finish();
        if put(&path, &bytes)? {
            self.summary.written.push(file.clone());
        }
        let sha256 = Digest::of(&bytes);
        Ok(Ok(Some(PublicProofs { file, sha256 })))
    }

    fn open(&self, tranche: &PlannedTranche) -> Result<(Bag, Bag, Tally), Vec<Finding>> {
        let dir = &self.tranches;
        let sealed = &tranche.sealed;
        let name = format!("{}{RECOVERY}", tranche.name);
        let data = bag::open(&dir.join(&tranche.name), &tranche.name, &sealed.tagmanifest)?;
        let recovery = bag::open(&dir.join(&name), &name, &sealed.recovery)?;
        let tally = gate::pass(&data, self.options.now)?;
        gate::same_class(&data, &recovery)?;
        Ok((data, recovery, tally))
    }

    /// The torrent of a bag, taken over where the listing of an earlier
    /// release knows it.
    fn ready(
        &self,
        bag: Bag,
        of: fn(&PublicTranche) -> &PublicTorrent,
        tranche: &str,
    ) -> Result<Result<Ready, Vec<Finding>>, Error> {
        let around = self.around(&bag);
        let old = self.before.as_ref().and_then(|before| before.find(tranche));
        let noted = old.map(of).map(|torrent| Noted {
            v1: torrent.infohash_v1,
            v2: torrent.infohash_v2,
        });
        let path = self.options.to.join(format!("{}.torrent", bag.name));
        let is_trusted = !self.options.rehash;
        let noted = noted.filter(|_| is_trusted);
        if let Some(metainfo) = swarm::take_over(&path, noted, &bag, &around) {
            return Ok(Ok(Ready { bag, metainfo }));
        }
        let sealed = swarm::sealed_pieces(self.home, &bag).filter(|_| is_trusted);
        let threads = self.options.threads;
        let made = swarm::make(&bag, sealed.as_ref(), &around, threads, self.monitor)?;
        Ok(match made {
            Made::Damaged(findings) => Err(findings),
            Made::Torrent(metainfo) => Ok(Ready {
                bag,
                metainfo: *metainfo,
            }),
        })
    }

    fn around(&self, bag: &Bag) -> Around {
        Around {
            trackers: self.addresses.trackers.clone(),
            web_seeds: self.addresses.base_url.iter().cloned().collect(),
            creation_date: bag.date,
            created_by: Some(bag.software.clone()).filter(|text| !text.is_empty()),
            comment: None,
        }
    }

    fn place(&mut self, ready: &Ready) -> Result<(), Error> {
        let name = &ready.bag.name;
        let torrent = format!("{name}.torrent");
        let to = &self.options.to;
        // What lies in a store elsewhere is served from there.
        if let Some(dir) = ready.bag.dir.local()
            && link(&to.join(name), &dir)?
        {
            self.summary.written.push(name.clone());
        }
        if put(&to.join(&torrent), &ready.metainfo.to_bytes())? {
            self.summary.written.push(torrent);
        }
        Ok(())
    }

    /// Once the tranche is in its place: journal, then listing.
    fn note(
        &mut self,
        tranche: &PlannedTranche,
        data: &Ready,
        recovery: &Ready,
        proofs: Option<PublicProofs>,
        tally: Tally,
    ) -> Result<(), Error> {
        let public = public_tranche(tranche, data, recovery, proofs, tally);
        let infohash_v1 = public.torrent.infohash_v1.to_string();
        let infohash_v2 = public.torrent.infohash_v2.to_string();
        let released = self.home.state().released()?;
        let is_known = released.iter().any(|old| {
            (&old.tranche, &old.infohash_v1, &old.infohash_v2)
                == (&tranche.name, &infohash_v1, &infohash_v2)
        });
        if !is_known {
            let event = Event::Release {
                tranche: tranche.name.clone(),
                infohash_v1: infohash_v1.clone(),
                infohash_v2: infohash_v2.clone(),
            };
            self.home.record(event, self.clock)?;
        }
        self.summary.bytes += public.bytes;
        self.summary.recovery_bytes += public.recovery.bytes;
        self.summary.released.push(ReleasedItem {
            name: tranche.name.clone(),
            phase: tranche.phase.into(),
            bytes: public.bytes,
            infohash_v1,
            infohash_v2,
            magnet: public.torrent.magnet.clone(),
            is_new: !is_known,
        });
        self.listing.tranches.push(public);
        self.keep_progress()
    }

    /// A listing that already holds what is now known lets a killed release
    /// take over its torrents; entries of tranches that are still to come are
    /// kept meanwhile.
    fn keep_progress(&self) -> Result<(), Error> {
        let mut listing = self.listing.clone();
        let before = self.before.iter().flat_map(|before| &before.tranches);
        let later = before.filter(|old| self.to_come.contains(&old.name));
        listing.tranches.extend(later.cloned());
        self.put_listing(&listing).map(drop)
    }

    fn put_listing(&self, listing: &Listing) -> Result<bool, Error> {
        let path = self.options.to.join(LISTING);
        let bytes = listing.to_bytes().map_err(|source| Error::WriteJson {
            path: path.clone(),
            source,
        })?;
        put(&path, &bytes)
    }

    fn finish(mut self) -> Result<ReleaseSummary, Error> {
        let to = self.options.to.clone();
        let base_url = self.addresses.base_url.clone();
        let mut changed = Vec::new();
        if self.put_map(&to)? {
            changed.push(MAP);
        }
        if put(
            &to.join(FEED),
            feed(&self.listing, base_url.as_deref()).as_bytes(),
        )? {
            changed.push(FEED);
        }
        if put(&to.join(PAGE), page(&self.listing).as_bytes())? {
            changed.push(PAGE);
        }
        if self.put_listing(&self.listing)? || self.before.as_ref() != Some(&self.listing) {
            changed.push(LISTING);
        }
        let changed = changed.into_iter().map(str::to_owned);
        self.summary.written.extend(changed);
        Ok(self.summary)
    }

    fn put_map(&mut self, to: &Path) -> Result<bool, Error> {
        let tranches = self.listing.tranches.clone();
        let total = tranches
            .iter()
            .map(|tranche| tranche.recordings + tranche.covers);
        self.monitor
            .begin("writing the map", Some(total.sum()), Unit::Items);
        let dir = &self.tranches;
        let mut records = 0;
        let changed = put_stream(&to.join(MAP), &mut |out| {
            records = 0;
            for tranche in &tranches {
                let added = map::append(&dir.join(&tranche.name), &tranche.name, out)?;
                self.monitor.advance(added);
                records += added;
            }
            Ok(())
        })?;
        self.summary.records = records;
        Ok(changed)
    }
}

fn public_tranche(
    tranche: &PlannedTranche,
    data: &Ready,
    recovery: &Ready,
    proofs: Option<PublicProofs>,
    tally: Tally,
) -> PublicTranche {
    let opened = match tranche.access {
        Access::Embargoed(until) => until.max(tranche.sealed.at),
        _ => tranche.sealed.at,
    };
    PublicTranche {
        name: tranche.name.clone(),
        phase: tranche.phase.into(),
        access: tranche.access,
        sealed: tranche.sealed.at,
        opened,
        bytes: data.bag.bytes(),
        files: data.bag.lengths.len() as u64,
        recordings: tally.recordings,
        covers: tally.covers,
        duration_ms: tally.duration_ms,
        rights: rights(tally),
        tagmanifest: tranche.sealed.tagmanifest,
        torrent: torrent(&data.metainfo),
        proofs,
        recovery: PublicRecovery {
            name: recovery.bag.name.clone(),
            bytes: recovery.bag.bytes(),
            files: recovery.bag.lengths.len() as u64,
            tagmanifest: tranche.sealed.recovery,
            torrent: torrent(&recovery.metainfo),
        },
    }
}

fn rights(tally: Tally) -> Vec<RightsCount> {
    let counts = tally.rights.into_iter();
    counts
        .map(|(uri, items)| RightsCount { uri, items })
        .collect()
}

fn torrent(metainfo: &Metainfo) -> PublicTorrent {
    PublicTorrent::of(metainfo).expect("longplay makes hybrid torrents only")
}
