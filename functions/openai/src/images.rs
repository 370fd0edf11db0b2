//! `POST /v1/images/generations`: an order, and the wait for it.

use futures_util::future::try_join_all;
use ourvidz_core::ApiError;
use ourvidz_core::api_key::KeyScope;
use ourvidz_core::wire::job::JobView;
use ourvidz_core::wire::openai::{ImageData, ImagesReply, ImagesRequest, Making, revised_prompt};
use ourvidz_core::wire::rpc::{JobRow, Status};
use ourvidz_edge::{Call, Reply, Runtime, caller, order, pictures, wait};

use crate::{refusal, stream};

/// How long an answer may take. OpenAI's clients wait ten minutes, but `fetch` of Node gives up after five without a
/// header; a picture of WAN takes one and a half, and something may be before it.
pub const WAIT_SECONDS: u32 = 240;

/// Orders, and answers with the pictures.
///
/// # Errors
///
/// As `queue-job`.
pub async fn generate<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let caller = caller::user(call, KeyScope::Orders).await?;
    let request = ImagesRequest::parse(call.json_body()?)?;
    let key = call.incoming.header("idempotency-key");
    call.note("jobType", request.order.job_type.as_str());
    let submission = order::of(&caller, &request.order, key)?;
    let plan = order::plan(call, &submission, &call.at).await?;
    let (enqueued, _) = order::place(call, &plan).await?;
    let patience = wait::patience(call.incoming.header("prefer")).unwrap_or(WAIT_SECONDS);
    let reply = if request.stream {
        stream::open(
            call,
            caller,
            &enqueued.job,
            place(call, &enqueued.job),
            patience,
            request.partial_images,
        )
    } else {
        let seen = wait::until_done(call, &caller, enqueued.job.id, patience).await;
        answer(call, &enqueued.job, seen, request.inline).await?
    };
    Ok(order::with_headers(reply, &plan, &enqueued))
}

async fn answer<R: Runtime>(
    call: &Call<R>,
    ordered: &JobRow,
    seen: Option<JobView>,
    inline: bool,
) -> Result<Reply, ApiError> {
    match seen {
        Some(job) if job.status == Status::Completed => {
            let data = all_pictures(call, &job, inline).await?;
            let mut making = making(ordered);
            if let Some(picture) = pictures::delivered(&job).next() {
                making = making.delivered(pictures::place(picture).1);
            }
            Reply::json(&images(call, ordered, making, job.status, data))
        }
        Some(job) if wait::has_ended(&job) => Ok(refusal::reply(&refusal::of_job(&job))),
        seen => {
            let status = seen.map_or(ordered.status, |job| job.status);
            let reply = Reply::json(&images(call, ordered, making(ordered), status, Vec::new()))?;
            Ok(reply
                .with_status(202)
                .with_header("location", place(call, ordered)))
        }
    }
}

fn images<R: Runtime>(
    call: &Call<R>,
    job: &JobRow,
    making: Making,
    status: Status,
    data: Vec<ImageData>,
) -> ImagesReply {
    let now_s = call.runtime.now_ms() / 1000;
    ImagesReply::new(now_s, job.id, making, status, data)
}

fn making(job: &JobRow) -> Making {
    Making::ordered(job.job_type, &job.metadata)
}

/// Where a job that is not done yet can be looked at.
fn place<R>(call: &Call<R>, job: &JobRow) -> String {
    format!("{}/api/jobs/{}", call.settings.public_base_url, job.id)
}

async fn all_pictures<R: Runtime>(
    call: &Call<R>,
    job: &JobView,
    inline: bool,
) -> Result<Vec<ImageData>, ApiError> {
    let backends = call.backends();
    let pictures = pictures::delivered(job).map(async |asset| {
        let data = ImageData {
            revised_prompt: revised_prompt(job),
            ..ImageData::default()
        };
        Ok(if inline {
            let b64_json = Some(pictures::base64(&backends, asset).await?);
            ImageData { b64_json, ..data }
        } else {
            let url = Some(pictures::link(&backends, pictures::place(asset)));
            ImageData { url, ..data }
        })
    });
    try_join_all(pictures).await
}
