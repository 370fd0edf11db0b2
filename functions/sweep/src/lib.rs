//! The sweep: runs each minute and finds what was lost.
//!
//! A pass asks Redis how long its lists are, asks the database what is late (which settles the late ones in
//! the same transaction), pushes the hints and deletes the objects that came back, and marks both as done.
//! Two passes at once are harmless, and so is one that is cut off anywhere: the next one finds the rest.

mod entry;
pub mod pass;
#[cfg(test)]
mod tests;

/// Passes of one tick, and the pause between them: leases are looked at every quarter of a minute, so that a
/// lost worker is noticed soon after its lease has ended.
pub const PASSES: u32 = 4;
/// The pause between two passes.
pub const PAUSE_MS: u64 = 15_000;
