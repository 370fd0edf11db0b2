//! Who the two workers are, and what they know of what they work on.

use ourvidz_core::Id;
use ourvidz_core::wire::callback::ReportStatus;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Claims, sends heartbeats, carries its lease.
    Today,
    /// Pops and works; names neither itself nor an attempt.
    Older,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Worker {
    /// Waits for a hint.
    Idle,
    /// Has claimed, and waits for the answer.
    Asks(Id),
    /// Generates.
    Works(Task),
    /// Has reported, and waits for the answer.
    Reports(Task, ReportStatus),
}

/// What a worker works on, as it knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Task {
    pub job: Id,
    /// The attempt of the claim; the older kind knows none.
    pub attempt: u32,
    /// The number of the claim, by which its files are named.
    pub claim: u32,
    /// The lease; the older kind has none.
    pub lease: Option<Id>,
}
