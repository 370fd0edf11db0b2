//! Reference images that users upload.

use alloc::string::String;

use serde::Serialize;

use crate::Id;
use crate::wire::references::ReferenceType;

/// *edge*: records a reference image that a link to upload is made for.
///
/// Raises `PT409 state_conflict` `{field, limit, limitBytes}` when the user has too many, or too large ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MakeReference {
    /// The caller.
    pub p_user_id: Id,
    /// Where it will lie in `reference_images`.
    pub p_key: String,
    /// What alone it may be ordered as.
    pub p_type: ReferenceType,
    /// Whether the person shown has agreed.
    pub p_consent: bool,
    /// Its size, which the link is signed for.
    pub p_bytes: u64,
    /// References that a user may have.
    pub p_most: u32,
    /// What they may have together.
    pub p_most_bytes: u64,
}
