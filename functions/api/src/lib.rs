//! Everything that reads, and the small writes around it. One file an endpoint; this is the route table.

mod account;
mod admin;
mod api_keys;
mod assets;
mod config;
#[cfg(target_arch = "wasm32")]
mod entry;
mod health;
mod jobs;
mod llms;
mod metrics;
mod nothing_here;
mod openapi;
mod projects;
mod queue_status;
mod references;
mod security_txt;
pub mod streams;
mod tags;
#[cfg(test)]
mod tests;
mod webhooks;

use ourvidz_core::{ApiError, Code};
use ourvidz_edge::{Call, Reply, Runtime};

/// Answers a request.
///
/// # Errors
///
/// 404 for what is not in the table, and what the endpoints return.
pub async fn api<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    let route = call.incoming.route();
    // `/functions/v1/api/me` is the same as `/api/me`.
    let route = match route.as_slice() {
        ["api", rest @ ..] if call.incoming.path.starts_with("/functions/") => rest,
        all => all,
    };
    match route {
        ["health"] => health::get(call).await,
        ["config"] => config::get(call),
        ["me"] => account::get(call).await,
        ["me", "data"] => account::delete_data(call).await,
        ["jobs"] => jobs::list(call).await,
        ["jobs", id] => jobs::get(call, id).await,
        ["jobs", id, "cancel"] => jobs::cancel(call, id).await,
        ["jobs", id, "retry"] => jobs::retry(call, id).await,
        ["assets"] => assets::list(call).await,
        ["assets", id] => assets::one(call, id).await,
        ["tags"] => tags::list(call).await,
        ["projects"] => projects::all(call).await,
        ["projects", id] => projects::one(call, id).await,
        ["references"] => references::upload(call).await,
        ["keys"] => api_keys::all(call).await,
        ["keys", id] => api_keys::one(call, id).await,
        ["webhooks", "secret"] => webhooks::secret(call).await,
        ["webhooks", "deliveries"] => webhooks::deliveries(call).await,
        ["webhooks", "deliveries", id, "redrive"] => webhooks::redrive(call, id).await,
        ["queue-status"] => queue_status::get(call).await,
        ["admin", "credits"] => admin::credits(call).await,
        ["admin", "pause"] => admin::pause(call, true).await,
        ["admin", "resume"] => admin::pause(call, false).await,
        ["admin", "revoke"] => admin::revoke(call).await,
        ["admin", "purge"] => admin::purge(call).await,
        ["admin", "expedite"] => admin::expedite(call).await,
        ["admin", "redrive"] => admin::redrive(call).await,
        ["admin", "enhancements"] => admin::enhancements(call).await,
        ["admin", "workers"] => admin::workers(call).await,
        ["admin", "strikes"] => admin::strikes(call).await,
        ["admin", "jobs"] => admin::jobs(call).await,
        ["admin", "deliveries"] => admin::deliveries(call).await,
        ["admin", "redeliver"] => admin::redeliver(call).await,
        ["admin", "history"] => admin::history(call).await,
        ["openapi.json"] => openapi::get(call),
        ["metrics"] => metrics::get(call).await,
        ["llms.txt"] => llms::get(call),
        [".well-known", "security.txt"] => security_txt::get(call),
        _ if nothing_here::is_for_people(call) => Ok(nothing_here::page()),
        _ => Err(Code::NotFound.into()),
    }
}
