//! Step previews of a stream that asked for them: which to look for, and what was sent.

use ourvidz_core::Id;
use ourvidz_core::plan::step_previews::data_url;
use ourvidz_core::wire::rpc::JobEvent;
use ourvidz_edge::{Backends, Runtime, event_stream, step_previews};
use serde_json::json;

use crate::frame;

/// The name of their frames. They have no id: a stream that resumes goes on with what is newest then.
const NAME: &str = "step_preview";

/// Jobs of which one look brings the previews, which the longest answer of Redis has room for. A user's others are
/// looked for next time.
const JOBS_A_LOOK: usize = 2;

/// Looks for what an event told of: it is put into Redis behind the answer that wrote the event, and the first look
/// may be too early.
const LOOKS: u8 = 2;

#[derive(Default)]
pub struct StepPreviews {
    /// Jobs with previews that were told of, each with the looks that are left.
    told: Vec<(Id, u8)>,
    /// The last of each asset.
    sent: Vec<(Id, u8, String)>,
    /// Whether events were read since the last look.
    is_due: bool,
}

impl StepPreviews {
    /// Notes what was read: a job that was told of is looked for, one that has ended no more.
    pub fn note(&mut self, events: &[JobEvent]) {
        for event in events {
            let is_told = event.data.get(NAME).is_some_and(|told| *told == true);
            if !is_told && !frame::is_last(event) {
                continue;
            }
            self.told.retain(|(job, _)| *job != event.job_id);
            if is_told {
                self.told.push((event.job_id, LOOKS));
            } else {
                self.sent.retain(|(job, ..)| *job != event.job_id);
            }
        }
        self.is_due = true;
    }

    /// Whether there is something to look for.
    pub fn are_due(&self) -> bool {
        self.is_due && !self.told.is_empty()
    }

    /// Looks for them: a frame for each that is there and was not sent. None when Redis does not say.
    pub async fn look<R: Runtime>(&mut self, backends: &Backends<R>) -> Option<Vec<Vec<u8>>> {
        self.is_due = false;
        let rest = self.told.split_off(self.told.len().min(JOBS_A_LOOK));
        let looked = core::mem::replace(&mut self.told, rest);
        let jobs: Vec<Id> = looked.iter().map(|(job, _)| *job).collect();
        let mut fresh = step_previews::newest(backends, &jobs).await.ok()?;
        fresh.retain(|preview| !self.sent.contains(preview));
        for (job, index, _) in &fresh {
            self.sent.retain(|(of, sent, _)| (of, sent) != (job, index));
        }
        self.sent.extend_from_slice(&fresh);
        for (job, looks) in looked {
            let is_there = fresh.iter().any(|(found, ..)| *found == job);
            if !is_there && looks > 1 {
                self.told.push((job, looks - 1));
            }
        }
        Some(
            fresh
                .iter()
                .map(|(job, index, image)| frame_of(*job, *index, image))
                .collect(),
        )
    }
}

fn frame_of(job: Id, index: u8, image: &str) -> Vec<u8> {
    let data = json!({ "job_id": job, "index": index, "image": data_url(image) });
    event_stream::frame(None, NAME, &data)
}
