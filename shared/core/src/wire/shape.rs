//! How many pictures an order is of, and in which shape: it depends on the model.

use super::body::Field;
use super::fields::Fields;
use super::kinds::{AspectOf, NumberOf};
use crate::aspect::{Aspect, SDXL_ASPECTS, WAN_ASPECTS};
use crate::job_type::SDXL_BATCHES;
use crate::{ApiError, JobType};

pub(crate) const NUM_IMAGES: Field<NumberOf> =
    Field::optional("num_images", NumberOf(&SDXL_BATCHES));
const NUM_IMAGES_OF_OTHERS: Field<NumberOf> = Field::optional("num_images", NumberOf(&[1]));
pub(crate) const ASPECT: Field<AspectOf> = Field::optional("aspect", AspectOf(&SDXL_ASPECTS))
    .about(
        "Width by height. SDXL: 1:1 if it does not say; WAN: 9:16, which it then makes, or 16:9.",
    );
pub(crate) const ASPECT_OF_WAN: Field<AspectOf> = Field::optional("aspect", AspectOf(&WAN_ASPECTS));

/// Takes both out, as this type makes them.
pub(crate) fn take_shape(
    fields: &mut Fields,
    job_type: JobType,
) -> Result<(Option<u8>, Option<Aspect>), ApiError> {
    let (num_images, aspect) = match job_type.is_sdxl() {
        true => (&NUM_IMAGES, &ASPECT),
        false => (&NUM_IMAGES_OF_OTHERS, &ASPECT_OF_WAN),
    };
    Ok((fields.take(num_images)?, fields.take(aspect)?))
}
