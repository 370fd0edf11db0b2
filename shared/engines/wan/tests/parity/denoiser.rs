//! The transformer: rotary positions, one block, all of it.

use candle_core::DType;
use ourvidz_engine_wan::transformer::Transformer;
use ourvidz_engine_wan::transformer::rotation::Rotation;

use crate::support::{Fixture, assert_close, assert_roughly, config, weights, weights_in};

fn transformer() -> Transformer {
    let weights = weights("transformer", "diffusion_pytorch_model");
    Transformer::new(&config("transformer"), &weights).unwrap()
}

#[test]
fn rotary_positions_agree() {
    let fixture = Fixture::open("rope");
    let heads = fixture.get("heads").transpose(1, 2).unwrap();
    let sigmas_and_timesteps: Vec<usize> = fixture
        .ids("grid")
        .iter()
        .map(|side| *side as usize)
        .collect();
    let rotation = Rotation::new(
        heads.dim(3).unwrap(),
        sigmas_and_timesteps.try_into().unwrap(),
        heads.device(),
    )
    .unwrap();
    let turned = rotation.rotate(&heads).unwrap().transpose(1, 2).unwrap();
    assert_close("rotary positions", &turned, fixture.get("turned"));
}

#[test]
fn a_block_agrees() {
    let (fixture, transformer) = (Fixture::open("transformer"), transformer());
    let rotation = transformer.rotation(&fixture.one("latents")).unwrap();
    let found = transformer.blocks()[0]
        .forward(
            &fixture.one("block.hidden"),
            &fixture.one("block.context"),
            &fixture.one("block.time"),
            &rotation,
        )
        .unwrap();
    assert_close("a block", &found, &fixture.one("block.out"));
}

#[test]
fn the_denoiser_agrees() {
    let (fixture, transformer) = (Fixture::open("transformer"), transformer());
    let latents = fixture.one("latents");
    let rotation = transformer.rotation(&latents).unwrap();
    let timestep = fixture.numbers("timestep")[0];
    let found = transformer
        .forward(&latents, timestep, &fixture.one("context"), &rotation)
        .unwrap();
    assert_close("the denoiser", &found, &fixture.one("out"));
}

#[test]
fn in_half_precision_the_denoiser_stays_near() {
    let fixture = Fixture::open("transformer");
    let weights = weights_in(DType::BF16, "transformer", "diffusion_pytorch_model");
    let transformer = Transformer::new(&config("transformer"), &weights).unwrap();
    let latents = fixture.one("latents");
    let rotation = transformer.rotation(&latents).unwrap();
    let timestep = fixture.numbers("timestep")[0];
    let context = fixture.one("context");
    let found = transformer
        .forward(&latents, timestep, &context, &rotation)
        .unwrap();
    assert_roughly("the denoiser", &found, &fixture.one("out"));
}
