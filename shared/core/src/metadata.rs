//! Which keys of `jobs.metadata` are the system's own, and what follows from a job's type.

use crate::JobType;

/// The generation of the metadata's form. Clients and workers compare it.
pub const EDGE_FUNCTION_VERSION: &str = "2.1.0";

/// The solver's name on the wire.
pub const SAMPLE_SOLVER: &str = "euler";

/// The flow shift of every preset.
pub const SAMPLE_SHIFT: f64 = 5.0;

/// Keys that the system writes, at submit or when a job ends, and keys of older clients that mean nothing
/// any more (`credits`, `bucket`, `queue` are derived). None is ever taken from a client; what a client does order is
/// named by the table of `wire::submit`.
pub(crate) const SYSTEM_KEYS: [&str; 54] = [
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
    "original_job_id",
    "original_prompt",
    "own_negative_prompt",
    "partial",
    "path_consistency_fixed",
    "primary_asset",
    "project_id",
    "prompt_length",
    "prompt_word_count",
    "queue",
    "queue_timestamp",
    "retry_of",
    "sample_guide_scale",
    "sample_shift",
    "sample_solver",
    "sample_steps",
    "stored_path",
    "thumbnail_placeholder",
    "user_id",
    "video_id",
    "worker",
];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_keys_are_sorted_for_the_search() {
        assert!(SYSTEM_KEYS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
