//! One thing after the other is made, and several are worked on at a time.

use std::{
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

use crate::Result;

/// Makes a thing for each name, one after the other, because cargo works on one at a time; and does `work` on those
/// that are made, as many at once as there are cores. Returns the first error and starts nothing new after it.
pub fn pipeline<T: Send>(
    names: &[String],
    make: impl Fn(&str) -> Result<T>,
    work: impl Fn(&str, T) -> Result + Sync,
) -> Result {
    let (sender, receiver) = mpsc::channel();
    let receiver = Mutex::new(receiver);
    let failure = Mutex::new(None);
    let failed = || lock(&failure).is_some();
    let note = |error| {
        lock(&failure).get_or_insert(error);
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers.min(names.len()) {
            scope.spawn(|| {
                loop {
                    let made = lock(&receiver).recv();
                    let Ok((name, thing)) = made else { break };
                    if failed() {
                        break;
                    }
                    if let Err(error) = work(name, thing) {
                        note(error);
                    }
                }
            });
        }
        for name in names {
            if failed() {
                break;
            }
            match make(name) {
                // The receiver outlives the scope, so nothing is lost.
                Ok(thing) => drop(sender.send((name.as_str(), thing))),
                Err(error) => note(error),
            }
        }
        drop(sender);
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn names() -> Vec<String> {
        ["one", "three", "seven"].map(str::to_owned).to_vec()
    }

    #[test]
    fn every_thing_is_worked_on_once() {
        let sum = AtomicUsize::new(0);
        pipeline(
            &names(),
            |name| Ok(name.len()),
            |_, length| {
                sum.fetch_add(length, Ordering::Relaxed);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(sum.into_inner(), 13);
    }

    #[test]
    fn an_error_is_returned_wherever_it_happens() {
        let when = |here: bool, name: &str| {
            if here && name == "three" {
                Err(name.into())
            } else {
                Ok(())
            }
        };
        for making in [true, false] {
            let outcome = pipeline(
                &names(),
                |name| when(making, name),
                |name, ()| when(!making, name),
            );
            assert_eq!(outcome.unwrap_err().to_string(), "three");
        }
    }
}
