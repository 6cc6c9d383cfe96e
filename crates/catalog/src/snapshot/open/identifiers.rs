//! The identifiers of what may leave.

use {
    super::{
        super::{credits::credit_texts, details::isrcs, regrouped::each_group},
        Copier,
    },
    crate::{
        error::Error,
        identifier_writer::{IdentifierLane, Identifiers},
        identifiers::{IdBits, Kind, gtin_key, id_key, isrc_key, text_key},
        table::{Id, TableFile, table},
        tables::IDENTIFIERS,
        text,
    },
    std::fs,
};

table! {
    /// What is hashed with the credit of a track.
    TitlePart {
        title: String,
    }
}

table! {
    /// What a track is found by.
    TrackPart {
        track_id: Id,
        isrcs: Vec<String>,
    }
}

table! {
    /// What a release is found by.
    ReleasePart {
        release_id: Id,
        gtin: Option<String>,
    }
}

table! {
    /// What an artist is found by.
    ArtistPart {
        artist_id: Id,
    }
}

/// Tracks whose texts are read at once.
const CHUNK: usize = 1 << 14;

/// Bytes of memory for identifiers that are sorted.
const MEMORY: u64 = 256 << 20;

/// Where they wait to be sorted.
const SPILL: &str = "spill";

/// Keys of texts with the rows that they lead to.
type Texts = Vec<(u64, u32)>;

impl Copier<'_> {
    /// The table tells spans of rows, so new rows are found by going through
    /// the others. Digests of the holder's files stay here, as `files` does.
    pub(super) fn identifiers(&self, id_bits: IdBits) -> Result<TableFile, Error> {
        let spill = self.out.join(SPILL);
        fs::create_dir(&spill).map_err(Error::write(&spill))?;
        let tracks = self.tracks.len();
        let isrcs = self.identifiers.quantiles(Kind::Isrc)?;
        let identifiers = Identifiers::new(&spill, MEMORY, tracks, id_bits, &isrcs);
        let mut lane = identifiers.lane();
        self.of_tracks(&mut lane)?;
        self.of_entities(&mut lane)?;
        self.recordings(&mut lane)?;
        self.texts(&mut lane)?;
        drop(lane);
        let table = identifiers.finish(&self.out.join(IDENTIFIERS))?;
        fs::remove_dir_all(&spill).map_err(Error::write(&spill))?;
        Ok(table)
    }

    fn of_tracks(&self, lane: &mut IdentifierLane) -> Result<(), Error> {
        for (row, line) in (0..).zip(self.from.tracks.lines::<TrackPart>()?) {
            let line = line?;
            if let Some(row) = self.tracks.number(row) {
                lane.push(Kind::Track, id_key(&line.track_id.0), row)?;
                for isrc in isrcs(&line.isrcs) {
                    lane.push(Kind::Isrc, isrc_key(&isrc), row)?;
                }
            }
        }
        // Also by ids that were merged into others, which no table tells.
        for line in self.identifiers.lines(Kind::Mbid)? {
            let line = line?;
            if let Some(row) = self.tracks.number(line.row.into()) {
                lane.push_cut(Kind::Mbid, line.key, row)?;
            }
        }
        Ok(())
    }

    fn of_entities(&self, lane: &mut IdentifierLane) -> Result<(), Error> {
        for (row, line) in (0..).zip(self.from.releases.lines::<ReleasePart>()?) {
            let line = line?;
            if let Some(row) = self.releases.number(row) {
                lane.push(Kind::Release, id_key(&line.release_id.0), row)?;
                if let Some(key) = line.gtin.as_deref().and_then(gtin_key) {
                    lane.push(Kind::Gtin, key, row)?;
                }
            }
        }
        for (row, line) in (0..).zip(self.from.artists.lines::<ArtistPart>()?) {
            let line = line?;
            if let Some(row) = self.artists.number(row) {
                lane.push(Kind::Artist, id_key(&line.artist_id.0), row)?;
            }
        }
        Ok(())
    }

    /// Recordings that still have several rows, by the row that stands for
    /// them now.
    fn recordings(&self, lane: &mut IdentifierLane) -> Result<(), Error> {
        each_group(self.identifiers, |representative, rows| {
            let Some(key) = self.recording(representative as u32) else {
                return Ok(());
            };
            let rows = rows.iter().filter_map(|row| self.tracks.number(*row));
            let mut others = rows.filter(|row| *row != key);
            others.try_for_each(|row| lane.push(Kind::Recording, key.into(), row))
        })
    }

    /// The texts of recordings that stay whole; of others those of the tracks
    /// that stay, so that nothing is told of the rest.
    fn texts(&self, lane: &mut IdentifierLane) -> Result<(), Error> {
        let (parted, moved) = self.parted()?;
        for (key, row) in moved {
            lane.push_cut(Kind::Text, key, row)?;
        }
        for line in self.identifiers.lines(Kind::Text)? {
            let line = line?;
            if parted.binary_search(&line.row).is_err()
                && let Some(row) = self.tracks.number(line.row.into())
            {
                lane.push_cut(Kind::Text, line.key, row)?;
            }
        }
        Ok(())
    }

    /// The old rows of the representatives of recordings of which some tracks
    /// stay and others do not; and the keys of the texts of those that stay,
    /// with the new rows that stand for them.
    fn parted(&self) -> Result<(Vec<u32>, Texts), Error> {
        let (mut parted, mut stay) = (Vec::new(), Vec::new());
        each_group(self.identifiers, |representative, rows| {
            if rows.iter().any(|row| !self.tracks.contains(*row)) {
                let representative = representative as u32;
                parted.push(representative);
                let rows = rows.iter().filter(|row| self.tracks.contains(**row));
                stay.extend(rows.map(|row| (*row, representative)));
            }
            Ok(())
        })?;
        stay.sort_unstable();
        let mut texts = Vec::new();
        for stay in stay.chunks(CHUNK) {
            let rows: Vec<u64> = stay.iter().map(|(row, _)| *row).collect();
            let titles: Vec<TitlePart> = self.from.tracks.lines_at(&rows)?;
            let credits = credit_texts(self.from, &rows)?;
            for ((line, credit), (_, representative)) in titles.iter().zip(credits).zip(stay) {
                let hash = text::text_key(&credit, &line.title);
                let row = self.recording(*representative);
                texts.extend(hash.zip(row).map(|(hash, row)| {
                    let key = self.identifiers.key(Kind::Text, text_key(hash));
                    (key, row)
                }));
            }
        }
        Ok((parted, texts))
    }
}
