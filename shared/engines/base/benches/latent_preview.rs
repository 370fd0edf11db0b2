//! What the preview of one picture takes, at the sizes of the published models: it does not depend on weights.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use candle_core::Device;
use divan::{Bencher, black_box};
use ourvidz_engine_base::LatentColours;
use ourvidz_engine_base::noise::{self, NoisePurpose};

fn main() {
    divan::main();
}

fn measure(bencher: Bencher, colours: LatentColours, (height, width): (usize, usize)) {
    let shape = (colours.channels.len(), height, width);
    let latents = noise::tensor(7, NoisePurpose::Start, 0, shape, &Device::Cpu).unwrap();
    bencher.bench_local(|| colours.preview(black_box(&latents)).unwrap());
}

/// SDXL at 1024x1024.
#[divan::bench]
fn sdxl(bencher: Bencher) {
    let colours = LatentColours {
        middle: [128.0; 3],
        channels: &[[30.0; 3]; 4],
    };
    measure(bencher, colours, (128, 128));
}

/// WAN at 832x480.
#[divan::bench]
fn wan(bencher: Bencher) {
    let colours = LatentColours {
        middle: [128.0; 3],
        channels: &[[15.0; 3]; 16],
    };
    measure(bencher, colours, (60, 104));
}
