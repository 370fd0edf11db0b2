//! From `shared/client` to `build/client`: the modules that the page imports.

use std::{fs, path::Path, time::Instant};

use crate::{
    Result,
    arguments::Profile,
    bindings::{self, Host},
    cargo, files, parallel,
    workspace::Workspace,
};

/// What a page loads at once, and what only some pages need: each a module of its own.
const PACKAGES: [&str; 2] = ["ourvidz-client", "ourvidz-client-tokens"];
/// The code that decides the output: when it changes, everything is made anew.
const RECIPE: &[u8] = concat!(include_str!("bindings.rs"), include_str!("client.rs")).as_bytes();

pub fn build(workspace: &Workspace, profile: Profile) -> Result {
    let clock = Instant::now();
    parallel::pipeline(
        &PACKAGES.map(str::to_owned),
        |package| cargo::build(workspace, profile, package),
        |package, wasm| bind(workspace, profile, &wasm, &package.replace('-', "_")),
    )?;
    eprintln!("build/client in {:.1?}", clock.elapsed());
    Ok(())
}

fn bind(workspace: &Workspace, profile: Profile, wasm: &Path, module: &str) -> Result {
    let stage = wasm.with_file_name(format!("{module}.stage"));
    let packages = fs::read(workspace.root().join("package-lock.json"))?;
    let fingerprint = files::fingerprint(&[&fs::read(wasm)?, RECIPE, &packages]);
    files::make_once(&stage, &fingerprint, || {
        bindings::generate(Host::Browser, profile, wasm, &stage, module)
    })?;
    let output = workspace.output("client");
    for ending in [".js", ".d.ts", "_bg.wasm"] {
        let file = format!("{module}{ending}");
        files::put(&output.join(&file), &fs::read(stage.join(&file))?)?;
    }
    Ok(())
}
