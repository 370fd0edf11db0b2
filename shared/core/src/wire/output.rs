//! In which format pictures are wanted.

use super::body::Field;
use super::fields::Fields;
use super::kinds::{Choice, Whole};
use crate::file_type::OutputFormat;
use crate::limits::MAX_OUTPUT_QUALITY;
use crate::{ApiError, Format, JobType};

pub(crate) const OUTPUT_FORMAT: Field<Choice<OutputFormat>> =
    Field::optional("output_format", Choice::new())
        .about("Of pictures: png if it does not say. Videos are MP4.");
pub(crate) const OUTPUT_QUALITY: Field<Whole<u8>> =
    Field::optional("output_quality", OUTPUT_QUALITIES)
        .about("Of JPEG alone: 90 if it does not say.");

/// What every quality of a JPEG must be.
pub(crate) const OUTPUT_QUALITIES: Whole<u8> = Whole::new(1, MAX_OUTPUT_QUALITY);

/// Takes both out, as this type can have them.
pub(crate) fn take_output(
    fields: &mut Fields,
    job_type: JobType,
) -> Result<(Option<OutputFormat>, Option<u8>), ApiError> {
    let format = fields.take(&OUTPUT_FORMAT)?;
    let quality = fields.take(&OUTPUT_QUALITY)?;
    if format.is_some() && job_type.format() == Format::Video {
        return Err(fields.invalid(OUTPUT_FORMAT.name, "none: videos are MP4"));
    }
    if quality.is_some() && format != Some(OutputFormat::Jpeg) {
        let expected = "none without output_format jpeg: a PNG loses nothing";
        return Err(fields.invalid(OUTPUT_QUALITY.name, expected));
    }
    Ok((format, quality))
}
