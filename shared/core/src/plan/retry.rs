//! `POST /api/jobs/{id}/retry`: a new job that asks for the same.

use serde_json::json;

use super::submit::metadata;
use crate::wire::job::JobView;
use crate::wire::rpc::Status;
use crate::wire::submit::SubmitRequest;
use crate::{ApiError, Code};

/// The order that repeats a job. The job itself is left as it is; the new one names it as its origin.
///
/// A completed job is repeated without its seed, because the same seed gives the same picture; one that
/// failed or was canceled keeps the seed that it was ordered with.
///
/// # Errors
///
/// 409 while the job has not ended.
pub fn again(job: &JobView) -> Result<SubmitRequest, ApiError> {
    if !job.status.is_terminal() {
        return Err(ApiError::new(Code::StateConflict)
            .with_message("The job has not ended yet.")
            .with_details(json!({ "status": job.status })));
    }
    let order = metadata::order_of(job);
    Ok(SubmitRequest {
        seed: order.seed.filter(|_| job.status != Status::Completed),
        retry_of: Some(job.id),
        ..order
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(status: &str) -> JobView {
        let asset = |index: u8| {
            json!({
                "id": "11111111-1111-4111-8111-111111111111",
                "job_id": "22222222-2222-4222-8222-222222222222",
                "kind": "image", "job_type": "sdxl_image_fast", "image_index": index, "status": status,
                "title": null, "url": null, "thumbnail_url": null, "saved": false, "preferred": false,
                "metadata": {}, "created_at": "2026-11-21T10:00:00.000Z",
            })
        };
        serde_json::from_value(json!({
            "id": "22222222-2222-4222-8222-222222222222",
            "user_id": "33333333-3333-4333-8333-333333333333",
            "status": status, "job_type": "sdxl_image_fast", "progress": 0, "attempt": 3,
            "cancel_requested": false, "prompt": "a lake",
            "metadata": {
                "seed": 0, "mood": "calm", "queue": "sdxl_queue", "worker": { "gpu": "x" },
                "project_id": "44444444-4444-4444-8444-444444444444", "num_images": 1,
            },
            "error_code": null, "error_message": null, "position": null, "eta_seconds": null,
            "waiting_for": null, "credits": { "held": 0, "charged": 0, "released": 3 },
            "created_at": "2026-11-21T10:00:00.000Z", "started_at": null, "completed_at": null,
            "num_assets": 3, "cancel_cost": null, "assets": [asset(0), asset(2)],
        }))
        .unwrap()
    }

    // Its owner has deleted one of the three pictures.
    #[test]
    fn asks_for_the_same() {
        let request = again(&job("failed")).unwrap();
        assert_eq!(request.prompt.as_deref(), Some("a lake"));
        assert_eq!((request.num_images, request.seed), (Some(3), Some(0)));
        assert_eq!(
            request.retry_of,
            Some("22222222-2222-4222-8222-222222222222".parse().unwrap())
        );
        assert_eq!(
            request.project_id,
            Some("44444444-4444-4444-8444-444444444444".parse().unwrap())
        );
        assert_eq!(
            request.extra.keys().collect::<alloc::vec::Vec<_>>(),
            ["mood"]
        );
    }

    #[test]
    fn a_completed_job_gets_another_seed_and_a_running_one_no_repetition() {
        assert_eq!(again(&job("completed")).unwrap().seed, None);
        assert_eq!(
            again(&job("processing")).unwrap_err().code,
            Code::StateConflict
        );
    }
}
