//! Every operation: who may do it, what it takes, what it answers and how it refuses.

use alloc::vec::Vec;

use schemars::SchemaGenerator;
use serde_json::{Value, json};

use super::operation::{Operation, either, events, media, nothing, reply, schema_of};
use super::parameters::{
    after, cursor, days, deep, delivery_status, from, header, hours, idempotency_key, job_type,
    kind, last_event_id, limit, order, prefer, previews, project, queue, saved, status, tag, until,
    variant, words,
};
use crate::Code;
use crate::wire::account::{AccountReply, DataDeletedReply};
use crate::wire::admin::{
    self, ExpediteReply, PauseReply, PurgeReply, RedriveReply, RevokeReply, StrikesReply,
    WorkersReply,
};
use crate::wire::api_keys::{self, ApiKeyCreatedReply, ApiKeyRevokedReply, ApiKeysReply};
use crate::wire::assets::{self, AssetChangedReply, AssetDeletedReply, AssetReply};
use crate::wire::callback::{self, CallbackReply};
use crate::wire::claim::{self, ClaimReply};
use crate::wire::enhance::{self, EnhanceReply, EnhancementStatisticsReply};
use crate::wire::job::{self, CancelReply, JobReply};
use crate::wire::mcp::{self, McpReply};
use crate::wire::monitoring::{self, HistoryReply, RedeliverReply};
use crate::wire::openai::{
    self, ImagesReply, ModelsReply, OpenAiModel, VideoDeletedReply, VideoReply,
};
use crate::wire::operation::{self, AdminImageReply, ConfigReply, GrantReply, HealthReply};
use crate::wire::page::Page;
use crate::wire::projects::{self, ProjectReply, ProjectSavedReply};
use crate::wire::queue_status::QueueStatusReply;
use crate::wire::reference_upload::{self, ReferenceUploadReply};
use crate::wire::rpc::{FailedJob, OperatorsDelivery, WebhookDelivery};
use crate::wire::submit::{self, DryRunReply, SubmitReply};
use crate::wire::tags::TagsReply;
use crate::wire::ticket::TicketReply;
use crate::wire::webhooks::{RedrivenReply, SecretReply, WebhookMessage};

macro_rules! operations {
    ($(
        $access:ident $method:ident $path:literal $id:literal $summary:literal
            $(takes($body:expr))? $(with($($parameter:ident),+))? gives($($answer:expr),+) $(refuses($($code:ident)+))?;
    )+) => {
        /// Everything that the edge answers.
        pub(super) fn all() -> Vec<Operation> {
            Vec::from([$(Operation {
                method: stringify!($method),
                path: $path,
                id: $id,
                summary: $summary,
                access: super::operation::Access::$access,
                parameters: Vec::from([$($($parameter as super::operation::Schema),+)?]),
                body: operations!(@body $($body)?),
                answers: Vec::from([$($answer),+]),
                codes: Vec::from([$($(Code::$code),+)?]),
            }),+])
        }
    };
    (@body) => { None };
    (@body $body:expr) => { Some($body) };
}

operations! {
    User post "/functions/v1/queue-job" "queueJob" "Orders pictures or a video."
        takes(submit::BODY) with(idempotency_key, prefer) gives(either::<SubmitReply, DryRunReply>())
        refuses(UnknownJobType InsufficientCredits SpendingLimit NotFound StateConflict IdempotencyInProgress ContentPolicy
            IdempotencyMismatch RateLimited TooManyActiveJobs QueueFull AccountSuspended);
    User post "/api/jobs/{id}/retry" "retryJob" "Orders the same again, as a new job."
        with(idempotency_key) gives(reply::<SubmitReply>())
        refuses(UnknownJobType InsufficientCredits SpendingLimit NotFound StateConflict IdempotencyInProgress ContentPolicy
            IdempotencyMismatch RateLimited TooManyActiveJobs QueueFull AccountSuspended);
    User post "/functions/v1/enhance-prompt" "enhancePrompt" "Makes a prompt better."
        // Events where the request says `stream: true`.
        takes(enhance::BODY) gives(reply::<EnhanceReply>(), events())
        refuses(UnknownJobType Forbidden ContentPolicy RateLimited AccountSuspended);

    User get "/api/jobs" "listJobs" "The caller's jobs, newest first."
        with(status, job_type, limit, cursor) gives(reply::<Page<JobReply>>()) refuses(UnknownJobType);
    User get "/api/jobs/{id}" "getJob" "A job with its assets." gives(reply::<JobReply>());
    User post "/api/jobs/{id}/cancel" "cancelJob" "Calls a job off, or tells what that would cost."
        takes(job::CANCEL_BODY) gives(reply::<CancelReply>()) refuses(StateConflict);
    Listener get "/api/jobs/{id}/events" "followJob"
        "What happens to a job, as it happens; each `data` is a JobEvent's."
        with(last_event_id, after, previews) gives(events());
    Listener get "/functions/v1/events" "followAll" "What happens to all of the caller's jobs."
        with(last_event_id, after, previews) gives(events());
    User post "/api/events/ticket" "eventsTicket"
        "A ticket for one event stream, for clients that cannot send a header."
        gives(reply::<TicketReply>()) refuses(RateLimited);

    User get "/api/assets" "listAssets" "The caller's finished pictures and videos."
        with(kind, saved, project, tag, words, from, until, order, limit, cursor)
        gives(reply::<Page<AssetReply>>());
    User patch "/api/assets/{id}" "changeAsset" "Saves, prefers, renames or tags."
        takes(assets::PATCH_BODY) gives(reply::<AssetChangedReply>())
        refuses(StateConflict ContentPolicy AccountSuspended RateLimited);
    User delete "/api/assets/{id}" "deleteAsset" "Deletes a picture or a video."
        gives(reply::<AssetDeletedReply>()) refuses(StateConflict);
    User get "/api/tags" "listTags" "The tags that the caller's pictures and videos have." gives(reply::<TagsReply>());
    User get "/api/projects" "listProjects" "The caller's projects, newest first."
        with(limit, cursor) gives(reply::<Page<ProjectReply>>());
    User post "/api/projects" "createProject" "Makes a prompt that jobs can start from."
        takes(projects::BODY) gives(reply::<ProjectSavedReply>()) refuses(ContentPolicy AccountSuspended RateLimited);
    User patch "/api/projects/{id}" "changeProject" "Changes a project."
        takes(projects::BODY) gives(reply::<ProjectSavedReply>()) refuses(ContentPolicy AccountSuspended RateLimited);
    User post "/api/references" "uploadReference" "A link to upload a reference image with."
        takes(reference_upload::UPLOAD_BODY) gives(reply::<ReferenceUploadReply>()) refuses(StateConflict);
    User get "/api/me" "me" "Balance, usage, limits." gives(reply::<AccountReply>());
    User get "/api/queue-status" "queueStatus" "How full the queues are, and why jobs wait."
        gives(reply::<QueueStatusReply>());

    SignedIn delete "/api/me/data" "deleteData"
        "Deletes what the caller has made and said; asked again, what is left."
        gives(reply::<DataDeletedReply>());

    SignedIn get "/api/keys" "listApiKeys" "The caller's API keys, newest first." gives(reply::<ApiKeysReply>());
    SignedIn post "/api/keys" "createApiKey" "Makes a key for a program; it is shown this once."
        takes(api_keys::BODY) gives(reply::<ApiKeyCreatedReply>())
        refuses(StateConflict ContentPolicy AccountSuspended);
    SignedIn delete "/api/keys/{id}" "revokeApiKey" "Makes a key good for nothing." gives(reply::<ApiKeyRevokedReply>());

    User get "/api/webhooks/secret" "webhookSecret"
        "What the caller's webhooks are signed with, made at the first look." gives(reply::<SecretReply>());
    User post "/api/webhooks/secret" "replaceWebhookSecret"
        "Makes a new secret; the one before it signs beside it for a day." gives(reply::<SecretReply>());
    User get "/api/webhooks/deliveries" "listWebhookDeliveries"
        "What became of the caller's webhooks, newest first."
        with(delivery_status, limit, cursor) gives(reply::<Page<WebhookDelivery>>());
    User post "/api/webhooks/deliveries/{id}/redrive" "redriveWebhook" "Sends a webhook anew."
        gives(reply::<RedrivenReply>());

    OpenAi post "/v1/images/generations" "openAiImages" "Orders pictures and waits for them, as OpenAI's clients ask."
        takes(openai::images::BODY) with(idempotency_key, prefer)
        gives(reply::<ImagesReply>(), events(), reply::<ImagesReply>().status(202));
    OpenAi post "/v1/videos" "openAiVideo" "Orders a video, as OpenAI's clients ask: in JSON or as a form."
        takes(openai::videos::BODY) with(idempotency_key) gives(reply::<VideoReply>());
    OpenAi get "/v1/videos/{id}" "openAiVideoStatus" "A video as it stands." gives(reply::<VideoReply>());
    OpenAi get "/v1/videos/{id}/content" "openAiVideoContent" "Leads to the file or its poster."
        with(variant) gives(nothing().status(302), media("video/mp4", |_| json!({ "type": "string", "format": "binary" })),
            media("image/jpeg", |_| json!({ "type": "string", "format": "binary" })));
    OpenAi delete "/v1/videos/{id}" "openAiVideoDelete" "Deletes a video, or calls it off."
        gives(reply::<VideoDeletedReply>());
    OpenAi get "/v1/models" "openAiModels" "The job types." gives(reply::<ModelsReply>());
    OpenAi get "/v1/models/{name}" "openAiModel" "One of them." gives(reply::<OpenAiModel>());

    User post "/mcp" "mcp" "The Model Context Protocol: one message of JSON-RPC, for clients of language models."
        takes(mcp::message::BODY)
        gives(reply::<McpReply>(), events(), nothing().status(202), reply::<McpReply>().status(400),
            reply::<McpReply>().status(404));

    Worker post "/functions/v1/claim-job" "claimJob" "Asks for a job; 204 when there is none."
        takes(claim::BODY) gives(reply::<ClaimReply>(), nothing()) refuses(Forbidden);
    Reporter post "/functions/v1/job-callback" "jobCallback" "Tells what became of a job."
        takes(callback::table::BODY) gives(reply::<CallbackReply>())
        refuses(Forbidden NotFound StateConflict AssetsMismatch InvalidAsset AliasConflict);

    Administrator post "/api/admin/credits" "grantCredits" "Gives credits, or takes them."
        takes(admin::GRANT_BODY) with(idempotency_key) gives(reply::<GrantReply>())
        refuses(NotFound InsufficientCredits StateConflict IdempotencyMismatch);
    Administrator post "/api/admin/pause" "pause" "No new jobs for a queue or a worker, no orders of a user."
        takes(admin::PAUSE_BODY) gives(reply::<PauseReply>()) refuses(NotFound);
    Administrator post "/api/admin/resume" "resume" "Jobs again."
        takes(admin::PAUSE_BODY) gives(reply::<PauseReply>()) refuses(NotFound);
    Administrator post "/api/admin/revoke" "revokeWorker" "Makes a worker's own key worthless, for good."
        takes(admin::REVOKE_BODY) gives(reply::<RevokeReply>());
    Administrator post "/api/admin/purge" "purge" "Cancels what waits in a queue."
        takes(admin::PURGE_BODY) gives(reply::<PurgeReply>());
    Administrator post "/api/admin/expedite" "expedite" "Lets a waiting job go before other users'."
        takes(admin::EXPEDITE_BODY) gives(reply::<ExpediteReply>()) refuses(NotFound StateConflict);
    Administrator post "/api/admin/redrive" "redrive" "Orders failed jobs again."
        takes(admin::REDRIVE_BODY) gives(reply::<RedriveReply>()) refuses(NotFound StateConflict);
    Administrator get "/api/admin/enhancements" "enhancementStatistics"
        "How prompts are made better, by whom, how fast and how well."
        with(days) gives(reply::<EnhancementStatisticsReply>());
    Administrator get "/api/admin/workers" "listWorkers" "All workers, the last seen first."
        gives(reply::<WorkersReply>());
    Administrator get "/api/admin/strikes" "listStrikes"
        "Users whose texts the content policy refused, the suspended ones first."
        gives(reply::<StrikesReply>());
    Administrator get "/api/admin/jobs" "listFailedJobs" "Failed jobs, with what workers said."
        with(queue, limit, cursor) gives(reply::<Page<FailedJob>>());
    Administrator get "/api/admin/deliveries" "listDeliveries" "Everybody's webhook deliveries, newest first."
        with(delivery_status, limit, cursor) gives(reply::<Page<OperatorsDelivery>>());
    Administrator post "/api/admin/redeliver" "redeliver" "Sends anybody's webhook anew."
        takes(monitoring::REDELIVER_BODY) gives(reply::<RedeliverReply>()) refuses(NotFound);
    Administrator get "/api/admin/history" "queueHistory" "How full the queues were, and how long they let wait."
        with(hours) gives(reply::<HistoryReply>());
    Administrator get "/api/metrics" "metrics" "The service's state, as Prometheus reads it."
        gives(media("text/plain", |_| json!({ "type": "string" })));
    Administrator post "/functions/v1/generate-admin-image" "generateAdminImage"
        "A placeholder picture, where it is switched on."
        takes(operation::ADMIN_IMAGE_BODY) gives(reply::<AdminImageReply>()) refuses(NotFound);

    Anyone get "/functions/v1/generate-admin-image/{file}" "adminImage" "The placeholder picture itself."
        gives(media("image/png", |_| json!({ "type": "string", "contentMediaType": "image/png" })));
    Anyone get "/api/health" "health" "Whether the deployment can work."
        with(deep) gives(reply::<HealthReply>(), reply::<HealthReply>().status(503));
    Anyone get "/api/config" "config" "What a page must know before anyone has signed in."
        gives(reply::<ConfigReply>());
    Anyone get "/api/openapi.json" "openapi" "This document."
        gives(media("application/json", |_| json!({ "type": "object" })));
    Anyone get "/llms.txt" "llms" "The API in a page, for language models."
        gives(media("text/plain", |_| json!({ "type": "string" })));
    Anyone get "/.well-known/security.txt" "securityTxt" "Whom to tell of a weakness, where the operator says it."
        gives(media("text/plain", |_| json!({ "type": "string" }))) refuses(NotFound);
}

/// The request that a user's own server receives.
pub(super) fn received(generator: &mut SchemaGenerator) -> Value {
    let text = || json!({ "type": "string" });
    json!({
        "job": {
            "post": {
                "operationId": "jobEnded",
                "summary": "A job has ended: sent to its `webhookUrl`, until it is answered with 2xx.",
                "parameters": [
                    header("webhook-id", "The delivery's id: the same at each try.", text()),
                    header("webhook-timestamp", "When this try was made, in seconds since 1970.", text()),
                    header("webhook-signature", "Standard Webhooks' `v1` signatures, separated by spaces.", text()),
                ],
                "requestBody": {
                    "required": true,
                    "content": { "application/json": { "schema": schema_of::<WebhookMessage>(generator) } },
                },
                "responses": {
                    "2XX": { "description": "It has arrived." },
                    "410": { "description": "Nothing more is wanted at this address." },
                    "default": { "description": "It is sent again later; `Retry-After` says when." },
                },
            },
        },
    })
}
