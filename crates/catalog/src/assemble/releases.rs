//! Releases, gathered from the tracks that name them.

use {
    super::{
        elsewhere::Elsewhere,
        figures::{Figure, figure, mbid_of, told},
        mention::{ArtistFacts, ReleaseFacts, ReleaseMention, artist_id, part_of},
        out::Out,
        rank::Ranks,
    },
    crate::{
        error::Error,
        figures::Target,
        identifiers::{Kind, gtin_key, id_key},
        own_ids::OwnIds,
        shuffle::{Shuffle, Spread},
        spill::{Spill, as_number, sorted_by_key, spill_struct},
        table::{Id, TableFile, TableWriter, batch},
        tables::{ENTITIES, RELEASES, ReleaseLine, about, metric},
        windows::each_window,
    },
    rayon::prelude::*,
    std::{
        collections::{HashMap, HashSet},
        path::Path,
    },
};

/// A release with its tracks.
struct Release {
    first_row: u32,
    id: [u8; 16],
    facts: Box<ReleaseFacts>,
    rows: Vec<u32>,
}

spill_struct!(Release {
    first_row,
    id,
    facts,
    rows
});

/// A track's release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ReleaseOfRow {
    pub(super) row: u32,
    pub(super) release: u32,
}

spill_struct!(ReleaseOfRow { row, release });

/// An artist of a release.
pub(super) struct ReleaseCredit {
    pub(super) id: [u8; 16],
    pub(super) release: u32,
    pub(super) first_row: u32,
    pub(super) place: u16,
    pub(super) join: String,
    pub(super) facts: Box<ArtistFacts>,
}

spill_struct!(ReleaseCredit {
    id,
    release,
    first_row,
    place,
    join,
    facts
});

/// What the releases leave for the tables of tracks and artists.
pub(super) struct Released {
    pub(super) table: TableFile,
    /// [`ReleaseOfRow`] by row.
    pub(super) of_rows: Spread,
    /// [`ReleaseCredit`] by artist id.
    pub(super) credits: Spread,
}

/// The arrivals of tracks whose release was taken back after them.
pub(super) fn withdrawn(
    mentions: &Spread,
    withdrawn: &HashMap<[u8; 16], u32>,
) -> Result<HashSet<u32>, Error> {
    let mut parts: Vec<usize> = withdrawn
        .keys()
        .map(|id| part_of(id, mentions.parts()))
        .collect();
    parts.sort_unstable();
    parts.dedup();
    let mut arrivals = HashSet::new();
    for part in parts {
        let of_part = ReleaseMention::all(&mentions.read(part)?);
        let is_back = |mention: &&ReleaseMention| {
            let end = withdrawn.get(&mention.id);
            end.is_some_and(|end| mention.arrival < *end)
        };
        arrivals.extend(
            of_part
                .iter()
                .filter(is_back)
                .map(|mention| mention.arrival),
        );
    }
    Ok(arrivals)
}

/// Writes `releases`.
pub(super) fn write_releases(
    mentions: &Spread,
    ranks: &Ranks,
    dir: &Path,
    spill: &Path,
    out: &Out,
) -> Result<Released, Error> {
    let by_row = gather(mentions, ranks, spill, out)?;
    let of_rows = Shuffle::new(spill, "release-of-row", out.row_parts());
    let credits = Shuffle::new(spill, "release-credits", mentions.parts());
    let own = OwnIds::of_releases(&out.sources);
    let mut table = TableWriter::<ReleaseLine>::without(own, &dir.join(RELEASES), &ENTITIES)?;
    let make = |part| sorted(&by_row, part);
    each_window(by_row.parts(), make, |window| {
        let lines: Vec<_> = numbered(table.rows() as u32, window)
            .into_par_iter()
            .map(|(number, releases)| {
                spread(number, &releases, out, &of_rows, &credits)?;
                let popularity = figures(number, &releases, &out.elsewhere)?;
                let lines = batch(releases.into_iter().map(line));
                Ok((lines, popularity))
            })
            .collect::<Result<_, Error>>()?;
        for (lines, figures) in lines {
            table.push_batch(&lines)?;
            out.tell(&figures)?;
        }
        out.go_on()
    })?;
    Ok(Released {
        table: table.finish()?,
        of_rows: of_rows.finish()?,
        credits: credits.finish()?,
    })
}

/// Parts, each with the number of its first value.
pub(super) fn numbered<T>(mut first: u32, parts: Vec<Vec<T>>) -> Vec<(u32, Vec<T>)> {
    let numbered = parts.into_iter().map(|part| {
        let number = first;
        first += part.len() as u32;
        (number, part)
    });
    numbered.collect()
}

/// Brings the mentions of each release together.
fn gather(mentions: &Spread, ranks: &Ranks, spill: &Path, out: &Out) -> Result<Spread, Error> {
    let by_row = Shuffle::new(spill, "releases-by-row", out.row_parts());
    (0..mentions.parts()).into_par_iter().try_for_each(|part| {
        let mentions = ReleaseMention::all(&mentions.take(part)?);
        let mut mentions = sorted_by_key(mentions, |mention| {
            (as_number(&mention.id), mention.arrival)
        });
        let mut lane = by_row.lane();
        for group in mentions.chunk_by_mut(|a, b| a.id == b.id) {
            if let Some(release) = merged(group, ranks) {
                lane.push(Out::part_of_row(release.first_row), |out| release.put(out))?;
            }
        }
        Ok::<(), Error>(())
    })?;
    out.go_on()?;
    by_row.finish()
}

/// The release as its most popular track tells it.
fn merged(mentions: &mut [ReleaseMention], ranks: &Ranks) -> Option<Release> {
    let id = mentions.first()?.id;
    let mut best: Option<(u32, usize)> = None;
    let mut popularity = None;
    let mut rows = Vec::new();
    let mut told = 0;
    for (number, mention) in mentions.iter().enumerate() {
        if mention.facts.is_some() {
            told = number;
        }
        if let Some(row) = ranks.row(mention.arrival) {
            rows.push(row);
            let facts = mentions[told].facts.as_ref();
            popularity = greater(popularity, facts.and_then(|facts| facts.popularity));
            if best.is_none_or(|best| row < best.0) {
                best = Some((row, told));
            }
        }
    }
    let (first_row, told) = best?;
    let mut facts = mentions[told].facts.take()?;
    facts.popularity = popularity;
    Some(Release {
        first_row,
        id,
        facts,
        rows,
    })
}

pub(super) fn greater(a: Option<f32>, b: Option<f32>) -> Option<f32> {
    a.into_iter().chain(b).max_by(f32::total_cmp)
}

fn sorted(by_row: &Spread, part: usize) -> Result<Vec<Release>, Error> {
    let releases = Release::all(&by_row.take(part)?);
    Ok(sorted_by_key(releases, |release| {
        (release.first_row, as_number(&release.id))
    }))
}

/// Tells tracks and artists of the numbers of their releases.
fn spread(
    first: u32,
    releases: &[Release],
    out: &Out,
    of_rows: &Shuffle,
    credits: &Shuffle,
) -> Result<(), Error> {
    let mut of_rows = of_rows.lane();
    let parts = credits.parts();
    let mut credits = credits.lane();
    let mut identifiers = out.identifiers.lane();
    for (number, release) in (first..).zip(releases) {
        for row in &release.rows {
            let value = ReleaseOfRow {
                row: *row,
                release: number,
            };
            of_rows.push(Out::part_of_row(*row), |out| value.put(out))?;
        }
        identifiers.push(Kind::Release, id_key(&release.id), number)?;
        if let Some(gtin) = release.facts.gtin.as_deref().and_then(gtin_key) {
            identifiers.push(Kind::Gtin, gtin, number)?;
        }
        let name = out.source_name(release.facts.source);
        for (credited, place) in release.facts.artists.0.iter().zip(0u16..) {
            let id = artist_id(name, credited);
            let credit = ReleaseCredit {
                id,
                release: number,
                first_row: release.first_row,
                place,
                join: credited.join.clone(),
                facts: Box::new(ArtistFacts::of(release.facts.source, credited)),
            };
            credits.push(part_of(&id, parts), |out| credit.put(out))?;
        }
    }
    Ok(())
}

fn figures(first: u32, releases: &[Release], elsewhere: &Elsewhere) -> Result<Vec<Figure>, Error> {
    let mut lines = Vec::new();
    for (row, release) in (first..).zip(releases) {
        let facts = &release.facts;
        let popularity = facts.popularity.map(f64::from);
        let line = |share| figure(about::RELEASE, metric::POPULARITY, facts.source, row, share);
        lines.extend(popularity.map(line));
        if let Some(target) = mbid_of(&facts.source_id, elsewhere).map(Target::Release) {
            let facts = elsewhere.of_target(target)?;
            lines.extend(facts.iter().map(|fact| told(about::RELEASE, row, fact)));
        }
    }
    Ok(lines)
}

fn line(release: Release) -> ReleaseLine {
    let facts = release.facts;
    ReleaseLine {
        release_id: Id(release.id),
        source: facts.source,
        source_id: facts.source_id,
        title: facts.title,
        date: facts.date.map(|date| date.to_string()),
        gtin: facts.gtin,
        label: facts.label,
        tracks: release.rows.len() as u32,
        first_row: release.first_row,
    }
}
