use {
    super::others::read,
    crate::card::object,
    anyhow::Result,
    longplay_catalog::{Evidence, Merge, Objection, Snapshot, TrackDetails},
    serde_json::{Value, json},
    std::collections::HashMap,
};

pub(super) fn merge_object(snapshot: &Snapshot, merge: &Merge) -> Result<Value> {
    let others = read(snapshot, &merge.apart)?;
    let own = merge.tracks.iter().map(|track| (track.rank, track));
    let own: HashMap<u64, &TrackDetails> = own.collect();
    let name = |rank: &u64| {
        let track = own.get(rank).copied().or_else(|| others.get(rank));
        track.map(|track| track.track)
    };
    let tracks = merge.in_order().into_iter().map(|(track, way)| {
        let mut object = object(track);
        if let Some(joint) = way {
            object["one_with"] = json!(name(&joint.other(track.rank)));
        }
        object
    });
    let tracks: Vec<Value> = tracks.collect();
    let joints = merge.joints.iter().map(|joint| {
        json!({
            "track": name(&joint.track),
            "with": name(&joint.with),
            "evidence": evidence_object(&joint.evidence),
        })
    });
    let joints: Vec<Value> = joints.collect();
    let apart = merge.apart.iter().map(|apart| {
        json!({
            "track": name(&apart.track),
            "other": object(&others[&apart.other]),
            "shared": evidence_object(&apart.shared),
            "compared": [name(&apart.compared.0), name(&apart.compared.1)],
            "objection": objection_object(&apart.objection),
        })
    });
    let apart: Vec<Value> = apart.collect();
    Ok(json!({
        "recording": merge.recording,
        "stands": name(&merge.stands),
        "tracks": tracks,
        "joints": joints,
        "apart": apart,
    }))
}

fn evidence_object(evidence: &Evidence) -> Value {
    match evidence {
        Evidence::Mbid { mbid, track, with } => {
            json!({ "kind": "mbid", "mbid": mbid, "track_came_by": track, "with_came_by": with })
        }
        Evidence::Isrc(isrc) => json!({ "kind": "isrc", "isrc": isrc }),
        Evidence::Text => json!({ "kind": "text" }),
    }
}

fn objection_object(objection: &Objection) -> Value {
    match objection {
        Objection::Durations {
            track_ms,
            other_ms,
            allowed_ms,
        } => json!({
            "kind": "durations",
            "track_ms": track_ms,
            "other_ms": other_ms,
            "allowed_ms": allowed_ms,
        }),
        Objection::MusicBrainz => json!({ "kind": "musicbrainz" }),
        Objection::OneRelease => json!({ "kind": "one-release" }),
        Objection::OwnCodes => json!({ "kind": "own-codes" }),
        Objection::TooMany => json!({ "kind": "too-many" }),
    }
}
