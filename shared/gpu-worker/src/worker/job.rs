//! One claimed job, from the payload to the settlement.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use ourvidz_policy::ExtraTerms;
use serde_json::json;

use super::attempt::Attempt;
use super::delivery::{Delivery, Ending, Snag};
use super::ending::{conclude, failed, note};
use super::onlooker::{Onlooker, generate};
use super::order::Order;
use super::outcome::Outcome;
use super::pace::Pace;
use super::packer::{Packer, Unpackable};
use super::pulse::{Halt, Pulse};
use super::rewrite::rewrite;
use super::spool::Spool;
use super::stop::Stop;
use crate::config::Bounds;
use crate::edge::{Claim, Edge, ReferenceUrl, Refusal};
use crate::engine::{Engine, EngineError, Reference, Stopped};
use crate::log;
use crate::media::decode_reference;
use crate::metrics::Metrics;
use crate::safety::{Classifier, may_generate};

/// Pictures that may wait for the packer before the engine has to: each is a few megabytes.
const PICTURES_IN_HAND: usize = 2;

/// Everything that jobs are worked on with, besides the engine.
pub struct Workshop<'a> {
    /// The edge.
    pub edge: &'a dyn Edge,
    /// Our name.
    pub worker_id: &'a str,
    /// The operator's own policy terms.
    pub policy_terms: &'a ExtraTerms,
    /// The output classifier.
    pub classifier: Option<&'a dyn Classifier>,
    /// Where results wait.
    pub spool: &'a Spool,
    /// The program's end.
    pub stop: &'a Stop,
    /// Counters.
    pub metrics: &'a Metrics,
    /// All intervals.
    pub pace: Pace,
    /// How large we may work.
    pub bounds: Bounds,
}

impl Workshop<'_> {
    /// Works on a job and settles it.
    pub fn work(&self, claim: &Claim, engine: &mut dyn Engine) -> Outcome {
        let attempt = Attempt::new(claim, self.worker_id);
        log::info(
            "job_claimed",
            json!({"job_id": claim.job_id, "attempt": claim.attempt}),
        );
        let started = Instant::now();
        let pulse = Pulse::default();
        let outcome = std::thread::scope(|scope| {
            scope.spawn(|| pulse.run(self.edge, self.metrics, &self.pace, self.stop, &attempt));
            let delivery = self.make(claim, attempt.clone(), engine, &pulse);
            let outcome = self.settle(delivery, &pulse);
            pulse.over();
            outcome
        });
        self.metrics.job_ended(outcome, started.elapsed());
        let seconds = started.elapsed().as_secs_f64();
        log::info(
            "job_ended",
            json!({"job_id": claim.job_id, "outcome": outcome.as_str(), "seconds": seconds}),
        );
        outcome
    }

    /// Generates, packs, uploads. What comes back has an ending unless the job was halted.
    fn make(
        &self,
        claim: &Claim,
        attempt: Attempt,
        engine: &mut dyn Engine,
        pulse: &Pulse,
    ) -> Delivery {
        let mut order = match Order::read(&claim.payload, fresh_seed()) {
            Ok(order) => order.within(&self.bounds),
            Err(bad) => return failed(Delivery::new(attempt, 0), "bad_payload", bad.0, false),
        };
        let mut delivery = Delivery::new(attempt, order.assets());
        // Known from the start, so that pictures that are settled one by one say how to make them again.
        delivery
            .metadata
            .insert("seed".to_owned(), order.image().seed.into());
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
            Err(refusal) => {
                return failed(
                    delivery,
                    "reference_unavailable",
                    &refusal.to_string(),
                    true,
                );
            }
        };
        let started = Instant::now();
        match rewrite(engine, order.image(), self.policy_terms, pulse) {
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
        let packer = Packer {
            order: &order,
            maker: engine.maker(order.image().job_type.model()),
            edge: self.edge,
            pulse,
            classifier: self.classifier,
        };
        let (made, packed) = std::thread::scope(|scope| {
            let packing = scope.spawn(|| {
                let packed = packer.run(&pictures, &mut delivery);
                drop(pictures);
                packed
            });
            let mut onlooker = Onlooker::new(pulse, sender, &order);
            // A fault in an engine must cost this job only, not the worker.
            let made = catch_unwind(AssertUnwindSafe(|| {
                generate(engine, &order, &references, &mut onlooker)
            }));
            let made =
                made.unwrap_or_else(|_| Err(EngineError::Failed("the engine panicked".to_owned())));
            let time = started.elapsed();
            drop(onlooker);
            let packed = packing
                .join()
                .unwrap_or_else(|_| Err(Unpackable::Media("the packer panicked".to_owned())));
            (made.map(|()| time), packed)
        });
        note(&mut delivery, &order, engine, references.len());
        conclude(delivery, made, packed)
    }

    fn references(&self, urls: &[ReferenceUrl]) -> Result<Vec<Reference>, Refusal> {
        let mut references = Vec::new();
        for url in urls {
            let bytes = self.edge.download(url)?;
            match decode_reference(&bytes) {
                Ok(picture) => references.push(Reference {
                    kind: url.kind,
                    picture,
                    strength_percent: (url.strength * 100.0) as u32,
                }),
                // The metadata says how many were used.
                Err(cause) => log::info(
                    "reference_not_read",
                    json!({"kind": url.kind, "cause": cause.to_string()}),
                ),
            }
        }
        Ok(references)
    }

    /// Settles the delivery, or puts it into the spool.
    fn settle(&self, mut delivery: Delivery, pulse: &Pulse) -> Outcome {
        let outcome = match (pulse.halt(), &delivery.ending) {
            (Some(Halt::Stale), _) => return Outcome::Stale,
            (Some(Halt::Refused), _) => return Outcome::Dropped,
            // A finished job is worth more than a clean stop.
            (_, Some(Ending::Completed)) => Outcome::Completed,
            (_, Some(Ending::Failed { .. })) => Outcome::Failed,
            (Some(Halt::Cancelled), _) => Outcome::Cancelled,
            (_, _) => Outcome::Released,
        };
        delivery.progress = pulse.progress();
        // Whoever calls a job off is answered like whoever stops the program: here it is, as far as it came.
        delivery.ending.get_or_insert(Ending::Released);
        let started = Instant::now();
        let mut tried = 0;
        loop {
            match delivery.finish(self.edge) {
                Ok(()) => return outcome,
                Err(Snag::Stale) => {
                    return if outcome == Outcome::Cancelled {
                        outcome
                    } else {
                        Outcome::Stale
                    };
                }
                Err(Snag::Refused {
                    code,
                    at_upload: true,
                }) => {
                    log::error(
                        "upload_refused",
                        json!({"job_id": delivery.attempt.job_id, "code": code}),
                    );
                    delivery.parcels.clear();
                    delivery.ending = Some(Ending::Failed {
                        message: format!("the upload was refused: {code}"),
                        code: "upload_refused".to_owned(),
                        retryable: false,
                    });
                }
                Err(Snag::Refused {
                    code,
                    at_upload: false,
                }) => {
                    log::error(
                        "settlement_refused",
                        json!({"job_id": delivery.attempt.job_id, "code": code}),
                    );
                    return Outcome::Dropped;
                }
                Err(Snag::Later(refusal)) => {
                    if pulse.halt() == Some(Halt::Stale) {
                        return Outcome::Stale;
                    }
                    if started.elapsed() >= self.pace.patience || self.stop.is_asked() {
                        return self.put_away(&delivery, &refusal);
                    }
                    let wait = refusal
                        .retry_after()
                        .unwrap_or_else(|| self.pace.retry(tried));
                    self.stop.sleep(wait.min(self.pace.retry_longest));
                    tried += 1;
                }
            }
        }
    }

    fn put_away(&self, delivery: &Delivery, refusal: &Refusal) -> Outcome {
        let job_id = &delivery.attempt.job_id;
        match self.spool.keep(delivery) {
            Ok(()) => {
                log::error(
                    "job_spooled",
                    json!({"job_id": job_id, "cause": refusal.to_string()}),
                );
                Outcome::Spooled
            }
            Err(cause) => {
                log::error(
                    "job_lost",
                    json!({"job_id": job_id, "cause": cause.kind().to_string()}),
                );
                Outcome::Dropped
            }
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
