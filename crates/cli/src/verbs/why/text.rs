use {
    super::others::read,
    crate::card::clock,
    anyhow::Result,
    longplay_catalog::{
        Apart, Evidence, Joint, Merge, Objection, Snapshot, TrackDetails, allowed_difference,
    },
    longplay_model::Mbid,
    std::collections::HashMap,
};

/// Tracks apart that are shown to people; `--json` tells of all.
const MOST_SHOWN: usize = 20;

pub(super) fn merge_text(snapshot: &Snapshot, merge: &Merge, width: usize) -> Result<String> {
    let mut page = Page {
        text: format!("Recording {}\n", merge.recording),
        width,
    };
    let tracks = merge.in_order();
    let ranks = tracks.iter().map(|(track, _)| track.rank);
    let numbers: HashMap<u64, usize> = ranks.zip(1..).collect();
    for (track, way) in &tracks {
        let number = numbers[&track.rank];
        page.track(&format!("{number:>3}"), track);
        page.told(&match way {
            None if track.rank == merge.stands => "stands for the recording".to_owned(),
            None => "nothing in this snapshot tells why it is here".to_owned(),
            Some(joint) => {
                let with = numbers[&joint.other(track.rank)];
                let other = tracks[with - 1].0;
                format!("one with {with}: {}", joint_text(joint, track, other))
            }
        });
    }
    apart_text(snapshot, merge, &numbers, &mut page)?;
    Ok(page.text)
}

fn apart_text(
    snapshot: &Snapshot,
    merge: &Merge,
    numbers: &HashMap<u64, usize>,
    page: &mut Page,
) -> Result<()> {
    if merge.apart.is_empty() {
        page.text += "No other track shares an ISRC, or artist and title, with these.\n";
        return Ok(());
    }
    let shown = &merge.apart[..merge.apart.len().min(MOST_SHOWN)];
    let others = read(snapshot, shown)?;
    page.text += "Kept apart\n";
    for apart in shown {
        page.track("  –", &others[&apart.other]);
        let number = numbers[&apart.track];
        let shared = shared_text(&apart.shared);
        let about = about(apart, numbers, &others);
        let why = objection_text(&apart.objection);
        page.told(&format!(
            "not {number}, for all that {shared}: {about}{why}"
        ));
    }
    let more = merge.apart.len() - shown.len();
    if more > 0 {
        page.text += &format!("  … and {more} more, which --json lists\n");
    }
    Ok(())
}

/// Whom the objection is about, where that is not the two themselves.
fn about(
    apart: &Apart,
    numbers: &HashMap<u64, usize>,
    others: &HashMap<u64, TrackDetails>,
) -> String {
    if apart.compared == (apart.track, apart.other) {
        return String::new();
    }
    let (track, other) = apart.compared;
    let name = |track: &TrackDetails| format!("{}:{}", track.source_name, track.source_id);
    let other = match other == apart.other {
        true => "it".to_owned(),
        false => format!("{}, which it is one with,", name(&others[&other])),
    };
    format!("of {other} and {}, ", numbers[&track])
}

/// Text for people, wrapped.
struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn track(&mut self, mark: &str, track: &TrackDetails) {
        let duration = track.duration_ms.map_or("?".to_owned(), clock);
        let text = format!("{duration:>5}  {} – {}", track.artists, track.title);
        self.wrapped(&text, &format!("{mark}  "));
        let source = format!(
            "{}  {}:{}, record {}",
            track.track, track.source_name, track.source_id, track.source_record
        );
        self.wrapped(&source, "     ");
    }

    fn told(&mut self, text: &str) {
        self.wrapped(text, "     ");
    }

    fn wrapped(&mut self, text: &str, first: &str) {
        let options = textwrap::Options::new(self.width)
            // Ids have hyphens.
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .initial_indent(first)
            .subsequent_indent("       ");
        self.text += &textwrap::fill(text, options);
        self.text.push('\n');
    }
}

fn joint_text(joint: &Joint, track: &TrackDetails, other: &TrackDetails) -> String {
    let (own, others) = match joint.track == track.rank {
        true => (track, other),
        false => (other, track),
    };
    let durations = durations_text(own.duration_ms, others.duration_ms);
    match &joint.evidence {
        Evidence::Mbid { mbid, track, with } => {
            let ways = [track, with].into_iter().filter_map(|way| way_text(way));
            let ways: Vec<String> = ways.collect();
            let merged: String = ways.iter().map(|way| format!("; {way}")).collect();
            format!("MusicBrainz recording {mbid}{merged}")
        }
        Evidence::Isrc(isrc) => format!("ISRC {isrc}, {durations}"),
        Evidence::Text => format!("the same artist and title, {durations}"),
    }
}

/// How one id became another, where it did.
fn way_text(steps: &[Mbid]) -> Option<String> {
    let (first, rest) = steps.split_first()?;
    let last = rest.last()?;
    let between = match rest.len() {
        1 => String::new(),
        steps => format!(" in {steps} steps"),
    };
    Some(format!("{first} was merged into {last}{between}"))
}

fn durations_text(a: Option<u32>, b: Option<u32>) -> String {
    match a.zip(b) {
        Some((a, b)) => {
            let allowed = allowed_difference(a.max(b));
            let differ = u64::from(a.abs_diff(b));
            format!(
                "{} s and {} s differ by {} s of {} s allowed",
                seconds(a.into()),
                seconds(b.into()),
                seconds(differ),
                seconds(allowed)
            )
        }
        None => "and a duration that is not known speaks against nothing".to_owned(),
    }
}

fn shared_text(shared: &Evidence) -> String {
    match shared {
        Evidence::Mbid { mbid, .. } => format!("both are {mbid}"),
        Evidence::Isrc(isrc) => format!("both have ISRC {isrc}"),
        Evidence::Text => "artist and title are the same".to_owned(),
    }
}

fn objection_text(objection: &Objection) -> String {
    match objection {
        Objection::Durations {
            track_ms,
            other_ms,
            allowed_ms,
        } => format!(
            "{} s and {} s differ by more than {} s",
            seconds((*track_ms).into()),
            seconds((*other_ms).into()),
            seconds(*allowed_ms)
        ),
        Objection::MusicBrainz => "MusicBrainz has two recordings".to_owned(),
        Objection::OneRelease => "one release has both".to_owned(),
        Objection::OwnCodes => {
            "each has ISRCs or a MusicBrainz recording of its own, and names join only \
             what has neither"
                .to_owned()
        }
        Objection::TooMany => "more than 64 recordings share that, so it tells nothing".to_owned(),
    }
}

/// Milliseconds as seconds with as many digits as they need.
fn seconds(ms: u64) -> String {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_the_digits_they_need() {
        for (ms, text) in [(0, "0"), (5_400, "5.4"), (7_710, "7.71"), (203_000, "203")] {
            assert_eq!(seconds(ms), text);
        }
    }
}
