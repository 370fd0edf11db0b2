//! From `functions/<name>` to `build/<name>/{index.js,index_bg.wasm}`.

use std::{fs, path::Path, time::Instant};

use crate::{
    Result,
    arguments::Profile,
    bindings::{self, Host},
    cargo, files, parallel, tools,
    workspace::Workspace,
};

/// The entry point of every function; see the file itself.
const SHIM: &str = include_str!("shim.js");
/// The code that decides the output: when it changes, everything is made anew.
const RECIPE: &[u8] = concat!(
    include_str!("bindings.rs"),
    include_str!("function.rs"),
    include_str!("shim.js")
)
.as_bytes();

/// Builds the named functions, or all.
pub fn build_all(workspace: &Workspace, profile: Profile, names: &[String]) -> Result {
    let names = workspace.functions(names)?;
    parallel::pipeline(
        &names,
        |name| cargo::build(workspace, profile, name),
        |name, wasm| {
            build(workspace, profile, name, &wasm)
                .map_err(|error| format!("{name}: {error}").into())
        },
    )
}

fn build(workspace: &Workspace, profile: Profile, name: &str, wasm: &Path) -> Result {
    let clock = Instant::now();
    // Beside the wasm file, so each profile has its own and switching between them costs nothing.
    let stage = wasm.with_file_name(format!("{name}.stage"));
    let packages = fs::read(workspace.root().join("package-lock.json"))?;
    let fingerprint = files::fingerprint(&[&fs::read(wasm)?, RECIPE, &packages]);
    files::make_once(&stage, &fingerprint, || {
        bindings::generate(Host::Worker, profile, wasm, &stage, "index")?;
        fs::write(stage.join("shim.js"), SHIM)?;
        bundle(workspace, profile, &stage)
    })?;

    // workerd knows no source phase imports: its plain import of a wasm file is a compiled module.
    let script = fs::read_to_string(stage.join("bundle.js"))?.replace("import source ", "import ");
    let output = workspace.output(name);
    files::put(
        &output.join("index_bg.wasm"),
        &fs::read(stage.join("index_bg.wasm"))?,
    )?;
    files::put(&output.join("index.js"), script.as_bytes())?;
    eprintln!("build/{name} in {:.1?}", clock.elapsed());
    Ok(())
}

/// One file out of the shim, the bindings and the snippets that the `worker` crate brings along.
fn bundle(workspace: &Workspace, profile: Profile, stage: &Path) -> Result {
    let mut esbuild = tools::command(workspace, "esbuild");
    esbuild.current_dir(stage).args([
        "shim.js",
        "--bundle",
        "--format=esm",
        "--log-level=warning",
        "--outfile=bundle.js",
        "--external:./index_bg.wasm",
        "--external:cloudflare:*",
    ]);
    if profile == Profile::Release {
        esbuild.arg("--minify");
    }
    tools::run(esbuild)
}
