//! The tier that needs nobody: a prompt, made better by rules.
//!
//! The prompt itself stays as it is, word for word; what it leaves open is added behind it. The same prompt,
//! brief and seed always give the same result.

use alloc::string::String;
use alloc::vec::Vec;

use super::brief::Brief;
use super::compress::compress;
use super::lexicon::{QUALITY, phrases};
use super::meaning::says;
use super::suggestions::{Facet, LOOKS, MOVEMENT, Suggestion, VIDEO_QUALITY};
use super::text::{STOP_WORDS, content_words, spaced, words};
use super::traits::Traits;
use crate::{Format, Quality};

/// Quality terms that a prompt ends up with.
const FAST_QUALITY_TERMS: usize = 2;
const HIGH_QUALITY_TERMS: usize = 3;

/// In this order terms are added as long as there is room, and written.
const OF_PICTURES: &[Facet] = &[Facet::Light, Facet::Composition, Facet::Lens, Facet::Mood];
const OF_VIDEOS: &[Facet] = &[
    Facet::Motion,
    Facet::Camera,
    Facet::Light,
    Facet::Composition,
    Facet::Mood,
    Facet::Lens,
];

/// Words that several terms may share without repeating each other.
const COMMON: &str = "atmosphere, background, camera, color, composition, depth, detail, detailed, focus, framing, lens, \
     light, movement, moving, natural, quality, shadow, shot, slow, soft, subject, texture";

/// Grammar of languages in which English additions would be a guess about a text that nobody here reads.
const FOREIGN: &str = "el, los, las, una, con, del, der, die, das, und, ein, eine, mit, le, les, des, une, dans, avec, il, \
     gli, nel, um, uma, com, och, het, een, na, w, z";

/// A better prompt within its budget, and what it would be without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled {
    /// Before compression.
    pub enhanced: String,
    /// Within the budget.
    pub prompt: String,
}

#[must_use]
pub fn enhance(prompt: &str, brief: Brief, seed: u64) -> Ruled {
    let base = compress(prompt, brief);
    let understood = is_understood(&base);
    let mut draft = Draft {
        traits: if understood {
            Traits::of(&base)
        } else {
            Traits::UNKNOWN
        },
        decided: Traits::of(&base),
        known: content_words(&base),
        base,
        added: Vec::new(),
        brief,
        seed,
    };
    // Quality first, because it is what there must be room for; it is written last.
    draft.add_quality();
    let quality = draft.added.len();
    if understood {
        for facet in match brief.format {
            Format::Image => OF_PICTURES,
            Format::Video => OF_VIDEOS,
        } {
            let pool = match facet {
                Facet::Motion | Facet::Camera => MOVEMENT,
                _ => LOOKS,
            };
            draft.add(*facet, pool);
        }
    }
    draft.added.rotate_left(quality);
    Ruled {
        enhanced: written(prompt.trim(), &draft.added),
        prompt: written(&draft.base, &draft.added),
    }
}

/// A prompt with what has been added so far.
struct Draft {
    base: String,
    /// What the prompt says, and what has been added says.
    traits: Traits,
    /// What the prompt alone says.
    decided: Traits,
    known: Vec<String>,
    added: Vec<&'static str>,
    brief: Brief,
    seed: u64,
}

impl Draft {
    fn add_quality(&mut self) {
        let wanted = match self.brief.quality {
            Quality::Fast => FAST_QUALITY_TERMS,
            Quality::High => HIGH_QUALITY_TERMS,
        };
        let text = spaced(&self.base);
        let present = phrases(QUALITY).filter(|term| says(&text, term)).count();
        let pool = match self.brief.format {
            Format::Image => LOOKS,
            Format::Video => VIDEO_QUALITY,
        };
        for _ in present..wanted {
            self.add(Facet::Quality, pool);
        }
    }

    /// Adds the suggestion of a facet that fits best, if any does and there is room.
    fn add(&mut self, facet: Facet, pool: &'static [Suggestion]) {
        if facet != Facet::Quality && self.decided.meets(facet.decided()) {
            return;
        }
        let mut fitting: Vec<&Suggestion> = pool
            .iter()
            .filter(|suggestion| suggestion.facet == facet && self.takes(suggestion))
            .collect();
        let most = fitting.iter().map(|one| one.needs.len()).max();
        fitting.retain(|one| Some(one.needs.len()) == most);
        if fitting.is_empty() {
            return;
        }
        let turn = mixed(self.seed, self.added.len()) % fitting.len().max(1);
        if let Some(chosen) = fitting.get(turn) {
            self.traits |= Traits::of(chosen.text);
            self.known.extend(content_words(chosen.text));
            self.added.push(chosen.text);
        }
    }

    fn takes(&self, suggestion: &Suggestion) -> bool {
        // From cheap to dear.
        self.traits.contains(suggestion.needs)
            && !self.traits.meets(suggestion.avoids)
            && !self.repeats(suggestion.text)
            && !self.traits.contradicts(Traits::of(suggestion.text))
            && self.has_room_for(suggestion.text)
    }

    fn repeats(&self, text: &str) -> bool {
        content_words(text)
            .iter()
            .any(|word| self.known.contains(word) && !phrases(COMMON).any(|common| common == word))
            || self.added.contains(&text)
    }

    fn has_room_for(&self, text: &'static str) -> bool {
        let mut added = self.added.clone();
        added.push(text);
        self.brief.fits(&written(&self.base, &added))
    }
}

/// The prompt and what is added, one text.
fn written(base: &str, added: &[&str]) -> String {
    let mut text = String::from(base);
    if !added.is_empty() {
        text.truncate(base.trim_end_matches([',', ';', '.', ' ']).len());
    }
    for term in added {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(term);
    }
    text
}

/// Whether the rules can read the text: Latin letters, and no more foreign than English grammar.
fn is_understood(text: &str) -> bool {
    let letters = text.chars().filter(|character| character.is_alphabetic());
    let (all, ascii) = letters.fold((0usize, 0usize), |(all, ascii), character| {
        (all + 1, ascii + usize::from(character.is_ascii()))
    });
    if ascii * 10 < all * 9 {
        return false;
    }
    let words = words(text);
    let count = |list| {
        words
            .iter()
            .filter(|word| phrases(list).any(|known| known == word.as_str()))
            .count()
    };
    count(FOREIGN) <= count(STOP_WORDS)
}

/// A number that depends on all bits of the seed (the finaliser of `SplitMix64`).
fn mixed(seed: u64, turn: usize) -> usize {
    let mut bits = seed.wrapping_add((turn as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    // The upper half, which fits a usize of 32 bits too.
    usize::try_from((bits ^ (bits >> 31)) >> 33).unwrap_or(0)
}

#[cfg(test)]
mod tests;
