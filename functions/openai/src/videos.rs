//! `/v1/videos`: orders of videos, and what becomes of them.

use ourvidz_core::api_key::KeyScope;
use ourvidz_core::wire::job::JobView;
use ourvidz_core::wire::openai::{
    VideoDeletedReply, VideoReply, is_there, json_of_form, video_order,
};
use ourvidz_core::wire::rpc::{CancelJob, DeleteAsset, MyJob, Status};
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_edge::caller::Caller;
use ourvidz_edge::{Call, Reply, Runtime, caller, order, pictures};

/// Orders a video, and answers at once.
///
/// # Errors
///
/// As `queue-job`.
pub async fn create<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let caller = caller::user(call, KeyScope::Orders).await?;
    let request = match form(call) {
        Some(content_type) => video_order(&json_of_form(content_type, &call.incoming.body)?)?,
        None => video_order(call.json_body()?)?,
    };
    let key = call.incoming.header("idempotency-key");
    call.note("jobType", request.job_type.as_str());
    let submission = order::of(&caller, &request, key)?;
    let plan = order::plan(call, &submission, &call.at).await?;
    let (enqueued, _) = order::place(call, &plan).await?;
    let job = &enqueued.job;
    let rpc = &plan.rpc;
    let now_s = call.at.now_s();
    let video = VideoReply::ordered(job.id, job.job_type, &rpc.p_prompt, &job.metadata, now_s);
    Ok(order::with_headers(Reply::json(&video)?, &plan, &enqueued))
}

/// The media type of a form, which OpenAI's clients send.
fn form<R>(call: &Call<R>) -> Option<&str> {
    let media_type = call.incoming.header("content-type")?;
    media_type
        .starts_with("multipart/form-data")
        .then_some(media_type)
}

/// A video as it stands, or its end.
///
/// # Errors
///
/// 404 for what is not the caller's, no video, or deleted.
pub async fn one<R: Runtime>(call: &Call<R>, id: &str) -> Result<Reply, ApiError> {
    call.only(&["GET", "DELETE"])?;
    if call.incoming.method == "DELETE" {
        let caller = caller::user(call, KeyScope::Orders).await?;
        let job = read(call, &caller, id).await?;
        return delete(call, &caller, &job).await;
    }
    let caller = caller::user(call, KeyScope::Read).await?;
    Reply::json(&VideoReply::of(&read(call, &caller, id).await?))
}

/// Leads to the file, which the storage gives out.
///
/// # Errors
///
/// As [`one`]; 409 while there is no file.
pub async fn content<R: Runtime>(call: &Call<R>, id: &str) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let caller = caller::user(call, KeyScope::Read).await?;
    let job = read(call, &caller, id).await?;
    let asset = pictures::delivered(&job).next();
    let asset = asset.ok_or(Code::StateConflict)?;
    let place = match call.incoming.query("variant") {
        None | Some("video") => pictures::place(asset),
        Some("thumbnail") => pictures::thumbnail(asset).ok_or(Code::NotFound)?,
        Some(_) => return Err(ApiError::invalid_field("variant", "video or thumbnail")),
    };
    let backends = call.backends();
    let link = pictures::link(&backends, place);
    if !is_ours(call, &link) {
        return Ok(Reply::empty()
            .with_status(302)
            .with_header("location", link));
    }
    let media_type = match place.1.rsplit_once('.') {
        Some((_, "mp4")) => "video/mp4",
        _ => "image/jpeg",
    };
    let bytes = pictures::file(&backends, asset.job_type, place).await?;
    Ok(Reply::bytes(media_type, bytes))
}

/// Whether a link leads to this very host, as on the local stack. Clients that follow it send their key along there,
/// which a storage refuses beside the link's own signature, so the file goes through the edge.
fn is_ours<R>(call: &Call<R>, link: &str) -> bool {
    let rest = link.strip_prefix(call.settings.public_base_url.as_str());
    rest.is_some_and(|rest| rest.starts_with('/'))
}

async fn read<R: Runtime>(call: &Call<R>, caller: &Caller, id: &str) -> Result<JobView, ApiError> {
    let p_job_id: Id = id.parse().map_err(|_| Code::NotFound)?;
    let job = call.user_rpc(caller, &MyJob { p_job_id }).await?;
    job.filter(is_there).ok_or_else(|| Code::NotFound.into())
}

/// What is not done yet is called off, at the price of a cancel.
async fn delete<R: Runtime>(
    call: &Call<R>,
    caller: &Caller,
    job: &JobView,
) -> Result<Reply, ApiError> {
    let p_user_id = caller.user_id;
    let deleted = match job.status {
        Status::Queued | Status::Processing => {
            let cancellation = CancelJob {
                p_user_id,
                p_job_id: job.id,
                p_dry_run: false,
            };
            call.edge_rpc(&cancellation).await.map(|_| true)?
        }
        _ => match pictures::delivered(job).next() {
            Some(asset) => {
                let p_asset_id = asset.id;
                let deletion = DeleteAsset {
                    p_user_id,
                    p_asset_id,
                };
                call.edge_rpc(&deletion).await.map(|_| true)?
            }
            None => false,
        },
    };
    Reply::json(&VideoDeletedReply::new(job.id, deleted))
}
