//! All that is told of tracks, brought together from every table.
//!
//! Many tracks are looked up at once: what several of them need is read once.

use {
    super::{
        credits::{Artists, Credits, by_row},
        figures::Figure,
        recording,
        releases::{ReleaseDetails, Releases},
        tables::Tables,
        words::{access_of, codec_of},
    },
    crate::{
        error::Error,
        popularity::listens_of,
        row::CollectionFile,
        snapshot_meta::SourceEntry,
        table::{Line, ReadBefore, Table},
        tables::{ArtworkLine, FileLine, GenreLine, RightsLine, TrackLine, about, metric},
    },
    longplay_model::{
        Access, ArtistCredit, Candidate, CandidateFile, Digest, Isrc, Mbid, RecordingId,
        RightsStatement, Timestamp, TrackId,
    },
    rayon::join,
    std::{
        collections::{BTreeMap, BTreeSet, HashMap},
        str::FromStr,
    },
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
    /// Number of the track's record in its source, counted from 1.
    pub source_record: u64,
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

impl TrackDetails {
    /// The track as the plan sees it: the same as that of
    /// [`Snapshot::candidates`](crate::Snapshot::candidates) at this rank.
    pub fn candidate(&self) -> Candidate {
        let artists = || self.artists.0.iter();
        let shares = artists().filter_map(|artist| artist.popularity);
        let artist_popularity = shares.max_by(f32::total_cmp);
        let followers = artists().filter_map(|artist| artist.followers).max();
        let release = self.release.as_ref();
        let release_popularity = release.and_then(|release| release.popularity);
        let shares = [self.popularity, artist_popularity, release_popularity];
        let is_counted = self.listens.is_some() || followers.is_some();
        Candidate {
            track: self.track,
            recording: self.recording,
            rank: self.rank,
            popularity: self.popularity.unwrap_or(0.0),
            is_rated: is_counted || shares.iter().any(Option::is_some),
            listens: self.listens_estimate,
            duration_ms: self.duration_ms,
            artist_popularity: artist_popularity.unwrap_or(0.0),
            release_popularity: release_popularity.unwrap_or(0.0),
            followers: followers.unwrap_or(0),
            has_isrc: !self.isrcs.is_empty(),
            file: self.file.as_ref().map(|file| CandidateFile {
                codec: file.codec,
                bytes: file.bytes,
            }),
            access: self.rights.access,
        }
    }
}

/// The tracks in these rows, which ascend and do not repeat; a column of theirs
/// may have been read before.
pub(super) fn details(
    tables: &Tables,
    sources: &[SourceEntry],
    rows: &[u64],
    before: Option<ReadBefore<'_>>,
) -> Result<Vec<TrackDetails>, Error> {
    let tracks: Vec<TrackLine> = tables.tracks.lines_beside(rows, before)?;
    let mut beside = Beside::read(tables, rows, &tracks)?;
    let rows = rows.iter().copied().zip(tracks);
    rows.map(|(row, track)| {
        let source = sources.get(usize::from(track.source));
        let source =
            source.ok_or_else(|| tables.tracks.shape("sources that its snapshot names"))?;
        Ok(beside.track(row, track, source))
    })
    .collect()
}

/// What the other tables hold of some tracks.
struct Beside {
    credits: Credits,
    artists: Artists,
    releases: HashMap<u64, ReleaseDetails>,
    popularity: HashMap<u64, Figure>,
    listens: HashMap<u64, Figure>,
    lists: Lists,
}

/// Who is credited with tracks and with their releases.
struct Names {
    of_tracks: Credits,
    of_releases: Credits,
    artists: Artists,
}

impl Names {
    fn read(tables: &Tables, rows: &[u64], releases: &[u64]) -> Result<Self, Error> {
        let of_tracks = Credits::read(&tables.track_artists, rows)?;
        let of_releases = Credits::read(&tables.release_artists, releases)?;
        let artists = of_tracks.artists().chain(of_releases.artists());
        Ok(Self {
            artists: Artists::rated(tables, artists.collect())?,
            of_tracks,
            of_releases,
        })
    }
}

/// What tables hold row by row.
struct Lists {
    recordings: BTreeMap<u64, RecordingId>,
    rights: HashMap<u64, RightsLine>,
    genres: HashMap<u64, Vec<GenreLine>>,
    files: HashMap<u64, Vec<FileLine>>,
    artwork: HashMap<u64, Vec<ArtworkLine>>,
}

impl Lists {
    fn read(tables: &Tables, rows: &[u64], tracks: &[TrackLine]) -> Result<Self, Error> {
        let rights = tables.rights.lines_at(rows)?;
        Ok(Self {
            recordings: recordings(tables, rows, tracks)?,
            rights: rows.iter().copied().zip(rights).collect(),
            genres: of_rows(&tables.genres, rows)?,
            files: of_rows(&tables.files, rows)?,
            artwork: of_rows(&tables.artwork, rows)?,
        })
    }
}

impl Beside {
    /// Tables are read side by side: each costs about as much as another.
    fn read(tables: &Tables, rows: &[u64], tracks: &[TrackLine]) -> Result<Self, Error> {
        let of_releases = tracks.iter().filter_map(|track| track.release);
        let of_releases: BTreeSet<u64> = of_releases.map(u64::from).collect();
        let of_releases: Vec<u64> = of_releases.into_iter().collect();
        let sources = tracks.iter().map(|track| track.source);
        let own: Vec<(u64, u16)> = rows.iter().copied().zip(sources).collect();
        let figures = || -> Result<_, Error> {
            let of = |metric| tables.figures.of(about::TRACK, metric, &own);
            Ok((of(metric::POPULARITY)?, of(metric::LISTENS)?))
        };
        let ((names, releases), (told, lists)) = join(
            || {
                join(
                    || Names::read(tables, rows, &of_releases),
                    || Releases::read(tables, of_releases.clone()),
                )
            },
            || join(figures, || Lists::read(tables, rows, tracks)),
        );
        let (names, lists) = (names?, lists?);
        let (popularity, listens) = told?;
        Ok(Self {
            releases: releases?.credited(&names.of_releases, &names.artists),
            credits: names.of_tracks,
            artists: names.artists,
            popularity,
            listens,
            lists,
        })
    }

    fn track(&mut self, row: u64, track: TrackLine, source: &SourceEntry) -> TrackDetails {
        let popularity = self.popularity.get(&row);
        let listens = self.listens.get(&row);
        let told = popularity.or(listens);
        let share = popularity.map(|figure| figure.value as f32);
        let estimate = || listens_of(share.unwrap_or(0.0));
        let release = track.release.map(u64::from);
        let lists = &mut self.lists;
        let file = lists.files.remove(&row).unwrap_or_default();
        let artwork = lists.artwork.remove(&row).unwrap_or_default();
        let genres = lists.genres.remove(&row).unwrap_or_default();
        let rights = rights_details(lists.rights.remove(&row));
        TrackDetails {
            rank: row,
            track: TrackId::from_bytes(track.track_id.0),
            recording: lists.recordings[&u64::from(track.recording)],
            source: track.source,
            source_name: source.name.clone(),
            source_id: source.id_of(track.source_id, track.record),
            source_record: track.record,
            title: track.title,
            artists: self.credits.of(row, &self.artists),
            release: release.and_then(|row| self.releases.get(&row)).cloned(),
            isrcs: isrcs(&track.isrcs),
            recording_mbid: track.recording_mbid.map(|id| Mbid::from_bytes(id.0)),
            disc: track.disc,
            position: track.position,
            duration_ms: track.duration_ms,
            genres: genres.into_iter().map(|line| line.genre).collect(),
            language: track.language,
            explicit: track.explicit,
            synthetic: track.synthetic,
            popularity: share,
            listens: listens.map(|figure| figure.value as u64),
            listens_estimate: listens.map_or_else(estimate, |figure| figure.value),
            popularity_at: told.and_then(|figure| figure.at),
            is_popularity_inherited: told.is_some_and(|figure| figure.inherited),
            rights,
            file: file.into_iter().next().and_then(collection_file),
            artwork: artwork.into_iter().next().map(artwork_details),
        }
    }
}

/// The recordings of some tracks by the row that stands for them.
fn recordings(
    tables: &Tables,
    rows: &[u64],
    tracks: &[TrackLine],
) -> Result<BTreeMap<u64, RecordingId>, Error> {
    let name = |track: &TrackLine| recording::named(&track.track_id, track.recording_mbid.as_ref());
    let mut named: BTreeMap<u64, RecordingId> =
        rows.iter().copied().zip(tracks.iter().map(name)).collect();
    let others = tracks.iter().map(|track| u64::from(track.recording));
    let others: BTreeSet<u64> = others.filter(|row| !named.contains_key(row)).collect();
    let others: Vec<u64> = others.into_iter().collect();
    named.extend(recording::names(&tables.tracks, &others)?);
    Ok(named)
}

fn of_rows<L: Line + Send>(table: &Table, rows: &[u64]) -> Result<HashMap<u64, Vec<L>>, Error> {
    Ok(by_row(table.lines_with(table.groups(), "row", rows)?))
}

pub(super) fn isrcs(texts: &[String]) -> Vec<Isrc> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

fn parsed<T: FromStr>(text: Option<String>) -> Option<T> {
    text.and_then(|text| text.parse().ok())
}

fn rights_details(line: Option<RightsLine>) -> RightsDetails {
    let Some(line) = line else {
        return RightsDetails {
            statement: None,
            access: Access::Dark,
        };
    };
    let basis = line.basis.unwrap_or_default();
    RightsDetails {
        statement: parsed(line.uri).map(|uri| RightsStatement { uri, basis }),
        access: access_of(&line.access),
    }
}

fn collection_file(line: FileLine) -> Option<CollectionFile> {
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
