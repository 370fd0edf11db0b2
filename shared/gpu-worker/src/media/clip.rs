//! MP4 files: H.264 by openh264, boxes by muxide, no ffmpeg anywhere.

use std::ffi::c_int;

use muxide::api::{Metadata, Muxer, MuxerBuilder, VideoCodec};
use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, Profile,
    RateControlMode, UsageType, VuiConfig,
};
use openh264::formats::YUVSlices;
use openh264_sys2::{ENCODER_OPTION_TRACE_LEVEL, WELS_LOG_QUIET};

use super::{DigitalSource, MediaError, Picture};

/// Four megabits a second keeps 480x832 free of blocks; a clip of six seconds stays near 3 MB.
const BITS_PER_SECOND: u32 = 4_000_000;
/// What a pixel of a frame may take at most. More than the product's size gets; in small clips without it, a noisy
/// frame would be given more bits than the encoder has room for, and it fails.
const BITS_PER_PIXEL: u32 = 1;
/// A key frame every two seconds at 16 frames a second, so that seeking is quick.
const KEY_FRAME_EVERY: u32 = 32;

/// A clip that is being written, frame by frame.
pub struct Clip {
    encoder: Encoder,
    muxer: Muxer<Vec<u8>>,
    size: (usize, usize),
    frames_per_second: f64,
    frames: u32,
    planes: Planes,
    source: DigitalSource,
}

impl Clip {
    /// An empty clip. The title is what players show; the comment of this container has no other place.
    ///
    /// # Errors
    ///
    /// When a side is odd (colour is stored at half the resolution) or the encoder does not start.
    pub fn new(
        width: u32,
        height: u32,
        frames_per_second: u32,
        title: &str,
        source: DigitalSource,
    ) -> Result<Self, MediaError> {
        let storable = |side: u32| side > 0 && side.is_multiple_of(2);
        if !storable(width) || !storable(height) {
            return Err(MediaError::new(
                "MP4",
                format!("{width}x{height} has an odd side"),
            ));
        }
        let enough = width * height * frames_per_second * BITS_PER_PIXEL;
        let config = EncoderConfig::new()
            .bitrate(BitRate::from_bps(BITS_PER_SECOND.min(enough)))
            .rate_control_mode(RateControlMode::Bitrate)
            .max_frame_rate(FrameRate::from_hz(frames_per_second as f32))
            .usage_type(UsageType::CameraVideoRealTime)
            .intra_frame_period(IntraFramePeriod::from_num_frames(KEY_FRAME_EVERY))
            .profile(Profile::High)
            .vui(VuiConfig::bt709())
            // A dropped frame would shorten the clip.
            .skip_frames(false);
        let encoder = Encoder::with_api_config(OpenH264API::from_source(), config)
            .map_err(|cause| MediaError::new("H.264", cause))?;
        let mut encoder = encoder;
        quieten(&mut encoder)?;
        let muxer = MuxerBuilder::new(Vec::new())
            .video(
                VideoCodec::H264,
                width,
                height,
                f64::from(frames_per_second),
            )
            .with_metadata(Metadata::new().with_title(title))
            .with_fast_start(true)
            .build()
            .map_err(|cause| MediaError::new("MP4", cause))?;
        let size = (width as usize, height as usize);
        let planes = Planes::new(size);
        Ok(Self {
            encoder,
            muxer,
            size,
            frames_per_second: f64::from(frames_per_second),
            frames: 0,
            planes,
            source,
        })
    }

    /// Adds a frame.
    ///
    /// # Errors
    ///
    /// When its size differs from the clip's, or the encoder fails.
    pub fn push(&mut self, picture: &Picture) -> Result<(), MediaError> {
        if (picture.width() as usize, picture.height() as usize) != self.size {
            return Err(MediaError::new("MP4", "frames of different sizes"));
        }
        self.planes.fill(picture.rgb());
        let stream = self
            .encoder
            .encode(&self.planes.slices())
            .map_err(|cause| MediaError::new("H.264", cause))?;
        let is_key = matches!(stream.frame_type(), FrameType::IDR | FrameType::I);
        let data = stream.to_vec();
        if data.is_empty() {
            return Err(MediaError::new("H.264", "the encoder dropped a frame"));
        }
        let moment = f64::from(self.frames) / self.frames_per_second;
        self.muxer
            .write_video(moment, &data, is_key)
            .map_err(|cause| MediaError::new("MP4", cause))?;
        self.frames += 1;
        Ok(())
    }

    /// How many frames it has.
    #[must_use]
    pub const fn frames(&self) -> u32 {
        self.frames
    }

    /// The finished file.
    ///
    /// # Errors
    ///
    /// When there was no frame.
    pub fn finish(mut self) -> Result<Vec<u8>, MediaError> {
        self.muxer
            .finish_in_place()
            .map_err(|cause| MediaError::new("MP4", cause))?;
        let mut file = self.muxer.into_writer();
        file.extend(self.source.mp4_box());
        Ok(file)
    }
}

/// Keeps the encoder from writing a warning to standard error, where only our JSON lines belong. The crate sets
/// this level itself, but after the moment at which the encoder warns (that a bit rate is kept loosely when no
/// frame may be dropped, which is what we want).
#[expect(
    unsafe_code,
    reason = "the crate offers this option only through its raw interface"
)]
fn quieten(encoder: &mut Encoder) -> Result<(), MediaError> {
    let mut level: c_int = WELS_LOG_QUIET;
    // SAFETY: the option takes a pointer to an int, is read during the call, and is allowed before the encoder
    // is initialised; it changes nothing that the crate relies on.
    let status = unsafe {
        encoder
            .raw_api()
            .set_option(ENCODER_OPTION_TRACE_LEVEL, (&raw mut level).cast())
    };
    if status == 0 {
        Ok(())
    } else {
        Err(MediaError::new("H.264", "the encoder takes no log level"))
    }
}

/// Brightness at full, colour at half resolution, by the BT.709 matrix in studio range: what the stream's
/// header announces. (The conversion that comes with the encoder uses the older BT.601 matrix.)
struct Planes {
    size: (usize, usize),
    luma: Vec<u8>,
    blue: Vec<u8>,
    red: Vec<u8>,
}

/// BT.709 in 16-bit fixed point: luma from R, G, B; then blue and red difference.
const LUMA: [i32; 3] = [11_966, 40_254, 4_064];
const BLUE: [i32; 3] = [-6_596, -22_189, 28_784];
const RED: [i32; 3] = [28_784, -26_145, -2_640];
const HALF: i32 = 1 << 15;

fn weigh(weights: [i32; 3], rgb: [i32; 3], offset: i32) -> u8 {
    let sum: i32 = weights
        .iter()
        .zip(rgb)
        .map(|(weight, channel)| weight * channel)
        .sum();
    (((sum + HALF) >> 16) + offset).clamp(0, 255) as u8
}

impl Planes {
    fn new(size: (usize, usize)) -> Self {
        let (pixels, quarter) = (size.0 * size.1, size.0 / 2 * (size.1 / 2));
        Self {
            size,
            luma: vec![0; pixels],
            blue: vec![0; quarter],
            red: vec![0; quarter],
        }
    }

    fn fill(&mut self, rgb: &[u8]) {
        let (width, _) = self.size;
        let read = |pixel: &[u8]| {
            [
                i32::from(pixel[0]),
                i32::from(pixel[1]),
                i32::from(pixel[2]),
            ]
        };
        for (luma, pixel) in self.luma.iter_mut().zip(rgb.chunks_exact(3)) {
            *luma = weigh(LUMA, read(pixel), 16);
        }
        let row_pairs = rgb.chunks_exact(width * 3 * 2);
        let blue_rows = self.blue.chunks_exact_mut(width / 2);
        let red_rows = self.red.chunks_exact_mut(width / 2);
        for ((rows, blue_row), red_row) in row_pairs.zip(blue_rows).zip(red_rows) {
            let (upper, lower) = rows.split_at(width * 3);
            let squares = upper.chunks_exact(6).zip(lower.chunks_exact(6));
            for ((upper, lower), (blue, red)) in squares.zip(blue_row.iter_mut().zip(red_row)) {
                let mean = [0, 1, 2].map(|channel| {
                    let sum: i32 = [
                        upper[channel],
                        upper[channel + 3],
                        lower[channel],
                        lower[channel + 3],
                    ]
                    .into_iter()
                    .map(i32::from)
                    .sum();
                    (sum + 2) / 4
                });
                *blue = weigh(BLUE, mean, 128);
                *red = weigh(RED, mean, 128);
            }
        }
    }

    fn slices(&self) -> YUVSlices<'_> {
        let width = self.size.0;
        YUVSlices::new(
            (&self.luma, &self.blue, &self.red),
            self.size,
            (width, width / 2, width / 2),
        )
    }
}

#[cfg(test)]
#[path = "clip_tests.rs"]
mod tests;
