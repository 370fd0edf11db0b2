//! Styles to choose from: words that go behind a prompt, and terms that go into the negative prompt.
//!
//! The models read them behind the user's own words, so that a long prompt loses the style and not its end.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use serde::{Serialize, Serializer};

use crate::term::{Term, term};

/// A style.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub name: &'static str,
    /// What is added to the prompt.
    pub words: &'static str,
    /// What is added to the negative prompt, most important first.
    pub avoids: &'static [Term],
    /// Whether it looks like a photograph. Of the others no picture must avoid that it is drawn.
    pub is_photograph: bool,
}

const DRAWING: &[Term] = &[term("drawing", 1), term("painting", 1)];
const PHOTOGRAPH: &[Term] = &[term("photograph", 1), term("realistic", 1)];

const fn photographed(name: &'static str, words: &'static str) -> Style {
    Style {
        name,
        words,
        avoids: DRAWING,
        is_photograph: true,
    }
}

const fn drawn(name: &'static str, words: &'static str) -> Style {
    Style {
        name,
        words,
        avoids: PHOTOGRAPH,
        is_photograph: false,
    }
}

/// Every style, in the order in which they are offered.
pub const STYLES: [Style; 12] = [
    photographed(
        "photographic",
        "photograph, natural light, sharp focus, fine detail",
    ),
    photographed(
        "cinematic",
        "cinematic film still, dramatic light, shallow depth of field, film grain",
    ),
    photographed(
        "film_noir",
        "black and white film noir still, hard shadows, high contrast",
    ),
    drawn(
        "digital_art",
        "digital painting, concept art, clear shapes, rich colors",
    ),
    drawn(
        "anime",
        "anime illustration, clean line art, cel shading, vivid colors",
    ),
    drawn(
        "comic",
        "comic book panel, ink outlines, halftone shading, bold colors",
    ),
    drawn(
        "oil_painting",
        "oil painting on canvas, visible brush strokes, rich texture",
    ),
    drawn(
        "watercolor",
        "watercolor painting, soft washes, paper texture",
    ),
    drawn(
        "line_art",
        "black line art on white paper, clean outlines, no shading",
    ),
    drawn("pixel_art", "pixel art, limited palette, crisp pixels"),
    drawn("low_poly", "low poly 3d render, flat facets, simple shapes"),
    drawn(
        "render_3d",
        "3d render, soft studio light, smooth materials",
    ),
];

impl Style {
    /// A prompt with the style's words.
    #[must_use]
    pub fn of(style: Option<Self>, prompt: &str) -> String {
        match style {
            Some(style) => format!("{prompt}{}", style.suffix()),
            None => prompt.to_owned(),
        }
    }

    /// What stands behind a prompt.
    #[must_use]
    pub fn suffix(self) -> String {
        format!(", {}", self.words)
    }
}

/// Two styles are the same by name.
impl PartialEq for Style {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Style {}

impl Serialize for Style {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}
