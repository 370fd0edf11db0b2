//! Decoding in tiles beside decoding whole. The tiny model's weights are random: what it makes of a tile depends on all
//! of the tile, through its norms and its attention, more than the published model's.

use std::ops::ControlFlow;

use candle_core::{DType, Device, Tensor};
use ourvidz_engine_base::noise::{self, NoisePurpose};
use ourvidz_engine_base::{Error, Progress, Result};
use ourvidz_engine_sdxl::folder::{SdxlComponent, SdxlFiles};
use ourvidz_engine_sdxl::vae::{VaeDecoder, VaeTiling};
use ourvidz_engine_sdxl::{ImageListener, RgbImage, Sdxl, SdxlRequest};

use crate::picture::request;
use crate::{fixture, largest};

const DEVICE: &Device = &Device::Cpu;
/// Pixels along a side of a latent of the tiny model.
const SCALE: usize = 4;
const TILES: VaeTiling = VaeTiling {
    most_whole: 0,
    side: 16,
    overlap: 6,
};

fn decoder() -> VaeDecoder {
    let files = SdxlFiles::open(&fixture("model")).unwrap();
    let weights = files
        .builder(SdxlComponent::Vae, DType::F32, DEVICE)
        .unwrap();
    VaeDecoder::new(&files.configs.vae, &weights).unwrap()
}

fn noise_of(height: usize, width: usize) -> Tensor {
    noise::tensor(5, NoisePurpose::Start, 0, (1, 4, height, width), DEVICE).unwrap()
}

/// Slow waves in each channel, so that a seam would stand out.
fn waves(height: usize, width: usize) -> Tensor {
    let mut numbers = Vec::new();
    for channel in 0..4_u8 {
        for row in 0..height {
            for column in 0..width {
                let along = column as f32 / 9.0 + row as f32 / 13.0;
                numbers.push((along + f32::from(channel)).sin());
            }
        }
    }
    Tensor::from_vec(numbers, (1, 4, height, width), DEVICE).unwrap()
}

fn tiled(decoder: &VaeDecoder, tiling: VaeTiling, latents: &Tensor) -> Tensor {
    let decode = |tile: &Tensor| -> Result<Tensor> { decoder.forward(tile) };
    tiling.decode(latents, &decode, &mut || Ok(())).unwrap()
}

fn mean(tensor: &Tensor) -> f32 {
    let mean = tensor.abs().unwrap().mean_all().unwrap();
    mean.to_scalar().unwrap()
}

#[test]
fn where_one_tile_covers_all_it_is_the_whole() {
    let decoder = decoder();
    for (height, width, most_whole) in [(16, 16, 0), (16, 7, 0), (20, 18, 360)] {
        let latents = noise_of(height, width);
        let tiling = VaeTiling {
            most_whole,
            ..TILES
        };
        let found = tiled(&decoder, tiling, &latents);
        let expected = decoder.forward(&latents).unwrap();
        assert_eq!(largest(&(found - expected).unwrap()), 0.0);
    }
}

/// Noise has the same mean and spread in each tile. What is left is what tiles cannot see: beyond their borders, and of
/// the whole picture through norms and attention. Measured: 0.17 on average and 0.28 at most, of the numbers'
/// mean and of the largest.
#[test]
fn tiles_make_nearly_the_whole_picture_in_every_size() {
    let decoder = decoder();
    for (height, width) in [(17, 16), (16, 27), (25, 29)] {
        let latents = noise_of(height, width);
        let expected = decoder.forward(&latents).unwrap();
        let found = tiled(&decoder, TILES, &latents);
        assert_eq!(found.dims(), expected.dims());
        let difference = (&found - &expected).unwrap();
        let average = mean(&difference) / mean(&expected);
        let most = largest(&difference) / largest(&expected);
        println!("{height}x{width}: {average:.3} on average, {most:.3} at most");
        assert!(
            average < 0.25 && most < 0.4,
            "{height}x{width}: {average} {most}"
        );
    }
}

/// The largest mean step from one column (or row) of pixels to the next, among these.
fn most_step(picture: &Tensor, axis: usize, first: usize, count: usize) -> f32 {
    let before = picture.narrow(axis, first, count).unwrap();
    let after = picture.narrow(axis, first + 1, count).unwrap();
    let steps = (after - before).unwrap().abs().unwrap();
    let steps = steps.mean((0, 1, 5 - axis)).unwrap();
    steps.max_all().unwrap().to_scalar().unwrap()
}

#[test]
fn no_seam_is_seen() {
    let decoder = decoder();
    for axis in [2, 3] {
        let mut sides = [16, 16];
        sides[axis - 2] = 26;
        let latents = waves(sides[0], sides[1]);
        let found = tiled(&decoder, TILES, &latents);

        // The same two tiles side by side, cut in the middle of what they share.
        let tile = |first, from, count| {
            let tile = latents.narrow(axis, first, 16).unwrap();
            let pixels = decoder.forward(&tile.contiguous().unwrap()).unwrap();
            pixels.narrow(axis, SCALE * from, SCALE * count).unwrap()
        };
        let cut = Tensor::cat(&[tile(0, 0, 13), tile(10, 3, 13)], axis).unwrap();
        let at_cut = most_step(&cut, axis, SCALE * 13 - 1, 1);

        // From the last step before the shared part to the first behind it.
        let blended = most_step(&found, axis, SCALE * 10 - 1, SCALE * 6 + 1);
        let elsewhere = most_step(&found, axis, 0, SCALE * 10 - 1).min(most_step(
            &found,
            axis,
            SCALE * 16,
            SCALE * 10 - 1,
        ));
        println!("{at_cut:.3} if cut, {blended:.3} blended, {elsewhere:.3} elsewhere");
        assert!(blended < 0.75 * at_cut, "{blended} {at_cut}");
        assert!(blended < elsewhere, "{blended} {elsewhere}");
    }
}

/// Counts tiles, and stops after some.
#[derive(Default)]
struct Tiles {
    parts: usize,
    stop_at: Option<usize>,
    pictures: Vec<RgbImage>,
}

impl Progress for Tiles {
    fn step(&mut self, _: usize, _: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn part(&mut self) -> ControlFlow<()> {
        self.parts += 1;
        if self.stop_at == Some(self.parts) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

impl ImageListener for Tiles {
    fn picture(&mut self, _: usize, picture: RgbImage) -> ControlFlow<()> {
        self.pictures.push(picture);
        ControlFlow::Continue(())
    }
}

#[test]
fn whoever_looks_on_can_stop_between_two_tiles() {
    // 16 latents along each side: two tiles of 10.
    let small = VaeTiling {
        most_whole: 100,
        side: 10,
        overlap: 4,
    };
    let few = SdxlRequest {
        steps: 1,
        count: 2,
        ..request()
    };
    let open = || Sdxl::open(&fixture("model"), DEVICE, DType::F32).unwrap();
    let mut tiles = Tiles::default();
    open()
        .with_tiling(small)
        .generate(&few, &mut tiles)
        .unwrap();
    assert_eq!((tiles.parts, tiles.pictures.len()), (6, 2));

    for (stop, pictures) in [(1, 0), (3, 0), (4, 1)] {
        let mut stopped = Tiles {
            stop_at: Some(stop),
            ..Tiles::default()
        };
        let result = open().with_tiling(small).generate(&few, &mut stopped);
        assert!(matches!(result, Err(Error::Stopped)), "{stop}");
        assert_eq!((stopped.parts, stopped.pictures.len()), (stop, pictures));
    }

    // Of its own accord a model decodes such a picture whole.
    let mut whole = Tiles::default();
    open().generate(&few, &mut whole).unwrap();
    assert_eq!((whole.parts, whole.pictures.len()), (0, 2));
    assert_eq!(SCALE * 16, whole.pictures[0].width);
}
