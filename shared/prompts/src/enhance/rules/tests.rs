use super::*;
use crate::enhance::text::segments;
use crate::{Model, Quality};
use proptest::prelude::*;

const PICTURE: Brief = Brief::new(Model::Sdxl, Format::Image, Quality::High, false);
const VIDEO: Brief = Brief::new(Model::Wan, Format::Video, Quality::High, false);

/// Every brief that there is.
fn briefs() -> Vec<Brief> {
    let mut briefs = Vec::new();
    for model in [Model::Sdxl, Model::Wan] {
        for format in [Format::Image, Format::Video] {
            for quality in [Quality::Fast, Quality::High] {
                for is_rewritten in [false, true] {
                    briefs.push(Brief::new(model, format, quality, is_rewritten));
                }
            }
        }
    }
    briefs
}

fn by_rules(prompt: &str, brief: Brief) -> String {
    enhance(prompt, brief, 1).prompt
}

#[test]
fn the_prompt_stays_and_what_fits_is_added() {
    let result = by_rules("a red fox in snow", PICTURE);
    assert!(result.starts_with("a red fox in snow, "), "{result}");
    for facet in [
        Facet::Light,
        Facet::Composition,
        Facet::Lens,
        Facet::Mood,
        Facet::Quality,
    ] {
        assert!(
            Traits::of(&result).meets(facet.decided()),
            "{facet:?} in {result}"
        );
    }
}

#[test]
fn a_video_moves() {
    for prompt in [
        "a red fox in snow",
        "a bowl of ramen",
        "an old lighthouse by the sea",
    ] {
        let result = by_rules(prompt, VIDEO);
        assert!(Traits::of(&result).meets(Traits::MOTION), "{result}");
        assert!(Traits::of(&result).meets(Traits::CAMERA), "{result}");
        assert!(result.contains("temporal consistency"), "{result}");
    }
}

#[test]
fn what_is_decided_is_left_alone() {
    let prompt =
        "portrait of a woman, rim light, 85mm lens, low angle, moody, masterpiece, 8k, sharp focus";
    assert_eq!(by_rules(prompt, PICTURE), prompt);
}

#[test]
fn names_quotes_and_weights_stay_to_the_letter() {
    let prompt = r#"Ada Lovelace holding a sign "HELLO, World", (blue dress:1.3)"#;
    for brief in briefs() {
        assert!(by_rules(prompt, brief).starts_with(prompt));
    }
}

#[test]
fn another_seed_is_another_choice_and_the_same_seed_the_same() {
    let brief = VIDEO;
    let results: Vec<String> = (0..20)
        .map(|seed| enhance("a small town", brief, seed).prompt)
        .collect();
    assert!(results.iter().any(|result| *result != results[0]));
    assert_eq!(
        enhance("a small town", brief, 7),
        enhance("a small town", brief, 7)
    );
}

#[test]
fn what_nobody_here_can_read_gets_nothing_that_could_be_wrong() {
    for prompt in [
        "夜の街を歩く狐",
        "ein Fuchs im Schnee und die Sonne",
        "рисунок лисы в снегу",
    ] {
        for seed in 0..10 {
            let result = enhance(prompt, PICTURE, seed).prompt;
            let added = result.strip_prefix(prompt).unwrap();
            assert_eq!(Traits::of(added), Traits::QUALITY, "{result}");
        }
    }
}

#[test]
fn what_is_denied_is_not_brought_in() {
    for seed in 0..50 {
        let result = enhance("an empty beach, no waves, without neon signs", VIDEO, seed);
        assert_eq!(result.prompt.matches("neon").count(), 1);
    }
}

/// Pieces of prompts that bring out every trait.
const PIECES: &[&str] = &[
    "a knight",
    "an old woman",
    "a cat",
    "a red car",
    "a bowl of soup",
    "a lighthouse",
    "a dragon",
    "a bottle",
    "in a forest",
    "in the city",
    "in space",
    "underwater",
    "in a kitchen",
    "at night",
    "at noon",
    "at sunset",
    "in the rain",
    "in snow",
    "by the fire",
    "on a foggy morning",
    "black and white",
    "vivid",
    "watercolor",
    "photo",
    "anime",
    "running",
    "sleeping",
    "close up",
    "wide shot",
    "drone shot",
    "tripod",
    "serene",
    "epic",
    "soft light",
    "hard light",
    "blurry",
    "crisp",
    "slow motion",
    "time lapse",
    "modern",
    "medieval",
    "dark",
    "bright",
    "without snow",
    "no people",
    "statue",
    "(gold:1.2)",
    "\"stop, now\"",
];

fn prompts() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES), 1..7)
        .prop_map(|pieces| pieces.join(", "))
}

fn any_brief() -> impl Strategy<Value = Brief> {
    proptest::sample::select(briefs())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn holds_for_every_prompt(prompt in prompts(), brief in any_brief(), seed: u64) {
        let result = enhance(&prompt, brief, seed);
        prop_assert!(brief.fits(&result.prompt), "{}", result.prompt);
        prop_assert!(result.prompt.starts_with(&prompt), "{}", result.prompt);
        let added = result.prompt.strip_prefix(prompt.as_str()).unwrap_or_default();

        let before = Traits::of(&prompt);
        let after = before | Traits::of(added);
        prop_assert_eq!(before.contradictions(), after.contradictions(), "{}", result.prompt);

        let mut terms: Vec<String> = segments(added).iter().map(|part| part.text.to_lowercase()).collect();
        let count = terms.len();
        terms.sort();
        terms.dedup();
        prop_assert_eq!(terms.len(), count, "{}", result.prompt);
        for term in &terms {
            prop_assert!(!says(&spaced(&prompt), spaced(term).trim()), "{} has {} twice", result.prompt, term);
        }
    }

    #[test]
    fn never_breaks_on_any_text(prompt in "\\PC{0,200}", brief in any_brief(), seed: u64) {
        prop_assert!(brief.fits(&enhance(&prompt, brief, seed).prompt));
    }
}
