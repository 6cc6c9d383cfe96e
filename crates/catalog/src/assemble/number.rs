//! One row a track: numbers by track id, those that count.

use {
    super::{gather::IdKey, input::Input, out::go_on, payload::Payload},
    crate::{
        error::Error,
        recordings::Unions,
        row::Body,
        shuffle::Spread,
        spill::{Spill, as_number},
        windows::each_window,
    },
    longplay_model::{Finding, FindingCode, Monitor, grouped},
    std::collections::{BTreeMap, HashSet},
};

const NONE: u32 = u32::MAX;

/// The number of each track in the order of track ids, by its arrival.
pub(super) struct Numbers {
    of_arrival: Vec<u32>,
    pub(super) tracks: u32,
}

impl Numbers {
    /// None for a track that another of the same id replaces, and for what is
    /// told of no track.
    pub(super) fn of(&self, arrival: u32) -> Option<u32> {
        let number = self.of_arrival.get(arrival as usize).copied();
        number.filter(|number| *number != NONE)
    }
}

/// Tracks of one id that were read.
struct Unique {
    arrival: u32,
    first_source: u16,
    has_mbid: bool,
    /// Other records of the same source with the same id.
    twice: Vec<u32>,
    /// The source, and earlier ones of its name that tell otherwise.
    differ: Vec<(u16, u16)>,
}

/// Tracks that two sources tell differently, by the earlier and the later:
/// how many, and one of them by its arrival.
type Differing = BTreeMap<(u16, u16), (u64, u32)>;

/// Numbers the tracks: of equal ids the latest source counts, and within it
/// the first record; others of that source are told.
pub(super) fn number(
    inputs: &[Input],
    payload: &Payload,
    ids: &Spread,
    withdrawn: &HashSet<u32>,
    monitor: &dyn Monitor,
) -> Result<(Numbers, Unions), Error> {
    let mut unions = Unions::default();
    let mut of_arrival = vec![NONE; payload.rows() as usize];
    let mut tracks = 0;
    let mut differing = Differing::new();
    let make = |part| {
        let mut keys = IdKey::all(&ids.take(part)?);
        keys.retain(|key| !withdrawn.contains(&key.arrival));
        Ok(unique(keys))
    };
    each_window(ids.parts(), make, |window| {
        for track in window.into_iter().flatten() {
            unions.add(track.first_source, track.has_mbid);
            of_arrival[track.arrival as usize] = tracks;
            tracks += 1;
            for sources in track.differ {
                differing.entry(sources).or_insert((0, track.arrival)).0 += 1;
            }
            for again in track.twice {
                tell_twice(inputs, payload, track.arrival, again, monitor)?;
            }
        }
        go_on(monitor)
    })?;
    tell_differing(inputs, payload, &differing, monitor)?;
    Ok((Numbers { of_arrival, tracks }, unions))
}

fn unique(mut keys: Vec<IdKey>) -> Vec<Unique> {
    // Arrivals differ, so that what comes after them in a key decides nothing.
    keys.sort_unstable_by_key(|key| (as_number(&key.track), key.not_source, key.arrival));
    let groups = keys.chunk_by(|a, b| a.track == b.track);
    groups
        .map(|group| {
            let (first, others) = group.split_first().expect("a group is not empty");
            let of_source = |key: &&IdKey| key.not_source == first.not_source;
            let earlier = others.chunk_by(|a, b| a.not_source == b.not_source);
            let differ = earlier.filter(|keys| keys[0].content != first.content);
            let differ = differ.filter(|keys| keys[0].not_source != first.not_source);
            Unique {
                arrival: first.arrival,
                first_source: !group.last().unwrap_or(first).not_source,
                has_mbid: first.has_mbid,
                differ: differ
                    .map(|keys| (!keys[0].not_source, !first.not_source))
                    .collect(),
                twice: others
                    .iter()
                    .take_while(of_source)
                    .map(|key| key.arrival)
                    .collect(),
            }
        })
        .collect()
}

fn tell_twice(
    inputs: &[Input],
    payload: &Payload,
    first: u32,
    again: u32,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    let (head, first) = payload.row(first)?;
    let input = &inputs[usize::from(head.source)];
    if !input.is_reported {
        return Ok(());
    }
    let (other_head, again) = payload.row(again)?;
    let finding = match again.file.as_ref().zip(first.file.as_ref()) {
        Some((file, before)) => {
            let seen = format!("the same bytes as {:?}", before.path);
            Finding::new(FindingCode::C004, &file.path, seen)
        }
        None => {
            let id = again.source_id.as_deref().unwrap_or_default();
            let told = Body {
                record: first.record,
                ..again.clone()
            };
            let is_same = told == first && other_head == head;
            let how = if is_same {
                "in the same words"
            } else {
                "differently"
            };
            // Of many files, records are counted over all of them.
            let (on, place) = match input.origin.has_members() {
                true => ("by", "record"),
                false => ("on", "line"),
            };
            let seen = format!(
                "id {id:?} was given {on} {place} {} already, {how}",
                first.record
            );
            let place = format!("{place} {}", again.record);
            Finding::new(FindingCode::C004, &input.entry.file, seen).at(place)
        }
    };
    monitor.finding(finding);
    Ok(())
}

fn tell_differing(
    inputs: &[Input],
    payload: &Payload,
    differing: &Differing,
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    for ((earlier, later), (tracks, arrival)) in differing {
        let (earlier, later) = (&inputs[usize::from(*earlier)], &inputs[usize::from(*later)]);
        if !earlier.is_reported && !later.is_reported {
            continue;
        }
        let (_, body) = payload.row(*arrival)?;
        let id = body.source_id.as_deref().unwrap_or_default();
        let seen = format!(
            "differs from the later {}, which counts, in {} of its tracks, such as {id:?}",
            later.entry.file,
            grouped(*tracks)
        );
        monitor.finding(Finding::new(FindingCode::C019, &earlier.entry.file, seen));
    }
    Ok(())
}
