//! What a worker says of a job, as the content policy sees it.

use alloc::string::String;
use alloc::vec::Vec;

use ourvidz_policy::{self as policy, ExtraTerms};
use ourvidz_prompts::negative_prompt::not_ours;

use crate::Id;
use crate::judged::collect;
use crate::wire::callback::{CallbackReport, WorkerMetadata};

/// Whether what a worker says of a job with this prompt breaks the content policy.
///
/// What it says of the prompt is judged beside the prompt. Each other text is judged by itself: the name of a model
/// beside the name of a number format (`f16`) says nothing about anybody's age.
#[must_use]
pub(super) fn is_report_refused(
    report: &CallbackReport,
    prompt: &str,
    extra_terms: &ExtraTerms,
) -> bool {
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
        // Pictures, which the worker's classifier has judged; with a settlement there are none.
        step_previews: _,
        // The edge's own words, come back.
        snapshot: _,
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
    let mut negative = Vec::new();
    for (key, value) in other {
        alone.push(key);
        match (key.contains("negative"), key.contains("prompt")) {
            (true, true) => collect(value, &mut negative),
            (false, true) => collect(value, &mut about_prompt),
            (_, false) => collect(value, &mut alone),
        }
    }
    alone.iter().any(|text| is_refused(&[&without_ids(text)]))
        || about_prompt.iter().any(|text| is_refused(&[prompt, text]))
        // Ours names what is to be kept out of the picture, and a worker may repeat what it was given.
        || negative.iter().any(|text| is_refused(&[prompt, &not_ours(prompt, text)]))
}

/// Ids are digits by chance, and now and then they spell a word beside an age: whose id does would never get a picture,
/// because the names of all their files begin with it.
fn without_ids(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        match rest.get(..ID_LENGTH).map(str::parse::<Id>) {
            Some(Ok(_)) => {
                left.push(' ');
                rest = &rest[ID_LENGTH..];
            }
            _ => {
                left.push(character);
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    left
}

/// Of a UUID as text.
const ID_LENGTH: usize = 36;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;
    use ourvidz_prompts::negative_prompt::negative_prompt;
    use serde_json::Value;
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
    fn an_id_that_spells_something_is_nobodys_age() {
        let user = "9c7ae03a-e91d-5e10-a838-d6427ab2d01a";
        assert!(policy::check(&[user], &ExtraTerms::none()).is_refused());
        let key = format!("{user}/sdxl_{JOB}_1_0.png");
        let report = report(json!({ "assets": [key], "thumbnails": [key] }));
        assert!(!is_report_refused(
            &report,
            "a red fox",
            &ExtraTerms::none()
        ));
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
        let ours = negative_prompt(prompt).text;
        let term = ours.split(',').next().unwrap().trim();
        let terms = ExtraTerms::parse(&format!("[minor and sexual]\n{term}")).unwrap();
        let said = |text: &str| report(json!({ "metadata": { "negative_prompt": text } }));
        assert!(!is_report_refused(&said(&ours), prompt, &terms));
        let with_more = format!("{ours}, {term} quibbler");
        assert!(is_report_refused(&said(&with_more), prompt, &terms));
        let elsewhere = report(json!({ "metadata": { "final_prompt": term } }));
        assert!(is_report_refused(&elsewhere, prompt, &terms));
    }
}
