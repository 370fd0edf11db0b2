//! The closed set of ten job types and everything that follows from one.
//!
//! Each property is a total function of the type, so that edge, browser and GPU worker keep no table of their own.
//! SQL repeats the names, the batches and the first expected times; `tests/sql` holds names and batches to these.

use core::fmt;
use core::str::FromStr;

pub use ourvidz_prompts::{Format, Model, Quality};
use serde::{Deserialize, Serialize};

use crate::aspect::{Aspect, SDXL_ASPECTS, WAN_ASPECTS};
use crate::file_type::FileType;

/// What a user can order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobType {
    /// One, three or six SDXL pictures in 15 steps.
    SdxlImageFast,
    /// One, three or six SDXL pictures in 25 steps.
    SdxlImageHigh,
    /// One WAN picture in 25 steps.
    ImageFast,
    /// One WAN picture in 50 steps.
    ImageHigh,
    /// Five seconds of WAN video in 25 steps.
    VideoFast,
    /// Six seconds of WAN video in 50 steps.
    VideoHigh,
    /// A WAN picture in 25 steps from a prompt that the 7B model rewrote.
    #[serde(rename = "image7b_fast_enhanced")]
    Image7bFastEnhanced,
    /// A WAN picture in 50 steps from a prompt that the 7B model rewrote.
    #[serde(rename = "image7b_high_enhanced")]
    Image7bHighEnhanced,
    /// A WAN video in 25 steps from a prompt that the 7B model rewrote.
    #[serde(rename = "video7b_fast_enhanced")]
    Video7bFastEnhanced,
    /// A WAN video in 50 steps from a prompt that the 7B model rewrote.
    #[serde(rename = "video7b_high_enhanced")]
    Video7bHighEnhanced,
}

/// The Redis list that carries the hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// Jobs of the SDXL worker.
    SdxlQueue,
    /// Jobs of the WAN worker.
    WanQueue,
}

/// SDXL batches that the workers know how to run in one go.
pub const SDXL_BATCHES: [u8; 3] = [1, 3, 6];

/// The most assets one job can have: the largest SDXL batch.
pub const MAX_ASSETS: usize = 6;

/// Frames per second of every video.
pub const FRAMES_PER_SECOND: u32 = 16;

const MEGABYTE: u64 = 1024 * 1024;

impl JobType {
    /// Every job type, in the order in which they are offered.
    pub const ALL: [Self; 10] = [
        Self::SdxlImageFast,
        Self::SdxlImageHigh,
        Self::ImageFast,
        Self::ImageHigh,
        Self::VideoFast,
        Self::VideoHigh,
        Self::Image7bFastEnhanced,
        Self::Image7bHighEnhanced,
        Self::Video7bFastEnhanced,
        Self::Video7bHighEnhanced,
    ];

    /// The name on the wire, which is the bucket's name too.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SdxlImageFast => "sdxl_image_fast",
            Self::SdxlImageHigh => "sdxl_image_high",
            Self::ImageFast => "image_fast",
            Self::ImageHigh => "image_high",
            Self::VideoFast => "video_fast",
            Self::VideoHigh => "video_high",
            Self::Image7bFastEnhanced => "image7b_fast_enhanced",
            Self::Image7bHighEnhanced => "image7b_high_enhanced",
            Self::Video7bFastEnhanced => "video7b_fast_enhanced",
            Self::Video7bHighEnhanced => "video7b_high_enhanced",
        }
    }

    /// The model that serves it.
    #[must_use]
    pub const fn model(self) -> Model {
        match self {
            Self::SdxlImageFast | Self::SdxlImageHigh => Model::Sdxl,
            _ => Model::Wan,
        }
    }

    /// Picture or video.
    #[must_use]
    pub const fn format(self) -> Format {
        match self {
            Self::VideoFast
            | Self::VideoHigh
            | Self::Video7bFastEnhanced
            | Self::Video7bHighEnhanced => Format::Video,
            _ => Format::Image,
        }
    }

    /// Fast or high.
    #[must_use]
    pub const fn quality(self) -> Quality {
        match self {
            Self::SdxlImageFast
            | Self::ImageFast
            | Self::VideoFast
            | Self::Image7bFastEnhanced
            | Self::Video7bFastEnhanced => Quality::Fast,
            _ => Quality::High,
        }
    }

    /// Whether the GPU worker rewrites the prompt with its 7B model first.
    #[must_use]
    pub const fn is_enhanced(self) -> bool {
        matches!(
            self,
            Self::Image7bFastEnhanced
                | Self::Image7bHighEnhanced
                | Self::Video7bFastEnhanced
                | Self::Video7bHighEnhanced
        )
    }

    /// Whether it runs on SDXL, which alone takes batches, references and a negative prompt.
    #[must_use]
    pub const fn is_sdxl(self) -> bool {
        matches!(self.model(), Model::Sdxl)
    }

    /// The Redis list that carries its hint.
    #[must_use]
    pub const fn queue(self) -> Queue {
        match self.model() {
            Model::Sdxl => Queue::SdxlQueue,
            Model::Wan => Queue::WanQueue,
        }
    }

    /// The checkpoint's name as workers know it.
    #[must_use]
    pub const fn model_variant(self) -> &'static str {
        match self.model() {
            Model::Sdxl => "lustify_sdxl",
            Model::Wan => "wan_2_1_1_3b",
        }
    }

    /// Denoising steps.
    #[must_use]
    pub const fn steps(self) -> u32 {
        match (self.model(), self.quality()) {
            (Model::Sdxl, Quality::Fast) => 15,
            (Model::Sdxl, Quality::High) | (Model::Wan, Quality::Fast) => 25,
            (Model::Wan, Quality::High) => 50,
        }
    }

    /// The shapes that it comes in; the first where an order names none.
    #[must_use]
    pub const fn aspects(self) -> &'static [Aspect] {
        match self.model() {
            Model::Sdxl => &SDXL_ASPECTS,
            Model::Wan => &WAN_ASPECTS,
        }
    }

    /// Width and height in pixels where an order names no shape.
    #[must_use]
    pub const fn size(self) -> (u32, u32) {
        match self.model() {
            Model::Sdxl => SDXL_ASPECTS[0].size(),
            Model::Wan => WAN_ASPECTS[0].size(),
        }
    }

    /// Frames: WAN's causal VAE needs 4n+1 of them.
    #[must_use]
    pub const fn frames(self) -> u32 {
        match (self.format(), self.quality()) {
            (Format::Image, _) => 1,
            (Format::Video, Quality::Fast) => 81,
            (Format::Video, Quality::High) => 97,
        }
    }

    /// Classifier-free guidance in tenths (6.5 and 7.5).
    #[must_use]
    pub const fn guidance_tenths(self) -> u32 {
        match self.quality() {
            Quality::Fast => 65,
            Quality::High => 75,
        }
    }

    /// What its files are where an order names no format.
    #[must_use]
    pub const fn file_type(self) -> FileType {
        match self.format() {
            Format::Image => FileType::Png,
            Format::Video => FileType::Mp4,
        }
    }

    /// The bucket that holds its files: derived, never taken from a client.
    #[must_use]
    pub const fn bucket(self) -> &'static str {
        self.as_str()
    }

    /// The largest object that its bucket takes, in bytes.
    #[must_use]
    pub const fn bucket_limit(self) -> u64 {
        MEGABYTE
            * match self {
                Self::SdxlImageFast | Self::ImageFast => 5,
                Self::SdxlImageHigh | Self::ImageHigh => 10,
                Self::Image7bFastEnhanced | Self::Image7bHighEnhanced => 20,
                Self::VideoFast => 50,
                Self::Video7bFastEnhanced | Self::Video7bHighEnhanced => 100,
                Self::VideoHigh => 200,
            }
    }

    /// What the first job of its kind is expected to take, in milliseconds, for `num_images` pictures.
    /// Measured for a full SDXL batch of six; later jobs use the rolling median of real times.
    #[must_use]
    pub const fn expected_ms(self, num_images: u8) -> u64 {
        let whole = match self {
            Self::SdxlImageFast => 29_900,
            Self::SdxlImageHigh => 42_400,
            Self::ImageFast => 73_000,
            Self::ImageHigh => 90_000,
            Self::VideoFast => 251_500,
            Self::VideoHigh => 359_700,
            Self::Image7bFastEnhanced => 87_000,
            Self::Image7bHighEnhanced => 104_000,
            Self::Video7bFastEnhanced => 263_900,
            Self::Video7bHighEnhanced => 370_000,
        };
        match self.model() {
            Model::Sdxl => whole * num_images as u64 / 6,
            Model::Wan => whole,
        }
    }

    /// Credits for one asset.
    #[must_use]
    pub const fn price(self) -> u32 {
        match self {
            Self::SdxlImageFast | Self::ImageFast => 1,
            Self::SdxlImageHigh | Self::ImageHigh | Self::Image7bFastEnhanced => 2,
            Self::Image7bHighEnhanced => 3,
            Self::VideoFast => 5,
            Self::Video7bFastEnhanced => 6,
            Self::VideoHigh => 8,
            Self::Video7bHighEnhanced => 9,
        }
    }

    /// Credits for one asset where its prompt stayed as it was, although a rewritten one was ordered.
    #[must_use]
    pub const fn plain_price(self) -> u32 {
        match self {
            Self::Image7bFastEnhanced => Self::ImageFast.price(),
            Self::Image7bHighEnhanced => Self::ImageHigh.price(),
            Self::Video7bFastEnhanced => Self::VideoFast.price(),
            Self::Video7bHighEnhanced => Self::VideoHigh.price(),
            _ => self.price(),
        }
    }

    /// Whether this many assets can be ordered at once.
    #[must_use]
    pub fn allows(self, num_images: u8) -> bool {
        if self.is_sdxl() {
            SDXL_BATCHES.contains(&num_images)
        } else {
            num_images == 1
        }
    }
}

impl fmt::Display for JobType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The name is none of the ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownJobType;

impl FromStr for JobType {
    type Err = UnknownJobType;

    fn from_str(name: &str) -> Result<Self, UnknownJobType> {
        Self::ALL
            .into_iter()
            .find(|job_type| job_type.as_str() == name)
            .ok_or(UnknownJobType)
    }
}

impl Queue {
    /// Every queue.
    pub const ALL: [Self; 2] = [Self::SdxlQueue, Self::WanQueue];

    /// The Redis list's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SdxlQueue => "sdxl_queue",
            Self::WanQueue => "wan_queue",
        }
    }

    /// The queue of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn names_parse_and_print_exactly() {
        for job_type in JobType::ALL {
            assert_eq!(job_type.as_str().parse(), Ok(job_type));
            let json = serde_json::to_string(&job_type).unwrap();
            assert_eq!(json, alloc::format!("\"{job_type}\""));
            assert_eq!(serde_json::from_str::<JobType>(&json).unwrap(), job_type);
        }
        for wrong in [
            "",
            "sdxl",
            "SDXL_IMAGE_FAST",
            "sdxl_image_fast ",
            "video7b_fast",
            "image_medium",
        ] {
            assert_eq!(wrong.parse::<JobType>(), Err(UnknownJobType), "{wrong}");
        }
    }

    /// The product's table, one line a type, as the documentation prints it.
    #[test]
    fn the_table() {
        let mut table = String::new();
        for t in JobType::ALL {
            let (width, height) = t.size();
            table.push_str(&alloc::format!(
                "{t} {} {} {} {} {} {} {width}*{height} {} {} {} {} {}\n",
                t.model().as_str(),
                t.format().as_str(),
                t.quality().as_str(),
                t.is_enhanced(),
                t.queue().as_str(),
                t.steps(),
                t.frames(),
                t.file_type().extension(),
                t.bucket_limit() / MEGABYTE,
                t.expected_ms(6),
                t.price(),
            ));
        }
        let expected = "\
sdxl_image_fast sdxl image fast false sdxl_queue 15 1024*1024 1 png 5 29900 1
sdxl_image_high sdxl image high false sdxl_queue 25 1024*1024 1 png 10 42400 2
image_fast wan image fast false wan_queue 25 480*832 1 png 5 73000 1
image_high wan image high false wan_queue 50 480*832 1 png 10 90000 2
video_fast wan video fast false wan_queue 25 480*832 81 mp4 50 251500 5
video_high wan video high false wan_queue 50 480*832 97 mp4 200 359700 8
image7b_fast_enhanced wan image fast true wan_queue 25 480*832 1 png 20 87000 2
image7b_high_enhanced wan image high true wan_queue 50 480*832 1 png 20 104000 3
video7b_fast_enhanced wan video fast true wan_queue 25 480*832 81 mp4 100 263900 6
video7b_high_enhanced wan video high true wan_queue 50 480*832 97 mp4 100 370000 9
";
        assert_eq!(table, expected);
    }

    #[test]
    fn batches() {
        for n in 0..=u8::MAX {
            assert_eq!(JobType::SdxlImageFast.allows(n), matches!(n, 1 | 3 | 6));
            assert_eq!(JobType::VideoHigh.allows(n), n == 1);
        }
    }
}
