//! What all functions do, without a runtime: the order, the caller, the settings, the answer, the log line.
//!
//! What comes in becomes plain data ([`Incoming`]), what goes out was plain data ([`Reply`]), and in between
//! a handler sees a [`Call`]. So handlers and their tests run natively; `ourvidz_runtime` runs them on workerd.

mod api_keys;
pub mod backends;
pub mod call;
pub mod caller;
pub mod cors;
pub mod enhance;
pub mod event_stream;
pub mod incoming;
mod key_cache;
pub mod log_line;
pub mod order;
pub mod pictures;
pub mod policy_terms;
pub mod reply;
pub mod request_id;
pub mod request_limit;
pub mod runtime;
pub mod settings;
pub mod snapshot;
pub mod step_previews;
#[cfg(feature = "testing")]
pub mod testing;
pub mod user;
pub mod wait;
pub mod webhooks;
pub mod worker_identity;

pub use backends::Backends;
pub use call::Call;
pub use incoming::Incoming;
pub use reply::Reply;
pub use runtime::Runtime;
pub use settings::Settings;
