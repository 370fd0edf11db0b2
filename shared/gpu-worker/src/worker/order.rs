//! From the payload to what the engine is asked to make.

use ourvidz_core::job_type::FRAMES_PER_SECOND;
use ourvidz_core::wire::payload::WorkerPayload;
use ourvidz_core::{Format, JobType};
use serde_json::Value;

use crate::config::SizeLimits;
use crate::engine::{ImageRequest, VideoRequest};

/// What is to be made.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    Images(ImageRequest),
    Video(VideoRequest),
}

/// The payload asks for something that no engine can make; another attempt would not help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidOrder(pub &'static str);

/// Twice the largest preset: a larger picture is a mistake and would only exhaust memory.
pub const LARGEST_SIDE: u32 = 2_048;
/// Twice the largest preset.
const MOST_STEPS: u32 = 100;
/// Pixels that every side is a multiple of: a patch of WAN's, which has the larger one.
const UNIT: u32 = 16;
/// Twice the largest preset, rounded to 4n+1.
const MOST_FRAMES: u32 = 193;

impl Order {
    /// Reads a payload; `fresh_seed` is used where none was ordered.
    ///
    /// # Errors
    ///
    /// When a value is missing or out of all bounds.
    pub fn read(payload: &Value, fresh_seed: u64) -> Result<Self, InvalidOrder> {
        let payload: WorkerPayload = serde_json::from_value(payload.clone())
            .map_err(|_| InvalidOrder("the payload cannot be read"))?;
        let config = &payload.config;
        let (width, height) = config
            .dimensions()
            .ok_or(InvalidOrder("the size cannot be read"))?;
        if ![width, height]
            .iter()
            .all(|side| (16..=LARGEST_SIDE).contains(side) && side % 2 == 0)
        {
            return Err(InvalidOrder("the size is out of bounds"));
        }
        if !(1..=MOST_STEPS).contains(&config.sample_steps) {
            return Err(InvalidOrder("the number of steps is out of bounds"));
        }
        if !payload.job_type.allows(config.num_images) {
            return Err(InvalidOrder("this job type does not take that many images"));
        }
        let image = ImageRequest {
            job_type: payload.job_type,
            prompt: payload.prompt,
            negative_prompt: payload.negative_prompt.unwrap_or_default(),
            width,
            height,
            steps: config.sample_steps,
            guidance: config.sample_guide_scale as f32,
            seed: config.seed.unwrap_or(fresh_seed),
            count: config.num_images,
        };
        match payload.job_type.format() {
            Format::Image => Ok(Self::Images(image)),
            Format::Video if config.frame_num % 4 == 1 && config.frame_num <= MOST_FRAMES => {
                Ok(Self::Video(VideoRequest {
                    image,
                    frames: config.frame_num,
                    frames_per_second: FRAMES_PER_SECOND,
                }))
            }
            Format::Video => Err(InvalidOrder(
                "the number of frames is not 4n+1 within bounds",
            )),
        }
    }

    /// The same order, no larger than the bounds allow. Proportions stay as near as the models' units allow.
    #[must_use]
    pub fn within(mut self, bounds: &SizeLimits) -> Self {
        if let Self::Video(video) = &mut self {
            // One more than a multiple of four, like every order.
            let most = bounds.frames.unwrap_or(video.frames).min(video.frames);
            video.frames = most.saturating_sub(1) / 4 * 4 + 1;
        }
        let image = self.image_mut();
        image.steps = bounds.steps.unwrap_or(image.steps).min(image.steps);
        let longest = image.width.max(image.height);
        if let Some(side) = bounds.side.filter(|side| *side < longest) {
            let scaled = |length: u32| (length * side / longest / UNIT * UNIT).max(UNIT);
            (image.width, image.height) = (scaled(image.width), scaled(image.height));
        }
        self
    }

    /// The order of a job type's preset, for a prompt typed at the command line.
    #[must_use]
    pub fn preset(
        job_type: JobType,
        prompt: &str,
        negative_prompt: &str,
        seed: u64,
        count: u8,
    ) -> Self {
        let (width, height) = job_type.size();
        let image = ImageRequest {
            job_type,
            prompt: prompt.to_owned(),
            negative_prompt: negative_prompt.to_owned(),
            width,
            height,
            steps: job_type.steps(),
            guidance: job_type.guidance_tenths() as f32 / 10.0,
            seed,
            count,
        };
        match job_type.format() {
            Format::Image => Self::Images(image),
            Format::Video => Self::Video(VideoRequest {
                image,
                frames: job_type.frames(),
                frames_per_second: FRAMES_PER_SECOND,
            }),
        }
    }

    /// What pictures and clips have in common.
    #[must_use]
    pub const fn image(&self) -> &ImageRequest {
        match self {
            Self::Images(image) => image,
            Self::Video(video) => &video.image,
        }
    }

    /// The same, to be changed.
    pub const fn image_mut(&mut self) -> &mut ImageRequest {
        match self {
            Self::Images(image) => image,
            Self::Video(video) => &mut video.image,
        }
    }

    /// How many assets come out.
    #[must_use]
    pub const fn assets(&self) -> u8 {
        match self {
            Self::Images(image) => image.count,
            Self::Video(_) => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use ourvidz_core::Id;
    use ourvidz_core::wire::payload::GenerationConfig;

    use super::*;

    fn payload(job_type: JobType, change: impl Fn(&mut GenerationConfig)) -> Value {
        let mut config = GenerationConfig::preset(job_type, 1);
        change(&mut config);
        serde_json::to_value(WorkerPayload {
            id: Id::from_bytes([1; 16]),
            job_type,
            prompt: "a red fox".to_owned(),
            prompt_suffix: None,
            config,
            user_id: Id::from_bytes([2; 16]),
            created_at: String::new(),
            negative_prompt: None,
            video_id: None,
            image_id: None,
            character_id: None,
            model_variant: job_type.model_variant().to_owned(),
            bucket: job_type.bucket().to_owned(),
            metadata: serde_json::Map::new(),
        })
        .unwrap()
    }

    #[test]
    fn a_payload_of_every_type_is_what_its_preset_is() {
        for job_type in JobType::ALL {
            let order = Order::read(&payload(job_type, |_| ()), 7).unwrap();
            assert_eq!(
                order,
                Order::preset(job_type, "a red fox", "", 7, 1),
                "{job_type}"
            );
        }
    }

    #[test]
    fn an_ordered_seed_wins_zero_too() {
        let order = Order::read(
            &payload(JobType::ImageFast, |config| config.seed = Some(0)),
            7,
        )
        .unwrap();
        assert_eq!(order.image().seed, 0);
    }

    #[test]
    fn small_machines_make_small_orders() {
        let bounds = SizeLimits {
            side: Some(112),
            steps: Some(3),
            frames: Some(8),
        };
        let order = Order::preset(JobType::VideoHigh, "a red fox", "", 7, 1);
        assert_eq!(order.clone().within(&SizeLimits::default()), order);
        let Order::Video(small) = order.within(&bounds) else {
            panic!("a clip stays a clip");
        };
        assert_eq!((small.image.width, small.image.height), (64, 112));
        assert_eq!((small.image.steps, small.frames), (3, 5));
        let large = SizeLimits {
            side: Some(4096),
            steps: Some(500),
            frames: Some(500),
        };
        let order = Order::preset(JobType::VideoHigh, "a red fox", "", 7, 1);
        assert_eq!(order.clone().within(&large), order);
    }

    #[test]
    fn impossible_orders_are_refused() {
        let bad = |job_type, change: fn(&mut GenerationConfig)| {
            Order::read(&payload(job_type, change), 7).unwrap_err().0
        };
        assert_eq!(
            bad(JobType::ImageFast, |config| config.size = "big".into()),
            "the size cannot be read"
        );
        assert_eq!(
            bad(JobType::ImageFast, |config| config.size = "99999*16".into()),
            "the size is out of bounds"
        );
        assert_eq!(
            bad(JobType::ImageFast, |config| config.sample_steps = 0),
            "the number of steps is out of bounds"
        );
        assert_eq!(
            bad(JobType::ImageFast, |config| config.num_images = 3),
            "this job type does not take that many images"
        );
        assert_eq!(
            bad(JobType::VideoFast, |config| config.frame_num = 83),
            "the number of frames is not 4n+1 within bounds"
        );
        assert_eq!(
            Order::read(&Value::Null, 7).unwrap_err().0,
            "the payload cannot be read"
        );
    }
}
