//! Work in parallel, results in order.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

struct Desk<R> {
    shared: Mutex<Shared<R>>,
    changed: Condvar,
    /// How far the workers may run ahead of what was taken.
    ahead: usize,
    items: usize,
}

struct Shared<R> {
    next: usize,
    taken: usize,
    stopped: bool,
    ready: BTreeMap<usize, R>,
}

/// Calls `work` for every item on `threads` threads, and `take` on this
/// thread with every item and its result, in the order of the items. The
/// first error of `take` ends the work and is returned.
///
/// No more than twice as many results as threads wait to be taken.
pub(crate) fn in_order<T: Sync, R: Send, E>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(&T, R) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.clamp(1, items.len().max(1));
    let desk = Desk::new(items.len(), threads * 2);
    std::thread::scope(|scope| {
        let _stop = StopAtEnd(&desk);
        for _ in 0..threads {
            scope.spawn(|| {
                let _stop = StopOnPanic(&desk);
                while let Some(number) = desk.claim() {
                    desk.put(number, work(&items[number]));
                }
            });
        }
        for (number, item) in items.iter().enumerate() {
            let Some(result) = desk.wait_for(number) else {
                break;
            };
            take(item, result)?;
        }
        Ok(())
    })
}

impl<R> Desk<R> {
    fn new(items: usize, ahead: usize) -> Self {
        Self {
            shared: Mutex::new(Shared {
                next: 0,
                taken: 0,
                stopped: false,
                ready: BTreeMap::new(),
            }),
            changed: Condvar::new(),
            ahead,
            items,
        }
    }

    /// The next item to work on, once the taker is near enough.
    fn claim(&self) -> Option<usize> {
        let mut shared = self.lock();
        while !shared.stopped
            && shared.next < self.items
            && shared.next >= shared.taken + self.ahead
        {
            shared = self.wait(shared);
        }
        let number = shared.next;
        if shared.stopped || number >= self.items {
            return None;
        }
        shared.next += 1;
        Some(number)
    }

    fn put(&self, number: usize, result: R) {
        self.lock().ready.insert(number, result);
        self.changed.notify_all();
    }

    /// `None` when a worker panicked; its panic goes on when all are joined.
    fn wait_for(&self, number: usize) -> Option<R> {
        let mut shared = self.lock();
        loop {
            if let Some(result) = shared.ready.remove(&number) {
                shared.taken = number + 1;
                self.changed.notify_all();
                return Some(result);
            }
            if shared.stopped {
                return None;
            }
            shared = self.wait(shared);
        }
    }

    fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Shared<R>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, shared: MutexGuard<'a, Shared<R>>) -> MutexGuard<'a, Shared<R>> {
        self.changed
            .wait(shared)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

struct StopAtEnd<'a, R>(&'a Desk<R>);

impl<R> Drop for StopAtEnd<'_, R> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

struct StopOnPanic<'a, R>(&'a Desk<R>);

impl<R> Drop for StopOnPanic<'_, R> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        std::sync::atomic::{AtomicUsize, Ordering},
    };

    #[test]
    fn results_come_in_order() {
        let items: Vec<u64> = (0..200).collect();
        let mut taken = Vec::new();
        let done: Result<(), ()> = in_order(
            &items,
            8,
            |item| {
                std::thread::sleep(std::time::Duration::from_micros(item * 7919 % 300));
                item * 2
            },
            |item, result| {
                taken.push((*item, result));
                Ok(())
            },
        );
        done.unwrap();
        assert_eq!(taken, items.iter().map(|n| (*n, n * 2)).collect::<Vec<_>>());
    }

    #[test]
    fn workers_do_not_run_far_ahead() {
        let items: Vec<usize> = (0..100).collect();
        let (begun, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let done: Result<(), ()> = in_order(
            &items,
            3,
            |_| {
                let ahead = begun.fetch_add(1, Ordering::SeqCst) + 1;
                ahead.saturating_sub(taken.load(Ordering::SeqCst))
            },
            |_, ahead| {
                taken.fetch_add(1, Ordering::SeqCst);
                assert!(ahead <= 3 * 2 + 1, "{ahead} ahead");
                Ok(())
            },
        );
        done.unwrap();
    }

    #[test]
    fn an_error_ends_the_work() {
        let items: Vec<usize> = (0..1000).collect();
        let begun = AtomicUsize::new(0);
        let result = in_order(
            &items,
            4,
            |_| begun.fetch_add(1, Ordering::SeqCst),
            |item, _| if *item == 5 { Err("five") } else { Ok(()) },
        );
        assert_eq!(result, Err("five"));
        assert!(begun.into_inner() < 100);
    }

    #[test]
    fn nothing_to_do_is_done() {
        assert_eq!(in_order(&[], 4, |_: &u8| (), |_, ()| Err(())), Ok(()));
    }

    #[test]
    #[should_panic]
    fn a_panic_goes_on_and_blocks_nothing() {
        let items: Vec<usize> = (0..50).collect();
        let _: Result<(), ()> = in_order(
            &items,
            4,
            |item| assert_ne!(*item, 20, "expected by the test"),
            |_, ()| Ok(()),
        );
    }
}
