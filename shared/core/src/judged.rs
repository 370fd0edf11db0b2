//! Which texts of a request the content policy judges: all that is stored or shown.
//!
//! A request takes itself apart field by field, without `..`: a field that is added does not compile until somebody
//! has said here whether it carries words.

use alloc::vec::Vec;

use ourvidz_policy::{self as policy, ExtraTerms};
use ourvidz_prompts::negative_prompt;
use serde_json::Value;

use crate::wire::assets::AssetPatch;
use crate::wire::callback::{CallbackReport, WorkerMetadata};
use crate::wire::enhance::EnhanceRequest;
use crate::wire::projects::{Change, ProjectRequest};
use crate::wire::submit::SubmitRequest;
use crate::{ApiError, Code};

/// A request that brings texts of a user along.
pub trait Judged {
    /// Its texts, which are judged together.
    fn texts(&self) -> Vec<&str>;
}

/// Refuses a request whose texts, together with those that it goes beside, break the content policy.
///
/// # Errors
///
/// 422 `content_policy`, without a word about which text it was.
pub fn judge(
    request: &impl Judged,
    beside: &[&str],
    extra_terms: &ExtraTerms,
) -> Result<(), ApiError> {
    let mut texts = request.texts();
    texts.extend(beside);
    match policy::check(&texts, extra_terms).is_refused() {
        true => Err(ApiError::new(Code::ContentPolicy)),
        false => Ok(()),
    }
}

impl Judged for SubmitRequest {
    fn texts(&self) -> Vec<&str> {
        let Self {
            prompt,
            references,
            extra,
            // An address is sent to and shown to nobody but who gave it.
            webhook: _,
            job_type: _,
            num_images: _,
            seed: _,
            project_id: _,
            image_id: _,
            video_id: _,
            priority: _,
            enhance: _,
            dry_run: _,
            retry_of: _,
        } = self;
        let mut texts = Vec::from_iter(prompt.as_deref());
        for (key, value) in extra {
            texts.push(key);
            collect(value, &mut texts);
        }
        texts.extend(references.iter().map(|reference| reference.key.as_str()));
        texts
    }
}

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

impl Judged for AssetPatch {
    fn texts(&self) -> Vec<&str> {
        let Self {
            title,
            saved: _,
            preferred: _,
        } = self;
        title.as_deref().into_iter().collect()
    }
}

impl Judged for EnhanceRequest {
    fn texts(&self) -> Vec<&str> {
        let Self {
            prompt,
            // A name that finds the conversation again. It is part of a key in Redis and shown to nobody.
            session_id: _,
            job_type: _,
            user_id: _,
            quality: _,
            model: _,
            seed: _,
            stream: _,
        } = self;
        Vec::from([prompt.as_str()])
    }
}

/// Whether what a worker says of a job with this prompt breaks the content policy.
///
/// What it says of the prompt is judged beside the prompt. Each other text is judged by itself: the name of a model
/// beside the name of a number format (`f16`) says nothing about anybody's age.
#[must_use]
pub fn is_report_refused(report: &CallbackReport, prompt: &str, extra_terms: &ExtraTerms) -> bool {
    let CallbackReport {
        assets,
        thumbnails,
        poster,
        error_message,
        enhanced_prompt,
        metadata,
        worker_id,
        job_id: _,
        status: _,
        attempt: _,
        lease_id: _,
        failed_indices: _,
        retryable: _,
        progress: _,
        // Its media types are held to a list, and numbers say nothing.
        upload_requests: _,
        vitals: _,
    } = report;
    let WorkerMetadata {
        other,
        error_code,
        seed: _,
        generation_time: _,
        num_images: _,
    } = metadata;
    let is_refused = |texts: &[&str]| policy::check(texts, extra_terms).is_refused();

    let keys = [assets, thumbnails].into_iter().flatten().flatten();
    let mut alone: Vec<&str> = keys.map(|key| key.as_str()).collect();
    alone.extend(
        [poster, error_message, worker_id, error_code]
            .into_iter()
            .filter_map(|text| text.as_deref()),
    );
    let mut about_prompt = Vec::from_iter(enhanced_prompt.as_deref());
    for (key, value) in other {
        alone.push(key);
        match key.contains("prompt") {
            true => collect(value, &mut about_prompt),
            false => collect(value, &mut alone),
        }
    }
    // Ours names what is to be kept out of the picture, and a worker may repeat what it was given.
    about_prompt.retain(|text| !negative_prompt::is_ours(prompt, text));
    alone.iter().any(|text| is_refused(&[text]))
        || about_prompt.iter().any(|text| is_refused(&[prompt, text]))
}

/// Collects the texts in a JSON value, the names of its fields too.
fn collect<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(map) => {
            for (key, value) in map {
                texts.push(key);
                collect(value, texts);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;
    use serde_json::json;

    const JOB: &str = "22222222-2222-4222-8222-222222222222";
    /// Two words of no language that the terms below make meet.
    const REFUSED: &str = "a quibbler frobnicating";

    fn terms() -> ExtraTerms {
        ExtraTerms::parse("[minor]\nquibbler\n[sexual]\nfrobnicating").unwrap()
    }

    fn report(fields: Value) -> CallbackReport {
        let mut body = json!({ "job_id": JOB, "status": "completed", "assets": ["u/a.png"] });
        for (key, value) in fields.as_object().unwrap() {
            body[key] = value.clone();
        }
        CallbackReport::parse(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn titles_and_prompts_that_are_kept_are_judged() {
        let asset = json!({ "title": REFUSED }).to_string();
        let refused = AssetPatch::parse(asset.as_bytes(), &terms()).unwrap_err();
        assert_eq!(refused.code, Code::ContentPolicy);
        assert!(AssetPatch::parse(asset.as_bytes(), &ExtraTerms::none()).is_ok());
        for field in ["title", "original_prompt", "enhanced_prompt"] {
            let project = json!({ field: REFUSED }).to_string();
            let refused = ProjectRequest::parse(project.as_bytes(), &terms()).unwrap_err();
            assert_eq!(refused.code, Code::ContentPolicy, "{field}");
        }
    }

    #[test]
    fn an_order_is_judged_with_its_notes_and_with_what_it_goes_beside() {
        let order = |metadata: Value| {
            let body = json!({ "jobType": "sdxl_image_fast", "metadata": metadata }).to_string();
            SubmitRequest::parse(body.as_bytes()).unwrap()
        };
        let halves = order(json!({ "prompt": "a quibbler", "mood": ["frobnicating"] }));
        assert!(judge(&halves, &[], &terms()).is_err());
        let names = order(json!({ "prompt": "a quibbler", "frobnicating": 1 }));
        assert!(judge(&names, &[], &terms()).is_err());
        let one = order(json!({ "prompt": "a quibbler" }));
        assert!(judge(&one, &[], &terms()).is_ok());
        assert!(judge(&one, &["frobnicating"], &terms()).is_err());
    }

    #[test]
    fn whatever_a_worker_says_is_judged() {
        for said in [
            json!({ "enhancedPrompt": REFUSED }),
            json!({ "metadata": { "enhanced_prompt": REFUSED } }),
            json!({ "metadata": { "notes": [{ "about": REFUSED }] } }),
            json!({ "metadata": { REFUSED: true } }),
            json!({ "error_message": REFUSED }),
            json!({ "worker_id": REFUSED }),
            json!({ "assets": ["u/quibbler frobnicating.png"] }),
            json!({ "thumbnails": ["u/quibbler frobnicating.jpg"] }),
            json!({ "poster": "u/quibbler frobnicating.jpg" }),
            // Beside the prompt, which has the other half.
            json!({ "enhancedPrompt": "frobnicating" }),
            json!({ "metadata": { "final_prompt": "frobnicating" } }),
        ] {
            let report = report(said.clone());
            assert!(is_report_refused(&report, "a quibbler", &terms()), "{said}");
            assert!(
                !is_report_refused(&report, "a quibbler", &ExtraTerms::none()),
                "{said}"
            );
        }
    }

    #[test]
    fn technical_notes_make_no_sentence_with_each_other_or_with_the_prompt() {
        let said = json!({
            "metadata": { "model": "frobnicating_v10", "precision": "quibbler" },
            "error_message": "frobnicating failed",
        });
        assert!(!is_report_refused(&report(said), "a quibbler", &terms()));
    }

    #[test]
    fn a_worker_may_repeat_the_negative_prompt_that_it_was_given() {
        let prompt = "a lake";
        let ours = negative_prompt::negative_prompt(prompt).text;
        let term = ours.split(',').next().unwrap().trim();
        let terms = ExtraTerms::parse(&format!("[minor and sexual]\n{term}")).unwrap();
        let said = |text: &str| report(json!({ "metadata": { "negative_prompt": text } }));
        assert!(!is_report_refused(&said(&ours), prompt, &terms));
        assert!(is_report_refused(&said(term), prompt, &terms));
    }
}
