//! The sweep: what one pass asks of the database, and what is left to do with its answer.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value};

use crate::file_type::FileType;
use crate::limits::{
    LEASE_SECONDS, MAX_ATTEMPTS, MAX_QUEUED_SECONDS, MAX_RUNNING_SECONDS, OUTAGE_SECONDS,
    SWEEP_ROWS,
};
use crate::wire::payload::Hint;
use crate::wire::rpc::{HintToPush, ObjectToDelete, PushedHint, SweepDone, SweepPass, Swept};
use crate::{JobType, Queue, asset_key};

/// The call. `lists_lost` says that Redis has forgotten its lists; `lengths` are those of `sdxl_queue` and
/// `wan_queue`, none when Redis did not answer. Objects to delete are asked for of so many buckets.
#[must_use]
pub fn pass(lists_lost: bool, lengths: Option<(u64, u64)>, buckets: u32) -> SweepPass {
    SweepPass {
        p_limit: SWEEP_ROWS,
        p_lists_lost: lists_lost,
        p_sdxl_length: lengths.map(|(sdxl, _)| sdxl),
        p_wan_length: lengths.map(|(_, wan)| wan),
        p_max_attempts: MAX_ATTEMPTS,
        p_outage_seconds: OUTAGE_SECONDS,
        p_max_queued_seconds: MAX_QUEUED_SECONDS,
        p_max_running_seconds: MAX_RUNNING_SECONDS,
        p_lease_seconds: LEASE_SECONDS,
        p_buckets: buckets,
    }
}

/// A hint for its list; the token is the attempt's.
#[must_use]
pub fn hint<'a>(
    to_push: &'a HintToPush,
    public_base_url: &str,
    token: String,
) -> (Queue, Hint<&'a Map<String, Value>>) {
    let HintToPush {
        job_id,
        user_id,
        job_type,
        num_assets,
        attempt,
        claim,
        ref payload,
    } = *to_push;
    let main = ordered_type(job_type, payload);
    let keys = asset_key::claim_keys(user_id, job_id, job_type, claim, num_assets, main);
    (
        job_type.queue(),
        Hint::new(payload, attempt, keys, public_base_url, token),
    )
}

/// What a stored payload, maybe one of another version, asks for.
fn ordered_type(job_type: JobType, payload: &Map<String, Value>) -> FileType {
    let extension = payload
        .get("config")
        .and_then(|config| config.get("file_extension"));
    asset_key::main_type(job_type, extension.and_then(Value::as_str).unwrap_or(""))
}

/// What to tell the database afterwards; none when there is nothing to tell.
#[must_use]
pub fn done(swept: &Swept, were_pushed: bool, deleted: Vec<ObjectToDelete>) -> Option<SweepDone> {
    let pushed: Vec<PushedHint> = swept
        .push
        .iter()
        .filter(|_| were_pushed)
        .map(|hint| PushedHint {
            job_id: hint.job_id,
            attempt: hint.attempt,
        })
        .collect();
    let is_empty = pushed.is_empty() && deleted.is_empty();
    (!is_empty).then_some(SweepDone {
        p_pushed: pushed,
        p_deleted: deleted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Id, JobType};
    use alloc::vec;

    fn swept() -> Swept {
        Swept {
            requeued: 1,
            failed: 0,
            canceled: 0,
            extended: 0,
            push: vec![HintToPush {
                job_id: Id::from_bytes([1; 16]),
                user_id: Id::from_bytes([2; 16]),
                job_type: JobType::ImageFast,
                num_assets: 1,
                attempt: 2,
                claim: 2,
                payload: Map::new(),
            }],
            objects: Vec::new(),
        }
    }

    #[test]
    fn the_database_hears_of_what_was_done_and_of_nothing_else() {
        let told = done(&swept(), true, Vec::new()).unwrap();
        assert_eq!(told.p_pushed.first().map(|hint| hint.attempt), Some(2));
        assert_eq!(done(&swept(), false, Vec::new()), None);
        let gone = ObjectToDelete {
            bucket: "image_fast".into(),
            key: "u/j.png".into(),
        };
        let told = done(&swept(), false, vec![gone.clone()]).unwrap();
        assert_eq!((told.p_pushed, told.p_deleted), (vec![], vec![gone]));
    }
}
