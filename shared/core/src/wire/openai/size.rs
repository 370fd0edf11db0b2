//! Sizes as OpenAI's clients say them, `1216x832`: each is a shape of the job type.

use alloc::format;
use alloc::string::{String, ToString};

use serde_json::{Map, Value};

use crate::aspect::Aspect;
use crate::wire::body::Field;
use crate::wire::kinds::{AspectOf, Kind, Text, any_of};
use crate::{ApiError, JobType};

pub(super) const SIZE: Field<Text> = Field::optional("size", Text(16))
    .about("`auto`, or one of the sizes that the model has a shape for: `1216x832`.");

/// The shape that has this size; none where the model may choose.
pub(super) fn shape_of(job_type: JobType, size: Option<&str>) -> Result<Option<Aspect>, ApiError> {
    let Some(size) = size.filter(|size| *size != "auto") else {
        return Ok(None);
    };
    let shapes = job_type.aspects();
    let shape = shapes.iter().find(|shape| text(shape.size()) == size);
    shape.copied().map(Some).ok_or_else(|| {
        let sizes = shapes.iter().map(|shape| text(shape.size()));
        let sizes: alloc::vec::Vec<String> =
            ["auto".to_string()].into_iter().chain(sizes).collect();
        ApiError::invalid_field(SIZE.name, &any_of(sizes.iter().map(String::as_str)))
    })
}

/// The size that a job was ordered in, by its metadata.
pub(super) fn size_of(job_type: JobType, metadata: &Map<String, Value>) -> String {
    let name = metadata.get("aspect").cloned();
    let shape = name.and_then(|name| AspectOf(job_type.aspects()).read(name));
    text(shape.map_or(job_type.size(), Aspect::size))
}

fn text((width, height): (u32, u32)) -> String {
    format!("{width}x{height}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_shape_has_its_size_and_no_other_size_is_taken() {
        for job_type in JobType::ALL {
            assert_eq!(shape_of(job_type, None).unwrap(), None);
            assert_eq!(shape_of(job_type, Some("auto")).unwrap(), None);
            for shape in job_type.aspects() {
                let size = text(shape.size());
                assert_eq!(shape_of(job_type, Some(&size)).unwrap(), Some(*shape));
                let metadata = json!({ "aspect": shape.name });
                assert_eq!(size_of(job_type, metadata.as_object().unwrap()), size);
            }
            for size in ["512x512", "1024X1024", "1024x1024 ", "3:2", ""] {
                let error = shape_of(job_type, Some(size)).unwrap_err();
                let details = error.into_parts().details.unwrap();
                assert_eq!(details["field"], "size", "{size}");
                assert!(details["expected"].as_str().unwrap().starts_with("auto, "));
            }
        }
        let unknown = json!({ "aspect": "5:1" });
        let size = size_of(JobType::VideoFast, unknown.as_object().unwrap());
        assert_eq!(size, "480x832");
    }
}
