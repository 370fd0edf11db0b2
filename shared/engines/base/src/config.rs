//! The small JSON files beside the weights.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// The largest file that is read whole: the index of a model of a thousand shards stays below, and so does
/// every vocabulary that the engines know.
const LARGEST_JSON_BYTES: u64 = 64 << 20;

/// Reads a text file of bounded size.
///
/// # Errors
///
/// When it is not there, too large, or not UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    let failed = |error: std::io::Error| Error::file(path, error);
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > LARGEST_JSON_BYTES {
        return Err(Error::file(path, format!("{size} bytes are too many")));
    }
    std::fs::read_to_string(path).map_err(failed)
}

/// Reads a JSON file into a type; what the type does not name is ignored.
///
/// # Errors
///
/// When the file is missing, too large, or not of that form.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_str(&read_text(path)?).map_err(|error| Error::file(path, error))
}
