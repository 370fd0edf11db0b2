//! The arguments of the tools that order nothing.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use crate::limits::{MAX_PAGE, MAX_SEARCH_CHARS};
use crate::wire::assets::AssetsQuery;
use crate::wire::body::{Body, Field};
use crate::wire::fields::Fields;
use crate::wire::kinds::{Flag, OneOf, Text, Uuid, Whole, Words};
use crate::wire::page::Query;
use crate::wire::prompt::PROMPTS;
use crate::wire::submit::TypeOfJob;
use crate::{ApiError, Id, JobType};

/// Longer than any cursor that is handed out; what it says is checked where it is read.
const MAX_CURSOR_CHARS: usize = 200;

const PROMPT: Field<Words> = Field::required("prompt", PROMPTS);
const JOB_TYPE: Field<TypeOfJob> = Field::given("job_type", TypeOfJob)
    .about("What the prompt is for; sdxl_image_fast where nothing is said.");
const JOB_ID: Field<Uuid> = Field::required("job_id", Uuid);
const INCLUDE_IMAGE: Field<Flag> = Field::given("include_image", Flag)
    .about("Whether a small picture of each asset comes in the result, for you to look at.");
const DRY_RUN: Field<Flag> =
    Field::given("dry_run", Flag).about("Only tells what the job would cost, and cancels nothing.");
const KIND: Field<OneOf> = Field::given("kind", OneOf(&["image", "video"]));
const SEARCH: Field<Text> = Field::given("search", Text(MAX_SEARCH_CHARS))
    .about("Only what has each of these words in its title or its prompt.");
const LIMIT: Field<Whole<u32>> =
    Field::given("limit", Whole::new(1, MAX_PAGE as i64)).about("20 where nothing is said.");
const CURSOR: Field<Text> =
    Field::given("cursor", Text(MAX_CURSOR_CHARS)).about("The next_cursor of the page before.");

pub(super) const PROMPT_BODY: Body = Body::closed("enhance_prompt", &[&PROMPT, &JOB_TYPE]);
pub(super) const STATUS_BODY: Body = Body::closed("job_status", &[&JOB_ID, &INCLUDE_IMAGE]);
pub(super) const CANCEL_BODY: Body = Body::closed("cancel_job", &[&JOB_ID, &DRY_RUN]);
pub(super) const ASSETS_BODY: Body =
    Body::closed("list_assets", &[&KIND, &SEARCH, &LIMIT, &CURSOR]);
pub(super) const NO_BODY: Body = Body::closed("queue_status", &[]);

pub(super) fn prompt(arguments: Map<String, Value>) -> Result<(String, JobType), ApiError> {
    let mut fields = Fields::of_object(&PROMPT_BODY, arguments);
    let prompt = fields.need(&PROMPT)?;
    let job_type = fields.take(&JOB_TYPE)?.unwrap_or(JobType::SdxlImageFast);
    fields.finish()?;
    Ok((prompt, job_type))
}

/// The job, and whether pictures are wanted.
pub(super) fn status(arguments: Map<String, Value>) -> Result<(Id, bool), ApiError> {
    let mut fields = Fields::of_object(&STATUS_BODY, arguments);
    let job_id = fields.need(&JOB_ID)?;
    let include_image = fields.take(&INCLUDE_IMAGE)?.unwrap_or(false);
    fields.finish()?;
    Ok((job_id, include_image))
}

/// The job, and whether only the cost is asked for.
pub(super) fn cancel(arguments: Map<String, Value>) -> Result<(Id, bool), ApiError> {
    let mut fields = Fields::of_object(&CANCEL_BODY, arguments);
    let job_id = fields.need(&JOB_ID)?;
    let dry_run = fields.take(&DRY_RUN)?.unwrap_or(false);
    fields.finish()?;
    Ok((job_id, dry_run))
}

/// As `GET /api/assets` reads it.
pub(super) fn assets(arguments: Map<String, Value>) -> Result<AssetsQuery, ApiError> {
    let mut fields = Fields::of_object(&ASSETS_BODY, arguments);
    let parameters: Vec<(String, String)> = [
        ("kind", fields.take(&KIND)?.map(ToString::to_string)),
        ("q", fields.take(&SEARCH)?),
        ("limit", fields.take(&LIMIT)?.map(|limit| limit.to_string())),
        ("cursor", fields.take(&CURSOR)?),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_string(), value?)))
    .collect();
    fields.finish()?;
    AssetsQuery::parse(Query(&parameters))
}

pub(super) fn nothing(arguments: Map<String, Value>) -> Result<(), ApiError> {
    Fields::of_object(&NO_BODY, arguments).finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    #[test]
    fn arguments_are_what_the_endpoints_take() {
        let job = "22222222-2222-4222-8222-222222222222";
        assert_eq!(
            prompt(object(json!({ "prompt": " a fox " }))).unwrap(),
            ("a fox".to_string(), JobType::SdxlImageFast)
        );
        let asked = object(json!({ "job_id": job, "include_image": true }));
        assert_eq!(status(asked).unwrap(), (job.parse().unwrap(), true));
        let asked = object(json!({ "job_id": job, "dry_run": true }));
        assert_eq!(cancel(asked).unwrap(), (job.parse().unwrap(), true));
        let asked = json!({ "kind": "video", "search": "red fox", "limit": 5 });
        let query = assets(object(asked)).unwrap();
        assert_eq!(query.rpc().p_kind.as_deref(), Some("video"));
        assert_eq!(query.words.map(|words| words.len()), Some(2));
        assert_eq!(query.limit, 5);
        assert!(nothing(Map::new()).is_ok());
    }

    #[test]
    fn what_they_do_not_take_is_named() {
        let field = |refusal: ApiError| refusal.details.as_ref().unwrap()["field"].clone();
        let wrong = |value: Value| object(value);
        assert_eq!(
            field(status(wrong(json!({ "job_id": "x" }))).unwrap_err()),
            "job_id"
        );
        assert_eq!(field(cancel(wrong(json!({}))).unwrap_err()), "job_id");
        assert_eq!(
            field(assets(wrong(json!({ "kind": "gif" }))).unwrap_err()),
            "kind"
        );
        assert_eq!(
            field(assets(wrong(json!({ "limit": 0 }))).unwrap_err()),
            "limit"
        );
        assert_eq!(
            field(assets(wrong(json!({ "cursor": "x" }))).unwrap_err()),
            "cursor"
        );
        assert_eq!(field(nothing(wrong(json!({ "x": 1 }))).unwrap_err()), "x");
    }
}
