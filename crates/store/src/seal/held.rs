//! What tranches already hold, and thus need not stay in staging: those of the
//! current sealing, and older ones.

use {
    crate::{
        disk::{Kind, Location},
        error::Error,
        holdings::Holdings,
        home::Home,
        names::{INDEX, TrancheName},
    },
    longplay_model::{Access, Digest, IndexRecord, MemberKind, Monitor, Receipt, TrackId},
    std::{
        collections::{BTreeSet, HashSet},
        io::{self, BufRead, BufReader},
    },
};

/// Members of finished tranches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    audio: HashSet<(Digest, TrackId, Access)>,
    covers: HashSet<(Digest, Access)>,
}

impl Held {
    /// Reads the indexes of those of `tranches` that are finished.
    pub fn read<'a>(
        home: &Home,
        tranches: impl IntoIterator<Item = &'a TrancheName>,
    ) -> Result<Self, Error> {
        let mut held = Self::default();
        for name in tranches {
            held.read_more(home, name)?;
        }
        Ok(held)
    }

    /// Reads the index of one more tranche, if it is finished and has one.
    pub fn read_more(&mut self, home: &Home, name: &TrancheName) -> Result<(), Error> {
        let index = home.where_is(name).join(INDEX);
        match index.about() {
            Ok(about) if about.kind == Kind::File => self.add(&index),
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(Error::read(index, source))
            }
            _ => Ok(()),
        }
    }

    /// Adds the audio in staging that an older tranche holds, of which the journal
    /// has lost that it was sealed. It counts when its bytes read back as they should
    /// be: until then staging may have the only sound copy.
    pub fn read_older(&mut self, home: &Home, monitor: &dyn Monitor) -> Result<(), Error> {
        let mut staged = home.state().staged()?;
        staged.retain(|receipt| !self.has_audio(receipt));
        let staged: Vec<Digest> = staged.iter().map(|receipt| receipt.blob).collect();
        if staged.is_empty() {
            return Ok(());
        }
        let holdings = Holdings::open(home, monitor)?;
        for held in holdings.find(&staged, monitor)? {
            for place in held.places {
                if let Ok(Some(record)) = holdings.record(&place)
                    && record.kind == MemberKind::Audio
                    && holdings.reads_back(&place)
                {
                    self.take(record);
                }
            }
        }
        // An answer that did not come must not be taken for a blob that is not held.
        home.tranches_dir().has_answered()
    }

    fn add(&mut self, index: &Location) -> Result<(), Error> {
        let file = index
            .stream()
            .map_err(|source| Error::read(index, source))?;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|source| Error::read(index, source))?;
            if line.starts_with("{\"path\":") {
                let record = serde_json::from_str(&line);
                self.take(record.map_err(|source| Error::ReadTrancheIndex {
                    path: index.into(),
                    source,
                })?);
            }
        }
        Ok(())
    }

    fn take(&mut self, record: IndexRecord) {
        let IndexRecord { sha256, access, .. } = record;
        match record.kind {
            MemberKind::Audio => {
                let tracks = record.tracks.into_iter();
                self.audio
                    .extend(tracks.map(|track| (sha256, track, access)));
            }
            MemberKind::Cover => {
                self.covers.insert((sha256, access));
            }
            MemberKind::Fingerprints => {}
        }
    }

    /// Whether the audio of `receipt` is held as the receipt wants it.
    pub fn has_audio(&self, receipt: &Receipt) -> bool {
        self.audio
            .contains(&(receipt.blob, receipt.track, receipt.access))
    }

    /// Whether the cover of `receipt` is held in the receipt's class.
    pub fn has_cover(&self, receipt: &Receipt) -> bool {
        let cover = receipt.cover.as_ref();
        cover.is_some_and(|cover| self.covers.contains(&(cover.blob, receipt.access)))
    }

    /// Blobs that staging may give up, in the order of their digests: all that
    /// wait there, but for those that a receipt still needs.
    pub fn removable(&self, home: &Home) -> Result<Vec<Digest>, Error> {
        let (mut held, mut needed) = (BTreeSet::new(), BTreeSet::new());
        for receipt in home.state().staged()? {
            let blobs = if self.has_audio(&receipt) {
                &mut held
            } else {
                &mut needed
            };
            blobs.insert(receipt.blob);
        }
        for receipt in home.state().staged_covers()? {
            let blobs = if self.has_cover(&receipt) {
                &mut held
            } else {
                &mut needed
            };
            blobs.extend(receipt.cover.map(|cover| cover.blob));
        }
        Ok(held.difference(&needed).copied().collect())
    }

    /// Whether a receipt waits whose blob is held already.
    pub fn is_waiting(&self, home: &Home) -> Result<bool, Error> {
        let audio = home.state().staged()?;
        let covers = home.state().staged_covers()?;
        Ok(audio.iter().any(|receipt| self.has_audio(receipt))
            || covers.iter().any(|receipt| self.has_cover(receipt)))
    }
}
