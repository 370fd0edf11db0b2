//! `ourvidz-gpu-check PART [--tiny] [--device cuda] [--fixtures DIR] [--out FILE]`.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::prelude::*;
use ourvidz_engine_base::device::DeviceName;
use ourvidz_engine_check::{CheckSetting, Part, Report, run};

struct Arguments {
    part: Part,
    is_tiny: bool,
    device: DeviceName,
    fixtures: PathBuf,
    out: Option<PathBuf>,
}

fn read() -> Result<Arguments, Box<dyn std::error::Error>> {
    let mut parser = lexopt::Parser::from_env();
    let mut part = None;
    let (mut is_tiny, mut device, mut out) = (false, DeviceName::default(), None);
    let mut fixtures = PathBuf::from("tests/fixtures/parity");
    while let Some(word) = parser.next()? {
        match word {
            Long("tiny") => is_tiny = true,
            Long("device") => device = parser.value()?.string()?.parse()?,
            Long("fixtures") => fixtures = parser.value()?.into(),
            Long("out") => out = Some(parser.value()?.into()),
            Value(name) if part.is_none() => {
                let name = name.string()?;
                part =
                    Some(Part::by_name(&name).ok_or_else(|| format!("there is no part {name}"))?);
            }
            _ => return Err(word.unexpected().into()),
        }
    }
    let names = Part::ALL.map(Part::name).join(", ");
    let part = part.ok_or_else(|| format!("say which part: {names}"))?;
    Ok(Arguments {
        part,
        is_tiny,
        device,
        fixtures,
        out,
    })
}

fn work() -> Result<usize, Box<dyn std::error::Error>> {
    let arguments = read()?;
    let out: Box<dyn Write> = match &arguments.out {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::stdout()),
    };
    let setting = CheckSetting {
        device: arguments.device.open()?,
        precision: arguments.device.natural_precision(),
        is_tiny: arguments.is_tiny,
        fixtures: arguments.fixtures,
    };
    let mut report = Report::new(out);
    run(arguments.part, &setting, &mut report)?;
    Ok(report.failures())
}

fn main() -> ExitCode {
    match work() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(problem) => {
            let mut line = format!("ourvidz-gpu-check: {problem}");
            let mut cause = problem.source();
            while let Some(next) = cause {
                line.push_str(&format!(": {next}"));
                cause = next.source();
            }
            eprintln!("{line}");
            ExitCode::FAILURE
        }
    }
}
