//! `GET /api/jobs/{id}/events` and `GET /api/events`: what happens, as it happens, with nothing left out.
//!
//! Events are rows, written in the transaction of what they tell. A stream reads them behind the position
//! that the client names by `Last-Event-ID`, so a reconnect neither loses nor repeats one. A stream ends
//! itself after a bounded number of reads; `retry:` brings the browser back at once. `?after=latest` begins
//! with what happens next. With `?previews=1` it also shows what pictures look like while they are made, which
//! promises nothing: a preview that is missed is followed by the next.

#[cfg(target_arch = "wasm32")]
mod entry;
pub mod frame;
pub mod poll_schedule;
mod reader;
mod step_previews;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::stream;
use ourvidz_core::wire::rpc::JobEvent;
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_edge::{Call, Reply, Runtime};

use crate::poll_schedule::PollSchedule;
use crate::reader::Reader;
use crate::step_previews::StepPreviews;

/// Events that one read returns at most: a whole job has about a hundred.
const PAGE: u32 = 200;

/// Opens a stream.
///
/// # Errors
///
/// 400 for a position that is none, 401, 404 for a job that is not the caller's.
pub async fn events<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    let route = call.incoming.route();
    if route.as_slice() == ["events", "ticket"] {
        return reader::issue(call).await;
    }
    call.only(&["GET"])?;
    let job = match route.as_slice() {
        ["events"] => None,
        ["jobs", id, "events"] => Some(id.parse::<Id>().map_err(|_| Code::NotFound)?),
        _ => return Err(Code::NotFound.into()),
    };
    let sent = call
        .incoming
        .header("last-event-id")
        .or_else(|| call.incoming.query("after"));
    let after = frame::position(sent)
        .map_err(|_| ApiError::invalid_field("Last-Event-ID", "the id of an event, or `latest`"))?;
    let opened = reader::open(call, job, after).await?;

    let lifetime_ms = (opened.ends_at_s.saturating_mul(1000)).saturating_sub(call.at.now_ms);
    let mut state = Stream {
        backends: call.backends(),
        reader: opened.reader,
        job,
        after,
        poll_schedule: PollSchedule::new(lifetime_ms),
        ready: VecDeque::from([frame::opening(poll_schedule::RETRY_MS)]),
        pause_ms: None,
        previews: (call.incoming.query("previews") == Some("1")).then(StepPreviews::default),
        ended: false,
    };
    if let Some(events) = opened.first {
        state.push_frames(events);
    }
    Ok(Reply::events(Box::pin(stream::unfold(state, Stream::next))))
}

struct Stream<R> {
    backends: Rc<ourvidz_edge::Backends<R>>,
    reader: Reader,
    job: Option<Id>,
    /// Behind which event it goes on; none until the newest one is known.
    after: Option<u64>,
    poll_schedule: PollSchedule,
    ready: VecDeque<Vec<u8>>,
    /// The pause before the next read. It is taken when a frame is asked for, after what is ready has gone out.
    pause_ms: Option<u32>,
    /// None where nobody asked for them, or Redis is away.
    previews: Option<StepPreviews>,
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
            if !self.look_for_previews().await {
                self.read().await;
            }
        }
    }

    /// Looks for step previews after the events that told of them went out; false when there was no reason to.
    async fn look_for_previews(&mut self) -> bool {
        let due = self.previews.as_mut().filter(|it| it.are_due());
        let Some(previews) = due else {
            return false;
        };
        // The next read goes first.
        if !self.poll_schedule.looked() {
            return false;
        }
        match previews.look(&self.backends).await {
            Some(frames) => self.ready.extend(frames),
            // The stream does not wait for it again.
            None => self.previews = None,
        }
        true
    }

    async fn read(&mut self) {
        if let Some(milliseconds) = self.pause_ms.take() {
            self.backends.runtime.pause(milliseconds).await;
        }
        // A read that fails ends the stream: the browser comes back, with its position.
        let read = self.reader.read(&self.backends, self.job, self.after);
        let Ok(events) = read.await else {
            self.ended = true;
            return;
        };
        self.push_frames(events);
    }

    /// Makes frames of what a read brought, and decides when the next one is.
    fn push_frames(&mut self, mut events: Vec<JobEvent>) {
        if self.after.is_none() {
            // The newest event says where the stream begins, and is not told.
            let newest = events.pop();
            let position = newest.as_ref().map_or(0, |event| event.cursor);
            self.after = Some(position);
            self.ready.push_back(frame::position_frame(position));
            self.ended = self.job.is_some() && newest.as_ref().is_some_and(frame::is_last);
        }
        if let Some(previews) = &mut self.previews {
            previews.note(&events);
        }
        for event in &events {
            self.after = self.after.max(Some(event.cursor));
            self.ready.push_back(frame::event(event));
            self.ended |= self.job.is_some() && frame::is_last(event);
        }
        if self.poll_schedule.polled(!events.is_empty()) {
            self.ready.push_back(frame::comment());
        }
        self.pause_ms = self.poll_schedule.pause();
        self.ended |= self.pause_ms.is_none();
    }
}
