//! `POST /v1/images/generations`: the request, the answer and the events.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;
use serde_json::{Map, Value};

use super::models::model;
use super::size::{SIZE, shape_of, size_of};
use crate::file_type::OutputFormat;
use crate::job_type::SDXL_BATCHES;
use crate::limits::{MAX_OUTPUT_QUALITY, MAX_URL_BYTES};
use crate::wire::body::{Body, Field};
use crate::wire::fields::Fields;
use crate::wire::job::JobView;
use crate::wire::kinds::{Choice, Flag, Kind, NumberOf, OneOf, Text, Whole, Words};
use crate::wire::prompt::PROMPTS;
use crate::wire::rpc::{Role, Status};
use crate::wire::submit::{SEEDS, SubmitRequest};
use crate::{ApiError, Format, Id, JobType, Quality};

const MODEL: Field<Text> = Field::optional("model", Text(64))
    .about("A job type that makes pictures; without one `quality` chooses an SDXL type.");
const PROMPT: Field<Words> = Field::required("prompt", PROMPTS);
const N: Field<NumberOf> =
    Field::optional("n", NumberOf(&SDXL_BATCHES)).about("SDXL: 1, 3 or 6; WAN: 1.");
const QUALITY: Field<OneOf> = Field::optional(
    "quality",
    OneOf(&["auto", "low", "medium", "standard", "high", "hd"]),
)
.about("`high` and `hd` are the types `..._high`, the others `..._fast`; a `model` has to agree.");
const RESPONSE_FORMAT: Field<OneOf> =
    Field::optional("response_format", OneOf(&["url", "b64_json"]))
        .about("`url` where nothing is said; a stream always has `b64_json`.");
const OUTPUT_FORMAT: Field<Choice<OutputFormat>> =
    Field::optional("output_format", Choice::new()).about("png if it does not say.");
const OUTPUT_COMPRESSION: Field<Whole<u8>> =
    Field::optional("output_compression", Whole::new(0, MAX_OUTPUT_QUALITY))
        .about("Of JPEG alone, how much it keeps: 90 if it does not say.");
const BACKGROUND: Field<OneOf> = Field::optional("background", OneOf(&["auto", "opaque"]));
const MODERATION: Field<OneOf> = Field::optional("moderation", OneOf(&["auto"]))
    .about("The content policy is the same for all.");
const STREAM: Field<Flag> =
    Field::optional("stream", Flag).about("Each picture is an event as soon as it is there.");
const PARTIAL_IMAGES: Field<Whole<u8>> = Field::optional("partial_images", Whole::new(0, 3))
    .about("In a stream: at most so many previews of each picture while it is made. It may be done before.");
const SEED: Field<Whole<u64>> =
    Field::optional("seed", SEEDS).about("Ours: picture i has seed + i.");
const USER: Field<Text> = Field::optional("user", Text(MAX_URL_BYTES)).about("Not looked at.");

/// The body of `POST /v1/images/generations`.
pub(crate) const BODY: Body = Body::closed(
    "OpenAiImagesRequest",
    &[
        &MODEL,
        &PROMPT,
        &N,
        &SIZE,
        &QUALITY,
        &RESPONSE_FORMAT,
        &OUTPUT_FORMAT,
        &OUTPUT_COMPRESSION,
        &BACKGROUND,
        &MODERATION,
        &STREAM,
        &PARTIAL_IMAGES,
        &SEED,
        &USER,
    ],
);

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ImagesRequest {
    /// The order that it becomes.
    pub order: SubmitRequest,
    /// Whether the pictures come in the answer itself.
    pub inline: bool,
    /// Whether they come as events.
    pub stream: bool,
    /// The most previews of each that such a stream has.
    pub partial_images: u8,
}

impl ImagesRequest {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// 400 names the first field that is not what it should be; `unknown_job_type` for a model that makes no pictures.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let mut fields = Fields::of(&BODY, body)?;
        let named = fields.take(&MODEL)?;
        let job_type = job_type(named.as_deref(), fields.take(&QUALITY)?)?;
        let order = SubmitRequest {
            prompt: Some(fields.need(&PROMPT)?),
            num_images: Some(number(job_type, fields.take(&N)?)?),
            seed: fields.take(&SEED)?,
            aspect: shape_of(job_type, fields.take(&SIZE)?.as_deref())?,
            output_format: fields.take(&OUTPUT_FORMAT)?,
            ..SubmitRequest::new(job_type)
        };
        let order = SubmitRequest {
            output_quality: quality(&order, fields.take(&OUTPUT_COMPRESSION)?)?,
            ..order
        };
        let request = Self {
            order,
            inline: fields.take(&RESPONSE_FORMAT)? == Some("b64_json"),
            stream: fields.take(&STREAM)?.unwrap_or(false),
            partial_images: fields.take(&PARTIAL_IMAGES)?.unwrap_or(0),
        };
        // What these may say is what there is.
        for one in [&BACKGROUND, &MODERATION] {
            fields.take(one)?;
        }
        fields.take(&USER)?;
        fields.finish()?;
        Ok(request)
    }
}

/// The cheapest where nobody says what it should be.
fn job_type(named: Option<&str>, quality: Option<&str>) -> Result<JobType, ApiError> {
    let wanted = match quality {
        None | Some("auto") => None,
        Some("high" | "hd") => Some(Quality::High),
        Some(_) => Some(Quality::Fast),
    };
    let Some(name) = named else {
        return Ok(match wanted {
            Some(Quality::High) => JobType::SdxlImageHigh,
            _ => JobType::SdxlImageFast,
        });
    };
    let job_type = model(name, Format::Image)?;
    if wanted.is_some_and(|wanted| wanted != job_type.quality()) {
        let expected = "auto, or what the model's name says";
        return Err(ApiError::invalid_field(QUALITY.name, expected));
    }
    Ok(job_type)
}

fn number(job_type: JobType, asked: Option<u8>) -> Result<u8, ApiError> {
    let number = asked.unwrap_or(1);
    if job_type.is_sdxl() || number == 1 {
        return Ok(number);
    }
    Err(ApiError::invalid_field(N.name, "1 of this model"))
}

/// OpenAI's scale begins at 0, where ours has 1.
fn quality(order: &SubmitRequest, asked: Option<u8>) -> Result<Option<u8>, ApiError> {
    if asked.is_some() && order.output_format != Some(OutputFormat::Jpeg) {
        return Err(ApiError::invalid_field(
            OUTPUT_COMPRESSION.name,
            "none without output_format jpeg",
        ));
    }
    Ok(asked.map(|quality| quality.max(1)))
}

/// How the pictures of a job are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Making {
    pub(super) size: String,
    pub(super) quality: &'static str,
    pub(super) output_format: &'static str,
}

impl Making {
    /// As it was ordered, by the job's metadata.
    #[must_use]
    pub fn ordered(job_type: JobType, metadata: &Map<String, Value>) -> Self {
        let format = metadata.get("output_format").cloned();
        let format = format.and_then(|name| Choice::<OutputFormat>::new().read(name));
        Self {
            size: size_of(job_type, metadata),
            // What OpenAI calls our qualities.
            quality: match job_type.quality() {
                Quality::Fast => "medium",
                Quality::High => "high",
            },
            output_format: format.unwrap_or(OutputFormat::Png).as_str(),
        }
    }

    /// As a step preview is.
    #[must_use]
    pub fn so_far(mut self) -> Self {
        self.output_format = OutputFormat::Jpeg.as_str();
        self
    }

    /// As its file is, which a worker that knows no JPEG has made a PNG.
    #[must_use]
    pub fn delivered(mut self, key: &str) -> Self {
        let file_type = Role::Image.file_type_of(key);
        let mut formats = OutputFormat::ALL.into_iter();
        if let Some(format) = formats.find(|format| Some(format.file_type()) == file_type) {
            self.output_format = format.as_str();
        }
        self
    }
}

/// The answer with pictures, or, with status 202, of a job that outlasts the wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImagesReply {
    /// Seconds since 1970.
    pub created: u64,
    /// The pictures; none yet with status 202.
    pub data: Vec<ImageData>,
    /// Width and height, as `1024x1024`.
    pub size: String,
    /// `medium` of the fast types, `high` of the others.
    pub quality: &'static str,
    /// `png` or `jpeg`.
    pub output_format: &'static str,
    /// Always `opaque`.
    pub background: &'static str,
    /// The job, as `GET /api/jobs/{id}` knows it.
    pub id: Id,
    /// Where it stands.
    pub status: Status,
}

impl ImagesReply {
    /// The answer about this job with these pictures.
    #[must_use]
    pub fn new(created: u64, id: Id, making: Making, status: Status, data: Vec<ImageData>) -> Self {
        Self {
            created,
            data,
            size: making.size,
            quality: making.quality,
            output_format: making.output_format,
            background: "opaque",
            id,
            status,
        }
    }
}

/// A picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImageData {
    /// A signed link, valid for an hour at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The file in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b64_json: Option<String>,
    /// The prompt that it was made of, where it is not the one that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revised_prompt: Option<String>,
}

/// What the worker's language model made of the prompt.
#[must_use]
pub fn revised_prompt(job: &JobView) -> Option<String> {
    let better = job.metadata.get("enhanced_prompt")?.as_str()?;
    Some(better.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aspect::SDXL_ASPECTS;
    use crate::wire::openai::OpenAiRefusal;

    fn parse(body: &Value) -> Result<ImagesRequest, ApiError> {
        ImagesRequest::parse(body.to_string().as_bytes())
    }

    #[test]
    fn openai_s_words_become_an_order() {
        let request = parse(&json!({
            "model": "sdxl_image_high", "prompt": " a red fox ", "n": 3, "size": "1216x832", "quality": "hd",
            "response_format": "b64_json", "output_format": "jpeg", "output_compression": 0, "background": "auto", "moderation": "auto",
            "seed": 7, "stream": true, "partial_images": 2, "user": "u-1",
        }))
        .unwrap();
        assert_eq!(
            (request.inline, request.stream, request.partial_images),
            (true, true, 2)
        );
        let order = SubmitRequest {
            prompt: Some("a red fox".into()),
            num_images: Some(3),
            seed: Some(7),
            aspect: Some(SDXL_ASPECTS[3]),
            output_format: Some(OutputFormat::Jpeg),
            output_quality: Some(1),
            ..SubmitRequest::new(JobType::SdxlImageHigh)
        };
        assert_eq!(request.order, order);
        let short = parse(&json!({ "prompt": "a red fox" })).unwrap();
        assert_eq!(short.order.job_type, JobType::SdxlImageFast);
        assert_eq!(short.order.num_images, Some(1));
        assert_eq!(
            (short.inline, short.stream, short.partial_images),
            (false, false, 0)
        );
        let tall = json!({ "prompt": "x", "model": "image_fast", "size": "480x832", "n": null });
        assert!(parse(&tall).is_ok());
    }

    #[test]
    fn a_job_says_how_its_pictures_are_made() {
        let making = |metadata: Value| {
            Making::ordered(JobType::SdxlImageHigh, metadata.as_object().unwrap())
        };
        let said = |it: Making| (it.size, it.quality, it.output_format);
        let wide = making(json!({ "aspect": "3:2", "output_format": "jpeg" }));
        assert_eq!(
            said(wide.clone().delivered("u/sdxl_j_1_0.jpg")),
            ("1216x832".into(), "high", "jpeg")
        );
        assert_eq!(said(wide.delivered("u/sdxl_j_1_0.png")).2, "png");
        assert_eq!(said(making(json!({}))), ("1024x1024".into(), "high", "png"));
    }

    #[test]
    fn quality_chooses_the_type_where_no_model_is_named() {
        let chosen =
            |quality: &str| parse(&json!({ "prompt": "x", "quality": quality })).map(|it| it.order);
        for (quality, job_type) in [
            ("auto", JobType::SdxlImageFast),
            ("low", JobType::SdxlImageFast),
            ("standard", JobType::SdxlImageFast),
            ("high", JobType::SdxlImageHigh),
            ("hd", JobType::SdxlImageHigh),
        ] {
            assert_eq!(chosen(quality).unwrap().job_type, job_type, "{quality}");
        }
    }

    #[test]
    fn what_cannot_be_made_is_named_in_openai_s_words() {
        for (field, value) in [
            ("prompt", json!("")),
            ("n", json!(2)),
            ("n", json!(10)),
            ("size", json!("512x512")),
            ("quality", json!("ultra")),
            ("response_format", json!("file")),
            ("output_format", json!("webp")),
            ("output_compression", json!(80)),
            ("output_compression", json!(101)),
            ("background", json!("transparent")),
            ("moderation", json!("low")),
            ("partial_images", json!(4)),
            ("tools", json!([])),
        ] {
            let mut body = json!({ "prompt": "a red fox" });
            body[field] = value;
            let refusal = OpenAiRefusal::of(&parse(&body).unwrap_err());
            assert_eq!(refusal.status, 400, "{body}");
            assert_eq!(refusal.body.error.param.as_deref(), Some(field), "{body}");
        }
        for (field, value) in [("n", json!(3)), ("quality", json!("high"))] {
            let mut body = json!({ "prompt": "x", "model": "image_fast" });
            body[field] = value;
            let refusal = OpenAiRefusal::of(&parse(&body).unwrap_err());
            assert_eq!(refusal.body.error.param.as_deref(), Some(field), "{body}");
        }
        for model in ["dall-e-3", "video_fast"] {
            let refusal =
                OpenAiRefusal::of(&parse(&json!({ "prompt": "x", "model": model })).unwrap_err());
            assert_eq!(
                (refusal.status, refusal.body.error.code.as_str()),
                (404, "model_not_found")
            );
        }
    }
}
