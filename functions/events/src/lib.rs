//! `GET /api/jobs/{id}/events` and `GET /api/events`: what happens, as it happens, with nothing left out.
//!
//! Events are rows, written in the transaction of what they tell. A stream reads them behind the position
//! that the client names by `Last-Event-ID`, so a reconnect neither loses nor repeats one. A stream ends
//! itself after a bounded number of reads; `retry:` brings the browser back at once.

mod entry;
pub mod frame;
pub mod pace;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::stream;
use ourvidz_core::wire::rpc::{MyEvents, MyJob};
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_edge::caller::Caller;
use ourvidz_edge::{Call, Reply, Runtime, caller};

use crate::pace::Pace;

/// Events that one read returns at most: a whole job has about a hundred.
const PAGE: u32 = 200;

/// Opens a stream.
///
/// # Errors
///
/// 400 for a position that is none, 401, 404 for a job that is not the caller's.
pub async fn events<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let job = match call.incoming.route().as_slice() {
        ["events"] => None,
        ["jobs", id, "events"] => Some(id.parse::<Id>().map_err(|_| Code::NotFound)?),
        _ => return Err(Code::NotFound.into()),
    };
    let caller = caller::user(call).await?;
    let sent = call
        .incoming
        .header("last-event-id")
        .or_else(|| call.incoming.query("after"));
    let after = frame::position(sent)
        .ok_or_else(|| ApiError::invalid_field("Last-Event-ID", "the id of an event"))?;
    if let Some(p_job_id) = job {
        call.user_rpc(&caller, &MyJob { p_job_id })
            .await?
            .ok_or(Code::NotFound)?;
    }

    let lifetime_ms = (caller.expires_at_s.saturating_mul(1000)).saturating_sub(call.at.now_ms);
    let state = Stream {
        backends: call.backends(),
        caller,
        job,
        after,
        pace: Pace::new(lifetime_ms),
        ready: VecDeque::from([frame::opening(pace::RETRY_MS)]),
        pause_ms: None,
        ended: false,
    };
    Ok(Reply::events(Box::pin(stream::unfold(state, Stream::next))))
}

struct Stream<R> {
    backends: Rc<ourvidz_edge::Backends<R>>,
    caller: Caller,
    job: Option<Id>,
    after: u64,
    pace: Pace,
    ready: VecDeque<Vec<u8>>,
    /// The pause before the next read. It is taken when a frame is asked for, after what is ready has gone out.
    pause_ms: Option<u32>,
    ended: bool,
}

impl<R: Runtime> Stream<R> {
    /// The next frame: what is ready, else what the next read brings.
    async fn next(mut self) -> Option<(Vec<u8>, Self)> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some((frame, self));
            }
            if self.ended {
                return None;
            }
            self.read().await;
        }
    }

    async fn read(&mut self) {
        if let Some(milliseconds) = self.pause_ms.take() {
            self.backends.runtime.pause(milliseconds).await;
        }
        let query = MyEvents {
            p_job_id: self.job,
            p_after: self.after,
            p_limit: PAGE,
        };
        // A read that fails ends the stream: the browser comes back, with its position.
        let Ok(events) = self.backends.user_rpc(&self.caller, &query).await else {
            self.ended = true;
            return;
        };
        for event in &events {
            self.after = self.after.max(event.cursor);
            self.ready.push_back(frame::event(event));
            self.ended |= self.job.is_some() && frame::is_last(event);
        }
        if self.pace.polled(!events.is_empty()) {
            self.ready.push_back(frame::comment());
        }
        self.pause_ms = self.pace.pause();
        self.ended |= self.pause_ms.is_none();
    }
}
