//! Every path with its methods.

mod administration;
mod webhooks;

use ourvidz_core::limits::{DEFAULT_PAGE, MAX_IDEMPOTENCY_KEY_CHARS, MAX_PAGE, MAX_WAIT_SECONDS};
use ourvidz_core::wire::account::AccountReply;
use ourvidz_core::wire::assets::{AssetChangedReply, AssetDeletedReply, AssetReply};
use ourvidz_core::wire::callback::{CallbackReply, ReportStatus, UploadRequest};
use ourvidz_core::wire::claim::ClaimReply;
use ourvidz_core::wire::enhance::EnhanceReply;
use ourvidz_core::wire::job::{CancelReply, JobReply};
use ourvidz_core::wire::operation::{ConfigReply, HealthReply};
use ourvidz_core::wire::page::Page;
use ourvidz_core::wire::projects::{ProjectReply, ProjectSavedReply};
use ourvidz_core::wire::queue_status::QueueStatusReply;
use ourvidz_core::wire::references::{ReferenceType, ReferenceUploadReply};
use ourvidz_core::wire::rpc::{JobEvent, Status};
use ourvidz_core::wire::submit::{DryRunReply, SubmitReply};
use ourvidz_core::wire::ticket::TicketReply;
use ourvidz_core::{Code, JobType, Quality};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use crate::operation::{Access, Operation, header, query};
pub use webhooks::received;

const EVENT_STREAM: &str = "text/event-stream";

/// Everything that the edge answers.
pub fn all(generator: &mut SchemaGenerator) -> Vec<Operation> {
    // What bodies refer to, and no answer does.
    for _ in [
        schema::<Code>(generator),
        schema::<Quality>(generator),
        schema::<ReferenceType>(generator),
        schema::<ReportStatus>(generator),
        schema::<UploadRequest>(generator),
        schema::<JobEvent>(generator),
    ] {}
    let mut operations = ordering(generator);
    operations.extend(jobs(generator));
    operations.extend(belongings(generator));
    operations.extend(webhooks::all(generator));
    operations.extend(workers(generator));
    operations.extend(administration::all(generator));
    operations.extend(public(generator));
    operations
}

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

fn ordering(generator: &mut SchemaGenerator) -> Vec<Operation> {
    let wait = format!(
        "`wait=N`: answers when the job has ended, or after N seconds, at most {MAX_WAIT_SECONDS}."
    );
    let placed = schema::<SubmitReply>(generator);
    let answer = json!({ "anyOf": [placed.clone(), schema::<DryRunReply>(generator)] });
    vec![
        Operation::new(
            ("post", "/functions/v1/queue-job"),
            "queueJob",
            "Orders pictures or a video.",
            Access::User,
        )
        .with(vec![
            idempotency_key(),
            header("prefer", &wait, json!({ "type": "string" })),
        ])
        .takes("SubmitRequest")
        .json(answer)
        .or(&ORDERING),
        Operation::new(
            ("post", "/api/jobs/{id}/retry"),
            "retryJob",
            "Orders the same again, as a new job.",
            Access::User,
        )
        .with(vec![idempotency_key()])
        .json(placed)
        .or(&ORDERING),
        Operation::new(
            ("post", "/functions/v1/enhance-prompt"),
            "enhancePrompt",
            "Makes a prompt better.",
            Access::User,
        )
        .takes("EnhanceRequest")
        .json(schema::<EnhanceReply>(generator))
        // Where the request says `stream: true`.
        .answers(200, EVENT_STREAM, json!({ "type": "string" }))
        .or(&[
            Code::UnknownJobType,
            Code::Forbidden,
            Code::ContentPolicy,
            Code::RateLimited,
        ]),
    ]
}

/// How an order can be refused.
const ORDERING: [Code; 10] = [
    Code::UnknownJobType,
    Code::InsufficientCredits,
    Code::NotFound,
    Code::StateConflict,
    Code::IdempotencyInProgress,
    Code::ContentPolicy,
    Code::IdempotencyMismatch,
    Code::RateLimited,
    Code::TooManyActiveJobs,
    Code::QueueFull,
];

fn jobs(generator: &mut SchemaGenerator) -> Vec<Operation> {
    let filters = vec![
        query("status", schema::<Status>(generator)),
        query("type", schema::<JobType>(generator)),
    ];
    vec![
        Operation::new(
            ("get", "/api/jobs"),
            "listJobs",
            "The caller's jobs, newest first.",
            Access::User,
        )
        .with(filters)
        .with(paging())
        .json(schema::<Page<JobReply>>(generator))
        .or(&[Code::UnknownJobType]),
        Operation::new(
            ("get", "/api/jobs/{id}"),
            "getJob",
            "A job with its assets.",
            Access::User,
        )
        .json(schema::<JobReply>(generator)),
        Operation::new(
            ("post", "/api/jobs/{id}/cancel"),
            "cancelJob",
            "Calls a job off.",
            Access::User,
        )
        .json(schema::<CancelReply>(generator))
        .or(&[Code::StateConflict]),
        Operation::new(
            ("get", "/api/jobs/{id}/events"),
            "followJob",
            "What happens to a job, as it happens; each `data` is a JobEvent's.",
            Access::Listener,
        )
        .with(position())
        .answers(200, EVENT_STREAM, json!({ "type": "string" })),
        Operation::new(
            ("get", "/functions/v1/events"),
            "followAll",
            "What happens to all of the caller's jobs.",
            Access::Listener,
        )
        .with(position())
        .answers(200, EVENT_STREAM, json!({ "type": "string" })),
        Operation::new(
            ("post", "/api/events/ticket"),
            "eventsTicket",
            "A ticket for one event stream, for clients that cannot send a header.",
            Access::User,
        )
        .json(schema::<TicketReply>(generator))
        .or(&[Code::RateLimited]),
    ]
}

fn belongings(generator: &mut SchemaGenerator) -> Vec<Operation> {
    let filters = vec![
        query(
            "kind",
            json!({ "type": "string", "enum": ["image", "video"] }),
        ),
        query("saved", json!({ "type": "boolean" })),
    ];
    let saved = schema::<ProjectSavedReply>(generator);
    vec![
        Operation::new(
            ("get", "/api/assets"),
            "listAssets",
            "The caller's finished pictures and videos, newest first.",
            Access::User,
        )
        .with(filters)
        .with(paging())
        .json(schema::<Page<AssetReply>>(generator)),
        Operation::new(
            ("patch", "/api/assets/{id}"),
            "changeAsset",
            "Saves, prefers or renames.",
            Access::User,
        )
        .takes("AssetPatch")
        .json(schema::<AssetChangedReply>(generator))
        .or(&[Code::StateConflict, Code::ContentPolicy]),
        Operation::new(
            ("delete", "/api/assets/{id}"),
            "deleteAsset",
            "Deletes a picture or a video.",
            Access::User,
        )
        .json(schema::<AssetDeletedReply>(generator))
        .or(&[Code::StateConflict]),
        Operation::new(
            ("get", "/api/projects"),
            "listProjects",
            "The caller's projects, newest first.",
            Access::User,
        )
        .with(paging())
        .json(schema::<Page<ProjectReply>>(generator)),
        Operation::new(
            ("post", "/api/projects"),
            "createProject",
            "Makes a prompt that jobs can start from.",
            Access::User,
        )
        .takes("ProjectRequest")
        .json(saved.clone())
        .or(&[Code::ContentPolicy]),
        Operation::new(
            ("patch", "/api/projects/{id}"),
            "changeProject",
            "Changes a project.",
            Access::User,
        )
        .takes("ProjectRequest")
        .json(saved)
        .or(&[Code::ContentPolicy]),
        Operation::new(
            ("post", "/api/references"),
            "uploadReference",
            "A link to upload a reference image with.",
            Access::User,
        )
        .takes("ReferenceUploadRequest")
        .json(schema::<ReferenceUploadReply>(generator)),
        Operation::new(
            ("get", "/api/me"),
            "me",
            "Balance, usage, limits.",
            Access::User,
        )
        .json(schema::<AccountReply>(generator)),
        Operation::new(
            ("get", "/api/queue-status"),
            "queueStatus",
            "How full the queues are, and why jobs wait.",
            Access::User,
        )
        .json(schema::<QueueStatusReply>(generator)),
    ]
}

fn workers(generator: &mut SchemaGenerator) -> Vec<Operation> {
    vec![
        Operation::new(
            ("post", "/functions/v1/claim-job"),
            "claimJob",
            "Asks for a job; 204 when there is none.",
            Access::Worker,
        )
        .takes("ClaimRequest")
        .json(schema::<ClaimReply>(generator))
        .empty(204),
        Operation::new(
            ("post", "/functions/v1/job-callback"),
            "jobCallback",
            "Tells what became of a job.",
            Access::Reporter,
        )
        .takes("CallbackReport")
        .json(schema::<CallbackReply>(generator))
        .or(&[
            Code::Forbidden,
            Code::NotFound,
            Code::StateConflict,
            Code::AssetsMismatch,
            Code::InvalidAsset,
            Code::AliasConflict,
        ]),
    ]
}

fn public(generator: &mut SchemaGenerator) -> Vec<Operation> {
    let health = schema::<HealthReply>(generator);
    let any = Access::Anyone;
    vec![
        Operation::new(
            ("get", "/functions/v1/generate-admin-image/{file}"),
            "adminImage",
            "The placeholder picture itself.",
            any,
        )
        .answers(
            200,
            "image/png",
            json!({ "type": "string", "contentMediaType": "image/png" }),
        ),
        Operation::new(
            ("get", "/api/health"),
            "health",
            "Whether the deployment can work.",
            any,
        )
        .with(vec![query(
            "deep",
            json!({ "type": "string", "description": "Asks the database and Redis, too." }),
        )])
        .json(health.clone())
        .answers(503, "application/json", health),
        Operation::new(
            ("get", "/api/config"),
            "config",
            "What a page must know before anyone has signed in.",
            any,
        )
        .json(schema::<ConfigReply>(generator)),
        Operation::new(
            ("get", "/api/openapi.json"),
            "openapi",
            "This document.",
            any,
        )
        .json(json!({ "type": "object" })),
        Operation::new(
            ("get", "/llms.txt"),
            "llms",
            "The API in a page, for language models.",
            any,
        )
        .answers(200, "text/plain", json!({ "type": "string" })),
    ]
}

fn idempotency_key() -> Value {
    header(
        "idempotency-key",
        "The same key with the same request is done once.",
        json!({ "type": "string", "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY_CHARS, "pattern": "^[!-~]+$" }),
    )
}

fn paging() -> Vec<Value> {
    vec![
        query(
            "limit",
            json!({ "type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE }),
        ),
        query(
            "cursor",
            json!({ "type": "string", "description": "A page's `nextCursor`." }),
        ),
    ]
}

fn position() -> Vec<Value> {
    let number = json!({ "type": "string", "pattern": "^([0-9]+|latest)$" });
    vec![
        header(
            "last-event-id",
            "The last event that was seen.",
            number.clone(),
        ),
        query("after", number),
    ]
}
