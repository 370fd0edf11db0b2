//! `generate`: one picture or clip, with nothing but this program.

use std::path::{Path, PathBuf};
use std::time::Instant;

use ourvidz_core::Model;

use super::Failure;
use super::arguments::Wish;
use super::open::open;
use super::progress::Bar;
use crate::config::{
    EngineChoice, Source, read_engine, read_models, read_servers, read_step, read_terms,
};
use crate::engine::{Engine, Maker, Stopped, Watch};
use crate::media::{Clip, MediaError, Notes, Picture, encode_png};
use crate::safety::may_generate;
use crate::worker::Order;

/// Makes what was wished for.
pub fn generate(source: &Source, wish: &Wish) -> Result<(), Failure> {
    let seed = wish.seed.unwrap_or_else(random_seed);
    let order = order(wish, seed);
    if !may_generate(order.image(), &read_terms(source)?) {
        return Err(Failure::work("refused by the content policy"));
    }
    let started = Instant::now();
    let mut models = read_models(source)?;
    let mut choice = read_engine(source, &models)?;
    if let Some(weights) = &wish.weights {
        choice = EngineChoice::Candle;
        match wish.job_type.model() {
            Model::Sdxl => models.sdxl = Some(weights.clone()),
            Model::Wan => models.wan = Some(weights.clone()),
        }
    }
    let mut engine = open(choice, &models, &read_servers(source)?, read_step(source)?)?;
    let mut writer = Writer::new(engine.as_ref(), &order, &wish.out).map_err(Failure::work)?;
    let made = match &order {
        Order::Images(image) => engine.text_to_image(image, &mut writer),
        Order::Video(video) => engine.text_to_video(video, &mut writer),
    };
    writer.close(made.is_ok())?;
    made.map_err(Failure::work)?;
    println!(
        "done in {:.1} s, seed {seed}, {} engine",
        started.elapsed().as_secs_f64(),
        engine.name()
    );
    Ok(())
}

fn order(wish: &Wish, seed: u64) -> Order {
    let Wish {
        job_type,
        prompt,
        negative_prompt,
        images,
        ..
    } = wish;
    let mut order = Order::preset(*job_type, prompt, negative_prompt, seed, *images);
    let image = order.image_mut();
    (image.width, image.height) = wish.size.unwrap_or((image.width, image.height));
    image.steps = wish.steps.unwrap_or(image.steps);
    image.guidance = wish.guidance.unwrap_or(image.guidance);
    order
}

fn random_seed() -> u64 {
    let mut bytes = [0_u8; 4];
    let _ = getrandom::fill(&mut bytes);
    u64::from(u32::from_le_bytes(bytes))
}

/// Writes what the engine hands over.
struct Writer<'a> {
    order: &'a Order,
    maker: Maker,
    out: &'a Path,
    clip: Option<Clip>,
    steps: Bar,
    frames: Bar,
    problem: Option<Failure>,
}

impl<'a> Writer<'a> {
    fn new(engine: &dyn Engine, order: &'a Order, out: &'a Path) -> Result<Self, MediaError> {
        let maker = engine.maker(order.image().job_type.model());
        let clip = match order {
            Order::Images(_) => None,
            Order::Video(video) => {
                let notes = Notes::new(maker, &video.image, 0);
                let (width, height) = (video.image.width, video.image.height);
                Some(Clip::new(
                    width,
                    height,
                    video.frames_per_second,
                    &notes.parameters(),
                )?)
            }
        };
        Ok(Self {
            order,
            maker,
            out,
            clip,
            steps: Bar::new("steps"),
            frames: Bar::new("frames"),
            problem: None,
        })
    }

    fn take(&mut self, index: u32, picture: &Picture) -> Result<(), Failure> {
        if let (Some(clip), Order::Video(video)) = (&mut self.clip, self.order) {
            clip.push(picture).map_err(Failure::work)?;
            self.frames.at(index + 1, video.frames);
            return Ok(());
        }
        let notes = Notes::new(self.maker, self.order.image(), index);
        let png = encode_png(picture, &notes).map_err(Failure::work)?;
        write(&numbered(self.out, index), &png)
    }

    fn close(&mut self, complete: bool) -> Result<(), Failure> {
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        match self.clip.take() {
            Some(clip) if complete => {
                self.frames.end();
                write(self.out, &clip.finish().map_err(Failure::work)?)
            }
            _ => Ok(()),
        }
    }
}

impl Watch for Writer<'_> {
    fn step(&mut self, done: u32, total: u32) -> Result<(), Stopped> {
        self.steps.at(done, total);
        if done == total {
            self.steps.end();
        }
        Ok(())
    }

    fn picture(&mut self, index: u32, picture: Picture) -> Result<(), Stopped> {
        self.take(index, &picture).map_err(|problem| {
            self.problem = Some(problem);
            Stopped
        })
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes)
        .map_err(|cause| Failure::work(format!("{}: {cause}", path.display())))?;
    println!(
        "wrote {} ({} KB)",
        path.display(),
        bytes.len().div_ceil(1024)
    );
    Ok(())
}

/// `fox.png`, `fox-1.png`, `fox-2.png`.
fn numbered(out: &Path, index: u32) -> PathBuf {
    if index == 0 {
        return out.to_owned();
    }
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let extension = out.extension().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!("{stem}-{index}.{extension}"))
}
