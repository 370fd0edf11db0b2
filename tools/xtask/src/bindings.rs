//! wasm-bindgen: from what rustc emits to what a runtime can load.

use std::path::Path;

use wasm_bindgen_cli_support::Bindgen;

use crate::{Result, arguments::Profile};

#[derive(Clone, Copy)]
pub enum Host {
    /// workerd: it compiles the module itself and our shim makes new instances after a panic.
    Worker,
    /// A page: `await init()` fetches the module; TypeScript declarations come along.
    Browser,
}

/// Writes `<name>.js` and `<name>_bg.wasm` into `folder`.
pub fn generate(host: Host, profile: Profile, wasm: &Path, folder: &Path, name: &str) -> Result {
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
    Ok(bindgen.generate(folder)?)
}
