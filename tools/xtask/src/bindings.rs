//! wasm-bindgen and wasm-opt: from what rustc emits to what a runtime can load.

use std::{fs, path::Path};

use wasm_bindgen_cli_support::Bindgen;

use crate::{Result, arguments::Profile, tools, workspace::Workspace};

/// What rustc turns on for `wasm32-unknown-unknown`, plus exception handling for wasm-bindgen's
/// catch wrappers. The list is explicit so that a newer binaryen never emits an encoding that
/// workerd cannot read yet.
const WASM_FEATURES: [&str; 7] = [
    "mutable-globals",
    "sign-ext",
    "nontrapping-float-to-int",
    "bulk-memory",
    "multivalue",
    "reference-types",
    "exception-handling",
];

#[derive(Clone, Copy)]
pub enum Host {
    /// workerd: it compiles the module itself and our shim makes new instances after a panic.
    Worker,
    /// A page: `await init()` fetches the module; TypeScript declarations come along.
    Browser,
}

/// Writes `<name>.js` and `<name>_bg.wasm` into `folder`.
pub fn generate(
    workspace: &Workspace,
    host: Host,
    profile: Profile,
    wasm: &Path,
    folder: &Path,
    name: &str,
) -> Result {
    let release = profile == Profile::Release;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name(name)
        // Its checks reject workerd's setTimeout, which returns an object: every Delay would panic.
        .debug(false)
        .remove_name_section(release)
        .remove_producers_section(release);
    match host {
        Host::Worker => bindgen
            .module(true)? // `import source wasm from ...`: workerd compiles, the module instantiates
            .typescript(false)
            .omit_default_module_path(false)
            .reset_state_function(true) // `__wbg_reset_state()`: a new instance after a panic
            .force_enable_abort_handler(true), // although stable Rust aborts on a panic in wasm
        Host::Browser => bindgen
            .web(true)?
            .omit_default_module_path(false) // `await init()` finds the wasm beside the module
            .typescript(true),
    };
    bindgen.generate(folder)?;
    if release {
        shrink(workspace, &folder.join(format!("{name}_bg.wasm")))?;
    }
    Ok(())
}

/// Without `-g`, so that the names of functions go.
fn shrink(workspace: &Workspace, wasm: &Path) -> Result {
    let small = wasm.with_extension("small");
    let mut wasm_opt = tools::command(workspace, "wasm-opt");
    wasm_opt.arg(wasm).arg("-Oz").arg("-o").arg(&small);
    wasm_opt.args(WASM_FEATURES.map(|feature| format!("--enable-{feature}")));
    tools::run(wasm_opt)?;
    Ok(fs::rename(small, wasm)?)
}
