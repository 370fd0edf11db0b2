//! The VAE, and the whole way from text to frames.

use std::ops::ControlFlow;

use candle_core::{DType, Device, Tensor};
use ourvidz_engine_base::Progress;
use ourvidz_engine_wan::vae::Vae;
use ourvidz_engine_wan::{Frame, VideoListener, Wan, WanRequest, WanSolver, denoise};

use crate::support::{Fixture, assert_close, config, tiny, weights};

/// As in tests/parity/wan/stages.py.
const PROMPT: &str = "A red cat walks slowly over the old bridge, golden light, static camera";
const NEGATIVE: &str = "low quality, worst, blur, static picture";

fn vae() -> Vae {
    Vae::new(&config("vae"), &weights("vae", "diffusion_pytorch_model")).unwrap()
}

/// All pixels of raw latents, (3, frames, rows, columns), and how many frames came at a time.
fn decode_raw(vae: &Vae, latents: &Tensor) -> (Tensor, Vec<usize>) {
    let mut chunks = Vec::new();
    vae.decode(latents, |pixels| {
        chunks.push(pixels);
        Ok(())
    })
    .unwrap();
    let counts = chunks.iter().map(|chunk| chunk.dim(0).unwrap()).collect();
    (
        Tensor::cat(&chunks, 0).unwrap().transpose(0, 1).unwrap(),
        counts,
    )
}

#[test]
fn decoding_agrees_over_several_chunks() {
    let fixture = Fixture::open("vae");
    let (pixels, counts) = decode_raw(&vae(), &fixture.one("latents"));
    assert_eq!(counts, [1, 4, 4, 4]);
    let expected = fixture.one("pixels");
    for frame in 0..13 {
        let of = |pixels: &Tensor| pixels.narrow(1, frame, 1).unwrap();
        assert_close(&format!("frame {frame}"), &of(&pixels), &of(&expected));
    }
}

#[test]
fn encoding_agrees_over_several_chunks() {
    let fixture = Fixture::open("vae");
    let pixels = fixture.one("to_encode").transpose(0, 1).unwrap();
    let latents = vae().encode(&pixels).unwrap();
    assert_close("latents", &latents, &fixture.one("encoded"));
}

#[test]
fn frames_that_do_not_fill_a_chunk_are_not_encoded() {
    let pixels = Tensor::zeros((4, 3, 16, 16), DType::F32, &Device::Cpu).unwrap();
    let error = vae().encode(&pixels).unwrap_err();
    assert!(error.to_string().contains("4 frames"), "{error}");
}

fn request(solver: WanSolver) -> WanRequest {
    WanRequest {
        prompt: PROMPT.to_owned(),
        negative_prompt: Some(NEGATIVE.to_owned()),
        width: 48,
        height: 64,
        frames: 9,
        steps: 6,
        guidance: 6.5,
        shift: 5.0,
        solver,
        tea_cache: None,
        seed: 7,
    }
}

/// Keeps the frames.
#[derive(Default)]
struct Frames(Vec<Frame>);

impl Progress for Frames {
    fn step(&mut self, _: usize, _: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl VideoListener for Frames {
    fn frame(&mut self, _: usize, _: usize, frame: Frame) -> ControlFlow<()> {
        self.0.push(frame);
        ControlFlow::Continue(())
    }
}

#[test]
fn the_latents_agree_after_all_steps() {
    let fixture = Fixture::open("loop");
    let mut wan = Wan::open(&tiny(), &Device::Cpu, DType::F32).unwrap();
    let context = wan.read(&request(WanSolver::Euler)).unwrap();
    for (name, solver) in [("euler", WanSolver::Euler), ("unipc", WanSolver::UniPc)] {
        let mut go_on = |_, _| ControlFlow::Continue(());
        let start = fixture.one("latents");
        let request = request(solver);
        let made = denoise(wan.transformer(), &start, &request, &context, &mut go_on).unwrap();
        let latents = made.latents;
        assert_close(name, &latents, &fixture.one(&format!("{name}.latents")));
    }
}

#[test]
fn a_request_becomes_the_same_frames() {
    let mut wan = Wan::open(&tiny(), &Device::Cpu, DType::F32).unwrap();
    let mut frames = Frames::default();
    wan.generate(&request(WanSolver::Euler), &mut frames)
        .unwrap();
    let all = Fixture::open("loop").one("frames");
    assert_eq!(frames.0.len(), all.dim(0).unwrap());
    for (number, frame) in frames.0.iter().enumerate() {
        assert_eq!((frame.width, frame.height), (48, 64));
        let expected = all.get(number).unwrap().permute((1, 2, 0)).unwrap();
        let expected: Vec<f32> = expected.flatten_all().unwrap().to_vec1().unwrap();
        assert_eq!(frame.rgb.len(), expected.len());
        for (found, expected) in frame.rgb.iter().zip(expected) {
            // Half a step of eight bits, and a little for a number in the middle of two.
            assert!(
                (f32::from(*found) - 255.0 * expected).abs() < 0.51,
                "frame {number}"
            );
        }
    }
}
