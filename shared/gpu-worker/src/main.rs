//! `ourvidz-worker`: see `--help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ourvidz_gpu_worker::command::main()
}
