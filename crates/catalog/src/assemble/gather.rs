//! From what sources tell to rows, keys and mentions on disk.

use {
    super::{
        elsewhere::Elsewhere,
        input::Input,
        mention::{MentionLane, Mentions},
        payload::{Payload, PayloadWriter, Rows},
        read::{Sink, Told},
        text_filter::TextFilter,
    },
    crate::{
        error::Error,
        figures::{Collector, Fact},
        identifiers::isrc_key,
        own_ids,
        recordings::{Evidence, EvidenceLane, Redirects},
        row::{Body, Figures, Head, RankKey, Sourced},
        shuffle::{Lane, Shuffle, Spread, parts_of},
        snapshot_meta::SourceEntry,
        sources::Format,
        spill::{Spill, spill_struct},
        text::text_key_and_words,
    },
    longplay_model::{Digest, TrackId},
    std::{
        collections::{HashMap, HashSet},
        path::Path,
        sync::Mutex,
    },
};

/// A track among all that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct IdKey {
    pub(super) track: [u8; 16],
    /// The latest source comes first.
    pub(super) not_source: u16,
    /// How many tracks were read before.
    pub(super) arrival: u32,
    pub(super) has_mbid: bool,
    /// Hash of what is told, where sources of one name are compared.
    pub(super) content: u32,
}

spill_struct!(IdKey {
    track,
    not_source,
    arrival,
    has_mbid,
    content
});

/// Takes in what sources tell.
pub(super) struct Gathering {
    payload: Mutex<PayloadWriter>,
    beside: Mutex<Beside>,
    ids: Shuffle,
    evidence: Evidence,
    mentions: Mentions,
    loose: TextFilter,
    samples: Mutex<Samples>,
    /// Names of several sources, whose tracks are compared.
    shared_names: HashSet<String>,
}

/// What is told apart from tracks, and how many of them were read.
struct Beside {
    arrivals: u64,
    figures: Collector,
    redirects: Redirects,
    /// Releases that were taken back, with how many tracks came before.
    withdrawn: HashMap<[u8; 16], u32>,
}

/// All that sources told, on disk.
pub(super) struct Gathered {
    pub(super) payload: Payload,
    pub(super) ids: Spread,
    pub(super) evidence: crate::recordings::SpreadEvidence,
    pub(super) releases: Spread,
    pub(super) artists: Spread,
    /// Texts of tracks that only the text can join to a recording.
    pub(super) loose: TextFilter,
    pub(super) samples: Samples,
    pub(super) elsewhere: Elsewhere,
    pub(super) withdrawn: HashMap<[u8; 16], u32>,
}

/// Every 256th track, by its id: where to cut what is sorted.
#[derive(Debug, Default)]
pub(super) struct Samples {
    pub(super) ranks: Vec<(RankKey, u32)>,
    pub(super) isrcs: Vec<u64>,
}

/// First bytes of a track id: ties of rank go by it.
pub(super) fn id_head(track: &TrackId) -> u32 {
    let head = track.as_bytes().first_chunk().expect("an id has 16 bytes");
    u32::from_be_bytes(*head)
}

impl Gathering {
    /// `tracks` is an estimate: more of them take more memory.
    pub(super) fn new(inputs: &[Input], dir: &Path, memory: u64, tracks: u64) -> Self {
        let parts = |bytes: u64| parts_of(tracks * bytes, memory);
        Self {
            payload: Mutex::new(PayloadWriter::create(dir)),
            beside: Mutex::new(Beside {
                arrivals: 0,
                figures: Collector::new(dir, usize::try_from(memory).unwrap_or(usize::MAX)),
                redirects: Redirects::default(),
                withdrawn: HashMap::new(),
            }),
            ids: Shuffle::new(dir, "ids", parts(64)),
            evidence: Evidence::new(dir, parts(48)),
            mentions: Mentions::new(dir, parts(80)),
            loose: TextFilter::new(tracks),
            samples: Mutex::default(),
            shared_names: shared_names(inputs),
        }
    }

    /// Takes in what one source tells.
    pub(super) const fn of<'a>(
        &'a self,
        entry: &'a SourceEntry,
        source: u16,
        is_reported: bool,
    ) -> GatheringOf<'a> {
        GatheringOf {
            all: self,
            entry,
            source,
            is_reported,
        }
    }

    pub(super) fn finish(self) -> Result<Gathered, Error> {
        let (releases, artists) = self.mentions.finish()?;
        let mut samples = self.samples.into_inner().expect("no scribe panics");
        samples.ranks.sort_unstable();
        samples.isrcs.sort_unstable();
        let payload = self.payload.into_inner().expect("no scribe panics");
        let beside = self.beside.into_inner().expect("no scribe panics");
        Ok(Gathered {
            payload: payload.finish(),
            ids: self.ids.finish()?,
            evidence: self.evidence.finish()?,
            releases,
            artists,
            loose: self.loose,
            samples,
            elsewhere: Elsewhere::new(beside.figures.finish()?, beside.redirects),
            withdrawn: beside.withdrawn,
        })
    }
}

fn shared_names(inputs: &[Input]) -> HashSet<String> {
    let mut names = HashSet::new();
    let again = inputs.iter().map(|input| &input.entry.name);
    again.filter(|name| !names.insert(*name)).cloned().collect()
}

impl Beside {
    /// Takes in what a batch tells; gives the number of its first track.
    fn take(&mut self, entry: &SourceEntry, source: u16, told: &mut Told) -> Result<u32, Error> {
        let first = self.arrivals;
        self.arrivals += told.tracks.len() as u64;
        if self.arrivals >= u64::from(u32::MAX) {
            let limit = u64::from(u32::MAX);
            return Err(Error::TooManyTracks { limit });
        }
        self.figures.named(source, &entry.name);
        for figure in told.figures.drain(..) {
            self.figures.fact(Fact {
                target: figure.target,
                metric: figure.metric,
                source,
                value: figure.value,
                at: figure.at,
            })?;
        }
        for listen in told.listens.drain(..) {
            if let Some(target) = listen.target {
                self.figures
                    .listen(source, target, listen.user, listen.at)?;
            }
        }
        for (from, into) in told.redirects.drain(..) {
            self.redirects.add(from, into);
        }
        for (before, release) in told.withdrawn.drain(..) {
            let id = own_ids::release_id(&entry.name, &release);
            self.withdrawn.insert(id, (first + before as u64) as u32);
        }
        Ok(first as u32)
    }
}

/// Takes in what one source tells.
pub(super) struct GatheringOf<'a> {
    all: &'a Gathering,
    entry: &'a SourceEntry,
    source: u16,
    is_reported: bool,
}

impl Sink for GatheringOf<'_> {
    /// The number of the first track among all that were read.
    type Place = u32;
    /// A block of rows, and how many they are.
    type Written = (Vec<u8>, u32);

    fn place(&self, told: &mut Told) -> Result<u32, Error> {
        let mut beside = self.all.beside.lock().expect("no scribe panics");
        beside.take(self.entry, self.source, told)
    }

    fn write(&self, told: Told, first: u32) -> Result<(Vec<u8>, u32), Error> {
        Scribe::new(self, first).write(told)
    }

    fn end(&self, block: (Vec<u8>, u32)) -> Result<(), Error> {
        let mut payload = self.all.payload.lock().expect("no scribe panics");
        payload.push(block)
    }
}

/// Writes the tracks of one batch.
struct Scribe<'a> {
    entry: &'a SourceEntry,
    source: u16,
    is_reported: bool,
    arrival: u32,
    all: &'a Gathering,
    ids: Lane<'a>,
    evidence: EvidenceLane<'a>,
    mentions: MentionLane<'a>,
    samples: Samples,
}

impl<'a> Scribe<'a> {
    /// Of tracks from the `arrival`-th on.
    fn new(of: &GatheringOf<'a>, arrival: u32) -> Self {
        let all = of.all;
        Self {
            entry: of.entry,
            source: of.source,
            is_reported: of.is_reported,
            arrival,
            all,
            ids: all.ids.lane(),
            evidence: all.evidence.lane(),
            mentions: all.mentions.lane(),
            samples: Samples::default(),
        }
    }

    fn write(mut self, told: Told) -> Result<(Vec<u8>, u32), Error> {
        let mut rows = Rows::with_room_for(told.tracks.len());
        for artist in told.artists {
            let name = &self.entry.name;
            self.mentions
                .alone(self.source, name, artist.id, artist.name)?;
        }
        for (record, sourced) in told.numbers.into_iter().zip(told.tracks) {
            let told = &sourced.record;
            let release = self
                .mentions
                .track(self.arrival, self.source, &self.entry.name, told)?;
            let (text, words) = text_key_and_words(&told.artists.to_string(), &told.title);
            let (head, body) = self.row(record, sourced, text, release);
            self.key(&head, &body)?;
            self.evidence
                .add(self.arrival, &head, words, self.is_reported)?;
            if head.is_loose() || head.is_file {
                head.text.iter().for_each(|text| self.all.loose.add(text));
            }
            self.sample(&head);
            rows.push(&head, &body);
            self.arrival += 1;
        }
        let mut samples = self.all.samples.lock().expect("no scribe panics");
        samples.ranks.append(&mut self.samples.ranks);
        samples.isrcs.append(&mut self.samples.isrcs);
        drop(samples);
        let payload = self.all.payload.lock().expect("no scribe panics");
        let stay_plain = payload.stay_plain();
        drop(payload);
        Ok(rows.block(stay_plain))
    }

    fn row(
        &self,
        record: u64,
        sourced: Sourced,
        text: Option<[u8; 8]>,
        release: Option<[u8; 16]>,
    ) -> (Head, Body) {
        let track = match &sourced.file {
            Some(file) if self.entry.format == Format::AudioFolder => {
                TrackId::of_blob(&file.sha256, 1)
            }
            _ => TrackId::of_source(&self.entry.name, &sourced.record.id),
        };
        let Sourced {
            record: told,
            access,
            file,
            cover,
        } = sourced;
        let is_loose = told.recording_mbid.is_none() && told.isrcs.is_empty();
        let release = release.filter(|_| is_loose);
        let release = release.map(|[a, b, c, d, ..]| u32::from_be_bytes([a, b, c, d]));
        let head = Head {
            track,
            source: self.source,
            is_file: file.is_some(),
            figures: Figures {
                popularity: told.popularity,
                listens: told.listens,
                at: told.popularity_at,
            },
            recording_mbid: told.recording_mbid,
            isrcs: told.isrcs,
            duration_ms: told.duration_ms,
            text,
            release,
        };
        let body = Body {
            record,
            source_id: Some(told.id).filter(|_| self.entry.format != Format::Synthetic),
            title: told.title,
            disc: told.disc,
            position: told.position,
            genres: told.genres,
            language: told.language,
            explicit: told.explicit,
            synthetic: told.synthetic,
            rights: told.rights,
            access,
            file,
            cover,
        };
        (head, body)
    }

    fn key(&mut self, head: &Head, body: &Body) -> Result<(), Error> {
        let is_compared = self.all.shared_names.contains(&self.entry.name);
        let key = IdKey {
            track: *head.track.as_bytes(),
            not_source: !head.source,
            arrival: self.arrival,
            has_mbid: head.recording_mbid.is_some(),
            content: if is_compared { content(head, body) } else { 0 },
        };
        let parts = self.all.ids.parts() as u64;
        let part = (u64::from(id_head(&head.track)) * parts) >> 32;
        self.ids.push(part as usize, |out| key.put(out))
    }

    fn sample(&mut self, head: &Head) {
        if head.track.as_bytes()[15] == 0 {
            let key = head.figures.rank_key();
            self.samples.ranks.push((key, id_head(&head.track)));
            self.samples.isrcs.extend(head.isrcs.iter().map(isrc_key));
        }
    }
}

/// Hash of what is told of a track, but for how much it is heard: that changes
/// with every telling.
fn content(head: &Head, body: &Body) -> u32 {
    let mut bytes = Vec::new();
    let head = Head {
        source: 0,
        figures: Figures::default(),
        ..head.clone()
    };
    head.put(&mut bytes);
    let body = Body {
        record: 0,
        ..body.clone()
    };
    body.put(&mut bytes);
    let digest = Digest::of(&bytes);
    u32::from_be_bytes(
        *digest
            .as_bytes()
            .first_chunk()
            .expect("a digest has 32 bytes"),
    )
}
