//! From pixels to uploaded files, in a thread beside the engine's: picture 1 is on its way while picture 2 is
//! still being decoded.

use std::sync::mpsc::Receiver;

use serde_json::json;

use super::delivery::{Delivery, Snag};
use super::order::Order;
use super::pulse::{Halt, Pulse};
use crate::edge::{Edge, Role};
use crate::engine::{Maker, VideoRequest};
use crate::log;
use crate::media::{Clip, MediaError, Notes, Picture, encode_png, jpeg, thumbnail};
use crate::safety::{Classifier, Judgement};

/// A clip is judged by one frame of each second.
const JUDGED_FRAMES: u32 = 16;

/// Why nothing more can be packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unpackable {
    /// It may not be shown.
    Policy,
    /// It could not be judged.
    NotJudged(String),
    /// The model gave a picture of one colour: its decoder overflowed.
    Blank,
    /// A file could not be written.
    Media(String),
    /// The edge or the job says stop.
    Snag(Snag),
}

impl From<MediaError> for Unpackable {
    fn from(error: MediaError) -> Self {
        Self::Media(error.to_string())
    }
}

/// What the packer needs besides the pictures.
pub struct Packer<'a> {
    /// What was ordered.
    pub order: &'a Order,
    /// What the files say of the engine.
    pub maker: Maker,
    /// Where files go.
    pub edge: &'a dyn Edge,
    /// The job's shared state.
    pub pulse: &'a Pulse,
    /// Who judges pictures, if anybody.
    pub classifier: Option<&'a dyn Classifier>,
}

impl Packer<'_> {
    /// Packs and uploads until the engine has no more pictures. What could not be uploaded for want of an
    /// answer stays in the delivery for later.
    ///
    /// # Errors
    ///
    /// See [`Unpackable`]; the job is told to stop.
    pub fn run(
        &self,
        pictures: &Receiver<(u32, Picture)>,
        delivery: &mut Delivery,
    ) -> Result<(), Unpackable> {
        let result = match self.order {
            Order::Images(_) => self.pack_images(pictures, delivery),
            Order::Video(video) => self.pack_video(video, pictures, delivery),
        };
        if result.is_err() {
            self.pulse.stop(match &result {
                Err(Unpackable::Snag(Snag::Stale)) => Halt::Stale,
                _ => Halt::Unpacked,
            });
        }
        result
    }

    fn pack_images(
        &self,
        pictures: &Receiver<(u32, Picture)>,
        delivery: &mut Delivery,
    ) -> Result<(), Unpackable> {
        for (index, picture) in pictures {
            // A batch has six pictures at most.
            let place = index.min(u32::from(u8::MAX)) as u8;
            let notes = Notes::new(self.maker, self.order.image(), index);
            if picture.is_uniform() {
                return Err(Unpackable::Blank);
            }
            let png = encode_png(&picture, &notes)?;
            self.judge(&png)?;
            delivery.add(place, Role::Image, "image/png", png);
            delivery.add(place, Role::Thumbnail, "image/jpeg", thumbnail(&picture)?);
            let last = place + 1 == self.order.assets();
            self.send(delivery, !last)?;
        }
        Ok(())
    }

    fn pack_video(
        &self,
        video: &VideoRequest,
        frames: &Receiver<(u32, Picture)>,
        delivery: &mut Delivery,
    ) -> Result<(), Unpackable> {
        let image = &video.image;
        let notes = Notes::new(self.maker, image, 0);
        let mut clip = Clip::new(
            image.width,
            image.height,
            video.frames_per_second,
            &notes.parameters(),
        )?;
        let mut poster = None;
        let mut is_blank = true;
        for (index, frame) in frames {
            if index % JUDGED_FRAMES == 0 && self.classifier.is_some() {
                self.judge(&encode_png(&frame, &notes)?)?;
            }
            clip.push(&frame)?;
            // A clip may begin with a black frame, but not consist of such.
            is_blank = is_blank && frame.is_uniform();
            if index == 0 {
                poster = Some(jpeg(&frame)?);
            }
        }
        // Fewer frames than ordered: the engine was stopped, and half a clip is nothing.
        if let Some(poster) = poster.filter(|_| clip.frames() == video.frames) {
            if is_blank {
                return Err(Unpackable::Blank);
            }
            delivery.add(0, Role::Video, "video/mp4", clip.finish()?);
            delivery.add(0, Role::Poster, "image/jpeg", poster);
            self.send(delivery, false)?;
        }
        Ok(())
    }

    fn judge(&self, png: &[u8]) -> Result<(), Unpackable> {
        match self.classifier.map(|classifier| classifier.judge(png)) {
            None | Some(Judgement::Allowed) => Ok(()),
            Some(Judgement::Refused) => Err(Unpackable::Policy),
            Some(Judgement::Unknown(cause)) => Err(Unpackable::NotJudged(cause)),
        }
    }

    /// Uploads, and settles what is there if more is to come.
    fn send(&self, delivery: &mut Delivery, more_to_come: bool) -> Result<(), Unpackable> {
        let sent = delivery.upload(self.edge, Some(self.pulse)).and_then(|()| {
            if more_to_come {
                delivery.settle_so_far(self.edge, self.pulse)
            } else {
                Ok(())
            }
        });
        match sent {
            Ok(()) => Ok(()),
            Err(Snag::Later(refusal)) => {
                log::error(
                    "upload_postponed",
                    json!({"job_id": delivery.attempt.job_id, "cause": refusal.to_string()}),
                );
                Ok(())
            }
            Err(snag) => Err(Unpackable::Snag(snag)),
        }
    }
}
