use {
    super::entities::{Entities, artist_id, release_id},
    crate::{
        error::Error,
        identifiers::{Identifiers, Kind},
        row::Ranked,
        snapshot_meta::SourceEntry,
        table::{Id, TableFile, TableWriter},
        tables::{
            ARTWORK, ArtworkLine, BY_ROW, FILES, FileLine, GENRES, GenreLine, IDENTIFIERS,
            POPULARITY, PopularityLine, RIGHTS, RightsLine, TRACK_ARTISTS, TRACKS, TRACKS_LAYOUT,
            TrackArtistLine, TrackLine,
        },
        text::text_key,
    },
    longplay_model::{Access, TrackRecord},
    std::path::{Path, PathBuf},
};

/// All tables of a snapshot, fed with tracks in rank order.
pub(super) struct Tables {
    dir: PathBuf,
    sources: Vec<SourceEntry>,
    tracks: TableWriter<TrackLine>,
    track_artists: TableWriter<TrackArtistLine>,
    genres: TableWriter<GenreLine>,
    popularity: TableWriter<PopularityLine>,
    rights: TableWriter<RightsLine>,
    files: TableWriter<FileLine>,
    artwork: TableWriter<ArtworkLine>,
    entities: Entities,
    identifiers: Identifiers,
}

impl Tables {
    pub(super) fn create(
        dir: &Path,
        spill: &Path,
        memory: usize,
        sources: Vec<SourceEntry>,
    ) -> Result<Self, Error> {
        Ok(Self {
            dir: dir.into(),
            sources,
            tracks: TableWriter::create(&dir.join(TRACKS), &TRACKS_LAYOUT)?,
            track_artists: TableWriter::create(&dir.join(TRACK_ARTISTS), &BY_ROW)?,
            genres: TableWriter::create(&dir.join(GENRES), &BY_ROW)?,
            popularity: TableWriter::create(&dir.join(POPULARITY), &BY_ROW)?,
            rights: TableWriter::create(&dir.join(RIGHTS), &BY_ROW)?,
            files: TableWriter::create(&dir.join(FILES), &BY_ROW)?,
            artwork: TableWriter::create(&dir.join(ARTWORK), &BY_ROW)?,
            entities: Entities::new(spill, memory),
            identifiers: Identifiers::new(spill, memory),
        })
    }

    /// Writes the track that comes next in rank.
    pub(super) fn push(&mut self, ranked: Ranked) -> Result<(), Error> {
        let row = self.tracks.rows();
        self.identify(row, &ranked)?;
        self.write_figures(row, &ranked)?;
        self.write_rights(row, &ranked)?;
        self.write_file(row, &ranked)?;
        let source = ranked.row.source;
        let name = self.sources[usize::from(source)].name.clone();
        let record = &ranked.row.sourced.record;
        let release_id = release_id(&name, record);
        self.entities.add(row, source, &name, record)?;
        for (artist, place) in record.artists.0.iter().zip(0u16..) {
            self.track_artists.push(TrackArtistLine {
                row,
                place,
                artist_id: artist_id(&name, artist),
                name: artist.name.clone(),
                join: artist.join.clone(),
            })?;
        }
        for genre in &record.genres {
            let genre = genre.clone();
            self.genres.push(GenreLine { row, genre })?;
        }
        self.tracks.push(track_line(ranked, name, release_id))
    }

    fn identify(&mut self, row: u64, ranked: &Ranked) -> Result<(), Error> {
        let record = &ranked.row.sourced.record;
        let ids = &mut self.identifiers;
        ids.add(Kind::Track, &ranked.row.track.to_string(), row)?;
        ids.add(Kind::Recording, &ranked.recording.to_string(), row)?;
        for isrc in &record.isrcs {
            ids.add(Kind::Isrc, isrc.as_str(), row)?;
        }
        if let Some(mbid) = &record.recording_mbid {
            ids.add(Kind::Mbid, &mbid.to_string(), row)?;
        }
        if let Some(file) = &ranked.row.sourced.file {
            ids.add(Kind::Blob, &file.sha256.to_string(), row)?;
        }
        if let Some(key) = text_key(&record.artists.to_string(), &record.title) {
            ids.add(Kind::Text, &text_value(key), row)?;
        }
        Ok(())
    }

    fn write_figures(&mut self, row: u64, ranked: &Ranked) -> Result<(), Error> {
        let figures = &ranked.figures;
        self.popularity.push(PopularityLine {
            row,
            source: figures.source,
            inherited: ranked.inherited,
            at: figures.at,
            popularity: figures.popularity,
            listens: figures.listens,
            listens_estimate: figures.listens(),
            artist_popularity: figures.artist_popularity,
            followers: figures.followers,
            release_popularity: figures.release_popularity,
        })
    }

    fn write_rights(&mut self, row: u64, ranked: &Ranked) -> Result<(), Error> {
        let source = ranked.row.source;
        let sourced = &ranked.row.sourced;
        let of_source = &self.sources[usize::from(source)].audio_rights;
        let rights = sourced.record.rights.as_ref().or(of_source.as_ref());
        let stated = rights.map_or(Access::Dark, |rights| rights.uri.access());
        self.rights.push(RightsLine {
            row,
            source,
            uri: rights.map(|rights| rights.uri.to_string()),
            basis: rights.map(|rights| rights.basis.clone()),
            access: sourced.access.unwrap_or(stated).to_string(),
        })
    }

    fn write_file(&mut self, row: u64, ranked: &Ranked) -> Result<(), Error> {
        let sourced = &ranked.row.sourced;
        if let Some(file) = &sourced.file {
            self.files.push(FileLine {
                row,
                path: file.path.clone(),
                codec: file.codec.name().into(),
                bytes: file.bytes,
                sha256: file.sha256,
            })?;
        }
        if let Some(cover) = &sourced.cover {
            self.artwork.push(ArtworkLine {
                row,
                media_type: cover.media_type.clone(),
                width: cover.width,
                height: cover.height,
                bytes: cover.bytes,
                sha256: cover.sha256,
            })?;
        }
        Ok(())
    }

    /// Writes the tables that needed all tracks; all are durable then.
    pub(super) fn finish(mut self) -> Result<Vec<TableFile>, Error> {
        let mut files = self.entities.finish(&self.dir, &mut self.identifiers)?;
        files.extend([
            self.tracks.finish()?,
            self.track_artists.finish()?,
            self.genres.finish()?,
            self.popularity.finish()?,
            self.rights.finish()?,
            self.files.finish()?,
            self.artwork.finish()?,
            self.identifiers.finish(&self.dir.join(IDENTIFIERS))?,
        ]);
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }
}

fn track_line(ranked: Ranked, source_name: String, release_id: Option<Id>) -> TrackLine {
    let row = ranked.row;
    let record: TrackRecord = row.sourced.record;
    TrackLine {
        track_id: Id(*row.track.as_bytes()),
        recording_id: Id(*ranked.recording.as_bytes()),
        source: row.source,
        source_name,
        source_id: record.id,
        source_offset: row.offset,
        source_length: row.length,
        artist: record.artists.to_string(),
        title: record.title,
        isrcs: record.isrcs.iter().map(ToString::to_string).collect(),
        recording_mbid: record.recording_mbid.map(|mbid| Id(*mbid.as_bytes())),
        release_id,
        disc: record.disc,
        position: record.position,
        duration_ms: record.duration_ms,
        language: record.language,
        explicit: record.explicit,
        synthetic: record.synthetic,
    }
}

/// How the key of artist and title is written in `identifiers`.
pub(crate) fn text_value(key: [u8; 8]) -> String {
    format!("{:016x}", u64::from_be_bytes(key))
}
