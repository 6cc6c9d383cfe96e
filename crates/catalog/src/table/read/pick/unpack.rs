//! A page out of its file. What it passes through is kept for the next: a
//! lookup unpacks tens of pages of a few kilobytes.

use {
    super::super::chunks::Chunks,
    crate::table::coding::head::Head,
    std::{cell::RefCell, ops::Range},
    zstd::bulk::Decompressor,
};

/// No page of ours has more values or bytes; a damaged one may claim any.
const MOST_VALUES: usize = 1 << 22;
const MOST_BYTES: usize = 1 << 28;

/// More room than this is given back when a page is done.
const KEPT: usize = 1 << 20;

#[derive(Default)]
struct Room {
    packed: Vec<u8>,
    plain: Vec<u8>,
    context: Decompressor<'static>,
}

thread_local! {
    /// A page may ask for its dictionary while it is looked at.
    static ROOMS: RefCell<Vec<Room>> = const { RefCell::new(Vec::new()) };
}

/// Hands `take` the head of the page that lies here, and its bytes unpacked.
pub(super) fn unpacked<T>(
    chunks: &Chunks,
    leaf: usize,
    place: Range<i64>,
    take: impl FnOnce(&Head, &[u8]) -> Option<T>,
) -> Option<T> {
    let start = u64::try_from(place.start).ok()?;
    let length = usize::try_from(place.end.checked_sub(place.start)?).ok()?;
    if length > MOST_BYTES {
        return None;
    }
    let mut room = ROOMS.with_borrow_mut(Vec::pop).unwrap_or_default();
    let took = room.read(chunks, leaf, start, length, take);
    if room.packed.len().max(room.plain.capacity()) <= KEPT {
        ROOMS.with_borrow_mut(|rooms| rooms.push(room));
    }
    took
}

impl Room {
    fn read<T>(
        &mut self,
        chunks: &Chunks,
        leaf: usize,
        start: u64,
        length: usize,
        take: impl FnOnce(&Head, &[u8]) -> Option<T>,
    ) -> Option<T> {
        if self.packed.len() < length {
            self.packed.resize(length, 0);
        }
        let page = &mut self.packed[..length];
        chunks.file.fill(start, page).ok()?;
        let mut page = &*page;
        let head = Head::take(&mut page)?;
        let page = page.get(..head.packed)?;
        if head.count > MOST_VALUES || head.plain > MOST_BYTES {
            return None;
        }
        // A page without values is nothing at all.
        if !chunks.is_zstd(leaf) || page.is_empty() {
            return (page.len() == head.plain).then(|| take(&head, page))?;
        }
        self.plain.clear();
        self.plain.reserve(head.plain);
        let unpacked = self.context.decompress_to_buffer(page, &mut self.plain);
        let is_whole = unpacked.ok()? == head.plain;
        is_whole.then(|| take(&head, &self.plain))?
    }
}
