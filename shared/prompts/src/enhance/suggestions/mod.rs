//! What the rules may add, by what a prompt leaves open.
//!
//! A suggestion's own words are read by the same lexicon as the prompt, so its meaning is not written down a
//! second time: one that would contradict the prompt is never taken.

mod looks;
mod movement;

pub use looks::LOOKS;
pub use movement::{MOVEMENT, VIDEO_QUALITY};

use super::traits::Traits as T;

/// What a suggestion is about. At most one is added for each, but for quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facet {
    /// What moves, in a video.
    Motion,
    /// What the camera does, in a video.
    Camera,
    Composition,
    Light,
    /// Lens, or the material of a drawing.
    Lens,
    /// Mood and colour.
    Mood,
    /// What models know as quality.
    Quality,
}

impl Facet {
    /// The trait of a text in which somebody has decided this already.
    pub const fn decided(self) -> T {
        match self {
            Self::Motion => T::MOTION,
            Self::Camera => T::CAMERA,
            Self::Composition => T::COMPOSITION,
            Self::Light => T::LIGHT,
            Self::Lens => T::LENS,
            Self::Mood => T::MOOD,
            Self::Quality => T::QUALITY,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Suggestion {
    pub text: &'static str,
    pub facet: Facet,
    /// What the prompt must say for them to fit.
    pub needs: T,
    /// What it must not say, beyond plain contradictions.
    pub avoids: T,
}

const fn on(facet: Facet, text: &'static str, needs: T, avoids: T) -> Suggestion {
    Suggestion {
        text,
        facet,
        needs,
        avoids,
    }
}
