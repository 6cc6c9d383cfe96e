//! The tracks under the codes and texts of a recording.

use {
    super::{
        evidence::Evidence,
        group::Group,
        member::{Member, Order},
    },
    crate::{
        error::Error,
        identifiers::{Lookup, isrc_key, text_key},
        recordings::Witness,
        row::{Figures, RankKey},
        snapshot::{credits::credit_texts, details::isrcs, spans::Spans, tables::Tables},
        snapshot_meta::SnapshotMeta,
        table::{Id, table},
        tables::{about, metric},
        text,
    },
    longplay_model::Isrc,
    std::collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

table! {
    /// What evidence is made of.
    Part {
        track_id: Id,
        recording: u32,
        source: u16,
        title: String,
        release: Option<u32>,
        duration_ms: Option<u32>,
        isrcs: Vec<String>,
        recording_mbid: Option<Id>,
    }
}

table! {
    /// The MusicBrainz id of the track that stands for a recording.
    Known {
        recording_mbid: Option<Id>,
    }
}

table! {
    /// That a track is a file of a collection.
    FilePart {
        row: u32,
    }
}

table! {
    /// The id of a release.
    ReleasePart {
        release_id: Id,
    }
}

/// The tables in which evidence is looked up.
pub(super) struct Reading<'a> {
    pub(super) tables: &'a Tables,
    pub(super) identifiers: &'a Lookup,
    pub(super) meta: &'a SnapshotMeta,
}

/// Tracks by row, as far as evidence goes.
struct Parts {
    parts: BTreeMap<u64, Part>,
    /// Recordings that MusicBrainz knows, by the row that stands for them.
    known: HashSet<u64>,
}

/// What only texts are weighed by.
struct Texts {
    /// Hash of artist credit and title.
    hashes: HashMap<u64, [u8; 8]>,
    ranks: HashMap<u64, RankKey>,
    files: HashSet<u64>,
    releases: HashMap<u64, Id>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(tables: &'a Tables, identifiers: &'a Lookup, meta: &'a SnapshotMeta) -> Self {
        Self {
            tables,
            identifiers,
            meta,
        }
    }

    /// The row of the track that stands for the recording of another.
    pub(super) fn stands(&self, row: u64) -> Result<u64, Error> {
        let parts: Vec<Part> = self.tables.tracks.lines_at(&[row])?;
        let missing = || self.tables.tracks.shape("a track of this rank");
        parts
            .first()
            .map(|part| part.recording.into())
            .ok_or_else(missing)
    }

    /// Everything under an ISRC or text of these rows.
    pub(super) fn groups(&self, rows: &[u64]) -> Result<Vec<Group>, Error> {
        let own: Vec<Part> = self.tables.tracks.lines_at(rows)?;
        let mut groups = self.by_isrc(&own)?;
        groups.extend(self.by_text(rows)?);
        Ok(groups)
    }

    fn by_isrc(&self, own: &[Part]) -> Result<Vec<Group>, Error> {
        let codes = own.iter().flat_map(|part| isrcs(&part.isrcs));
        let codes: BTreeMap<u64, Isrc> = codes.map(|isrc| (isrc_key(&isrc), isrc)).collect();
        let keys: Vec<u64> = codes.keys().copied().collect();
        let spans = Spans {
            tables: self.tables,
            identifiers: self.identifiers,
        };
        let hits = spans.of_isrcs(&keys)?.hits;
        let parts = self.parts(hits.iter().map(|(_, row)| *row))?;
        let groups = codes.into_iter().map(|(key, isrc)| {
            let rows = hits.iter().filter(|hit| hit.0 == key).map(|hit| hit.1);
            let rows: BTreeSet<u64> = rows.collect();
            let members = rows.into_iter().filter_map(|row| parts.under_isrc(row));
            Group::new(Evidence::Isrc(isrc), members.collect())
        });
        Ok(groups.collect())
    }

    fn by_text(&self, own: &[u64]) -> Result<Vec<Group>, Error> {
        let own = self.hashes(&self.parts(own.iter().copied())?)?;
        let hashes: BTreeSet<[u8; 8]> = own.into_values().collect();
        let keys: BTreeSet<u64> = hashes.iter().map(|hash| text_key(*hash)).collect();
        let keys: Vec<u64> = keys.into_iter().collect();
        let rows = self.identifiers.rows_of_texts(&keys)?;
        let parts = self.parts(rows.into_iter())?;
        let texts = self.texts(&parts)?;
        let groups = hashes.into_iter().map(|hash| {
            let rows = parts.parts.keys().copied();
            let rows = rows.filter(|row| texts.hashes.get(row) == Some(&hash));
            let members = rows.filter_map(|row| parts.under_text(row, &texts));
            Group::new(Evidence::Text, members.collect())
        });
        Ok(groups.collect())
    }

    fn parts(&self, rows: impl Iterator<Item = u64>) -> Result<Parts, Error> {
        let rows: BTreeSet<u64> = rows.collect();
        let rows: Vec<u64> = rows.into_iter().collect();
        let parts: Vec<Part> = self.tables.tracks.lines_at(&rows)?;
        let stand: BTreeSet<u64> = parts.iter().map(|part| part.recording.into()).collect();
        let stand: Vec<u64> = stand.into_iter().collect();
        let known: Vec<Known> = self.tables.tracks.lines_at(&stand)?;
        let known = stand.into_iter().zip(known);
        let known = known.filter(|(_, line)| line.recording_mbid.is_some());
        Ok(Parts {
            parts: rows.into_iter().zip(parts).collect(),
            known: known.map(|(row, _)| row).collect(),
        })
    }

    fn hashes(&self, parts: &Parts) -> Result<HashMap<u64, [u8; 8]>, Error> {
        let rows: Vec<u64> = parts.parts.keys().copied().collect();
        let credits = credit_texts(self.tables, &rows)?;
        let hashes = parts
            .parts
            .iter()
            .zip(credits)
            .filter_map(|((row, part), credit)| {
                Some((*row, text::text_key(&credit, &part.title)?))
            });
        Ok(hashes.collect())
    }

    fn texts(&self, parts: &Parts) -> Result<Texts, Error> {
        let rows: Vec<u64> = parts.parts.keys().copied().collect();
        let files = &self.tables.files;
        let files = files.lines_with::<FilePart>(files.groups(), "row", &rows)?;
        let releases = parts.parts.values().filter_map(|part| part.release);
        let releases: BTreeSet<u64> = releases.map(u64::from).collect();
        let releases: Vec<u64> = releases.into_iter().collect();
        let ids: Vec<ReleasePart> = self.tables.releases.lines_at(&releases)?;
        let ids = ids.into_iter().map(|line| line.release_id);
        Ok(Texts {
            hashes: self.hashes(parts)?,
            ranks: self.ranks(parts)?,
            files: files.into_iter().map(|(row, _)| row).collect(),
            releases: releases.into_iter().zip(ids).collect(),
        })
    }

    /// How much each is heard, as its own source tells.
    fn ranks(&self, parts: &Parts) -> Result<HashMap<u64, RankKey>, Error> {
        let own = parts.parts.iter().map(|(row, part)| (*row, part.source));
        let own: Vec<(u64, u16)> = own.collect();
        let figures = &self.tables.figures;
        let popularity = figures.own(about::TRACK, metric::POPULARITY, &own)?;
        let listens = figures.own(about::TRACK, metric::LISTENS, &own)?;
        let ranks = own.into_iter().map(|(row, _)| {
            let figures = Figures {
                popularity: popularity.get(&row).map(|share| *share as f32),
                listens: listens.get(&row).map(|count| *count as u64),
                at: None,
            };
            (row, figures.rank_key())
        });
        Ok(ranks.collect())
    }
}

impl Parts {
    fn under_isrc(&self, row: u64) -> Option<Member> {
        let part = self.parts.get(&row)?;
        let witness = Witness {
            duration_ms: part.duration_ms,
            release: None,
        };
        let is_late = part.recording_mbid.is_none();
        Some(self.member(row, part, true, witness, is_late, None))
    }

    fn under_text(&self, row: u64, texts: &Texts) -> Option<Member> {
        let part = self.parts.get(&row)?;
        let is_loose = part.recording_mbid.is_none() && part.isrcs.is_empty();
        let release = part.release.filter(|_| is_loose);
        let release = release.and_then(|release| texts.releases.get(&release.into()));
        let head = release.map(|Id([a, b, c, d, ..])| u32::from_be_bytes([*a, *b, *c, *d]));
        let witness = Witness {
            duration_ms: part.duration_ms,
            release: head
                .filter(|head| *head != 0)
                .map(|head| (part.source, head)),
        };
        let joins = is_loose || texts.files.contains(&row);
        let rank = texts.ranks.get(&row).copied();
        Some(self.member(row, part, joins, witness, joins, rank))
    }

    fn member(
        &self,
        row: u64,
        part: &Part,
        joins: bool,
        witness: Witness,
        is_late: bool,
        rank: Option<RankKey>,
    ) -> Member {
        let stands = u64::from(part.recording);
        Member {
            rank: row,
            stands,
            is_known: self.known.contains(&stands),
            joins,
            witness,
            order: Order {
                is_late,
                lacks_duration: part.duration_ms.is_none(),
                rank,
                track: part.track_id.0,
            },
        }
    }
}
