//! The command line.

use crate::Result;

const USAGE: &str = "usage: cargo xtask build [--release | --profile fast|release] [names...]
       cargo xtask client [--release | --profile fast|release]";

/// How much work goes into making the output small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// No link-time optimisation: for the local stack, where seconds count.
    Fast,
    /// What is deployed.
    Release,
}

impl Profile {
    /// The name of the cargo profile in the workspace manifest.
    pub fn cargo_name(self) -> &'static str {
        match self {
            Self::Fast => "dev",
            Self::Release => "edge",
        }
    }

    fn named(name: &str) -> Result<Self> {
        match name {
            "fast" => Ok(Self::Fast),
            "release" => Ok(Self::Release),
            other => Err(format!("no profile {other:?}; there are fast and release").into()),
        }
    }
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    /// Build functions; no names means all of them.
    Build {
        profile: Profile,
        names: Vec<String>,
    },
    Client {
        profile: Profile,
    },
}

/// Reads the arguments that follow the program's name.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Task> {
    let mut arguments = arguments.into_iter();
    let task = arguments.next().ok_or(USAGE)?;
    let mut profile = Profile::Fast;
    let mut names = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--release" => profile = Profile::Release,
            "--profile" => profile = Profile::named(&arguments.next().ok_or(USAGE)?)?,
            flag if flag.starts_with('-') => {
                return Err(format!("unknown flag {flag}\n{USAGE}").into());
            }
            _ => names.push(argument),
        }
    }
    match task.as_str() {
        "build" => Ok(Task::Build { profile, names }),
        "client" if names.is_empty() => Ok(Task::Client { profile }),
        _ => Err(USAGE.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_plain_build_is_fast_and_of_everything() {
        let all = Task::Build {
            profile: Profile::Fast,
            names: vec![],
        };
        assert_eq!(parsed("build").unwrap(), all);
    }

    #[test]
    fn both_spellings_of_release_mean_the_same() {
        let release = Task::Build {
            profile: Profile::Release,
            names: vec!["sweep".into()],
        };
        assert_eq!(parsed("build --release sweep").unwrap(), release);
        assert_eq!(parsed("build sweep --profile release").unwrap(), release);
        assert_eq!(
            parsed("client --release").unwrap(),
            Task::Client {
                profile: Profile::Release
            }
        );
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in [
            "",
            "make",
            "build --fast",
            "build --profile",
            "build --profile tiny",
            "client api",
        ] {
            assert!(parsed(line).is_err(), "{line:?} was understood");
        }
    }
}
