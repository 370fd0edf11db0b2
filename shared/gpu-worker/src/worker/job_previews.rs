//! When the pictures of a job are looked at while they are made.

use std::sync::Arc;
use std::time::Instant;

use ourvidz_core::limits::{MAX_STEP_PREVIEW_BYTES, MAX_STEP_PREVIEWS_BYTES};

use super::heartbeat::Heartbeat;
use super::intervals::Intervals;
use super::order::Order;
use super::step_previews::{PreviewDraft, StepPreviewWriter};
use crate::engine::EngineInfo;
use crate::media::{DigitalSource, Picture};

/// When a job's pictures are looked at, and what becomes of the look.
pub struct JobPreviews<'a> {
    writer: &'a StepPreviewWriter,
    heartbeat: &'a Heartbeat,
    source: DigitalSource,
    most_bytes: usize,
    intervals: &'a Intervals,
    /// The next look is not before this.
    due: Instant,
}

impl<'a> JobPreviews<'a> {
    #[must_use]
    pub fn new(
        writer: &'a StepPreviewWriter,
        heartbeat: &'a Heartbeat,
        intervals: &'a Intervals,
        order: &Order,
        info: EngineInfo,
    ) -> Self {
        let pictures = usize::from(order.assets()).max(1);
        Self {
            writer,
            heartbeat,
            source: DigitalSource::from(info),
            // All of a batch fit into one heartbeat.
            most_bytes: MAX_STEP_PREVIEW_BYTES.min(MAX_STEP_PREVIEWS_BYTES / pictures),
            intervals,
            // Soon enough for the first report, which is not followed by another that users hear of for a while.
            due: Instant::now() + intervals.progress / 2,
        }
    }

    /// Whether the pictures are to be looked at now; then not again for a while.
    pub fn are_wanted(&mut self) -> bool {
        let now = Instant::now();
        if now < self.due || self.writer.is_busy() || self.heartbeat.stop_reason().is_some() {
            return false;
        }
        self.due = now + self.intervals.step_preview;
        true
    }

    /// Picture `index` looks like this now.
    pub fn show(&self, index: u32, picture: Picture) {
        let Ok(index) = u8::try_from(index) else {
            return;
        };
        self.writer.offer(PreviewDraft {
            index,
            picture,
            source: self.source,
            most_bytes: self.most_bytes,
            pending: Arc::clone(self.heartbeat.previews()),
        });
    }

    /// The first finished picture is there.
    pub fn end(&self) {
        let unsent = self.heartbeat.previews().close();
        self.writer.note_dropped(unsent);
    }
}
