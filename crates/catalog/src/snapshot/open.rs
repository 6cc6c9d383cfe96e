//! The part of a snapshot that may leave the archive.

use {
    super::tables::Tables,
    crate::{
        durable,
        error::Error,
        identifiers::Lookup,
        popularity::listens_of,
        snapshot_meta::{Counts, SnapshotMeta, SourceEntry, rows_of},
        table::{Layout, Line, Table, TableFile, TableWriter, table},
        tables::{
            ARTISTS, ARTWORK, ArtistLine, ArtworkLine, BY_ROW, ENTITIES, GENRES, GenreLine,
            IDENTIFIERS, IDENTIFIERS_LAYOUT, IdentifierLine, POPULARITY, PopularityLine,
            RELEASE_ARTISTS, RELEASE_ARTISTS_LAYOUT, RELEASES, RIGHTS, ReleaseArtistLine,
            ReleaseLine, RightsLine, TRACK_ARTISTS, TRACKS, TRACKS_LAYOUT, TrackArtistLine,
            TrackLine,
        },
    },
    longplay_model::RecordingId,
    serde::Serialize,
    std::{
        collections::BTreeSet,
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
    sources: Vec<&'a SourceEntry>,
    tables: &'a [TableFile],
}

table! {
    /// The source of a row.
    SourcePart {
        source: u16,
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
    written.sort_by(|a, b| a.name.cmp(&b.name));
    let open = OpenMeta {
        longplay: "open-catalog",
        version: 1,
        snapshot: &meta.snapshot,
        counts: copier.counts(&written)?,
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
    open: BTreeSet<u16>,
    tracks: Selection,
    releases: Selection,
    artists: Selection,
}

impl<'a> Copier<'a> {
    fn new(
        from: &'a Tables,
        identifiers: &'a Lookup,
        out: &'a Path,
        sources: &[&SourceEntry],
    ) -> Result<Self, Error> {
        let open: BTreeSet<u16> = sources.iter().map(|source| source.number).collect();
        Ok(Self {
            from,
            identifiers,
            out,
            tracks: Selection::of(&from.tracks, &open)?,
            releases: Selection::of(&from.releases, &open)?,
            artists: Selection::of(&from.artists, &open)?,
            open,
        })
    }

    fn by_track(&self) -> Result<Vec<TableFile>, Error> {
        let from = self.from;
        let rows = &self.tracks;
        Ok(vec![
            self.copy(&from.tracks, TRACKS, &TRACKS_LAYOUT, |line: TrackLine| {
                self.open.contains(&line.source).then_some(line)
            })?,
            self.copy(
                &from.track_artists,
                TRACK_ARTISTS,
                &BY_ROW,
                |line: TrackArtistLine| {
                    let row = rows.new_number(line.row)?;
                    Some(TrackArtistLine { row, ..line })
                },
            )?,
            self.copy(&from.genres, GENRES, &BY_ROW, |line: GenreLine| {
                let row = rows.new_number(line.row)?;
                Some(GenreLine { row, ..line })
            })?,
            self.copy(
                &from.popularity,
                POPULARITY,
                &BY_ROW,
                |line: PopularityLine| {
                    let row = rows.new_number(line.row)?;
                    Some(self.figures(PopularityLine { row, ..line }))
                },
            )?,
            self.copy(&from.rights, RIGHTS, &BY_ROW, |line: RightsLine| {
                let row = rows.new_number(line.row)?;
                Some(RightsLine { row, ..line })
            })?,
            self.copy(&from.artwork, ARTWORK, &BY_ROW, |line: ArtworkLine| {
                let row = rows.new_number(line.row)?;
                Some(ArtworkLine { row, ..line })
            })?,
        ])
    }

    /// Figures that a file inherited from a source that is not open stay here.
    fn figures(&self, line: PopularityLine) -> PopularityLine {
        if self.open.contains(&line.source) {
            return line;
        }
        PopularityLine {
            inherited: false,
            at: None,
            popularity: None,
            listens: None,
            listens_estimate: listens_of(0.0),
            artist_popularity: None,
            followers: None,
            release_popularity: None,
            ..line
        }
    }

    fn by_entity(&self) -> Result<Vec<TableFile>, Error> {
        let from = self.from;
        Ok(vec![
            self.copy(&from.releases, RELEASES, &ENTITIES, |line: ReleaseLine| {
                let is_open = self.open.contains(&line.source);
                let first_row = self.tracks.new_number(line.first_row)?;
                is_open.then_some(ReleaseLine { first_row, ..line })
            })?,
            self.copy(&from.artists, ARTISTS, &ENTITIES, |line: ArtistLine| {
                let is_open = self.open.contains(&line.source);
                let first_row = self.tracks.new_number(line.first_row)?;
                is_open.then_some(ArtistLine { first_row, ..line })
            })?,
            self.copy(
                &from.release_artists,
                RELEASE_ARTISTS,
                &RELEASE_ARTISTS_LAYOUT,
                |line: ReleaseArtistLine| {
                    let release_row = self.releases.new_number(line.release_row)?;
                    Some(ReleaseArtistLine {
                        release_row,
                        ..line
                    })
                },
            )?,
            self.copy_identifiers(self.identifiers.table())?,
        ])
    }

    /// Digests of the holder's files stay here, as `files` does.
    fn copy_identifiers(&self, from: &Table) -> Result<TableFile, Error> {
        let mut writer = TableWriter::create(&self.out.join(IDENTIFIERS), &IDENTIFIERS_LAYOUT)?;
        let mut last = String::new();
        for line in from.lines::<IdentifierLine>()? {
            let line = line?;
            let rows = match line.kind.as_str() {
                "blob" => continue,
                "artist" => &self.artists,
                "gtin" | "release" => &self.releases,
                _ => &self.tracks,
            };
            if let Some(row) = rows.new_number(line.row) {
                if !last.is_empty() && last != line.kind {
                    writer.end_group()?;
                }
                last.clone_from(&line.kind);
                writer.push(IdentifierLine { row, ..line })?;
            }
        }
        writer.finish()
    }

    fn copy<L: Line>(
        &self,
        from: &Table,
        name: &str,
        layout: &Layout,
        mut change: impl FnMut(L) -> Option<L>,
    ) -> Result<TableFile, Error> {
        let mut writer = TableWriter::create(&self.out.join(name), layout)?;
        for line in from.lines::<L>()? {
            if let Some(line) = change(line?) {
                writer.push(line)?;
            }
        }
        writer.finish()
    }

    fn counts(&self, tables: &[TableFile]) -> Result<Counts, Error> {
        let mut last = None;
        let mut recordings = 0;
        // Identifiers are sorted, so that equal recordings are neighbours.
        let identifiers = Table::open(&self.out.join(IDENTIFIERS))?;
        for line in identifiers.lines::<IdentifierLine>()? {
            let line = line?;
            if line.kind == "recording" {
                let recording: Option<RecordingId> = line.value.parse().ok();
                recordings += u64::from(recording != last);
                last = recording;
            }
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

/// Some rows of a table: one bit a row, and their new numbers.
struct Selection {
    words: Vec<u64>,
    /// Rows chosen before each word.
    before: Vec<u64>,
}

impl Selection {
    /// The rows of open sources.
    fn of(table: &Table, open: &BTreeSet<u16>) -> Result<Self, Error> {
        let mut words = Vec::new();
        let mut before = Vec::new();
        let mut chosen = 0;
        for (number, line) in table.lines::<SourcePart>()?.enumerate() {
            if number % 64 == 0 {
                words.push(0u64);
                before.push(chosen);
            }
            let is_open = open.contains(&line?.source);
            chosen += u64::from(is_open);
            if let Some(word) = words.last_mut() {
                *word |= u64::from(is_open) << (number % 64);
            }
        }
        Ok(Self { words, before })
    }

    /// The number that a row has among the chosen, if it is one.
    fn new_number(&self, row: u64) -> Option<u64> {
        let at = usize::try_from(row / 64).ok()?;
        let word = self.words.get(at)?;
        let bit = 1u64 << (row % 64);
        let earlier = u64::from((word & (bit - 1)).count_ones());
        (word & bit != 0).then(|| self.before[at] + earlier)
    }
}
