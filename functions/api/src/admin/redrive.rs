//! `POST /api/admin/redrive`: orders failed jobs again, at the service's cost.
//!
//! What has ended never changes, so a redrive is a new order that names the failed one, as its owner's own
//! retry would be. The owner did not ask for it and must not pay for it: the price is granted and held
//! in one, once for each failed job, however often a redrive is repeated.

use ourvidz_core::limits::MAX_REDRIVEN_JOBS;
use ourvidz_core::plan::retry;
use ourvidz_core::plan::submit::Submission;
use ourvidz_core::wire::admin::{self, RedriveReply, Redriven, Skipped};
use ourvidz_core::wire::job::JobView;
use ourvidz_core::wire::page::{Cursor, Page, page};
use ourvidz_core::wire::rpc::RedriveJob;
use ourvidz_core::{ApiError, Id, Moment};
use ourvidz_edge::{Call, Reply, Runtime, caller, order};

pub(crate) async fn redrive<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let actor = caller::admin(call).await?;
    let request = admin::redrive(call.json_body()?, actor.clone())?;
    let jobs = page_of(call.edge_rpc(&request).await?);
    let mut reply = RedriveReply {
        success: true,
        redriven: Vec::new(),
        skipped: Vec::new(),
        next_cursor: jobs.next_cursor,
    };
    for (number, job) in (0..).zip(&jobs.items) {
        match again(call, &actor, job, &call.at.branch(number)).await {
            Ok(new_job_id) => reply.redriven.push(Redriven {
                job_id: job.id,
                new_job_id,
            }),
            // One that cannot be ordered is no reason to leave the others.
            Err(error) => reply.skipped.push(Skipped {
                job_id: job.id,
                code: error.code,
            }),
        }
    }
    call.note("redriven", reply.redriven.len());
    Reply::json(&reply)
}

fn page_of(rows: Vec<JobView>) -> Page<JobView> {
    let cursor_of = |job: &JobView| Cursor {
        created_at: job.completed_at.clone().unwrap_or_default(),
        id: job.id,
    };
    page(rows, MAX_REDRIVEN_JOBS, cursor_of, |job| job)
}

async fn again<R: Runtime>(
    call: &Call<R>,
    actor: &str,
    job: &JobView,
    at: &Moment,
) -> Result<Id, ApiError> {
    let request = retry::again(job)?;
    let submission = Submission {
        request: &request,
        user_id: job.user_id,
        anonymous: false,
        project: None,
        enhanced_prompt: None,
        idempotency_key: None,
        api_key_id: None,
    };
    let plan = order::plan(call, &submission, at).await?;
    let enqueued = order::record(call, &plan, async |order| {
        let redrive = RedriveJob {
            p_actor: actor.to_owned(),
            p_order: order.clone(),
        };
        call.edge_rpc(&redrive).await
    })
    .await?;
    order::placed(call, &plan, &enqueued)?;
    Ok(enqueued.job.id)
}
