//! The parent: starts the children, waits, and ends when they have.

use std::ffi::OsString;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::json;
use signal_hook::consts::{SIGCHLD, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::process::ChildProcess;
use crate::config::DeviceWorker;
use crate::log;
use crate::supervision::ABORTED;

/// How long to sleep where nothing is due. A signal wakes it sooner; should one get lost, this is how late it is.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Serves with a child for each worker until a signal ends it; gives the exit status. The children get these
/// arguments.
///
/// # Errors
///
/// When this program cannot be found, or signals not be heard.
pub fn supervise(workers: Vec<DeviceWorker>, arguments: &[OsString]) -> io::Result<u8> {
    // Asked once: what lies there later may be the next version, and the settings are read by either.
    let program = std::env::current_exe()?;
    let signals = listen()?;
    let mut children: Vec<ChildProcess> = workers.into_iter().map(ChildProcess::new).collect();
    let mut status = None;
    let mut is_stopping = false;
    loop {
        for child in &mut children {
            if let Some(refusal) = child.look(&program, arguments, is_stopping) {
                status.get_or_insert(refusal);
            }
        }
        if status.is_some() && !is_stopping {
            log::error("device_worker_refused", json!({"status": status}));
            is_stopping = true;
            children.iter_mut().for_each(ChildProcess::stop);
        }
        if children.iter().all(ChildProcess::has_ended) {
            return Ok(status.unwrap_or(0));
        }
        if is_stopping && children.iter().any(|child| child.due().is_some()) {
            // Those that wait need not be waited for.
            continue;
        }
        match next_signal(&signals, &children) {
            Some(SIGTERM | SIGINT) if is_stopping => {
                log::error("worker_aborted", json!({}));
                children.iter_mut().for_each(ChildProcess::kill);
                return Ok(ABORTED);
            }
            Some(SIGTERM | SIGINT) => {
                log::info("worker_stopping", json!({"children": children.len()}));
                is_stopping = true;
                children.iter_mut().for_each(ChildProcess::stop);
            }
            _ => {}
        }
    }
}

/// Signals as messages, so that they can be waited for no longer than until a child is due.
fn listen() -> io::Result<Receiver<i32>> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGCHLD])?;
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for signal in &mut signals {
            if sender.send(signal).is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

fn next_signal(signals: &Receiver<i32>, children: &[ChildProcess]) -> Option<i32> {
    let due = children.iter().filter_map(ChildProcess::due).min();
    let sleep = due.map_or(LONGEST_SLEEP, |due| {
        due.saturating_duration_since(Instant::now())
    });
    match signals.recv_timeout(sleep) {
        Ok(signal) => Some(signal),
        Err(RecvTimeoutError::Timeout) => None,
        // The thread that hears signals panicked; children are still looked at.
        Err(RecvTimeoutError::Disconnected) => {
            std::thread::sleep(sleep.min(Duration::from_secs(1)));
            None
        }
    }
}
