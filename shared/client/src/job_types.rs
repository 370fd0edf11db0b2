//! What can be ordered, and what it costs.

use ourvidz_core::aspect::Aspect;
use ourvidz_core::job_type::{FRAMES_PER_SECOND, SDXL_BATCHES};
use ourvidz_core::{ApiError, Code, Format, JobType, Model, Quality, Queue};
use serde::Serialize;
use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::convert::{thrown, to_js};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** One row of the product's table. */
export interface JobTypeInfo {
  jobType: string;
  model: "sdxl" | "wan";
  format: "image" | "video";
  quality: "fast" | "high";
  enhanced: boolean;
  queue: "sdxl_queue" | "wan_queue";
  modelVariant: string;
  steps: number;
  width: number;
  height: number;
  /** What `metadata.aspect` may name; the first is made where an order names none, and has `width` and `height`. */
  aspects: AspectInfo[];
  frames: number;
  framesPerSecond: number;
  /** Where an order names no `output_format`. */
  fileExtension: "png" | "mp4";
  mediaType: "image/png" | "video/mp4";
  bucketLimitBytes: number;
  batches: BatchInfo[];
}

/** A shape, and what it is in pixels. */
export interface AspectInfo {
  name: string;
  width: number;
  height: number;
}

/** How many assets one job can make, and what that takes. */
export interface BatchInfo {
  numImages: number;
  price: number;
  expectedSeconds: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// An array of `JobTypeInfo` for TypeScript.
    #[wasm_bindgen(typescript_type = "JobTypeInfo[]")]
    pub type JobTypeInfos;
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobTypeInfo {
    job_type: JobType,
    model: Model,
    format: Format,
    quality: Quality,
    enhanced: bool,
    queue: Queue,
    model_variant: &'static str,
    steps: u32,
    width: u32,
    height: u32,
    aspects: Vec<AspectInfo>,
    frames: u32,
    frames_per_second: u32,
    file_extension: &'static str,
    media_type: &'static str,
    bucket_limit_bytes: u64,
    batches: Vec<BatchInfo>,
}

#[derive(Serialize)]
struct AspectInfo {
    name: &'static str,
    width: u32,
    height: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchInfo {
    num_images: u8,
    price: u32,
    expected_seconds: f64,
}

impl From<JobType> for JobTypeInfo {
    fn from(job_type: JobType) -> Self {
        let (width, height) = job_type.size();
        Self {
            job_type,
            model: job_type.model(),
            format: job_type.format(),
            quality: job_type.quality(),
            enhanced: job_type.is_enhanced(),
            queue: job_type.queue(),
            model_variant: job_type.model_variant(),
            steps: job_type.steps(),
            width,
            height,
            aspects: job_type.aspects().iter().map(AspectInfo::from).collect(),
            frames: job_type.frames(),
            frames_per_second: FRAMES_PER_SECOND,
            file_extension: job_type.file_type().extension(),
            media_type: job_type.file_type().media_type(),
            bucket_limit_bytes: job_type.bucket_limit(),
            batches: batches(job_type),
        }
    }
}

impl From<&Aspect> for AspectInfo {
    fn from(aspect: &Aspect) -> Self {
        Self {
            name: aspect.name,
            width: aspect.width,
            height: aspect.height,
        }
    }
}

fn batches(job_type: JobType) -> Vec<BatchInfo> {
    SDXL_BATCHES
        .into_iter()
        .filter(|&num_images| job_type.allows(num_images))
        .map(|num_images| BatchInfo {
            num_images,
            price: job_type.price() * u32::from(num_images),
            expected_seconds: job_type.expected_ms(num_images) as f64 / 1000.0,
        })
        .collect()
}

/// Every job type with everything that follows from it, in the order in which they are offered.
///
/// # Errors
///
/// Only when the JavaScript engine is out of memory.
#[wasm_bindgen(js_name = jobTypes)]
pub fn job_types() -> Result<JobTypeInfos, JsValue> {
    let infos: Vec<JobTypeInfo> = JobType::ALL.into_iter().map(JobTypeInfo::from).collect();
    Ok(to_js(&infos)?.unchecked_into())
}

/// Credits for a job.
///
/// # Errors
///
/// Throws the `Problem` that the edge would answer: no such type, or one that does not come in this number.
#[wasm_bindgen]
pub fn price(
    #[wasm_bindgen(js_name = jobType)] job_type: &str,
    #[wasm_bindgen(js_name = numImages)] num_images: f64,
) -> Result<u32, JsValue> {
    let job_type: JobType = job_type.parse().map_err(|_| {
        let known = JobType::ALL.map(JobType::as_str);
        thrown(&ApiError::new(Code::UnknownJobType).with_details(json!({ "validJobTypes": known })))
    })?;
    batches(job_type)
        .into_iter()
        .find(|batch| f64::from(batch.num_images) == num_images)
        .map(|batch| batch.price)
        .ok_or_else(|| {
            thrown(&ApiError::invalid_field(
                "metadata.num_images",
                expected_batches(job_type),
            ))
        })
}

fn expected_batches(job_type: JobType) -> &'static str {
    if job_type.is_sdxl() { "1, 3 or 6" } else { "1" }
}
