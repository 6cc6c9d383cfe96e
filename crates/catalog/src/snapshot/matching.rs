use {
    super::{credits::credit_texts, recording, spans::Spans, tables::Tables},
    crate::{
        error::Error,
        identifiers::{Kind, Lookup, blob_key, isrc_key, mbid_key, text_key},
        table::{Id, table},
        text::{self, durations_agree, folded},
    },
    longplay_model::{Digest, How, Match, Matcher, Probe, TrackId},
};

table! {
    /// What a match needs of a track.
    Part {
        track_id: Id,
        recording: u32,
        title: String,
        duration_ms: Option<u32>,
        recording_mbid: Option<Id>,
    }
}

table! {
    /// What a match needs of a file.
    FilePart {
        sha256: Digest,
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
        if let Some(found) = self.by_blob(probe)? {
            return Ok(Some(found));
        }
        if let Some(found) = self.by_mbid(probe)? {
            return Ok(Some(found));
        }
        if let Some(found) = self.by_isrc(probe)? {
            return Ok(Some(found));
        }
        self.by_text(probe)
    }

    fn by_blob(&self, probe: &Probe) -> Result<Option<Match>, Error> {
        let Some(blob) = probe.blob else {
            return Ok(None);
        };
        let files = &self.tables.files;
        self.first(
            How::Blob,
            self.rows(Kind::Blob, blob_key(&blob))?,
            |row, _| {
                let lines = files.lines_with::<FilePart>(files.groups(), "row", &[row])?;
                Ok(lines.iter().any(|(_, file)| file.sha256 == blob))
            },
        )
    }

    fn by_mbid(&self, probe: &Probe) -> Result<Option<Match>, Error> {
        let Some(mbid) = probe.recording_mbid else {
            return Ok(None);
        };
        let wanted = Some(Id(*mbid.as_bytes()));
        let rows = self.rows(Kind::Mbid, mbid_key(&mbid))?;
        self.first(How::Mbid, rows, |_, part| Ok(part.recording_mbid == wanted))
    }

    fn by_isrc(&self, probe: &Probe) -> Result<Option<Match>, Error> {
        let spans = Spans {
            tables: self.tables,
            identifiers: self.identifiers,
        };
        for isrc in &probe.isrcs {
            let rows = spans.of_isrcs(&[isrc_key(isrc)])?.rows();
            let found = self.first(How::Isrc, rows, |_, part| {
                Ok(durations_agree(part.duration_ms, probe.duration_ms))
            })?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn by_text(&self, probe: &Probe) -> Result<Option<Match>, Error> {
        let Some(hash) = text::text_key(&probe.artist, &probe.title) else {
            return Ok(None);
        };
        let (artist, title) = (folded(&probe.artist), folded(&probe.title));
        let rows = self.identifiers.rows_of_texts(&[text_key(hash)])?;
        self.first(How::Text, rows, |row, part| {
            let agrees = durations_agree(part.duration_ms, probe.duration_ms);
            if !agrees || folded(&part.title) != title {
                return Ok(false);
            }
            let credits = credit_texts(self.tables, &[row])?;
            Ok(credits.iter().all(|credit| folded(credit) == artist))
        })
    }

    fn rows(&self, kind: Kind, key: u64) -> Result<Vec<u64>, Error> {
        self.identifiers.rows(kind, key)
    }

    /// The first of these rows, which ascend, that fits.
    fn first(
        &self,
        how: How,
        rows: Vec<u64>,
        fits: impl Fn(u64, &Part) -> Result<bool, Error>,
    ) -> Result<Option<Match>, Error> {
        for row in rows {
            let parts: Vec<Part> = self.tables.tracks.lines_at(&[row])?;
            for part in parts {
                if fits(row, &part)? {
                    return self.matched(how, row, &part).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn matched(&self, how: How, row: u64, part: &Part) -> Result<Match, Error> {
        let representative = u64::from(part.recording);
        let recording = match representative == row {
            true => recording::named(&part.track_id, part.recording_mbid.as_ref()),
            false => recording::name(&self.tables.tracks, representative)?,
        };
        Ok(Match {
            track: TrackId::from_bytes(part.track_id.0),
            recording,
            how,
        })
    }
}

impl Matcher for SnapshotMatcher<'_> {
    /// A table that cannot be read finds nothing: the file is left where it
    /// is, with a finding, and can be taken in when the catalog is mended.
    fn find(&self, probe: &Probe) -> Option<Match> {
        self.try_find(probe).ok().flatten()
    }
}
