//! Where evidence contradicts itself: told in the order of what it is about,
//! whatever the order in which it was come upon.

use {
    super::{
        evidence::{ByIsrc, ByMbid, unmixed},
        words::Words,
    },
    crate::{identifiers::isrc_of, text::allowed_difference},
    longplay_model::{Finding, FindingCode, Mbid, Monitor, grouped},
    std::collections::BTreeMap,
};

/// Findings of one code that are told one by one; of more only the number.
const MOST_TOLD: usize = 1000;

/// Conflicts that were found so far.
#[derive(Debug, Default)]
pub(crate) struct Conflicts(BTreeMap<FindingCode, OfCode>);

#[derive(Debug, Default)]
struct OfCode {
    told: BTreeMap<u128, Finding>,
    count: u64,
}

impl Conflicts {
    /// Takes in a conflict; `key` is its place among those of its code.
    pub(super) fn add(&mut self, code: FindingCode, key: u128, finding: impl FnOnce() -> Finding) {
        let of_code = self.0.entry(code).or_default();
        of_code.count += 1;
        let is_full = of_code.told.len() == MOST_TOLD;
        let last = of_code.told.last_key_value().map(|(last, _)| *last);
        if is_full && last.is_some_and(|last| last < key) {
            return;
        }
        of_code.told.insert(key, finding());
        if of_code.told.len() > MOST_TOLD {
            of_code.told.pop_last();
        }
    }

    pub(crate) fn tell(self, monitor: &dyn Monitor) {
        for (code, of_code) in self.0 {
            let more = of_code.count - of_code.told.len() as u64;
            let told = of_code.told.into_values();
            told.for_each(|finding| monitor.finding(finding));
            if more > 0 {
                let seen = format!(
                    "as of {} others that are not told one by one",
                    grouped(more)
                );
                monitor.finding(Finding::new(code, "and more", seen));
            }
        }
    }
}

/// What was seen of the tracks under one ISRC.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) lengths_differ: bool,
    /// Recordings that MusicBrainz has under it.
    pub(super) known: usize,
    /// Tracks that joined one with no word of their title, of their credit.
    other_titles: usize,
    other_artists: usize,
}

impl Seen {
    pub(super) fn joined(&mut self, leader: &Words, track: &Words) {
        self.other_titles += usize::from(leader.have_other_titles(track));
        self.other_artists += usize::from(leader.name_others(track));
    }
}

/// Tells of an ISRC that means several things.
pub(super) fn of_isrc(group: &[ByIsrc], seen: &Seen, conflicts: &mut Conflicts) {
    let key = unmixed(group[0].hash);
    let mut tell = |code, text: &dyn Fn() -> String| {
        let finding = || Finding::new(code, isrc_of(key), text());
        conflicts.add(code, key.into(), finding);
    };
    if seen.lengths_differ {
        let known = group.iter().filter(|by| !by.lacks_duration);
        let known = known.map(|by| by.duration_ms);
        tell(FindingCode::C010, &|| lengths(group.len(), known.clone()));
    }
    let (titles, artists) = (seen.other_titles, seen.other_artists);
    if titles + artists > 0 {
        let text = || {
            format!(
                "of {} tracks {titles} joined one with no word of their title, \
                 {artists} one with no word of their artists' names",
                group.len()
            )
        };
        tell(FindingCode::C017, &text);
    }
    if seen.known > 1 {
        let text = || format!("on {} of its recordings", seen.known);
        tell(FindingCode::C018, &text);
    }
}

/// Tells of a MusicBrainz recording whose tracks differ ten times as much as
/// they might to be joined by an ISRC.
pub(super) fn of_mbid(group: &[ByMbid], conflicts: &mut Conflicts) {
    let known = || group.iter().map(|by| by.duration_ms).filter(|ms| *ms > 0);
    let (Some(shortest), Some(longest)) = (known().min(), known().max()) else {
        return;
    };
    if u64::from(longest - shortest) > 10 * allowed_difference(longest) {
        let mbid = Mbid::from_bytes(group[0].mbid);
        let key = u128::from_be_bytes(group[0].mbid);
        let text = lengths(group.len(), known());
        let finding = || Finding::new(FindingCode::C016, mbid.to_string(), text);
        conflicts.add(FindingCode::C016, key, finding);
    }
}

/// `on 3 tracks of 203 to 257 s`
fn lengths(tracks: usize, known: impl Iterator<Item = u32> + Clone) -> String {
    let seconds = |ms: Option<u32>| f64::from(ms.unwrap_or(0)) / 1000.0;
    let (shortest, longest) = (seconds(known.clone().min()), seconds(known.max()));
    format!("on {tracks} tracks of {shortest:.0} to {longest:.0} s")
}

#[cfg(test)]
mod tests {
    use {super::*, longplay_model::Unit, std::sync::Mutex};

    #[derive(Default)]
    struct Told(Mutex<Vec<(String, String)>>);

    impl Monitor for Told {
        fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
        fn advance(&self, _: u64) {}
        fn finding(&self, finding: Finding) {
            let mut told = self.0.lock().unwrap();
            told.push((finding.subject, finding.seen));
        }
    }

    fn told(keys: impl Iterator<Item = u128>) -> Vec<(String, String)> {
        let mut conflicts = Conflicts::default();
        for key in keys {
            let finding = || Finding::new(FindingCode::C010, key.to_string(), "");
            conflicts.add(FindingCode::C010, key, finding);
        }
        let told = Told::default();
        conflicts.tell(&told);
        told.0.into_inner().unwrap()
    }

    #[test]
    fn conflicts_come_in_order_and_the_rest_as_a_number() {
        let few = told([30, 10, 20].into_iter());
        assert_eq!(
            few.iter().map(|it| &it.0[..]).collect::<Vec<_>>(),
            ["10", "20", "30"]
        );
        let many = 3_000;
        let forwards = told(0..many);
        assert_eq!(forwards, told((0..many).rev()));
        assert_eq!((forwards.len(), &forwards[999].0[..]), (1001, "999"));
        assert!(forwards[1000].1.contains("2 000") || forwards[1000].1.contains("2,000"));
    }
}
