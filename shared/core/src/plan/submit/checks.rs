//! What an order has to satisfy beyond its form.

use alloc::vec::Vec;

use ourvidz_policy::ExtraTerms;

use super::SubmitSettings;
use crate::judged::judge;
use crate::wire::submit::{SubmitRequest, WebhookTarget};
use crate::wire::webhook_target::EXPECTED_URL;
use crate::{ApiError, Id};

pub(super) fn check_references(request: &SubmitRequest, user_id: Id) -> Result<(), ApiError> {
    let references = &request.references;
    if !references.iter().all(|one| one.belongs_to(user_id)) {
        return Err(ApiError::invalid_field(
            "metadata.references",
            "keys below your own prefix in reference_images or workspace_assets",
        ));
    }
    Ok(())
}

pub(super) fn check_webhook(
    request: &SubmitRequest,
    settings: &SubmitSettings<'_>,
) -> Result<(), ApiError> {
    let is_local = request
        .webhook
        .as_ref()
        .is_some_and(WebhookTarget::is_local);
    if is_local && !settings.allow_local_webhooks {
        return Err(ApiError::invalid_field("webhookUrl", EXPECTED_URL));
    }
    Ok(())
}

/// Judges every text of the order together with the prompt that is worked on, the client's own notes too.
pub(super) fn check_policy(
    request: &SubmitRequest,
    original: &str,
    enhanced: Option<&str>,
    extra_terms: &ExtraTerms,
) -> Result<(), ApiError> {
    let mut beside = Vec::from([original]);
    beside.extend(enhanced);
    judge(request, &beside, extra_terms)
}

/// Judges what an order brings along itself, before anybody knows what a project or a model adds to it, and
/// without the terms that an operator has added: what a page can find out by itself.
///
/// # Errors
///
/// 422 `content_policy`.
pub fn check_own_texts(request: &SubmitRequest) -> Result<(), ApiError> {
    judge(request, &[], &ExtraTerms::none())
}
