//! What the worker is asked for, in the engines' words.

use ourvidz_core::metadata::SAMPLE_SHIFT;
use ourvidz_core::wire::references::ReferenceType;
use ourvidz_engine_sdxl as sdxl;
use ourvidz_engine_sdxl::reference;
use ourvidz_engine_wan as wan;

use crate::engine::{EngineError, ImageRequest, Reference};

/// For SDXL. A model that sees pictures looks at styles and characters; one that does not can only start from
/// them.
///
/// # Errors
///
/// When a reference is no picture.
pub fn to_sdxl(
    request: &ImageRequest,
    references: &[Reference],
    sampler: sdxl::Sampler,
    sees_pictures: bool,
) -> Result<sdxl::Request, EngineError> {
    let (width, height) = (request.width as usize, request.height as usize);
    let references: Result<Vec<_>, EngineError> = references.iter().map(to_reference).collect();
    let guides = reference::guides(references?, width, height, sees_pictures);
    Ok(sdxl::Request {
        prompt: request.prompt.clone(),
        negative_prompt: request.negative_prompt.clone(),
        width,
        height,
        steps: request.steps as usize,
        guidance: f64::from(request.guidance),
        seed: request.seed,
        count: usize::from(request.count),
        sampler,
        start: guides.start,
        looks: guides.looks,
    })
}

fn to_reference(given: &Reference) -> Result<reference::Reference, EngineError> {
    let picture = &given.picture;
    Ok(reference::Reference {
        kind: match given.kind {
            ReferenceType::Style => reference::Kind::Style,
            ReferenceType::Composition => reference::Kind::Composition,
            ReferenceType::Character => reference::Kind::Character,
        },
        picture: sdxl::Picture::new(
            picture.width() as usize,
            picture.height() as usize,
            picture.rgb().to_vec(),
        )?,
        strength: f64::from(given.strength_percent) / 100.0,
    })
}

/// For WAN. Its users write no negative prompt; the model's authors' own is always applied.
#[must_use]
pub fn to_wan(request: &ImageRequest, frames: u32, solver: wan::Solver) -> wan::Request {
    wan::Request {
        prompt: request.prompt.clone(),
        negative_prompt: None,
        width: request.width as usize,
        height: request.height as usize,
        frames: frames as usize,
        steps: request.steps as usize,
        guidance: f64::from(request.guidance),
        shift: SAMPLE_SHIFT,
        solver,
        seed: request.seed,
    }
}
