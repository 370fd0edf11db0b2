//! One call of cargo for all crates at once, so that what they share is compiled once.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Result, arguments::Profile, workspace::Workspace};

const TARGET: &str = "wasm32-unknown-unknown";
/// What stands between the flags in `CARGO_ENCODED_RUSTFLAGS`: a path may contain a space.
const FLAG_SEPARATOR: &str = "\u{1f}";

/// Compiles the packages and returns each one's wasm file by the name of its package.
pub fn build(
    workspace: &Workspace,
    profile: Profile,
    packages: &[String],
) -> Result<BTreeMap<String, PathBuf>> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(workspace.root())
        .args([
            "build",
            "--target",
            TARGET,
            "--profile",
            profile.cargo_name(),
        ])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit());
    for package in packages {
        cargo.args(["--package", package]);
    }
    if profile == Profile::Release {
        // What is deployed is made of exactly the versions of Cargo.lock.
        cargo
            .arg("--locked")
            .env("CARGO_ENCODED_RUSTFLAGS", release_flags(workspace.root()));
    }
    let output = cargo.output()?;
    if !output.status.success() {
        return Err("cargo build failed".into());
    }
    let built = wasm_files(&String::from_utf8_lossy(&output.stdout))?;
    match packages
        .iter()
        .find(|package| !built.contains_key(*package))
    {
        Some(package) => Err(format!("cargo made no wasm of {package}: is it a cdylib?").into()),
        None => Ok(built),
    }
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

/// Reads cargo's messages, one JSON object a line, for the wasm files of our own crates.
fn wasm_files(messages: &str) -> Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: serde_json::Value = serde_json::from_str(line)?;
        let is_cdylib = message["target"]["crate_types"]
            .as_array()
            .is_some_and(|types| types.iter().any(|kind| kind == "cdylib"));
        if message["reason"] != "compiler-artifact" || !is_cdylib {
            continue;
        }
        let files = message["filenames"].as_array().into_iter().flatten();
        let wasm = files
            .filter_map(|file| file.as_str())
            .find(|file| file.ends_with(".wasm"));
        if let (Some(wasm), Some(package)) = (wasm, package_name(&message)) {
            found.insert(package, PathBuf::from(wasm));
        }
    }
    Ok(found)
}

/// `[package].name` is not in the message. The target's name has underscores where the package's
/// has dashes, and cargo allows only dashes or underscores throughout in this workspace's names.
fn package_name(message: &serde_json::Value) -> Option<String> {
    Some(message["target"]["name"].as_str()?.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_wasm_of_cdylibs_only() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"serde","crate_types":["lib"]},"filenames":["/t/libserde.rlib"]}"#,
            "\nsome line of a build script\n",
            r#"{"reason":"compiler-artifact","target":{"name":"queue_job","crate_types":["cdylib"]},"filenames":["/t/queue_job.d","/t/queue_job.wasm"]}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let found = wasm_files(messages).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found["queue-job"], PathBuf::from("/t/queue_job.wasm"));
    }

    #[test]
    fn broken_messages_are_an_error() {
        assert!(wasm_files("{\"reason\":").is_err());
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
