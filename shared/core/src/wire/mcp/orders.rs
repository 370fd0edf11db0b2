//! `generate_image` and `generate_video`: an order in a tool's arguments.

#[cfg(feature = "schema")]
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "schema")]
use schemars::SchemaGenerator;
#[cfg(feature = "schema")]
use serde_json::json;
use serde_json::{Map, Value};

use crate::limits::MAX_IDEMPOTENCY_KEY_CHARS;
use crate::wire::body::{Body, Field};
use crate::wire::fields::Fields;
use crate::wire::kinds::{Flag, Kind, Name, Whole, Words, any_of};
use crate::wire::output::{OUTPUT_FORMAT, OUTPUT_QUALITY, take_output};
use crate::wire::prompt::PROMPTS;
use crate::wire::shape::{ASPECT, ASPECT_OF_WAN, NUM_IMAGES, take_shape};
use crate::wire::submit::{NEGATIVE_PROMPT, SEED, STYLE, SubmitRequest};
use crate::{ApiError, Format, JobType};

/// How long `generate_image` waits where nobody says: clients give up after a minute unless they are told otherwise,
/// and progress that comes meanwhile does not change their mind.
pub const TOOL_WAIT_SECONDS: u32 = 50;

/// How long it waits at most: as OpenAI's images do, within the requests of one invocation.
pub const MAX_TOOL_WAIT_SECONDS: u32 = 240;

const PROMPT: Field<Words> = Field::required("prompt", PROMPTS)
    .about("What is to be seen, in English: subject, place, light, style.");
const IMAGE_TYPE: Field<TypeMaking> = Field::given("job_type", TypeMaking(Format::Image))
    .about("sdxl_image_fast where nothing is said.");
const VIDEO_TYPE: Field<TypeMaking> =
    Field::given("job_type", TypeMaking(Format::Video)).about("video_fast where nothing is said.");
const INCLUDE_IMAGE: Field<Flag> = Field::given("include_image", Flag)
    .about("Whether a small picture of each comes in the result, for you to look at; the links lead to the whole ones.");
const WAIT_SECONDS: Field<Whole<u32>> =
    Field::given("wait_seconds", Whole::new(0, MAX_TOOL_WAIT_SECONDS as i64)).about(
        "How long to wait for the pictures, 50 where nothing is said; job_status tells the rest.",
    );
const IDEMPOTENCY_KEY: Field<Name> = Field::given(
    "idempotency_key",
    Name {
        chars: 1..=MAX_IDEMPOTENCY_KEY_CHARS,
        set: "!-~",
        meaning: "visible ASCII characters",
    },
)
.about("A name for this order: the same order under the same name is made and paid once.");

/// The arguments of `generate_image`.
pub(super) const IMAGE_BODY: Body = Body::closed(
    "generate_image",
    &[
        &PROMPT,
        &IMAGE_TYPE,
        &NUM_IMAGES,
        &ASPECT,
        &STYLE,
        &NEGATIVE_PROMPT,
        &SEED,
        &OUTPUT_FORMAT,
        &OUTPUT_QUALITY,
        &INCLUDE_IMAGE,
        &WAIT_SECONDS,
        &IDEMPOTENCY_KEY,
    ],
);

/// The arguments of `generate_video`.
pub(super) const VIDEO_BODY: Body = Body::closed(
    "generate_video",
    &[
        &PROMPT,
        &VIDEO_TYPE,
        &ASPECT_OF_WAN,
        &STYLE,
        &NEGATIVE_PROMPT,
        &SEED,
        &IDEMPOTENCY_KEY,
    ],
);

/// A job type that makes this.
struct TypeMaking(Format);

impl TypeMaking {
    fn names(&self) -> Vec<&'static str> {
        let made = JobType::ALL.into_iter();
        made.filter(|job_type| job_type.format() == self.0)
            .map(JobType::as_str)
            .collect()
    }
}

impl Kind for TypeMaking {
    type Value = JobType;

    fn read(&self, value: Value) -> Option<JobType> {
        let known: JobType = value.as_str()?.parse().ok()?;
        (known.format() == self.0).then_some(known)
    }

    fn expected(&self) -> String {
        any_of(self.names().into_iter())
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut SchemaGenerator) -> Value {
        json!({ "type": "string", "enum": self.names() })
    }
}

/// An order of pictures, and how they are to come.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageOrder {
    /// The order.
    pub order: SubmitRequest,
    /// A name for it.
    pub idempotency_key: Option<String>,
    /// How long to wait for them.
    pub wait_seconds: u32,
    /// Whether a small picture of each comes in the result.
    pub include_image: bool,
}

/// An order of a video.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoOrder {
    /// The order.
    pub order: SubmitRequest,
    /// A name for it.
    pub idempotency_key: Option<String>,
}

impl ImageOrder {
    /// Reads the arguments.
    ///
    /// # Errors
    ///
    /// 400 names the first that is not what it should be.
    pub fn parse(arguments: Map<String, Value>) -> Result<Self, ApiError> {
        let mut fields = Fields::of_object(&IMAGE_BODY, arguments);
        let job_type = fields.take(&IMAGE_TYPE)?.unwrap_or(JobType::SdxlImageFast);
        let prompt = fields.need(&PROMPT)?;
        let (num_images, aspect) = take_shape(&mut fields, job_type)?;
        let (output_format, output_quality) = take_output(&mut fields, job_type)?;
        let order = SubmitRequest {
            prompt: Some(prompt),
            num_images: Some(num_images.unwrap_or(1)),
            aspect,
            style: fields.take(&STYLE)?,
            negative_prompt: fields.take_unless_empty(&NEGATIVE_PROMPT)?,
            seed: fields.take(&SEED)?,
            output_format,
            output_quality,
            ..SubmitRequest::new(job_type)
        };
        let order = Self {
            order,
            idempotency_key: fields.take(&IDEMPOTENCY_KEY)?,
            wait_seconds: fields.take(&WAIT_SECONDS)?.unwrap_or(TOOL_WAIT_SECONDS),
            include_image: fields.take(&INCLUDE_IMAGE)?.unwrap_or(false),
        };
        fields.finish()?;
        Ok(order)
    }
}

impl VideoOrder {
    /// Reads the arguments.
    ///
    /// # Errors
    ///
    /// 400 names the first that is not what it should be.
    pub fn parse(arguments: Map<String, Value>) -> Result<Self, ApiError> {
        let mut fields = Fields::of_object(&VIDEO_BODY, arguments);
        let job_type = fields.take(&VIDEO_TYPE)?.unwrap_or(JobType::VideoFast);
        let order = SubmitRequest {
            prompt: Some(fields.need(&PROMPT)?),
            aspect: fields.take(&ASPECT_OF_WAN)?,
            style: fields.take(&STYLE)?,
            negative_prompt: fields.take_unless_empty(&NEGATIVE_PROMPT)?,
            seed: fields.take(&SEED)?,
            ..SubmitRequest::new(job_type)
        };
        let idempotency_key = fields.take(&IDEMPOTENCY_KEY)?;
        fields.finish()?;
        Ok(Self {
            order,
            idempotency_key,
        })
    }
}

/// What the types that make this cost and take, for a model that has to choose.
#[cfg(feature = "schema")]
pub(super) fn offers(format: Format) -> String {
    let offer = |job_type: JobType| {
        let (price, seconds) = (job_type.price(), job_type.expected_ms(1).div_ceil(1000));
        let credits = if price == 1 { "credit" } else { "credits" };
        format!("{job_type} ({price} {credits}, {seconds} s)")
    };
    let offers: Vec<String> = JobType::ALL
        .into_iter()
        .filter(|job_type| job_type.format() == format)
        .map(offer)
        .collect();
    offers.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::submit::{BODY, METADATA_BODY};

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    #[test]
    fn arguments_become_an_order() {
        let all = object(json!({
            "prompt": " a red fox ", "job_type": "sdxl_image_high", "num_images": 3, "aspect": "16:9", "seed": 7,
            "style": "comic", "negative_prompt": "fog", "output_format": "jpeg", "output_quality": 80,
            "include_image": true, "wait_seconds": 0, "idempotency_key": "fox-1",
        }));
        let read = ImageOrder::parse(all).unwrap();
        assert_eq!((read.wait_seconds, read.include_image), (0, true));
        assert_eq!(read.idempotency_key.as_deref(), Some("fox-1"));
        let order = &read.order;
        assert_eq!(order.prompt.as_deref(), Some("a red fox"));
        assert_eq!((order.num_images, order.seed), (Some(3), Some(7)));
        assert_eq!(order.aspect.map(|aspect| aspect.name), Some("16:9"));
        assert_eq!(order.style.map(|style| style.name), Some("comic"));
        assert_eq!(order.negative_prompt.as_deref(), Some("fog"));
        assert_eq!(order.quality(), Some(80));
        let short = ImageOrder::parse(object(json!({ "prompt": "a red fox" }))).unwrap();
        assert_eq!(short.order.job_type, JobType::SdxlImageFast);
        assert_eq!(short.order.num_images, Some(1));
        assert_eq!(
            (short.wait_seconds, short.include_image),
            (TOOL_WAIT_SECONDS, false)
        );
        let film = object(json!({ "prompt": "a red fox", "aspect": "16:9", "seed": 7 }));
        let film = VideoOrder::parse(film).unwrap().order;
        assert_eq!((film.job_type, film.seed), (JobType::VideoFast, Some(7)));
    }

    #[test]
    fn what_cannot_be_made_is_named() {
        for (field, value) in [
            ("prompt", json!("")),
            ("job_type", json!("video_fast")),
            ("job_type", json!("dall-e-3")),
            ("num_images", json!(2)),
            ("aspect", json!("5:7")),
            ("seed", json!(-1)),
            ("style", json!("cubist")),
            ("negative_prompt", json!("x".repeat(2_001))),
            ("output_format", json!("gif")),
            ("output_quality", json!(80)),
            ("include_image", json!("yes")),
            ("wait_seconds", json!(241)),
            ("idempotency_key", json!("a b")),
            ("negative", json!("x")),
        ] {
            let mut arguments = json!({ "prompt": "a red fox" });
            arguments[field] = value;
            let refusal = ImageOrder::parse(object(arguments.clone())).unwrap_err();
            assert_eq!(
                refusal.details.as_ref().unwrap()["field"],
                field,
                "{arguments}"
            );
        }
        for (field, value) in [("num_images", json!(3)), ("aspect", json!("1:1"))] {
            let mut arguments = json!({ "prompt": "x", "job_type": "image_fast" });
            arguments[field] = value;
            assert!(
                ImageOrder::parse(object(arguments.clone())).is_err(),
                "{arguments}"
            );
        }
        for (field, value) in [
            ("num_images", json!(1)),
            ("job_type", json!("image_fast")),
            ("output_format", json!("png")),
        ] {
            let mut arguments = json!({ "prompt": "x" });
            arguments[field] = value;
            assert!(
                VideoOrder::parse(object(arguments.clone())).is_err(),
                "{arguments}"
            );
        }
    }

    /// What an order has and a tool does not offer. A field that is added to an order fails here, until it is among the
    /// arguments or somebody has said why not.
    const LEFT_OUT: [(&str, &str); 11] = [
        ("jobType", "is `job_type` here"),
        ("metadata", "its fields are arguments"),
        ("projectId", "no tool lists projects"),
        ("imageId", "is a note of the studio's"),
        ("videoId", "is a note of the studio's"),
        ("priority", "is not a model's to choose"),
        ("enhance", "is a tool of its own"),
        ("webhookUrl", "a tool's caller is no server"),
        ("webhookEvents", "a tool's caller is no server"),
        ("dryRun", "the descriptions say the prices"),
        ("references", "no tool uploads them"),
    ];

    #[test]
    fn no_field_of_an_order_is_forgotten() {
        let older = [
            "reference_image_url",
            "reference_type",
            "reference_strength",
        ];
        for field in BODY.fields.iter().chain(METADATA_BODY.fields) {
            let name = field.name();
            let said = LEFT_OUT.iter().any(|(left_out, _)| *left_out == name);
            assert_ne!(
                IMAGE_BODY.has(name),
                said || older.contains(&name),
                "{name} is neither an argument nor left out, or both"
            );
        }
    }
}
