use {
    crate::archive::{Archive, Ear, NOW, collect, noise, receipt, staged},
    longplay_model::{Access, Digest, Event, FindingCode, IndexRecord, MemberKind, Silent},
    longplay_store::{
        Error,
        bag::{parse_info, parse_manifest},
        code::Code,
        kit::read_kit,
        leaves::LeafFile,
        merkle::{leaves_of, root_of, subtrees_of},
        pack::read_index,
        seal::{Payload, SealRequest, execute, plan},
    },
    std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        io::Cursor,
        path::Path,
    },
};

fn embargoed() -> Access {
    "embargoed until 2030-01-31".parse().unwrap()
}

fn bag(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(path, "", &mut files);
    files
}

fn text(bag: &BTreeMap<String, Vec<u8>>, path: &str) -> String {
    String::from_utf8(bag[path].clone()).unwrap()
}

/// What RFC 8493 asks of a complete and valid bag, and what the format adds.
fn assert_valid(bag: &BTreeMap<String, Vec<u8>>) {
    let payload = parse_manifest(&text(bag, "manifest-sha256.txt")).unwrap();
    let tags = parse_manifest(&text(bag, "tagmanifest-sha256.txt")).unwrap();
    for (path, digest) in payload.iter().chain(&tags) {
        assert_eq!(Digest::of(&bag[path]), *digest, "{path}");
    }
    let listed: BTreeSet<&String> = payload.keys().chain(tags.keys()).collect();
    let unlisted: Vec<_> = bag.keys().filter(|path| !listed.contains(path)).collect();
    assert_eq!(unlisted, ["tagmanifest-sha256.txt"]);
    let bytes: usize = payload.keys().map(|path| bag[path].len()).sum();
    let info = text(bag, "bag-info.txt");
    let oxum = format!("{bytes}.{}", payload.len());
    assert_eq!(parse_info(&info)["Payload-Oxum"], oxum);
    for path in payload.keys().filter(|path| path.ends_with(".leaves")) {
        let leaves = LeafFile::parse(&bag[path]).unwrap();
        for (entry, hashes) in leaves.files.iter().zip(&leaves.hashes) {
            let file = &bag[entry.path.as_str()];
            assert_eq!(entry.bytes, file.len() as u64);
            assert_eq!(entry.sha256, Digest::of(file));
            assert_eq!(*hashes, leaves_of(file));
        }
    }
}

#[test]
fn everything_staged_is_sealed_by_class_and_kind() {
    let archive = Archive::new(4, 2);
    archive.fill(17, Access::Open);
    let home = archive.open();
    for (number, access) in [(100, Access::Dark), (101, embargoed())] {
        let audio = noise(number, 9_000);
        let staged = (archive.stage(&home, &audio), audio.len());
        let receipt = Box::new(receipt(number, access, staged, None));
        home.record(Event::Ingestion { receipt }, &*NOW).unwrap();
    }
    drop(home);
    let summary = archive.seal();
    let names: Vec<_> = summary.tranches.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "0001-audio-open",
            "0002-audio-embargo-2030-01-31",
            "0003-audio-dark",
            "0004-art-open"
        ]
    );
    for name in names {
        for name in [name.to_owned(), format!("{name}-recovery")] {
            assert_valid(&bag(&archive.tranches().join(name)));
        }
    }
    let home = archive.open();
    assert_eq!(home.staging().blobs().unwrap(), []);
    assert_eq!(home.state().staged().unwrap(), []);
    assert_eq!(home.state().sealed().unwrap().len(), 4);
    let left: Vec<_> = fs::read_dir(archive.tranches()).unwrap().collect();
    assert_eq!(left.len(), 8, "no note and no partial folder is left");
    drop(home);
    assert!(archive.plan().is_empty(), "a second seal has nothing to do");
}

#[test]
fn every_file_is_as_long_as_it_was_planned() {
    let archive = Archive::new(3, 2);
    archive.fill(40, Access::Open);
    let plan = archive.plan();
    archive.seal();
    assert!(
        plan.tranches[0].stripes.len() > 1,
        "more than one stripe is tried"
    );
    for tranche in &plan.tranches {
        let name = tranche.name.to_string();
        let bags =
            [name.clone(), tranche.name.recovery()].map(|it| bag(&archive.tranches().join(it)));
        for shard in tranche.shards() {
            assert_eq!(bags[0][shard.path.as_str()].len() as u64, shard.bytes());
        }
        for stripe in &tranche.stripes {
            for j in 0..2 {
                let path = tranche.name.recovery_path(stripe.number, j);
                assert_eq!(bags[1][path.as_str()].len() as u64, stripe.pack_bytes);
            }
        }
        for (bag, payload) in bags.iter().zip([tranche.payload, tranche.recovery]) {
            let data = bag.iter().filter(|(path, _)| path.starts_with("data/"));
            let bytes: usize = data.clone().map(|(_, bytes)| bytes.len()).sum();
            assert_eq!(
                (bytes as u64, data.count() as u64),
                (payload.bytes, payload.files)
            );
        }
    }
}

#[test]
fn the_index_of_a_tranche_is_that_of_its_packs() {
    let archive = Archive::new(4, 1);
    archive.fill(12, Access::Open);
    archive.seal();
    for name in ["0001-audio-open", "0002-art-open"] {
        let bag = bag(&archive.tranches().join(name));
        let packs = bag.iter().filter(|(path, _)| path.ends_with(".tar"));
        let lines: Vec<u8> = packs
            .flat_map(|(_, pack)| read_index(&mut Cursor::new(pack)).unwrap().lines)
            .collect();
        assert!(bag["data/index.jsonl"] == lines);
    }
}

fn records(archive: &Archive, tranche: &str) -> Vec<IndexRecord> {
    let index = archive.tranches().join(tranche).join("data/index.jsonl");
    let text = fs::read_to_string(index).unwrap();
    let lines = text.lines().filter(|line| line.starts_with("{\"path\""));
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn members_are_called_for_people_and_come_in_the_order_of_the_plan() {
    let archive = Archive::new(4, 1);
    archive.fill(6, Access::Open);
    archive.seal();
    let audio = records(&archive, "0001-audio-open");
    let audio: Vec<_> = audio
        .iter()
        .filter(|it| it.kind == MemberKind::Audio)
        .collect();
    let path = audio[1].path.as_str();
    assert!(path.starts_with("Artist 0/2019 Release 0 ["), "{path}");
    assert!(path.ends_with("]/2-02 Títle 1.flac"), "{path}");
    let positions: Vec<_> = audio.iter().map(|it| it.position.unwrap()).collect();
    assert_eq!(positions, [1, 2, 3, 4, 5, 6]);
    assert!(
        audio
            .iter()
            .all(|it| it.rights.is_some() && it.cover.is_some())
    );
}

#[test]
fn a_cover_that_tracks_share_is_held_once() {
    let archive = Archive::new(4, 1);
    let home = archive.open();
    let cover = noise(77, 600);
    let events = (0..3).map(|number| {
        let audio = noise(number, 5_000);
        let staged = (archive.stage(&home, &audio), audio.len());
        let cover = (archive.stage(&home, &cover), cover.len());
        Event::Ingestion {
            receipt: Box::new(receipt(number, Access::Open, staged, Some(cover))),
        }
    });
    home.record_all(events.collect(), &*NOW).unwrap();
    drop(home);
    archive.seal();
    let covers = records(&archive, "0002-art-open");
    assert_eq!(covers.len(), 1);
    assert_eq!(covers[0].tracks.len(), 3);
    assert_eq!(covers[0].sha256, Digest::of(&cover));
    assert!(covers[0].path.as_str().ends_with("/cover.png"));
}

#[test]
fn kits_tell_the_whole_stripe_and_lost_packs_come_back() {
    let archive = Archive::new(4, 2);
    archive.fill(60, Access::Open);
    archive.seal();
    let data = bag(&archive.tranches().join("0001-audio-open"));
    let recovery = bag(&archive.tranches().join("0001-audio-open-recovery"));
    let recs: Vec<_> = recovery
        .iter()
        .filter(|(path, _)| path.ends_with(".rec"))
        .collect();
    assert!(recs.len() >= 4);
    for pair in recs.chunks(2) {
        let kits: Vec<_> = pair
            .iter()
            .map(|(_, bytes)| read_kit(&mut Cursor::new(bytes)).unwrap())
            .collect();
        let (kit, trailer) = &kits[0];
        assert_eq!(kit, &kits[1].0);
        assert_eq!((trailer.j, kits[1].1.j), (0, 1));
        for (path, text) in kit.bag.iter() {
            assert_eq!(data[path], text.as_bytes());
        }
        for (path, text) in kit.recovery_bag.iter() {
            assert_eq!(recovery[path], text.as_bytes());
        }
        for file in &kit.files {
            let leaves = leaves_of(&data[file.path.as_str()]);
            assert_eq!(
                (file.root, &file.subtrees.0),
                (root_of(&leaves), &subtrees_of(&leaves))
            );
        }
        // Two of the data files are lost.
        let longest = kit.data_bytes as usize;
        for (known, (_, bytes)) in kit.recovery.iter().zip(pair) {
            assert_eq!(known.sha256, Digest::of(&bytes[..longest]));
            assert_eq!(known.root, root_of(&leaves_of(&bytes[..longest])));
        }
        let shard = |row: usize| -> &[u8] {
            match kit.files.get(row) {
                Some(file) => &data[file.path.as_str()],
                None if row < 4 => &[],
                None => &pair[row - 4].1[..longest],
            }
        };
        let code = Code::new(kit.k, kit.m).unwrap();
        let present = [2, 3, 4, 5];
        let mut rebuilt = vec![vec![0; longest]; 2];
        code.rebuilder(&present, &[0, 1])
            .unwrap()
            .mix(&present.map(shard), &mut rebuilt);
        for (row, bytes) in rebuilt.iter().enumerate() {
            assert!(bytes[..shard(row).len()] == *shard(row));
        }
    }
}

#[test]
fn a_damaged_blob_is_told_left_out_and_comes_back_after_intake() {
    let archive = Archive::new(3, 1);
    archive.fill(12, Access::Open);
    let whole = Archive::new(3, 1);
    whole.fill(12, Access::Open);
    let home = archive.open();
    let [rotten, missing, cut] = [3u64, 5, 7].map(|number| {
        let receipts = home.state().staged().unwrap();
        receipts[number as usize].clone()
    });
    let mut bytes = fs::read(home.staging().location(&rotten.blob).path()).unwrap();
    bytes[2_000] ^= 1;
    fs::write(home.staging().location(&rotten.blob).path(), &bytes).unwrap();
    fs::remove_file(home.staging().location(&missing.blob).path()).unwrap();
    fs::write(home.staging().location(&cut.blob).path(), b"cut").unwrap();
    let ear = Ear::default();
    let request = staged();
    let summary = execute(&home, &plan(&home, &request).unwrap(), &*NOW, &ear).unwrap();
    let findings = ear.0.into_inner().unwrap();
    assert_eq!(findings.len(), 3, "{findings:?}");
    assert!(findings.iter().all(|it| it.code == FindingCode::S014));
    assert!(
        findings
            .iter()
            .any(|it| it.seen.contains("its digest is") && it.seen.contains("3.flac"))
    );
    assert_eq!(summary.left_out, 3);
    let waiting: Vec<_> = home
        .state()
        .staged()
        .unwrap()
        .iter()
        .map(|it| it.blob)
        .collect();
    assert_eq!(waiting, [rotten.blob, missing.blob, cut.blob]);
    assert!(
        home.staging().set_aside(&rotten.blob).is_err(),
        "it is set aside already"
    );
    drop(home);
    let held = records(&archive, "0001-audio-open");
    assert_eq!(
        held.iter()
            .filter(|it| it.kind == MemberKind::Audio)
            .count(),
        9
    );
    for name in ["0001-audio-open", "0001-audio-open-recovery"] {
        assert_valid(&bag(&archive.tranches().join(name)));
    }

    // Intake brings the blobs again; the next seal takes them.
    let home = archive.open();
    for receipt in [&rotten, &missing, &cut] {
        fs::create_dir_all(
            home.staging()
                .location(&receipt.blob)
                .path()
                .parent()
                .unwrap(),
        )
        .unwrap();
        let fresh = fs::read(whole.open().staging().location(&receipt.blob).path()).unwrap();
        fs::write(home.staging().location(&receipt.blob).path(), fresh).unwrap();
    }
    drop(home);
    let summary = archive.seal();
    assert_eq!(summary.tranches.len(), 1);
    assert_eq!(summary.tranches[0].items, 3);
    assert_eq!(archive.open().staging().blobs().unwrap(), []);
}

fn tables(archive: &Archive, contents: &[(&str, usize)]) -> SealRequest {
    let files = contents.iter().map(|(name, length)| {
        let path = archive.folder.path().join(name);
        fs::write(&path, noise(*length as u64, *length)).unwrap();
        ((*name).to_owned(), path.into())
    });
    SealRequest {
        payload: Payload::Files {
            access: Access::Open,
            files: files.collect(),
        },
        ..staged()
    }
}

#[test]
fn tables_become_a_metadata_tranche_once() {
    let archive = Archive::new(3, 1);
    let request = tables(
        &archive,
        &[
            ("tracks.parquet", 70_001),
            ("a.parquet", 0),
            ("b", 9),
            ("c", 3_000),
        ],
    );
    let home = archive.open();
    let seal = || execute(&home, &plan(&home, &request).unwrap(), &*NOW, &Silent).unwrap();
    assert_eq!(seal().tranches[0].name, "0001-metadata-open");
    assert_eq!(seal().tranches, [], "the same files are not sealed again");
    let bag_files = bag(&archive.tranches().join("0001-metadata-open"));
    assert_valid(&bag_files);
    assert_valid(&bag(&archive
        .tranches()
        .join("0001-metadata-open-recovery")));
    assert_eq!(
        bag_files["data/catalog/tracks.parquet"],
        noise(70_001, 70_001)
    );
    assert!(!bag_files.contains_key("data/index.jsonl"));
    tables(&archive, &[("c", 3_001)]);
    assert_eq!(seal().tranches[0].name, "0002-metadata-open");
}

#[test]
fn a_table_that_changes_while_it_is_sealed_is_an_error() {
    let archive = Archive::new(3, 1);
    let request = tables(&archive, &[("tracks.parquet", 70_001)]);
    let home = archive.open();
    let planned = plan(&home, &request).unwrap();
    fs::write(
        archive.folder.path().join("tracks.parquet"),
        noise(9, 70_001),
    )
    .unwrap();
    assert!(matches!(
        execute(&home, &planned, &*NOW, &Silent),
        Err(Error::SourceChanged { .. })
    ));
    let planned = plan(&home, &request).unwrap();
    assert_eq!(
        execute(&home, &planned, &*NOW, &Silent)
            .unwrap()
            .tranches
            .len(),
        1
    );
}

#[test]
fn names_that_lead_astray_are_refused() {
    let archive = Archive::new(3, 1);
    let mut request = tables(&archive, &[("t", 1)]);
    if let Payload::Files { files, .. } = &mut request.payload {
        files[0].0 = "../t".into();
    }
    let refused = plan(&archive.open(), &request);
    assert!(matches!(refused, Err(Error::NameMetadata { .. })));
}

#[test]
fn tranches_are_cut_at_their_length() {
    let archive = Archive::new(3, 1);
    let settings = archive.root().join("longplay.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let text: String = text
        .lines()
        .map(|line| match line.starts_with("tranche_bytes") {
            true => "tranche_bytes = \"200kB\"\n".to_owned(),
            false => format!("{line}\n"),
        })
        .collect();
    fs::write(&settings, text).unwrap();
    archive.fill(20, Access::Open);
    let summary = archive.seal();
    assert!(summary.tranches.len() >= 3, "{summary:?}");
    let audio: u64 = summary
        .tranches
        .iter()
        .filter(|it| it.name.contains("audio"))
        .map(|it| it.items)
        .sum();
    assert_eq!(audio, 20);
}

#[test]
fn names_of_any_shape_become_portable_paths() {
    let archive = Archive::new(4, 1);
    let home = archive.open();
    let shapes = [
        ("AC/DC", Some("é".repeat(200)), "con"),
        ("..", Some("...".into()), ""),
        ("con", None, "a\u{301} what?"),
        ("CON", None, "Á WHAT?"),
        ("  ", Some("  ".into()), "x. "),
    ];
    let events = (0..).zip(shapes).map(|(number, (artist, release, title))| {
        let audio = noise(number, 4_000);
        let staged = (archive.stage(&home, &audio), audio.len());
        let mut receipt = Box::new(receipt(number, Access::Open, staged, None));
        (receipt.artist, receipt.release, receipt.title) = (artist.into(), release, title.into());
        (receipt.position, receipt.disc, receipt.date) = (None, None, None);
        Event::Ingestion { receipt }
    });
    home.record_all(events.collect(), &*NOW).unwrap();
    drop(home);
    archive.seal();
    let paths: Vec<String> = records(&archive, "0001-audio-open")
        .into_iter()
        .filter(|it| it.kind == MemberKind::Audio)
        .map(|it| it.path.to_string())
        .collect();
    assert!(
        paths[0].starts_with("AC_DC/éé") && paths[0].ends_with("]/_con.flac"),
        "{paths:?}"
    );
    let release = paths[0].split('/').nth(1).unwrap();
    assert!(release.len() <= 255 && release.contains("é ["), "{release}");
    assert!(
        paths[1].starts_with("_/_ [") && paths[1].ends_with("]/_.flac"),
        "{paths:?}"
    );
    assert_eq!(paths[2], "_con/á what_.flac");
    assert_eq!(paths[3], "_CON/Á WHAT_ (2).flac");
}
