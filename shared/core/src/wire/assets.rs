//! `GET /api/assets`, `PATCH /api/assets/{id}`: pictures and videos as their owner sees them.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use ourvidz_policy::ExtraTerms;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::body::{Body, Field, Rule};
use super::fields::Fields;
use super::kinds::{Flag, List, Words};
use super::page::{Cursor, Page, Query, page, rows_to_read};
use super::rpc::{MyAssets, Status, UpdateAsset};
use super::tags::{TAG_EXPECTED, TAGS, Tag, tag_of};
use crate::judged::{Judged, judge};
use crate::limits::{MAX_OWN_TAGS, MAX_SEARCH_CHARS, MAX_TAGS, MAX_TITLE_CHARS};
use crate::timestamp::{parse_rfc3339, rfc3339};
use crate::{ApiError, Format, Id, JobType};

/// Signs a URL for an object: logical bucket and key in, URL out; none when it cannot be signed.
pub type Sign<'a> = dyn Fn(&str, &str) -> Option<String> + 'a;

const MOMENT_EXPECTED: &str = "a moment as 2026-11-30T10:00:00Z";

const SEARCH_EXPECTED: &str = "at most 100 characters";

/// A bucket whose name is part of stored values, because it is not the job type's.
const SYSTEM_BUCKET: &str = "system_assets";

/// The bucket and the key of a stored value.
#[must_use]
pub fn object_of(job_type: JobType, stored: &str) -> (&str, &str) {
    match stored
        .strip_prefix(SYSTEM_BUCKET)
        .and_then(|rest| rest.strip_prefix('/'))
    {
        Some(key) => (SYSTEM_BUCKET, key),
        None => (job_type.bucket(), stored),
    }
}

/// An asset with signed URLs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetReply {
    /// Its id.
    pub id: Id,
    /// Its job.
    pub job_id: Id,
    /// `image` or `video`.
    pub kind: String,
    /// Its job's type.
    pub job_type: JobType,
    /// Its index in the batch.
    pub image_index: u8,
    /// Where it stands.
    pub status: Status,
    /// Its title.
    pub title: Option<String>,
    /// Its owner's own words for it, in lower case.
    #[serde(default)]
    pub tags: Vec<String>,
    /// A signed URL, valid for an hour at least; null until it is completed.
    pub url: Option<String>,
    /// A signed URL of its thumbnail or poster.
    pub thumbnail_url: Option<String>,
    /// The bucket that its object lies in.
    #[serde(skip_deserializing)]
    #[cfg_attr(feature = "schema", schemars(!skip_deserializing))]
    pub bucket: String,
    /// The object's key.
    #[serde(skip_deserializing)]
    #[cfg_attr(feature = "schema", schemars(!skip_deserializing))]
    pub path: Option<String>,
    /// Whether it is in the library.
    pub saved: bool,
    /// Whether it is the preferred one of its job.
    pub preferred: bool,
    /// Its metadata.
    pub metadata: Map<String, Value>,
    /// RFC 3339.
    pub created_at: String,
}

impl AssetReply {
    /// With signed URLs in the place of the keys that the database gives.
    #[must_use]
    pub fn signed(self, sign: &Sign<'_>) -> Self {
        let url_of = |stored: Option<&str>| {
            let (bucket, key) = object_of(self.job_type, stored?);
            sign(bucket, key)
        };
        Self {
            thumbnail_url: url_of(self.thumbnail_url.as_deref()),
            url: url_of(self.url.as_deref()),
            bucket: self.job_type.bucket().to_string(),
            path: self.url,
            ..self
        }
    }
}

/// Which assets are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetsQuery {
    /// Only pictures or only videos.
    pub kind: Option<Format>,
    /// Only what is (not) in the library.
    pub saved: Option<bool>,
    /// Only what belongs to this project.
    pub project: Option<Id>,
    /// Only what has this tag.
    pub tag: Option<String>,
    /// Only what has each of these words in its title or its prompt.
    pub words: Option<Vec<String>>,
    /// Only what was created then or later, RFC 3339.
    pub from: Option<String>,
    /// Only what was created before.
    pub until: Option<String>,
    /// The oldest first.
    pub oldest: bool,
    /// Behind this one.
    pub cursor: Option<Cursor>,
    /// At most this many.
    pub limit: u32,
}

impl AssetsQuery {
    /// Reads the query parameters `kind`, `saved`, `project`, `tag`, `q`, `from`, `until`, `order`, `cursor` and `limit`.
    ///
    /// # Errors
    ///
    /// 400 names the first that is not what it should be.
    pub fn parse(query: Query<'_>) -> Result<Self, ApiError> {
        let kind = query.one_of("kind", "image or video", |name| match name {
            "image" => Some(Format::Image),
            "video" => Some(Format::Video),
            _ => None,
        })?;
        Ok(Self {
            kind,
            saved: query.boolean("saved")?,
            project: query.one_of("project", "the id of a project", |text| text.parse().ok())?,
            tag: query.one_of("tag", TAG_EXPECTED, tag_of)?,
            words: query.one_of("q", SEARCH_EXPECTED, words_of)?,
            from: query.one_of("from", MOMENT_EXPECTED, moment_of)?,
            until: query.one_of("until", MOMENT_EXPECTED, moment_of)?,
            oldest: query.one_of("order", "newest or oldest", is_oldest)? == Some(true),
            cursor: query.cursor()?,
            limit: query.limit()?,
        })
    }

    /// The call.
    #[must_use]
    pub fn rpc(&self) -> MyAssets {
        MyAssets {
            p_kind: self.kind.map(|kind| kind.as_str().to_string()),
            p_saved: self.saved,
            p_project_id: self.project,
            p_tag: self.tag.clone(),
            p_words: self.words.clone(),
            p_from: self.from.clone(),
            p_until: self.until.clone(),
            p_oldest: self.oldest,
            p_before: self.cursor.as_ref().map(|cursor| cursor.created_at.clone()),
            p_before_id: self.cursor.as_ref().map(|cursor| cursor.id),
            p_limit: rows_to_read(self.limit),
        }
    }

    /// The answer.
    #[must_use]
    pub fn page(&self, rows: Vec<AssetReply>, sign: &Sign<'_>) -> Page<AssetReply> {
        page(
            rows,
            self.limit,
            |row| Cursor {
                created_at: row.created_at.clone(),
                id: row.id,
            },
            |row| row.signed(sign),
        )
    }
}

fn moment_of(text: &str) -> Option<String> {
    // As we write it: Postgres reads less than the format allows.
    parse_rfc3339(text).map(rfc3339)
}

fn is_oldest(name: &str) -> Option<bool> {
    match name {
        "newest" => Some(false),
        "oldest" => Some(true),
        _ => None,
    }
}

/// The words of a search, if it is not too long. No prompt has a control character, and Postgres stores no NUL.
fn words_of(text: &str) -> Option<Vec<String>> {
    let words = text
        .split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty())
        .map(ToString::to_string)
        .collect();
    (text.chars().count() <= MAX_SEARCH_CHARS).then_some(words)
}

/// The body of `PATCH /api/assets/{id}`; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AssetPatch {
    /// Whether it is in the library.
    pub saved: Option<bool>,
    /// Whether it is the preferred one of its job.
    pub preferred: Option<bool>,
    /// Its title.
    pub title: Option<String>,
    /// Tags that it gets.
    pub add_tags: Option<Vec<String>>,
    /// Tags that it loses.
    pub remove_tags: Option<Vec<String>>,
}

const SAVED: Field<Flag> = Field::given("saved", Flag);
const PREFERRED: Field<Flag> = Field::given("preferred", Flag);
const TITLE: Field<Words> = Field::given("title", Words(MAX_TITLE_CHARS));
// Not the whole list: two who change one asset's tags at once would undo each other's.
const ADD_TAGS: Field<List<Tag>> =
    Field::given("add_tags", TAGS).about("Tags that it gets; one that it has is no error.");
const REMOVE_TAGS: Field<List<Tag>> = Field::given("remove_tags", TAGS).about(
    "Tags that it loses, before it gets those of `add_tags`; one that it has not is no error.",
);

/// The body of a change.
pub(crate) const PATCH_BODY: Body = Body::closed(
    "AssetPatch",
    &[&SAVED, &PREFERRED, &TITLE, &ADD_TAGS, &REMOVE_TAGS],
)
.with(Rule::Any);

impl Judged for AssetPatch {
    fn texts(&self) -> Vec<&str> {
        let Self {
            title,
            add_tags,
            // What goes may go, whatever it says.
            remove_tags: _,
            saved: _,
            preferred: _,
        } = self;
        let tags = add_tags.iter().flatten().map(String::as_str);
        title.as_deref().into_iter().chain(tags).collect()
    }
}

impl AssetPatch {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// 400 names the first field that is not what it should be, or says that there is none; 422 `content_policy`.
    pub fn parse(body: &[u8], extra_terms: &ExtraTerms) -> Result<Self, ApiError> {
        let mut fields = Fields::of(&PATCH_BODY, body)?;
        let patch = Self {
            saved: fields.take(&SAVED)?,
            preferred: fields.take(&PREFERRED)?,
            title: fields.take(&TITLE)?,
            add_tags: fields.take(&ADD_TAGS)?,
            remove_tags: fields.take(&REMOVE_TAGS)?,
        };
        fields.finish()?;
        judge(&patch, &[], extra_terms)?;
        Ok(patch)
    }

    /// The call.
    #[must_use]
    pub fn rpc(self, user_id: Id, asset_id: Id) -> UpdateAsset {
        UpdateAsset {
            p_user_id: user_id,
            p_asset_id: asset_id,
            p_saved: self.saved,
            p_preferred: self.preferred,
            p_title: self.title,
            p_add_tags: self.add_tags,
            p_remove_tags: self.remove_tags,
            p_most_tags: MAX_TAGS,
            p_most_own_tags: MAX_OWN_TAGS,
        }
    }
}

/// The answer of `PATCH /api/assets/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetChangedReply {
    /// Always true.
    pub success: bool,
    /// The asset as it is now.
    pub asset: AssetReply,
}

/// The answer of `DELETE /api/assets/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetDeletedReply {
    /// Always true.
    pub success: bool,
    /// The asset that is gone.
    pub id: Id,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_TAG_CHARS;
    use serde_json::json;

    fn view(url: Option<&str>, thumbnail_url: Option<&str>) -> AssetReply {
        serde_json::from_value(json!({
            "id": "11111111-1111-4111-8111-111111111111",
            "job_id": "22222222-2222-4222-8222-222222222222",
            "kind": "video", "job_type": "video_fast", "image_index": 0, "status": "completed",
            "title": null, "url": url, "thumbnail_url": thumbnail_url,
            "saved": false, "preferred": false, "metadata": {},
            "created_at": "2026-11-21T10:00:00.000Z",
        }))
        .unwrap()
    }

    #[test]
    fn values_are_signed_in_their_bucket() {
        let sign = |bucket: &str, key: &str| Some(alloc::format!("https://s/{bucket}/{key}"));
        let placeholder = crate::asset_key::VIDEO_PLACEHOLDER;
        let reply = view(Some("u/j.mp4"), Some(placeholder)).signed(&sign);
        assert_eq!(reply.url.unwrap(), "https://s/video_fast/u/j.mp4");
        assert_eq!(
            reply.thumbnail_url.unwrap(),
            "https://s/system_assets/video-placeholder-thumbnail.png"
        );
        assert_eq!(reply.path.unwrap(), "u/j.mp4");
        assert_eq!(view(None, None).signed(&sign).url, None);
    }

    #[test]
    fn a_list_asks_for_pictures_or_for_videos() {
        for (asked, kind) in [("image", "image"), ("video", "video")] {
            let parameters = [("kind".to_string(), asked.to_string())];
            let query = AssetsQuery::parse(Query(&parameters)).unwrap();
            assert_eq!(query.rpc().p_kind.as_deref(), Some(kind));
        }
        let unknown = [("kind".to_string(), "gif".to_string())];
        assert!(AssetsQuery::parse(Query(&unknown)).is_err());
    }

    #[test]
    fn a_search_is_a_few_words() {
        let search = |text: &str| {
            AssetsQuery::parse(Query(&[("q".to_string(), text.to_string())]))
                .map(|query| query.rpc().p_words)
        };
        let words: Vec<String> = ["red", "fox"].map(ToString::to_string).to_vec();
        assert_eq!(search(" red  \0fox ").unwrap(), Some(words));
        assert_eq!(search("").unwrap(), None);
        assert!(search(&"a".repeat(MAX_SEARCH_CHARS)).is_ok());
        assert!(search(&"a".repeat(MAX_SEARCH_CHARS + 1)).is_err());
        let project = [("project".to_string(), "mine".to_string())];
        assert!(AssetsQuery::parse(Query(&project)).is_err());
    }

    #[test]
    fn a_list_has_an_order_and_dates() {
        let read = |name: &str, value: &str| {
            AssetsQuery::parse(Query(&[(name.to_string(), value.to_string())]))
                .map(|query| query.rpc())
        };
        assert!(!read("order", "").unwrap().p_oldest);
        assert!(!read("order", "newest").unwrap().p_oldest);
        assert!(read("order", "oldest").unwrap().p_oldest);
        assert!(read("order", "random").is_err());
        // Whatever the offset, and finer than Postgres counts.
        let from = read("from", "2026-11-30T01:00:00.12345678901+01:00");
        assert_eq!(
            from.unwrap().p_from.as_deref(),
            Some("2026-11-30T00:00:00.123Z")
        );
        assert_eq!(read("until", "").unwrap().p_until, None);
        for wrong in ["2026-11-30", "yesterday", "2026-02-30T00:00:00Z"] {
            assert!(read("until", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn patches() {
        let patch = AssetPatch::parse(br#"{"saved":true,"title":" A lake "}"#, &ExtraTerms::none())
            .unwrap();
        assert_eq!(patch.title.as_deref(), Some("A lake"));
        for body in [
            r#"{}"#,
            r#"{"title":" "}"#,
            r#"{"saved":1}"#,
            r#"{"add_tags":"fox"}"#,
            r#"{"add_tags":[" "]}"#,
            r#"{"remove_tags":[]}"#,
            r#"{"status":"completed"}"#,
        ] {
            assert!(
                AssetPatch::parse(body.as_bytes(), &ExtraTerms::none()).is_err(),
                "{body}"
            );
        }
    }

    #[test]
    fn tags_are_added_removed_and_asked_for_as_they_are_kept() {
        let parsed =
            |body: Value| AssetPatch::parse(body.to_string().as_bytes(), &ExtraTerms::none());
        let patch = parsed(json!({ "add_tags": ["Snow", " red  FOX "], "remove_tags": ["ICE"] }));
        let id = Id::from_bytes([1; 16]);
        let call = patch.unwrap().rpc(id, id);
        assert_eq!(call.p_add_tags.unwrap(), ["snow", "red fox"]);
        assert_eq!(call.p_remove_tags.unwrap(), ["ice"]);
        assert!(parsed(json!({ "add_tags": alloc::vec!["fox"; MAX_TAGS + 1] })).is_err());
        let asked = |tag: &str| {
            AssetsQuery::parse(Query(&[("tag".to_string(), tag.to_string())]))
                .map(|query| query.rpc().p_tag)
        };
        assert_eq!(asked("Red  Fox").unwrap().as_deref(), Some("red fox"));
        assert!(asked(&"a".repeat(MAX_TAG_CHARS + 1)).is_err());
    }
}
