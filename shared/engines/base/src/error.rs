//! Why an engine did not deliver.

use std::fmt;
use std::path::PathBuf;

/// What an engine's functions give.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong with a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidOutput {
    /// A number is NaN or infinite: the model overflowed.
    NotFinite,
    /// Every pixel is black.
    Black,
}

impl fmt::Display for InvalidOutput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotFinite => "a number is not finite: the model overflowed",
            Self::Black => "every pixel is black",
        })
    }
}

impl std::error::Error for InvalidOutput {}

/// Why an engine did not deliver.
#[derive(Debug)]
pub enum Error {
    /// The caller ended the work.
    Stopped,
    /// A file or folder that the model needs is not there or cannot be read.
    File {
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The files are there, but they are not of a model that this engine runs.
    Unsupported(String),
    /// The request cannot be met by this model.
    Request(String),
    /// The model computed something that is no picture.
    InvalidOutput(InvalidOutput),
    /// The device or the tensor library failed: memory, a lost device, shapes.
    Tensor(candle_core::Error),
}

impl Error {
    /// A file that is missing or broken.
    pub fn file(path: impl Into<PathBuf>, why: impl fmt::Display) -> Self {
        Self::File {
            path: path.into(),
            why: why.to_string(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => formatter.write_str("stopped"),
            Self::File { path, why } => write!(formatter, "{}: {why}", path.display()),
            Self::Unsupported(what) => write!(formatter, "unsupported model: {what}"),
            Self::Request(why) => write!(formatter, "the model cannot do this: {why}"),
            Self::InvalidOutput(_) => formatter.write_str("the result is no picture"),
            Self::Tensor(_) => formatter.write_str("a tensor operation failed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InvalidOutput(cause) => Some(cause),
            Self::Tensor(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<candle_core::Error> for Error {
    fn from(cause: candle_core::Error) -> Self {
        Self::Tensor(cause)
    }
}

impl From<InvalidOutput> for Error {
    fn from(cause: InvalidOutput) -> Self {
        Self::InvalidOutput(cause)
    }
}
