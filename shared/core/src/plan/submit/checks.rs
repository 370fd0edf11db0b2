//! What an order has to satisfy beyond its form.

use alloc::vec::Vec;

use ourvidz_policy::{self as policy, ExtraTerms};
use serde_json::Value;

use super::SubmitSettings;
use crate::wire::submit::{SubmitRequest, WebhookTarget};
use crate::wire::webhook_target::EXPECTED_URL;
use crate::{ApiError, Code, Id};

pub(super) fn check_references(request: &SubmitRequest, user_id: Id) -> Result<(), ApiError> {
    if request
        .references
        .iter()
        .all(|reference| reference.belongs_to(user_id))
    {
        Ok(())
    } else {
        Err(ApiError::invalid_field(
            "metadata.references",
            "keys below your own prefix in reference_images or workspace_assets",
        ))
    }
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

/// Judges every text of the order together, the client's own notes too.
pub(super) fn check_policy(
    request: &SubmitRequest,
    original: &str,
    enhanced: Option<&str>,
    extra_terms: &ExtraTerms,
) -> Result<(), ApiError> {
    let mut texts = Vec::from([original]);
    texts.extend(enhanced);
    for (key, value) in &request.extra {
        texts.push(key);
        collect_texts(value, &mut texts);
    }
    texts.extend(
        request
            .references
            .iter()
            .map(|reference| reference.key.as_str()),
    );
    match policy::check(&texts, extra_terms).is_refused() {
        true => Err(ApiError::new(Code::ContentPolicy)),
        false => Ok(()),
    }
}

/// Judges what an order brings along itself, before anybody knows what a project or a model adds to it, and
/// without the terms that an operator has added: what a page can find out by itself.
///
/// # Errors
///
/// 422 `content_policy`.
pub fn check_own_texts(request: &SubmitRequest) -> Result<(), ApiError> {
    let prompt = request.prompt.as_deref().unwrap_or_default();
    check_policy(request, prompt, None, &ExtraTerms::none())
}

/// Collects the texts in a JSON value, the names of its fields too.
fn collect_texts<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Object(map) => {
            for (key, value) in map {
                texts.push(key);
                collect_texts(value, texts);
            }
        }
        _ => {}
    }
}
