//! `partial_images`: what pictures look like while they are made, now and then.

use ourvidz_core::Id;
use ourvidz_core::limits::{MAX_RETRIES, MAX_SUBREQUESTS};
use ourvidz_core::wire::job::JobView;
use ourvidz_core::wire::openai::{ImageEvent, Making};
use ourvidz_core::wire::rpc::Status;
use ourvidz_edge::event_stream::frame;
use ourvidz_edge::{Backends, Runtime, pictures, step_previews, wait};
use serde_json::json;

/// Requests beside the looks at the job and the pictures: API key, published keys, order, hint, mark.
pub const OTHERS: u32 = 5;

pub struct Partials {
    /// How often each picture is shown at most.
    most: u8,
    /// How often they were.
    shown: u8,
    /// Looks for them that the invocation has room for.
    looks: u32,
    /// What each picture looked like last.
    last: Vec<(Id, u8, String)>,
}

impl Partials {
    #[must_use]
    pub fn new(most: u8, num_assets: u8, patience_s: u32) -> Self {
        let needed = OTHERS + u32::from(num_assets) + wait::looks(patience_s) + MAX_RETRIES;
        Self {
            most,
            shown: 0,
            looks: MAX_SUBREQUESTS.saturating_sub(needed),
            last: Vec::new(),
        }
    }

    /// Whether it is time for the next ones: they are spread over the job, because the first steps show little.
    fn are_due(&self, job: &JobView) -> bool {
        let share = 100 * u32::from(self.shown + 1) / u32::from(self.most + 1);
        self.shown < self.most
            && self.looks > 0
            && job.status == Status::Processing
            && u32::from(job.progress) >= share
    }

    /// The events of what is there and new, of pictures that are not done.
    pub async fn look<R: Runtime>(
        &mut self,
        backends: &Backends<R>,
        job: &JobView,
        making: &Making,
    ) -> Vec<Vec<u8>> {
        if !self.are_due(job) {
            return Vec::new();
        }
        self.looks -= 1;
        let Ok(mut found) = step_previews::newest(backends, &[job.id]).await else {
            self.looks = 0;
            return Vec::new();
        };
        let newest = found.clone();
        found.retain(|preview| {
            let is_done = pictures::delivered(job).any(|asset| asset.image_index == preview.1);
            !is_done && !self.last.contains(preview)
        });
        self.last = newest;
        let nth = self.shown;
        self.shown += u8::from(!found.is_empty());
        let now_s = backends.runtime.now_ms() / 1000;
        let events = found.into_iter();
        events
            .map(|(_, _, image)| ImageEvent::partial(now_s, making.clone(), image, nth))
            .map(|event| frame(None, ImageEvent::PARTIAL, &json!(event)))
            .collect()
    }
}
