//! The whole way, from a prompt to pixels.

use std::ops::ControlFlow;

use candle_core::{DType, Device};
use ourvidz_engine_base::{Error, Progress};
use ourvidz_engine_sdxl::{
    ImageListener, InitImage, RgbImage, Sdxl, SdxlPart, SdxlRequest, SdxlSampler,
};
use serde::Deserialize;

use crate::fixture;

/// Two programs round numbers near a half differently: no more than by one of 255.
pub const LARGEST_STEP: u8 = 1;

/// The request that the fixture's picture was made of.
#[derive(Deserialize)]
struct Asked {
    prompt: String,
    negative_prompt: String,
    width: usize,
    height: usize,
    steps: usize,
    guidance: f64,
    seed: u64,
    change: f64,
}

fn asked() -> Asked {
    let text = std::fs::read_to_string(fixture("picture/fox.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The request of the fixture, from text alone.
pub fn request() -> SdxlRequest {
    let asked = asked();
    SdxlRequest {
        prompt: asked.prompt,
        negative_prompt: asked.negative_prompt,
        width: asked.width,
        height: asked.height,
        steps: asked.steps,
        guidance: asked.guidance,
        seed: asked.seed,
        count: 1,
        sampler: SdxlSampler::Euler,
        start: None,
        adapter_images: Vec::new(),
    }
}

/// The picture that the fixture's request makes.
pub fn expected() -> RgbImage {
    read("picture/fox.png")
}

pub fn read(name: &str) -> RgbImage {
    let file = std::io::BufReader::new(std::fs::File::open(fixture(name)).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgb).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    RgbImage::new(info.width as usize, info.height as usize, rgb).unwrap()
}

/// Keeps what it hears, and stops where it is told to.
#[derive(Default)]
pub struct Kept {
    steps: Vec<(usize, usize)>,
    pub pictures: Vec<(usize, RgbImage)>,
    stop_at_step: Option<usize>,
    stop_at_picture: Option<usize>,
}

fn flow(stops: bool) -> ControlFlow<()> {
    if stops {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

impl Progress for Kept {
    fn step(&mut self, done: usize, total: usize) -> ControlFlow<()> {
        self.steps.push((done, total));
        flow(self.stop_at_step == Some(done))
    }
}

impl ImageListener for Kept {
    fn picture(&mut self, index: usize, picture: RgbImage) -> ControlFlow<()> {
        self.pictures.push((index, picture));
        flow(self.stop_at_picture == Some(index))
    }
}

fn model() -> Sdxl {
    Sdxl::open(&fixture("model"), &Device::Cpu, DType::F32).unwrap()
}

fn made(request: &SdxlRequest) -> Kept {
    let mut kept = Kept::default();
    model().generate(request, &mut kept).unwrap();
    kept
}

pub fn largest_step(left: &RgbImage, right: &RgbImage) -> u8 {
    assert_eq!((left.width, left.height), (right.width, right.height));
    left.rgb
        .iter()
        .zip(&right.rgb)
        .map(|(left, right)| left.abs_diff(*right))
        .max()
        .unwrap()
}

#[test]
fn a_picture_is_the_same_as_diffusers_makes() {
    let kept = made(&request());
    assert_eq!(
        kept.steps,
        (1..=15).map(|done| (done, 15)).collect::<Vec<_>>()
    );
    let [(0, picture)] = kept.pictures.as_slice() else {
        panic!("{} pictures", kept.pictures.len());
    };
    let step = largest_step(picture, &expected());
    println!("largest step {step}");
    assert!(step <= LARGEST_STEP, "{step}");
}

#[test]
fn a_picture_from_a_picture_is_the_same_as_diffusers_makes() {
    let kept = made(&SdxlRequest {
        sampler: SdxlSampler::DpmPlusPlus2MKarras,
        start: Some(InitImage {
            picture: expected(),
            change: asked().change,
        }),
        ..request()
    });
    assert_eq!(kept.steps.last(), Some(&(9, 9)));
    let step = largest_step(&kept.pictures[0].1, &read("picture/fox-again.png"));
    println!("largest step {step}");
    assert!(step <= LARGEST_STEP, "{step}");
}

#[test]
fn a_batch_is_the_pictures_of_its_seeds() {
    let few = SdxlRequest {
        steps: 3,
        ..request()
    };
    let batch = made(&SdxlRequest {
        count: 7,
        ..few.clone()
    });
    // Six at once, then one.
    assert_eq!(batch.steps.last(), Some(&(6, 6)));
    assert_eq!(
        batch
            .pictures
            .iter()
            .map(|(index, _)| *index)
            .collect::<Vec<_>>(),
        [0, 1, 2, 3, 4, 5, 6]
    );
    for index in [0, 2, 6] {
        let alone = made(&SdxlRequest {
            seed: few.seed + index as u64,
            ..few.clone()
        });
        assert!(largest_step(&batch.pictures[index].1, &alone.pictures[0].1) <= LARGEST_STEP);
    }
    assert!(largest_step(&batch.pictures[0].1, &batch.pictures[1].1) > 50);
}

#[test]
fn everything_asked_for_matters() {
    let few = SdxlRequest {
        steps: 2,
        ..request()
    };
    let plain = made(&few);
    let start = InitImage {
        picture: expected(),
        change: 1.0,
    };
    let changes: [(&str, SdxlRequest); 7] = [
        (
            "prompt",
            SdxlRequest {
                prompt: "a blue lake".to_owned(),
                ..few.clone()
            },
        ),
        (
            "negative prompt",
            SdxlRequest {
                negative_prompt: String::new(),
                ..few.clone()
            },
        ),
        (
            "no guidance",
            SdxlRequest {
                guidance: 1.0,
                ..few.clone()
            },
        ),
        (
            "guidance",
            SdxlRequest {
                guidance: 7.5,
                ..few.clone()
            },
        ),
        (
            "sampler",
            SdxlRequest {
                sampler: SdxlSampler::DpmPlusPlus2MKarras,
                ..few.clone()
            },
        ),
        (
            "steps",
            SdxlRequest {
                steps: 3,
                ..few.clone()
            },
        ),
        (
            "start",
            SdxlRequest {
                start: Some(start),
                ..few
            },
        ),
    ];
    for (what, request) in changes {
        let other = made(&request);
        assert!(
            largest_step(&plain.pictures[0].1, &other.pictures[0].1) > LARGEST_STEP,
            "{what}"
        );
    }
}

#[test]
fn what_comes_far_behind_in_a_long_prompt_is_seen() {
    let with = |last: &str| {
        let prompt = format!("{} {last}", "a hill and a lake ".repeat(12));
        made(&SdxlRequest {
            prompt,
            steps: 2,
            ..request()
        })
    };
    let [fox, bird] = ["a fox", "a bird"].map(with);
    assert!(largest_step(&fox.pictures[0].1, &bird.pictures[0].1) > LARGEST_STEP);
}

#[test]
fn whoever_looks_on_can_stop_at_each_step() {
    for stop in [1, 2] {
        let mut kept = Kept {
            stop_at_step: Some(stop),
            ..Kept::default()
        };
        let result = model().generate(&request(), &mut kept);
        assert!(matches!(result, Err(Error::Stopped)));
        assert_eq!(kept.steps.len(), stop);
        assert!(kept.pictures.is_empty());
    }
    let mut kept = Kept {
        stop_at_picture: Some(0),
        ..Kept::default()
    };
    let three = SdxlRequest {
        count: 3,
        steps: 1,
        ..request()
    };
    assert!(matches!(
        model().generate(&three, &mut kept),
        Err(Error::Stopped)
    ));
    assert_eq!(kept.pictures.len(), 1);
}

#[test]
fn parts_come_and_go() {
    let mut model = model();
    assert!(SdxlPart::ALL.iter().all(|part| !model.is_loaded(*part)));
    let few = SdxlRequest {
        steps: 1,
        ..request()
    };
    let mut first = Kept::default();
    model.generate(&few, &mut first).unwrap();
    assert!(SdxlPart::ALL.iter().all(|part| model.is_loaded(*part)));
    for part in SdxlPart::ALL {
        assert!(model.memory_bytes(part).unwrap() > 100_000);
        model.unload(part);
        assert!(!model.is_loaded(part));
    }
    let mut second = Kept::default();
    model.generate(&few, &mut second).unwrap();
    assert_eq!(first.pictures, second.pictures);
}

#[test]
fn half_precision_makes_nearly_the_same_picture() {
    let few = SdxlRequest {
        steps: 2,
        ..request()
    };
    let mut rough = Kept::default();
    let mut model = Sdxl::open(&fixture("model"), &Device::Cpu, DType::F16).unwrap();
    model.generate(&few, &mut rough).unwrap();
    let exact = made(&few).pictures.remove(0).1;
    let total: u32 = exact
        .rgb
        .iter()
        .zip(&rough.pictures[0].1.rgb)
        .map(|(a, b)| u32::from(a.abs_diff(*b)))
        .sum();
    let mean = f64::from(total) / exact.rgb.len() as f64;
    assert!(mean < 12.0, "the pictures differ by {mean} on average");
}
