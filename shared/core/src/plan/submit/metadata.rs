//! What an order writes into `jobs.metadata`, and how it is read from there again.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};

use serde_json::{Map, Value, json};

use super::Submission;
use crate::Id;
use crate::limits::MAX_SEED;
use crate::metadata::{
    EDGE_FUNCTION_VERSION, SAMPLE_SHIFT, SAMPLE_SOLVER, expected_seconds, guide_scale,
};
use crate::wire::job::JobView;
use crate::wire::kinds::{AspectOf, Choice, Kind, StyleName};
use crate::wire::output::OUTPUT_QUALITIES;
use crate::wire::prompt::NEGATIVE_PROMPTS;
use crate::wire::submit::{SubmitRequest, is_known_key};

/// A submission with what was decided about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order<'a> {
    pub submission: &'a Submission<'a>,
    /// The effective prompt.
    pub prompt: &'a str,
    /// What the prompt was before it was enhanced on the edge.
    pub original_prompt: Option<&'a str>,
    /// The whole of it, ours and the user's own.
    pub negative_prompt: Option<&'a str>,
    pub num_images: u8,
    /// RFC 3339.
    pub created_at: &'a str,
}

/// The job's metadata: what the client noted, then what the system knows, which wins.
pub(super) fn job_metadata(order: &Order<'_>) -> Map<String, Value> {
    let request = order.submission.request;
    let job_type = request.job_type;
    let mut metadata = request.extra.clone();
    let mut put = |key: &str, value: Value| {
        metadata.insert(key.to_owned(), value);
    };

    // The prompt itself is the row's: the database adds it to what it shows.
    if let Some(original) = order.original_prompt {
        put("original_prompt", original.into());
    }
    put("prompt_length", order.prompt.chars().count().into());
    put(
        "prompt_word_count",
        order.prompt.split_whitespace().count().into(),
    );

    put("model_variant", job_type.model_variant().into());
    put("model_type", job_type.model().as_str().into());
    put("queue", job_type.queue().as_str().into());
    put("bucket", job_type.bucket().into());
    put("is_sdxl", job_type.is_sdxl().into());
    put("is_enhanced", job_type.is_enhanced().into());
    put("dual_worker_routing", true.into());
    put("edge_function_version", EDGE_FUNCTION_VERSION.into());
    put("generation_timestamp", order.created_at.into());
    put("negative_prompt_supported", job_type.is_sdxl().into());
    if let Some(negative) = order.negative_prompt {
        put("negative_prompt", negative.into());
    }
    if let Some(own) = &request.negative_prompt {
        put("own_negative_prompt", own.as_str().into());
    }
    if let Some(style) = request.style {
        put("style", style.name.into());
    }

    put(
        "expected_generation_time",
        expected_seconds(job_type, order.num_images).into(),
    );
    put("sample_steps", job_type.steps().into());
    put("sample_guide_scale", guide_scale(job_type).into());
    put("sample_solver", SAMPLE_SOLVER.into());
    put("sample_shift", SAMPLE_SHIFT.into());
    put("num_images", order.num_images.into());
    put("batch_count", 1.into());
    put("content_type", job_type.format().as_str().into());
    put("file_extension", request.file_type().extension().into());
    if let Some(seed) = request.seed {
        put("seed", seed.into());
    }
    if let Some(aspect) = request.aspect {
        put("aspect", aspect.name.into());
    }
    if let Some(format) = request.output_format {
        put("output_format", format.as_str().into());
    }
    if let Some(quality) = request.output_quality {
        put("output_quality", quality.into());
    }

    if let Some(first) = request.references.first() {
        put("references", json!(request.references));
        // Workers that know a single reference read it here.
        put(
            "reference_image_url",
            alloc::format!("{}/{}", first.bucket, first.key).into(),
        );
        put("reference_type", first.kind.as_str().into());
        put("reference_strength", first.strength.into());
    }

    put("user_id", order.submission.user_id.to_string().into());
    for (key, id) in [
        ("project_id", request.project_id),
        ("image_id", request.image_id),
        ("video_id", request.video_id),
        ("character_id", order.submission.character_id()),
        ("retry_of", request.retry_of),
    ] {
        if let Some(id) = id {
            put(key, id.to_string().into());
        }
    }
    metadata
}

/// The order that a job was made from, as far as its row still tells: priority, enhancement and webhook were
/// for that one job.
pub(crate) fn order_of(job: &JobView) -> SubmitRequest {
    let metadata = &job.metadata;
    let id_of = |key: &str| -> Option<Id> { metadata.get(key)?.as_str()?.parse().ok() };
    let references = metadata.get("references").cloned().unwrap_or_default();
    SubmitRequest {
        prompt: Some(job.prompt.clone()),
        negative_prompt: metadata
            .get("own_negative_prompt")
            .and_then(|text| NEGATIVE_PROMPTS.read(text.clone())),
        style: metadata
            .get("style")
            .and_then(|name| StyleName.read(name.clone())),
        num_images: Some(job.num_assets).filter(|number| job.job_type.allows(*number)),
        seed: metadata
            .get("seed")
            .and_then(Value::as_u64)
            .filter(|seed| *seed <= MAX_SEED),
        aspect: metadata
            .get("aspect")
            .and_then(|name| AspectOf(job.job_type.aspects()).read(name.clone())),
        output_format: metadata
            .get("output_format")
            .and_then(|name| Choice::new().read(name.clone())),
        output_quality: metadata
            .get("output_quality")
            .and_then(|number| OUTPUT_QUALITIES.read(number.clone())),
        references: serde_json::from_value(references).unwrap_or_default(),
        extra: metadata
            .iter()
            .filter(|(key, _)| !is_known_key(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        project_id: id_of("project_id"),
        image_id: id_of("image_id"),
        video_id: id_of("video_id"),
        ..SubmitRequest::new(job.job_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JobType;
    use crate::aspect::SDXL_ASPECTS;
    use crate::file_type::OutputFormat;
    use crate::wire::rpc::ProjectPrompts;
    use ourvidz_prompts::STYLES;

    #[test]
    fn known_keys_cover_what_is_written() {
        let id = Id::from_bytes([7; 16]);
        let extra = json!({ "mood": "calm", "queue": "mine" });
        let request = SubmitRequest {
            negative_prompt: Some("fog".to_owned()),
            style: Some(STYLES[0]),
            num_images: Some(3),
            seed: Some(0),
            aspect: Some(SDXL_ASPECTS[1]),
            output_format: Some(OutputFormat::Jpeg),
            output_quality: Some(80),
            references: serde_json::from_value(json!([{
                "type": "style", "bucket": "reference_images", "key": "a/b.png", "strength": 0.5,
            }]))
            .unwrap(),
            extra: extra.as_object().unwrap().clone(),
            project_id: Some(id),
            image_id: Some(id),
            video_id: Some(id),
            retry_of: Some(id),
            ..SubmitRequest::new(JobType::SdxlImageFast)
        };
        let project = ProjectPrompts {
            enhanced_prompt: None,
            original_prompt: None,
            character_id: Some(id),
        };
        let metadata = job_metadata(&Order {
            submission: &Submission {
                request: &request,
                user_id: id,
                anonymous: false,
                project: Some(&project),
                enhanced_prompt: None,
                idempotency_key: None,
                api_key_id: None,
            },
            prompt: "a lake",
            original_prompt: Some("lake"),
            negative_prompt: Some("fog"),
            num_images: 3,
            created_at: "2026-01-01T00:00:00.000Z",
        });
        for key in metadata.keys().filter(|key| *key != "mood") {
            assert!(is_known_key(key), "{key} could be shadowed");
        }
        assert_eq!(metadata["mood"], "calm");
        assert_eq!(metadata["queue"], "sdxl_queue");
        assert_eq!(metadata["seed"], 0);
        assert_eq!(metadata["character_id"], id.to_string());
    }
}
