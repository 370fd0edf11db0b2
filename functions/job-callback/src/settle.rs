//! Reports that change more than a lease: decide by what the report brings along of its job or else by the row, look at
//! the objects, write.

use ourvidz_core::plan::settle::{self, SettleDecision, Settling};
use ourvidz_core::plan::uploads::LeaseHolder;
use ourvidz_core::wire::callback::{CallbackReply, CallbackReport};
use ourvidz_core::wire::rpc::{
    CountCallback, JobForSettlement, RecordPolicyEvent, ReportOutcome, Settlement, Status,
    UnwrittenReport,
};
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_edge::{Call, Runtime, snapshot, webhooks};

use crate::objects::Seen;
use crate::{no_such_job, objects};

/// Times that a settlement is decided anew because the row changed in between. Each time somebody else made
/// progress, so this is about fairness to the waiting worker, not about getting stuck.
const TRIES: u32 = 4;

/// Settles a report. What writes is counted by what it writes; the rest after the answer, for operators.
pub async fn settle<R: Runtime>(
    call: &Call<R>,
    report: &CallbackReport,
) -> Result<CallbackReply, ApiError> {
    let settled = read_and_write(call, report).await;
    if let Some(p_outcome) = unwritten(&settled) {
        let backends = call.backends();
        call.later(async move {
            // A counter that is one behind harms nobody.
            let _ = backends.edge_rpc(&CountCallback { p_outcome }).await;
        });
    }
    settled
}

/// What became of a report for which nothing was written; none for what was, and for what comes again.
fn unwritten(settled: &Result<CallbackReply, ApiError>) -> Option<UnwrittenReport> {
    match settled {
        Ok(reply) if reply.replayed => Some(UnwrittenReport::Replayed),
        Ok(reply) if reply.ignored && reply.reason.as_deref() == Some("terminal") => {
            Some(UnwrittenReport::Terminal)
        }
        Ok(reply) if reply.ignored => Some(UnwrittenReport::Stale),
        Ok(_) => None,
        Err(error) if error.code == Code::NotFound => Some(UnwrittenReport::NotFound),
        Err(error) if error.code.status() < 500 => Some(UnwrittenReport::Refused),
        Err(_) => None,
    }
}

async fn read_and_write<R: Runtime>(
    call: &Call<R>,
    report: &CallbackReport,
) -> Result<CallbackReply, ApiError> {
    let mut seen = Seen::new();
    if let Some(context) = snapshot::open(call, report)
        && let Some(reply) = by_snapshot(call, report, &context, &mut seen).await?
    {
        return Ok(reply);
    }
    for _ in 0..TRIES {
        let context = call
            .edge_rpc(&JobForSettlement {
                p_job_id: report.job_id,
            })
            .await?
            .ok_or_else(no_such_job)?;
        match decide(call, report, &context, &mut seen).await? {
            SettleDecision::Write(settling) => {
                if let Some(reply) = write(call, report, &context, *settling).await? {
                    return Ok(reply);
                }
            }
            SettleDecision::Replay(reply) | SettleDecision::Ignore(reply) => return Ok(*reply),
        }
        call.note("conflict", true);
    }
    Err(ApiError::new(Code::Unavailable)
        .with_retry_after(1)
        .with_cause("settle_job: the row changed each time"))
}

/// Settles by what the report brings along of its job; none when only the job itself can tell what becomes of it:
/// because it has changed, or because nothing but a write was decided by what it was.
async fn by_snapshot<R: Runtime>(
    call: &Call<R>,
    report: &CallbackReport,
    context: &Settlement,
    seen: &mut Seen,
) -> Result<Option<CallbackReply>, ApiError> {
    match decide(call, report, context, seen).await {
        Ok(SettleDecision::Write(settling)) => write(call, report, context, *settling).await,
        Ok(SettleDecision::Replay(_) | SettleDecision::Ignore(_)) | Err(_) => Ok(None),
    }
}

/// Decides about a report, with a look at the objects that it names.
async fn decide<R: Runtime>(
    call: &Call<R>,
    report: &CallbackReport,
    context: &Settlement,
    seen: &mut Seen,
) -> Result<SettleDecision, ApiError> {
    let extra_terms = call.settings.policy_terms.get()?;
    let mut decision = settle::settle(report, context, extra_terms, call.at.now_ms)?;
    if let SettleDecision::Write(settling) = &mut decision
        && call.settings.asset_check
    {
        objects::check(call, settling, seen).await?;
    }
    Ok(decision)
}

/// Writes a settlement; none if the row is not the one that it was decided on.
async fn write<R: Runtime>(
    call: &Call<R>,
    report: &CallbackReport,
    context: &Settlement,
    settling: Settling,
) -> Result<Option<CallbackReply>, ApiError> {
    let written = call.edge_rpc(&settling.rpc).await?;
    match written.outcome {
        ReportOutcome::Conflict => return Ok(None),
        ReportOutcome::NotFound => return Err(no_such_job()),
        ReportOutcome::Ok | ReportOutcome::Stale | ReportOutcome::Terminal => {}
    }
    // The transition, for whoever follows a job through the log.
    call.note("jobStatus", settling.rpc.p_status.as_str());
    call.note("attempt", settling.rpc.p_attempt);
    call.note("charged", written.charged);
    call.note("released", written.released);
    if let Some(p_user_id) = settling.refused_text_of {
        audit(call, p_user_id, settling.rpc.p_job_id).await;
    }
    let job = &context.job;
    if job.webhook && settling.rpc.p_status.is_terminal() {
        webhooks::send_soon(call, job.id);
    }
    let lease_holder = LeaseHolder {
        user_id: job.user_id,
        job_id: job.id,
        job_type: job.job_type,
        claim: job.claim_number(job.attempt),
        num_assets: job.num_assets,
    };
    let mut reply = settling.reply;
    settle::renew(&mut reply, &written);
    reply.snapshot = settle::after(context, &settling.rpc, &written)
        .and_then(|settlement| snapshot::seal(call, &settlement));
    // Nobody holds an attempt that has ended, so nobody may write its files any more.
    if settling.rpc.p_status == Status::Processing {
        reply.uploads = objects::upload_links(call, &lease_holder, &report.upload_requests)?;
    }
    Ok(Some(reply))
}

/// Leaves the audit row of a text that the content policy refused.
async fn audit<R: Runtime>(call: &Call<R>, p_user_id: Id, p_job_id: Id) {
    let event = RecordPolicyEvent {
        p_user_id,
        p_surface: "callback".to_owned(),
        p_job_id: Some(p_job_id),
    };
    if let Err(error) = call.edge_rpc(&event).await {
        call.note("auditFailed", error.into_parts().cause.unwrap_or_default());
    }
}
