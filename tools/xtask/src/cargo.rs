//! One call of cargo for each crate: only a library that is nothing but a wasm module gets link-time optimisation,
//! and the manifests say `lib`, so that tests and the simulation link the same crate natively.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Result, arguments::Profile, workspace::Workspace};

const TARGET: &str = "wasm32-unknown-unknown";
/// What stands between the flags in `CARGO_ENCODED_RUSTFLAGS`: a path may contain a space.
const FLAG_SEPARATOR: &str = "\u{1f}";

/// Compiles a package and returns its wasm file.
pub fn build(workspace: &Workspace, profile: Profile, package: &str) -> Result<PathBuf> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(workspace.root())
        .args(["rustc", "--lib", "--crate-type", "cdylib"])
        .args(["--package", package])
        .args(["--target", TARGET, "--profile", profile.cargo_name()])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit());
    if profile == Profile::Release {
        // What is deployed is made of exactly the versions of Cargo.lock.
        cargo
            .arg("--locked")
            .env("CARGO_ENCODED_RUSTFLAGS", release_flags(workspace.root()));
    }
    let output = cargo.output()?;
    if !output.status.success() {
        return Err(format!("cargo rustc --package {package} failed").into());
    }
    wasm_file(&String::from_utf8_lossy(&output.stdout))?
        .ok_or_else(|| format!("cargo made no wasm of {package}").into())
}

/// Panic messages hold the paths of source files. What is deployed shall neither tell where it was
/// built nor differ by that.
fn release_flags(root: &Path) -> OsString {
    let cargo_home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")))
        .unwrap_or_default();
    let mut flags = OsString::new();
    for (folder, name) in [(cargo_home.as_path(), "cargo"), (root, "ourvidz")] {
        if !flags.is_empty() {
            flags.push(FLAG_SEPARATOR);
        }
        flags.push("--remap-path-prefix=");
        flags.push(folder);
        flags.push("=");
        flags.push(name);
    }
    flags
}

/// Reads cargo's messages, one JSON object a line, for the one wasm file.
fn wasm_file(messages: &str) -> Result<Option<PathBuf>> {
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: serde_json::Value = serde_json::from_str(line)?;
        if message["reason"] != "compiler-artifact" {
            continue;
        }
        let mut files = message["filenames"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|file| file.as_str());
        if let Some(wasm) = files.find(|file| file.ends_with(".wasm")) {
            return Ok(Some(PathBuf::from(wasm)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_wasm_among_the_libraries() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"serde"},"filenames":["/t/libserde.rlib"]}"#,
            "\nsome line of a build script\n",
            r#"{"reason":"compiler-artifact","target":{"name":"queue_job"},"filenames":["/t/queue_job.d","/t/queue_job.wasm"]}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let found = wasm_file(messages).unwrap();
        assert_eq!(found, Some(PathBuf::from("/t/queue_job.wasm")));
        let without = r#"{"reason":"build-finished","success":true}"#;
        assert_eq!(wasm_file(without).unwrap(), None);
    }

    #[test]
    fn broken_messages_are_an_error() {
        assert!(wasm_file("{\"reason\":").is_err());
    }

    #[test]
    fn release_flags_replace_the_checkout_by_a_fixed_name() {
        let flags = release_flags(Path::new("/some where/checkout"))
            .into_string()
            .unwrap();
        assert!(
            flags.ends_with("\u{1f}--remap-path-prefix=/some where/checkout=ourvidz"),
            "{flags}"
        );
    }
}
