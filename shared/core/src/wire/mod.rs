//! JSON as it crosses the network, one file per endpoint.

// What stands above these types is what clients read in docs/openapi.json.
#![warn(missing_docs)]

pub mod account;
pub mod admin;
pub mod api_keys;
pub mod assets;
pub(crate) mod body;
pub mod callback;
mod change;
pub mod claim;
pub mod enhance;
mod fields;
pub mod job;
mod json;
pub(crate) mod kinds;
pub mod mcp;
pub mod metrics;
pub mod monitoring;
pub mod openai;
pub mod operation;
pub(crate) mod output;
pub mod page;
pub mod payload;
pub mod projects;
pub(crate) mod prompt;
pub mod queue_status;
pub mod reference_upload;
pub mod references;
pub mod rpc;
mod shape;
mod status;
pub mod submit;
pub mod submit_reply;
pub mod tags;
pub mod ticket;
mod upload_headers;
pub mod vitals;
pub(crate) mod webhook_target;
pub mod webhooks;
