use {
    crate::home::{Home, lines},
    longplay_catalog::{Apart, Evidence, Joint, Merge, Objection, TrackDetails},
    longplay_model::{Isrc, Mbid, RecordingId},
    proptest::prelude::*,
    serde_json::json,
    std::collections::BTreeMap,
};

fn mbid(number: u32) -> Mbid {
    format!("{number:08x}-b012-41c7-b72a-42cf4911f9ff")
        .parse()
        .unwrap()
}

/// A track as a source tells it, from a few that are much alike.
fn told() -> impl Strategy<Value = serde_json::Value> {
    let seconds = prop::option::weighted(
        0.9,
        prop::sample::select(vec![97u32, 100, 102, 105, 203, 257]),
    );
    let isrcs = prop::collection::btree_set(1u32..5, 0..3);
    let title = prop::sample::select(vec!["Intro", "intro!", "Outro"]);
    let release = prop::option::of(1u32..4);
    let heard = prop::option::of(0u32..9);
    (
        0u32..60,
        seconds,
        isrcs,
        prop::option::weighted(0.2, 1u32..6),
        title,
        release,
        heard,
    )
        .prop_map(|(id, seconds, isrcs, known, title, release, heard)| {
            let codes: Vec<String> = isrcs.iter().map(|it| format!("AAABC26{it:05}")).collect();
            let mut record = json!({
                "id": id.to_string(),
                "title": title,
                "artists": [{"name": "Artist"}],
                "isrcs": codes,
            });
            let mut put = |key: &str, value: Option<serde_json::Value>| {
                value.into_iter().for_each(|value| record[key] = value);
            };
            put("duration_ms", seconds.map(|it| json!(it * 1000)));
            put(
                "recording_mbid",
                known.map(|it| json!(mbid(it).to_string())),
            );
            put("release_id", release.map(|it| json!(format!("r{it}"))));
            put("release", release.map(|_| json!("Release")));
            put("popularity", heard.map(|it| json!(it)));
            record
        })
}

fn source(tracks: &[serde_json::Value]) -> String {
    tracks.iter().map(|track| format!("{track}\n")).collect()
}

fn redirect(from: u32, to: u32) -> String {
    let (from, to) = (mbid(from), mbid(to));
    json!({"redirect": {"from": from, "to": to}}).to_string()
}

/// All tracks of a catalog, and why they are what they are.
struct Known {
    tracks: Vec<TrackDetails>,
    merges: BTreeMap<RecordingId, Merge>,
}

impl Known {
    fn read(home: &Home) -> Self {
        let snapshot = home.snapshot();
        let ranks: Vec<u64> = (0..snapshot.counts().tracks).collect();
        let tracks = snapshot.tracks_at(&ranks).unwrap();
        let mut merges = BTreeMap::new();
        for track in &tracks {
            let merge = snapshot.merge(track.rank, &home.dirs.sources).unwrap();
            assert_eq!(merge.recording, track.recording);
            let known = merges
                .entry(track.recording)
                .or_insert_with(|| merge.clone());
            assert_eq!(*known, merge);
        }
        Self { tracks, merges }
    }

    fn at(&self, rank: u64) -> &TrackDetails {
        &self.tracks[rank as usize]
    }

    fn is_known(&self, track: &TrackDetails) -> bool {
        let of_recording = |other: &&TrackDetails| other.recording == track.recording;
        let mut tracks = self.tracks.iter().filter(of_recording);
        tracks.any(|track| track.recording_mbid.is_some())
    }

    fn check(&self) {
        for merge in self.merges.values() {
            merge
                .joints
                .iter()
                .for_each(|joint| self.check_joint(merge, joint));
            self.check_whole(merge);
            merge
                .apart
                .iter()
                .for_each(|apart| self.check_apart(merge, apart));
            self.check_all_apart(merge);
        }
    }

    fn check_joint(&self, merge: &Merge, joint: &Joint) {
        let (a, b) = (self.at(joint.track), self.at(joint.with));
        assert_eq!([a.recording, b.recording], [merge.recording; 2]);
        assert_ne!(a.rank, b.rank);
        match &joint.evidence {
            Evidence::Mbid { mbid, track, with } => {
                assert_eq!([a.recording_mbid, b.recording_mbid], [Some(*mbid); 2]);
                assert_eq!([track.last(), with.last()], [Some(mbid); 2]);
            }
            Evidence::Isrc(isrc) => {
                assert!(a.isrcs.contains(isrc) && b.isrcs.contains(isrc));
                assert!(agree(a, b));
            }
            Evidence::Text => {
                assert_eq!(folded(a), folded(b));
                assert!(agree(a, b) && (is_loose(a) || is_loose(b)));
            }
        }
    }

    /// The joints connect exactly the tracks of the recording.
    fn check_whole(&self, merge: &Merge) {
        let own = |track: &&TrackDetails| track.recording == merge.recording;
        let own: Vec<&TrackDetails> = self.tracks.iter().filter(own).collect();
        assert_eq!(merge.tracks.iter().collect::<Vec<_>>(), own);
        let ways = merge.ways();
        assert_eq!(ways.len() + 1, own.len(), "{merge:#?}");
        let order = merge.in_order();
        assert_eq!(order[0].0.rank, merge.stands);
        let mut reached = vec![merge.stands];
        for (track, way) in &order[1..] {
            assert!(reached.contains(&way.unwrap().other(track.rank)));
            reached.push(track.rank);
        }
    }

    fn check_apart(&self, merge: &Merge, apart: &Apart) {
        let (track, other) = (self.at(apart.track), self.at(apart.other));
        assert_eq!(track.recording, merge.recording);
        assert_ne!(other.recording, merge.recording);
        let (a, b) = (self.at(apart.compared.0), self.at(apart.compared.1));
        assert_eq!(
            [a.recording, b.recording],
            [track.recording, other.recording]
        );
        for it in [track, other, a, b] {
            assert!(shares(it, track, &apart.shared));
        }
        match apart.objection {
            Objection::Durations {
                track_ms,
                other_ms,
                allowed_ms,
            } => {
                assert_eq!(
                    [a.duration_ms, b.duration_ms],
                    [Some(track_ms), Some(other_ms)]
                );
                assert!(u64::from(track_ms.abs_diff(other_ms)) > allowed_ms && !agree(a, b));
            }
            Objection::MusicBrainz => assert!(self.is_known(a) && self.is_known(b)),
            Objection::OneRelease => {
                let release = |it: &TrackDetails| it.release.as_ref().unwrap().id.clone();
                assert_eq!((release(a), a.source), (release(b), b.source));
            }
            Objection::OwnCodes => assert!(!is_loose(a) && !is_loose(b)),
            Objection::TooMany => assert!(self.recordings_under(&apart.shared, track) > 64),
        }
    }

    fn recordings_under(&self, shared: &Evidence, track: &TrackDetails) -> usize {
        let under = |other: &&TrackDetails| shares(other, track, shared);
        let mut recordings: Vec<_> = self
            .tracks
            .iter()
            .filter(under)
            .map(|it| it.recording)
            .collect();
        recordings.sort();
        recordings.dedup();
        recordings.len()
    }

    /// Every track that shares something with the recording is told of.
    fn check_all_apart(&self, merge: &Merge) {
        let is_told = |other: u64, shared: &Evidence| {
            let mut apart = merge.apart.iter();
            apart.any(|apart| apart.other == other && apart.shared == *shared)
        };
        for other in self
            .tracks
            .iter()
            .filter(|it| it.recording != merge.recording)
        {
            for track in &merge.tracks {
                for isrc in track.isrcs.iter().filter(|isrc| other.isrcs.contains(isrc)) {
                    assert!(is_told(other.rank, &Evidence::Isrc(*isrc)));
                }
                if folded(track) == folded(other) {
                    assert!(is_told(other.rank, &Evidence::Text));
                }
            }
        }
    }
}

fn agree(a: &TrackDetails, b: &TrackDetails) -> bool {
    let ms = a.duration_ms.zip(b.duration_ms);
    ms.is_none_or(|(a, b)| f64::from(a.abs_diff(b)) <= (f64::from(a.max(b)) * 0.03).max(3_000.0))
}

fn folded(track: &TrackDetails) -> String {
    track.title.replace('!', "").to_lowercase()
}

fn is_loose(track: &TrackDetails) -> bool {
    track.isrcs.is_empty() && track.recording_mbid.is_none()
}

fn shares(a: &TrackDetails, b: &TrackDetails, shared: &Evidence) -> bool {
    match shared {
        Evidence::Mbid { .. } => false,
        Evidence::Isrc(isrc) => a.isrcs.contains(isrc) && b.isrcs.contains(isrc),
        Evidence::Text => folded(a) == folded(b),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_merge_is_explained_and_every_pair_apart(
        first in prop::collection::vec(told(), 1..60),
        second in prop::collection::vec(told(), 0..40),
        redirects in prop::collection::vec((1u32..6, 6u32..9), 0..3),
        is_newer in any::<bool>(),
    ) {
        let mut home = Home::new();
        home.import("a", source(&first));
        if !second.is_empty() {
            let path = home.file("more.jsonl", source(&second));
            let name = if is_newer { "a" } else { "b" };
            home.try_import(&path, &crate::home::options(name)).unwrap();
        }
        if !redirects.is_empty() {
            let told: Vec<String> = redirects.iter().map(|(from, to)| redirect(*from, *to)).collect();
            home.import("mb", lines(&told));
        }
        Known::read(&home).check();
    }
}

fn track(id: u32, fields: serde_json::Value) -> serde_json::Value {
    let mut track = json!({"id": id.to_string(), "title": format!("Title {id}"), "artists": [{"name": "Artist"}]});
    let fields = fields.as_object().unwrap().clone();
    track.as_object_mut().unwrap().extend(fields);
    track
}

#[test]
fn a_code_on_very_many_recordings_joins_no_more() {
    let mut home = Home::new();
    let of = |id: u32| {
        let ms = 60_000.0 * 1.05f64.powi(id as i32 / 2);
        track(
            id,
            json!({"isrcs": ["AAABC2600001"], "duration_ms": ms as u32}),
        )
    };
    home.import("a", source(&(0..160).map(of).collect::<Vec<_>>()));
    let known = Known::read(&home);
    known.check();
    let apart = known.merges.values().flat_map(|merge| &merge.apart);
    let crowded = apart.filter(|apart| apart.objection == Objection::TooMany);
    assert!(crowded.count() > 0);
}

#[test]
fn the_way_of_a_redirect_is_told() {
    let mut home = Home::new();
    let of = |id: u32, number: u32| track(id, json!({"recording_mbid": mbid(number).to_string()}));
    home.import("a", source(&[of(1, 1), of(2, 2), of(3, 3)]));
    home.import("mb", lines(&[redirect(1, 2), redirect(2, 3)]));
    let merge = home.snapshot().merge(0, &home.dirs.sources).unwrap();
    assert_eq!(merge.tracks.len(), 3);
    let title = |rank: u64| merge.tracks[rank as usize].title.clone();
    let mut ways: Vec<(String, Vec<Mbid>)> = Vec::new();
    for joint in &merge.joints {
        let Evidence::Mbid { track, with, .. } = &joint.evidence else {
            panic!("{joint:?}");
        };
        ways.push((title(joint.track), track.clone()));
        ways.push((title(joint.with), with.clone()));
    }
    ways.sort();
    ways.dedup();
    let way = |id: u32, steps: &[u32]| {
        (
            format!("Title {id}"),
            steps.iter().map(|it| mbid(*it)).collect::<Vec<_>>(),
        )
    };
    assert_eq!(ways, [way(1, &[1, 2, 3]), way(2, &[2, 3]), way(3, &[3])]);
}

#[test]
fn durations_that_keep_tracks_apart_are_told() {
    let mut home = Home::new();
    let of = |id: u32, ms: u32| track(id, json!({"isrcs": ["AAABC2600001"], "duration_ms": ms}));
    home.import(
        "a",
        source(&[of(1, 257_000), of(2, 203_000), of(3, 255_000)]),
    );
    let known = Known::read(&home);
    known.check();
    let isrc: Isrc = "AAABC2600001".parse().unwrap();
    let joined = known
        .merges
        .values()
        .find(|merge| merge.tracks.len() == 2)
        .unwrap();
    assert_eq!(joined.joints.len(), 1);
    assert_eq!(joined.joints[0].evidence, Evidence::Isrc(isrc));
    let [apart] = &joined.apart[..] else {
        panic!("{joined:#?}");
    };
    assert_eq!(known.at(apart.track).title, "Title 3");
    let expected = Objection::Durations {
        track_ms: 255_000,
        other_ms: 203_000,
        allowed_ms: 7_650,
    };
    assert_eq!(
        (apart.objection, &apart.shared),
        (expected, &Evidence::Isrc(isrc))
    );
}
