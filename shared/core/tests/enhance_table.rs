//! The table of docs/ENHANCE.md: what the rules make of sixty prompts.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p ourvidz-core --test enhance_table` writes it anew.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use ourvidz_core::JobType;
use ourvidz_core::enhance::{Enhancement, brief, outcome};
use ourvidz_core::wire::enhance::{EnhanceReply, EnhanceRequest};
use serde_json::json;

const BEGIN: &str = "<!-- table: begin -->\n";
const END: &str = "<!-- table: end -->";

const PROMPTS: &str = include_str!("../../../tests/fixtures/enhance-prompt/prompts.txt");

fn requests() -> Vec<EnhanceRequest> {
    PROMPTS
        .lines()
        .map(|line| {
            let (job_type, prompt) = line.split_once(" | ").unwrap();
            let body = json!({
                "prompt": prompt, "jobType": job_type, "userId": "11111111-1111-4111-8111-111111111111",
            });
            EnhanceRequest::parse(body.to_string().as_bytes()).unwrap()
        })
        .collect()
}

fn by_rules(request: &EnhanceRequest) -> EnhanceReply {
    let brief = brief::of(request);
    Enhancement::by_rules(&request.prompt, brief, outcome::seed(request))
        .reply(request, 0, false, false)
}

#[test]
fn none_is_above_its_budget_and_none_is_worse_than_before() {
    let mut types = BTreeMap::new();
    for request in requests() {
        *types.entry(request.job_type).or_insert(0) += 1;
        let reply = by_rules(&request);
        let brief = brief::of(&request);
        assert!(
            reply.token_count.compressed as usize <= brief.budget(),
            "{}",
            reply.enhanced_prompt
        );
        let before = Enhancement {
            prompt: request.prompt.clone(),
            enhanced: request.prompt.clone(),
            method: reply.analytics.enhancement_method,
        };
        let before = before.reply(&request, 0, false, false);
        let was_too_long = before.token_count.original as usize > brief.budget();
        assert!(
            was_too_long || reply.quality_score > before.quality_score,
            "{}",
            reply.enhanced_prompt
        );
    }
    assert_eq!(types.len(), JobType::ALL.len());
    assert_eq!(types.values().sum::<u32>(), 60);
}

#[test]
fn the_document_shows_the_table() {
    let mut table = String::from(
        "| job type | before | after | tokens | score | coherence, visual, technical |\n|---|---|---|---|---|---|\n",
    );
    for request in requests() {
        let reply = by_rules(&request);
        let metrics = &reply.analytics.quality_metrics;
        let tokens = &reply.token_count;
        writeln!(
            table,
            "| `{}` | {} | {} | {} to {} of {} | {:.3} | {:.3}, {:.3}, {:.3} |",
            request.job_type,
            reply.original_prompt,
            reply.enhanced_prompt,
            tokens.original,
            tokens.compressed,
            brief::of(&request).budget(),
            reply.quality_score,
            metrics.coherence,
            metrics.visual_appeal,
            metrics.technical_quality,
        )
        .unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ENHANCE.md");
    let document = fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (known, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert!(
            known == table,
            "docs/ENHANCE.md shows another table: run with UPDATE_SNAPSHOTS=1"
        );
    }
}
