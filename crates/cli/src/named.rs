//! What does an id that somebody typed stand for?

use {
    crate::session::Session,
    anyhow::{Context, Result, bail},
    longplay_catalog::{ArtistDetails, ReleaseDetails, Snapshot, TrackDetails},
    longplay_model::{Digest, Isrc, Mbid, RecordingId, TrackId},
    longplay_store::Home,
    std::{
        collections::{BTreeSet, HashMap},
        path::PathBuf,
    },
};

/// An id of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Named {
    /// 32 hexadecimal digits: a track, otherwise a recording, release or artist.
    Id(TrackId, RecordingId),
    Isrc(Isrc),
    /// A recording, otherwise a release or artist of any source.
    Mbid(Mbid),
    Gtin(String),
    Blob(Digest),
    /// The name of a source, and what it calls the track, otherwise a release or
    /// artist.
    Source(String, String),
    /// None of these.
    Nothing,
}

/// What the catalog holds under an id.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub tracks: Vec<TrackDetails>,
    /// Where the id is that of releases; the tracks are then the most popular
    /// of each.
    pub releases: Vec<ReleaseDetails>,
    /// Where the id is that of artists; the tracks are then likewise.
    pub artists: Vec<ArtistDetails>,
}

impl Answer {
    pub const fn is_empty(&self) -> bool {
        self.tracks.is_empty() && self.releases.is_empty() && self.artists.is_empty()
    }
}

impl Named {
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if let (Ok(track), Ok(recording)) = (text.parse(), text.parse()) {
            return Self::Id(track, recording);
        }
        if let Ok(mbid) = text.to_lowercase().parse() {
            return Self::Mbid(mbid);
        }
        if let Ok(blob) = text.parse() {
            return Self::Blob(blob);
        }
        if let Some((source, id)) = text.split_once(':') {
            return Self::Source(source.to_owned(), id.to_owned());
        }
        if let Ok(isrc) = text.parse() {
            return Self::Isrc(isrc);
        }
        let is_gtin = matches!(text.len(), 8 | 12 | 13 | 14);
        match is_gtin && text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => Self::Gtin(text.to_owned()),
            false => Self::Nothing,
        }
    }
}

/// Says what an id may be.
pub fn expected(text: &str) -> String {
    format!(
        "{text} is no id: expected 32 hexadecimal digits, an ISRC, a MusicBrainz id, a GTIN, \
         SOURCE:ID or a SHA-256"
    )
}

/// The answers to many ids in their order; all ISRCs are looked up at once.
pub fn answers(snapshot: &Snapshot, named: &[Named]) -> Result<Vec<Answer>> {
    let isrcs = named.iter().filter_map(|named| match named {
        Named::Isrc(isrc) => Some(*isrc),
        _ => None,
    });
    let isrcs: Vec<Isrc> = isrcs.collect();
    let found = snapshot.by_isrcs(&isrcs)?;
    let found: HashMap<Isrc, Vec<TrackDetails>> = isrcs.into_iter().zip(found).collect();
    named
        .iter()
        .map(|named| match named {
            Named::Isrc(isrc) => Ok(tracks(found.get(isrc).cloned().unwrap_or_default())),
            other => answer(snapshot, other),
        })
        .collect()
}

fn tracks(tracks: impl IntoIterator<Item = TrackDetails>) -> Answer {
    Answer {
        tracks: tracks.into_iter().collect(),
        ..Answer::default()
    }
}

fn answer(snapshot: &Snapshot, named: &Named) -> Result<Answer> {
    match named {
        Named::Id(track, recording) => {
            if let Some(track) = snapshot.track(track)? {
                return Ok(tracks([track]));
            }
            let found = snapshot.by_recording(recording)?;
            if !found.is_empty() {
                return Ok(tracks(found));
            }
            let id = *track.as_bytes();
            with_tracks(snapshot, snapshot.release(id)?, snapshot.artist(id)?)
        }
        Named::Isrc(isrc) => Ok(tracks(snapshot.by_isrc(isrc)?)),
        Named::Mbid(mbid) => {
            let found = snapshot.by_mbid(mbid)?;
            if !found.is_empty() {
                return Ok(tracks(found));
            }
            let sources = snapshot.sources().into_iter().map(|source| source.name);
            let sources: BTreeSet<String> = sources.collect();
            let (mut releases, mut artists) = (Vec::new(), Vec::new());
            for source in sources {
                releases.extend(snapshot.release_by_source_id(&source, &mbid.to_string())?);
                artists.extend(snapshot.artist_by_source_id(&source, &mbid.to_string())?);
            }
            with_tracks(snapshot, releases, artists)
        }
        Named::Blob(blob) => Ok(tracks(snapshot.by_blob(blob)?)),
        Named::Source(source, id) => {
            if let Some(track) = snapshot.track_by_source_id(source, id)? {
                return Ok(tracks([track]));
            }
            let release = snapshot.release_by_source_id(source, id)?;
            with_tracks(snapshot, release, snapshot.artist_by_source_id(source, id)?)
        }
        Named::Gtin(gtin) => with_tracks(snapshot, snapshot.by_gtin(gtin)?, None),
        Named::Nothing => Ok(Answer::default()),
    }
}

/// Releases and artists with the most popular track of each.
fn with_tracks(
    snapshot: &Snapshot,
    releases: impl IntoIterator<Item = ReleaseDetails>,
    artists: impl IntoIterator<Item = ArtistDetails>,
) -> Result<Answer> {
    let releases: Vec<ReleaseDetails> = releases.into_iter().collect();
    let artists: Vec<ArtistDetails> = artists.into_iter().collect();
    let of_releases = releases.iter().map(|release| release.first_rank);
    let of_artists = artists.iter().filter_map(|artist| artist.first_rank);
    let ranks: BTreeSet<u64> = of_releases.chain(of_artists).collect();
    Ok(Answer {
        tracks: snapshot.tracks_at(&ranks.into_iter().collect::<Vec<_>>())?,
        releases,
        artists,
    })
}

/// The snapshot that the archive uses now.
pub fn newest(home: &Home) -> Result<Snapshot> {
    Ok(Snapshot::open(&newest_folder(home)?)?)
}

/// The folder of the snapshot that the archive uses now.
pub fn newest_folder(home: &Home) -> Result<PathBuf> {
    let name = home.state().last_snapshot()?;
    let name = name.context("there is no catalog yet; make one with longplay import")?;
    Ok(home.catalog_dir()?.join(name))
}

/// A snapshot by the folder that it lies in, or by its id or the beginning of
/// that.
pub fn snapshot(session: &Session, home: &Home, name: &str) -> Result<Snapshot> {
    Ok(Snapshot::open(&snapshot_folder(session, home, name)?)?)
}

/// The folder of a snapshot, named likewise.
pub fn snapshot_folder(session: &Session, home: &Home, name: &str) -> Result<PathBuf> {
    let folder = session.path(name.as_ref());
    if folder.join("snapshot.json").exists() {
        return Ok(folder);
    }
    let mut found = Vec::new();
    for entry in home.catalog_dir()?.read_dir()? {
        let entry = entry?.file_name();
        found.extend(
            entry
                .to_str()
                .filter(|it| it.starts_with(name))
                .map(str::to_owned),
        );
    }
    match &found[..] {
        [id] if !name.is_empty() => Ok(home.catalog_dir()?.join(id)),
        [] | [_] => bail!("the archive has no snapshot {name}"),
        several => bail!(
            "several snapshots begin with {name}: {}",
            several.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_id_is_told_apart() {
        let hex = "b9ad642eb01241c7b72a42cf4911f9ff";
        assert!(matches!(Named::parse(hex), Named::Id(..)));
        for isrc in ["USRC17607839", "us-rc1-76-07839"] {
            assert_eq!(
                Named::parse(isrc),
                Named::Isrc("USRC17607839".parse().unwrap())
            );
        }
        for mbid in [
            "b9ad642e-b012-41c7-b72a-42cf4911f9ff",
            "B9AD642E-B012-41C7-B72A-42CF4911F9FF",
        ] {
            assert!(matches!(Named::parse(mbid), Named::Mbid(_)), "{mbid}");
        }
        for gtin in [
            "40170725",
            "036000291452",
            "4006381333931",
            "04006381333931",
        ] {
            assert_eq!(Named::parse(gtin), Named::Gtin(gtin.to_owned()));
        }
        assert!(matches!(Named::parse(&hex.repeat(2)), Named::Blob(_)));
        assert_eq!(
            Named::parse("fma:a:1"),
            Named::Source("fma".to_owned(), "a:1".to_owned())
        );
        for text in ["", "hello", "123456789", "400638133393x"] {
            assert_eq!(Named::parse(text), Named::Nothing, "{text}");
        }
    }
}
