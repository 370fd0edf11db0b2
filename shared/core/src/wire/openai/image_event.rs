//! `POST /v1/images/generations` with `stream`: its events.

use alloc::string::String;

use serde::Serialize;

use super::images::Making;

/// A picture of a stream, or what it looks like so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImageEvent {
    /// [`ImageEvent::COMPLETED`] or [`ImageEvent::PARTIAL`].
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Seconds since 1970.
    pub created_at: u64,
    /// The file in base64.
    pub b64_json: String,
    /// As [`super::ImagesReply::size`].
    pub size: String,
    /// As [`super::ImagesReply::quality`].
    pub quality: &'static str,
    /// As [`super::ImagesReply::output_format`].
    pub output_format: &'static str,
    /// As [`super::ImagesReply::background`].
    pub background: &'static str,
    /// Of one that is not done, which it is, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_image_index: Option<u8>,
}

impl ImageEvent {
    /// The name of one that is done.
    pub const COMPLETED: &'static str = "image_generation.completed";
    /// The name of one that is not.
    pub const PARTIAL: &'static str = "image_generation.partial_image";

    /// The event of this picture.
    #[must_use]
    pub fn completed(created_at: u64, making: Making, b64_json: String) -> Self {
        Self {
            kind: Self::COMPLETED,
            created_at,
            b64_json,
            size: making.size,
            quality: making.quality,
            output_format: making.output_format,
            background: "opaque",
            partial_image_index: None,
        }
    }

    /// The event of what it looks like so far, for this time, counted from 0.
    #[must_use]
    pub fn partial(created_at: u64, making: Making, b64_json: String, nth: u8) -> Self {
        Self {
            kind: Self::PARTIAL,
            partial_image_index: Some(nth),
            ..Self::completed(created_at, making.so_far(), b64_json)
        }
    }
}
