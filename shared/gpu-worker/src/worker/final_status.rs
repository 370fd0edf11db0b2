//! How a job's making ends: the facts about it, and what is to be reported.

use std::time::Duration;

use serde_json::json;

use super::delivery::{Delivery, DeliveryError, FinalStatus};
use super::order::Order;
use super::output::OutputError;
use crate::engine::{Engine, EngineError};
use crate::log;

/// Writes down what was made and how.
pub fn add_facts(
    delivery: &mut Delivery,
    order: &Order,
    engine: &dyn Engine,
    references_used: usize,
) {
    let image = order.image();
    let mut facts = json!({
        "num_images": order.assets(),
        "engine": engine.name(),
        "preview": engine.is_preview(),
        "steps": image.steps,
    });
    if let Some(threshold) = engine.info(image.job_type.model()).tea_cache {
        facts["tea_cache"] = threshold.into();
    }
    if references_used > 0 {
        facts["references_used"] = references_used.into();
    }
    if let Order::Video(video) = order {
        facts["frames"] = video.frames.into();
        facts["fps"] = video.frames_per_second.into();
    }
    if let serde_json::Value::Object(facts) = facts {
        delivery.metadata.extend(facts);
    }
}

/// Decides how it ended; a job that was stopped has no ending yet.
pub fn conclude(
    mut delivery: Delivery,
    made: Result<Duration, EngineError>,
    written: Result<(), OutputError>,
) -> Delivery {
    match written {
        Ok(()) => {}
        Err(OutputError::Policy(labels)) => {
            let mut message = "the result was refused by the output classifier".to_owned();
            if !labels.is_empty() {
                message = format!("{message}: {}", labels.join(", "));
            }
            return failed(delivery, "content_policy", &message, false);
        }
        Err(OutputError::NotJudged(cause)) => {
            return failed(
                delivery,
                "classifier_unavailable",
                &format!("the output classifier did not answer: {cause}"),
                true,
            );
        }
        Err(OutputError::Blank) => {
            return failed(
                delivery,
                "blank_result",
                "the model gave a picture of one colour",
                true,
            );
        }
        Err(OutputError::Media(cause)) => return failed(delivery, "encoding_failed", &cause, true),
        Err(OutputError::NotSigned(cause)) => {
            return failed(delivery, "signing_failed", &cause, true);
        }
        Err(OutputError::Delivery(DeliveryError::Occupied)) => return occupied(delivery),
        Err(OutputError::Delivery(DeliveryError::Refused { code, .. })) => {
            return failed(
                delivery,
                "upload_refused",
                &format!("the upload was refused: {code}"),
                false,
            );
        }
        // The attempt is not ours any more: there is nothing to conclude.
        Err(OutputError::Delivery(_)) => return delivery,
    }
    match made {
        Ok(time) => {
            delivery.metadata.insert(
                "generation_time".to_owned(),
                (time.as_millis() as f64 / 1000.0).into(),
            );
            delivery.final_status = Some(FinalStatus::Completed);
            delivery
        }
        Err(EngineError::Stopped) => delivery,
        Err(error @ EngineError::Unsupported(_)) => {
            failed(delivery, "unsupported", &error.to_string(), false)
        }
        Err(EngineError::Impossible(why)) => failed(delivery, "impossible", &why, false),
        Err(
            error @ (EngineError::Failed(_)
            | EngineError::OutOfMemory(_)
            | EngineError::Device { .. }),
        ) => failed(delivery, "generation_failed", &error.to_string(), true),
    }
}

/// A delivery whose place is taken: another attempt has other places.
pub fn occupied(delivery: Delivery) -> Delivery {
    failed(
        delivery,
        "upload_conflict",
        "another file lies where this one should go",
        true,
    )
}

/// A delivery that failed, without files.
pub fn failed(mut delivery: Delivery, code: &str, message: &str, retryable: bool) -> Delivery {
    log::error(
        "job_failed",
        json!({"job_id": delivery.attempt.job_id, "code": code, "retryable": retryable}),
    );
    delivery.files.clear();
    delivery.final_status = Some(FinalStatus::Failed {
        message: message.to_owned(),
        code: code.to_owned(),
        retryable,
    });
    delivery
}
