//! What owners do with what they have: assets and projects.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Id;

/// *edge*: changes an asset; what is null stays. Of a job's assets at most one is preferred.
///
/// Raises `PT404 not_found`, `PT409 state_conflict` while the asset is not completed, and `{field, limit}` for more tags
/// than there may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UpdateAsset {
    pub p_user_id: Id,
    pub p_asset_id: Id,
    /// Whether it is in the library.
    pub p_saved: Option<bool>,
    /// Whether it is the preferred one of its job.
    pub p_preferred: Option<bool>,
    pub p_title: Option<String>,
    /// Tags that it gets ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_add_tags: Option<Vec<String>>,
    /// ... after it has lost these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_remove_tags: Option<Vec<String>>,
    /// Tags that it may have.
    pub p_most_tags: usize,
    /// Tags that its owner may have in all.
    pub p_most_own_tags: u32,
}

/// *edge*: deletes an asset's row and schedules its objects for deletion. Deleting once more changes nothing.
///
/// Raises `PT404 not_found`, `PT409 state_conflict` while its job has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeleteAsset {
    pub p_user_id: Id,
    pub p_asset_id: Id,
}

/// *edge*: makes a project; the same id once more gives the same project.
///
/// Raises `PT409 state_conflict` `{limit}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreateProject {
    pub p_user_id: Id,
    /// The new project's id, made by the edge.
    pub p_project_id: Id,
    /// Projects that a user may have.
    pub p_max_projects: u32,
    pub p_title: Option<String>,
    /// The prompt as the user wrote it.
    pub p_original_prompt: Option<String>,
    pub p_enhanced_prompt: Option<String>,
    pub p_character_id: Option<Id>,
}

/// *edge*: changes a project.
///
/// Raises `PT404 not_found`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UpdateProject {
    pub p_user_id: Id,
    pub p_project_id: Id,
    /// Its columns to set; null empties one, and what is absent stays.
    pub p_changes: Map<String, Value>,
}

/// *user*: the caller's projects, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MyProjects {
    /// Older than the project created then (RFC 3339, as `created_at` gave it) ...
    pub p_before: Option<String>,
    pub p_before_id: Option<Id>,
    pub p_limit: u32,
}

/// *user*: the tags that the caller's assets have, each once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MyTags {}
