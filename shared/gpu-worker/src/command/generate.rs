//! `generate`: one picture or clip, with nothing but this program.

use std::path::{Path, PathBuf};
use std::time::Instant;

use ourvidz_core::Model;

use super::CommandError;
use super::arguments::GenerateOptions;
use super::open::open;
use super::progress::ProgressBar;
use crate::config::{
    EngineChoice, SettingsSource, read_credentials, read_engine, read_models, read_servers,
    read_step, read_terms,
};
use crate::credentials::{ContentCredentials, FileKind, Origin};
use crate::engine::{Engine, EngineInfo, Observer, Stopped};
use crate::media::{Clip, ImageMetadata, MediaError, Picture, encode_png};
use crate::safety::may_generate;
use crate::worker::Order;

/// Makes what was wished for.
pub fn generate(source: &SettingsSource, options: &GenerateOptions) -> Result<(), CommandError> {
    let seed = options.seed.unwrap_or_else(random_seed);
    let order = order(options, seed);
    if !may_generate(order.image(), &read_terms(source)?) {
        return Err(CommandError::work("refused by the content policy"));
    }
    let started = Instant::now();
    let mut models = read_models(source)?;
    let mut choice = read_engine(source, &models)?;
    if let Some(weights) = &options.weights {
        choice = EngineChoice::Candle;
        match options.job_type.model() {
            Model::Sdxl => models.sdxl = Some(weights.clone()),
            Model::Wan => models.wan = Some(weights.clone()),
        }
    }
    let mut engine = open(choice, &models, &read_servers(source)?, read_step(source)?)?;
    let credentials = ContentCredentials::open(&read_credentials(source)?, crate::log::now_ms)
        .map_err(CommandError::work)?;
    let mut writer = Writer::new(engine.as_ref(), &order, &options.out, credentials)
        .map_err(CommandError::work)?;
    let made = match &order {
        Order::Images(image) => engine.text_to_image(image, &mut writer),
        Order::Video(video) => engine.text_to_video(video, &mut writer),
    };
    writer.close(made.is_ok())?;
    made.map_err(CommandError::work)?;
    println!(
        "done in {:.1} s, seed {seed}, {} engine",
        started.elapsed().as_secs_f64(),
        engine.name()
    );
    Ok(())
}

fn order(options: &GenerateOptions, seed: u64) -> Order {
    let GenerateOptions {
        job_type,
        prompt,
        negative_prompt,
        images,
        ..
    } = options;
    let mut order = Order::preset(*job_type, prompt, negative_prompt, seed, *images);
    let image = order.image_mut();
    (image.width, image.height) = options.size.unwrap_or((image.width, image.height));
    image.steps = options.steps.unwrap_or(image.steps);
    image.guidance = options.guidance.unwrap_or(image.guidance);
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
    info: EngineInfo,
    out: &'a Path,
    credentials: Option<ContentCredentials>,
    clip: Option<Clip>,
    steps: ProgressBar,
    frames: ProgressBar,
    problem: Option<CommandError>,
}

impl<'a> Writer<'a> {
    fn new(
        engine: &dyn Engine,
        order: &'a Order,
        out: &'a Path,
        credentials: Option<ContentCredentials>,
    ) -> Result<Self, MediaError> {
        let info = engine.info(order.image().job_type.model());
        let clip = match order {
            Order::Images(_) => None,
            Order::Video(video) => {
                let metadata = ImageMetadata::new(info, &video.image, 0);
                let (width, height) = (video.image.width, video.image.height);
                Some(Clip::new(
                    width,
                    height,
                    video.frames_per_second,
                    &metadata.parameters(),
                    metadata.source,
                )?)
            }
        };
        Ok(Self {
            order,
            info,
            out,
            credentials,
            clip,
            steps: ProgressBar::new("steps"),
            frames: ProgressBar::new("frames"),
            problem: None,
        })
    }

    fn take(&mut self, index: u32, picture: &Picture) -> Result<(), CommandError> {
        if let (Some(clip), Order::Video(video)) = (&mut self.clip, self.order) {
            clip.push(picture).map_err(CommandError::work)?;
            self.frames.at(index + 1, video.frames);
            return Ok(());
        }
        let metadata = ImageMetadata::new(self.info, self.order.image(), index);
        let png = encode_png(picture, &metadata).map_err(CommandError::work)?;
        self.write(&numbered(self.out, index), FileKind::Png, png, &metadata)
    }

    fn write(
        &self,
        path: &Path,
        kind: FileKind,
        file: Vec<u8>,
        metadata: &ImageMetadata,
    ) -> Result<(), CommandError> {
        let file = match &self.credentials {
            Some(credentials) => credentials
                .sign(kind, file, Origin::of(metadata))
                .map_err(CommandError::work)?,
            None => file,
        };
        write(path, &file)
    }

    fn close(&mut self, complete: bool) -> Result<(), CommandError> {
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        match self.clip.take() {
            Some(clip) if complete => {
                self.frames.end();
                let metadata = ImageMetadata::new(self.info, self.order.image(), 0);
                let clip = clip.finish().map_err(CommandError::work)?;
                self.write(self.out, FileKind::Mp4, clip, &metadata)
            }
            _ => Ok(()),
        }
    }
}

impl Observer for Writer<'_> {
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

fn write(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    std::fs::write(path, bytes)
        .map_err(|cause| CommandError::work(format!("{}: {cause}", path.display())))?;
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
