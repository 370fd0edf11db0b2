//! Making a prompt fit its budget: what is worth least goes first.
//!
//! In this order, and only until it fits: repeated terms, filler, praise that nobody can draw, then whole
//! terms by their kind (mood, lens, composition, light, movement, other details, details with quoted text,
//! weights or names), each kind from the end. The subject and the quality terms stay; only where those two
//! alone are too long, the subject is cut from its end. What fits already is left alone, so compressing twice
//! changes nothing.

use alloc::string::String;
use alloc::vec::Vec;

use super::brief::Brief;
use super::lexicon::{
    CAMERA, COMPOSITION, FILLER, LENS, LIGHT, MOOD, MOTION, QUALITY, WEAK, phrases,
};
use super::meaning::says;
use super::text::{Segment, atoms, join, protected, segments, spaced};
use crate::Format;

/// A term of at most this many words that names a kind is of that kind; longer ones say more than that.
const MAX_WORDS_OF_A_TERM: usize = 6;

/// What a part of a prompt is worth, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    Mood,
    Lens,
    Composition,
    Light,
    Movement,
    Detail,
    /// With quoted text, a weight or a name.
    Particular,
    /// Never dropped.
    Quality,
    /// Never dropped.
    Subject,
}

const DROPPED_IN_THIS_ORDER: [Worth; 7] = [
    Worth::Mood,
    Worth::Lens,
    Worth::Composition,
    Worth::Light,
    Worth::Movement,
    Worth::Detail,
    Worth::Particular,
];

/// The prompt within its budget.
#[must_use]
pub fn compress(prompt: &str, brief: Brief) -> String {
    let prompt = prompt.trim();
    if brief.fits(prompt) {
        return String::from(prompt);
    }
    let mut parts = segments(prompt);
    for step in [drop_repeats, drop_filler, drop_weak] {
        step(&mut parts);
        let text = join(&parts);
        if brief.fits(&text) {
            return text;
        }
    }
    drop_terms(&mut parts, brief)
}

/// The same term a second time.
fn drop_repeats(parts: &mut Vec<Segment>) {
    let mut seen: Vec<String> = Vec::new();
    parts.retain(|part| {
        let term = spaced(&part.text);
        let new = !seen.contains(&term);
        seen.push(term);
        new
    });
}

fn drop_filler(parts: &mut Vec<Segment>) {
    drop_words(parts, FILLER);
}

fn drop_weak(parts: &mut Vec<Segment>) {
    drop_words(parts, WEAK);
}

/// Drops words of a list, but never a part's only word, and nothing of a quality term.
fn drop_words(parts: &mut Vec<Segment>, list: &'static str) {
    for part in parts {
        if !quality_terms(&part.text).is_empty() {
            continue;
        }
        let mut kept = atoms(&part.text);
        kept.retain(|atom| {
            let atom = atom.to_lowercase();
            !phrases(list).any(|word| word == atom)
        });
        if !kept.is_empty() {
            part.text = kept.join(" ");
        }
    }
}

/// Drops whole terms by their worth, then words of the subject.
fn drop_terms(parts: &mut Vec<Segment>, brief: Brief) -> String {
    let subject = subject_of(parts, brief.format);
    let mut worths: Vec<Worth> = parts
        .iter()
        .enumerate()
        .map(|(place, part)| match subject == Some(place) {
            true => Worth::Subject,
            false => worth(&part.text, brief.format),
        })
        .collect();
    for least in DROPPED_IN_THIS_ORDER {
        while let Some(place) = worths.iter().rposition(|worth| *worth == least) {
            let quality = parts
                .get(place)
                .map(|part| quality_terms(&part.text).join(", "));
            match quality.filter(|terms| !terms.is_empty()) {
                // A sentence goes, but not the quality that it speaks of.
                Some(terms) => {
                    if let (Some(part), Some(worth)) = (parts.get_mut(place), worths.get_mut(place))
                    {
                        part.text = terms;
                        part.end = ',';
                        *worth = Worth::Quality;
                    }
                }
                None => {
                    parts.remove(place);
                    worths.remove(place);
                }
            }
            let text = join(parts);
            if brief.fits(&text) {
                return text;
            }
        }
    }
    drop_repeats(parts);
    let text = join(parts);
    if brief.fits(&text) {
        return text;
    }
    cut(parts, brief)
}

/// The first part that is not about quality or looks alone.
fn subject_of(parts: &[Segment], format: Format) -> Option<usize> {
    parts
        .iter()
        .position(|part| {
            matches!(
                worth(&part.text, format),
                Worth::Detail | Worth::Particular | Worth::Movement
            )
        })
        .or_else(|| (!parts.is_empty()).then_some(0))
}

fn worth(text: &str, format: Format) -> Worth {
    let is_short = atoms(text).len() <= MAX_WORDS_OF_A_TERM;
    let said = spaced(text);
    let is = |list| is_short && phrases(list).any(|phrase| says(&said, phrase));
    if is(QUALITY) {
        Worth::Quality
    } else if !protected(text).is_empty() || has_name(text) {
        Worth::Particular
    } else if is(MOTION) || is(CAMERA) {
        // What moves is a detail of a picture and the point of a video.
        match format {
            Format::Image => Worth::Movement,
            Format::Video => Worth::Detail,
        }
    } else if is(LIGHT) {
        Worth::Light
    } else if is(COMPOSITION) {
        Worth::Composition
    } else if is(LENS) {
        Worth::Lens
    } else if is(MOOD) || is(WEAK) {
        Worth::Mood
    } else {
        Worth::Detail
    }
}

/// A word with a capital that does not begin the part.
fn has_name(text: &str) -> bool {
    let begins_large = |atom: &&str| atom.chars().next().is_some_and(char::is_uppercase);
    atoms(text).iter().skip(1).any(begins_large)
}

/// The quality terms in a text.
fn quality_terms(text: &str) -> Vec<&'static str> {
    let said = spaced(text);
    phrases(QUALITY).filter(|term| says(&said, term)).collect()
}

/// Cuts the longest part from its end, word by word, until all fits; a part that is empty then is gone.
fn cut(parts: &mut Vec<Segment>, brief: Brief) -> String {
    loop {
        let text = join(parts);
        if brief.fits(&text) {
            return text;
        }
        let longest = parts
            .iter()
            .enumerate()
            .max_by_key(|(_, part)| part.text.len())
            .map(|(place, _)| place);
        let Some(place) = longest else {
            return String::new();
        };
        let shorter = parts.get(place).map(|part| without_last_word(&part.text));
        match shorter.filter(|text| !text.is_empty()) {
            Some(text) => {
                if let Some(part) = parts.get_mut(place) {
                    part.text = text;
                }
            }
            None => {
                parts.remove(place);
            }
        }
    }
}

/// A single word that is too long is cut in the middle of itself.
fn without_last_word(text: &str) -> String {
    let mut atoms = atoms(text);
    if atoms.len() > 1 {
        atoms.pop();
        return atoms.join(" ");
    }
    let half = text.chars().count() / 2;
    text.chars().take(half).collect()
}

#[cfg(test)]
mod tests;
