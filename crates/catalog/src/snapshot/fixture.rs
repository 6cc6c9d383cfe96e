//! A snapshot written line by line, without an import.

use {
    super::Snapshot,
    crate::{
        identifiers::{Kind, blob_key, gtin_key, id_key, isrc_key, mbid_key, text_key},
        snapshot_meta::{Counts, SNAPSHOT, SnapshotMeta, SourceEntry},
        sources::Format,
        table::{Id, Layout, Line, TableWriter},
        tables::*,
        text,
    },
    longplay_model::{Digest, Mbid},
    std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::Path,
    },
};

/// Small pages and row groups, so that few rows have many; some columns have
/// others than the rest.
const fn small(layout: Layout) -> Layout {
    Layout {
        page_rows: 8,
        pages: &[("title", 3), ("artist", 5), ("key", 6), ("source", 100)],
        group_rows: 40,
        ..layout
    }
}

/// The lines of all tables; identifiers follow from them.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    pub(super) sources: Vec<SourceEntry>,
    pub(super) tracks: Vec<TrackLine>,
    pub(super) track_artists: Vec<TrackArtistLine>,
    pub(super) genres: Vec<GenreLine>,
    pub(super) figures: Vec<PopularityLine>,
    pub(super) rights: Vec<RightsLine>,
    pub(super) files: Vec<FileLine>,
    pub(super) artwork: Vec<ArtworkLine>,
    pub(super) releases: Vec<ReleaseLine>,
    pub(super) release_artists: Vec<ReleaseArtistLine>,
    pub(super) artists: Vec<ArtistLine>,
}

pub(super) fn source(number: u16, name: &str) -> SourceEntry {
    let text = format!(
        r#"{{"number":{number},"digest":"{}","name":"{name}","format":"track-records",
            "file":"f","max_line_bytes":1000}}"#,
        Digest::of(&number.to_be_bytes())
    );
    let entry: SourceEntry = serde_json::from_str(&text).unwrap();
    assert_eq!(entry.format, Format::TrackRecords);
    entry
}

/// A track alone in its recording, of source 0, that tells nothing.
pub(super) fn track(row: u32) -> TrackLine {
    TrackLine {
        track_id: id(row, 0),
        recording: row,
        source: 0,
        record: u64::from(row) + 1,
        source_id: Some(format!("id {row}")),
        title: format!("Title {row}"),
        release: None,
        disc: None,
        position: None,
        duration_ms: None,
        isrcs: Vec::new(),
        recording_mbid: None,
        language: None,
        explicit: None,
        synthetic: false,
    }
}

/// Ids whose keys are equal where `head` is.
pub(super) fn id(number: u32, head: u8) -> Id {
    let mut bytes = [head; 16];
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    Id(bytes)
}

pub(super) fn figure(
    kind: &str,
    metric: &str,
    source: u16,
    row: u32,
    value: f64,
) -> PopularityLine {
    PopularityLine {
        kind: kind.into(),
        metric: metric.into(),
        source,
        row,
        inherited: false,
        value,
        at: None,
    }
}

impl Lines {
    /// Adds a track that nobody holds rights in.
    pub(super) fn push(&mut self, track: TrackLine) {
        self.rights.push(RightsLine {
            row: self.tracks.len() as u32,
            source: track.source,
            uri: None,
            basis: None,
            access: "dark".into(),
        });
        self.tracks.push(track);
    }

    pub(super) fn write(&self, dir: &Path) -> Snapshot {
        fs::create_dir_all(dir).unwrap();
        put(&dir.join(TRACKS), TRACKS_LAYOUT, &self.tracks);
        put(&dir.join(TRACK_ARTISTS), BY_ROW, &self.track_artists);
        put(&dir.join(GENRES), BY_ROW, &self.genres);
        put(&dir.join(RIGHTS), BY_ROW, &self.rights);
        put(&dir.join(FILES), BY_ROW, &self.files);
        put(&dir.join(ARTWORK), BY_ROW, &self.artwork);
        put(&dir.join(RELEASES), ENTITIES, &self.releases);
        put(&dir.join(RELEASE_ARTISTS), BY_ROW, &self.release_artists);
        put(&dir.join(ARTISTS), ENTITIES, &self.artists);
        self.put_figures(&dir.join(POPULARITY));
        self.put_identifiers(&dir.join(IDENTIFIERS));
        self.put_meta(dir);
        Snapshot::open(dir).unwrap()
    }

    pub(super) fn put_meta(&self, dir: &Path) {
        fs::write(dir.join(SNAPSHOT), self.meta().to_bytes()).unwrap();
    }

    fn meta(&self) -> SnapshotMeta {
        let sources = self.sources.clone();
        SnapshotMeta::new(Counts::default(), sources, Vec::new())
    }

    fn put_figures(&self, path: &Path) {
        let mut figures = self.figures.clone();
        let key = |line: &PopularityLine| (line.kind.clone(), line.metric.clone(), line.source);
        figures.sort_by_key(|line| (key(line), line.row));
        let mut writer = TableWriter::create(path, &small(POPULARITY_LAYOUT)).unwrap();
        for section in figures.chunk_by(|a, b| key(a) == key(b)) {
            section
                .iter()
                .for_each(|line| writer.push(line.clone()).unwrap());
            writer.end_group().unwrap();
        }
        writer.finish().unwrap();
    }

    fn put_identifiers(&self, path: &Path) {
        let mut writer = TableWriter::create(path, &small(IDENTIFIERS_LAYOUT)).unwrap();
        for kind in Kind::ALL {
            let bits = self.meta().id_bits;
            let entries = self.identifiers(kind).into_iter();
            let mut entries: Vec<(u64, u32)> = entries
                .map(|(key, row)| (bits.cut(kind, key), row))
                .collect();
            entries.sort_unstable();
            for (key, row) in entries {
                let (kind, row) = (kind.name().into(), kind.told(row));
                writer.push(IdentifierLine { kind, key, row }).unwrap();
            }
            writer.end_group().unwrap();
        }
        writer.finish().unwrap();
    }

    fn identifiers(&self, kind: Kind) -> Vec<(u64, u32)> {
        let tracks = || (0u32..).zip(&self.tracks);
        let releases = || (0u32..).zip(&self.releases);
        match kind {
            Kind::Artist => (0..)
                .zip(&self.artists)
                .map(|(row, line)| (id_key(&line.artist_id.0), row))
                .collect(),
            Kind::Blob => self
                .files
                .iter()
                .map(|file| (blob_key(&file.sha256), file.row))
                .collect(),
            Kind::Gtin => releases()
                .filter_map(|(row, line)| Some((gtin_key(line.gtin.as_ref()?)?, row)))
                .collect(),
            Kind::Isrc => tracks()
                .flat_map(|(row, line)| line.isrcs.iter().map(move |isrc| (isrc, row)))
                .map(|(isrc, row)| (isrc_key(&isrc.parse().unwrap()), row))
                .collect(),
            Kind::Mbid => tracks()
                .filter_map(|(row, line)| {
                    Some((mbid_key(&Mbid::from_bytes(line.recording_mbid?.0)), row))
                })
                .collect(),
            Kind::Recording => self.recordings(),
            Kind::Release => releases()
                .map(|(row, line)| (id_key(&line.release_id.0), row))
                .collect(),
            Kind::Text => tracks()
                .filter_map(|(row, line)| {
                    let hash = text::text_key(&self.credit(row), &line.title)?;
                    Some((text_key(hash), line.recording))
                })
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            Kind::Track => tracks()
                .map(|(row, line)| (id_key(&line.track_id.0), row))
                .collect(),
        }
    }

    fn recordings(&self) -> Vec<(u64, u32)> {
        let mut rows: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (row, line) in (0u32..).zip(&self.tracks) {
            rows.entry(line.recording).or_default().push(row);
        }
        rows.into_iter()
            .flat_map(|(key, rows)| rows.into_iter().map(move |row| (key, row)))
            .filter(|(key, row)| key != row)
            .map(|(key, row)| (key.into(), row))
            .collect()
    }

    pub(super) fn credit(&self, row: u32) -> String {
        let parts = self.track_artists.iter().filter(|part| part.row == row);
        parts
            .map(|part| {
                let own = &self.artists[part.artist as usize].name;
                format!("{}{}", part.name.as_ref().unwrap_or(own), part.join)
            })
            .collect()
    }
}

fn put<L: Line + Clone>(path: &Path, layout: Layout, lines: &[L]) {
    let mut writer = TableWriter::create(path, &small(layout)).unwrap();
    lines
        .iter()
        .for_each(|line| writer.push(line.clone()).unwrap());
    writer.finish().unwrap();
}

/// A catalog of all shapes, the same for the same seed: sources 0 and 1 are
/// one that came twice, 2 is another; recordings of several tracks, of which
/// any may be the representative; artists and releases that sources share.
pub(super) fn catalog(rows: u32, seed: u64) -> Lines {
    let mut dice = Dice(seed);
    let mut lines = Lines {
        sources: vec![source(0, "s"), source(1, "s"), source(2, "other")],
        ..Lines::default()
    };
    let artists = rows / 3 + 1;
    let releases = rows / 4 + 1;
    for row in 0..artists {
        lines.artists.push(ArtistLine {
            artist_id: id(row, 200 + (row % 3) as u8),
            source: dice.below(3) as u16,
            source_id: dice.maybe(row).map(|row| format!("artist {row}")),
            name: format!("Name {row}"),
            tracks: 1,
            first_row: dice.maybe(0),
        });
        rate(
            &mut lines,
            &mut dice,
            about::ARTIST,
            metric::POPULARITY,
            row,
        );
        rate(&mut lines, &mut dice, about::ARTIST, metric::FOLLOWERS, row);
    }
    for row in 0..rows {
        let track = some_track(&mut dice, row, rows, releases);
        lines.push(track);
        for place in 0..dice.below(4) as u16 {
            lines.track_artists.push(TrackArtistLine {
                row,
                place,
                artist: dice.below(artists.into()) as u32,
                name: dice.maybe(row).map(|row| format!("Alias {row}")),
                join: [" & ", ", "][usize::from(place > 0)].into(),
            });
        }
        for genre in 0..dice.below(3) {
            let genre = format!("genre {genre}");
            lines.genres.push(GenreLine { row, genre });
        }
        if dice.below(5) == 0 {
            lines.files.push(FileLine {
                row,
                path: format!("path {row}"),
                codec: "flac".into(),
                bytes: row.into(),
                sha256: Digest::of(&row.to_be_bytes()),
            });
        }
        rate(&mut lines, &mut dice, about::TRACK, metric::POPULARITY, row);
        rate(&mut lines, &mut dice, about::TRACK, metric::LISTENS, row);
    }
    settle(&mut lines);
    for row in 0..releases {
        release(&mut lines, &mut dice, row, artists);
    }
    lines
}

fn some_track(dice: &mut Dice, row: u32, rows: u32, releases: u32) -> TrackLine {
    let mbid = dice.below(6);
    let isrc = |dice: &mut Dice| format!("AAABC26{:05}", dice.below(u64::from(rows) / 2 + 1));
    TrackLine {
        track_id: id(row, (row % 5) as u8),
        source: dice.below(3) as u16,
        recording: dice.below(u64::from(rows)) as u32,
        release: dice.maybe(0).map(|_| dice.below(releases.into()) as u32),
        duration_ms: dice.maybe(100_000 + row),
        isrcs: (0..dice.below(3)).map(|_| isrc(dice)).collect(),
        recording_mbid: (mbid == 0).then(|| id(row, 77)),
        ..track(row)
    }
}

/// Rows of one recording agree on a representative, which is one of them.
fn settle(lines: &mut Lines) {
    let mut stands: BTreeMap<u32, u32> = BTreeMap::new();
    for row in (0..lines.tracks.len()).rev() {
        // Of every third row, the group of a drawn number; the others alone.
        let drawn = lines.tracks[row].recording / 4;
        let own = row as u32;
        lines.tracks[row].recording = match row % 3 {
            0 => *stands.entry(drawn).or_insert(own),
            _ => own,
        };
    }
}

fn release(lines: &mut Lines, dice: &mut Dice, row: u32, artists: u32) {
    let tracks = (0u32..).zip(&lines.tracks);
    let of_release: Vec<u32> = tracks
        .filter(|(_, track)| track.release == Some(row))
        .map(|(row, _)| row)
        .collect();
    let first_row = of_release.first().copied().unwrap_or(0);
    lines.releases.push(ReleaseLine {
        release_id: id(row, 150 + (row % 3) as u8),
        source: dice.below(3) as u16,
        source_id: dice.maybe(row).map(|row| format!("release {row}")),
        title: format!("Release {row}"),
        date: dice.maybe("1969-09".into()),
        gtin: dice.maybe(format!(
            "{}400638133{:04}",
            ["", "0"][row as usize % 2],
            row / 2
        )),
        label: dice.maybe("Label".into()),
        tracks: of_release.len() as u32,
        first_row,
    });
    for place in 0..dice.below(3) as u16 {
        lines.release_artists.push(ReleaseArtistLine {
            row,
            place,
            artist: dice.below(artists.into()) as u32,
            name: dice.maybe(row).map(|row| format!("Alias {row}")),
            join: ", ".into(),
        });
    }
    rate(lines, dice, about::RELEASE, metric::POPULARITY, row);
}

/// Figures of some sources; of tracks also inherited ones.
fn rate(lines: &mut Lines, dice: &mut Dice, kind: &str, metric: &str, row: u32) {
    for source in 0..3 {
        if dice.below(3) == 0 {
            let value = dice.below(1_000) as f64 / 10.0;
            let inherited = source == 1 && dice.below(4) == 0;
            lines.figures.push(PopularityLine {
                inherited,
                ..figure(kind, metric, source, row, value.floor())
            });
        }
    }
}

/// Numbers that look drawn.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn maybe<T>(&mut self, value: T) -> Option<T> {
        (self.below(2) == 0).then_some(value)
    }
}
