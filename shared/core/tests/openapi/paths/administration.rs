//! What operators do and see.

use ourvidz_core::wire::admin::{PauseReply, PurgeReply, RedriveReply, WorkersReply};
use ourvidz_core::wire::enhance::EnhancementStatisticsReply;
use ourvidz_core::wire::operation::{AdminImageReply, GrantReply};
use ourvidz_core::wire::page::Page;
use ourvidz_core::wire::rpc::FailedJob;
use ourvidz_core::{Code, Queue};
use schemars::SchemaGenerator;
use serde_json::json;

use super::{idempotency_key, paging, schema};
use crate::operation::{Access, Operation, query};

/// Everything that only an operator may do.
pub fn all(generator: &mut SchemaGenerator) -> Vec<Operation> {
    let paused = schema::<PauseReply>(generator);
    let by = Access::Administrator;
    vec![
        Operation::new(
            ("post", "/api/admin/credits"),
            "grantCredits",
            "Gives credits, or takes them.",
            by,
        )
        .with(vec![idempotency_key()])
        .takes("GrantRequest")
        .json(schema::<GrantReply>(generator))
        .or(&[
            Code::NotFound,
            Code::InsufficientCredits,
            Code::StateConflict,
            Code::IdempotencyMismatch,
        ]),
        Operation::new(
            ("post", "/api/admin/pause"),
            "pause",
            "No new jobs for a queue or a worker.",
            by,
        )
        .takes("PauseRequest")
        .json(paused.clone())
        .or(&[Code::NotFound]),
        Operation::new(("post", "/api/admin/resume"), "resume", "Jobs again.", by)
            .takes("PauseRequest")
            .json(paused)
            .or(&[Code::NotFound]),
        Operation::new(
            ("post", "/api/admin/purge"),
            "purge",
            "Cancels what waits in a queue.",
            by,
        )
        .takes("PurgeRequest")
        .json(schema::<PurgeReply>(generator)),
        Operation::new(
            ("post", "/api/admin/redrive"),
            "redrive",
            "Orders failed jobs again.",
            by,
        )
        .takes("RedriveRequest")
        .json(schema::<RedriveReply>(generator))
        .or(&[Code::NotFound, Code::StateConflict]),
        Operation::new(
            ("get", "/api/admin/enhancements"),
            "enhancementStatistics",
            "How prompts are made better, by whom, how fast and how well.",
            by,
        )
        .with(vec![query(
            "days",
            json!({ "type": "integer", "minimum": 1, "maximum": 90, "default": 7 }),
        )])
        .json(schema::<EnhancementStatisticsReply>(generator)),
        Operation::new(
            ("get", "/api/admin/workers"),
            "listWorkers",
            "All workers, the last seen first.",
            by,
        )
        .json(schema::<WorkersReply>(generator)),
        Operation::new(
            ("get", "/api/admin/jobs"),
            "listFailedJobs",
            "Failed jobs, with what workers said.",
            by,
        )
        .with(vec![query("queue", schema::<Queue>(generator))])
        .with(paging())
        .json(schema::<Page<FailedJob>>(generator)),
        Operation::new(
            ("get", "/api/metrics"),
            "metrics",
            "The service's state, as Prometheus reads it.",
            by,
        )
        .answers(200, "text/plain", json!({ "type": "string" })),
        Operation::new(
            ("post", "/functions/v1/generate-admin-image"),
            "generateAdminImage",
            "A placeholder picture, where it is switched on.",
            by,
        )
        .takes("AdminImageRequest")
        .json(schema::<AdminImageReply>(generator))
        .or(&[Code::NotFound]),
    ]
}
