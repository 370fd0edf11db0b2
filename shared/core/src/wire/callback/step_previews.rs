//! Step previews: what the pictures of a job look like while they are made.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::table::{IMAGE, INDEX, STEP_PREVIEWS, encoded};
use crate::limits::MAX_STEP_PREVIEWS_BYTES;
use crate::wire::fields::Fields;

/// What a picture looks like after some sampler step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepPreview {
    /// Which asset.
    pub index: u8,
    /// A JPEG in base64.
    pub image: String,
}

/// Takes them out of a report. What is not as it should be is left out, as is what goes beyond the room: a glance at
/// a picture is not worth a heartbeat.
pub(super) fn take_step_previews(fields: &mut Fields) -> Vec<StepPreview> {
    let mut room = encoded(MAX_STEP_PREVIEWS_BYTES);
    let items = fields.objects_leniently(&STEP_PREVIEWS).into_iter();
    items
        .filter_map(|mut item| {
            let preview = StepPreview {
                index: item.take_leniently(&INDEX)?,
                image: item.take_leniently(&IMAGE)?,
            };
            room = room.checked_sub(preview.image.len())?;
            Some(preview)
        })
        .collect()
}
