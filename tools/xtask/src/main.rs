//! Workspace tasks: `cargo xtask build [--release] [names...]` turns `functions/<name>` into
//! `build/<name>/{index.js,index_bg.wasm}`; `cargo xtask client` does the same for the page's crate.

mod arguments;
mod bindings;
mod cargo;
mod client;
mod files;
mod function;
mod parallel;
mod tools;
mod workspace;

use std::{env, process::ExitCode};

use arguments::Task;

/// What every part of the tool returns: the error is for a person, so a sentence is enough.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result {
    let task = arguments::parse(env::args().skip(1))?;
    let workspace = workspace::Workspace::find()?;
    match task {
        Task::Build { profile, names } => function::build_all(&workspace, profile, &names),
        Task::Client { profile } => client::build(&workspace, profile),
    }
}
