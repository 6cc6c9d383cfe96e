//! Which sources of the snapshot before does a new one take the place of?
//!
//! ```text
//!   a dump        holds all of its kind         replaces the same name and kind
//!   an edition    a file that is written anew   replaces the same name and file
//!   a part        what is new since the last    comes beside
//! ```
//!
//! What is replaced stays kept, and so do the snapshots that were made from it.

use {
    crate::{
        error::Error,
        kept::Kept,
        options::{Dirs, ImportOptions, Succession},
        origin::Origin,
        snapshot_meta::SourceEntry,
        sources::{Format, Splitting},
    },
    longplay_model::Digest,
    serde::Deserialize,
    std::collections::HashSet,
};

/// The sources of the next snapshot.
pub(crate) struct Next {
    pub(crate) sources: Vec<SourceEntry>,
    /// Those whose place the new one takes.
    pub(crate) replaced: Vec<SourceEntry>,
}

/// What the replaced sources held: much less is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Floor {
    records: u64,
    tracks: u64,
}

/// The new source beside those it may replace.
struct Newcomer<'a> {
    dirs: &'a Dirs,
    entry: &'a SourceEntry,
    origin: &'a Origin,
    rule: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Replaces all of its name and kind.
    Kind,
    /// Replaces what came from a file or folder of the same name.
    File,
    Beside,
}

/// The sources with this one: in the place of the first that it replaces or
/// whose bytes it has, otherwise last.
pub(crate) fn succeed(
    dirs: &Dirs,
    before: Vec<SourceEntry>,
    new: SourceEntry,
    origin: &Origin,
    options: &ImportOptions,
) -> Result<Next, Error> {
    let newcomer = Newcomer {
        dirs,
        entry: &new,
        origin,
        rule: rule(&before, &new, origin, options.succession),
    };
    let (mut sources, mut replaced, mut place) = (Vec::new(), Vec::new(), None);
    for known in before {
        let is_same = known.digest == new.digest;
        let is_beside = options.beside.contains(&known.digest);
        if is_same || !is_beside && newcomer.replaces(&known)? {
            place.get_or_insert(sources.len());
            replaced.extend((!is_same).then_some(known));
        } else {
            sources.push(known);
        }
    }
    sources.insert(place.unwrap_or(sources.len()), new);
    for (source, number) in sources.iter_mut().zip(0u16..) {
        source.number = number;
    }
    Ok(Next { sources, replaced })
}

/// Bytes that are there already replace none but themselves, unless asked to.
fn rule(
    before: &[SourceEntry],
    new: &SourceEntry,
    origin: &Origin,
    succession: Succession,
) -> Rule {
    let is_there = before.iter().any(|known| known.digest == new.digest);
    match succession {
        Succession::Replace => Rule::Kind,
        Succession::Add => Rule::Beside,
        Succession::Usual if is_there => Rule::Beside,
        Succession::Usual => usual(new, origin),
    }
}

/// What a source of this format is, by what the format says of itself.
fn usual(new: &SourceEntry, origin: &Origin) -> Rule {
    match new.format {
        Format::Ddex => Rule::Beside,
        Format::ListenbrainzListens | Format::ListenbrainzListensParquet => {
            match is_incremental(new, origin) {
                true => Rule::Beside,
                false => Rule::Kind,
            }
        }
        Format::MusicbrainzReleases
        | Format::MusicbrainzRecordings
        | Format::MusicbrainzArtists
        | Format::MusicbrainzRedirects
        | Format::Discogs
        | Format::ListenbrainzPopularity
        | Format::ListenbrainzPopularityCsv => Rule::Kind,
        _ => Rule::File,
    }
}

/// Dumps of listens say so in the name of the archive and of the folder in it.
fn is_incremental(new: &SourceEntry, origin: &Origin) -> bool {
    let member = match origin {
        Origin::Kept(kept) => kept.first_member(),
        Origin::Made(_) => None,
    };
    [Some(new.file.as_str()), member]
        .into_iter()
        .flatten()
        .any(|name| name.contains("incremental"))
}

impl Newcomer<'_> {
    fn replaces(&self, known: &SourceEntry) -> Result<bool, Error> {
        let is_alike = known.name == self.entry.name
            && family(known.format) == family(self.entry.format)
            && match self.rule {
                Rule::Kind => true,
                Rule::File => known.file == self.entry.file,
                Rule::Beside => false,
            };
        let Origin::Kept(new) = self.origin else {
            return Ok(is_alike);
        };
        let is_folder = known.format == Format::AudioFolder && self.rule == Rule::File;
        if !is_alike || !is_folder && !known.format.has_contents() {
            return Ok(is_alike);
        }
        let Origin::Kept(old) = Origin::open(&self.dirs.sources, known)? else {
            return Ok(true);
        };
        if is_folder {
            return is_same_folder(&old, new);
        }
        let of =
            |kept: &Kept, entry: &SourceEntry| kept.content_of(entry.format, entry.max_line_bytes);
        Ok(of(&old, known)? == of(new, self.entry)?)
    }
}

/// Formats that tell the same in other spellings.
fn family(format: Format) -> Format {
    match format {
        Format::ListenbrainzListensParquet => Format::ListenbrainzListens,
        Format::ListenbrainzPopularityCsv => Format::ListenbrainzPopularity,
        other => other,
    }
}

/// Whether two folders of one name hold a file in common. An empty one may be
/// the other, whose disk is not there.
fn is_same_folder(old: &Kept, new: &Kept) -> Result<bool, Error> {
    let known = digests(old)?;
    let found = digests(new)?;
    Ok(found.is_empty() || !known.is_disjoint(&found))
}

#[derive(Deserialize)]
struct Line {
    file: File,
}

#[derive(Deserialize)]
struct File {
    sha256: Digest,
}

fn digests(kept: &Kept) -> Result<HashSet<Digest>, Error> {
    let mut digests = HashSet::new();
    for batch in kept.batches(Splitting::Lines, ImportOptions::MAX_LINE_BYTES) {
        let batch = batch?;
        let contents = batch
            .documents
            .iter()
            .filter_map(|found| found.content.data());
        let lines = contents.filter_map(|range| serde_json::from_slice(&batch.bytes[range]).ok());
        digests.extend(lines.map(|line: Line| line.file.sha256));
    }
    Ok(digests)
}

impl Floor {
    /// Of sources that are replaced; none where nothing is.
    pub(crate) fn of(replaced: &[SourceEntry]) -> Option<Self> {
        let sum = |count: fn(&SourceEntry) -> u64| replaced.iter().map(count).sum();
        (!replaced.is_empty()).then(|| Self {
            records: sum(|source| source.records),
            tracks: sum(|source| source.tracks),
        })
    }

    /// Refuses over 1 % fewer records or tracks.
    pub(crate) fn check(self, file: &str, records: u64, tracks: u64) -> Result<(), Error> {
        match is_fewer(records, self.records) || is_fewer(tracks, self.tracks) {
            false => Ok(()),
            true => Err(Error::Shrinks {
                file: file.to_owned(),
                records,
                tracks,
                records_before: self.records,
                tracks_before: self.tracks,
            }),
        }
    }
}

fn is_fewer(now: u64, before: u64) -> bool {
    u128::from(now) * 100 < u128::from(before) * 99
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_percent_fewer_is_let_through() {
        let floor = Floor {
            records: 1_000,
            tracks: 200,
        };
        for (records, tracks, is_refused) in [
            (1_000, 200, false),
            (990, 198, false),
            (989, 200, true),
            (1_000, 197, true),
            (5_000, 0, true),
            (u64::MAX, u64::MAX, false),
        ] {
            let checked = floor.check("f", records, tracks);
            assert_eq!(checked.is_err(), is_refused, "{records} {tracks}");
        }
        assert_eq!(Floor::of(&[]), None);
    }
}
