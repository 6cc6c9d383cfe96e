//! Tracks of one MusicBrainz recording, whichever of its ids they came with.

use {
    super::{
        evidence::{Evidence, Joint},
        read::Reading,
    },
    crate::{
        assemble::{Each, Told, read_source},
        error::Error,
        identifiers::{Kind, mbid_key},
        origin::Origin,
        recordings::Redirects,
        snapshot::TrackDetails,
        sources::Format,
    },
    longplay_model::{Mbid, Silent},
    std::{
        collections::{BTreeMap, HashMap},
        path::Path,
    },
};

/// Joins the tracks of a MusicBrainz recording to the one that stands for it.
pub(super) fn joints(
    reading: &Reading,
    tracks: &[TrackDetails],
    stands: u64,
    sources: &Path,
) -> Result<Vec<Joint>, Error> {
    let mut known: BTreeMap<Mbid, Vec<u64>> = BTreeMap::new();
    for track in tracks {
        if let Some(mbid) = track.recording_mbid {
            known.entry(mbid).or_default().push(track.rank);
        }
    }
    known.retain(|_, ranks| ranks.len() > 1);
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let redirects = redirects(reading, sources)?;
    let merged = redirects.merged();
    let mut joints = Vec::new();
    for (mbid, ranks) in known {
        let from = merged.get(&mbid).map_or(&[][..], Vec::as_slice);
        let came = came(reading, mbid, from)?;
        let by = |rank: &u64| {
            let from = came.get(rank).copied().unwrap_or(mbid);
            redirects.steps(from).collect::<Vec<_>>()
        };
        let centre = ranks.iter().find(|rank| **rank == stands);
        let centre = *centre.unwrap_or(&ranks[0]);
        let others = ranks.into_iter().filter(|rank| *rank != centre);
        joints.extend(others.map(|rank| Joint {
            track: rank,
            with: centre,
            evidence: Evidence::Mbid {
                mbid,
                track: by(&rank),
                with: by(&centre),
            },
        }));
    }
    Ok(joints)
}

/// The id that tracks came with, where that was merged into `mbid`: they are
/// found by both.
fn came(reading: &Reading, mbid: Mbid, from: &[Mbid]) -> Result<HashMap<u64, Mbid>, Error> {
    let by_key: BTreeMap<u64, Mbid> = from.iter().map(|it| (mbid_key(it), *it)).collect();
    let keys = by_key.keys().copied().filter(|it| *it != mbid_key(&mbid));
    let keys: Vec<u64> = keys.collect();
    let hits = reading.identifiers.rows_of(Kind::Mbid, &keys)?;
    Ok(hits
        .into_iter()
        .map(|(key, row)| (row, by_key[&key]))
        .collect())
}

/// All redirects of the snapshot's sources that hold nothing else.
fn redirects(reading: &Reading, sources: &Path) -> Result<Redirects, Error> {
    let mut redirects = Redirects::default();
    let entries = reading.meta.sources.iter();
    for entry in entries.filter(|entry| entry.format == Format::MusicbrainzRedirects) {
        let origin = Origin::open(sources, entry)?;
        let each = Each::new(|told: Told| {
            let told = told.redirects.into_iter();
            told.for_each(|(from, into)| redirects.add(from, into));
        });
        read_source(&origin, entry, false, &Silent, &each)?;
    }
    Ok(redirects)
}
