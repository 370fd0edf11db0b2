//! What a reference picture can do for SDXL, which by itself reads text only.
//!
//! Without an adapter, all that it can do with a picture is start from it: noise is put over the picture, and
//! sampling begins in the middle. So:
//!
//! - A **composition** keeps its place, forms and light: sampling starts from the picture. The stronger, the
//!   later it starts.
//! - A **character** is started from in the same way, but earlier, so that pose and looks are carried over
//!   roughly and the text decides the rest. This does not keep a face: that takes a model that reads pictures.
//! - A **style** lends colours and light, not strokes: alone, sampling starts from the picture without its forms;
//!   beside another reference, that one's colours are brought to the style's.
//!
//! One sampling has one init image: of a composition and a character, the composition is taken and the character ignored.
//!
//! With an [adapter](crate::adapter) characters and styles are read by the adapter at every step, each by itself, and
//! only a composition is started from.

use crate::adapter::Scope;
use crate::generate::{AdapterImage, InitImage};
use crate::picture::RgbImage;

/// What a reference is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SdxlReferenceKind {
    /// Colours and light.
    Style,
    /// The arrangement.
    Composition,
    /// A figure.
    Character,
}

/// A picture to be guided by.
#[derive(Debug, Clone, PartialEq)]
pub struct SdxlReference {
    /// What it is taken for.
    pub kind: SdxlReferenceKind,
    /// The picture, of any size.
    pub picture: RgbImage,
    /// How strongly it acts, from 0 to 1.
    pub strength: f64,
}

/// The share of the steps that is left out at full strength. With more, a composition would be copied; a
/// character would keep its place in the picture, too; and of a style the model could make nothing but fog.
const LEFT_OUT: [(SdxlReferenceKind, f64); 3] = [
    (SdxlReferenceKind::Composition, 0.75),
    (SdxlReferenceKind::Character, 0.5),
    (SdxlReferenceKind::Style, 0.25),
];

/// What a sampling is guided by beside its texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GuidingImages {
    /// What it starts from, unless from noise alone.
    pub start: Option<InitImage>,
    pub adapter_images: Vec<AdapterImage>,
}

/// What references do for a picture of a size, in a model with an adapter or without.
#[must_use]
pub fn guiding_images(
    references: Vec<SdxlReference>,
    width: usize,
    height: usize,
    has_adapter: bool,
) -> GuidingImages {
    if !has_adapter {
        return GuidingImages {
            start: start(&references, width, height),
            adapter_images: Vec::new(),
        };
    }
    let (started, looked_at): (Vec<_>, Vec<_>) = references
        .into_iter()
        .partition(|reference| reference.kind == SdxlReferenceKind::Composition);
    let adapter_images = looked_at.into_iter().map(|reference| AdapterImage {
        scope: match reference.kind {
            SdxlReferenceKind::Style => Scope::Style,
            SdxlReferenceKind::Composition | SdxlReferenceKind::Character => Scope::Everything,
        },
        picture: reference.picture,
        scale: reference.strength.clamp(0.0, 1.0),
    });
    GuidingImages {
        start: start(&started, width, height),
        adapter_images: adapter_images.collect(),
    }
}

/// The init image of these references, for a picture of a size; `None` without references.
#[must_use]
pub fn start(references: &[SdxlReference], width: usize, height: usize) -> Option<InitImage> {
    let style = references
        .iter()
        .find(|reference| reference.kind == SdxlReferenceKind::Style);
    let (taken, left_out) = LEFT_OUT.iter().find_map(|(kind, left_out)| {
        let taken = references
            .iter()
            .find(|reference| reference.kind == *kind)?;
        Some((taken, left_out))
    })?;
    let picture = match style {
        _ if taken.kind == SdxlReferenceKind::Style => taken.picture.without_forms(width, height),
        Some(style) => taken
            .picture
            .filling(width, height)
            .with_colours_of(&style.picture, style.strength.clamp(0.0, 1.0) as f32),
        None => taken.picture.filling(width, height),
    };
    Some(InitImage {
        picture,
        change: 1.0 - left_out * taken.strength.clamp(0.0, 1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(kind: SdxlReferenceKind, strength: f64, colour: [u8; 3]) -> SdxlReference {
        let mut rgb = colour.repeat(64 * 64);
        // A dark corner, so that there is a form.
        for row in rgb.chunks_mut(64 * 3).take(16) {
            row[..48].fill(0);
        }
        let picture = RgbImage::new(64, 64, rgb).unwrap();
        SdxlReference {
            kind,
            picture,
            strength,
        }
    }

    #[test]
    fn a_composition_is_started_from_as_it_is() {
        let composition = reference(SdxlReferenceKind::Composition, 0.8, [200, 100, 50]);
        let start = start(std::slice::from_ref(&composition), 64, 64).unwrap();
        assert_eq!(start.picture, composition.picture);
        assert!((start.change - 0.4).abs() < 1e-9);
    }

    #[test]
    fn a_style_alone_leaves_no_forms() {
        let style = reference(SdxlReferenceKind::Style, 1.0, [200, 100, 50]);
        let start = start(&[style], 64, 32).unwrap();
        assert_eq!((start.picture.width, start.picture.height), (64, 32));
        assert!(start.picture.rgb[0] > 10, "the black corner is gone");
        assert!((start.change - 0.75).abs() < 1e-9);
    }

    #[test]
    fn a_style_colours_another_reference() {
        let character = reference(SdxlReferenceKind::Character, 0.5, [200, 100, 50]);
        let style = reference(SdxlReferenceKind::Style, 1.0, [50, 100, 200]);
        let start = start(&[style, character], 64, 64).unwrap();
        let last = &start.picture.rgb[start.picture.rgb.len() - 3..];
        assert!(last[2] > last[0], "{last:?}");
        assert!((start.change - 0.75).abs() < 1e-9);
    }

    #[test]
    fn a_composition_goes_before_a_character() {
        let character = reference(SdxlReferenceKind::Character, 1.0, [1, 2, 3]);
        let composition = reference(SdxlReferenceKind::Composition, 1.0, [200, 100, 50]);
        let start = start(&[character, composition.clone()], 64, 64).unwrap();
        assert_eq!(start.picture, composition.picture);
        assert!(super::start(&[], 64, 64).is_none());
    }
    #[test]
    fn a_model_that_sees_starts_from_compositions_alone() {
        let kinds = [
            SdxlReferenceKind::Style,
            SdxlReferenceKind::Composition,
            SdxlReferenceKind::Character,
        ];
        let references = kinds.map(|kind| reference(kind, 0.5, [200, 100, 50]));
        let blind = guiding_images(references.to_vec(), 64, 64, false);
        assert_eq!(blind.start, start(&references, 64, 64));
        assert!(blind.adapter_images.is_empty());

        let seeing = guiding_images(references.to_vec(), 64, 64, true);
        assert_eq!(seeing.start, start(&references[1..2], 64, 64));
        let adapter_images: Vec<_> = seeing
            .adapter_images
            .iter()
            .map(|look| (look.scope, look.scale))
            .collect();
        assert_eq!(
            adapter_images,
            [(Scope::Style, 0.5), (Scope::Everything, 0.5)]
        );

        let [style, _, character] = references;
        assert_eq!(
            guiding_images(vec![style, character], 64, 64, true).start,
            None
        );
    }
}
