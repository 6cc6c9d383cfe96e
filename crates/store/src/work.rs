//! Threads for one step of a job. What comes out does not depend on them.

use std::{sync::Mutex, thread};

/// Threads that are used at most.
const MOST: usize = 8;

/// How many threads help: one a core.
pub fn workers() -> usize {
    thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST))
}

/// Lets `act` do something to each item, on several threads. Gives what it
/// gave, in the order of the items.
pub fn each<T: Send, R: Send>(items: &mut [T], act: impl Fn(&mut T) -> R + Sync) -> Vec<R> {
    let count = items.len();
    let queue = Mutex::new(items.iter_mut().enumerate());
    let results = Mutex::new(Vec::with_capacity(count));
    let next = || {
        queue
            .lock()
            .expect("no thread panics while it holds this")
            .next()
    };
    thread::scope(|scope| {
        for _ in 0..workers().min(count) {
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
}
