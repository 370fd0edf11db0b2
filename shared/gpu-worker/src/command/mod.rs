//! The command line.

use std::fmt;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::{ConfigError, SETTINGS, SettingsSource};
use crate::engine::EngineError;
use crate::log;
use crate::supervision::DEVICE_BROKEN;

mod arguments;
mod bench;
mod check_models;
mod doctor;
mod finding;
mod generate;
mod open;
mod progress;
mod run;
mod run_each;
mod serve_chat;

use arguments::{Arguments, Command};

/// Why a command ended badly.
#[derive(Debug)]
pub enum CommandError {
    /// The command line makes no sense.
    Usage(String),
    /// A setting is missing or wrong.
    WorkerConfig(ConfigError),
    /// It did not work.
    Work(String),
    /// The device failed before there was any work: a new process may find it well.
    Device(String),
}

impl CommandError {
    fn work(cause: impl fmt::Display) -> Self {
        Self::Work(cause.to_string())
    }
}

impl From<EngineError> for CommandError {
    fn from(error: EngineError) -> Self {
        match error {
            // Memory is short, too, while the process before still gives its own back.
            EngineError::Device { .. } | EngineError::OutOfMemory(_) => {
                Self::Device(error.to_string())
            }
            other => Self::work(other),
        }
    }
}

impl From<ConfigError> for CommandError {
    fn from(error: ConfigError) -> Self {
        Self::WorkerConfig(error)
    }
}

impl From<lexopt::Error> for CommandError {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

/// Reads the command line and does what it says.
#[must_use]
pub fn main() -> ExitCode {
    match Arguments::parse(std::env::args_os()).and_then(start) {
        Ok(code) => code,
        Err(CommandError::Usage(problem)) => {
            eprintln!("ourvidz-worker: {problem}\nTry `ourvidz-worker --help`.");
            ExitCode::from(2)
        }
        Err(CommandError::WorkerConfig(error)) => {
            eprintln!(
                "ourvidz-worker: {error}\nSee `ourvidz-worker --help` for all settings, `ourvidz-worker doctor` for a check."
            );
            ExitCode::from(2)
        }
        Err(CommandError::Work(problem)) => {
            eprintln!("ourvidz-worker: {problem}");
            ExitCode::FAILURE
        }
        Err(CommandError::Device(problem)) => {
            eprintln!("ourvidz-worker: {problem}");
            ExitCode::from(DEVICE_BROKEN)
        }
    }
}

fn start(arguments: Arguments) -> Result<ExitCode, CommandError> {
    let source = |file: Option<PathBuf>| {
        SettingsSource::new(file.as_deref(), |name| std::env::var(name).ok())
    };
    match arguments.command {
        Command::Help => {
            print!("{}", help(std::io::stdout().is_terminal()));
            Ok(ExitCode::SUCCESS)
        }
        Command::Version => {
            println!("ourvidz-worker {}", env!("CARGO_PKG_VERSION"));
            Ok(ExitCode::SUCCESS)
        }
        Command::Run { is_child } => {
            let source = source(arguments.config.clone())?;
            log::set_level(&source.get("WORKER_LOG").unwrap_or_default());
            if is_child {
                return run::run(&source, true);
            }
            match run_each::several_workers(&source)? {
                Some(workers) => run_each::run_each(workers, arguments.config),
                None => run::run(&source, false),
            }
        }
        Command::Doctor => doctor::doctor(&source(arguments.config)?),
        Command::Generate(options) => {
            generate::generate(&source(arguments.config)?, &options).map(|()| ExitCode::SUCCESS)
        }
        Command::ServeChat { weights, port } => {
            let source = source(arguments.config)?;
            log::set_level(&source.get("WORKER_LOG").unwrap_or_default());
            serve_chat::serve_chat(&source, weights, port)
        }
        Command::Bench { rounds } => {
            bench::bench(&source(arguments.config)?, rounds).map(|()| ExitCode::SUCCESS)
        }
    }
}

/// The help text, with bold headings where a person reads it.
fn help(bold: bool) -> String {
    let mut text = String::new();
    for line in HELP.lines() {
        match line.strip_prefix("## ") {
            Some(heading) if bold => text.push_str(&format!("\x1b[1m{heading}\x1b[0m")),
            Some(heading) => text.push_str(heading),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    for setting in SETTINGS {
        text.push_str(&format!("  {:<25} {}\n", setting.variable, setting.help));
    }
    text
}

const HELP: &str = "\
ourvidz-worker makes the pictures and clips that OurVidz users order.

## Try it (needs nothing else)
  ourvidz-worker generate --prompt \"a red fox in snow\" --out fox.png

## Commands
  run        take jobs from the queues and work on them until Ctrl-C or SIGTERM
             (the first gives the running job time to finish, the second ends at once)
  doctor     check settings, edge, hints, engine and disk, and say what to fix
  generate   make one picture or clip from a prompt and write it to a file
  serve-chat serve the language model alone, without edge and queues
  bench      measure steps and pictures per second
  help       this text

## For all but help
  --config FILE     settings as TOML (worker.example.toml explains them all)

## For run
  --child           end when standard input does: with several devices in WORKER_DEVICE, `run`
                    starts itself so, once for each

## For generate
  --prompt TEXT     what to show
  --out FILE        where to write (.png or .mp4; a batch adds -1, -2, ...)
  --type TYPE       job type [sdxl_image_fast]
                    sdxl_image_fast, sdxl_image_high, image_fast, image_high,
                    video_fast, video_high,
                    image7b_fast_enhanced, image7b_high_enhanced, video7b_fast_enhanced,
                    video7b_high_enhanced
  --images N        1, 3 or 6 [1]
  --seed N          the same seed gives the same picture [random]
  --negative TEXT   what to avoid (SDXL)
  --weights PATH    the model to use, instead of the one in the settings
  --size WxH, --steps N, --guidance X
                    instead of the job type's own

## For serve-chat
  --weights PATH    Qwen2.5-Instruct: a folder, or a GGUF file beside its tokenizer.json
  --port N          port on 127.0.0.1; 0 takes a free one [9410]

## For bench
  --rounds N        pictures per size [4]

Without weights the preview engine paints stand-ins, labelled PREVIEW. Models need a build with
`--features candle` (on a GPU: `--features cuda`) and weights: docs/GPU.md.

## Settings (environment variables; each wins over the file)
";

#[cfg(test)]
mod tests {
    use ourvidz_core::JobType;

    use super::*;

    #[test]
    fn only_a_devices_failure_is_worth_a_new_process() {
        let why = || "why".to_owned();
        let is_sticky = false;
        for (error, is_the_devices) in [
            (
                EngineError::Device {
                    why: why(),
                    is_sticky,
                },
                true,
            ),
            (EngineError::OutOfMemory(why()), true),
            (EngineError::Failed(why()), false),
            (EngineError::Unsupported("this"), false),
        ] {
            let told = CommandError::from(error);
            let is_device = matches!(told, CommandError::Device(_));
            assert_eq!(is_device, is_the_devices, "{told:?}");
        }
    }

    #[test]
    fn help_names_every_type_and_setting_and_fits_a_terminal() {
        let text = help(false);
        for job_type in JobType::ALL {
            assert!(text.contains(job_type.as_str()), "{job_type}");
        }
        for setting in SETTINGS {
            assert!(text.contains(setting.variable), "{}", setting.variable);
        }
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}
