use alloc::format;
use alloc::string::ToString;

use super::*;
use crate::{Model, Quality};
use proptest::prelude::*;

const SDXL: Brief = Brief::new(Model::Sdxl, Format::Image, Quality::Fast, false);
const WAN: Brief = Brief::new(Model::Wan, Format::Video, Quality::Fast, false);

#[test]
fn what_fits_is_left_alone() {
    assert_eq!(compress("  a fox , a fox ", SDXL), "a fox , a fox");
}

#[test]
fn the_least_goes_first() {
    let details = "a silver lake behind it, an old wooden boat, reeds along the shore, two herons far away, \
                   a stone hut with a thatched roof, ripples on the surface, a path of flat stones";
    let prompt = format!(
        "masterpiece, a very beautiful red fox on a rock, {details}, moody atmosphere, 85mm lens, low angle, \
         rim light, sharp focus, a sign that says \"DO NOT FEED\", highly detailed"
    );
    assert!(!SDXL.fits(&prompt));
    let result = compress(&prompt, SDXL);
    assert!(SDXL.fits(&result), "{result}");
    for kept in [
        "masterpiece",
        "red fox on a rock",
        "sharp focus",
        "\"DO NOT FEED\"",
        "highly detailed",
        "silver lake",
    ] {
        assert!(result.contains(kept), "{kept} in {result}");
    }
    for dropped in ["very", "beautiful", "moody", "85mm"] {
        assert!(!result.contains(dropped), "{dropped} in {result}");
    }
}

#[test]
fn a_sentence_goes_and_leaves_its_quality_terms() {
    let prompt = format!(
        "a fox. {} All of it in sharp focus at last on this long grey afternoon.",
        "It walks over another one of the hills behind the house. ".repeat(3)
    ) + &(0..30)
        .map(|number| format!("Hill {number} is green. "))
        .collect::<String>();
    let result = compress(&prompt, SDXL);
    assert!(
        result.starts_with("a fox") && result.contains("sharp focus"),
        "{result}"
    );
}

#[test]
fn even_one_endless_word_is_cut() {
    for text in [
        "x".repeat(2_000),
        "狐".repeat(2_000),
        "(a ".repeat(700),
        "\"".repeat(1_999),
    ] {
        for brief in [SDXL, WAN] {
            assert!(brief.fits(&compress(&text, brief)));
        }
    }
}

#[test]
fn a_video_keeps_its_movement_longer_than_a_picture() {
    let tail = "a grey stone wall, ".to_string()
        + &(0..40)
            .map(|n| format!("pebble {n} and moss, "))
            .collect::<String>();
    let prompt = format!("a fox, waves rolling, {tail}");
    assert!(!compress(&prompt, SDXL).contains("rolling"));
    assert!(compress(&prompt, WAN).contains("rolling"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn always_fits_and_a_second_time_changes_nothing(prompt in "([a-z]{1,9}[ ,.]{1,2}){0,120}") {
        for brief in [SDXL, WAN] {
            let once = compress(&prompt, brief);
            prop_assert!(brief.fits(&once));
            prop_assert_eq!(compress(&once, brief), once);
        }
    }

    #[test]
    fn any_text_fits_afterwards(prompt in "\\PC{0,400}") {
        for brief in [SDXL, WAN] {
            prop_assert!(brief.fits(&compress(&prompt, brief)));
        }
    }

    #[test]
    fn subject_and_quality_terms_stay(
        details in proptest::collection::vec("[a-z]{3,8} [a-z]{3,8} [a-z]{3,8}", 20..60),
        quality in proptest::sample::subsequence(phrases(QUALITY).collect::<Vec<_>>(), 1..6),
    ) {
        let prompt = format!("a red fox on a rock, {}, {}", details.join(", "), quality.join(", "));
        let result = compress(&prompt, SDXL);
        prop_assert!(result.starts_with("a red fox on a rock"), "{}", result);
        for term in quality {
            prop_assert!(result.contains(term), "{} in {}", term, result);
        }
    }
}
