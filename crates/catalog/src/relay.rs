//! Items on their way through steps of which some run side by side and some in
//! the order of the items.

use {
    crate::error::Error,
    std::{
        sync::{Condvar, Mutex, MutexGuard, PoisonError},
        thread,
    },
};

/// What is done with each item, step by step.
pub(crate) trait Relay: Sync {
    type Item: Send;
    type Read;
    type Place;
    type Written;

    /// Side by side.
    fn read(&self, item: Self::Item) -> Self::Read;

    /// In the order of the items.
    fn place(&self, read: &mut Self::Read) -> Result<Self::Place, Error>;

    /// Side by side.
    fn write(&self, read: Self::Read, place: Self::Place) -> Result<Self::Written, Error>;

    /// In the order of the items.
    fn end(&self, written: Self::Written) -> Result<(), Error>;
}

/// Takes all items through the steps, on as many threads as rayon has: an item
/// stays with its thread, so that what was read is written while the caches
/// hold it. Of several errors the first item's is told, and what comes before
/// that item is done.
///
/// The threads are not those of rayon, for which `items` may wait; so none of
/// rayon's may wait for this.
pub(crate) fn relay<R: Relay>(
    steps: &R,
    items: impl Iterator<Item = Result<R::Item, Error>> + Send,
) -> Result<(), Error> {
    let course = Course::default();
    let items = Mutex::new((0..).zip(items));
    let next = || {
        // Where they panicked, no more come.
        let mut items = items.lock().ok()?;
        if course.has_failed_before(u64::MAX) {
            return None;
        }
        let (number, item) = items.next()?;
        match item {
            Ok(item) => Some((number, item)),
            Err(error) => {
                course.fail(number, Some(error));
                None
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|| {
                while let Some((number, item)) = next() {
                    course.pass(steps, number, item);
                }
            });
        }
    });
    let failed = course.failed.into_inner();
    let failed = failed.unwrap_or_else(PoisonError::into_inner);
    match failed {
        Some((_, Some(error))) => Err(error),
        _ => Ok(()),
    }
}

/// How far the items have come.
#[derive(Default)]
struct Course {
    places: Turns,
    ends: Turns,
    /// The first item that failed; without an error where its thread panics,
    /// which ends the whole.
    failed: Mutex<Option<(u64, Option<Error>)>>,
}

/// A step that one item after the other takes.
#[derive(Default)]
struct Turns {
    next: Mutex<u64>,
    changed: Condvar,
}

impl Course {
    fn pass<R: Relay>(&self, steps: &R, number: u64, item: R::Item) {
        let leaving = Leaving {
            course: self,
            number,
        };
        let mut read = steps.read(item);
        let passed = || -> Option<Result<(), Error>> {
            let place = self.in_turn(&self.places, number, || steps.place(&mut read))?;
            match place.and_then(|place| steps.write(read, place)) {
                Ok(written) => self.in_turn(&self.ends, number, || steps.end(written)),
                Err(error) => Some(Err(error)),
            }
        };
        if let Some(Err(error)) = passed() {
            self.fail(number, Some(error));
        }
        drop(leaving);
    }

    /// Does a step when all items before this one have done it; `None` where
    /// one of them never will.
    fn in_turn<T>(
        &self,
        turns: &Turns,
        number: u64,
        step: impl FnOnce() -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        let mut next = locked(&turns.next);
        while *next != number {
            if self.has_failed_before(number) {
                return None;
            }
            let changed = turns.changed.wait(next);
            next = changed.unwrap_or_else(PoisonError::into_inner);
        }
        let done = step();
        if done.is_ok() {
            *next += 1;
            turns.changed.notify_all();
        }
        Some(done)
    }

    fn has_failed_before(&self, number: u64) -> bool {
        let failed = locked(&self.failed);
        failed.as_ref().is_some_and(|(first, _)| *first < number)
    }

    /// Whoever waits for this item goes.
    fn fail(&self, number: u64, error: Option<Error>) {
        if !self.has_failed_before(number) {
            *locked(&self.failed) = Some((number, error));
        }
        for turns in [&self.places, &self.ends] {
            drop(locked(&turns.next));
            turns.changed.notify_all();
        }
    }
}

/// Nobody waits for an item whose thread panics.
struct Leaving<'a> {
    course: &'a Course,
    number: u64,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.course.fail(self.number, None);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        std::{
            panic::{AssertUnwindSafe, catch_unwind},
            sync::atomic::{AtomicU64, Ordering},
            time::Duration,
        },
    };

    /// Writes down in which order steps were done; fails where it is told to.
    #[derive(Default)]
    struct Log {
        places: Mutex<Vec<u64>>,
        ends: Mutex<Vec<u64>>,
        read: AtomicU64,
        no_place: Option<u64>,
        no_writing: Option<u64>,
        panics: Option<u64>,
    }

    impl Relay for Log {
        type Item = u64;
        type Read = u64;
        type Place = usize;
        type Written = u64;

        fn read(&self, item: u64) -> u64 {
            self.read.fetch_add(1, Ordering::Relaxed);
            assert_ne!(self.panics, Some(item), "as it was told to");
            // Some take longer than those behind them.
            thread::sleep(Duration::from_micros(item * 7919 % 300));
            item
        }

        fn place(&self, read: &mut u64) -> Result<usize, Error> {
            if self.no_place == Some(*read) {
                return Err(Error::Interrupted);
            }
            let mut places = locked(&self.places);
            places.push(*read);
            Ok(places.len() - 1)
        }

        fn write(&self, read: u64, place: usize) -> Result<u64, Error> {
            thread::sleep(Duration::from_micros(read * 104_729 % 300));
            match self.no_writing {
                Some(item) if item == read => Err(Error::TooManyTracks { limit: item }),
                _ => Ok(place as u64),
            }
        }

        fn end(&self, written: u64) -> Result<(), Error> {
            locked(&self.ends).push(written);
            Ok(())
        }
    }

    fn items(count: u64) -> impl Iterator<Item = Result<u64, Error>> + Send {
        (0..count).map(Ok)
    }

    #[test]
    fn steps_keep_the_order_of_items() {
        for count in [0, 1, 2, 200] {
            let log = Log::default();
            relay(&log, items(count)).unwrap();
            let all: Vec<u64> = (0..count).collect();
            assert_eq!(log.places.into_inner().unwrap(), all);
            assert_eq!(log.ends.into_inner().unwrap(), all);
        }
    }

    #[test]
    fn the_first_error_ends_the_work_and_what_comes_before_is_done() {
        let log = Log {
            no_place: Some(40),
            no_writing: Some(39),
            ..Log::default()
        };
        let ended = relay(&log, items(1_000_000));
        assert!(matches!(ended, Err(Error::TooManyTracks { limit: 39 })));
        assert!(log.read.into_inner() < 1_000);
        assert_eq!(log.ends.into_inner().unwrap(), (0..39).collect::<Vec<_>>());
    }

    #[test]
    fn items_that_do_not_come_are_an_error_of_their_place() {
        let log = Log::default();
        let cut = items(30).chain([Err(Error::Interrupted)]).chain(items(9));
        assert!(matches!(relay(&log, cut), Err(Error::Interrupted)));
        assert_eq!(log.ends.into_inner().unwrap(), (0..30).collect::<Vec<_>>());
    }

    #[test]
    fn nobody_waits_for_one_that_panics() {
        let log = Log {
            panics: Some(20),
            ..Log::default()
        };
        let ended = catch_unwind(AssertUnwindSafe(|| relay(&log, items(1_000_000))));
        assert!(ended.is_err());
        assert_eq!(log.ends.into_inner().unwrap(), (0..20).collect::<Vec<_>>());
    }
}
