//! The program that an operator starts beside a GPU: it takes jobs, makes pictures and clips, uploads them,
//! and reports to the edge.
//!
//! The row in Postgres is the truth and only the edge touches it; what arrives over Redis is a hint that
//! there may be work. This crate never sees the database.
//!
//! | module | does |
//! |---|---|
//! | [`engine`] | makes pictures; knows nothing of jobs |
//! | [`media`] | PNG, JPEG, MP4 |
//! | [`credentials`] | who vouches for them: signed manifests |
//! | [`worker`] | the protocol: one job from claim to settlement, and the loop around it |
//! | [`edge`], [`hints`] | the two things outside, each behind a trait |
//! | [`chat`] | the language model for others |
//! | [`safety`] | what must not be made or shown |
//! | [`supervision`] | a device that is broken or hangs |
//! | [`children`] | several devices: a process for each |
//! | [`command`] | `run`, `doctor`, `generate`, `serve-chat`, `bench` |
//!
//! Threads, not an async runtime: one for the engine (the main thread), one that encodes and uploads, one that
//! sends heartbeats, one per queue that waits for hints, one per chat connection. None of them ever waits for more
//! than a handful of things.

pub mod chat;
pub mod children;
pub mod command;
pub mod config;
pub mod credentials;
pub mod edge;
pub mod engine;
pub mod hints;
pub mod log;
pub mod media;
pub mod metrics;
pub mod safety;
pub mod supervision;
pub mod worker;
