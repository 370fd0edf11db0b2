//! One picture of an order: finished, or as it looks on the way there.

use super::label;
use super::random::grid;
use super::scene::PreviewScene;
use crate::engine::{ImageRequest, ReferencePicture};
use crate::media::Picture;

/// The share of a reference's colour at full strength: more would drown the picture.
const STRONGEST_TINT: f32 = 0.45;
/// Pixels of the picture along each side of one of a sketch: as many as the models' latents have.
const SKETCHED: u32 = 8;

pub struct Painting<'a> {
    request: &'a ImageRequest,
    references: &'a [ReferencePicture],
    seed: u64,
    scene: PreviewScene,
}

impl<'a> Painting<'a> {
    /// Picture `index` of a request. A reference lends it its average colour, so that a person sees that it arrived.
    pub fn new(request: &'a ImageRequest, references: &'a [ReferencePicture], index: u8) -> Self {
        let seed = request.seed.wrapping_add(u64::from(index));
        let aspect = request.width as f32 / request.height.max(1) as f32;
        Self {
            request,
            references,
            seed,
            scene: PreviewScene::new(&request.prompt, seed, aspect),
        }
    }

    /// The picture as it is `moment` seconds into a clip, with its plate.
    pub fn finished(&self, moment: f32) -> Picture {
        let mut picture = self.painted(self.request.width, self.request.height, moment);
        label::stamp(&mut picture, &self.request.prompt, self.seed);
        picture
    }

    /// The picture small, and under as much noise as is left after this share of the steps.
    pub fn sketch(&self, share: f32) -> Picture {
        let small = |side: u32| side.div_ceil(SKETCHED);
        let (width, height) = (small(self.request.width), small(self.request.height));
        let mut picture = self.painted(width, height, 0.0);
        for (column, row) in (0..height).flat_map(|row| (0..width).map(move |column| (column, row)))
        {
            let noise = [0, 1, 2].map(|colour| {
                let seed = self.seed ^ colour;
                (grid(seed, column as i32, row as i32) * 255.0) as u8
            });
            picture.blend(column.into(), row.into(), noise, 1.0 - share);
        }
        picture
    }

    fn painted(&self, width: u32, height: u32, moment: f32) -> Picture {
        let mut picture = Picture::new(width, height);
        self.scene.paint(&mut picture, moment);
        for reference in self.references {
            let share = reference.strength_percent.min(100) as f32 / 100.0 * STRONGEST_TINT;
            picture.tint(reference.picture.average(), share);
        }
        picture
    }
}
