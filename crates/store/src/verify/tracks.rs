use {
    crate::{
        facts::{Place, Runs},
        merkle::LEAF_BYTES,
        names::INDEX,
        verify::{shard::Shard, small::pack_index, survey::Survey},
    },
    longplay_model::{IndexRecord, TrackId},
    serde::Serialize,
    std::{
        collections::{BTreeMap, BTreeSet},
        fmt,
        io::{BufRead, BufReader, Read},
    },
};

/// A longer line of an index is not read.
const MOST_LINE_BYTES: u64 = 16 << 20;

/// An item of a pack whose bytes are damaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TouchedItem {
    /// Path in the pack.
    pub path: String,
    pub tracks: Vec<TrackId>,
    pub title: Option<String>,
    pub artist: Option<String>,
}

/// What of the indexes of damaged packs can be read.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    by_pack: BTreeMap<String, Vec<IndexRecord>>,
}

impl Contents {
    /// The records of these packs: from the tranche's index, line by line, and
    /// where that says nothing, from the pack's own.
    pub fn of_packs(survey: &Survey, shards: &[&Shard]) -> Self {
        let names: BTreeSet<&str> = shards.iter().map(|shard| shard.place.file_name()).collect();
        let mut contents = Self::default();
        if names.is_empty() {
            return contents;
        }
        contents.read_joined(survey, &names);
        for shard in shards {
            let name = shard.place.file_name();
            if !contents.by_pack.contains_key(name)
                && let Some(index) = pack_index(survey, shard)
            {
                contents.by_pack.insert(name.into(), index.records);
            }
        }
        contents
    }

    fn read_joined(&mut self, survey: &Survey, names: &BTreeSet<&str>) {
        let file = survey.file(&Place::data(INDEX));
        let Some(file) = file.and_then(|file| file.location.stream().ok()) else {
            return;
        };
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader
                .by_ref()
                .take(MOST_LINE_BYTES)
                .read_until(b'\n', &mut line);
            if !matches!(read, Ok(count) if count > 0) {
                return;
            }
            if let Ok(record) = serde_json::from_slice::<IndexRecord>(&line)
                && names.contains(record.pack.as_str())
            {
                self.by_pack
                    .entry(record.pack.clone())
                    .or_default()
                    .push(record);
            }
        }
    }

    /// The items of a pack that have bytes in these leaves; `None` when no
    /// index of the pack can be read.
    pub fn touched(&self, pack: &str, leaves: &Runs) -> Option<Vec<TouchedItem>> {
        let records = self.by_pack.get(pack)?;
        let is_touched = |record: &&IndexRecord| {
            let end = record.offset.saturating_add(record.length);
            let range = record.offset / LEAF_BYTES..end.div_ceil(LEAF_BYTES);
            record.length > 0 && !leaves.within(range).is_empty()
        };
        Some(
            records
                .iter()
                .filter(is_touched)
                .map(TouchedItem::of)
                .collect(),
        )
    }
}

impl TouchedItem {
    pub(crate) fn of(record: &IndexRecord) -> Self {
        Self {
            path: record.path.to_string(),
            tracks: record.tracks.clone(),
            title: record.title.clone(),
            artist: record.artist.clone(),
        }
    }
}

impl fmt::Display for TouchedItem {
    /// `"Title" by Artist (track 0123…)`, as much of it as is known.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.title {
            Some(title) => write!(f, "{title:?}")?,
            None => f.write_str(&self.path)?,
        }
        if let Some(artist) = &self.artist {
            write!(f, " by {artist}")?;
        }
        match &self.tracks[..] {
            [] => Ok(()),
            [track] => write!(f, " (track {track})"),
            [track, rest @ ..] => write!(f, " (track {track} and {} more)", rest.len()),
        }
    }
}

/// Items in one clause: all of them up to `most`, then how many more.
pub fn in_words(items: &[TouchedItem], most: usize) -> String {
    let named: Vec<_> = items
        .iter()
        .take(most)
        .map(TouchedItem::to_string)
        .collect();
    match items.len().saturating_sub(most) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
