use {
    super::{
        fixture::{Lines, catalog, figure, id, source, track},
        *,
    },
    crate::{identifiers::text_key, popularity::listens_of, tables::*, text},
    longplay_model::{
        Access, CandidateBatch, CandidateColumns, Candidates, Finding, How, Matcher, Probe,
        RightsUri, Silent, Unit,
    },
    std::collections::BTreeMap,
};

fn written(lines: &Lines) -> (tempfile::TempDir, Snapshot) {
    let dir = tempfile::tempdir().unwrap();
    let snapshot = lines.write(&dir.path().join("snapshot"));
    (dir, snapshot)
}

fn ranks(tracks: &[TrackDetails]) -> Vec<u64> {
    tracks.iter().map(|track| track.rank).collect()
}

/// The figure that counts, by the rule of the format, of a plain list.
fn expected(lines: &Lines, kind: &str, metric: &str, row: u32, own: u16) -> Option<f64> {
    let told = lines
        .figures
        .iter()
        .filter(|f| f.kind == kind && f.metric == metric && f.row == row);
    let best = told.min_by_key(|f| (!(f.inherited || f.source == own), f.source));
    best.map(|figure| figure.value)
}

#[test]
fn every_table_is_told_of_every_track() {
    let lines = catalog(300, 1);
    let (_dir, snapshot) = written(&lines);
    let ranks: Vec<u64> = (0..300).collect();
    let found = snapshot.tracks_at(&ranks).unwrap();
    for ((row, line), details) in (0u32..).zip(&lines.tracks).zip(found) {
        assert_eq!(details.track.as_bytes(), &line.track_id.0);
        assert_eq!((&details.title, details.rank), (&line.title, row.into()));
        assert_eq!(details.artists.to_string(), lines.credit(row));
        let stands = &lines.tracks[line.recording as usize];
        let name = recording::named(&stands.track_id, stands.recording_mbid.as_ref());
        assert_eq!(details.recording, name);
        let popularity = expected(&lines, about::TRACK, metric::POPULARITY, row, line.source);
        let listens = expected(&lines, about::TRACK, metric::LISTENS, row, line.source);
        assert_eq!(details.popularity, popularity.map(|share| share as f32));
        assert_eq!(details.listens, listens.map(|count| count as u64));
        let estimate = || listens_of(details.popularity.unwrap_or(0.0));
        assert_eq!(details.listens_estimate, listens.unwrap_or_else(estimate));
        let release = details.release.as_ref();
        assert_eq!(release.map(|r| r.row), line.release.map(u64::from));
        if let Some(release) = release {
            let line = &lines.releases[release.row as usize];
            let popularity = expected(
                &lines,
                about::RELEASE,
                metric::POPULARITY,
                release.row as u32,
                line.source,
            );
            assert_eq!((&release.title, &release.gtin), (&line.title, &line.gtin));
            assert_eq!(release.popularity, popularity.map(|share| share as f32));
        }
        for (part, found) in lines
            .track_artists
            .iter()
            .filter(|part| part.row == row)
            .zip(&details.artists.0)
        {
            let artist = &lines.artists[part.artist as usize];
            let of = |metric| expected(&lines, about::ARTIST, metric, part.artist, artist.source);
            assert_eq!(found.id, artist.source_id);
            assert_eq!(
                found.popularity,
                of(metric::POPULARITY).map(|share| share as f32)
            );
            assert_eq!(
                found.followers,
                of(metric::FOLLOWERS).map(|count| count as u64)
            );
        }
        let genres = lines.genres.iter().filter(|genre| genre.row == row);
        assert_eq!(
            details.genres,
            genres.map(|line| line.genre.clone()).collect::<Vec<_>>()
        );
        let file = lines.files.iter().find(|file| file.row == row);
        assert_eq!(
            details.file.map(|file| file.path),
            file.map(|file| file.path.clone())
        );
    }
}

#[test]
fn many_at_once_are_the_same_as_one_by_one() {
    let lines = catalog(200, 2);
    let (_dir, snapshot) = written(&lines);
    let picked: Vec<u64> = (0..200).filter(|row| row % 7 != 3).collect();
    let together = snapshot.tracks_at(&picked).unwrap();
    let alone = picked.iter().map(|row| snapshot.track_at(*row).unwrap());
    assert_eq!(together, alone.collect::<Vec<_>>());
    assert!(snapshot.track_at(200).is_err());
    let isrcs: Vec<Isrc> = (0..110)
        .map(|n| format!("AAABC26{:05}", n * 7 % 110).parse().unwrap())
        .collect();
    let lists = snapshot.by_isrcs(&isrcs).unwrap();
    for (isrc, list) in isrcs.iter().zip(lists) {
        let carry = (0u64..)
            .zip(&lines.tracks)
            .filter(|(_, track)| track.isrcs.iter().any(|text| text == isrc.as_str()));
        assert_eq!(ranks(&list), carry.map(|(row, _)| row).collect::<Vec<_>>());
        assert_eq!(list, snapshot.by_isrc(isrc).unwrap());
        // What a code was found by is not read again, and the same.
        assert_eq!(list, snapshot.tracks_at(&ranks(&list)).unwrap());
    }
}

/// What one reading of all candidates gives, as one batch.
fn read(snapshot: &Snapshot, columns: CandidateColumns) -> CandidateBatch {
    let mut all = CandidateBatch::default();
    let candidates = snapshot.candidates(&Silent);
    let read = candidates.each(columns, &mut |batch| {
        assert_eq!(batch.first_row as usize, all.recording.len());
        all.recording.extend(&batch.recording);
        all.popularity.extend(&batch.popularity);
        all.is_rated.extend(&batch.is_rated);
        all.listens.extend(&batch.listens);
        all.duration_ms.extend(&batch.duration_ms);
        all.artist_popularity.extend(&batch.artist_popularity);
        all.release_popularity.extend(&batch.release_popularity);
        all.followers.extend(&batch.followers);
        all.files.extend(&batch.files);
    });
    read.unwrap();
    all
}

#[test]
fn candidates_are_what_the_details_say() {
    let lines = catalog(300, 3);
    let (_dir, snapshot) = written(&lines);
    let tracks = snapshot.tracks_at(&(0..300).collect::<Vec<u64>>()).unwrap();
    let details: Vec<Candidate> = tracks.iter().map(TrackDetails::candidate).collect();
    let stored: Vec<u32> = lines.tracks.iter().map(|track| track.recording).collect();
    let files: Vec<_> = (0u32..)
        .zip(&details)
        .filter_map(|(row, it)| Some((row, it.file?)))
        .collect();
    let told = |share: &f32| if share.is_nan() { 0.0 } else { *share };

    let order = read(&snapshot, CandidateColumns::Order);
    assert_eq!((&order.recording, &order.files), (&stored, &files));
    for (row, it) in details.iter().enumerate() {
        assert_eq!(told(&order.popularity[row]), it.popularity);
        assert_eq!(told(&order.artist_popularity[row]), it.artist_popularity);
        assert_eq!(told(&order.release_popularity[row]), it.release_popularity);
        assert_eq!(order.followers[row], it.followers);
        assert_eq!(order.is_rated[row], it.is_rated);
    }
    let size = read(&snapshot, CandidateColumns::Size);
    let lengths = read(&snapshot, CandidateColumns::Lengths);
    let listens = read(&snapshot, CandidateColumns::Listens);
    assert_eq!((&size.recording, &size.files), (&stored, &files));
    assert_eq!((&lengths.recording, &lengths.files), (&stored, &files));
    assert_eq!(
        (&listens.recording, &listens.listens),
        (&stored, &size.listens)
    );
    assert_eq!(lengths.duration_ms, size.duration_ms);
    for (row, it) in details.iter().enumerate() {
        assert_eq!(size.listens[row], it.listens);
        assert_eq!(size.duration_ms[row], it.duration_ms.unwrap_or(0));
    }
}

/// Interrupted from the start.
struct Hurried;

impl Monitor for Hurried {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
    fn advance(&self, _: u64) {}
    fn finding(&self, _: Finding) {}
    fn is_interrupted(&self) -> bool {
        true
    }
}

#[test]
fn an_interrupted_reading_ends_and_says_so() {
    let (_dir, snapshot) = written(&catalog(300, 3));
    let mut batches = 0;
    let candidates = snapshot.candidates(&Hurried);
    let read = candidates.each(CandidateColumns::Listens, &mut |_| batches += 1);
    assert!(matches!(read, Err(Error::Interrupted)));
    assert_eq!(batches, 0);
}

/// All ids of these tracks begin alike.
#[test]
fn keys_that_collide_lead_to_the_right_row() {
    let mut lines = Lines {
        sources: vec![source(0, "s")],
        ..Lines::default()
    };
    for row in 0..100 {
        lines.push(TrackLine {
            recording_mbid: Some(id(row, 9)),
            ..track(row)
        });
        lines.files.push(FileLine {
            row,
            path: "p".into(),
            codec: "flac".into(),
            bytes: 1,
            sha256: blob(row),
        });
    }
    let (_dir, snapshot) = written(&lines);
    for row in [0, 1, 50, 99] {
        let rank = u64::from(row);
        let track = TrackId::from_bytes(id(row, 0).0);
        assert_eq!(snapshot.track(&track).unwrap().unwrap().rank, rank);
        let mbid = Mbid::from_bytes(id(row, 9).0);
        assert_eq!(ranks(&snapshot.by_mbid(&mbid).unwrap()), [rank]);
        let recording = RecordingId::of_mbid(&mbid);
        assert_eq!(ranks(&snapshot.by_recording(&recording).unwrap()), [rank]);
        assert_eq!(snapshot.by_blob(&blob(row)).unwrap().unwrap().rank, rank);
        let probe = Probe {
            blob: Some(blob(row)),
            ..Probe::default()
        };
        let found = snapshot.matcher().find(&probe).unwrap();
        assert_eq!((found.track, found.how), (track, How::Blob));
        let probe = Probe {
            recording_mbid: Some(mbid),
            ..Probe::default()
        };
        let found = snapshot.matcher().find(&probe).unwrap();
        assert_eq!((found.recording, found.how), (recording, How::Mbid));
    }
    let absent = TrackId::from_bytes(id(100, 0).0);
    assert_eq!(snapshot.track(&absent).unwrap(), None);
    assert_eq!(snapshot.by_blob(&blob(100)).unwrap(), None);
    let mbid = Mbid::from_bytes(id(100, 9).0);
    assert_eq!(snapshot.by_mbid(&mbid).unwrap(), []);
    assert_eq!(
        snapshot.by_recording(&RecordingId::of_mbid(&mbid)).unwrap(),
        []
    );
}

/// Digests whose keys are equal.
fn blob(row: u32) -> Digest {
    let mut bytes = [3; 32];
    bytes[28..].copy_from_slice(&row.to_be_bytes());
    Digest::from_bytes(bytes)
}

#[test]
fn a_recording_is_found_by_the_name_of_its_representative_alone() {
    let lines = catalog(300, 4);
    let (_dir, snapshot) = written(&lines);
    let mut members: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for (row, track) in (0..).zip(&lines.tracks) {
        members.entry(track.recording).or_default().push(row);
    }
    assert!(members.values().any(|rows| rows.len() > 2));
    for (stands, rows) in members {
        let line = &lines.tracks[stands as usize];
        let name = recording::named(&line.track_id, line.recording_mbid.as_ref());
        assert_eq!(ranks(&snapshot.by_recording(&name).unwrap()), rows);
    }
    for line in (0..)
        .zip(&lines.tracks)
        .filter(|(row, line)| line.recording != *row)
    {
        let track = TrackId::from_bytes(line.1.track_id.0);
        let name = RecordingId::of_track(&track);
        assert_eq!(snapshot.by_recording(&name).unwrap(), []);
    }
}

#[test]
fn releases_are_found_by_their_code_with_or_without_zeros() {
    let lines = catalog(200, 5);
    let (_dir, snapshot) = written(&lines);
    let (row, line) = (0u64..)
        .zip(&lines.releases)
        .find(|(_, line)| line.gtin.as_ref().is_some_and(|gtin| gtin.starts_with('0')))
        .unwrap();
    let gtin = line.gtin.as_deref().unwrap();
    for spelling in [gtin, &gtin[1..], &format!("0{gtin}")] {
        let found = snapshot.by_gtin(spelling).unwrap();
        assert!(found.iter().any(|release| release.row == row), "{spelling}");
    }
    assert_eq!(snapshot.by_gtin("no digits").unwrap(), []);
    assert_eq!(snapshot.by_gtin("123").unwrap(), []);
}

/// Checks that tracks and releases of every span are found, each by what it has.
fn found_by_ids_and_codes(snapshot: &Snapshot) {
    let tracks = snapshot.tables.tracks.lines::<TrackLine>().unwrap();
    let tracks: Vec<TrackLine> = tracks.map(Result::unwrap).collect();
    let mut carriers: BTreeMap<Isrc, Vec<u64>> = BTreeMap::new();
    for (row, line) in (0..).zip(&tracks) {
        for isrc in details::isrcs(&line.isrcs) {
            let rows = carriers.entry(isrc).or_default();
            rows.extend((rows.last() != Some(&row)).then_some(row));
        }
        if row % 61 == 0 {
            let track = TrackId::from_bytes(line.track_id.0);
            assert_eq!(snapshot.track(&track).unwrap().unwrap().rank, row);
        }
    }
    assert!(
        carriers
            .values()
            .any(|rows| rows[rows.len() - 1] > rows[0] + 256)
    );
    let codes: Vec<Isrc> = carriers.keys().copied().collect();
    let lists = snapshot.by_isrcs(&codes).unwrap();
    for list in &lists {
        assert_eq!(*list, snapshot.tracks_at(&ranks(list)).unwrap());
    }
    let expected: Vec<Vec<u64>> = carriers.into_values().collect();
    assert_eq!(
        lists.iter().map(|list| ranks(list)).collect::<Vec<_>>(),
        expected
    );
    let releases = snapshot.tables.releases.lines::<ReleaseLine>().unwrap();
    for (row, line) in (0u64..).zip(releases.map(Result::unwrap)) {
        if let Some(gtin) = line.gtin {
            let found = snapshot.by_gtin(&gtin).unwrap();
            assert!(found.iter().any(|release| release.row == row));
        }
    }
}

#[test]
fn ids_and_codes_lead_to_rows_of_every_span() {
    let (_dir, snapshot) = written(&catalog(2_500, 9));
    found_by_ids_and_codes(&snapshot);
}

#[test]
fn a_track_that_repeats_a_code_is_found_once() {
    let mut lines = Lines {
        sources: vec![source(0, "s")],
        ..Lines::default()
    };
    let codes = ["AAABC2600001", "AAABC2600002"];
    lines.push(TrackLine {
        isrcs: [codes[0], codes[1], codes[0]].map(Into::into).into(),
        ..track(0)
    });
    let (_dir, snapshot) = written(&lines);
    let isrcs = codes.map(|code| code.parse().unwrap());
    for list in snapshot.by_isrcs(&isrcs).unwrap() {
        assert_eq!(ranks(&list), [0]);
        assert_eq!(list[0].isrcs.len(), 3);
    }
}

#[test]
fn names_that_a_synthetic_source_does_not_store_are_made() {
    let mut lines = Lines {
        sources: vec![source(0, "syn")],
        ..Lines::default()
    };
    lines.sources[0].seed = Some(0x2a);
    let record = crate::synthetic::Recipe::new(5_000, 0x2a).record(4_712);
    let name = &record.unwrap().id;
    lines.push(TrackLine {
        track_id: Id(*TrackId::of_source("syn", name).as_bytes()),
        source_id: None,
        record: 4_712,
        ..track(0)
    });
    let (_dir, snapshot) = written(&lines);
    let found = snapshot.track_by_source_id("syn", name).unwrap().unwrap();
    assert_eq!((&found.source_id, found.source_record), (name, 4_712));
    assert_eq!(snapshot.track_by_source_id("syn", "other").unwrap(), None);
}

#[test]
fn texts_match_by_all_of_credit_and_title() {
    let lines = catalog(120, 6);
    let (_dir, snapshot) = written(&lines);
    let matcher = snapshot.matcher();
    for (row, line) in (0u32..).zip(&lines.tracks) {
        let artist = lines.credit(row);
        let probe = Probe {
            title: line.title.to_uppercase(),
            artist: artist.to_uppercase(),
            duration_ms: line.duration_ms,
            ..Probe::default()
        };
        let expected = (!artist.is_empty()).then_some(line.track_id);
        let found = matcher.try_find(&probe).unwrap();
        assert_eq!(found.map(|found| Id(*found.track.as_bytes())), expected);
        assert!(found.is_none_or(|found| found.how == How::Text));
    }
}

#[test]
fn a_row_group_of_two_kinds_is_refused() {
    let mut lines = catalog(50, 7);
    let (dir, snapshot) = written(&lines);
    drop(snapshot);
    lines.figures.truncate(1);
    let path = dir.path().join("snapshot").join(POPULARITY);
    let mut writer = crate::table::TableWriter::create(&path, &POPULARITY_LAYOUT).unwrap();
    for (kind, row) in [(about::ARTIST, 0), (about::TRACK, 0)] {
        writer
            .push(figure(kind, metric::POPULARITY, 0, row, 1.0))
            .unwrap();
    }
    writer.finish().unwrap();
    let error = Snapshot::open(&dir.path().join("snapshot")).unwrap_err();
    assert!(matches!(error, Error::TableShape { .. }), "{error:?}");
}

mod open {
    use super::*;

    const DARK: u16 = 1;

    /// Sources 0 and 2 are open.
    fn opened(rows: u32, seed: u64) -> (tempfile::TempDir, Lines, Snapshot, Snapshot) {
        let mut lines = catalog(rows, seed);
        let uri: RightsUri = "https://creativecommons.org/publicdomain/zero/1.0/"
            .parse()
            .unwrap();
        for source in [0, 2] {
            lines.sources[source].records_rights = Some(RightsStatement {
                uri: uri.clone(),
                basis: "dump".into(),
            });
        }
        let (dir, snapshot) = written(&lines);
        let out = dir.path().join("out");
        let files = snapshot.open_tables(&out).unwrap();
        assert_eq!(files.len(), 11);
        // What is not open has no table of files; to read the rest, an empty one.
        let none = Lines::default().write(&dir.path().join("none"));
        std::fs::copy(none.dir().join(FILES), out.join(FILES)).unwrap();
        lines.put_meta(&out);
        let open = Snapshot::open(&out).unwrap();
        (dir, lines, snapshot, open)
    }

    fn open_rows(lines: &Lines) -> Vec<u64> {
        let rows = (0..).zip(&lines.tracks);
        let open = rows.filter(|(_, track)| track.source != DARK);
        open.map(|(row, _)| row).collect()
    }

    fn all(snapshot: &Snapshot) -> Vec<TrackDetails> {
        let ranks: Vec<u64> = (0..snapshot.tables.tracks.rows()).collect();
        snapshot.tracks_at(&ranks).unwrap()
    }

    /// Checks the track at `rank` against what it was.
    fn compare(lines: &Lines, old: &TrackDetails, new: &TrackDetails) {
        assert_eq!((new.track, &new.title), (old.track, &old.title));
        assert_eq!(new.artists.to_string(), old.artists.to_string());
        assert_eq!((&new.genres, &new.isrcs), (&old.genres, &old.isrcs));
        assert_eq!(new.file, None);
        let stays = |release: &&ReleaseDetails| lines.releases[release.row as usize].source != DARK;
        let release = old.release.as_ref().filter(stays);
        assert_eq!(
            new.release.as_ref().map(|it| (&it.id, &it.artist)),
            release.map(|it| (&it.id, &it.artist))
        );
        let mut open = lines.clone();
        open.figures.retain(|figure| figure.source != DARK);
        let own = lines.tracks[old.rank as usize].source;
        let row = old.rank as u32;
        let popularity = expected(&open, about::TRACK, metric::POPULARITY, row, own);
        assert_eq!(new.popularity, popularity.map(|share| share as f32));
    }

    #[test]
    fn open_tracks_are_told_of_as_before() {
        for seed in 10..13 {
            let (_dir, lines, before, after) = opened(200, seed);
            let (before, after) = (all(&before), all(&after));
            let rows = open_rows(&lines);
            assert_eq!(after.len(), rows.len());
            for (new, row) in after.iter().zip(&rows) {
                compare(&lines, &before[*row as usize], new);
                if let Some(release) = &new.release {
                    let first = after[release.first_rank as usize].release.as_ref();
                    assert_eq!(first.map(|it| &it.id), Some(&release.id));
                    assert!(release.first_rank <= new.rank);
                }
            }
        }
    }

    /// The recording that the track would stand for.
    fn own_name(track: &TrackDetails) -> RecordingId {
        let mbid = track.recording_mbid.as_ref().map(RecordingId::of_mbid);
        mbid.unwrap_or(RecordingId::of_track(&track.track))
    }

    #[test]
    fn recordings_hold_together_without_their_representative() {
        for seed in 20..23 {
            let (_dir, lines, before, after) = opened(200, seed);
            let (old, new) = (all(&before), all(&after));
            let mut members: BTreeMap<RecordingId, Vec<&TrackDetails>> = BTreeMap::new();
            for (new, row) in new.iter().zip(open_rows(&lines)) {
                let recording = old[row as usize].recording;
                members.entry(recording).or_default().push(new);
            }
            assert!(members.values().any(|tracks| tracks.len() > 1));
            for (recording, tracks) in members {
                let is_there = tracks.iter().any(|track| own_name(track) == recording);
                let name = match is_there {
                    true => recording,
                    false => own_name(tracks[0]),
                };
                assert!(tracks.iter().all(|track| track.recording == name));
                let ranks_of: Vec<u64> = tracks.iter().map(|track| track.rank).collect();
                assert_eq!(ranks(&after.by_recording(&name).unwrap()), ranks_of);
            }
        }
    }

    #[test]
    fn texts_lead_to_the_recordings_of_tracks_that_are_there() {
        for seed in 20..23 {
            let (dir, _, _, after) = opened(200, seed);
            let path = dir.path().join("out").join(IDENTIFIERS);
            let lookup = Lookup::open(&path, after.meta.id_bits).unwrap();
            let lines = lookup.lines(Kind::Text).unwrap().map(Result::unwrap);
            let found: Vec<(u64, u32)> = lines.map(|line| (line.key, line.row)).collect();
            let lines = after.tables.tracks.lines::<TrackLine>().unwrap();
            let tracks = all(&after).into_iter().zip(lines.map(Result::unwrap));
            let expected = tracks.filter_map(|(track, line)| {
                let hash = text::text_key(&track.artists.to_string(), &track.title)?;
                Some((lookup.key(Kind::Text, text_key(hash)), line.recording))
            });
            let expected: BTreeSet<(u64, u32)> = expected.collect();
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn ids_and_codes_lead_to_the_new_rows() {
        let (_dir, _, before, after) = opened(2_500, 31);
        found_by_ids_and_codes(&before);
        found_by_ids_and_codes(&after);
    }

    #[test]
    fn nothing_of_a_dark_source_is_there() {
        let (dir, lines, _, after) = opened(200, 30);
        let names = |table: &crate::table::Table| {
            let lines = table.lines::<ArtistLine>().unwrap();
            lines.map(Result::unwrap).collect::<Vec<_>>()
        };
        for artist in names(&after.tables.artists) {
            assert_ne!(artist.source, DARK);
        }
        let sources = after.tables.releases.lines::<ReleaseLine>().unwrap();
        assert!(sources.map(Result::unwrap).all(|line| line.source != DARK));
        let figures = after
            .tables
            .figures
            .table()
            .lines::<PopularityLine>()
            .unwrap();
        assert!(figures.map(Result::unwrap).all(|line| line.source != DARK));
        let lookup = Lookup::open(
            &dir.path().join("out").join(IDENTIFIERS),
            after.meta.id_bits,
        )
        .unwrap();
        assert_eq!(lookup.lines(Kind::Blob).unwrap().count(), 0);
        for kind in [
            Kind::Artist,
            Kind::Isrc,
            Kind::Recording,
            Kind::Release,
            Kind::Text,
        ] {
            let lines: Vec<_> = lookup.lines(kind).unwrap().map(Result::unwrap).collect();
            assert!(
                lines.is_sorted_by_key(|line| (line.key, line.row)),
                "{kind:?}"
            );
            assert!(!lines.is_empty());
        }
        // An artist whom only other spellings of open records name.
        let dark = lines.artists.iter().filter(|artist| artist.source == DARK);
        let told: BTreeSet<String> = names(&after.tables.artists)
            .into_iter()
            .map(|artist| artist.name)
            .collect();
        let credits = open_rows(&lines)
            .into_iter()
            .map(|row| lines.credit(row as u32));
        let credits: String = credits.collect::<Vec<_>>().join("\n");
        let of_releases = after.tables.releases.rows() > 0;
        assert!(of_releases);
        for artist in dark.filter(|artist| told.contains(&artist.name)) {
            let words = format!("{} ", artist.name);
            let is_credited = credits
                .lines()
                .any(|line| format!("{line} ").replace(['&', ','], " ").contains(&words));
            let of_release = lines
                .release_artists
                .iter()
                .any(|part| part.name.is_none() && lines.artists[part.artist as usize] == *artist);
            assert!(is_credited || of_release, "{}", artist.name);
        }
    }
}

#[test]
fn what_nobody_knows_is_dark() {
    let mut lines = Lines {
        sources: vec![source(0, "s")],
        ..Lines::default()
    };
    lines.push(track(0));
    lines.rights[0].access = "of a later version".into();
    let (_dir, snapshot) = written(&lines);
    assert_eq!(snapshot.track_at(0).unwrap().rights.access, Access::Dark);
}
