//! The ids of tracks, releases and artists, which follow from their source and
//! what it calls them.

use {
    crate::{
        snapshot_meta::SourceEntry,
        table::{Follows, Ids, texts},
    },
    arrow_array::{
        Array, RecordBatch,
        cast::AsArray,
        types::{UInt16Type, UInt64Type},
    },
    longplay_model::{Digest, TrackId},
    sha2::{Digest as _, Sha256},
    std::{fmt::Write, sync::Arc},
};

/// First 16 bytes of SHA-256 over the parts, each preceded by its length.
pub(crate) fn entity_id(parts: &[&str]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest = Digest::from(hasher);
    *digest
        .as_bytes()
        .first_chunk()
        .expect("a digest has 32 bytes")
}

/// The id of a release that its source calls `id`.
pub(crate) fn release_id(source: &str, id: &str) -> [u8; 16] {
    entity_id(&["release", source, "id", id])
}

/// The id of an artist that its source calls `id`.
pub(crate) fn artist_id(source: &str, id: &str) -> [u8; 16] {
    entity_id(&["artist", source, "id", id])
}

/// What has ids of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entity {
    Track,
    Release,
    Artist,
}

/// The ids of a table, by the sources of its snapshot.
#[derive(Debug)]
pub(crate) struct OwnIds {
    entity: Entity,
    sources: Vec<Named>,
}

/// What of a source goes into ids.
#[derive(Debug)]
struct Named {
    number: u16,
    name: String,
    seed: Option<u64>,
}

impl OwnIds {
    pub(crate) fn of_tracks(sources: &[SourceEntry]) -> Arc<Self> {
        Self::new(Entity::Track, sources)
    }

    pub(crate) fn of_releases(sources: &[SourceEntry]) -> Arc<Self> {
        Self::new(Entity::Release, sources)
    }

    pub(crate) fn of_artists(sources: &[SourceEntry]) -> Arc<Self> {
        Self::new(Entity::Artist, sources)
    }

    fn new(entity: Entity, sources: &[SourceEntry]) -> Arc<Self> {
        let named = sources.iter().map(|source| Named {
            number: source.number,
            name: source.name.clone(),
            seed: source.seed,
        });
        Arc::new(Self {
            entity,
            sources: named.collect(),
        })
    }

    fn source(&self, number: u16) -> Option<&Named> {
        let at = |place: usize| self.sources.get(place);
        // In a published catalog numbers may be left out.
        at(number.into())
            .filter(|source| source.number == number)
            .or_else(|| self.sources.iter().find(|source| source.number == number))
    }

    fn id(&self, source: &Named, id: &str) -> [u8; 16] {
        match self.entity {
            Entity::Track => *TrackId::of_source(&source.name, id).as_bytes(),
            Entity::Release => release_id(&source.name, id),
            Entity::Artist => artist_id(&source.name, id),
        }
    }
}

impl Follows for OwnIds {
    fn column(&self) -> &'static str {
        match self.entity {
            Entity::Track => "track_id",
            Entity::Release => "release_id",
            Entity::Artist => "artist_id",
        }
    }

    fn from(&self) -> &'static [&'static str] {
        match self.entity {
            Entity::Track => &["source", "source_id", "record"],
            Entity::Release | Entity::Artist => &["source", "source_id"],
        }
    }

    fn ids(&self, batch: &RecordBatch, rows: &mut dyn Iterator<Item = usize>) -> Option<Ids> {
        let sources = batch
            .column_by_name("source")?
            .as_primitive_opt::<UInt16Type>()?;
        let names = texts(batch, "source_id")?;
        let records = match self.entity {
            Entity::Track => Some(
                batch
                    .column_by_name("record")?
                    .as_primitive_opt::<UInt64Type>()?,
            ),
            Entity::Release | Entity::Artist => None,
        };
        let mut made = String::new();
        let ids = rows.map(|row| {
            let source = self.source(sources.value(row))?;
            if names.is_valid(row) {
                return Some(self.id(source, names.value(row)));
            }
            let (seed, records) = source.seed.zip(records)?;
            made.clear();
            write!(made, "t{seed:x}-{}", records.value(row)).ok()?;
            Some(self.id(source, &made))
        });
        Some(ids.collect())
    }
}
