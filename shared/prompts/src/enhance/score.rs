//! What a prompt is worth: four numbers from 0 to 1 by a formula that needs no model and no chance.
//!
//! - `coherence`: the share of the original's content words that are still there, times the share of the
//!   result's terms that repeat no other.
//! - `visualAppeal`: the share of the looks that somebody has decided on: light, composition, lens and mood;
//!   for a video also movement and camera.
//! - `technicalQuality`: quality terms, each a third, at most one.
//! - `qualityScore`: 0.4 coherence + 0.35 visual appeal + 0.25 technical quality.
//!
//! More of what the original said, one more look decided, one more quality term: none of them lowers a number.

use alloc::string::String;
use alloc::vec::Vec;

use super::brief::Brief;
use super::lexicon::{CAMERA, COMPOSITION, LENS, LIGHT, MOOD, MOTION, QUALITY, phrases};
use super::meaning::says;
use super::text::{content_words, segments, spaced};
use crate::{Format, QualityMetrics};

/// Weights of the whole, in percent.
const COHERENCE: f64 = 0.40;
const VISUAL_APPEAL: f64 = 0.35;
const TECHNICAL_QUALITY: f64 = 0.25;

/// More quality terms than these change nothing in a picture.
const ENOUGH_QUALITY_TERMS: usize = 3;

const LOOKS_OF_PICTURES: &[&str] = &[LIGHT, COMPOSITION, LENS, MOOD];
const LOOKS_OF_VIDEOS: &[&str] = &[LIGHT, COMPOSITION, LENS, MOOD, MOTION, CAMERA];

#[must_use]
pub fn metrics(original: &str, result: &str, brief: Brief) -> QualityMetrics {
    let said = spaced(result);
    let looks = match brief.format {
        Format::Image => LOOKS_OF_PICTURES,
        Format::Video => LOOKS_OF_VIDEOS,
    };
    let decided = looks
        .iter()
        .filter(|list| phrases(list).any(|phrase| says(&said, phrase)))
        .count();
    let quality = phrases(QUALITY).filter(|term| says(&said, term)).count();
    QualityMetrics {
        coherence: rounded(kept(original, result) * unrepeated(result)),
        visual_appeal: rounded(share(decided, looks.len())),
        technical_quality: rounded(share(
            quality.min(ENOUGH_QUALITY_TERMS),
            ENOUGH_QUALITY_TERMS,
        )),
    }
}

#[must_use]
pub fn overall(metrics: &QualityMetrics) -> f64 {
    rounded(
        COHERENCE * metrics.coherence
            + VISUAL_APPEAL * metrics.visual_appeal
            + TECHNICAL_QUALITY * metrics.technical_quality,
    )
}

/// The share of the original's content words that the result has; all of none is all.
#[must_use]
pub fn kept(original: &str, result: &str) -> f64 {
    let wanted = content_words(original);
    let present = content_words(result);
    let kept = wanted.iter().filter(|word| present.contains(word)).count();
    share(kept, wanted.len())
}

fn unrepeated(result: &str) -> f64 {
    let terms: Vec<String> = segments(result)
        .iter()
        .map(|part| spaced(&part.text))
        .collect();
    let mut distinct = terms.clone();
    distinct.sort_unstable();
    distinct.dedup();
    share(distinct.len(), terms.len())
}

#[expect(clippy::cast_precision_loss, reason = "counts of words")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 1.0;
    }
    part as f64 / whole as f64
}

/// To three places, so that the same text gives the same number on every machine and in every JSON.
fn rounded(value: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 1000"
    )]
    let thousandths = (value * 1000.0 + 0.5) as u32;
    f64::from(thousandths) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Model, Quality};

    const PICTURE: Brief = Brief::new(Model::Sdxl, Format::Image, Quality::Fast, false);

    #[test]
    fn numbers_follow_the_formula() {
        let metrics = metrics(
            "a red fox",
            "a red fox, golden hour, 85mm lens, highly detailed",
            PICTURE,
        );
        assert!((metrics.coherence - 1.0).abs() < 1e-9);
        assert!((metrics.visual_appeal - 0.5).abs() < 1e-9);
        assert!((metrics.technical_quality - 0.333).abs() < 1e-9);
        assert!((overall(&metrics) - 0.658).abs() < 1e-9);
    }

    #[test]
    fn each_gain_is_a_gain() {
        let score = |text: &str| overall(&metrics("a red fox in snow", text, PICTURE));
        let steps = [
            "a fox",
            "a fox in snow",
            "a red fox in snow",
            "a red fox in snow, rim light",
            "a red fox in snow, rim light, low angle",
            "a red fox in snow, rim light, low angle, sharp focus",
            "a red fox in snow, rim light, low angle, sharp focus, masterpiece",
        ];
        for pair in steps.windows(2) {
            let [before, after] = pair else { continue };
            assert!(score(after) > score(before), "{after}");
        }
        assert!(score("a red fox in snow, a red fox in snow") < score("a red fox in snow"));
    }
}
