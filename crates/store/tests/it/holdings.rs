//! The index of what tranches hold, beside a map of the same; damaged, killed,
//! deleted, and asked by who may not write.

use {
    crate::{
        archive::{Archive, Ear, NOW, config, fill, seal, staged},
        fixture::Rng,
        memory::MemoryDisk,
        readings,
        seal_killed::Killer,
        seeds::replay,
    },
    longplay_model::{Access, Digest, Event, Finding, FindingCode, Monitor, Silent, Unit},
    longplay_store::{
        Error, Home, Mode,
        bag::{MANIFEST, Manifest, TAG_MANIFEST, format_manifest},
        holdings::{Gather, Holding, Holdings, MEMORY, Member, Tranche, fuzzing},
        names::{INDEX, TrancheKind, TrancheName},
        seal::{execute, plan},
    },
    proptest::prelude::*,
    std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        panic::{AssertUnwindSafe, catch_unwind},
        path::{Path, PathBuf},
    },
};

/// Tranches of indexes alone, and what stands in them.
struct Shelf {
    folder: tempfile::TempDir,
    tranches: Vec<Tranche>,
    twin: BTreeMap<Digest, BTreeSet<Holding>>,
}

fn digest(number: u64) -> Digest {
    Digest::of(&number.to_le_bytes())
}

impl Shelf {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            tranches: Vec::new(),
            twin: BTreeMap::new(),
        }
    }

    /// Tranches of these blobs, 10 a pack.
    fn of(tranches: &[Vec<u64>]) -> Self {
        let mut shelf = Self::new();
        tranches.iter().for_each(|blobs| shelf.add(blobs));
        shelf
    }

    fn index(&self) -> PathBuf {
        self.folder.path().join("holdings")
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("tranches")
    }

    fn add(&mut self, blobs: &[u64]) {
        let number = self.tranches.len() as u32 + 1;
        let name = TrancheName::new(number, TrancheKind::Audio, Access::Open);
        let mut index = String::new();
        for (at, blob) in blobs.iter().enumerate() {
            let member = Member {
                digest: digest(*blob),
                pack: (at / 10) as u32,
                offset: 512 + at as u64 * 1024,
                length: blob % 1000,
            };
            if at % 10 == 0 {
                let pack = name.pack(member.pack);
                let members = blobs.len().min(at + 10) - at;
                index += &format!(
                    "{{\"longplay\":\"pack-index\",\"version\":1,\"pack\":\"{pack}\",\"piece_length\":16384,\"members\":{members}}}\n"
                );
            }
            index += &line(&name, &member);
            let holding = Holding {
                tranche: name.clone(),
                member,
            };
            self.twin.entry(member.digest).or_default().insert(holding);
        }
        let bag = self.dir().join(name.to_string());
        fs::create_dir_all(bag.join("data")).unwrap();
        fs::write(bag.join(INDEX), &index).unwrap();
        let listed = |path: &str, text: &str| {
            let manifest = Manifest::from([(path.to_owned(), Digest::of(text.as_bytes()))]);
            format_manifest(&manifest)
        };
        let manifest = listed(INDEX, &index);
        let tags = listed(MANIFEST, &manifest);
        fs::write(bag.join(MANIFEST), &manifest).unwrap();
        fs::write(bag.join(TAG_MANIFEST), &tags).unwrap();
        let tagmanifest = Digest::of(tags.as_bytes());
        self.tranches.push(Tranche { name, tagmanifest });
    }

    fn open(&self, monitor: &dyn Monitor) -> Holdings {
        let tranches = self.tranches.clone();
        Holdings::over(self.index(), self.dir(), tranches, true, monitor).unwrap()
    }

    fn look(&self, monitor: &dyn Monitor) -> Holdings {
        let tranches = self.tranches.clone();
        Holdings::over(self.index(), self.dir(), tranches, false, monitor).unwrap()
    }

    /// Asks for all that is held and for some that is not, one by one and at once.
    fn check(&self, holdings: &Holdings, monitor: &dyn Monitor) {
        let absent = (0..20).map(|number| digest(1_000_000 + number));
        let digests: Vec<Digest> = self.twin.keys().copied().chain(absent).collect();
        let held = holdings.find(&digests, monitor).unwrap();
        assert_eq!(held.len(), digests.len());
        for (digest, held) in digests.iter().zip(held) {
            let places: BTreeSet<Holding> = held.places.iter().cloned().collect();
            assert_eq!(places.len(), held.places.len());
            assert_eq!(places, self.twin.get(digest).cloned().unwrap_or_default());
            assert!(held.is_complete);
            let alone = holdings.find(&[*digest], monitor).unwrap();
            assert_eq!(alone, [held]);
        }
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        crate::fixture::tree(&self.index())
    }

    fn segment(&self) -> PathBuf {
        let files = self.files();
        let mut names = files.keys().filter(|name| name.ends_with(".holdings"));
        self.index().join(names.next().unwrap())
    }
}

fn line(name: &TrancheName, member: &Member) -> String {
    let Member {
        digest,
        pack,
        offset,
        length,
    } = member;
    let pack = name.pack(*pack);
    format!(
        "{{\"path\":\"a/{digest}.flac\",\"pack\":\"{pack}\",\"offset\":{offset},\"length\":{length},\
         \"sha256\":\"{digest}\",\"kind\":\"audio\",\"media_type\":\"audio/flac\",\"title\":\"\\\"\",\
         \"access\":\"open\"}}\n"
    )
}

fn codes(ear: &Ear) -> Vec<FindingCode> {
    let findings = ear.0.lock().unwrap();
    findings.iter().map(|finding| finding.code).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Tranches come one after another or several at once; blobs repeat within a
    /// tranche and across tranches.
    #[test]
    fn answers_are_those_of_a_map(
        tranches in prop::collection::vec((prop::collection::vec(0u64..400, 0..300), any::<bool>()), 0..9),
    ) {
        let mut shelf = Shelf::new();
        for (blobs, is_opened) in &tranches {
            shelf.add(blobs);
            if *is_opened {
                let holdings = shelf.open(&Silent);
                shelf.check(&holdings, &Silent);
            }
        }
        let grown = shelf.open(&Silent);
        shelf.check(&grown, &Silent);
        prop_assert_eq!(grown.stats().uncovered, 0);
        let entries: usize = tranches.iter().map(|(blobs, _)| blobs.len()).sum();
        prop_assert_eq!(grown.stats().entries, entries as u64);
        shelf.check(&shelf.look(&Silent), &Silent);
    }

    #[test]
    fn bytes_follow_from_the_tranches_alone(
        tranches in prop::collection::vec(prop::collection::vec(0u64..100_000, 0..400), 1..6),
        memory in 0usize..20_000,
    ) {
        let shelf = Shelf::of(&tranches);
        let large = shelf.folder.path().join("large");
        let small = shelf.folder.path().join("small");
        for (folder, memory, is_turned) in [(&large, MEMORY, false), (&small, memory, true)] {
            let gather = Gather::new(folder, 2_000, memory);
            let mut numbered: Vec<_> = (0..).zip(&shelf.tranches).collect();
            if is_turned {
                numbered.reverse();
            }
            for (number, tranche) in numbered {
                let members = tranche.read(shelf.dir()).members;
                prop_assert!(gather.add(number, tranche, &members).unwrap());
            }
            gather.finish_alone(&Silent).unwrap();
        }
        prop_assert_eq!(crate::fixture::tree(&large), crate::fixture::tree(&small));
    }
}

/// Three blocks of entries, two segments.
fn small() -> Shelf {
    let mut shelf = Shelf::of(&[(0..70).collect(), (60..190).collect()]);
    shelf.open(&Silent);
    shelf.add(&[1, 2, 3, 65, 7_000]);
    shelf.open(&Silent);
    assert_eq!(shelf.look(&Silent).stats().segments, 2);
    shelf
}

/// Who may not write tells each flipped byte, and answers from the indexes.
#[test]
fn no_flipped_byte_makes_an_answer_wrong() {
    let mut shelf = Shelf::of(&[(0..40).collect()]);
    shelf.open(&Silent);
    shelf.add(&[1, 2, 500]);
    shelf.open(&Silent);
    assert_eq!(shelf.files().len(), 3);
    for (name, bytes) in shelf.files() {
        let path = shelf.index().join(name);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(&path, &damaged).unwrap();
            let ear = Ear::default();
            let digests: Vec<Digest> = shelf.twin.keys().copied().collect();
            let holdings = shelf.look(&ear);
            let held = holdings.find(&digests, &ear).unwrap();
            for (held, twin) in held.iter().zip(shelf.twin.values()) {
                assert!(held.places.iter().eq(twin), "{}, byte {at}", path.display());
                assert!(held.is_complete);
            }
            let code = codes(&ear);
            assert_eq!(code, [FindingCode::S027], "{}, byte {at}", path.display());
        }
        fs::write(&path, &bytes).unwrap();
    }
    shelf.check(&shelf.look(&Silent), &Silent);
}

/// Who may write makes again what was cut, extended, emptied or taken away.
#[test]
fn what_is_damaged_is_made_again() {
    let shelf = small();
    let whole = shelf.files();
    let mut rng = Rng(5);
    for (name, bytes) in &whole {
        let path = shelf.index().join(name);
        let cut = bytes[..rng.below(bytes.len() as u64) as usize].to_vec();
        let longer = [&bytes[..], &[0; 9]].concat();
        let mut flipped = bytes.clone();
        flipped[rng.below(bytes.len() as u64) as usize] ^= 0x10;
        for damaged in [
            Some(cut),
            Some(longer),
            Some(Vec::new()),
            Some(flipped),
            None,
        ] {
            match &damaged {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let ear = Ear::default();
            shelf.check(&shelf.open(&ear), &ear);
            let is_gone = name == "segments.json" && damaged.is_none();
            assert_eq!(codes(&ear).is_empty(), is_gone, "{name}");
            let again = shelf.open(&ear);
            assert_eq!(again.stats().uncovered, 0);
            assert_eq!(again.stats().entries, 205);
            // The next round starts from the same two segments.
            fs::remove_dir_all(shelf.index()).unwrap();
            whole.iter().for_each(|(name, bytes)| {
                fs::create_dir_all(shelf.index()).unwrap();
                fs::write(shelf.index().join(name), bytes).unwrap();
            });
        }
    }
}

#[test]
fn a_segment_of_another_index_is_not_believed() {
    let (shelf, other) = (small(), Shelf::of(&[(500..700).collect()]));
    other.open(&Silent);
    // A block of another segment in this one's place: both have their checks.
    let mut mixed = fs::read(shelf.segment()).unwrap();
    mixed[..4096].copy_from_slice(&fs::read(other.segment()).unwrap()[..4096]);
    fs::write(shelf.segment(), mixed).unwrap();
    let ear = Ear::default();
    shelf.check(&shelf.look(&ear), &ear);
    assert!(codes(&ear).contains(&FindingCode::S027));
    // A whole index of other tranches: it is sound, and of another history.
    fs::remove_dir_all(shelf.index()).unwrap();
    crate::fixture::write_tree(&shelf.index(), &other.files());
    shelf.check(&shelf.look(&Silent), &Silent);
    shelf.check(&shelf.open(&Silent), &Silent);
    assert_eq!(shelf.look(&Silent).stats().entries, 205);
}

#[test]
fn a_kill_at_any_step_leaves_an_index_that_is_right() {
    let wanted = {
        let shelf = small();
        shelf.files()
    };
    for steps in 0.. {
        let mut shelf = Shelf::of(&[(0..70).collect(), (60..190).collect()]);
        shelf.open(&Silent);
        shelf.add(&[1, 2, 3, 65, 7_000]);
        let killer = Killer::after(steps);
        let ended = catch_unwind(AssertUnwindSafe(|| shelf.open(&killer)));
        shelf.check(&shelf.look(&Silent), &Silent);
        shelf.check(&shelf.open(&Silent), &Silent);
        assert_eq!(shelf.files(), wanted, "killed at step {steps}");
        if ended.is_ok() {
            assert!(steps > 3, "only {steps} steps were tried");
            break;
        }
    }
}

/// What stands on disk between any two steps of writing.
#[test]
fn files_of_a_killed_writer_do_not_count() {
    let shelf = small();
    let whole = shelf.files();
    let other = Shelf::of(&[(500..700).collect()]);
    other.open(&Silent);
    let name = other.segment();
    let name = name.file_name().unwrap();
    // A draft, a part that waits, and a segment that no list names yet.
    fs::write(shelf.index().join(".longplay-segment.tmp"), b"half").unwrap();
    fs::write(shelf.index().join(".longplay-part-003.tmp"), b"part").unwrap();
    fs::copy(other.segment(), shelf.index().join(name)).unwrap();
    let ear = Ear::default();
    shelf.check(&shelf.look(&ear), &ear);
    assert_eq!(codes(&ear), []);
    let mut grown = small();
    fs::remove_dir_all(grown.index()).unwrap();
    crate::fixture::write_tree(&grown.index(), &shelf.files());
    grown.add(&[9_000]);
    grown.check(&grown.open(&ear), &ear);
    assert_eq!(codes(&ear), []);
    let names: Vec<String> = grown.files().into_keys().collect();
    assert!(names.iter().all(|name| !name.starts_with('.')));
    assert!(!names.contains(&name.to_str().unwrap().to_owned()));
    // The segments that were not merged are those that were there.
    let kept = whole
        .iter()
        .filter(|(name, bytes)| grown.files().get(*name) == Some(bytes));
    assert!(kept.count() >= 1);
}

#[test]
fn a_stopped_writer_says_so_and_changes_nothing() {
    struct Stopped;
    impl Monitor for Stopped {
        fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
        fn advance(&self, _: u64) {}
        fn finding(&self, _: Finding) {}
        fn is_interrupted(&self) -> bool {
            true
        }
    }
    let mut shelf = small();
    let before = shelf.files();
    shelf.add(&[8_000]);
    let tranches = shelf.tranches.clone();
    let stopped = Holdings::over(shelf.index(), shelf.dir(), tranches, true, &Stopped);
    assert!(matches!(stopped, Err(Error::Interrupted)));
    assert_eq!(shelf.files(), before);
}

#[test]
fn a_tranche_with_numbers_too_large_is_read_each_time() {
    let mut shelf = Shelf::new();
    shelf.add(&[1, 2]);
    shelf.add(&[3]);
    let name = shelf.tranches[1].name.clone();
    let huge = Member {
        digest: digest(3),
        pack: 0,
        offset: 1 << 41,
        length: 5,
    };
    let bag = shelf.dir().join(name.to_string());
    let index = line(&name, &huge);
    let manifest = format!("{}  {INDEX}\n", Digest::of(index.as_bytes()));
    let tags = format!("{}  {MANIFEST}\n", Digest::of(manifest.as_bytes()));
    fs::write(bag.join(INDEX), index).unwrap();
    fs::write(bag.join(MANIFEST), manifest).unwrap();
    fs::write(bag.join(TAG_MANIFEST), &tags).unwrap();
    shelf.tranches[1].tagmanifest = Digest::of(tags.as_bytes());
    let holding = Holding {
        tranche: name,
        member: huge,
    };
    shelf.twin.insert(digest(3), BTreeSet::from([holding]));
    let holdings = shelf.open(&Silent);
    shelf.check(&holdings, &Silent);
    assert_eq!(
        (holdings.stats().entries, holdings.stats().uncovered),
        (2, 1)
    );
}

/// All blobs of an archive, and where they should be.
fn sealed(archive: &Archive) -> (Home, Vec<Digest>) {
    let home = archive.open();
    let receipts = home.state().all_receipts().unwrap();
    let covers = receipts.iter().filter_map(|receipt| receipt.cover.as_ref());
    let blobs = receipts
        .iter()
        .map(|receipt| receipt.blob)
        .chain(covers.map(|it| it.blob));
    let blobs: BTreeSet<Digest> = blobs.collect();
    (home, blobs.into_iter().collect())
}

/// Every blob is where the index says.
fn read_all(archive: &Archive, holdings: &Holdings, blobs: &[Digest]) {
    for (blob, held) in blobs.iter().zip(holdings.find(blobs, &Silent).unwrap()) {
        let place = &held.places[0];
        let pack = archive.tranches().join(place.tranche.to_string());
        let pack =
            fs::read(pack.join(place.tranche.pack_path(place.member.pack).as_str())).unwrap();
        let at = place.member.offset as usize;
        assert_eq!(
            Digest::of(&pack[at..at + place.member.length as usize]),
            *blob
        );
        assert!(holdings.reads_back(place));
        let record = holdings.record(place).unwrap().unwrap();
        assert_eq!((record.sha256, record.offset), (*blob, place.member.offset));
    }
}

#[test]
fn sealing_enters_what_it_sealed() {
    let archive = Archive::new(2, 1);
    archive.fill(14, Access::Open);
    archive.seal();
    assert!(archive.root().join("holdings/segments.json").is_file());
    let before = archive.files();
    let (home, blobs) = sealed(&archive);
    let holdings = Holdings::open(&home, &Silent).unwrap();
    assert_eq!(
        (holdings.stats().tranches, holdings.stats().uncovered),
        (2, 0)
    );
    read_all(&archive, &holdings, &blobs);
    drop(home);
    // Another access class, two more tranches.
    archive.fill(20, Access::Dark);
    archive.seal();
    let (home, blobs) = sealed(&archive);
    let grown = Holdings::open(&home, &Silent).unwrap();
    assert_eq!((grown.stats().tranches, grown.stats().uncovered), (4, 0));
    read_all(&archive, &grown, &blobs);
    let rebuilt = Holdings::rebuild(&home, &Silent).unwrap();
    assert_eq!(rebuilt.stats().segments, 1);
    assert_eq!(rebuilt.stats().entries, grown.stats().entries);
    read_all(&archive, &rebuilt, &blobs);
    assert!(before.len() < archive.files().len());
}

#[test]
fn who_may_not_write_gets_the_same_answers() {
    let archive = Archive::new(2, 1);
    archive.fill(10, Access::Open);
    archive.seal();
    fs::remove_dir_all(archive.root().join("holdings")).unwrap();
    let (writer, blobs) = sealed(&archive);
    let reader = Home::open(archive.root(), Mode::Read, &Silent).unwrap();
    let holdings = Holdings::open(&reader, &Silent).unwrap();
    assert_eq!(holdings.stats().uncovered, 2);
    read_all(&archive, &holdings, &blobs);
    assert!(!archive.root().join("holdings/segments.json").exists());
    assert!(matches!(
        Holdings::rebuild(&reader, &Silent),
        Err(Error::ReadOnly { .. })
    ));
    drop(writer);
    let holdings = Holdings::open(&reader, &Silent).unwrap();
    assert_eq!(holdings.stats().uncovered, 0);
    read_all(&archive, &holdings, &blobs);
}

#[test]
fn packs_tell_what_a_damaged_index_does_not() {
    let archive = Archive::new(2, 1);
    archive.fill(10, Access::Open);
    archive.seal();
    let (home, blobs) = sealed(&archive);
    let tranche = archive.tranches().join("0001-audio-open");
    let index = fs::read(tranche.join(INDEX)).unwrap();
    let mut damaged = index.clone();
    damaged[200] ^= 1;
    fs::write(tranche.join(INDEX), damaged).unwrap();
    let holdings = Holdings::rebuild(&home, &Silent).unwrap();
    read_all(&archive, &holdings, &blobs);
    let told: Vec<_> = holdings.unread();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].code, FindingCode::S007);
    assert_eq!(told[0].subject, "0001-audio-open/data/index.jsonl");
    // A pack is gone too: what it held is not known, and the answer says so.
    let pack = tranche.join("data/packs/0001-audio-open-000000.tar");
    let bytes = fs::read(&pack).unwrap();
    fs::remove_file(&pack).unwrap();
    let holdings = Holdings::rebuild(&home, &Silent).unwrap();
    let held = holdings.find(&blobs, &Silent).unwrap();
    assert!(held.iter().all(|held| !held.is_complete));
    assert!(held.iter().any(|held| held.places.is_empty()));
    assert!(
        holdings
            .unread()
            .iter()
            .any(|it| it.subject.ends_with("000000.tar"))
    );
    // All of it is gone.
    let aside = archive.folder.path().join("aside");
    fs::rename(&tranche, &aside).unwrap();
    let holdings = Holdings::open(&home, &Silent).unwrap();
    assert_eq!(holdings.unread()[0].code, FindingCode::S018);
    assert_eq!(holdings.stats().uncovered, 1);
    // And comes back.
    fs::rename(&aside, &tranche).unwrap();
    fs::write(&pack, bytes).unwrap();
    fs::write(tranche.join(INDEX), index).unwrap();
    let holdings = Holdings::open(&home, &Silent).unwrap();
    assert_eq!(
        (holdings.stats().uncovered, holdings.unread()),
        (0, Vec::new())
    );
    read_all(&archive, &holdings, &blobs);
}

/// An archive on no disk of the system, after a power cut at its worst.
#[test]
fn an_index_lies_with_its_archive_on_any_disk() {
    let disk = MemoryDisk::default();
    let home = Home::create(disk.location("/archive"), &config(4, 2), &*NOW).unwrap();
    fill(&home, 20, Access::Open);
    seal(&home);
    let rest = disk.after_power_cut();
    let home = Home::open(rest.location("/archive"), Mode::Write, &Silent).unwrap();
    let ear = Ear::default();
    let holdings = Holdings::open(&home, &ear).unwrap();
    let stats = holdings.stats();
    assert_eq!((stats.tranches, stats.uncovered, stats.segments), (2, 0, 1));
    let receipts = home.state().all_receipts().unwrap();
    assert_eq!(receipts.len(), 20);
    for receipt in &receipts {
        let held = holdings.find(&[receipt.blob], &ear).unwrap();
        assert!(held[0].is_complete && holdings.reads_back(&held[0].places[0]));
        let record = holdings.record(&held[0].places[0]).unwrap().unwrap();
        assert_eq!(record.sha256, receipt.blob);
    }
    assert_eq!(codes(&ear), []);
    // What was written there is told damaged there, and made again there.
    let list = home.holdings_dir().join("segments.json");
    let before = list.read().unwrap();
    list.open_to_write().unwrap().set_bytes(20).unwrap();
    assert_eq!(Holdings::open(&home, &ear).unwrap().stats(), stats);
    assert_eq!(codes(&ear), [FindingCode::S027]);
    assert_eq!(list.read().unwrap(), before);
}

#[test]
fn who_reads_beside_a_writer_does_not_wait_for_it() {
    let (disk, home) = readings::sealed();
    let list = home.holdings_dir().join("segments.json").to_string();
    drop(home);
    disk.lose(&list);
    let open = |mode| Home::open(disk.location("/archive"), mode, &Silent).unwrap();
    let writer = open(Mode::Write);
    let locks_asked = || disk.wire(|wire| std::mem::take(&mut wire.locks_asked));
    locks_asked();
    let beside = Holdings::open(&open(Mode::Read), &Silent).unwrap().stats();
    assert!(beside.uncovered > 0 && disk.peek(&list).is_none());
    assert_eq!(locks_asked(), 1);
    drop(writer);
    let alone = Holdings::open(&open(Mode::Read), &Silent).unwrap().stats();
    assert!(alone.uncovered == 0 && disk.peek(&list).is_some());
    assert_eq!(locks_asked(), 1);
}

/// The journal was lost, and the same files are taken in again.
#[test]
fn what_an_older_tranche_holds_is_not_sealed_again() {
    for is_rotten in [false, true] {
        let archive = Archive::new(2, 1);
        archive.fill(10, Access::Open);
        archive.seal();
        let home = archive.open();
        let mut receipt = home.state().all_receipts().unwrap().remove(4);
        let held = Holdings::open(&home, &Silent)
            .unwrap()
            .find(&[receipt.blob], &Silent)
            .unwrap();
        let place = &held[0].places[0];
        let pack = archive.tranches().join(place.tranche.to_string());
        let pack = pack.join(place.tranche.pack_path(place.member.pack).as_str());
        let mut bytes = fs::read(&pack).unwrap();
        let (at, length) = (place.member.offset as usize, place.member.length as usize);
        let blob = bytes[at..at + length].to_vec();
        if is_rotten {
            bytes[at] ^= 1;
            fs::write(&pack, bytes).unwrap();
        }
        archive.stage(&home, &blob);
        receipt.order += 1_000;
        receipt.cover = None;
        let receipt = Box::new(receipt);
        home.record(Event::Ingestion { receipt }, &*NOW).unwrap();
        assert_eq!(home.state().staged().unwrap().len(), 1);
        let planned = plan(&home, &staged()).unwrap();
        assert_eq!(planned.is_empty(), !is_rotten);
        let summary = execute(&home, &planned, &*NOW, &Silent).unwrap();
        assert_eq!(summary.tranches.len(), usize::from(is_rotten));
        assert_eq!(summary.emptied_blobs, 1);
        assert_eq!(home.state().staged().unwrap(), []);
    }
}

#[test]
fn segments_as_fuzz_seeds() {
    let shelf = small();
    let segments = shelf.files().into_values();
    let segments = segments.chain([Vec::new()]);
    replay("holdings_segment", fuzzing::read_segment, segments);
}

#[test]
fn indexes_as_fuzz_seeds() {
    let shelf = Shelf::of(&[vec![1, 2]]);
    let index = shelf
        .dir()
        .join(shelf.tranches[0].name.to_string())
        .join(INDEX);
    let seeds = [
        fs::read(index).unwrap(),
        br#"{"path":"a\",\"pack\":\"b","pack":"0001-audio-open-000000.tar","offset":18446744073709551615,"length":1,"sha256":"x"}"#.to_vec(),
    ];
    replay("holdings_index", fuzzing::read_index, seeds);
}

/// A block, written from the page.
#[test]
fn the_bytes_are_those_of_the_format() {
    let shelf = Shelf::of(&[vec![7]]);
    shelf.open(&Silent);
    let bytes = fs::read(shelf.segment()).unwrap();
    let Tranche { name, tagmanifest } = &shelf.tranches[0];
    let list = format!("[{{\"name\":\"{name}\",\"tagmanifest\":\"{tagmanifest}\",\"entries\":1}}]");
    let mut block = digest(7).as_bytes().to_vec();
    block.extend([0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 7]);
    block.resize(4080, 0);
    block.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    let seed = &Digest::of(list.as_bytes()).as_bytes()[..8].to_vec();
    let checked = [&seed[..], &[0; 8], &block].concat();
    block.extend(&Digest::of(&checked).as_bytes()[..8]);
    let mut fences = digest(7).as_bytes()[..8].to_vec();
    fences.reverse();
    let head = format!(
        "{{\"longplay\":\"holdings\",\"version\":1,\"entries\":1,\"blocks\":1,\"fences_sha256\":\"{}\",\"tranches\":{list}}}",
        Digest::of(&fences)
    );
    let at = (4096u64 + 8).to_le_bytes();
    let length = (head.len() as u64).to_le_bytes();
    let wanted = [
        &block[..],
        &fences,
        head.as_bytes(),
        b"\n",
        &at,
        &length,
        b"lp-hold\n",
    ]
    .concat();
    assert!(bytes == wanted);
    let digest = Digest::of(head.as_bytes()).to_string();
    assert_eq!(
        shelf.segment().file_stem().unwrap().to_str(),
        Some(&digest[..16])
    );
    let list = format!(
        "{{\"longplay\":\"holdings\",\"version\":1,\"segments\":[{{\"file\":\"{}.holdings\",\"bytes\":{},\"head\":\"{digest}\"}}]}}\n",
        &digest[..16],
        wanted.len()
    );
    assert_eq!(
        fs::read_to_string(shelf.index().join("segments.json")).unwrap(),
        list
    );
    assert!(Path::new(&shelf.index()).is_dir());
}
