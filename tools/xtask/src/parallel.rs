//! A few jobs at a time.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::Result;

/// Does `work` on every item, as many at once as there are cores: wasm-opt takes a whole core and
/// some hundred megabytes, so all functions at once would only be slower. Returns the first error
/// and starts nothing new after it.
pub fn for_each<T: Sync>(items: &[T], work: impl Fn(&T) -> Result + Sync) -> Result {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let workers = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(items.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = work(item) {
                        next.store(items.len(), Ordering::Relaxed);
                        failure
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .get_or_insert(error);
                    }
                }
            });
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once() {
        let sum = AtomicUsize::new(0);
        for_each(&[1, 2, 3, 4, 5], |number| {
            sum.fetch_add(*number, Ordering::Relaxed);
            Ok(())
        })
        .unwrap();
        assert_eq!(sum.into_inner(), 15);
    }

    #[test]
    fn an_error_is_returned() {
        let outcome = for_each(&[1, 2, 3], |number| {
            if *number == 2 {
                Err("two".into())
            } else {
                Ok(())
            }
        });
        assert_eq!(outcome.unwrap_err().to_string(), "two");
    }
}
