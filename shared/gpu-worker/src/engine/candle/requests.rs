//! What the worker is asked for, in the engines' words.

use ourvidz_core::metadata::SAMPLE_SHIFT;
use ourvidz_core::wire::references::ReferenceType;
use ourvidz_engine_sdxl as sdxl;
use ourvidz_engine_sdxl::reference;
use ourvidz_engine_wan as wan;

use crate::engine::{EngineError, ImageRequest, ReferencePicture};

/// For SDXL. A model that sees pictures looks at styles and characters; one that does not can only start from
/// them.
///
/// # Errors
///
/// When a reference is no picture.
pub fn to_sdxl(
    request: &ImageRequest,
    references: &[ReferencePicture],
    sampler: sdxl::SdxlSampler,
    has_adapter: bool,
) -> Result<sdxl::SdxlRequest, EngineError> {
    let (width, height) = (request.width as usize, request.height as usize);
    let references: Result<Vec<_>, EngineError> = references.iter().map(to_reference).collect();
    let guiding_images = reference::guiding_images(references?, width, height, has_adapter);
    Ok(sdxl::SdxlRequest {
        prompt: request.prompt.clone(),
        negative_prompt: request.negative_prompt.clone(),
        width,
        height,
        steps: request.steps as usize,
        guidance: f64::from(request.guidance),
        seed: request.seed,
        count: usize::from(request.count),
        sampler,
        start: guiding_images.start,
        adapter_images: guiding_images.adapter_images,
    })
}

fn to_reference(given: &ReferencePicture) -> Result<reference::SdxlReference, EngineError> {
    let picture = &given.picture;
    Ok(reference::SdxlReference {
        kind: match given.kind {
            ReferenceType::Style => reference::SdxlReferenceKind::Style,
            ReferenceType::Composition => reference::SdxlReferenceKind::Composition,
            ReferenceType::Character => reference::SdxlReferenceKind::Character,
        },
        picture: sdxl::RgbImage::new(
            picture.width() as usize,
            picture.height() as usize,
            picture.rgb().to_vec(),
        )?,
        strength: f64::from(given.strength_percent) / 100.0,
    })
}

/// For WAN. The model's authors' own negative prompt is always applied; what users add stands behind it.
#[must_use]
pub fn to_wan(
    request: &ImageRequest,
    frames: u32,
    (solver, tea_cache): (wan::WanSolver, Option<wan::TeaCache>),
) -> wan::WanRequest {
    wan::WanRequest {
        prompt: request.prompt.clone(),
        negative_prompt: (!request.negative_prompt.is_empty())
            .then(|| format!("{}，{}", wan::negative::OFFICIAL, request.negative_prompt)),
        width: request.width as usize,
        height: request.height as usize,
        frames: frames as usize,
        steps: request.steps as usize,
        guidance: f64::from(request.guidance),
        shift: SAMPLE_SHIFT,
        solver,
        tea_cache,
        seed: request.seed,
    }
}
