//! The people, the moment and the rows that all cases share.

use ourvidz_core::plan::submit::{self, Submission, SubmitPlan, SubmitSettings};
use ourvidz_core::timestamp::{parse_rfc3339, rfc3339};
use ourvidz_core::wire::rpc::{AssetRef, EnqueueJob, Enqueued, JobRow, Status};
use ourvidz_core::wire::submit::SubmitRequest;
use ourvidz_core::{ApiError, Format, Id, Moment};
use ourvidz_policy::ExtraTerms;
use serde_json::{Map, Value, json};

/// The owner of everything.
pub const USER: &str = "11111111-1111-4111-8111-111111111111";

/// The lease that a running job is held with.
pub const LEASE: &str = "33333333-3333-4333-b333-333333333333";

/// The deployment's address.
pub const PUBLIC_BASE_URL: &str = "https://edge.example.com";

const NOON: &str = "2026-11-21T12:00:00.000Z";

/// The moment of a submit. Its entropy makes the job's id twos.
pub fn submit_moment() -> Moment {
    Moment::new(parse_rfc3339(NOON).unwrap(), [0x22; 32])
}

/// Half a minute later; a lease made now is threes.
pub fn later() -> Moment {
    Moment::new(submit_moment().now_ms + 30_000, [0x33; 32])
}

/// The id of that text.
pub fn id(text: &str) -> Id {
    text.parse().unwrap()
}

/// The operator's terms of a case.
pub fn extra_terms(context: &Value) -> ExtraTerms {
    context["extra_terms"]
        .as_str()
        .map_or_else(ExtraTerms::none, |terms| ExtraTerms::parse(terms).unwrap())
}

/// Plans the submit of a request in the context of its case.
pub fn plan_submit(request: &SubmitRequest, context: &Value) -> Result<SubmitPlan, ApiError> {
    let extra_terms = extra_terms(context);
    let project = serde_json::from_value(context["project"].clone()).ok();
    let submission = Submission {
        request,
        user_id: id(USER),
        anonymous: false,
        project: project.as_ref(),
        enhanced_prompt: context["enhanced_prompt"].as_str(),
        idempotency_key: submit::idempotency_key(context["idempotency_key"].as_str())?,
        api_key_id: None,
    };
    let mut settings = SubmitSettings::new(&extra_terms);
    if let Some(number) = context["default_num_images"].as_u64() {
        settings.default_num_images = u8::try_from(number).unwrap();
    }
    submit::submit(&submission, &settings, &submit_moment())
}

/// What the database answers to the first submit of an empty queue.
pub fn enqueued(rpc: &EnqueueJob) -> Enqueued {
    let asset = |index: u8| AssetRef {
        id: Id::from_random([0x80 + index; 16]),
        image_index: index,
    };
    let is_image = rpc.p_job_type.format() == Format::Image;
    Enqueued {
        replayed: false,
        job: job_row(rpc),
        images: if is_image {
            (0..rpc.p_num_assets).map(asset).collect()
        } else {
            Vec::new()
        },
        video: (!is_image).then(|| asset(0)),
        position: Some(1),
        eta_seconds: Some(
            u32::try_from(rpc.p_job_type.expected_ms(rpc.p_num_assets).div_ceil(1000)).unwrap(),
        ),
        queue_length: Some(1),
        remaining: rpc.p_max_per_minute - 1,
        reset_seconds: 60,
    }
}

/// The row of a job that was just submitted.
pub fn job_row(rpc: &EnqueueJob) -> JobRow {
    JobRow {
        releases: 0,
        id: rpc.p_job_id,
        user_id: rpc.p_user_id,
        job_type: rpc.p_job_type,
        status: Status::Queued,
        attempt: 1,
        version: 1,
        progress: 0,
        num_assets: rpc.p_num_assets,
        cancel_requested: false,
        metadata: shown_metadata(rpc),
        created_at: rfc3339(submit_moment().now_ms),
        webhook: false,
    }
}

/// The metadata as the database shows it: with the prompt of the row.
fn shown_metadata(rpc: &EnqueueJob) -> Map<String, Value> {
    let mut metadata = rpc.p_metadata.clone();
    metadata.insert("prompt".to_owned(), json!(rpc.p_prompt));
    if metadata.contains_key("original_prompt") {
        metadata.insert("enhanced_prompt".to_owned(), json!(rpc.p_prompt));
    }
    metadata
}

/// The submit that a worker's case starts from.
pub fn submitted(job_type: &Value, num_images: &Value, more: &Value) -> SubmitPlan {
    let mut metadata =
        json!({ "prompt": "a lighthouse on a cliff at dusk", "num_images": num_images });
    for key in ["seed", "references"] {
        if !more[key].is_null() {
            metadata[key] = more[key].clone();
        }
    }
    let body = json!({ "jobType": job_type, "metadata": metadata });
    let request = SubmitRequest::parse(body.to_string().as_bytes()).unwrap();
    plan_submit(&request, &Value::Null).unwrap()
}

/// The answer to a refusal.
pub fn refusal(error: &ApiError) -> Value {
    json!({ "status": error.code.status(), "body": error.to_body("request-1") })
}
