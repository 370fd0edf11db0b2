//! What a worker says about a generation.

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde_json::{Map, Value};

use super::table::METADATA;
use crate::ApiError;
use crate::job_type::MAX_ASSETS;
use crate::limits::{MAX_SEED, MAX_WORKER_METADATA_BYTES};
use crate::wire::fields::Fields;
use crate::wire::json::{is_storable, is_storable_json, whole_number};

/// What a worker says about a generation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WorkerMetadata {
    /// The seed that was used; 0 is one like any other.
    pub seed: Option<u64>,
    /// Seconds that it took.
    pub generation_time: Option<f64>,
    /// Pictures that were made.
    pub num_images: Option<u8>,
    /// Why it failed, for programs.
    pub error_code: Option<String>,
    /// Everything else.
    pub other: Map<String, Value>,
}

/// Reads the metadata leniently: a known key with an odd value stays among the others, and others that are
/// too large are left out. Nothing in here is worth losing a finished picture.
pub(super) fn take_metadata(fields: &mut Fields) -> Result<WorkerMetadata, ApiError> {
    let Some(metadata) = fields.object(&METADATA)? else {
        return Ok(WorkerMetadata::default());
    };
    let mut other = metadata.rest();
    let seed = take_if(&mut other, "seed", |value| {
        whole_number(value)
            .and_then(|seed| u64::try_from(seed).ok())
            .filter(|seed| *seed <= MAX_SEED)
    });
    let generation_time = take_if(&mut other, "generation_time", |value| {
        value
            .as_f64()
            .filter(|seconds| (0.0..1e9).contains(seconds))
    });
    let num_images = take_if(&mut other, "num_images", |value| {
        whole_number(value)
            .and_then(|number| u8::try_from(number).ok())
            .filter(|number| usize::from(*number) <= MAX_ASSETS)
    });
    let error_code = take_if(&mut other, "error_code", |value| {
        value.as_str().filter(is_code).map(ToOwned::to_owned)
    });
    other.retain(|key, value| is_storable(key) && is_storable_json(value) && !value.is_null());
    let mut room = MAX_WORKER_METADATA_BYTES;
    other.retain(|key, value| {
        // Key, value, two quotation marks, colon, comma.
        let size = key.len() + serde_json::to_vec(value).map_or(room, |json| json.len()) + 4;
        let fits = size <= room;
        room -= if fits { size } else { 0 };
        fits
    });
    Ok(WorkerMetadata {
        seed,
        generation_time,
        num_images,
        error_code,
        other,
    })
}

fn take_if<T>(
    map: &mut Map<String, Value>,
    key: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Option<T> {
    let value = map.get(key).and_then(read)?;
    map.remove(key);
    Some(value)
}

fn is_code(text: &&str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
