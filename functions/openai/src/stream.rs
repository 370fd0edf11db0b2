//! `stream: true`: each picture as an event, as soon as its worker has delivered it, and what it looks like before.

use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::stream;
use ourvidz_core::wire::assets::AssetReply;
use ourvidz_core::wire::job::JobView;
use ourvidz_core::wire::openai::{ImageEvent, Making, OpenAiRefusal};
use ourvidz_core::wire::rpc::{JobRow, Status};
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::caller::Caller;
use ourvidz_edge::event_stream::frame;
use ourvidz_edge::wait::{self, Watch};
use ourvidz_edge::{Backends, Call, Reply, Runtime, pictures};
use serde_json::json;

use crate::partial::Partials;
use crate::refusal;

/// Something goes out after each look, because proxies close connections that say nothing.
const COMMENT: &[u8] = b": waiting\n\n";

/// Opens the stream of a job's pictures; `place` is where the job can be looked at when patience is over.
pub fn open<R: Runtime>(
    call: &Call<R>,
    caller: Caller,
    job: &JobRow,
    place: String,
    patience_s: u32,
    partial_images: u8,
) -> Reply {
    let state = Stream {
        backends: call.backends(),
        watch: Watch::new(call.backends(), caller, job.id, patience_s),
        making: Making::ordered(job.job_type, &job.metadata),
        partials: Partials::new(partial_images, job.num_assets, patience_s),
        place,
        ready: VecDeque::from([COMMENT.to_vec()]),
        to_send: VecDeque::new(),
        seen: Vec::new(),
        ended: false,
    };
    Reply::events(Box::pin(stream::unfold(state, Stream::next)))
}

struct Stream<R> {
    backends: Rc<Backends<R>>,
    watch: Watch<R>,
    making: Making,
    partials: Partials,
    place: String,
    ready: VecDeque<Vec<u8>>,
    /// Pictures that are there. One is read when the client takes it, so that never two are in memory.
    to_send: VecDeque<AssetReply>,
    /// Indices of those that are sent or will be.
    seen: Vec<u8>,
    ended: bool,
}

impl<R: Runtime> Stream<R> {
    /// The next frame: what is ready, else the next picture, else what the next look brings.
    async fn next(mut self) -> Option<(Vec<u8>, Self)> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some((frame, self));
            }
            if let Some(asset) = self.to_send.pop_front() {
                let frame = self.picture(&asset).await;
                return Some((frame, self));
            }
            if self.ended {
                return None;
            }
            match self.watch.look().await {
                Some(job) => self.note(&job).await,
                None => self.give_up(),
            }
        }
    }

    async fn picture(&mut self, asset: &AssetReply) -> Vec<u8> {
        match pictures::base64(&self.backends, asset).await {
            Ok(b64_json) => {
                let now_s = self.backends.runtime.now_ms() / 1000;
                let making = self.making.clone().delivered(pictures::place(asset).1);
                let event = ImageEvent::completed(now_s, making, b64_json);
                frame(None, ImageEvent::COMPLETED, &json!(event))
            }
            Err(error) => {
                self.to_send.clear();
                self.ended = true;
                refused(&OpenAiRefusal::of(&error))
            }
        }
    }

    async fn note(&mut self, job: &JobView) {
        let partials = self.partials.look(&self.backends, job, &self.making);
        self.ready.extend(partials.await);
        for asset in pictures::delivered(job) {
            if !self.seen.contains(&asset.image_index) {
                self.seen.push(asset.image_index);
                self.to_send.push_back(asset.clone());
            }
        }
        self.ended = wait::has_ended(job);
        if self.ended && job.status != Status::Completed {
            self.ready.push_back(refused(&refusal::of_job(job)));
        } else if !self.ended {
            self.ready.push_back(COMMENT.to_vec());
        }
    }

    fn give_up(&mut self) {
        let message = format!("The job goes on: GET {} tells how it stands.", self.place);
        let error = ApiError::new(Code::Timeout).with_message(message);
        self.ready.push_back(refused(&OpenAiRefusal::of(&error)));
        self.ended = true;
    }
}

fn refused(refusal: &OpenAiRefusal) -> Vec<u8> {
    frame(None, "error", &json!(refusal.body))
}
