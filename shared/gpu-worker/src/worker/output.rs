//! From pixels to uploaded files, in a thread beside the engine's: picture 1 is on its way while picture 2 is
//! still being decoded.

use std::sync::mpsc::Receiver;
use std::time::Instant;

use serde_json::json;

use super::delivery::{Delivery, DeliveryError};
use super::heartbeat::{Heartbeat, StopReason};
use super::order::Order;
use crate::credentials::{ContentCredentials, FileKind, Origin};
use crate::edge::{Edge, Role};
use crate::engine::{EngineInfo, VideoRequest};
use crate::log;
use crate::media::{
    Clip, ImageMetadata, MediaError, Ordered, Picture, PictureFormat, encode_png,
    poster as write_poster, thumbnail,
};
use crate::metrics::{Metrics, Stage};
use crate::safety::{Classifier, Judgement};

/// A clip is judged by one frame of each second.
const JUDGED_FRAMES: u32 = 16;

/// Why no more output can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputError {
    /// It may not be shown; these are the classifier's labels.
    Policy(Vec<String>),
    /// It could not be judged.
    NotJudged(String),
    /// The model gave a picture of one colour: its decoder overflowed.
    Blank,
    /// A file could not be written.
    Media(String),
    /// A file could not be signed.
    NotSigned(String),
    /// The files did not reach the edge.
    Delivery(DeliveryError),
}

impl From<MediaError> for OutputError {
    fn from(error: MediaError) -> Self {
        Self::Media(error.to_string())
    }
}

/// What the output thread needs besides the pictures.
pub struct OutputWriter<'a> {
    pub order: &'a Order,
    /// What its user asked for, where that is something else.
    pub ordered: Option<Ordered>,
    /// What pictures are written as.
    pub format: PictureFormat,
    /// What the files say of the engine.
    pub info: EngineInfo,
    pub edge: &'a dyn Edge,
    pub heartbeat: &'a Heartbeat,
    /// Who judges pictures, if anybody.
    pub classifier: Option<&'a dyn Classifier>,
    /// Who signs files, if anybody.
    pub credentials: Option<&'a ContentCredentials>,
    pub metrics: &'a Metrics,
}

impl OutputWriter<'_> {
    /// Encodes and uploads until the engine has no more pictures. What could not be uploaded for want of an
    /// answer stays in the delivery for later.
    ///
    /// # Errors
    ///
    /// See [`OutputError`]; the job is told to stop.
    pub fn run(
        &self,
        pictures: &Receiver<(u32, Picture)>,
        delivery: &mut Delivery,
    ) -> Result<(), OutputError> {
        let result = match self.order {
            Order::Images(_) => self.write_images(pictures, delivery),
            Order::Video(video) => self.write_clip(video, pictures, delivery),
        };
        if result.is_err() {
            self.heartbeat.stop(match &result {
                Err(OutputError::Delivery(DeliveryError::Stale)) => StopReason::Stale,
                _ => StopReason::OutputFailed,
            });
        }
        result
    }

    fn write_images(
        &self,
        pictures: &Receiver<(u32, Picture)>,
        delivery: &mut Delivery,
    ) -> Result<(), OutputError> {
        for (index, picture) in pictures {
            // A batch has six pictures at most.
            let batch_index = index.min(u32::from(u8::MAX)) as u8;
            let metadata = ImageMetadata::new(self.info, self.order.image(), index)
                .ordered(self.ordered.clone());
            if picture.is_uniform() {
                return Err(OutputError::Blank);
            }
            let file = self.format.encode(&picture, &metadata)?;
            match self.format {
                PictureFormat::Png => self.judge(&file)?,
                // Judged without what the file loses.
                PictureFormat::Jpeg { .. } if self.classifier.is_some() => {
                    self.judge(&encode_png(&picture, &metadata)?)?;
                }
                PictureFormat::Jpeg { .. } => {}
            }
            let small = thumbnail(&picture, metadata.source)?;
            let file = self.signed(self.format.signed_as(), file, &metadata)?;
            let small = self.signed(FileKind::Jpeg, small, &metadata)?;
            delivery.add(batch_index, Role::Image, self.format.media_type(), file);
            delivery.add(batch_index, Role::Thumbnail, "image/jpeg", small);
            let last = batch_index + 1 == self.order.assets();
            self.send(delivery, !last)?;
        }
        Ok(())
    }

    fn write_clip(
        &self,
        video: &VideoRequest,
        frames: &Receiver<(u32, Picture)>,
        delivery: &mut Delivery,
    ) -> Result<(), OutputError> {
        let image = &video.image;
        let metadata = ImageMetadata::new(self.info, image, 0);
        let mut clip = Clip::new(
            image.width,
            image.height,
            video.frames_per_second,
            &metadata.parameters(),
            metadata.source,
        )?;
        let mut poster = None;
        let mut is_blank = true;
        for (index, frame) in frames {
            if index % JUDGED_FRAMES == 0 && self.classifier.is_some() {
                self.judge(&encode_png(&frame, &metadata)?)?;
            }
            clip.push(&frame)?;
            // A clip may begin with a black frame, but not consist of such.
            is_blank = is_blank && frame.is_uniform();
            if index == 0 {
                poster = Some(write_poster(&frame, metadata.source)?);
            }
        }
        // Fewer frames than ordered: the engine was stopped, and half a clip is nothing.
        if let Some(poster) = poster.filter(|_| clip.frames() == video.frames) {
            if is_blank {
                return Err(OutputError::Blank);
            }
            let clip = self.signed(FileKind::Mp4, clip.finish()?, &metadata)?;
            let poster = self.signed(FileKind::Jpeg, poster, &metadata)?;
            delivery.add(0, Role::Video, "video/mp4", clip);
            delivery.add(0, Role::Poster, "image/jpeg", poster);
            self.send(delivery, false)?;
        }
        Ok(())
    }

    /// The finished file with its content credentials. What cannot be signed is not delivered.
    fn signed(
        &self,
        kind: FileKind,
        file: Vec<u8>,
        metadata: &ImageMetadata,
    ) -> Result<Vec<u8>, OutputError> {
        match self.credentials {
            Some(credentials) => credentials
                .sign(kind, file, Origin::of(metadata))
                .map_err(|cause| OutputError::NotSigned(cause.to_string())),
            None => Ok(file),
        }
    }

    fn judge(&self, png: &[u8]) -> Result<(), OutputError> {
        match self.classifier.map(|classifier| classifier.judge(png)) {
            None | Some(Judgement::Allowed) => Ok(()),
            Some(Judgement::Refused(labels)) => Err(OutputError::Policy(labels)),
            Some(Judgement::Unknown(cause)) => Err(OutputError::NotJudged(cause)),
        }
    }

    /// Uploads, and settles what is there if more is to come.
    fn send(&self, delivery: &mut Delivery, more_to_come: bool) -> Result<(), OutputError> {
        let started = Instant::now();
        let uploaded = delivery.upload(self.edge, Some(self.heartbeat));
        let model = self.order.image().job_type.model();
        self.metrics.took(model, Stage::Upload, started.elapsed());
        let sent = uploaded.and_then(|()| {
            if more_to_come {
                delivery.settle_so_far(self.edge, self.heartbeat)
            } else {
                Ok(())
            }
        });
        match sent {
            Ok(()) => Ok(()),
            Err(DeliveryError::Unavailable(refusal)) => {
                log::error(
                    "upload_postponed",
                    json!({"job_id": delivery.attempt.job_id, "cause": refusal.to_string()}),
                );
                Ok(())
            }
            Err(error) => Err(OutputError::Delivery(error)),
        }
    }
}
