//! What the system writes into `jobs.metadata`, and which keys are its own.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};

use serde_json::{Map, Value, json};

use crate::negative_prompt::NegativePrompt;
use crate::wire::references::Reference;
use crate::{Id, JobType};

/// The generation of the metadata's form. Clients and workers compare it.
pub const EDGE_FUNCTION_VERSION: &str = "2.1.0";

/// The solver's name on the wire.
pub const SAMPLE_SOLVER: &str = "euler";

/// The flow shift of every preset.
pub const SAMPLE_SHIFT: f64 = 5.0;

/// Keys that the system writes, at submit or when a job ends, and keys of older clients that mean nothing
/// any more (`credits`, `bucket`, `queue` are derived). None is ever taken from a client.
const SYSTEM_KEYS: [&str; 60] = [
    "all_assets",
    "batch_count",
    "bucket",
    "callback_debug",
    "callback_error",
    "callback_processed_at",
    "character_id",
    "content_type",
    "created_timestamp",
    "credits",
    "debug_info",
    "dual_worker_routing",
    "edge_function_version",
    "enhanced_prompt",
    "error_code",
    "expected_generation_time",
    "failed_indices",
    "file_extension",
    "file_path",
    "file_path_validation",
    "generation_time",
    "generation_timestamp",
    "image_id",
    "image_index",
    "is_enhanced",
    "is_sdxl",
    "job_id",
    "job_type",
    "model_type",
    "model_variant",
    "negative_prompt",
    "negative_prompt_generation_error",
    "negative_prompt_supported",
    "num_images",
    "original_job_id",
    "original_prompt",
    "partial",
    "path_consistency_fixed",
    "primary_asset",
    "project_id",
    "prompt",
    "prompt_length",
    "prompt_word_count",
    "queue",
    "queue_timestamp",
    "reference_image_url",
    "reference_strength",
    "reference_type",
    "references",
    "retry_of",
    "sample_guide_scale",
    "sample_shift",
    "sample_solver",
    "sample_steps",
    "seed",
    "stored_path",
    "thumbnail_placeholder",
    "user_id",
    "video_id",
    "worker",
];

/// Whether a key of the metadata is the system's.
#[must_use]
pub fn is_system_key(key: &str) -> bool {
    SYSTEM_KEYS.binary_search(&key).is_ok()
}

/// Guidance as a number (6.5 or 7.5).
#[must_use]
pub fn guide_scale(job_type: JobType) -> f64 {
    f64::from(job_type.guidance_tenths()) / 10.0
}

/// Expected time in seconds.
#[must_use]
pub fn expected_seconds(job_type: JobType, num_images: u8) -> f64 {
    // Below 2^53 by far: the longest is 370,000.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a few hundred thousand milliseconds"
    )]
    let milliseconds = job_type.expected_ms(num_images) as f64;
    milliseconds / 1000.0
}

/// What is known of a job when it is submitted.
#[derive(Debug, Clone, Copy)]
pub struct JobFacts<'a> {
    /// Its owner.
    pub user_id: Id,
    /// What is ordered.
    pub job_type: JobType,
    /// The effective prompt.
    pub prompt: &'a str,
    /// What the prompt was before it was enhanced on the edge.
    pub original_prompt: Option<&'a str>,
    /// The negative prompt, for SDXL.
    pub negative_prompt: Option<&'a NegativePrompt>,
    /// How many assets.
    pub num_images: u8,
    /// The seed, if ordered.
    pub seed: Option<u64>,
    /// Reference images.
    pub references: &'a [Reference],
    /// Source project.
    pub project_id: Option<Id>,
    /// Source image.
    pub image_id: Option<Id>,
    /// Source video.
    pub video_id: Option<Id>,
    /// The project's character.
    pub character_id: Option<Id>,
    /// The job that this repeats.
    pub retry_of: Option<Id>,
    /// RFC 3339.
    pub created_at: &'a str,
}

/// The job's metadata: what the client noted, then what the system knows, which wins.
#[must_use]
pub fn job_metadata(facts: &JobFacts<'_>, extra: &Map<String, Value>) -> Map<String, Value> {
    let job_type = facts.job_type;
    let mut metadata = extra.clone();
    let mut put = |key: &str, value: Value| {
        metadata.insert(key.to_owned(), value);
    };

    put("prompt", facts.prompt.into());
    if let Some(original) = facts.original_prompt {
        put("original_prompt", original.into());
        put("enhanced_prompt", facts.prompt.into());
    }
    put("prompt_length", facts.prompt.chars().count().into());
    put(
        "prompt_word_count",
        facts.prompt.split_whitespace().count().into(),
    );

    put("model_variant", job_type.model_variant().into());
    put("model_type", job_type.model().as_str().into());
    put("queue", job_type.queue().as_str().into());
    put("bucket", job_type.bucket().into());
    put("is_sdxl", job_type.is_sdxl().into());
    put("is_enhanced", job_type.is_enhanced().into());
    put("dual_worker_routing", true.into());
    put("edge_function_version", EDGE_FUNCTION_VERSION.into());
    put("generation_timestamp", facts.created_at.into());
    put("negative_prompt_supported", job_type.is_sdxl().into());
    if let Some(negative) = facts.negative_prompt {
        put("negative_prompt", negative.text.as_str().into());
    }

    put(
        "expected_generation_time",
        expected_seconds(job_type, facts.num_images).into(),
    );
    put("sample_steps", job_type.steps().into());
    put("sample_guide_scale", guide_scale(job_type).into());
    put("sample_solver", SAMPLE_SOLVER.into());
    put("sample_shift", SAMPLE_SHIFT.into());
    put("num_images", facts.num_images.into());
    put("batch_count", 1.into());
    put("content_type", job_type.format().as_str().into());
    put("file_extension", job_type.file_extension().into());
    if let Some(seed) = facts.seed {
        put("seed", seed.into());
    }

    if let Some(first) = facts.references.first() {
        put("references", json!(facts.references));
        // Workers that know a single reference read it here.
        put(
            "reference_image_url",
            alloc::format!("{}/{}", first.bucket, first.key).into(),
        );
        put("reference_type", first.kind.as_str().into());
        put("reference_strength", first.strength.into());
    }

    put("user_id", facts.user_id.to_string().into());
    for (key, id) in [
        ("project_id", facts.project_id),
        ("image_id", facts.image_id),
        ("video_id", facts.video_id),
        ("character_id", facts.character_id),
        ("retry_of", facts.retry_of),
    ] {
        if let Some(id) = id {
            put(key, id.to_string().into());
        }
    }
    metadata
}

/// `usage_logs.metadata` beside the ids, which the database adds.
#[must_use]
pub fn usage_metadata(job_type: JobType, created_at: &str) -> Map<String, Value> {
    let mut usage = Map::new();
    for (key, value) in [
        ("model_type", json!(job_type)),
        ("model_variant", json!(job_type.model_variant())),
        ("queue", json!(job_type.queue())),
        ("dual_worker_routing", json!(true)),
        ("negative_prompt_supported", json!(job_type.is_sdxl())),
        ("usage_timestamp", json!(created_at)),
    ] {
        usage.insert(key.to_owned(), value);
    }
    usage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_keys_are_sorted_for_the_search_and_cover_what_is_written() {
        assert!(SYSTEM_KEYS.windows(2).all(|pair| pair[0] < pair[1]));
        let negative = crate::negative_prompt::negative_prompt("a lake");
        let id = Id::from_bytes([7; 16]);
        let reference: Reference = serde_json::from_value(json!({
            "type": "style", "bucket": "reference_images", "key": "a/b.png", "strength": 0.5
        }))
        .unwrap();
        let facts = JobFacts {
            user_id: id,
            job_type: JobType::SdxlImageFast,
            prompt: "a lake",
            original_prompt: Some("lake"),
            negative_prompt: Some(&negative),
            num_images: 3,
            seed: Some(0),
            references: &[reference],
            project_id: Some(id),
            image_id: Some(id),
            video_id: Some(id),
            character_id: Some(id),
            retry_of: Some(id),
            created_at: "2026-01-01T00:00:00.000Z",
        };
        let mut extra = Map::new();
        extra.insert("mood".into(), "calm".into());
        extra.insert("queue".into(), "mine".into());
        let metadata = job_metadata(&facts, &extra);
        for key in metadata.keys().filter(|key| *key != "mood") {
            assert!(is_system_key(key), "{key} could be shadowed");
        }
        assert_eq!(metadata["mood"], "calm");
        assert_eq!(metadata["queue"], "sdxl_queue");
        assert_eq!(metadata["seed"], 0);
    }
}
