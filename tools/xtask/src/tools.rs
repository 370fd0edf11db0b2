//! Programs from `node_modules/.bin`.

use std::{env, process::Command};

use crate::{Result, workspace::Workspace};

/// A program of a package. Its folder goes first on the PATH, because these programs are scripts
/// that ask for `node`, and the pinned one is a package too.
pub fn command(workspace: &Workspace, name: &str) -> Command {
    let folder = workspace.root().join("node_modules").join(".bin");
    let mut command = Command::new(folder.join(name));
    let old = env::var_os("PATH").unwrap_or_default();
    if let Ok(path) = env::join_paths([folder].into_iter().chain(env::split_paths(&old))) {
        command.env("PATH", path);
    }
    command
}

/// Runs a program to its end.
pub fn run(mut command: Command) -> Result {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program}: {status}").into()),
        Err(error) => Err(format!("{program}: {error} (is `npm ci` done?)").into()),
    }
}
