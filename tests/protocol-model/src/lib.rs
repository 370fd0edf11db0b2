//! The protocol between client, edge, database, queue, workers and sweep, small enough to look at all of it.
//!
//! [`database`] does in memory what the SQL functions do, with the same guards in the same order, and [`history`]
//! makes random histories of it that a test repeats on Postgres; [`protocol`] is everybody else, deciding with the
//! real functions of `ourvidz-core`; [`explorer`] walks through every state that can be reached. What is proven, and
//! how far, is written in `docs/PROOFS.md`.

pub mod database;
pub mod explorer;
pub mod history;
pub mod protocol;
pub mod random;
