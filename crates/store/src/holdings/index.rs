use {
    super::{
        cover::{Covered, Listed},
        entry::{Entry, Member},
        gather::{Gather, MEMORY},
        list,
        merge::{Stop, begin, merge},
        read::{Damage, Segment},
        source::{Contents, Tranche, holds, record_of},
    },
    crate::{
        disk::Location, error::Error, home::Home, lock::Lock, names::TrancheName,
        pack::ReadIndexError, work::each,
    },
    longplay_model::{Digest, Finding, FindingCode, IndexRecord, Monitor, Unit},
    std::{
        collections::BTreeMap,
        io,
        sync::{PoisonError, RwLock},
    },
};

/// The index of all that sealed tranches hold. May be asked by several threads
/// at once.
#[derive(Debug)]
pub struct Holdings {
    shelf: Shelf,
    stock: RwLock<Stock>,
}

/// Where a blob lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holding {
    pub tranche: TrancheName,
    pub member: Member,
}

/// An answer about one blob.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    /// All places where it lies, in the order of the tranches' names.
    pub places: Vec<Holding>,
    /// `false` when a tranche could not be read ([`Holdings::unread`]), or the
    /// store of it did not answer: it may hold the blob too.
    pub is_complete: bool,
}

/// How large an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HoldingsStats {
    /// Tranches in segments.
    pub tranches: u64,
    /// Members in segments.
    pub entries: u64,
    pub segments: u64,
    /// Bytes of segments on disk.
    pub disk_bytes: u64,
    /// Bytes of memory that the open index takes.
    pub resident_bytes: u64,
    /// Tranches that are read at each question.
    pub uncovered: u64,
}

/// Where the index and the tranches lie.
#[derive(Debug)]
struct Shelf {
    folder: Location,
    tranches: Location,
    pen: Pen,
}

/// How an index gets the right to write.
#[derive(Debug)]
enum Pen {
    /// It has it.
    Held,
    /// By the lock of the archive at this folder, if nobody else has it.
    Lock(Location),
    /// Not at all.
    Never,
}

/// What is open.
#[derive(Debug, Default)]
struct Stock {
    /// The oldest first.
    segments: Vec<Segment>,
    /// Tranches that are in no segment.
    uncovered: Vec<Tranche>,
    /// Why the uncovered ones are, as far as that is known.
    unread: Vec<Finding>,
}

/// Least bytes of a record, to guess how many an index has.
const LEAST_RECORD: u64 = 256;

impl Holdings {
    /// Opens the index of an archive and brings it up to what the journal has as
    /// sealed. Where that cannot be written (another command writes, the disk
    /// takes nothing), what the index lacks is read from tranches at each question.
    ///
    /// Damage of the index is a note (S027).
    pub fn open(home: &Home, monitor: &dyn Monitor) -> Result<Self, Error> {
        let holdings = Self::closed(home);
        holdings.fill(list::open(&holdings.shelf.folder), sealed(home)?, monitor)?;
        Ok(holdings)
    }

    /// Makes the whole index again, as one segment.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] unless the archive was opened for writing; [`Error::Read`]
    /// when a store of tranches did not answer.
    pub fn rebuild(home: &Home, monitor: &dyn Monitor) -> Result<Self, Error> {
        if !home.is_writable() {
            return Err(Error::ReadOnly {
                path: home.root().into(),
            });
        }
        let holdings = Self::closed(home);
        holdings.fill(list::Stock::default(), sealed(home)?, monitor)?;
        home.tranches_dir().has_answered()?;
        Ok(holdings)
    }

    /// The index in `folder` of these tranches, which lie in the folder `tranches` and
    /// belong to no archive. Where `may_write`, the caller sees that nobody else does;
    /// otherwise nothing is written.
    pub fn over(
        folder: impl Into<Location>,
        tranches: impl Into<Location>,
        sealed: Vec<Tranche>,
        may_write: bool,
        monitor: &dyn Monitor,
    ) -> Result<Self, Error> {
        let pen = if may_write { Pen::Held } else { Pen::Never };
        let holdings = Self {
            shelf: Shelf {
                folder: folder.into(),
                tranches: tranches.into(),
                pen,
            },
            stock: RwLock::default(),
        };
        holdings.fill(list::open(&holdings.shelf.folder), sealed, monitor)?;
        Ok(holdings)
    }

    fn closed(home: &Home) -> Self {
        let pen = match home.is_writable() {
            true => Pen::Held,
            false => Pen::Lock(home.root().into()),
        };
        Self {
            shelf: Shelf {
                folder: home.holdings_dir(),
                tranches: home.tranches_dir(),
                pen,
            },
            stock: RwLock::default(),
        }
    }

    fn fill(
        &self,
        found: list::Stock,
        sealed: Vec<Tranche>,
        monitor: &dyn Monitor,
    ) -> Result<(), Error> {
        for (file, damage) in &found.damaged {
            monitor.finding(self.shelf.finding(file, damage));
        }
        let listed = found.segments.len() + found.damaged.len();
        let mut stock = Stock::of(found.segments, &sealed);
        if stock.segments.len() < listed || !stock.uncovered.is_empty() {
            self.shelf.grow(&mut stock, None, monitor)?;
        }
        *self.stock.write().unwrap_or_else(PoisonError::into_inner) = stock;
        Ok(())
    }

    /// Where these blobs lie, an answer for each.
    ///
    /// A damaged block is told as a note (S027); its segment is made again, or
    /// the tranches of it are read.
    pub fn find(&self, digests: &[Digest], monitor: &dyn Monitor) -> Result<Vec<Held>, Error> {
        loop {
            let stock = self.stock.read().unwrap_or_else(PoisonError::into_inner);
            match stock.look(digests) {
                Ok(found) => return Ok(self.complete(&stock, digests, found)),
                Err((file, damage)) => {
                    drop(stock);
                    monitor.finding(self.shelf.finding(&file, &damage));
                    self.mend(&file, monitor)?;
                }
            }
        }
    }

    /// Adds what the tranches hold that are in no segment.
    fn complete(
        &self,
        stock: &Stock,
        digests: &[Digest],
        mut found: Vec<Vec<Holding>>,
    ) -> Vec<Held> {
        let mut is_complete = true;
        for tranche in &stock.uncovered {
            let contents = tranche.read(&self.shelf.tranches);
            is_complete &= contents.is_whole;
            contents.add_to(&mut found, digests, tranche);
        }
        let answers = found.into_iter().map(|mut places| {
            places.sort();
            places.dedup();
            Held {
                places,
                is_complete,
            }
        });
        answers.collect()
    }

    /// Takes a damaged segment out, unless another thread did so.
    fn mend(&self, file: &str, monitor: &dyn Monitor) -> Result<(), Error> {
        let mut stock = self.stock.write().unwrap_or_else(PoisonError::into_inner);
        let damaged = |segment: &Segment| segment.listed.file == file;
        match stock.segments.iter().position(damaged) {
            Some(place) => {
                stock.lay_open(place);
                self.shelf.grow(&mut stock, Some(file), monitor)
            }
            None => Ok(()),
        }
    }

    /// What the pack's own index says of a member; `None` where it does not name
    /// it any more.
    ///
    /// # Errors
    /// The index at the pack's end cannot be read.
    pub fn record(&self, holding: &Holding) -> Result<Option<IndexRecord>, ReadIndexError> {
        record_of(&self.shelf.tranches, &holding.tranche, &holding.member)
    }

    /// Whether the blob stands in its pack, byte for byte.
    pub fn reads_back(&self, holding: &Holding) -> bool {
        holds(&self.shelf.tranches, &holding.tranche, &holding.member)
    }

    /// What keeps tranches, or parts of them, out of the index: S007, S018. For
    /// who asks for all that is held; an index that is at hand for what else
    /// there is, is no worse for it. Where tranches lie in a store that did not
    /// answer ([`Location::has_answered`]), they say nothing.
    pub fn unread(&self) -> Vec<Finding> {
        let stock = self.stock.read().unwrap_or_else(PoisonError::into_inner);
        stock.unread.clone()
    }

    pub fn stats(&self) -> HoldingsStats {
        let stock = self.stock.read().unwrap_or_else(PoisonError::into_inner);
        let sum = |of: fn(&Segment) -> u64| stock.segments.iter().map(of).sum();
        HoldingsStats {
            tranches: sum(|segment| segment.tranches.len() as u64),
            entries: sum(|segment| segment.entries),
            segments: stock.segments.len() as u64,
            disk_bytes: sum(|segment| segment.listed.bytes),
            resident_bytes: sum(Segment::resident_bytes),
            uncovered: stock.uncovered.len() as u64,
        }
    }
}

/// The tranches of packs that the journal has as sealed.
fn sealed(home: &Home) -> Result<Vec<Tranche>, Error> {
    let sealed = home.state().sealed()?;
    Ok(sealed.iter().filter_map(Tranche::of).collect())
}

impl Contents {
    /// Adds the places of those members that are asked for.
    fn add_to(&self, found: &mut [Vec<Holding>], digests: &[Digest], tranche: &Tranche) {
        let mut order: Vec<usize> = (0..digests.len()).collect();
        order.sort_by_key(|at| digests[*at]);
        for member in &self.members {
            let first = order.partition_point(|at| digests[*at] < member.digest);
            let alike = order[first..].iter();
            for at in alike.take_while(|at| digests[**at] == member.digest) {
                found[*at].push(Holding {
                    tranche: tranche.name.clone(),
                    member: *member,
                });
            }
        }
    }
}

impl Stock {
    /// Keeps segments of which all tranches are sealed as they say, and in no
    /// older segment.
    fn of(segments: Vec<Segment>, sealed: &[Tranche]) -> Self {
        let names = (0..).zip(sealed).map(|(at, it)| (it.name.to_string(), at));
        let mut left: BTreeMap<String, usize> = names.collect();
        let mut stock = Self::default();
        for segment in segments {
            let is_left = |covered: &Covered| {
                let at = left.get(&covered.name);
                at.is_some_and(|at| sealed[*at].tagmanifest == covered.tagmanifest)
            };
            if segment.tranches.iter().all(is_left) {
                for covered in &segment.tranches {
                    left.remove(&covered.name);
                }
                stock.segments.push(segment);
            }
        }
        let mut left: Vec<usize> = left.into_values().collect();
        left.sort_unstable();
        stock.uncovered = left.into_iter().map(|at| sealed[at].clone()).collect();
        stock
    }

    /// The places that segments know; else the file that is damaged.
    fn look(&self, digests: &[Digest]) -> Result<Vec<Vec<Holding>>, (String, Damage)> {
        let find = |digest: &Digest| {
            let mut places = Vec::new();
            for segment in &self.segments {
                let failed = |damage| (segment.listed.file.clone(), damage);
                for entry in segment.find(digest).map_err(failed)? {
                    places.push(place_of(segment, &entry).map_err(failed)?);
                }
            }
            Ok(places)
        };
        digests.iter().map(find).collect()
    }

    /// Takes a segment out: its tranches are in none.
    fn lay_open(&mut self, place: usize) {
        let segment = self.segments.remove(place);
        self.uncovered.extend(tranches_of(&segment));
        self.uncovered.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// All that it is about, by name.
    fn tranches(&self) -> Vec<Tranche> {
        let covered = self.segments.iter().flat_map(tranches_of);
        let mut tranches: Vec<_> = covered.chain(self.uncovered.iter().cloned()).collect();
        tranches.sort_by(|a, b| a.name.cmp(&b.name));
        tranches
    }
}

fn tranches_of(segment: &Segment) -> impl Iterator<Item = Tranche> {
    segment.tranches.iter().filter_map(|covered| {
        let name = covered.name.parse().ok()?;
        let tagmanifest = covered.tagmanifest;
        Some(Tranche { name, tagmanifest })
    })
}

fn place_of(segment: &Segment, entry: &Entry) -> Result<Holding, Damage> {
    let covered = segment.tranches.get(entry.tranche() as usize);
    let tranche = covered.and_then(|covered| covered.name.parse().ok());
    Ok(Holding {
        tranche: tranche.ok_or(Damage::Head)?,
        member: entry.member(),
    })
}

impl Shelf {
    fn finding(&self, file: &str, damage: &Damage) -> Finding {
        let name = self.folder.file_name().unwrap_or_default();
        let subject = format!("{}/{file}", name.to_string_lossy());
        Finding::new(FindingCode::S027, subject, damage.to_string())
    }

    /// Makes a segment of the tranches that are in none, and merges those that
    /// are small. Where nothing can be written, all stays as it is.
    fn grow(
        &self,
        stock: &mut Stock,
        damaged: Option<&str>,
        monitor: &dyn Monitor,
    ) -> Result<(), Error> {
        let root = match &self.pen {
            Pen::Held => return self.add(stock, monitor),
            Pen::Never => return Ok(()),
            Pen::Lock(root) => root,
        };
        let Ok(_lock) = Lock::take_at_once(root) else {
            return Ok(());
        };
        // Another command may have written since this one looked.
        let mut segments = list::open(&self.folder).segments;
        segments.retain(|segment| Some(segment.listed.file.as_str()) != damaged);
        let mut newest = Stock::of(segments, &stock.tranches());
        match self.add(&mut newest, monitor) {
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            // Who only reads gets an answer without it.
            Err(_) => {}
            Ok(()) => *stock = newest,
        }
        Ok(())
    }

    fn add(&self, stock: &mut Stock, monitor: &dyn Monitor) -> Result<(), Error> {
        self.cover(stock, monitor)?;
        while let Some(begin) = begin(&sizes(stock)) {
            match merge(&self.folder, &stock.segments[begin..], monitor) {
                Ok(listed) => {
                    stock.segments.truncate(begin);
                    self.push(stock, &listed)?;
                }
                Err(Stop::Damaged(place, damage)) => {
                    let place = begin + place;
                    let file = &stock.segments[place].listed.file;
                    monitor.finding(self.finding(file, &damage));
                    stock.lay_open(place);
                    self.cover(stock, monitor)?;
                }
                Err(Stop::Failed(error)) => return Err(error),
            }
        }
        let listed: Vec<_> = stock.segments.iter().map(|it| it.listed.clone()).collect();
        list::write(&self.folder, &listed)
    }

    /// Reads the tranches that are in no segment, on all cores, into a new one.
    fn cover(&self, stock: &mut Stock, monitor: &dyn Monitor) -> Result<(), Error> {
        stock.unread.clear();
        if stock.uncovered.is_empty() {
            return Ok(());
        }
        let of_tranche = |tranche| (tranche, Tranche::index_bytes(tranche, &self.tranches));
        let sized: Vec<(&Tranche, u64)> = stock.uncovered.iter().map(of_tranche).collect();
        let bytes: u64 = sized.iter().map(|(_, bytes)| bytes).sum();
        monitor.begin("indexing what is held", Some(bytes), Unit::Bytes);
        let gather = Gather::new(&self.folder, bytes / LEAST_RECORD, MEMORY);
        let mut numbered: Vec<(u32, (&Tranche, u64))> = (0..).zip(sized).collect();
        let read = each(&mut numbered, |(number, (tranche, bytes))| {
            if monitor.is_interrupted() {
                return Err(Error::Interrupted);
            }
            let contents = tranche.read(&self.tranches);
            monitor.advance(*bytes);
            let fits = contents.is_whole && gather.add(*number, tranche, &contents.members)?;
            Ok((fits, contents.findings))
        });
        let (mut left, mut unread) = (Vec::new(), Vec::new());
        for (tranche, read) in stock.uncovered.iter().zip(read) {
            let (fits, findings) = read?;
            unread.extend(findings);
            if !fits {
                left.push(tranche.clone());
            }
        }
        if left.len() < stock.uncovered.len() {
            let listed = gather.finish(monitor)?;
            self.push(stock, &listed)?;
        }
        (stock.uncovered, stock.unread) = (left, unread);
        Ok(())
    }

    /// Opens a segment that was just written.
    fn push(&self, stock: &mut Stock, listed: &Listed) -> Result<(), Error> {
        let path = self.folder.join(&listed.file);
        let opened = Segment::open(&self.folder, listed);
        let segment = opened.map_err(|damage| Error::read(path, io::Error::other(damage)))?;
        stock.segments.push(segment);
        Ok(())
    }
}

fn sizes(stock: &Stock) -> Vec<u64> {
    stock
        .segments
        .iter()
        .map(|segment| segment.entries)
        .collect()
}
