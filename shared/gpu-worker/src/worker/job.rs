//! One claimed job, from the payload to the settlement.

use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ourvidz_core::wire::references::REFERENCE_UNREADABLE;
use ourvidz_policy::ExtraTerms;
use serde_json::json;

use super::attempt::Attempt;
use super::delivery::{Delivery, DeliveryError, FinalStatus};
use super::final_status::{add_facts, conclude, failed, occupied};
use super::heartbeat::{Heartbeat, StopReason};
use super::intervals::Intervals;
use super::job_previews::JobPreviews;
use super::observer::{JobObserver, generate};
use super::order::Order;
use super::outcome::JobOutcome;
use super::output::{OutputError, OutputWriter};
use super::rewrite::rewrite;
use super::shutdown::Shutdown;
use super::spool::Spool;
use super::step_previews::StepPreviewWriter;
use crate::config::SizeLimits;
use crate::credentials::ContentCredentials;
use crate::edge::{Claim, Edge, EdgeError, SignedReference};
use crate::engine::{Engine, ReferencePicture, Stopped};
use crate::log;
use crate::media::{Ordered, PictureFormat, decode_reference};
use crate::metrics::Metrics;
use crate::safety::{Classifier, may_generate};
use crate::supervision::{SupervisedEngine, Supervision};

/// Pictures that may wait for the output thread before the engine has to: each is a few megabytes.
const PICTURES_IN_HAND: usize = 2;
/// A job whose engine hangs is given back in seconds, or by its lease half a minute later.
const RELEASE_TRIES: u32 = 3;

/// Runs claimed jobs; everything that they need besides the engine.
pub struct JobRunner<'a> {
    pub edge: &'a dyn Edge,
    pub worker_id: &'a str,
    /// The operator's own policy terms.
    pub policy_terms: &'a ExtraTerms,
    pub classifier: Option<&'a dyn Classifier>,
    /// Who writes what the pictures look like while they are made; none if nobody is to see it.
    pub step_previews: Option<&'a StepPreviewWriter>,
    /// Who signs what is delivered; none if it is written down that nobody does.
    pub credentials: Option<&'a ContentCredentials>,
    pub spool: &'a Spool,
    pub shutdown: &'a Shutdown,
    pub metrics: &'a Metrics,
    pub intervals: Intervals,
    /// How large we may work.
    pub bounds: SizeLimits,
    pub supervision: &'a Supervision,
    /// The attempt that the engine works on.
    pub current: Mutex<Option<Attempt>>,
}

impl JobRunner<'_> {
    /// Works on a job and settles it.
    pub fn work(&self, claim: &Claim, engine: &mut dyn Engine) -> JobOutcome {
        let attempt = Attempt::new(claim, self.worker_id);
        log::info(
            "job_claimed",
            json!({"job_id": claim.job_id, "attempt": claim.attempt}),
        );
        let started = Instant::now();
        self.set_current(Some(attempt.clone()));
        let heartbeat = Heartbeat::default();
        let engine = &mut SupervisedEngine::new(engine, self.supervision, self.metrics);
        let outcome = std::thread::scope(|scope| {
            scope.spawn(|| {
                heartbeat.run(
                    self.edge,
                    self.metrics,
                    &self.intervals,
                    self.shutdown,
                    &attempt,
                )
            });
            let delivery = self.make(claim, attempt.clone(), engine, &heartbeat);
            let outcome = self.settle(delivery, &heartbeat);
            heartbeat.over();
            outcome
        });
        self.set_current(None);
        self.metrics.job_ended(outcome, started.elapsed());
        let seconds = started.elapsed().as_secs_f64();
        log::info(
            "job_ended",
            json!({"job_id": claim.job_id, "outcome": outcome.as_str(), "seconds": seconds}),
        );
        outcome
    }

    /// Generates, encodes, uploads. What comes back has an ending unless the job was stopped.
    fn make(
        &self,
        claim: &Claim,
        attempt: Attempt,
        engine: &mut dyn Engine,
        heartbeat: &Heartbeat,
    ) -> Delivery {
        let mut order = match Order::read(&claim.payload, fresh_seed()) {
            Ok(order) => order.within(&self.bounds),
            Err(bad) => return failed(Delivery::new(attempt, 0), "bad_payload", bad.0, false),
        };
        let mut delivery = Delivery::new(attempt, order.assets());
        // Known from the start, so that pictures that are settled one by one say how to make them again.
        let image = order.image();
        delivery.metadata.extend([
            ("seed".to_owned(), image.seed.into()),
            ("width".to_owned(), image.width.into()),
            ("height".to_owned(), image.height.into()),
        ]);
        if !may_generate(order.image(), self.policy_terms) {
            return failed(
                delivery,
                "content_policy",
                "refused by the content policy",
                false,
            );
        }
        let references = match self.references(&claim.references) {
            Ok(references) => references,
            Err(ReferenceError::Unavailable(refusal)) => {
                let message = refusal.to_string();
                return failed(delivery, "reference_unavailable", &message, true);
            }
            Err(ReferenceError::Unreadable(cause)) => {
                return failed(delivery, REFERENCE_UNREADABLE, &cause, false);
            }
        };
        let started = Instant::now();
        match rewrite(engine, order.image(), self.policy_terms, heartbeat) {
            Ok(Some(better)) => {
                let method = better.method.into();
                delivery.metadata.insert("enhancement".to_owned(), method);
                delivery.enhanced_prompt = Some(better.prompt.clone());
                order.image_mut().prompt = better.prompt;
            }
            Ok(None) => {}
            Err(Stopped) => return delivery,
        }
        let (sender, pictures) = sync_channel(PICTURES_IN_HAND);
        let output = OutputWriter {
            order: &order,
            ordered: Ordered::of(&claim.payload),
            format: PictureFormat::ordered(&claim.payload),
            info: engine.info(order.image().job_type.model()),
            edge: self.edge,
            heartbeat,
            classifier: self.classifier,
            credentials: self.credentials,
            metrics: self.metrics,
        };
        let (made, written) = std::thread::scope(|scope| {
            let writing = scope.spawn(|| {
                let written = output.run(&pictures, &mut delivery);
                drop(pictures);
                written
            });
            let previews = self.step_previews.map(|writer| {
                JobPreviews::new(writer, heartbeat, &self.intervals, &order, output.info)
            });
            let mut observer = JobObserver::new(heartbeat, sender, &order, previews);
            let made = generate(engine, &order, &references, &mut observer);
            let time = started.elapsed();
            drop(observer);
            let written = writing.join().unwrap_or_else(|_| {
                Err(OutputError::Media("the output thread panicked".to_owned()))
            });
            (made.map(|()| time), written)
        });
        add_facts(&mut delivery, &order, engine, references.len());
        self.release_if_broken(conclude(delivery, made, written))
    }

    /// What a broken device could not make another one can: that is not the job's failure.
    fn release_if_broken(&self, mut delivery: Delivery) -> Delivery {
        let has_failed = matches!(delivery.final_status, Some(FinalStatus::Failed { .. }));
        if let Some(cause) = self.supervision.broken().filter(|_| has_failed) {
            delivery.final_status = Some(FinalStatus::Released { cause: Some(cause) });
        }
        delivery
    }

    fn set_current(&self, attempt: Option<Attempt>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = attempt;
    }

    /// Gives back the job that the engine hangs in, and says why. What the edge does not hear, it notices when the
    /// lease has run out.
    pub fn release_current(&self, cause: &str) {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(attempt) = current.clone() else {
            return;
        };
        let mut delivery = Delivery::new(attempt, 0);
        delivery.attempt.snapshot = None;
        let cause = Some(cause.to_owned());
        delivery.final_status = Some(FinalStatus::Released { cause });
        for tried in 0..RELEASE_TRIES {
            match delivery.finish(self.edge) {
                Err(DeliveryError::Unavailable(_)) => {
                    std::thread::sleep(self.intervals.retry(tried));
                }
                _ => return,
            }
        }
    }

    /// All references of a job. A picture without one of them is not what was ordered.
    fn references(
        &self,
        urls: &[SignedReference],
    ) -> Result<Vec<ReferencePicture>, ReferenceError> {
        urls.iter()
            .map(|url| {
                let bytes = self.edge.download(url)?;
                let picture = decode_reference(&bytes)
                    .map_err(|cause| ReferenceError::Unreadable(cause.to_string()))?;
                Ok(ReferencePicture {
                    kind: url.kind,
                    picture,
                    strength_percent: (url.strength * 100.0) as u32,
                })
            })
            .collect()
    }

    /// Settles the delivery, or puts it into the spool.
    fn settle(&self, mut delivery: Delivery, heartbeat: &Heartbeat) -> JobOutcome {
        let outcome = match (heartbeat.stop_reason(), &delivery.final_status) {
            (Some(StopReason::Stale), _) => return JobOutcome::Stale,
            (Some(StopReason::Refused), _) => return JobOutcome::Dropped,
            // A finished job is worth more than a clean stop.
            (_, Some(FinalStatus::Completed)) => JobOutcome::Completed,
            (_, Some(FinalStatus::Failed { .. })) => JobOutcome::Failed,
            (Some(StopReason::Cancelled), _) => JobOutcome::Cancelled,
            (_, _) => JobOutcome::Released,
        };
        delivery.progress = heartbeat.progress();
        // A canceled job is released as one is when the program stops: as far as it came.
        delivery
            .final_status
            .get_or_insert(FinalStatus::Released { cause: None });
        let started = Instant::now();
        let mut tried = 0;
        loop {
            match delivery.finish(self.edge) {
                Ok(()) => return outcome,
                Err(DeliveryError::Stale) => {
                    return if outcome == JobOutcome::Cancelled {
                        outcome
                    } else {
                        JobOutcome::Stale
                    };
                }
                Err(DeliveryError::Occupied) => delivery = occupied(delivery),
                Err(DeliveryError::Refused {
                    code,
                    at_upload: true,
                }) => {
                    log::error(
                        "upload_refused",
                        json!({"job_id": delivery.attempt.job_id, "code": code}),
                    );
                    delivery.files.clear();
                    delivery.final_status = Some(FinalStatus::Failed {
                        message: format!("the upload was refused: {code}"),
                        code: "upload_refused".to_owned(),
                        retryable: false,
                    });
                }
                Err(DeliveryError::Refused {
                    code,
                    at_upload: false,
                }) => {
                    log::error(
                        "settlement_refused",
                        json!({"job_id": delivery.attempt.job_id, "code": code}),
                    );
                    return JobOutcome::Dropped;
                }
                Err(DeliveryError::Unavailable(refusal)) => {
                    if heartbeat.stop_reason() == Some(StopReason::Stale) {
                        return JobOutcome::Stale;
                    }
                    if started.elapsed() >= self.intervals.patience || self.shutdown.is_requested()
                    {
                        return self.put_into_spool(&delivery, &refusal);
                    }
                    let wait = refusal
                        .retry_after()
                        .unwrap_or_else(|| self.intervals.retry(tried));
                    self.shutdown.sleep(wait.min(self.intervals.retry_longest));
                    tried += 1;
                }
            }
        }
    }

    fn put_into_spool(&self, delivery: &Delivery, refusal: &EdgeError) -> JobOutcome {
        let job_id = &delivery.attempt.job_id;
        match self.spool.keep(delivery) {
            Ok(()) => {
                log::error(
                    "job_spooled",
                    json!({"job_id": job_id, "cause": refusal.to_string()}),
                );
                JobOutcome::Spooled
            }
            Err(cause) => {
                log::error(
                    "job_lost",
                    json!({"job_id": job_id, "cause": cause.kind().to_string()}),
                );
                JobOutcome::Dropped
            }
        }
    }
}

/// Why a job has to do without a reference, and so cannot be done.
enum ReferenceError {
    /// Another attempt may get it.
    Unavailable(EdgeError),
    /// It is gone, too large, or no picture: nobody will ever read it.
    Unreadable(String),
}

impl From<EdgeError> for ReferenceError {
    fn from(refusal: EdgeError) -> Self {
        match refusal {
            EdgeError::Permanent {
                status: 200 | 404, ..
            } => Self::Unreadable(refusal.to_string()),
            // A link may have run out on the way, or by a clock that is wrong here alone.
            _ => Self::Unavailable(refusal),
        }
    }
}

/// Thirty-two bits, as every tool of this field shows and reads.
fn fresh_seed() -> u64 {
    let mut bytes = [0_u8; 4];
    // Without randomness every picture of a prompt is the same, which is better than none.
    let _ = getrandom::fill(&mut bytes);
    u64::from(u32::from_le_bytes(bytes))
}
