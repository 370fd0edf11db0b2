//! A claim: the call that gives a worker a job, and the answer.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use crate::Moment;
use crate::limits::LEASE_SECONDS;
use crate::moment::Nth;
use crate::timestamp::rfc3339;
use crate::wire::claim::{ClaimReply, ClaimRequest, SignedReference};
use crate::wire::references::Reference;
use crate::wire::rpc::{ClaimJob, Claimed};

#[must_use]
pub fn claim(request: &ClaimRequest, at: &Moment) -> ClaimJob {
    ClaimJob {
        p_worker_id: request.worker_id.clone(),
        p_queue: request.queue,
        p_job_id: request.job_id,
        p_models: request
            .models
            .iter()
            .map(|model| model.as_str().to_string())
            .collect(),
        p_lease_id: at.fresh_id(Nth::First),
        p_lease_seconds: LEASE_SECONDS,
        p_uptime_seconds: request.vitals.uptime_seconds,
        p_gpu_used_bytes: request.vitals.gpu.map(|gpu| gpu.memory_used_bytes),
        p_gpu_total_bytes: request.vitals.gpu.map(|gpu| gpu.memory_total_bytes),
        p_message_id: None,
    }
}

/// Reference images of a claimed job, for which URLs have to be signed. Only those below the owner's prefix:
/// what is stored was checked, and is checked again before anybody gets a URL for it.
#[must_use]
pub fn references(claimed: &Claimed) -> Vec<Reference> {
    let stored = claimed
        .payload
        .pointer("/config/references")
        .cloned()
        .unwrap_or(Value::Null);
    let references: Vec<Reference> = serde_json::from_value(stored).unwrap_or_default();
    references
        .into_iter()
        .filter(|reference| reference.belongs_to(claimed.user_id))
        .collect()
}

/// A reference with its signed URL.
#[must_use]
pub fn signed(reference: &Reference, url: String) -> SignedReference {
    SignedReference {
        kind: reference.kind,
        url,
        strength: reference.strength,
    }
}

#[must_use]
pub fn reply(
    claimed: &Claimed,
    references: Vec<SignedReference>,
    snapshot: Option<String>,
) -> ClaimReply {
    ClaimReply {
        success: true,
        job_id: claimed.job_id,
        attempt: claimed.attempt,
        lease_id: claimed.lease_id,
        lease_until: rfc3339(claimed.lease_until_ms),
        job_type: claimed.job_type,
        num_images: claimed.num_assets,
        payload: claimed.payload.clone(),
        keys: claimed.keys.clone(),
        references,
        snapshot,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;
    use serde_json::json;

    #[test]
    fn nobody_gets_a_url_for_somebody_elses_reference() {
        let user_id = Id::from_bytes([1; 16]);
        let reference = |owner: Id| {
            let key = alloc::format!("{owner}/style.png");
            json!({ "type": "style", "bucket": "reference_images", "key": key, "strength": 0.5 })
        };
        let foreign = reference(Id::from_bytes([2; 16]));
        let claimed: Claimed = serde_json::from_value(json!({
            "job_id": Id::from_bytes([3; 16]), "user_id": user_id, "job_type": "sdxl_image_fast",
            "num_assets": 1, "attempt": 1, "lease_id": Id::from_bytes([4; 16]), "lease_until_ms": 0,
            "payload": { "config": { "references": [reference(user_id), foreign] } }, "keys": [],
        }))
        .unwrap();
        let references = references(&claimed);
        assert_eq!(references.len(), 1);
        assert!(
            references
                .iter()
                .all(|reference| reference.belongs_to(user_id))
        );
    }
}
