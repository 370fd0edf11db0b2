//! JSON as it crosses the network, one file per endpoint.

pub mod rpc;
