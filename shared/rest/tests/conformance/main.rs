//! One suite for the stand-ins and for the real backends, so that a test on a stand-in means something.
//!
//! The suites always run on the stand-ins. Which real backends they run on as well, the environment variable
//! `OURVIDZ_CONFORMANCE` says: a list of `database`, `queues` and `storage`. What is listed must be there: a
//! missing variable fails the test. `npm test` lists all of them, each where it is running.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod database;
mod native_http;
mod queues;
mod storage;

use std::io::Write as _;

/// Whether the suite is asked to run on the real backend of that name.
fn runs_on_real(backend: &str) -> bool {
    let listed = std::env::var("OURVIDZ_CONFORMANCE").unwrap_or_default();
    if listed.split(',').any(|name| name.trim() == backend) {
        return true;
    }
    // Past the test runner, which keeps what a passing test prints to itself.
    let note = format!("NOT run on the real {backend}: OURVIDZ_CONFORMANCE does not list it\n");
    std::io::stderr().write_all(note.as_bytes()).unwrap();
    false
}

/// A variable of the stack that the real suites run on.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("the real suites need {name}"))
}

/// The address of a backend on this machine: the suites delete what they find.
fn local_address(name: &str) -> String {
    let address = variable(name);
    let is_local = ["http://127.0.0.1:", "http://localhost:"]
        .iter()
        .any(|start| address.starts_with(start));
    assert!(
        is_local,
        "{name} is not on this machine, and the suites empty what they use"
    );
    address
}
