//! Ordinary prompts are allowed, and stay so when several of one kind come together.

use crate::refuses;
use crate::tables::{MINOR, SEXUAL};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const BENIGN: &str = include_str!("../../../../tests/fixtures/policy/benign.txt");

#[test]
fn every_benign_prompt_is_allowed() {
    let prompts: Vec<&str> = BENIGN
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    assert!(prompts.len() >= 300);
    let refused: Vec<&&str> = prompts.iter().filter(|prompt| refuses(prompt)).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn benign_prompts_stay_benign_in_capitals_and_in_small_letters() {
    for prompt in BENIGN.lines().filter(|line| !line.starts_with('#')) {
        assert!(!refuses(&prompt.to_uppercase()), "{prompt}");
        assert!(!refuses(&prompt.to_lowercase()), "{prompt}");
    }
}

/// The two sides are told apart for real: the family prompts say nothing sexual, and the adult ones no minor.
#[test]
fn all_family_prompts_together_are_allowed_and_so_are_all_adult_ones() {
    let (family, adult) = BENIGN
        .split_once("# Adults, with no minor in the text")
        .unwrap();
    let lines = |part: &'static str| part.lines().filter(|line| !line.starts_with('#'));
    let sexual: Vec<&str> = lines(family)
        .filter(|line| refuses(&format!("{line}.\n{MINOR}")))
        .collect();
    let minor: Vec<&str> = lines(adult)
        .filter(|line| refuses(&format!("{line}.\n{SEXUAL}")))
        .collect();
    assert!(sexual.is_empty(), "nothing sexual here: {sexual:#?}");
    assert!(minor.is_empty(), "no minor here: {minor:#?}");
    for part in [family, adult] {
        assert!(!refuses(&lines(part).collect::<Vec<_>>().join(".\n")));
    }
}
