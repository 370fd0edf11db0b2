//! What a worker's report adds to the metadata of a job and of its assets.
//!
//! Everything here is a patch: the database adds its keys to what is there, and nothing that is there is lost.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use crate::Id;
use crate::asset_key::VIDEO_PLACEHOLDER;
use crate::wire::callback::{CallbackReport, WorkerMetadata};
use crate::{Format, JobType};

/// The keys that a report adds to the job's metadata.
#[must_use]
pub fn job_patch(existing: &Map<String, Value>, report: &CallbackReport) -> Map<String, Value> {
    let mut patch = Map::new();
    let WorkerMetadata {
        seed,
        generation_time,
        num_images,
        error_code: _,
        other,
    } = &report.metadata;
    if let Some(seed) = seed {
        patch.insert("seed".to_owned(), (*seed).into());
    }
    if let Some(seconds) = generation_time {
        patch.insert("generation_time".to_owned(), (*seconds).into());
    }
    if let Some(number) = num_images {
        patch.insert("num_images".to_owned(), (*number).into());
    }
    if !other.is_empty() {
        let mut worker = existing
            .get("worker")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        worker.extend(other.clone());
        patch.insert("worker".to_owned(), worker.into());
    }
    if let Some(enhanced) = &report.enhanced_prompt {
        patch.insert("enhanced_prompt".to_owned(), enhanced.as_str().into());
    }
    patch
}

/// Adds what a completed job shows: its assets, and whether some are missing.
pub fn add_assets(patch: &mut Map<String, Value>, delivered: &[String], ordered: usize) {
    if let Some(first) = delivered.first() {
        patch.insert("primary_asset".to_owned(), first.as_str().into());
    }
    let all = delivered
        .iter()
        .map(|key| Value::from(key.as_str()))
        .collect();
    patch.insert("all_assets".to_owned(), Value::Array(all));
    if delivered.len() < ordered {
        patch.insert("partial".to_owned(), true.into());
    }
}

/// What is known of an asset when it is completed.
#[derive(Debug, Clone, Copy)]
pub struct AssetFacts<'a> {
    pub job_id: Id,
    pub job_type: JobType,
    /// The job's metadata with the report's patch.
    pub job_metadata: &'a Map<String, Value>,
    pub index: u8,
    pub total: usize,
    pub url: &'a str,
    /// The key of its thumbnail or poster, if the worker made one.
    pub preview: Option<&'a str>,
    /// RFC 3339.
    pub processed_at: &'a str,
}

/// The metadata of a completed asset. What is the same for all assets of a job (its prompts, the list of them) is the
/// job's alone.
#[must_use]
pub fn asset_metadata(facts: &AssetFacts<'_>) -> Map<String, Value> {
    let job_type = facts.job_type;
    let mut metadata = Map::new();
    let mut put = |key: &str, value: Value| {
        metadata.insert(key.to_owned(), value);
    };
    put("job_type", job_type.as_str().into());
    put("model_type", job_type.model().as_str().into());
    put("is_sdxl", job_type.is_sdxl().into());
    put("is_enhanced", job_type.is_enhanced().into());
    put("quality", job_type.quality().as_str().into());
    put("bucket", job_type.bucket().into());
    put("original_job_id", facts.job_id.to_string().into());
    put("callback_processed_at", facts.processed_at.into());
    // Picture i of a batch is made with seed + i: this is the seed that makes this very picture again.
    if let Some(seed) = facts.job_metadata.get("seed").and_then(Value::as_u64) {
        put("seed", seed.saturating_add(facts.index.into()).into());
    }
    if let Some(seconds) = facts.job_metadata.get("generation_time") {
        put("generation_time", seconds.clone());
    }
    // With its size a page knows the shape of a file that it has not loaded.
    for side in ["width", "height"] {
        let said = facts.job_metadata.get("worker").and_then(|it| it.get(side));
        if let Some(pixels) = said.and_then(Value::as_u64) {
            put(side, pixels.into());
        }
    }
    match job_type.format() {
        Format::Image => {
            put("image_index", facts.index.into());
            put("total_images", facts.total.into());
        }
        Format::Video => {
            put("stored_path", facts.url.into());
            put("thumbnail_placeholder", facts.preview.is_none().into());
            put("path_consistency_fixed", true.into());
        }
    }
    metadata
}

/// What a completed asset shows in small: its thumbnail or poster; else a picture shows itself, and a video
/// the placeholder.
#[must_use]
pub fn preview_or_default(job_type: JobType, url: &str, preview: Option<String>) -> String {
    preview.unwrap_or_else(|| match job_type.format() {
        Format::Image => url.to_owned(),
        Format::Video => VIDEO_PLACEHOLDER.to_owned(),
    })
}

/// The metadata that a patch leads to.
#[must_use]
pub fn patched(existing: &Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = existing.clone();
    merged.extend(patch.clone());
    merged
}

/// The keys of delivered assets in the order of their index.
#[must_use]
pub fn in_order(mut delivered: Vec<(u8, String)>) -> Vec<String> {
    delivered.sort_unstable_by_key(|(index, _)| *index);
    delivered.into_iter().map(|(_, key)| key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(fields: &Value) -> CallbackReport {
        let mut body = json!({
            "job_id": "22222222-2222-4222-8222-222222222222",
            "status": "completed",
        });
        let added = fields.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(added);
        CallbackReport::parse(body.to_string().as_bytes()).unwrap()
    }

    fn merged(existing: &Value, fields: &Value) -> Value {
        let existing = existing.as_object().unwrap();
        patched(existing, &job_patch(existing, &report(fields))).into()
    }

    #[test]
    fn nothing_that_is_there_is_lost() {
        let existing =
            json!({ "mood": "calm", "seed": 4, "worker": { "gpu": "a", "engine": "x" } });
        let reported = json!({
            "metadata": { "seed": 0, "generation_time": 2.5, "num_images": 3, "gpu": "b", "compel": true },
            "enhancedPrompt": "a lake at dawn",
        });
        assert_eq!(
            merged(&existing, &reported),
            json!({
                "mood": "calm", "seed": 0, "generation_time": 2.5, "num_images": 3,
                "enhanced_prompt": "a lake at dawn",
                "worker": { "gpu": "b", "engine": "x", "compel": true },
            })
        );
        assert_eq!(merged(&existing, &json!({})), existing);
    }

    #[test]
    fn workers_write_below_their_own_key() {
        let reported =
            json!({ "metadata": { "queue": "mine", "user_id": "mine", "primary_asset": "mine" } });
        let merged = merged(&json!({ "queue": "sdxl_queue" }), &reported);
        assert_eq!(merged["queue"], "sdxl_queue");
        assert_eq!(merged["worker"]["user_id"], "mine");
        assert!(merged.get("primary_asset").is_none());
    }

    #[test]
    fn what_a_completed_job_shows() {
        let mut patch = Map::new();
        let delivered = in_order(Vec::from([(2, "c".to_owned()), (0, "a".to_owned())]));
        add_assets(&mut patch, &delivered, 3);
        assert_eq!(
            Value::from(patch),
            json!({ "primary_asset": "a", "all_assets": ["a", "c"], "partial": true })
        );
    }

    #[test]
    fn an_asset_has_the_size_that_its_worker_says() {
        let facts = |worker: Value| {
            let job_metadata = json!({ "worker": worker });
            asset_metadata(&AssetFacts {
                job_id: Id::from_bytes([1; 16]),
                job_type: JobType::ImageFast,
                job_metadata: job_metadata.as_object().unwrap(),
                index: 0,
                total: 1,
                url: "u/x",
                preview: None,
                processed_at: "",
            })
        };
        let told = facts(json!({ "width": 832, "height": 480, "gpu": "a" }));
        assert_eq!(
            (&told["width"], &told["height"]),
            (&json!(832), &json!(480))
        );
        assert!(!told.contains_key("gpu"));
        assert!(!facts(json!({ "width": "wide" })).contains_key("width"));
    }

    #[test]
    fn previews() {
        let of = |job_type, preview: Option<&str>| {
            preview_or_default(job_type, "u/x", preview.map(ToOwned::to_owned))
        };
        assert_eq!(of(JobType::ImageFast, None), "u/x");
        assert_eq!(of(JobType::VideoFast, None), VIDEO_PLACEHOLDER);
        assert_eq!(of(JobType::VideoFast, Some("u/p.jpg")), "u/p.jpg");
    }
}
