//! How the pictures look between the steps, for whoever wants to see it.

use std::ops::ControlFlow;

use candle_core::{DType, Device};
use ourvidz_engine_base::{LatentPreview, Progress};
use ourvidz_engine_sdxl::{ImageListener, RgbImage, Sdxl, SdxlRequest, SdxlSampler};

use crate::fixture;
use crate::picture::{Kept, request};

/// Wants to see the pictures after these steps, counted from 1.
struct Curious {
    wanted: &'static [usize],
    done: usize,
    asked: Vec<usize>,
    previews: Vec<(usize, usize, LatentPreview)>,
    pictures: Vec<(usize, RgbImage)>,
}

impl Curious {
    fn of(wanted: &'static [usize]) -> Self {
        Self {
            wanted,
            done: 0,
            asked: Vec::new(),
            previews: Vec::new(),
            pictures: Vec::new(),
        }
    }
}

impl Progress for Curious {
    fn step(&mut self, done: usize, _: usize) -> ControlFlow<()> {
        self.done = done;
        ControlFlow::Continue(())
    }

    fn wants_preview(&mut self) -> bool {
        self.asked.push(self.done);
        self.wanted.contains(&self.done)
    }

    fn preview(&mut self, index: usize, preview: LatentPreview) {
        self.previews.push((self.done, index, preview));
    }
}

impl ImageListener for Curious {
    fn picture(&mut self, index: usize, picture: RgbImage) -> ControlFlow<()> {
        self.pictures.push((index, picture));
        ControlFlow::Continue(())
    }
}

fn seen(request: &SdxlRequest, wanted: &'static [usize]) -> Curious {
    let mut curious = Curious::of(wanted);
    let mut model = Sdxl::open(&fixture("model"), &Device::Cpu, DType::F32).unwrap();
    model.generate(request, &mut curious).unwrap();
    curious
}

#[test]
fn all_pictures_are_seen_after_each_wanted_step_but_the_last_of_a_batch() {
    let few = SdxlRequest {
        steps: 3,
        count: 7,
        ..request()
    };
    // Six at once in the steps 1 to 3, then one in 4 to 6.
    let curious = seen(&few, &[2, 3, 5]);
    assert_eq!(curious.asked, [1, 2, 4, 5]);
    let shown: Vec<(usize, usize)> = curious
        .previews
        .iter()
        .map(|each| (each.0, each.1))
        .collect();
    let expected = (0..6).map(|index| (2, index)).chain([(5, 6)]);
    assert_eq!(shown, expected.collect::<Vec<_>>());
    for (_, _, preview) in &curious.previews {
        let (width, height) = (few.width / 4, few.height / 4);
        assert_eq!((preview.width, preview.height), (width, height));
        assert_eq!(preview.rgb.len(), 3 * width * height);
    }
    let [first, second] = [0, 1].map(|index| &curious.previews[index].2);
    assert_ne!(first.rgb, second.rgb, "each picture is its own");
}

#[test]
fn looking_changes_no_picture() {
    for sampler in [SdxlSampler::Euler, SdxlSampler::DpmPlusPlus2MKarras] {
        let few = SdxlRequest {
            steps: 3,
            sampler,
            ..request()
        };
        let curious = seen(&few, &[1, 2]);
        assert_eq!(curious.previews.len(), 2);
        let mut unseen = Kept::default();
        let mut model = Sdxl::open(&fixture("model"), &Device::Cpu, DType::F32).unwrap();
        model.generate(&few, &mut unseen).unwrap();
        assert_eq!(curious.pictures, unseen.pictures);
    }
}
