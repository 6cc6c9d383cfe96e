//! Releases and artists, gathered from the tracks that name them.

use {
    crate::{
        error::Error,
        identifiers::{Identifiers, Kind},
        sort::{Entry, Sorted, Sorter},
        spill::{Spill, spill_struct},
        table::{Id, TableFile, TableWriter},
        tables::{
            ARTISTS, ArtistLine, ENTITIES, RELEASE_ARTISTS, RELEASE_ARTISTS_LAYOUT, RELEASES,
            ReleaseArtistLine, ReleaseLine,
        },
    },
    longplay_model::{ArtistCredit, CreditedArtist, Digest, PartialDate, TrackRecord},
    std::path::Path,
};

/// The id of an artist within its source: by the source's id, or by name.
pub(super) fn artist_id(source: &str, artist: &CreditedArtist) -> Id {
    match &artist.id {
        Some(id) => entity_id(&["artist", source, "id", id]),
        None => entity_id(&["artist", source, "name", &artist.name]),
    }
}

/// The id of a track's release within its source: by the source's id, or by
/// title, artists and date.
pub(super) fn release_id(source: &str, record: &TrackRecord) -> Option<Id> {
    if let Some(id) = &record.release_id {
        return Some(entity_id(&["release", source, "id", id]));
    }
    let title = record.release.as_ref()?;
    let artists = record.release_artists.as_ref();
    let artists = artists.map(ToString::to_string).unwrap_or_default();
    let date = record.release_date.as_ref();
    let date = date.map(ToString::to_string).unwrap_or_default();
    Some(entity_id(&[
        "release", source, "name", title, &artists, &date,
    ]))
}

/// First 16 bytes of SHA-256 over the parts, each preceded by its length.
fn entity_id(parts: &[&str]) -> Id {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.bytes());
    }
    let digest = Digest::of(&bytes);
    Id(*digest
        .as_bytes()
        .first_chunk()
        .expect("a digest has 32 bytes"))
}

/// Collects what tracks say of releases and artists.
pub(super) struct Entities {
    releases: Sorter,
    artists: Sorter,
    releases_by_rank: Sorter,
    artists_by_rank: Sorter,
}

struct Release {
    source: u16,
    source_name: String,
    source_id: Option<String>,
    title: String,
    artists: ArtistCredit,
    date: Option<PartialDate>,
    gtin: Option<String>,
    label: Option<String>,
    popularity: Option<f32>,
}

struct Artist {
    source: u16,
    source_id: Option<String>,
    name: String,
    popularity: Option<f32>,
    followers: Option<u64>,
}

spill_struct!(Release {
    source,
    source_name,
    source_id,
    title,
    artists,
    date,
    gtin,
    label,
    popularity
});

spill_struct!(Artist {
    source,
    source_id,
    name,
    popularity,
    followers
});

/// An entity with the number of its tracks and the row of the first.
struct Counted<T> {
    id: [u8; 16],
    first_row: u64,
    tracks: u32,
    entity: T,
}

impl<T: Spill> Spill for Counted<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        self.first_row.put(out);
        self.tracks.put(out);
        self.entity.put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self {
            id: Spill::take(bytes)?,
            first_row: Spill::take(bytes)?,
            tracks: Spill::take(bytes)?,
            entity: Spill::take(bytes)?,
        })
    }
}

/// Marks the place of artists of a release, after those of its tracks.
const RELEASE_PLACE: u16 = 1 << 15;

impl Entities {
    pub(super) fn new(spill: &Path, memory: usize) -> Self {
        let sorter = |name| Sorter::new(spill, name, memory);
        Self {
            releases: sorter("releases"),
            artists: sorter("artists"),
            releases_by_rank: sorter("releases-by-rank"),
            artists_by_rank: sorter("artists-by-rank"),
        }
    }

    pub(super) fn add(
        &mut self,
        row: u64,
        source: u16,
        source_name: &str,
        record: &TrackRecord,
    ) -> Result<(), Error> {
        if let Some(id) = release_id(source_name, record) {
            let release = release_of(source, source_name, record);
            self.releases.push(
                &[&id.0[..], &row.to_be_bytes()].concat(),
                &release.to_bytes(),
            )?;
        }
        let of_release = record.release_artists.iter().flat_map(|credit| &credit.0);
        let of_release = of_release.zip(RELEASE_PLACE..);
        for (credited, place) in record.artists.0.iter().zip(0u16..).chain(of_release) {
            let id = artist_id(source_name, credited);
            let key = [&id.0[..], &row.to_be_bytes(), &place.to_be_bytes()].concat();
            self.artists
                .push(&key, &artist_of(source, credited).to_bytes())?;
        }
        Ok(())
    }

    /// Writes `releases`, `artists` and `release_artists`.
    pub(super) fn finish(
        self,
        dir: &Path,
        identifiers: &mut Identifiers,
    ) -> Result<Vec<TableFile>, Error> {
        let by_rank = count(
            self.releases.finish()?,
            self.releases_by_rank,
            |all, next: Release| {
                all.popularity = greater(all.popularity, next.popularity);
            },
        )?;
        let mut files = write_releases(by_rank, dir, identifiers)?;
        let by_rank = count(
            self.artists.finish()?,
            self.artists_by_rank,
            |all, next: Artist| {
                all.popularity = greater(all.popularity, next.popularity);
                all.followers = all.followers.max(next.followers);
            },
        )?;
        files.push(write_artists(by_rank, dir, identifiers)?);
        Ok(files)
    }
}

fn release_of(source: u16, source_name: &str, record: &TrackRecord) -> Release {
    Release {
        source,
        source_name: source_name.into(),
        source_id: record.release_id.clone(),
        title: record.release.clone().unwrap_or_default(),
        artists: record.release_artists.clone().unwrap_or_default(),
        date: record.release_date,
        gtin: record.gtin.clone(),
        label: record.label.clone(),
        popularity: record.release_popularity,
    }
}

fn artist_of(source: u16, credited: &CreditedArtist) -> Artist {
    Artist {
        source,
        source_id: credited.id.clone(),
        name: credited.name.clone(),
        popularity: credited.popularity,
        followers: credited.followers,
    }
}

fn greater(a: Option<f32>, b: Option<f32>) -> Option<f32> {
    a.into_iter().chain(b).max_by(f32::total_cmp)
}

/// Leaves one entry an entity, as its most popular track tells it, and sorts
/// by the row of that track.
fn count<T: Spill>(
    entries: Sorted,
    mut by_rank: Sorter,
    merge: impl Fn(&mut T, T),
) -> Result<Sorted, Error> {
    let mut current: Option<(Vec<u8>, u64, Counted<T>)> = None;
    for entry in entries {
        let (key, value) = entry?;
        let (id, row) = id_and_row(&key);
        let entity = T::from_bytes(&value).expect("written by this run");
        match &mut current {
            Some((_, last_row, all)) if all.id == id => {
                all.tracks += u32::from(*last_row != row);
                *last_row = row;
                merge(&mut all.entity, entity);
            }
            _ => {
                let order = [&key[16..], &key[..16]].concat();
                let counted = Counted {
                    id,
                    first_row: row,
                    tracks: 1,
                    entity,
                };
                if let Some((order, _, done)) = current.replace((order, row, counted)) {
                    by_rank.push(&order, &done.to_bytes())?;
                }
            }
        }
    }
    if let Some((order, _, last)) = current {
        by_rank.push(&order, &last.to_bytes())?;
    }
    by_rank.finish()
}

fn id_and_row(key: &[u8]) -> ([u8; 16], u64) {
    let parts = key
        .split_first_chunk()
        .and_then(|(id, rest)| Some((*id, u64::from_be_bytes(*rest.first_chunk()?))));
    parts.expect("written by this run")
}

fn counted<T: Spill>(entry: Result<Entry, Error>) -> Result<Counted<T>, Error> {
    let (_, value) = entry?;
    Ok(Counted::from_bytes(&value).expect("written by this run"))
}

fn write_releases(
    by_rank: Sorted,
    dir: &Path,
    identifiers: &mut Identifiers,
) -> Result<Vec<TableFile>, Error> {
    let mut releases = TableWriter::create(&dir.join(RELEASES), &ENTITIES)?;
    let mut credits = TableWriter::create(&dir.join(RELEASE_ARTISTS), &RELEASE_ARTISTS_LAYOUT)?;
    for entry in by_rank {
        let release: Counted<Release> = counted(entry)?;
        let row = releases.rows();
        identifiers.add(Kind::Release, &hex(&release.id), row)?;
        if let Some(gtin) = &release.entity.gtin {
            identifiers.add(Kind::Gtin, gtin, row)?;
        }
        let names = release.entity.artists.0.iter().zip(0u16..);
        for (credited, place) in names {
            credits.push(ReleaseArtistLine {
                release_row: row,
                place,
                artist_id: artist_id(&release.entity.source_name, credited),
                name: credited.name.clone(),
                join: credited.join.clone(),
            })?;
        }
        releases.push(release_line(release))?;
    }
    Ok(vec![releases.finish()?, credits.finish()?])
}

fn release_line(release: Counted<Release>) -> ReleaseLine {
    let Counted {
        id,
        first_row,
        tracks,
        entity,
    } = release;
    ReleaseLine {
        release_id: Id(id),
        source: entity.source,
        source_id: entity.source_id,
        title: entity.title,
        artist: entity.artists.to_string(),
        date: entity.date.map(|date| date.to_string()),
        gtin: entity.gtin,
        label: entity.label,
        popularity: entity.popularity,
        tracks,
        first_row,
    }
}

fn write_artists(
    by_rank: Sorted,
    dir: &Path,
    identifiers: &mut Identifiers,
) -> Result<TableFile, Error> {
    let mut artists = TableWriter::create(&dir.join(ARTISTS), &ENTITIES)?;
    for entry in by_rank {
        let Counted {
            id,
            first_row,
            tracks,
            entity,
        } = counted::<Artist>(entry)?;
        identifiers.add(Kind::Artist, &hex(&id), artists.rows())?;
        artists.push(ArtistLine {
            artist_id: Id(id),
            source: entity.source,
            source_id: entity.source_id,
            name: entity.name,
            popularity: entity.popularity,
            followers: entity.followers,
            tracks,
            first_row,
        })?;
    }
    artists.finish()
}

fn hex(id: &[u8; 16]) -> String {
    longplay_model::TrackId::from_bytes(*id).to_string()
}
