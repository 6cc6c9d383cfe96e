//! Threads for one step of a job. What comes out does not depend on them.

use std::{cell::Cell, sync::Mutex, thread};

/// Threads that are used at most.
const MOST: usize = 8;

thread_local! {
    static LIMIT: Cell<usize> = const { Cell::new(MOST) };
}

/// How many threads help: one a core, unless [`with_workers`] says fewer.
pub fn workers() -> usize {
    let limit = LIMIT.get();
    thread::available_parallelism().map_or(1, |cores| cores.get().min(limit))
}

/// Lets `act` use at most `most` threads at a time, and at least one.
///
/// With one, everything is read and written in one order, the same at every
/// run: a disk that fails at its n-th write fails in the same place.
///
/// ```
/// let sum = longplay_store::with_workers(1, || 1 + 1);
/// assert_eq!(sum, 2);
/// ```
pub fn with_workers<T>(most: usize, act: impl FnOnce() -> T) -> T {
    let _until_it_ends = Before(LIMIT.replace(most.clamp(1, MOST)));
    act()
}

/// Sets the limit back, also when `act` panics.
struct Before(usize);

impl Drop for Before {
    fn drop(&mut self) {
        LIMIT.set(self.0);
    }
}

/// Lets `act` do something to each item, on several threads. Gives what it
/// gave, in the order of the items.
pub fn each<T: Send, R: Send>(items: &mut [T], act: impl Fn(&mut T) -> R + Sync) -> Vec<R> {
    let count = items.len();
    let helpers = workers().min(count);
    if helpers < 2 {
        return items.iter_mut().map(act).collect();
    }
    let queue = Mutex::new(items.iter_mut().enumerate());
    let results = Mutex::new(Vec::with_capacity(count));
    let next = || {
        queue
            .lock()
            .expect("no thread panics while it holds this")
            .next()
    };
    thread::scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(|| {
                while let Some((number, item)) = next() {
                    let result = act(item);
                    let mut results = results.lock().expect("a push does not panic");
                    results.push((number, result));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("all threads have ended");
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let mut items: Vec<u32> = (0..100).collect();
        let doubled = each(&mut items, |item| {
            *item += 1;
            *item * 2
        });
        assert_eq!(doubled, (1..=100).map(|item| item * 2).collect::<Vec<_>>());
        assert_eq!(items, (1..=100).collect::<Vec<_>>());
        assert!(each(&mut [0; 0], |item| *item).is_empty());
    }

    #[test]
    fn one_worker_is_the_thread_that_asks() {
        let here = thread::current().id();
        let threads = with_workers(1, || each(&mut [0; 9], |_| thread::current().id()));
        assert!(threads.iter().all(|thread| *thread == here));
        let before = workers();
        let ended = std::panic::catch_unwind(|| with_workers(1, || std::panic::panic_any("over")));
        assert!(ended.is_err());
        assert_eq!(workers(), before);
    }
}
