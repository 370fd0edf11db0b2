//! `/v1/...`: OpenAI's API of images and videos, for programs that know it: their words become an order, and a job their answer.

mod form;
mod image_event;
pub(crate) mod images;
mod models;
mod refusal;
mod size;
pub(crate) mod videos;

pub use form::json_of_form;
pub use image_event::ImageEvent;
pub use images::{ImageData, ImagesReply, ImagesRequest, Making, revised_prompt};
pub use models::{ModelsReply, OpenAiModel};
pub use refusal::{OpenAiError, OpenAiErrorFields, OpenAiRefusal};
pub use videos::{VideoDeletedReply, VideoError, VideoReply, is_there, video_order};
