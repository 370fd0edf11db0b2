//! Several devices in one machine: a process for each, and one that starts them and starts them again.
//!
//! A context of CUDA that is broken is gone only with its process, so devices that are to fail alone need processes
//! of their own. The parent computes nothing and opens no device. Each child is this same program with the settings of
//! one worker, and its standard input is a pipe from the parent: [`STOP`] asks for the end, and the pipe's end says
//! that the parent is gone, however it went. No signal needs to be sent for either, so nothing here is unsafe, and
//! a child that was sent the parent's signal too (as a terminal and systemd do) is asked twice for the same.

mod parent;
mod process;
mod restarts;

use std::io::Read;

pub use parent::supervise;
pub use restarts::{Exit, Next, Restarts};

/// What the parent writes to have a child end its job and itself.
const STOP: u8 = b'\n';

/// What is heard of the parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParentSays {
    Stop,
    /// It is gone.
    Nothing,
}

/// Hands on what the parent says, until it says nothing more.
pub fn listen_to_parent(mut input: impl Read, mut hear: impl FnMut(ParentSays)) {
    let mut byte = [0];
    loop {
        match input.read(&mut byte) {
            Ok(1) if byte == [STOP] => hear(ParentSays::Stop),
            Ok(1) => {}
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => return hear(ParentSays::Nothing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_asks_for_the_end_or_is_gone() {
        let mut heard = Vec::new();
        listen_to_parent(&b"?\n"[..], |says| heard.push(says));
        assert_eq!(heard, [ParentSays::Stop, ParentSays::Nothing]);
    }
}
