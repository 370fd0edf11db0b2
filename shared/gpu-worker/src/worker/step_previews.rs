//! Step previews: what the pictures of a job look like while they are made. Hints, and nothing waits for one: they are
//! encoded and judged in a thread beside all jobs, and lost where that thread, the heartbeat or the edge is behind.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ourvidz_core::wire::callback::StepPreview;

use crate::media::{DigitalSource, Picture, encode_bare_png, step_preview};
use crate::metrics::{Metrics, PreviewOutcome};
use crate::safety::{Classifier, Judgement};

/// Pictures that may wait for the thread: those of the largest batch.
const MOST_WAITING: usize = ourvidz_core::job_type::MAX_ASSETS;

/// The step previews of one job that wait for its next heartbeat: the newest of each picture.
#[derive(Debug, Default)]
pub struct PendingPreviews(Mutex<Pending>);

#[derive(Debug, Default)]
struct Pending {
    images: BTreeMap<u8, Vec<u8>>,
    is_closed: bool,
}

impl PendingPreviews {
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a preview in; false if it came too late, or an older one was never sent.
    fn put(&self, index: u8, image: Vec<u8>) -> bool {
        let mut pending = self.lock();
        !pending.is_closed && pending.images.insert(index, image).is_none()
    }

    /// What the next heartbeat brings.
    pub fn take(&self) -> Vec<StepPreview> {
        let images = std::mem::take(&mut self.lock().images);
        let encoded = |(index, image)| StepPreview {
            index,
            image: STANDARD.encode::<Vec<u8>>(image),
        };
        images.into_iter().map(encoded).collect()
    }

    /// The pictures themselves are coming: what is still under way is of no use. Returns how many were not sent.
    pub fn close(&self) -> usize {
        let mut pending = self.lock();
        pending.is_closed = true;
        std::mem::take(&mut pending.images).len()
    }
}

/// A picture on its way to the thread.
pub struct PreviewDraft {
    pub index: u8,
    pub picture: Picture,
    pub source: DigitalSource,
    /// What the file may have.
    pub most_bytes: usize,
    /// Where it goes.
    pub pending: Arc<PendingPreviews>,
}

/// Encodes and judges step previews. The thread belongs to the worker and not to a job: a classifier that hangs keeps it,
/// and the previews of the jobs after, but no job's end.
pub struct StepPreviewWriter {
    drafts: SyncSender<PreviewDraft>,
    /// Drafts that were handed over and are not done.
    in_hand: Arc<AtomicUsize>,
    metrics: Arc<Metrics>,
}

impl StepPreviewWriter {
    /// Starts the thread. It ends with the writer, or with the program.
    #[must_use]
    pub fn start(classifier: Option<Arc<dyn Classifier>>, metrics: Arc<Metrics>) -> Self {
        let (sender, drafts) = sync_channel(MOST_WAITING);
        let in_hand = Arc::new(AtomicUsize::new(0));
        let writer = Self {
            drafts: sender,
            in_hand: Arc::clone(&in_hand),
            metrics: Arc::clone(&metrics),
        };
        std::thread::spawn(move || write_all(&drafts, classifier.as_deref(), &metrics, &in_hand));
        writer
    }

    /// Whether it has something to do.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.in_hand.load(Ordering::Acquire) > 0
    }

    /// Takes a picture, or drops it where too many wait.
    pub fn offer(&self, draft: PreviewDraft) {
        self.in_hand.fetch_add(1, Ordering::AcqRel);
        if self.drafts.try_send(draft).is_err() {
            self.in_hand.fetch_sub(1, Ordering::AcqRel);
            self.note_dropped(1);
        }
    }

    /// So many came too late.
    pub fn note_dropped(&self, count: usize) {
        self.metrics.step_previews(PreviewOutcome::Dropped, count);
    }
}

fn write_all(
    drafts: &Receiver<PreviewDraft>,
    classifier: Option<&dyn Classifier>,
    metrics: &Metrics,
    in_hand: &AtomicUsize,
) {
    for draft in drafts {
        if let Some(outcome) = write(draft, classifier) {
            metrics.step_previews(outcome, 1);
        }
        in_hand.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What has become of the draft, where it is not waiting for its heartbeat now.
fn write(draft: PreviewDraft, classifier: Option<&dyn Classifier>) -> Option<PreviewOutcome> {
    let Some((picture, image)) = step_preview(&draft.picture, draft.source, draft.most_bytes)
    else {
        return Some(PreviewOutcome::Dropped);
    };
    let is_allowed = classifier.is_none_or(|classifier| {
        let judged = encode_bare_png(&picture).map(|png| classifier.judge(&png));
        judged == Ok(Judgement::Allowed)
    });
    if !is_allowed {
        return Some(PreviewOutcome::Refused);
    }
    let is_in_time = draft.pending.put(draft.index, image);
    (!is_in_time).then_some(PreviewOutcome::Dropped)
}
