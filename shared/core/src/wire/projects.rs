//! `POST /api/projects`, `PATCH /api/projects/{id}`: prompts that jobs can start from.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use ourvidz_policy::ExtraTerms;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::body::{Body, Field, Rule};
pub use super::change::Change;
use super::fields::Fields;
use super::kinds::{Uuid, Words};
use super::page::{Cursor, Page, Query, page, rows_to_read};
use super::prompt::PROMPTS;
use super::rpc::{CreateProject, MyProjects, UpdateProject};
use crate::judged::{Judged, judge};
use crate::limits::{MAX_PROJECTS, MAX_TITLE_CHARS};
use crate::{ApiError, Id};

/// The body of a new project or of a change of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProjectRequest {
    /// The prompt as the user wrote it.
    pub original_prompt: Change<String>,
    /// The prompt after enhancement, which goes first.
    pub enhanced_prompt: Change<String>,
    /// The title.
    pub title: Change<String>,
    /// A character of the client's own bookkeeping.
    pub character_id: Change<Id>,
}

const ORIGINAL_PROMPT: Field<Words> = Field::optional("original_prompt", PROMPTS);
const ENHANCED_PROMPT: Field<Words> = Field::optional("enhanced_prompt", PROMPTS);
const TITLE: Field<Words> = Field::optional("title", Words(MAX_TITLE_CHARS));
const CHARACTER_ID: Field<Uuid> = Field::optional("character_id", Uuid);

/// The body of a project.
pub(crate) const BODY: Body = Body::closed(
    "ProjectRequest",
    &[&ORIGINAL_PROMPT, &ENHANCED_PROMPT, &TITLE, &CHARACTER_ID],
)
.with(Rule::Any)
.about("What is absent stays; `null` empties.");

impl Judged for ProjectRequest {
    fn texts(&self) -> Vec<&str> {
        let Self {
            original_prompt,
            enhanced_prompt,
            title,
            character_id: _,
        } = self;
        [original_prompt, enhanced_prompt, title]
            .into_iter()
            .filter_map(Change::value)
            .map(|text| text.as_str())
            .collect()
    }
}

impl ProjectRequest {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// 400 names the first field that is not what it should be; 422 `content_policy`.
    pub fn parse(body: &[u8], extra_terms: &ExtraTerms) -> Result<Self, ApiError> {
        let mut fields = Fields::of(&BODY, body)?;
        let request = Self {
            original_prompt: fields.change(&ORIGINAL_PROMPT)?,
            enhanced_prompt: fields.change(&ENHANCED_PROMPT)?,
            title: fields.change(&TITLE)?,
            character_id: fields.change(&CHARACTER_ID)?,
        };
        fields.finish()?;
        judge(&request, &[], extra_terms)?;
        Ok(request)
    }

    /// The call that makes a project of it.
    #[must_use]
    pub fn create(self, user_id: Id, project_id: Id) -> CreateProject {
        CreateProject {
            p_user_id: user_id,
            p_project_id: project_id,
            p_max_projects: MAX_PROJECTS,
            p_title: self.title.value().cloned(),
            p_original_prompt: self.original_prompt.value().cloned(),
            p_enhanced_prompt: self.enhanced_prompt.value().cloned(),
            p_character_id: self.character_id.value().copied(),
        }
    }

    /// The call that changes a project by it.
    #[must_use]
    pub fn update(&self, user_id: Id, project_id: Id) -> UpdateProject {
        let columns = [
            ("title", self.title.column()),
            ("original_prompt", self.original_prompt.column()),
            ("enhanced_prompt", self.enhanced_prompt.column()),
            ("character_id", self.character_id.column()),
        ];
        let p_changes: Map<String, Value> = columns
            .into_iter()
            .filter_map(|(column, value)| Some((column.to_string(), value?)))
            .collect();
        UpdateProject {
            p_user_id: user_id,
            p_project_id: project_id,
            p_changes,
        }
    }
}

/// A project as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProjectReply {
    /// Its id.
    pub id: Id,
    /// Its owner.
    pub user_id: Id,
    /// The title.
    pub title: Option<String>,
    /// The prompt as the user wrote it.
    pub original_prompt: Option<String>,
    /// The prompt after enhancement.
    pub enhanced_prompt: Option<String>,
    /// The character.
    pub character_id: Option<Id>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// The answer of `POST /api/projects` and `PATCH /api/projects/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProjectSavedReply {
    /// Always true.
    pub success: bool,
    /// The project as it is now.
    pub project: ProjectReply,
}

/// Which projects are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectsQuery {
    /// Behind this one.
    pub cursor: Option<Cursor>,
    /// At most this many.
    pub limit: u32,
}

impl ProjectsQuery {
    /// Reads the query parameters `cursor` and `limit`.
    ///
    /// # Errors
    ///
    /// 400 names the first that is not what it should be.
    pub fn parse(query: Query<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            cursor: query.cursor()?,
            limit: query.limit()?,
        })
    }

    /// The call.
    #[must_use]
    pub fn rpc(&self) -> MyProjects {
        MyProjects {
            p_before: self.cursor.as_ref().map(|cursor| cursor.created_at.clone()),
            p_before_id: self.cursor.as_ref().map(|cursor| cursor.id),
            p_limit: rows_to_read(self.limit),
        }
    }

    /// The answer.
    #[must_use]
    pub fn page(&self, rows: Vec<ProjectReply>) -> Page<ProjectReply> {
        page(
            rows,
            self.limit,
            |row| Cursor {
                created_at: row.created_at.clone(),
                id: row.id,
            },
            |row| row,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use serde_json::json;

    fn parse(body: &str) -> Result<ProjectRequest, ApiError> {
        ProjectRequest::parse(body.as_bytes(), &ExtraTerms::none())
    }

    #[test]
    fn absent_null_and_given_differ() {
        let request = parse(r#"{"original_prompt":" a lake ","enhanced_prompt":null}"#).unwrap();
        assert_eq!(request.original_prompt, Change::Set("a lake".into()));
        assert_eq!(request.enhanced_prompt, Change::Clear);
        assert_eq!(request.title, Change::Keep);
    }

    #[test]
    fn a_change_writes_what_was_named_and_nothing_else() {
        let (user, project) = (Id::from_bytes([1; 16]), Id::from_bytes([2; 16]));
        let request = parse(r#"{"original_prompt":"a lake","title":null}"#).unwrap();
        let changes = request.update(user, project).p_changes;
        assert_eq!(
            Value::Object(changes),
            json!({ "original_prompt": "a lake", "title": null })
        );
        let made = request.create(user, project);
        assert_eq!(made.p_original_prompt.as_deref(), Some("a lake"));
        assert_eq!(made.p_title, None);
    }

    #[test]
    fn titles_are_trimmed_and_short() {
        let title = |title: &str| parse(&json!({ "title": title }).to_string());
        assert_eq!(
            title(" A lake ").unwrap().title,
            Change::Set("A lake".into())
        );
        assert!(title(&"t".repeat(MAX_TITLE_CHARS)).is_ok());
        for wrong in ["t".repeat(MAX_TITLE_CHARS + 1), " ".into(), "a\0b".into()] {
            assert!(title(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_refused() {
        for body in [
            r#"{}"#,
            r#"{"title":""}"#,
            r#"{"original_prompt":7}"#,
            r#"{"character_id":"x"}"#,
            r#"{"user_id":"x"}"#,
        ] {
            assert_eq!(
                parse(body).unwrap_err().code,
                Code::InvalidRequest,
                "{body}"
            );
        }
    }
}
