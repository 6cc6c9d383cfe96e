//! A file read in pages, of which a bounded number stays in memory.

use {
    crate::error::Error,
    std::{
        collections::HashMap,
        fs::File,
        os::unix::fs::FileExt,
        path::{Path, PathBuf},
        sync::{Arc, Mutex, PoisonError},
    },
};

/// Bytes of a page: some dozens of blocks. Smaller ones were no faster.
const PAGE: u64 = 1 << 14;

#[derive(Debug)]
pub(super) struct Pages {
    path: PathBuf,
    file: File,
    length: u64,
    cache: Mutex<Cache>,
}

pub(super) type Page = Arc<Vec<u8>>;

impl Pages {
    /// Opens a file, of which at most `memory` bytes are kept.
    pub(super) fn open(path: &Path, memory: usize) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::read(path))?;
        let length = file.metadata().map_err(Error::read(path))?.len();
        Ok(Self {
            path: path.into(),
            file,
            length,
            cache: Mutex::new(Cache::new(memory / PAGE as usize)),
        })
    }

    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// The file does not hold what it should.
    pub(super) fn damaged(&self) -> Error {
        Error::SearchIndex {
            path: self.path.clone(),
            what: "what its dictionary points at",
        }
    }

    fn page(&self, number: u64) -> Result<Page, Error> {
        let cached = self.cache().get(number);
        if let Some(page) = cached {
            return Ok(page);
        }
        let start = number * PAGE;
        let length = self.length.saturating_sub(start).min(PAGE);
        let mut bytes = vec![0; length as usize];
        let read = self.file.read_exact_at(&mut bytes, start);
        read.map_err(Error::read(&self.path))?;
        let page = Page::new(bytes);
        self.cache().put(number, page.clone());
        Ok(page)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Pages with a second chance: one that was used since the hand passed it
/// stays until the hand comes again.
#[derive(Debug)]
struct Cache {
    capacity: usize,
    places: HashMap<u64, usize>,
    slots: Vec<Slot>,
    hand: usize,
}

#[derive(Debug)]
struct Slot {
    number: u64,
    page: Page,
    is_used: bool,
}

impl Cache {
    fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(4),
            places: HashMap::new(),
            slots: Vec::new(),
            hand: 0,
        }
    }

    fn get(&mut self, number: u64) -> Option<Page> {
        let slot = &mut self.slots[*self.places.get(&number)?];
        slot.is_used = true;
        Some(slot.page.clone())
    }

    fn put(&mut self, number: u64, page: Page) {
        if self.places.contains_key(&number) {
            return;
        }
        let slot = Slot {
            number,
            page,
            is_used: false,
        };
        if self.slots.len() < self.capacity {
            self.places.insert(number, self.slots.len());
            self.slots.push(slot);
            return;
        }
        while std::mem::take(&mut self.slots[self.hand].is_used) {
            self.hand = (self.hand + 1) % self.capacity;
        }
        self.places.remove(&self.slots[self.hand].number);
        self.places.insert(number, self.hand);
        self.slots[self.hand] = slot;
        self.hand = (self.hand + 1) % self.capacity;
    }
}

/// A place in a file that remembers the page that it read last.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub(super) pages: &'a Pages,
    last: Option<(u64, Page)>,
}

impl<'a> Place<'a> {
    pub(super) const fn new(pages: &'a Pages) -> Self {
        Self { pages, last: None }
    }

    /// Fills `out` with the bytes from `offset` on.
    pub(super) fn read(&mut self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        let end = offset.checked_add(out.len() as u64);
        if end.is_none_or(|end| end > self.pages.length) {
            return Err(self.pages.damaged());
        }
        let mut filled = 0;
        while filled < out.len() {
            let at = offset + filled as u64;
            let page = self.page(at / PAGE)?;
            let rest = &page[(at % PAGE) as usize..];
            let length = rest.len().min(out.len() - filled);
            out[filled..filled + length].copy_from_slice(&rest[..length]);
            filled += length;
        }
        Ok(())
    }

    fn page(&mut self, number: u64) -> Result<&Page, Error> {
        if self.last.as_ref().is_none_or(|last| last.0 != number) {
            self.last = Some((number, self.pages.page(number)?));
        }
        Ok(&self.last.as_ref().expect("set above").1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_place_is_read_with_few_pages_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let bytes: Vec<u8> = (0..300_000u32).map(|n| (n / 7) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let pages = Pages::open(&path, 0).unwrap();
        let mut place = Place::new(&pages);
        let mut out = [0; 20_000];
        for step in 0..200usize {
            let at = step * 7_919 % 280_000;
            place.read(at as u64, &mut out).unwrap();
            assert_eq!(out, bytes[at..at + out.len()]);
        }
        assert_eq!(pages.cache().slots.len(), 4);
        assert!(place.read(280_001, &mut out).is_err());
        assert!(place.read(u64::MAX, &mut out).is_err());
    }
}
