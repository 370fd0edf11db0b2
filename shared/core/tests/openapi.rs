//! The API's description: `docs/openapi.json` (OpenAPI 3.1), and what the tools of MCP say of themselves.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p ourvidz-core --features schema --test openapi` writes them anew; the
//! diff then shows what a change means to clients. `tests/tidy` validates the file, and holds its paths equal to
//! the edge's route table.
#![cfg(all(feature = "schema", not(target_arch = "wasm32")))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::Path;

#[test]
fn the_description_is_up_to_date() {
    check("docs/openapi.json", &ourvidz_core::openapi::document());
}

#[test]
fn the_tools_of_mcp_are_up_to_date() {
    let tools = ourvidz_core::wire::mcp::tool_schemas::describe();
    check("shared/core/src/wire/mcp/tools.json", &tools);
}

fn check(name: &str, made: &serde_json::Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name);
    let made = text(made);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, made).unwrap();
        return;
    }
    let committed = fs::read_to_string(&path).unwrap();
    let changed = committed
        .lines()
        .zip(made.lines())
        .position(|(committed, made)| committed != made);
    assert!(
        committed == made,
        "{name} differs from line {}. If that is meant, run with UPDATE_SNAPSHOTS=1.",
        changed.map_or(committed.lines().count(), |line| line + 1),
    );
}

/// With an indentation of one space: the files are sent as they are, and half of them would be blanks otherwise.
fn text(document: &serde_json::Value) -> String {
    let pretty = serde_json::to_string_pretty(document).unwrap();
    // JSON writes line breaks inside texts as \n, so each line begins with its indentation.
    pretty
        .lines()
        .map(|line| {
            let content = line.trim_start();
            let depth = (line.len() - content.len()) / 2;
            format!("{}{content}\n", " ".repeat(depth))
        })
        .collect()
}
