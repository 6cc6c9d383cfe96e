use {
    super::{details::at, tables::Tables},
    crate::{
        assemble::text_value,
        error::Error,
        identifiers::{Kind, Lookup},
        table::{Id, table},
        text::{durations_agree, folded, text_key},
    },
    longplay_model::{How, Match, Matcher, Probe, RecordingId, TrackId},
};

table! {
    /// What a match needs of a track.
    Part {
        track_id: Id,
        recording_id: Id,
        title: String,
        artist: String,
        duration_ms: Option<u32>,
    }
}

/// Finds the tracks of files in a snapshot, strongest evidence first, and of
/// several the most popular. Memory does not grow with the catalog.
#[derive(Debug, Clone, Copy)]
pub struct SnapshotMatcher<'a> {
    tables: &'a Tables,
    identifiers: &'a Lookup,
}

impl<'a> SnapshotMatcher<'a> {
    pub(super) fn new(tables: &'a Tables, identifiers: &'a Lookup) -> Self {
        Self {
            tables,
            identifiers,
        }
    }

    /// The track of a file.
    ///
    /// # Errors
    /// When a table cannot be read.
    pub fn try_find(&self, probe: &Probe) -> Result<Option<Match>, Error> {
        let blob = probe.blob.map(|blob| blob.to_string());
        if let Some(found) = self.first(How::Blob, Kind::Blob, blob.as_deref(), |_| true)? {
            return Ok(Some(found));
        }
        let mbid = probe.recording_mbid.map(|mbid| mbid.to_string());
        if let Some(found) = self.first(How::Mbid, Kind::Mbid, mbid.as_deref(), |_| true)? {
            return Ok(Some(found));
        }
        let agrees = |part: &Part| durations_agree(part.duration_ms, probe.duration_ms);
        for isrc in &probe.isrcs {
            let isrc = Some(isrc.as_str());
            if let Some(found) = self.first(How::Isrc, Kind::Isrc, isrc, agrees)? {
                return Ok(Some(found));
            }
        }
        let (artist, title) = (folded(&probe.artist), folded(&probe.title));
        let key = text_key(&probe.artist, &probe.title).map(text_value);
        self.first(How::Text, Kind::Text, key.as_deref(), |part| {
            agrees(part) && folded(&part.artist) == artist && folded(&part.title) == title
        })
    }

    /// The first row by rank that carries the identifier and fits.
    fn first(
        &self,
        how: How,
        kind: Kind,
        value: Option<&str>,
        fits: impl Fn(&Part) -> bool,
    ) -> Result<Option<Match>, Error> {
        let Some(value) = value else {
            return Ok(None);
        };
        for row in self.identifiers.rows(kind, value)? {
            let part: Part = at(&self.tables.tracks, row)?;
            if fits(&part) {
                return Ok(Some(Match {
                    track: TrackId::from_bytes(part.track_id.0),
                    recording: RecordingId::from_bytes(part.recording_id.0),
                    how,
                }));
            }
        }
        Ok(None)
    }
}

impl Matcher for SnapshotMatcher<'_> {
    /// A table that cannot be read finds nothing: the file is left where it
    /// is, with a finding, and can be taken in when the catalog is mended.
    fn find(&self, probe: &Probe) -> Option<Match> {
        self.try_find(probe).ok().flatten()
    }
}
