//! The tables that have rows of tracks, in rank order.

use {
    super::{
        elsewhere::Elsewhere,
        figures::{Figure, figure, told},
        out::Out,
        payload::{Payload, decoded, head},
        rank::{Place, Ranks},
        releases::ReleaseOfRow,
    },
    crate::{
        error::Error,
        identifier_writer::IdentifierLane,
        identifiers::{Kind, blob_key, id_key, isrc_key, mbid_key, text_key},
        own_ids::OwnIds,
        row::{Body, Head},
        shuffle::{Shuffle, Spread},
        snapshot_meta::SourceEntry,
        spill::Spill,
        table::{BatchBuilder, Id, TableFile, TableWriter},
        tables::{
            ARTWORK, ArtworkLine, BY_ROW, FILES, FileLine, GENRES, GenreLine, RIGHTS, RightsLine,
            TRACKS, TRACKS_LAYOUT, TrackLine, about, metric,
        },
        windows::each_window,
    },
    arrow_array::RecordBatch,
    longplay_model::Access,
    rayon::prelude::*,
    std::{iter::Peekable, path::Path, slice},
};

/// Blocks that are read side by side.
const WINDOW: usize = 16;

/// Spreads the rows by rank. The payload is removed as it is read.
pub(super) fn spread_rows(
    payload: &Payload,
    ranks: &Ranks,
    out: &Out,
    spill: &Path,
) -> Result<Spread, Error> {
    let by_row = Shuffle::new(spill, "rows-by-rank", out.row_parts());
    let blocks: Vec<usize> = (0..payload.blocks()).collect();
    for window in blocks.chunks(WINDOW) {
        window.par_iter().try_for_each(|block| {
            let block = payload.block(*block)?;
            let mut lane = by_row.lane();
            block.rows().try_for_each(|(arrival, row)| {
                let Some(place) = ranks.place(arrival, || head(row)) else {
                    return Ok(());
                };
                lane.push(Out::part_of_row(place.row), |out| {
                    place.put(out);
                    (row.len() as u32).put(out);
                    out.extend(row);
                })
            })
        })?;
        payload.forget_before(window[0] + window.len())?;
        out.go_on()?;
    }
    by_row.finish()
}

/// Writes all tables of tracks but for their artists.
pub(super) fn write_tracks(
    rows: &Spread,
    releases: &Spread,
    dir: &Path,
    out: &Out,
) -> Result<Vec<TableFile>, Error> {
    let mut tables = Tables::create(dir, &out.sources)?;
    let make = |part| {
        let bytes = rows.take(part)?;
        let mut releases = ReleaseOfRow::all(&releases.take(part)?);
        releases.sort_unstable();
        let mut making = Making::new(out, &releases);
        for row in in_order(&bytes) {
            making.push(row)?;
        }
        Ok(making.finish())
    };
    each_window(rows.parts(), make, |batches| {
        for batches in &batches {
            tables.push(batches)?;
            out.tell(&batches.figures)?;
            out.monitor.advance(batches.tracks.num_rows() as u64);
        }
        out.go_on()
    })?;
    tables.finish()
}

/// A track on its way into the tables.
struct Row {
    place: Place,
    head: Head,
    body: Body,
}

/// The rows of a part by their numbers, each decoded when it is its turn: all
/// of them at once would fill the caches several times over.
fn in_order(bytes: &[u8]) -> impl Iterator<Item = Row> {
    let mut places = Vec::with_capacity(TRACKS_LAYOUT.group_rows);
    let mut rest = bytes;
    while !rest.is_empty() {
        let at = bytes.len() - rest.len();
        places.push((part_of_row(&mut rest).0.row, at));
    }
    places.sort_unstable();
    places.into_iter().map(|(_, at)| {
        let (place, mut row) = part_of_row(&mut &bytes[at..]);
        let (head, body) = decoded(&mut row);
        Row { place, head, body }
    })
}

/// Takes the next row off a part.
fn part_of_row<'a>(bytes: &mut &'a [u8]) -> (Place, &'a [u8]) {
    let place = Place::take(bytes).expect("written by this run");
    let length = u32::take(bytes).expect("written by this run");
    let (row, rest) = bytes.split_at(length as usize);
    *bytes = rest;
    (place, row)
}

/// Gives every id of a track its row. A merged recording is found by both its
/// ids; the table names the one that is left.
fn identify(row: &mut Row, ids: &mut IdentifierLane, out: &Out) -> Result<(), Error> {
    let Row { place, head, body } = row;
    let row = place.row;
    ids.push(Kind::Track, id_key(head.track.as_bytes()), row)?;
    if place.recording != row {
        ids.push(Kind::Recording, place.recording.into(), row)?;
    }
    for isrc in &head.isrcs {
        ids.push(Kind::Isrc, isrc_key(isrc), row)?;
    }
    if let Some(mbid) = &mut head.recording_mbid {
        ids.push(Kind::Mbid, mbid_key(mbid), row)?;
        *mbid = out.elsewhere.redirects.end(*mbid);
        ids.push(Kind::Mbid, mbid_key(mbid), row)?;
    }
    if let Some(file) = &body.file {
        ids.push(Kind::Blob, blob_key(&file.sha256), row)?;
    }
    if let Some(text) = head.text {
        ids.push(Kind::Text, text_key(text), place.recording)?;
    }
    Ok(())
}

/// The tables that are written row group by row group.
struct Tables {
    tracks: TableWriter<TrackLine>,
    genres: TableWriter<GenreLine>,
    rights: TableWriter<RightsLine>,
    files: TableWriter<FileLine>,
    artwork: TableWriter<ArtworkLine>,
}

impl Tables {
    fn create(dir: &Path, sources: &[SourceEntry]) -> Result<Self, Error> {
        Ok(Self {
            tracks: TableWriter::without(
                OwnIds::of_tracks(sources),
                &dir.join(TRACKS),
                &TRACKS_LAYOUT,
            )?,
            genres: TableWriter::create(&dir.join(GENRES), &BY_ROW)?,
            rights: TableWriter::create(&dir.join(RIGHTS), &BY_ROW)?,
            files: TableWriter::create(&dir.join(FILES), &BY_ROW)?,
            artwork: TableWriter::create(&dir.join(ARTWORK), &BY_ROW)?,
        })
    }

    fn push(&mut self, batches: &Batches) -> Result<(), Error> {
        self.tracks.push_batch(&batches.tracks)?;
        self.genres.push_batch(&batches.genres)?;
        self.rights.push_batch(&batches.rights)?;
        self.files.push_batch(&batches.files)?;
        self.artwork.push_batch(&batches.artwork)
    }

    fn finish(self) -> Result<Vec<TableFile>, Error> {
        Ok(vec![
            self.tracks.finish()?,
            self.genres.finish()?,
            self.rights.finish()?,
            self.files.finish()?,
            self.artwork.finish()?,
        ])
    }
}

/// The rows of a row group in all tables.
struct Batches {
    tracks: RecordBatch,
    figures: Vec<Figure>,
    genres: RecordBatch,
    rights: RecordBatch,
    files: RecordBatch,
    artwork: RecordBatch,
}

/// A row group in the making.
struct Making<'a> {
    out: &'a Out<'a>,
    releases: Peekable<slice::Iter<'a, ReleaseOfRow>>,
    identifiers: IdentifierLane<'a>,
    figures: Vec<Figure>,
    tracks: BatchBuilder<TrackLine>,
    genres: BatchBuilder<GenreLine>,
    rights: BatchBuilder<RightsLine>,
    files: BatchBuilder<FileLine>,
    artwork: BatchBuilder<ArtworkLine>,
}

impl<'a> Making<'a> {
    /// `releases` are those of its rows, in the order of rows.
    fn new(out: &'a Out<'a>, releases: &'a [ReleaseOfRow]) -> Self {
        Self {
            out,
            releases: releases.iter().peekable(),
            identifiers: out.identifiers.lane(),
            figures: Vec::new(),
            tracks: BatchBuilder::default(),
            genres: BatchBuilder::default(),
            rights: BatchBuilder::default(),
            files: BatchBuilder::default(),
            artwork: BatchBuilder::default(),
        }
    }

    fn push(&mut self, mut row: Row) -> Result<(), Error> {
        identify(&mut row, &mut self.identifiers, self.out)?;
        figures(&row, &self.out.elsewhere, &mut self.figures)?;
        self.rights.push(rights(&row, self.out));
        file(&row).into_iter().for_each(|it| self.files.push(it));
        artwork(&row)
            .into_iter()
            .for_each(|it| self.artwork.push(it));
        let number = row.place.row;
        let genres = std::mem::take(&mut row.body.genres).into_iter();
        genres.for_each(|genre| self.genres.push(GenreLine { row: number, genre }));
        let release = self.releases.next_if(|release| release.row == number);
        self.tracks
            .push(track(row, release.map(|release| release.release)));
        Ok(())
    }

    fn finish(self) -> Batches {
        Batches {
            tracks: self.tracks.finish(),
            figures: self.figures,
            genres: self.genres.finish(),
            rights: self.rights.finish(),
            files: self.files.finish(),
            artwork: self.artwork.finish(),
        }
    }
}

fn track(row: Row, release: Option<u32>) -> TrackLine {
    let Row { place, head, body } = row;
    TrackLine {
        track_id: Id(*head.track.as_bytes()),
        recording: place.recording,
        source: head.source,
        record: body.record,
        source_id: body.source_id,
        title: body.title,
        release,
        disc: body.disc,
        position: body.position,
        duration_ms: head.duration_ms,
        isrcs: head.isrcs.iter().map(ToString::to_string).collect(),
        recording_mbid: head.recording_mbid.map(|mbid| Id(*mbid.as_bytes())),
        language: body.language,
        explicit: body.explicit,
        synthetic: body.synthetic,
    }
}

fn figures(row: &Row, elsewhere: &Elsewhere, lines: &mut Vec<Figure>) -> Result<(), Error> {
    let Row { place, head, .. } = row;
    let (source, figures) = match place.heir {
        Some(heir) => (heir.source, heir.figures),
        None => (head.source, head.figures),
    };
    let line = |metric, value| {
        let mut figure = figure(about::TRACK, metric, source, place.row, value);
        figure.value.inherited = place.heir.is_some();
        figure.value.at = figures.at;
        figure
    };
    let listens = figures.listens.map(|count| count as f64);
    lines.extend(listens.map(|count| line(metric::LISTENS, count)));
    let popularity = figures.popularity.map(f64::from);
    lines.extend(popularity.map(|share| line(metric::POPULARITY, share)));
    if !elsewhere.is_empty() {
        let facts = elsewhere.of(head)?;
        lines.extend(facts.iter().map(|fact| told(about::TRACK, place.row, fact)));
    }
    Ok(())
}

fn rights(row: &Row, out: &Out) -> RightsLine {
    let source = row.head.source;
    let of_source = &out.sources[usize::from(source)].audio_rights;
    let rights = row.body.rights.as_ref().or(of_source.as_ref());
    let stated = rights.map_or(Access::Dark, |rights| rights.uri.access());
    RightsLine {
        row: row.place.row,
        source,
        uri: rights.map(|rights| rights.uri.to_string()),
        basis: rights.map(|rights| rights.basis.clone()),
        access: row.body.access.unwrap_or(stated).to_string(),
    }
}

fn file(row: &Row) -> Option<FileLine> {
    let file = row.body.file.as_ref()?;
    Some(FileLine {
        row: row.place.row,
        path: file.path.clone(),
        codec: file.codec.name().into(),
        bytes: file.bytes,
        sha256: file.sha256,
    })
}

fn artwork(row: &Row) -> Option<ArtworkLine> {
    let cover = row.body.cover.as_ref()?;
    Some(ArtworkLine {
        row: row.place.row,
        media_type: cover.media_type.clone(),
        width: cover.width,
        height: cover.height,
        bytes: cover.bytes,
        sha256: cover.sha256,
    })
}
