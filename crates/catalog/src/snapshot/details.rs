use {
    super::{
        candidates::{access_of, codec_of},
        tables::Tables,
    },
    crate::{
        error::Error,
        identifiers::{Kind, Lookup},
        row::CollectionFile,
        table::{Id, Key, Line, Table, table},
        tables::{
            ArtistLine, ArtworkLine, FileLine, GenreLine, PopularityLine, ReleaseLine, RightsLine,
            TrackLine,
        },
    },
    longplay_model::{
        Access, ArtistCredit, CreditedArtist, Digest, Isrc, Mbid, PartialDate, RecordingId,
        RightsStatement, Timestamp, TrackId,
    },
    std::str::FromStr,
};

/// All that a snapshot tells of one track.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackDetails {
    /// 0 is the most popular track of the snapshot.
    pub rank: u64,
    pub track: TrackId,
    pub recording: RecordingId,
    /// Number of the source in the snapshot, and its name.
    pub source: u16,
    pub source_name: String,
    /// What the source calls the track.
    pub source_id: String,
    /// Where the track's record lies in its source.
    pub source_offset: u64,
    pub source_length: u64,
    pub title: String,
    pub artists: ArtistCredit,
    pub release: Option<ReleaseDetails>,
    pub isrcs: Vec<Isrc>,
    pub recording_mbid: Option<Mbid>,
    pub disc: Option<u32>,
    pub position: Option<u32>,
    pub duration_ms: Option<u32>,
    pub genres: Vec<String>,
    pub language: Option<String>,
    pub explicit: Option<bool>,
    pub synthetic: bool,
    /// 0 to 100, as a source gives it.
    pub popularity: Option<f32>,
    /// As a source counts them.
    pub listens: Option<u64>,
    /// As counted, otherwise estimated from the popularity.
    pub listens_estimate: f64,
    pub popularity_at: Option<Timestamp>,
    /// The figures are those of another track of the recording.
    pub is_popularity_inherited: bool,
    pub rights: RightsDetails,
    /// The file of a collection that the track was read from.
    pub file: Option<CollectionFile>,
    pub artwork: Option<ArtworkDetails>,
}

/// The release of a track.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseDetails {
    /// 32 hexadecimal digits.
    pub id: String,
    pub source_id: Option<String>,
    pub title: String,
    /// The whole credit.
    pub artist: String,
    pub date: Option<PartialDate>,
    pub gtin: Option<String>,
    pub label: Option<String>,
    pub popularity: Option<f32>,
    /// Tracks of the snapshot that name it.
    pub tracks: u32,
}

/// Rights in a track's audio.
#[derive(Debug, Clone, PartialEq)]
pub struct RightsDetails {
    pub statement: Option<RightsStatement>,
    pub access: Access,
}

/// The front cover inside a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtworkDetails {
    pub media_type: String,
    /// Pixels.
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
    pub sha256: Digest,
}

table! {
    /// `track_artists` as a credit needs it.
    Credited {
        row: u64,
        artist_id: Id,
        name: String,
        join: String,
    }
}

pub(super) fn details(tables: &Tables, ids: &Lookup, row: u64) -> Result<TrackDetails, Error> {
    let track: TrackLine = at(&tables.tracks, row)?;
    let figures: PopularityLine = at(&tables.popularity, row)?;
    let rights: RightsLine = at(&tables.rights, row)?;
    let release = track.release_id.map(|id| release(tables, ids, id));
    let release = release.transpose()?.flatten();
    let credited = of_row(&tables.track_artists, row, |line: &Credited| line.row)?;
    let genres = of_row(&tables.genres, row, |line: &GenreLine| line.row)?;
    let files = of_row(&tables.files, row, |line: &FileLine| line.row)?;
    let artwork = of_row(&tables.artwork, row, |line: &ArtworkLine| line.row)?;
    let artists = credited
        .into_iter()
        .map(|line| credited_artist(tables, ids, line));
    Ok(TrackDetails {
        rank: row,
        track: TrackId::from_bytes(track.track_id.0),
        recording: RecordingId::from_bytes(track.recording_id.0),
        source: track.source,
        source_name: track.source_name,
        source_id: track.source_id,
        source_offset: track.source_offset,
        source_length: track.source_length,
        title: track.title,
        artists: ArtistCredit(artists.collect::<Result<_, _>>()?),
        release,
        isrcs: track
            .isrcs
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect(),
        recording_mbid: track.recording_mbid.map(|id| Mbid::from_bytes(id.0)),
        disc: track.disc,
        position: track.position,
        duration_ms: track.duration_ms,
        genres: genres.into_iter().map(|line| line.genre).collect(),
        language: track.language,
        explicit: track.explicit,
        synthetic: track.synthetic,
        popularity: figures.popularity,
        listens: figures.listens,
        listens_estimate: figures.listens_estimate,
        popularity_at: figures.at,
        is_popularity_inherited: figures.inherited,
        rights: rights_details(rights),
        file: files.into_iter().next().and_then(file),
        artwork: artwork.into_iter().next().map(artwork_details),
    })
}

/// A row that another table says is there.
pub(super) fn at<L: Line>(table: &Table, row: u64) -> Result<L, Error> {
    table.line_at(row)?.ok_or_else(|| Error::TableShape {
        path: table.path().into(),
        what: "all rows that other tables point at",
    })
}

fn of_row<L: Line>(table: &Table, row: u64, row_of: impl Fn(&L) -> u64) -> Result<Vec<L>, Error> {
    let mut lines: Vec<L> = table.lines_with("row", Key::Number(row))?;
    lines.retain(|line| row_of(line) == row);
    Ok(lines)
}

fn credited_artist(tables: &Tables, ids: &Lookup, line: Credited) -> Result<CreditedArtist, Error> {
    let artist: Option<ArtistLine> = by_id(&tables.artists, ids, Kind::Artist, line.artist_id)?;
    Ok(CreditedArtist {
        name: line.name,
        id: artist.as_ref().and_then(|artist| artist.source_id.clone()),
        join: line.join,
        popularity: artist.as_ref().and_then(|artist| artist.popularity),
        followers: artist.and_then(|artist| artist.followers),
    })
}

fn by_id<L: Line>(table: &Table, ids: &Lookup, kind: Kind, id: Id) -> Result<Option<L>, Error> {
    let rows = ids.rows(kind, &hex(id))?;
    rows.first().map(|row| at(table, *row)).transpose()
}

fn release(tables: &Tables, ids: &Lookup, id: Id) -> Result<Option<ReleaseDetails>, Error> {
    let line: Option<ReleaseLine> = by_id(&tables.releases, ids, Kind::Release, id)?;
    Ok(line.map(|line| ReleaseDetails {
        id: hex(id),
        source_id: line.source_id,
        title: line.title,
        artist: line.artist,
        date: parsed(line.date),
        gtin: line.gtin,
        label: line.label,
        popularity: line.popularity,
        tracks: line.tracks,
    }))
}

fn hex(id: Id) -> String {
    TrackId::from_bytes(id.0).to_string()
}

fn parsed<T: FromStr>(text: Option<String>) -> Option<T> {
    text.and_then(|text| text.parse().ok())
}

fn rights_details(line: RightsLine) -> RightsDetails {
    let basis = line.basis.unwrap_or_default();
    RightsDetails {
        statement: parsed(line.uri).map(|uri| RightsStatement { uri, basis }),
        access: access_of(&line.access),
    }
}

fn file(line: FileLine) -> Option<CollectionFile> {
    Some(CollectionFile {
        path: line.path,
        codec: codec_of(&line.codec)?,
        bytes: line.bytes,
        sha256: line.sha256,
    })
}

fn artwork_details(line: ArtworkLine) -> ArtworkDetails {
    ArtworkDetails {
        media_type: line.media_type,
        width: line.width,
        height: line.height,
        bytes: line.bytes,
        sha256: line.sha256,
    }
}
