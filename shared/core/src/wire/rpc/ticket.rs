//! Tickets for event streams.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::JobEvent;
use crate::Id;

/// *edge*: records a ticket that was traded for a token.
///
/// Raises `PT429 rate_limited` when the user has too many unused ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IssueEventTicket {
    pub p_user_id: Id,
    /// SHA-256 of the ticket, in hex.
    pub p_digest: String,
    /// How long it is good.
    pub p_seconds: u32,
    /// When the token ends, in seconds since 1970, and so the stream.
    pub p_ends_at_s: u64,
    /// Unused tickets that a user may have.
    pub p_most: u32,
    /// The API key that was traded for it, with which it ends.
    pub p_api_key_id: Option<Id>,
}

/// *edge*: reads for the stream that holds a ticket; the first read makes it that stream's alone.
///
/// Raises `PT401 unauthorized` for a ticket that is unknown, over, or another stream's; `PT404 not_found` for
/// a job that is not its owner's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventsOfTicket {
    /// SHA-256 of the ticket, in hex.
    pub p_digest: String,
    /// The stream, a random id of the edge's.
    pub p_stream_id: Id,
    pub p_job_id: Option<Id>,
    /// After this event (for one job its sequence, else the stream position); none asks for the newest alone.
    pub p_after: Option<u64>,
    pub p_limit: u32,
}

/// What [`EventsOfTicket`] returns.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TicketEvents {
    pub user_id: Id,
    /// When it has to end, in seconds since 1970.
    pub ends_at_s: u64,
    pub events: Vec<JobEvent>,
}
