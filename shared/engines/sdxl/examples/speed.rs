//! How fast a full-size SDXL runs here, with random weights: they show speed and memory, and nothing of quality.
//!
//! ```sh
//! cargo run --release -p ourvidz-engine-sdxl --features cudnn --example speed -- --device cuda --batch 6
//! ```
//!
//! `--weights <folder or file>` takes real weights instead; `--side`, `--steps`, `--batch`, `--rounds` and
//! `--precision` change what is measured. The first round is warm-up and not counted.

#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use candle_core::DType;
use ourvidz_engine_base::device::{DeviceName, parse_precision};
use ourvidz_engine_base::{Error, Progress, Result};
use ourvidz_engine_sdxl::{ImageListener, RgbImage, Sdxl, SdxlPart, SdxlRequest, SdxlSampler};

/// What is measured unless told otherwise: the product's fast preset in its largest batch.
struct Settings {
    device_name: DeviceName,
    precision: Option<DType>,
    weights: Option<PathBuf>,
    side: usize,
    steps: usize,
    batch: usize,
    rounds: usize,
}

impl Settings {
    fn read() -> Result<Self> {
        let mut settings = Self {
            device_name: DeviceName::Cpu,
            precision: None,
            weights: None,
            side: 1024,
            steps: 15,
            batch: 6,
            rounds: 3,
        };
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            let value = words.next().unwrap_or_default();
            let number = || {
                let wrong = |_| Error::Request(format!("{name} wants a number, not {value:?}"));
                value.parse::<usize>().map_err(wrong)
            };
            match name.as_str() {
                "--device" => settings.device_name = value.parse()?,
                "--precision" => settings.precision = Some(parse_precision(&value)?),
                "--weights" => settings.weights = Some(value.into()),
                "--side" => settings.side = number()?,
                "--steps" => settings.steps = number()?,
                "--batch" => settings.batch = number()?,
                "--rounds" => settings.rounds = number()?,
                _ => return Err(Error::Request(format!("there is no {name}"))),
            }
        }
        Ok(settings)
    }
}

/// Notes when the first picture came. Steps are not timed: a GPU works on them long after they were asked for.
struct Clock {
    start: Instant,
    pictures: usize,
}

impl Progress for Clock {
    fn step(&mut self, _: usize, _: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl ImageListener for Clock {
    fn picture(&mut self, _: usize, _: RgbImage) -> ControlFlow<()> {
        if self.pictures == 0 {
            println!(
                "  first picture after {:.2} s",
                self.start.elapsed().as_secs_f64()
            );
        }
        self.pictures += 1;
        ControlFlow::Continue(())
    }
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::read()?;
    let device = settings.device_name.open()?;
    let precision = settings
        .precision
        .unwrap_or(settings.device_name.natural_precision());
    let start = Instant::now();
    let mut model = match &settings.weights {
        Some(path) => Sdxl::open(path, &device, precision)?,
        None => Sdxl::random(&device, precision),
    };
    for part in SdxlPart::ALL {
        model.load(part)?;
        println!("{part:?}: {:.2} GB", model.memory_bytes(part)? as f64 / 1e9);
    }
    device.synchronize()?;
    println!(
        "in memory after {:.1} s, {precision:?} on {}",
        start.elapsed().as_secs_f64(),
        settings.device_name
    );

    let mut counted = Duration::ZERO;
    for round in 0..=settings.rounds {
        let request = SdxlRequest {
            prompt: "a red fox in snow, film grain".to_owned(),
            negative_prompt: "blurry, low quality".to_owned(),
            width: settings.side,
            height: settings.side,
            steps: settings.steps,
            guidance: 5.0,
            seed: round as u64,
            count: settings.batch,
            sampler: SdxlSampler::Euler,
            start: None,
            adapter_images: Vec::new(),
        };
        let mut clock = Clock {
            start: Instant::now(),
            pictures: 0,
        };
        model.generate(&request, &mut clock)?;
        let took = clock.start.elapsed();
        let seconds = took.as_secs_f64();
        let name = if round == 0 { "warm-up" } else { "round" };
        println!(
            "{name}: {seconds:.2} s, {:.3} s a picture",
            seconds / settings.batch as f64
        );
        if round > 0 {
            counted += took;
        }
    }
    let pictures = (settings.rounds * settings.batch).max(1);
    println!(
        "{:.3} s a picture over {} rounds",
        counted.as_secs_f64() / pictures as f64,
        settings.rounds
    );
    Ok(())
}
