//! The part of a snapshot that may leave the archive.

mod identifiers;

use {
    super::{
        regrouped::Regrouped,
        rows::{Marks, Rows},
        tables::Tables,
    },
    crate::{
        durable,
        error::Error,
        identifiers::{IdBits, Lookup},
        own_ids::OwnIds,
        snapshot_meta::{Counts, SnapshotMeta, SourceEntry, rows_of},
        table::{Line, Table, TableFile, TableWriter, table},
        tables::{
            ARTISTS, ARTWORK, ArtistLine, ArtworkLine, BY_ROW, ENTITIES, GENRES, GenreLine,
            IDENTIFIERS, POPULARITY, POPULARITY_LAYOUT, PopularityLine, RELEASE_ARTISTS, RELEASES,
            RIGHTS, ReleaseArtistLine, ReleaseLine, RightsLine, TRACK_ARTISTS, TRACKS,
            TRACKS_LAYOUT, TrackArtistLine, TrackLine, about,
        },
    },
    serde::Serialize,
    std::{
        collections::{BTreeMap, BTreeSet, btree_map::Entry},
        path::{Path, PathBuf},
    },
};

const CATALOG: &str = "catalog.json";

/// `catalog.json`.
#[derive(Serialize)]
struct OpenMeta<'a> {
    longplay: &'static str,
    version: u32,
    snapshot: &'a str,
    counts: Counts,
    id_bits: IdBits,
    sources: Vec<&'a SourceEntry>,
    tables: &'a [TableFile],
}

const VERSION: u32 = 6;

table! {
    /// The source of a row.
    SourcePart {
        source: u16,
    }
}

table! {
    /// A name of a credit, in `track_artists` and `release_artists` alike.
    CreditPart {
        row: u32,
        artist: u32,
        name: Option<String>,
    }
}

table! {
    /// Where a release comes from, and the row of its most popular track.
    ReleasePart {
        source: u16,
        first_row: u32,
    }
}

table! {
    /// The release of a track.
    OfRelease {
        release: Option<u32>,
    }
}

table! {
    /// The row that stands for a recording.
    RecordingPart {
        recording: u32,
    }
}

pub(super) fn open_tables(
    meta: &SnapshotMeta,
    tables: &Tables,
    identifiers: &Lookup,
    out: &Path,
) -> Result<Vec<PathBuf>, Error> {
    let sources = meta.sources.iter().filter(|source| source.is_open());
    let sources: Vec<&SourceEntry> = sources.collect();
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    std::fs::create_dir_all(out).map_err(Error::write(out))?;
    let copier = Copier::new(tables, identifiers, out, &sources)?;
    let mut written = copier.by_track()?;
    written.extend(copier.by_entity()?);
    written.push(copier.figures()?);
    written.push(copier.identifiers(meta.id_bits)?);
    written.sort_by(|a, b| a.name.cmp(&b.name));
    let open = OpenMeta {
        longplay: "open-catalog",
        version: VERSION,
        snapshot: &meta.snapshot,
        counts: copier.counts(&written)?,
        id_bits: meta.id_bits,
        sources,
        tables: &written,
    };
    let mut text = serde_json::to_vec_pretty(&open).expect("all keys are strings");
    text.push(b'\n');
    durable::write_inside(&out.join(CATALOG), &text)?;
    let names = written.iter().map(|table| table.name.as_str());
    let mut names: Vec<&str> = names.chain([CATALOG]).collect();
    names.sort_unstable();
    Ok(names.into_iter().map(|name| out.join(name)).collect())
}

/// Copies what belongs to open sources, with row numbers of its own.
struct Copier<'a> {
    from: &'a Tables,
    identifiers: &'a Lookup,
    out: &'a Path,
    sources: Vec<SourceEntry>,
    open: BTreeSet<u16>,
    tracks: Rows,
    releases: Rows,
    /// Releases whose most popular track stays here, with the new row of the
    /// first that does not.
    first_rows: BTreeMap<u32, u32>,
    artists: Rows,
    /// Artists that are told of by a source that is not open, as open credits
    /// name them.
    named: BTreeMap<u32, Named>,
    regrouped: Regrouped,
}

/// What open credits alone tell of an artist.
struct Named {
    source: u16,
    /// None where the credit gives the name that the artist has.
    name: Option<String>,
    tracks: u32,
    first_row: Option<u32>,
    /// The last of its tracks so far.
    last_row: Option<u32>,
}

impl<'a> Copier<'a> {
    fn new(
        from: &'a Tables,
        identifiers: &'a Lookup,
        out: &'a Path,
        sources: &[&SourceEntry],
    ) -> Result<Self, Error> {
        let open: BTreeSet<u16> = sources.iter().map(|source| source.number).collect();
        let tracks = of_sources(&from.tracks, &open)?.finish();
        let (releases, first_rows) = open_releases(from, &tracks, &open)?;
        let mut artists = of_sources(&from.artists, &open)?;
        let known = artists.clone().finish();
        let named = named_artists(from, &tracks, &releases, &known)?;
        named.keys().for_each(|row| artists.add((*row).into()));
        Ok(Self {
            regrouped: Regrouped::read(identifiers, &tracks)?,
            artists: artists.finish(),
            from,
            identifiers,
            out,
            sources: sources.iter().map(|source| (*source).clone()).collect(),
            open,
            tracks,
            releases,
            first_rows,
            named,
        })
    }

    fn by_track(&self) -> Result<Vec<TableFile>, Error> {
        let from = self.from;
        let row = |row: u32| self.tracks.number(row.into());
        Ok(vec![
            self.copy(
                &from.tracks,
                TableWriter::without(
                    OwnIds::of_tracks(&self.sources),
                    &self.out.join(TRACKS),
                    &TRACKS_LAYOUT,
                )?,
                |line| self.track(line),
            )?,
            self.copy(
                &from.track_artists,
                self.by_row(TRACK_ARTISTS)?,
                |line: TrackArtistLine| {
                    Some(TrackArtistLine {
                        row: row(line.row)?,
                        artist: self.artists.number(line.artist.into())?,
                        name: self.credited(line.artist, line.name),
                        ..line
                    })
                },
            )?,
            self.copy(&from.genres, self.by_row(GENRES)?, |line: GenreLine| {
                let row = row(line.row)?;
                Some(GenreLine { row, ..line })
            })?,
            self.copy(&from.rights, self.by_row(RIGHTS)?, |line: RightsLine| {
                let row = row(line.row)?;
                Some(RightsLine { row, ..line })
            })?,
            self.copy(&from.artwork, self.by_row(ARTWORK)?, |line: ArtworkLine| {
                let row = row(line.row)?;
                Some(ArtworkLine { row, ..line })
            })?,
        ])
    }

    fn track(&self, line: TrackLine) -> Option<TrackLine> {
        if !self.open.contains(&line.source) {
            return None;
        }
        let release = line.release.map(u64::from);
        Some(TrackLine {
            recording: self.recording(line.recording)?,
            release: release.and_then(|row| self.releases.number(row)),
            ..line
        })
    }

    /// The new row of the track that stands for a recording: where that one
    /// stays here, the most popular that does not.
    fn recording(&self, representative: u32) -> Option<u32> {
        let stays = || self.regrouped.first_of(representative);
        self.tracks.number(representative.into()).or_else(stays)
    }

    /// A credited name, which is left out where it is the artist's.
    fn credited(&self, artist: u32, name: Option<String>) -> Option<String> {
        match self.named.get(&artist) {
            Some(named) if named.name == name => None,
            _ => name,
        }
    }

    fn by_entity(&self) -> Result<Vec<TableFile>, Error> {
        let from = self.from;
        let (mut release, mut artist) = (0.., 0..);
        Ok(vec![
            self.copy(
                &from.releases,
                TableWriter::without(
                    OwnIds::of_releases(&self.sources),
                    &self.out.join(RELEASES),
                    &ENTITIES,
                )?,
                |line: ReleaseLine| self.release(release.next()?, line),
            )?,
            self.copy(
                &from.artists,
                TableWriter::without(
                    OwnIds::of_artists(&self.sources),
                    &self.out.join(ARTISTS),
                    &ENTITIES,
                )?,
                |line: ArtistLine| self.artist(artist.next()?, line),
            )?,
            self.copy(
                &from.release_artists,
                self.by_row(RELEASE_ARTISTS)?,
                |line: ReleaseArtistLine| {
                    Some(ReleaseArtistLine {
                        row: self.releases.number(line.row.into())?,
                        artist: self.artists.number(line.artist.into())?,
                        name: self.credited(line.artist, line.name),
                        ..line
                    })
                },
            )?,
        ])
    }

    fn release(&self, row: u32, line: ReleaseLine) -> Option<ReleaseLine> {
        self.releases.number(row.into())?;
        let first_row = self.tracks.number(line.first_row.into());
        let first_row = first_row.or_else(|| self.first_rows.get(&row).copied())?;
        Some(ReleaseLine { first_row, ..line })
    }

    fn artist(&self, row: u32, line: ArtistLine) -> Option<ArtistLine> {
        if let Some(named) = self.named.get(&row) {
            return Some(ArtistLine {
                source: named.source,
                name: named.name.clone().unwrap_or(line.name),
                tracks: named.tracks,
                first_row: named.first_row,
                ..line
            });
        }
        let first_row = line.first_row.map(u64::from);
        let first_row = first_row.and_then(|row| self.tracks.number(row));
        let is_open = self.open.contains(&line.source);
        is_open.then_some(ArtistLine { first_row, ..line })
    }

    /// Figures of sources that are not open stay here.
    fn figures(&self) -> Result<TableFile, Error> {
        let mut writer = TableWriter::create(&self.out.join(POPULARITY), &POPULARITY_LAYOUT)?;
        let mut last: Option<(String, String, u16)> = None;
        for line in self.from.figures.table().lines::<PopularityLine>()? {
            let line = line?;
            let rows = match line.kind.as_str() {
                about::ARTIST => &self.artists,
                about::RELEASE => &self.releases,
                _ => &self.tracks,
            };
            let row = rows.number(line.row.into());
            let Some(row) = row.filter(|_| self.open.contains(&line.source)) else {
                continue;
            };
            let is_of = |(kind, metric, source): &(String, String, u16)| {
                *kind == line.kind && *metric == line.metric && *source == line.source
            };
            if !last.as_ref().is_some_and(is_of) {
                writer.end_group()?;
                last = Some((line.kind.clone(), line.metric.clone(), line.source));
            }
            writer.push(PopularityLine { row, ..line })?;
        }
        writer.finish()
    }

    fn by_row<L: Line>(&self, name: &str) -> Result<TableWriter<L>, Error> {
        TableWriter::create(&self.out.join(name), &BY_ROW)
    }

    fn copy<L: Line>(
        &self,
        from: &Table,
        mut writer: TableWriter<L>,
        mut change: impl FnMut(L) -> Option<L>,
    ) -> Result<TableFile, Error> {
        for line in from.lines::<L>()? {
            if let Some(line) = change(line?) {
                writer.push(line)?;
            }
        }
        writer.finish()
    }

    fn counts(&self, tables: &[TableFile]) -> Result<Counts, Error> {
        let mut recordings = 0;
        let tracks = Table::open(&self.out.join(TRACKS))?;
        for (row, line) in (0..).zip(tracks.lines::<RecordingPart>()?) {
            recordings += u64::from(line?.recording == row);
        }
        Ok(Counts {
            tracks: rows_of(tables, TRACKS),
            recordings,
            releases: rows_of(tables, RELEASES),
            artists: rows_of(tables, ARTISTS),
            files: 0,
            identifiers: rows_of(tables, IDENTIFIERS),
        })
    }
}

/// The rows of open sources.
fn of_sources(table: &Table, open: &BTreeSet<u16>) -> Result<Marks, Error> {
    let mut marks = Marks::none(table.rows());
    for (row, line) in (0..).zip(table.lines::<SourcePart>()?) {
        if open.contains(&line?.source) {
            marks.add(row);
        }
    }
    Ok(marks)
}

/// The releases of open sources that an open track names; of those whose most
/// popular track is not open, the new row of the first that is.
fn open_releases(
    from: &Tables,
    tracks: &Rows,
    open: &BTreeSet<u16>,
) -> Result<(Rows, BTreeMap<u32, u32>), Error> {
    let mut marks = Marks::none(from.releases.rows());
    let mut late = BTreeSet::new();
    for (row, line) in (0u32..).zip(from.releases.lines::<ReleasePart>()?) {
        let line = line?;
        match tracks.contains(line.first_row.into()) {
            _ if !open.contains(&line.source) => {}
            true => marks.add(row.into()),
            false => _ = late.insert(row),
        }
    }
    let mut first_rows = BTreeMap::new();
    if !late.is_empty() {
        for (row, line) in (0..).zip(from.tracks.lines::<OfRelease>()?) {
            let release = line?.release.filter(|release| late.contains(release));
            if let Some((release, row)) = release.zip(tracks.number(row)) {
                first_rows.entry(release).or_insert(row);
                marks.add(release.into());
            }
        }
    }
    Ok((marks.finish(), first_rows))
}

/// Artists that open tracks and releases credit, but that are not `known`
/// from an open source: the same source came under other terms, too.
fn named_artists(
    from: &Tables,
    tracks: &Rows,
    releases: &Rows,
    known: &Rows,
) -> Result<BTreeMap<u32, Named>, Error> {
    let mut named: BTreeMap<u32, Named> = BTreeMap::new();
    for line in from.track_artists.lines::<CreditPart>()? {
        let line = line?;
        if let Some(row) = tracks.number(line.row.into())
            && !known.contains(line.artist.into())
        {
            let named = named_artist(&mut named, &from.tracks, line)?;
            named.tracks += u32::from(named.last_row != Some(row));
            named.first_row.get_or_insert(row);
            named.last_row = Some(row);
        }
    }
    for line in from.release_artists.lines::<CreditPart>()? {
        let line = line?;
        if releases.contains(line.row.into()) && !known.contains(line.artist.into()) {
            named_artist(&mut named, &from.releases, line)?;
        }
    }
    Ok(named)
}

/// The artist of a credit. It has its own name where any credit gives that,
/// otherwise the name of the first.
fn named_artist<'a>(
    named: &'a mut BTreeMap<u32, Named>,
    credited: &Table,
    line: CreditPart,
) -> Result<&'a mut Named, Error> {
    match named.entry(line.artist) {
        Entry::Occupied(known) => {
            let known = known.into_mut();
            known.name = known.name.take().filter(|_| line.name.is_some());
            Ok(known)
        }
        Entry::Vacant(new) => Ok(new.insert(Named {
            source: source_of(credited, line.row)?,
            name: line.name,
            tracks: 0,
            first_row: None,
            last_row: None,
        })),
    }
}

fn source_of(table: &Table, row: u32) -> Result<u16, Error> {
    let line: Option<SourcePart> = table.line_at(row.into())?;
    line.map(|line| line.source)
        .ok_or_else(|| table.shape("all rows that other tables point at"))
}
