//! `bench`: how fast this machine is.

use std::time::{Duration, Instant};

use ourvidz_core::JobType;

use super::Failure;
use crate::engine::preview::Preview;
use crate::engine::{Engine, Stopped, Watch};
use crate::media::{Clip, Notes, Picture, encode_png, thumbnail};
use crate::worker::Order;

/// Measures each kind of work and prints a table.
pub fn bench(rounds: u8) -> Result<(), Failure> {
    // Steps of the preview are pauses: without them the numbers are those of the painting.
    let mut engine = Preview::new(Duration::ZERO);
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
        let mut timer = Timer::new(&order);
        engine
            .text_to_image(order.image(), &mut timer)
            .map_err(Failure::work)?;
        timer.print(job_type)?;
    }
    let order = Order::preset(JobType::VideoFast, "a red fox in snow", "", 1, 1);
    if let Order::Video(video) = &order {
        let mut timer = Timer::new(&order);
        let (width, height) = (video.image.width, video.image.height);
        timer.clip = Some(
            Clip::new(width, height, video.frames_per_second, "bench").map_err(Failure::work)?,
        );
        engine
            .text_to_video(video, &mut timer)
            .map_err(Failure::work)?;
        timer.print(JobType::VideoFast)?;
    }
    Ok(())
}

struct Timer {
    notes: Notes,
    clip: Option<Clip>,
    last: Instant,
    paint: Duration,
    pack: Duration,
    pictures: u32,
    problem: Option<String>,
}

impl Timer {
    fn new(order: &Order) -> Self {
        Self {
            notes: Notes::new("preview", true, order.image(), 0),
            clip: None,
            last: Instant::now(),
            paint: Duration::ZERO,
            pack: Duration::ZERO,
            pictures: 0,
            problem: None,
        }
    }

    fn print(&self, job_type: JobType) -> Result<(), Failure> {
        if let Some(problem) = &self.problem {
            return Err(Failure::work(problem));
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

impl Watch for Timer {
    fn step(&mut self, _done: u32, _total: u32) -> Result<(), Stopped> {
        self.last = Instant::now();
        Ok(())
    }

    fn picture(&mut self, _index: u32, picture: Picture) -> Result<(), Stopped> {
        self.paint += self.last.elapsed();
        let packing = Instant::now();
        let packed = match &mut self.clip {
            Some(clip) => clip.push(&picture),
            None => encode_png(&picture, &self.notes)
                .and_then(|_| thumbnail(&picture))
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
