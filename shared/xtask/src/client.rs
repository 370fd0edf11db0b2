//! From `shared/client` to `build/client`: the module that the page imports.

use std::{fs, time::Instant};

use crate::{
    Result,
    arguments::Profile,
    bindings::{self, Host},
    cargo, files,
    workspace::Workspace,
};

const PACKAGE: &str = "ourvidz-client";
const MODULE: &str = "ourvidz_client";
/// The code that decides the output: when it changes, everything is made anew.
const RECIPE: &[u8] = concat!(include_str!("bindings.rs"), include_str!("client.rs")).as_bytes();

/// Builds the browser client.
pub fn build(workspace: &Workspace, profile: Profile) -> Result {
    let clock = Instant::now();
    let built = cargo::build(workspace, profile, &[PACKAGE.to_owned()])?;
    let wasm = built
        .get(PACKAGE)
        .ok_or("cargo named no wasm of the client")?;
    let stage = wasm.with_file_name("client.stage");
    let packages = fs::read(workspace.root().join("package-lock.json"))?;
    let fingerprint = files::fingerprint(&[&fs::read(wasm)?, RECIPE, &packages]);
    files::make_once(&stage, &fingerprint, || {
        bindings::generate(workspace, Host::Browser, profile, wasm, &stage, MODULE)
    })?;
    let output = workspace.output("client");
    for file in [
        "ourvidz_client.js",
        "ourvidz_client.d.ts",
        "ourvidz_client_bg.wasm",
    ] {
        files::put(&output.join(file), &fs::read(stage.join(file))?)?;
    }
    eprintln!("build/client in {:.1?}", clock.elapsed());
    Ok(())
}
