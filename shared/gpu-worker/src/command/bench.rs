//! `bench`: how fast this machine is.

use std::time::{Duration, Instant};

use ourvidz_core::JobType;

use super::CommandError;
use super::open::open;
use crate::config::{
    EngineChoice, Models, Servers, SettingsSource, read_bounds, read_engine, read_models,
};
use crate::engine::preview::PreviewEngine;
use crate::engine::{Engine, EngineInfo, Observer, Stopped};
use crate::media::{Clip, ImageMetadata, Picture, encode_png, thumbnail};
use crate::worker::Order;

/// Measures what the configured engine does and prints a table.
pub fn bench(source: &SettingsSource, rounds: u8) -> Result<(), CommandError> {
    let models = read_models(source)?;
    match read_engine(source, &models)? {
        EngineChoice::Preview => bench_preview(rounds),
        EngineChoice::Candle => bench_models(source, &models, rounds),
        EngineChoice::Http => Err(CommandError::work(
            "the engine http has no speed of its own",
        )),
    }
}

/// One preset of each configured model. The first round loads weights and is not counted.
fn bench_models(source: &SettingsSource, models: &Models, rounds: u8) -> Result<(), CommandError> {
    let bounds = read_bounds(source)?;
    let mut engine = open(
        EngineChoice::Candle,
        models,
        &Servers::default(),
        Duration::ZERO,
    )?;
    println!("engine: {}", engine.name());
    println!(
        "{:<18} {:>11} {:>6} {:>7} {:>10} {:>12} {:>12}",
        "job type", "size", "steps", "frames", "steps/s", "s each", "pictures/s"
    );
    let presets = [
        (models.sdxl.is_some(), JobType::SdxlImageFast, 1),
        (models.sdxl.is_some(), JobType::SdxlImageFast, 6),
        (models.wan.is_some(), JobType::ImageFast, 1),
        (models.wan.is_some(), JobType::VideoFast, 1),
    ];
    for (_, job_type, count) in presets.into_iter().filter(|(is_there, ..)| *is_there) {
        let order = Order::preset(job_type, "a red fox in snow", "", 1, count).within(&bounds);
        let mut clock = Clock::default();
        for round in 0..=rounds {
            if round == 1 {
                clock = Clock::default();
            }
            clock.started = Some(Instant::now());
            match &order {
                Order::Images(image) => engine.text_to_image(image, &mut clock),
                Order::Video(video) => engine.text_to_video(video, &mut clock),
            }
            .map_err(CommandError::work)?;
            clock.all += clock.started.map_or(Duration::ZERO, |at| at.elapsed());
        }
        clock.print(&order, rounds);
    }
    Ok(())
}

#[derive(Default)]
struct Clock {
    started: Option<Instant>,
    step: Option<Instant>,
    stepping: Duration,
    steps: u32,
    pictures: u32,
    all: Duration,
}

impl Clock {
    fn print(&self, order: &Order, rounds: u8) {
        let image = order.image();
        let frames = match order {
            Order::Images(_) => 1,
            Order::Video(video) => video.frames,
        };
        let assets = u32::from(order.assets()) * u32::from(rounds);
        let rate = |count: u32, time: Duration| f64::from(count) / time.as_secs_f64().max(1e-9);
        println!(
            "{:<18} {:>11} {:>6} {:>7} {:>10.3} {:>12.3} {:>12.3}",
            format!("{} x{}", image.job_type, order.assets()),
            format!("{}x{}", image.width, image.height),
            image.steps,
            frames,
            rate(self.steps, self.stepping),
            self.all.as_secs_f64() / f64::from(assets.max(1)),
            rate(self.pictures, self.all),
        );
    }
}

impl Observer for Clock {
    /// From step to step: what comes before the first and after the last is no step.
    fn step(&mut self, done: u32, _total: u32) -> Result<(), Stopped> {
        if let Some(last) = self.step.filter(|_| done > 1) {
            self.stepping += last.elapsed();
            self.steps += 1;
        }
        self.step = Some(Instant::now());
        Ok(())
    }

    fn picture(&mut self, _index: u32, _picture: Picture) -> Result<(), Stopped> {
        self.pictures += 1;
        Ok(())
    }
}

fn bench_preview(rounds: u8) -> Result<(), CommandError> {
    // Steps of the preview are pauses: without them the numbers are those of the painting.
    let mut engine = PreviewEngine::new(Duration::ZERO);
    println!(
        "engine: {} (steps are pretended and not counted)",
        engine.name()
    );
    println!(
        "{:<18} {:>9} {:>12} {:>12}",
        "job type", "pictures", "paint each", "pack each"
    );
    for job_type in [JobType::SdxlImageFast, JobType::ImageFast] {
        let order = Order::preset(job_type, "a red fox in snow", "", 1, rounds);
        let mut timer = Timer::new(engine.info(order.image().job_type.model()), &order);
        engine
            .text_to_image(order.image(), &mut timer)
            .map_err(CommandError::work)?;
        timer.print(job_type)?;
    }
    let order = Order::preset(JobType::VideoFast, "a red fox in snow", "", 1, 1);
    if let Order::Video(video) = &order {
        let mut timer = Timer::new(engine.info(order.image().job_type.model()), &order);
        let (width, height) = (video.image.width, video.image.height);
        timer.clip = Some(
            Clip::new(
                width,
                height,
                video.frames_per_second,
                "bench",
                timer.metadata.source,
            )
            .map_err(CommandError::work)?,
        );
        engine
            .text_to_video(video, &mut timer)
            .map_err(CommandError::work)?;
        timer.print(JobType::VideoFast)?;
    }
    Ok(())
}

struct Timer {
    metadata: ImageMetadata,
    clip: Option<Clip>,
    last: Instant,
    paint: Duration,
    pack: Duration,
    pictures: u32,
    problem: Option<String>,
}

impl Timer {
    fn new(info: EngineInfo, order: &Order) -> Self {
        Self {
            metadata: ImageMetadata::new(info, order.image(), 0),
            clip: None,
            last: Instant::now(),
            paint: Duration::ZERO,
            pack: Duration::ZERO,
            pictures: 0,
            problem: None,
        }
    }

    fn print(&self, job_type: JobType) -> Result<(), CommandError> {
        if let Some(problem) = &self.problem {
            return Err(CommandError::work(problem));
        }
        let each = |time: Duration| {
            format!(
                "{:.1} ms",
                time.as_secs_f64() * 1000.0 / f64::from(self.pictures.max(1))
            )
        };
        println!(
            "{:<18} {:>9} {:>12} {:>12}",
            job_type.as_str(),
            self.pictures,
            each(self.paint),
            each(self.pack)
        );
        Ok(())
    }
}

impl Observer for Timer {
    fn step(&mut self, _done: u32, _total: u32) -> Result<(), Stopped> {
        self.last = Instant::now();
        Ok(())
    }

    fn picture(&mut self, _index: u32, picture: Picture) -> Result<(), Stopped> {
        self.paint += self.last.elapsed();
        let packing = Instant::now();
        let packed = match &mut self.clip {
            Some(clip) => clip.push(&picture),
            None => encode_png(&picture, &self.metadata)
                .and_then(|_| thumbnail(&picture, self.metadata.source))
                .map(drop),
        };
        self.pack += packing.elapsed();
        self.pictures += 1;
        self.last = Instant::now();
        packed.map_err(|problem| {
            self.problem = Some(problem.to_string());
            Stopped
        })
    }
}
