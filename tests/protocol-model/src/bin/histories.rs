//! `histories FIRST COUNT STEPS`: prints the histories of `COUNT` seeds from `FIRST` on, one step a line.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use ourvidz_model::history::History;
use serde_json::json;

const USAGE: &str = "usage: histories FIRST_SEED COUNT STEPS";

fn main() -> ExitCode {
    let numbers: Option<Vec<u64>> = std::env::args()
        .skip(1)
        .map(|number| number.parse().ok())
        .collect();
    let Some([first, count, steps]) = numbers.as_deref() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match print(*first, *count, *steps) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn print(first: u64, count: u64, steps: u64) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for seed in first..first + count {
        let mut history = History::of_seed(seed);
        writeln!(
            out,
            "{}",
            json!({ "seed": seed, "began_ms": history.now_ms() })
        )?;
        for _ in 0..steps {
            serde_json::to_writer(&mut out, &history.step())?;
            writeln!(out)?;
        }
    }
    out.flush()
}
