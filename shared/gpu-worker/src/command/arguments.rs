//! The words of the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;
use ourvidz_core::JobType;
use ourvidz_core::limits::MAX_SEED;

use super::CommandError;
use crate::worker::LARGEST_SIDE;

#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    pub command: Command,
    pub config: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Help,
    Version,
    Run {
        /// Whether another `run` started it, to which its standard input leads.
        is_child: bool,
    },
    Doctor,
    /// Make one picture or clip.
    Generate(GenerateOptions),
    /// Serve the language model alone.
    ServeChat {
        /// The model's folder or GGUF file, if not named in a setting.
        weights: Option<PathBuf>,
        /// The loopback port.
        port: u16,
    },
    Bench {
        /// Pictures per size.
        rounds: u8,
    },
}

/// What `generate` is to make.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerateOptions {
    pub prompt: String,
    pub negative_prompt: String,
    pub job_type: JobType,
    pub out: PathBuf,
    pub images: u8,
    /// The seed; random if none.
    pub seed: Option<u64>,
    /// The model; that of the settings if none.
    pub weights: Option<PathBuf>,
    /// Width and height; those of the job type if none.
    pub size: Option<(u32, u32)>,
    /// Denoising steps; those of the job type if none.
    pub steps: Option<u32>,
    /// Guidance; that of the job type if none.
    pub guidance: Option<f32>,
}

impl Arguments {
    /// Reads the words, the first of which is the program's name.
    ///
    /// # Errors
    ///
    /// [`CommandError::Usage`] names the word that makes no sense.
    pub fn parse(
        words: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Result<Self, CommandError> {
        let mut parser = lexopt::Parser::from_iter(words);
        let mut name = None;
        let mut config = None;
        let mut options = GenerateOptions {
            prompt: String::new(),
            negative_prompt: String::new(),
            job_type: JobType::SdxlImageFast,
            out: PathBuf::new(),
            images: 1,
            seed: None,
            weights: None,
            size: None,
            steps: None,
            guidance: None,
        };
        let mut rounds = 4;
        let mut is_child = false;
        let mut weights = None;
        let mut port = DEFAULT_CHAT_PORT;
        while let Some(word) = parser.next()? {
            match (name.as_deref(), word) {
                (_, Short('h') | Long("help")) => name = Some("help".to_owned()),
                (_, Short('V') | Long("version")) => name = Some("version".to_owned()),
                (_, Long("config")) => config = Some(parser.value()?.into()),
                (Some("generate"), Short('p') | Long("prompt")) => {
                    options.prompt = parser.value()?.string()?
                }
                (Some("generate"), Long("negative")) => {
                    options.negative_prompt = parser.value()?.string()?
                }
                (Some("generate"), Short('o') | Long("out")) => {
                    options.out = parser.value()?.into()
                }
                (Some("generate"), Short('t') | Long("type")) => {
                    let text = parser.value()?.string()?;
                    options.job_type = text
                        .parse()
                        .map_err(|_| usage(format!("there is no job type `{text}`")))?;
                }
                (Some("generate"), Long("images")) => options.images = parser.value()?.parse()?,
                (Some("generate"), Long("seed")) => options.seed = Some(parser.value()?.parse()?),
                (Some("generate"), Long("weights")) => {
                    options.weights = Some(parser.value()?.into())
                }
                (Some("generate"), Long("size")) => {
                    options.size = Some(size(&parser.value()?.string()?)?)
                }
                (Some("generate"), Long("steps")) => options.steps = Some(parser.value()?.parse()?),
                (Some("generate"), Long("guidance")) => {
                    options.guidance = Some(parser.value()?.parse()?)
                }
                (Some("run"), Long("child")) => is_child = true,
                (Some("serve-chat"), Long("weights")) => weights = Some(parser.value()?.into()),
                (Some("serve-chat"), Long("port")) => port = parser.value()?.parse()?,
                (Some("bench"), Long("rounds")) => {
                    rounds = parser.value()?.parse::<u8>()?.clamp(1, MOST_ROUNDS)
                }
                (None, Value(word)) => name = Some(word.string()?),
                (_, word) => return Err(word.unexpected().into()),
            }
        }
        let command = match name.as_deref() {
            None | Some("help") => Command::Help,
            Some("version") => Command::Version,
            Some("run") => Command::Run { is_child },
            Some("doctor") => Command::Doctor,
            Some("generate") => Command::Generate(check(options)?),
            Some("serve-chat") => Command::ServeChat { weights, port },
            Some("bench") => Command::Bench { rounds },
            Some(other) => return Err(usage(format!("there is no command `{other}`"))),
        };
        Ok(Self { command, config })
    }
}

/// Beside the port of the numbers in the example.
const DEFAULT_CHAT_PORT: u16 = 9410;
/// A benchmark that runs longer measures the weather.
const MOST_ROUNDS: u8 = 200;

fn usage(problem: impl Into<String>) -> CommandError {
    CommandError::Usage(problem.into())
}

/// `832x480`.
fn size(text: &str) -> Result<(u32, u32), CommandError> {
    let sides = text.split_once('x').and_then(|(width, height)| {
        let (width, height) = (width.parse().ok()?, height.parse().ok()?);
        let fits = |side: u32| (16..=LARGEST_SIDE).contains(&side) && side.is_multiple_of(2);
        (fits(width) && fits(height)).then_some((width, height))
    });
    sides.ok_or_else(|| {
        usage(format!(
            "--size is WIDTHxHEIGHT, even numbers from 16 to {LARGEST_SIDE}"
        ))
    })
}

fn check(options: GenerateOptions) -> Result<GenerateOptions, CommandError> {
    if options.prompt.trim().is_empty() {
        return Err(usage("generate needs --prompt TEXT"));
    }
    if options.out.as_os_str().is_empty() {
        return Err(usage("generate needs --out FILE"));
    }
    let extension = options.job_type.file_type().extension();
    if options
        .out
        .extension()
        .is_none_or(|found| found != extension)
    {
        return Err(usage(format!(
            "{} makes a .{extension} file: name one with --out",
            options.job_type
        )));
    }
    if !options.job_type.allows(options.images) {
        return Err(usage(format!(
            "{} does not make {} at once",
            options.job_type, options.images
        )));
    }
    if options.seed.is_some_and(|seed| seed > MAX_SEED) {
        return Err(usage(format!("--seed is at most {MAX_SEED}")));
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &str) {
        let parsed = Arguments::parse(line.split(' '));
        let shown = match parsed {
            Ok(arguments) => format!("{:?}", arguments.command),
            Err(CommandError::Usage(problem)) => problem,
            Err(other) => format!("{other:?}"),
        };
        assert!(shown.contains(expected), "{line}: {shown}");
    }

    #[test]
    fn lines_and_what_they_mean() {
        check("w", "Help");
        check("w run --help", "Help");
        check("w -V", "Version");
        check("w run --config x.toml", "Run { is_child: false }");
        check("w run --child", "Run { is_child: true }");
        check("w bench --rounds 2", "rounds: 2");
        check(
            "w serve-chat --weights q --port 0",
            "weights: Some(\"q\"), port: 0",
        );
        check("w generate -p fox -o fox.png --seed 0", "seed: Some(0)");
        check(
            "w generate -p fox -o fox.png --size 64x32 --steps 2 --guidance 5 --weights m",
            "weights: Some(\"m\"), size: Some((64, 32)), steps: Some(2), guidance: Some(5.0)",
        );
        check("w generate -p fox -o fox.mp4 -t video_fast", "VideoFast");
    }

    #[test]
    fn lines_that_mean_nothing() {
        check("w fly", "no command `fly`");
        check("w run --prompt x", "invalid option '--prompt'");
        check("w generate -o fox.png", "needs --prompt");
        for size in ["64", "64x", "65x64", "8x64", "4096x64"] {
            let line = format!("w generate -p fox -o fox.png --size {size}");
            check(&line, "--size is WIDTHxHEIGHT");
        }
        check("w generate -p fox", "needs --out");
        check("w generate -p fox -o fox.jpg", ".png file");
        check(
            "w generate -p fox -o fox.png --images 2",
            "does not make 2 at once",
        );
        check(
            "w generate -p fox -o fox.png --type sdxl",
            "no job type `sdxl`",
        );
        check(
            "w generate -p fox -o fox.png --seed 9007199254740992",
            "--seed is at most",
        );
    }
}
