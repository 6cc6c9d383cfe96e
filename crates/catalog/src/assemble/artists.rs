//! Artists, gathered from the credits of tracks and releases.

use {
    super::{
        elsewhere::Elsewhere,
        figures::{Figure, figure, mbid_of, told},
        mention::{ALONE, ArtistFacts, ArtistMention, part_of},
        out::Out,
        rank::Ranks,
        releases::{ReleaseCredit, greater, numbered},
    },
    crate::{
        error::Error,
        figures::Target,
        identifiers::{Kind, id_key},
        own_ids::OwnIds,
        shuffle::{Shuffle, Spread},
        spill::{Spill, as_number, sorted_by_key, spill_struct},
        table::{Id, TableFile, TableWriter, batch},
        tables::{
            ARTISTS, ArtistLine, BY_ROW, ENTITIES, RELEASE_ARTISTS, ReleaseArtistLine,
            TRACK_ARTISTS, TrackArtistLine, about, metric,
        },
        windows::each_window,
    },
    rayon::prelude::*,
    std::path::Path,
};

/// A place in the credit of a track or release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Credit {
    /// Row of the track or release.
    row: u32,
    place: u16,
    /// As credited, where it is not the artist's name.
    name: Option<String>,
    join: String,
}

spill_struct!(Credit {
    row,
    place,
    name,
    join
});

/// An artist without its credits: those of a few hundred well-known artists
/// are a large part of all.
struct Artist {
    /// Of the most popular track; [`u32::MAX`] without any.
    first_row: u32,
    id: [u8; 16],
    facts: ArtistFacts,
    tracks: u32,
}

spill_struct!(Artist {
    first_row,
    id,
    facts,
    tracks
});

/// All credits of an artist.
struct Credited {
    id: [u8; 16],
    tracks: Vec<Credit>,
    releases: Vec<Credit>,
}

spill_struct!(Credited {
    id,
    tracks,
    releases
});

/// The row of an artist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct ArtistRow {
    id: [u8; 16],
    row: u32,
}

spill_struct!(ArtistRow { id, row });

/// A credit with the row of its artist.
struct Numbered {
    credit: Credit,
    artist: u32,
}

spill_struct!(Numbered { credit, artist });

/// Writes `artists`, `track_artists` and `release_artists`.
pub(super) fn write_artists(
    mentions: &Spread,
    credits: &Spread,
    ranks: &Ranks,
    dir: &Path,
    spill: &Path,
    out: &Out,
) -> Result<Vec<TableFile>, Error> {
    let (by_row, credited) = gather(mentions, credits, ranks, spill, out)?;
    let (table, rows) = write_table(&by_row, credited.parts(), dir, spill, out)?;
    let of_tracks = Shuffle::new(spill, "credits", out.row_parts());
    let of_releases = Shuffle::new(spill, "credits-of-releases", out.row_parts());
    (0..credited.parts()).into_par_iter().try_for_each(|part| {
        let mut rows = ArtistRow::all(&rows.take(part)?);
        rows.sort_unstable_by_key(|row| as_number(&row.id));
        spread(&credited.take(part)?, &rows, &of_tracks, &of_releases)
    })?;
    out.go_on()?;
    Ok(vec![
        table,
        write_credits(of_tracks.finish()?, &dir.join(TRACK_ARTISTS), |credit| {
            let Numbered { credit, artist } = credit;
            TrackArtistLine {
                row: credit.row,
                place: credit.place,
                artist,
                name: credit.name,
                join: credit.join,
            }
        })?,
        write_credits(
            of_releases.finish()?,
            &dir.join(RELEASE_ARTISTS),
            |credit| {
                let Numbered { credit, artist } = credit;
                ReleaseArtistLine {
                    row: credit.row,
                    place: credit.place,
                    artist,
                    name: credit.name,
                    join: credit.join,
                }
            },
        )?,
    ])
}

/// Writes `artists`; their rows, in parts by id.
fn write_table(
    by_row: &Spread,
    parts: usize,
    dir: &Path,
    spill: &Path,
    out: &Out,
) -> Result<(TableFile, Spread), Error> {
    let rows = Shuffle::new(spill, "rows-of-artists", parts);
    let own = OwnIds::of_artists(&out.sources);
    let mut table = TableWriter::<ArtistLine>::without(own, &dir.join(ARTISTS), &ENTITIES)?;
    let make = |part| sorted(by_row, part);
    each_window(by_row.parts(), make, |window| {
        let lines: Vec<_> = numbered(table.rows() as u32, window)
            .into_par_iter()
            .map(|(first, artists)| {
                let figures = figures(first, &artists, &out.elsewhere)?;
                let lines = lines(first, artists, out, &rows)?;
                Ok((batch(lines.into_iter()), figures))
            })
            .collect::<Result<_, Error>>()?;
        for (lines, figures) in lines {
            table.push_batch(&lines)?;
            out.tell(&figures)?;
        }
        out.go_on()
    })?;
    Ok((table.finish()?, rows.finish()?))
}

/// Brings the credits of each artist together: artists by their first row, and
/// the credits in parts by id.
fn gather(
    mentions: &Spread,
    credits: &Spread,
    ranks: &Ranks,
    spill: &Path,
    out: &Out,
) -> Result<(Spread, Spread), Error> {
    let credited = Shuffle::new(spill, "credits-of-artists", mentions.parts());
    let by_row = Shuffle::new(spill, "artists-by-row", out.row_parts());
    (0..mentions.parts()).into_par_iter().try_for_each(|part| {
        let mentions = sorted_by_key(ArtistMention::all(&mentions.take(part)?), |mention| {
            (as_number(&mention.id), mention.arrival, mention.place)
        });
        let of_releases = sorted_by_key(ReleaseCredit::all(&credits.take(part)?), |credit| {
            (as_number(&credit.id), credit.release, credit.place)
        });
        let (mut lane, mut apart) = (by_row.lane(), credited.lane());
        let mut mentions = &mentions[..];
        let mut of_releases = &of_releases[..];
        while let Some(id) = least(mentions, of_releases) {
            let by_tracks = head_of(&mut mentions, |mention| mention.id == id);
            let by_releases = head_of(&mut of_releases, |credit| credit.id == id);
            if let Some((artist, credited)) = merged(id, by_tracks, by_releases, ranks) {
                lane.push(out.part_of_first(artist.first_row), |out| artist.put(out))?;
                apart.push(part, |out| credited.put(out))?;
            }
        }
        Ok::<(), Error>(())
    })?;
    out.go_on()?;
    Ok((by_row.finish()?, credited.finish()?))
}

fn least(mentions: &[ArtistMention], credits: &[ReleaseCredit]) -> Option<[u8; 16]> {
    let ids = mentions.first().map(|mention| mention.id);
    ids.into_iter()
        .chain(credits.first().map(|credit| credit.id))
        .min()
}

/// Takes the values off the front that fit.
fn head_of<'a, T>(values: &mut &'a [T], fits: impl Fn(&T) -> bool) -> &'a [T] {
    let length = values.partition_point(|value| fits(value));
    let (head, rest) = values.split_at(length);
    *values = rest;
    head
}

/// The artist as the most popular track that tells of it does; the name as a
/// source tells it apart from tracks, if any does.
fn merged(
    id: [u8; 16],
    mentions: &[ArtistMention],
    credits: &[ReleaseCredit],
    ranks: &Ranks,
) -> Option<(Artist, Credited)> {
    let alone = mentions.iter().rfind(|mention| mention.arrival == ALONE);
    let alone = alone.and_then(|mention| mention.facts.as_deref());
    let mut told: Option<&ArtistFacts> = None;
    let mut of_tracks: Vec<(u32, &ArtistMention, &ArtistFacts)> = Vec::new();
    for mention in mentions {
        told = mention.facts.as_deref().or(told);
        let row = ranks.row(mention.arrival);
        of_tracks.extend(row.zip(told).map(|(row, facts)| (row, mention, facts)));
    }
    let first_track = of_tracks
        .iter()
        .min_by_key(|track| (track.0, track.1.place));
    let first_release = credits
        .iter()
        .min_by_key(|credit| (credit.first_row, credit.release, credit.place));
    let by_track = first_track.map(|track| (track.0, track.2));
    let by_release = first_release.map(|credit| (credit.first_row, &*credit.facts));
    let by_credit = by_track.into_iter().chain(by_release);
    let by_credit = by_credit.min_by_key(|first| first.0);
    let (first_row, best) = by_credit.or(alone.map(|facts| (u32::MAX, facts)))?;
    let all = || {
        let of_tracks = of_tracks.iter().map(|track| track.2);
        of_tracks.chain(credits.iter().map(|credit| &*credit.facts))
    };
    let facts = ArtistFacts {
        name: alone.unwrap_or(best).name.clone(),
        popularity: all().fold(None, |most, facts| greater(most, facts.popularity)),
        followers: all().filter_map(|facts| facts.followers).max(),
        ..best.clone()
    };
    let other = |name: &String| Some(name.clone()).filter(|name| *name != facts.name);
    let tracks = of_tracks.iter().map(|(row, mention, told)| Credit {
        row: *row,
        place: mention.place,
        name: other(&told.name),
        join: mention.join.clone(),
    });
    let releases = credits.iter().map(|credit| Credit {
        row: credit.release,
        place: credit.place,
        name: other(&credit.facts.name),
        join: credit.join.clone(),
    });
    let credited = Credited {
        id,
        tracks: tracks.collect(),
        releases: releases.collect(),
    };
    let mut rows: Vec<u32> = of_tracks.iter().map(|(row, ..)| *row).collect();
    rows.sort_unstable();
    rows.dedup();
    let artist = Artist {
        first_row,
        id,
        tracks: rows.len() as u32,
        facts,
    };
    Some((artist, credited))
}

fn sorted(by_row: &Spread, part: usize) -> Result<Vec<Artist>, Error> {
    let artists = Artist::all(&by_row.take(part)?);
    Ok(sorted_by_key(artists, |artist| {
        (artist.first_row, as_number(&artist.id))
    }))
}

/// The lines of artists from the row `first` on; their ids and rows are noted.
fn lines(
    first: u32,
    artists: Vec<Artist>,
    out: &Out,
    rows: &Shuffle,
) -> Result<Vec<ArtistLine>, Error> {
    let mut identifiers = out.identifiers.lane();
    let (parts, mut rows) = (rows.parts(), rows.lane());
    let mut lines = Vec::with_capacity(artists.len());
    for (row, artist) in (first..).zip(artists) {
        let id = artist.id;
        identifiers.push(Kind::Artist, id_key(&id), row)?;
        rows.push(part_of(&id, parts), |out| ArtistRow { id, row }.put(out))?;
        lines.push(ArtistLine {
            artist_id: Id(id),
            source: artist.facts.source,
            source_id: artist.facts.source_id,
            name: artist.facts.name,
            tracks: artist.tracks,
            first_row: Some(artist.first_row).filter(|row| *row != u32::MAX),
        });
    }
    Ok(lines)
}

/// Tells tracks and releases of the rows of their artists.
fn spread(
    mut credited: &[u8],
    rows: &[ArtistRow],
    of_tracks: &Shuffle,
    of_releases: &Shuffle,
) -> Result<(), Error> {
    let mut of_tracks = of_tracks.lane();
    let mut of_releases = of_releases.lane();
    while !credited.is_empty() {
        let artist = Credited::take(&mut credited).expect("written by this run");
        let at = rows.binary_search_by_key(&artist.id, |row| row.id);
        let row = rows[at.expect("all artists have rows")].row;
        for credit in artist.tracks {
            push(&mut of_tracks, credit, row)?;
        }
        for credit in artist.releases {
            push(&mut of_releases, credit, row)?;
        }
    }
    Ok(())
}

fn push(lane: &mut crate::shuffle::Lane, credit: Credit, artist: u32) -> Result<(), Error> {
    let part = Out::part_of_row(credit.row);
    lane.push(part, |out| Numbered { credit, artist }.put(out))
}

fn figures(first: u32, artists: &[Artist], elsewhere: &Elsewhere) -> Result<Vec<Figure>, Error> {
    let mut lines = Vec::new();
    for (row, artist) in (first..).zip(artists) {
        let facts = &artist.facts;
        let line = |metric, value| figure(about::ARTIST, metric, facts.source, row, value);
        let followers = facts.followers.map(|count| count as f64);
        lines.extend(followers.map(|count| line(metric::FOLLOWERS, count)));
        let popularity = facts.popularity.map(f64::from);
        lines.extend(popularity.map(|share| line(metric::POPULARITY, share)));
        if let Some(target) = mbid_of(&facts.source_id, elsewhere).map(Target::Artist) {
            let facts = elsewhere.of_target(target)?;
            lines.extend(facts.iter().map(|fact| told(about::ARTIST, row, fact)));
        }
    }
    Ok(lines)
}

/// Writes a table of credits, sorted by row and place.
fn write_credits<L: crate::table::Line<Builders: Send> + Send>(
    spread: Spread,
    path: &Path,
    line: impl Fn(Numbered) -> L + Sync + Send,
) -> Result<TableFile, Error> {
    let mut table = TableWriter::<L>::create(path, &BY_ROW)?;
    let make = |part| {
        let credits = sorted_by_key(Numbered::all(&spread.take(part)?), |numbered| {
            (numbered.credit.row, numbered.credit.place)
        });
        Ok(batch(credits.into_iter().map(&line)))
    };
    each_window(spread.parts(), make, |batches| {
        batches.iter().try_for_each(|batch| table.push_batch(batch))
    })?;
    table.finish()
}
