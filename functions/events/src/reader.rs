//! In whose name a stream reads: by the token that came with the request, or by a ticket in its address.

use ourvidz_core::api_key::KeyScope;
use ourvidz_core::moment::Nth;
use ourvidz_core::wire::rpc::{EventsOfTicket, JobEvent, MyEvents, MyJob};
use ourvidz_core::wire::ticket;
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_edge::caller::{self, Caller};
use ourvidz_edge::{Backends, Call, Reply, Runtime};
use serde_json::json;

/// The branch of a request's randomness that names its stream: no part of what the request shows.
const STREAM_BRANCH: u32 = 2;

pub enum Reader {
    User(Caller),
    /// A stream that holds a ticket.
    Ticket {
        digest: String,
        stream: Id,
    },
}

pub struct Opened {
    pub reader: Reader,
    /// What the first read brought, where opening was reading.
    pub first: Option<Vec<JobEvent>>,
    /// When the stream has to end, in seconds since 1970.
    pub ends_at_s: u64,
}

/// Finds out who reads, and whether that job is theirs. A ticket is used up by the first read itself.
///
/// # Errors
///
/// 401 without a good token or ticket, 404 for a job that is not the caller's.
pub async fn open<R: Runtime>(
    call: &Call<R>,
    job: Option<Id>,
    after: Option<u64>,
) -> Result<Opened, ApiError> {
    if call.incoming.header("authorization").is_none()
        && let Some(ticket) = call.incoming.query("ticket")
    {
        return open_by_ticket(call, ticket, job, after).await;
    }
    let caller = caller::user(call, KeyScope::Read).await?;
    if let Some(p_job_id) = job {
        call.user_rpc(&caller, &MyJob { p_job_id })
            .await?
            .ok_or(Code::NotFound)?;
    }
    Ok(Opened {
        ends_at_s: caller.expires_at_s,
        reader: Reader::User(caller),
        first: None,
    })
}

async fn open_by_ticket<R: Runtime>(
    call: &Call<R>,
    ticket: &str,
    job: Option<Id>,
    after: Option<u64>,
) -> Result<Opened, ApiError> {
    let digest = ticket::digest(ticket).ok_or_else(|| {
        ApiError::new(Code::Unauthorized).with_details(json!({ "reason": "ticket_invalid" }))
    })?;
    let stream = call.at.branch(STREAM_BRANCH).fresh_id(Nth::First);
    let query = by_ticket(&digest, stream, job, after);
    let read = call.edge_rpc(&query).await?;
    call.note("userId", read.user_id.to_string());
    Ok(Opened {
        reader: Reader::Ticket { digest, stream },
        first: Some(read.events),
        ends_at_s: read.ends_at_s,
    })
}

fn by_ticket(digest: &str, stream: Id, job: Option<Id>, after: Option<u64>) -> EventsOfTicket {
    EventsOfTicket {
        p_digest: digest.to_owned(),
        p_stream_id: stream,
        p_job_id: job,
        p_after: after,
        p_limit: crate::PAGE,
    }
}

impl Reader {
    /// Reads on.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn read<R: Runtime>(
        &self,
        backends: &Backends<R>,
        job: Option<Id>,
        after: Option<u64>,
    ) -> Result<Vec<JobEvent>, ApiError> {
        match self {
            Self::User(caller) => {
                let query = MyEvents {
                    p_job_id: job,
                    p_after: after,
                    p_limit: crate::PAGE,
                };
                backends.user_rpc(caller, &query).await
            }
            Self::Ticket { digest, stream } => {
                let read = backends
                    .edge_rpc(&by_ticket(digest, *stream, job, after))
                    .await?;
                Ok(read.events)
            }
        }
    }
}

/// `POST /api/events/ticket`: trades a token for a ticket.
pub async fn issue<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let caller = caller::user(call, KeyScope::Read).await?;
    let ticket = ticket::fresh(&call.at);
    let issue = ticket::issue(
        caller.user_id,
        caller.api_key_id(),
        &ticket,
        caller.expires_at_s,
    );
    call.edge_rpc(&issue).await?;
    Reply::json(&ticket::reply(ticket))
}
