//! The answer to whoever wants to hear how far an order is: notifications while it waits, then the result.

use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::stream;
use ourvidz_core::wire::job::JobView;
use ourvidz_core::wire::mcp::{ImageOrder, McpJob, McpReply};
use ourvidz_edge::caller::Caller;
use ourvidz_edge::event_stream::frame;
use ourvidz_edge::wait::{self, Watch};
use ourvidz_edge::{Backends, Call, Reply, Runtime};
use serde_json::{Value, json};

use crate::answer::Asked;
use crate::images;

/// Something goes out after each look, because proxies close connections that say nothing.
const COMMENT: &[u8] = b": waiting\n\n";

/// Opens the stream of an order.
pub fn open<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    ordered: McpJob,
    image: &ImageOrder,
    asked: Asked,
) -> Reply {
    let patience_s = image.wait_seconds;
    let state = Stream {
        backends: call.backends(),
        watch: Watch::new(call.backends(), caller.clone(), ordered.job_id, patience_s),
        ready: VecDeque::from([COMMENT.to_vec()]),
        told: None,
        ordered,
        seen: None,
        include_image: image.include_image,
        asked,
        ended: false,
    };
    Reply::events(Box::pin(stream::unfold(state, Stream::next)))
}

struct Stream<R> {
    backends: Rc<Backends<R>>,
    watch: Watch<R>,
    ready: VecDeque<Vec<u8>>,
    /// The progress that was told last: the next has to be more.
    told: Option<u8>,
    ordered: McpJob,
    seen: Option<JobView>,
    include_image: bool,
    asked: Asked,
    ended: bool,
}

impl<R: Runtime> Stream<R> {
    /// The next frame: what is ready, else what the next look brings, at last the result.
    async fn next(mut self) -> Option<(Vec<u8>, Self)> {
        if let Some(frame) = self.ready.pop_front() {
            return Some((frame, self));
        }
        if self.ended {
            return None;
        }
        let frame = match self.watch.look().await {
            Some(job) => self.note(job),
            None => None,
        };
        match frame {
            Some(frame) => Some((frame, self)),
            None => {
                self.ended = true;
                Some((self.result().await, self))
            }
        }
    }

    /// What is told of a job that goes on; none of one that has ended.
    fn note(&mut self, job: JobView) -> Option<Vec<u8>> {
        let ended = wait::has_ended(&job);
        let standing = McpJob::of(job.clone(), &|_, _| None);
        self.seen = Some(job);
        if ended {
            return None;
        }
        let token = self.asked.progress_token.as_ref()?;
        if self.told.is_some_and(|told| standing.progress <= told) {
            return Some(COMMENT.to_vec());
        }
        self.told = Some(standing.progress);
        let progress = McpReply::progress(token, standing.progress, &standing.standing());
        Some(message(&progress))
    }

    async fn result(&mut self) -> Vec<u8> {
        let result = match self.seen.take() {
            Some(job) => images::result(&self.backends, job, self.include_image, true).await,
            None => self.ordered.result(true),
        };
        message(&json!(self.asked.message(json!(result))))
    }
}

fn message(message: &Value) -> Vec<u8> {
    frame(None, "message", message)
}
