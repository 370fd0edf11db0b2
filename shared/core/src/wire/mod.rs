//! JSON as it crosses the network, one file per endpoint.

pub mod callback;
pub mod claim;
mod fields;
pub mod payload;
pub mod references;
pub mod rpc;
pub mod submit;
mod webhook_target;
