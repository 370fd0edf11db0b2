//! From a request to frames.

use std::ops::ControlFlow;
use std::path::Path;

use candle_core::{DType, Device, Tensor};

use ourvidz_engine_base::noise::{self, NoisePurpose};
use ourvidz_engine_base::output::{InvalidOutput, check_finite, check_picture};
use ourvidz_engine_base::progress::proceed;
use ourvidz_engine_base::{Error, Progress, Result};

use crate::folder::{Folder, LONGEST_TEXT};
use crate::negative;
use crate::preview;
use crate::request::{ClipSize, Frame, Strides, VideoListener, WanRequest};
use crate::schedule::Schedule;
use crate::tea_cache::TeaCache;
use crate::text::{Tokens, Umt5Encoder};
use crate::transformer::{Blocks, Transformer};
use crate::vae::Vae;

/// The model. The text encoder comes into memory when a text is to be read, and can be sent away in between.
#[derive(Debug)]
pub struct Wan {
    folder: Folder,
    device: Device,
    precision: DType,
    tokens: Tokens,
    text_encoder: Option<Umt5Encoder>,
    transformer: Transformer,
    vae: Vae,
    /// What the official negative prompt means to the model: the same for every request.
    official_negative: Option<Tensor>,
}

/// What a clip is made towards, and away from.
#[derive(Debug, Clone)]
pub struct TextContext {
    /// The prompt: (tokens, size).
    pub prompt: Tensor,
    /// The negative prompt, unless guidance does not ask for it.
    pub negative: Option<Tensor>,
}

impl Wan {
    /// Loads the denoiser and the VAE from a folder in diffusers' layout; the text encoder follows when needed.
    ///
    /// # Errors
    ///
    /// When a file is missing or of another model, or the device has no memory for it.
    pub fn open(path: &Path, device: &Device, precision: DType) -> Result<Self> {
        let folder = Folder::new(path);
        Ok(Self {
            tokens: folder.tokens()?,
            text_encoder: None,
            transformer: folder.transformer(device, precision)?,
            vae: folder.vae(device)?,
            official_negative: None,
            device: device.clone(),
            precision,
            folder,
        })
    }

    /// Whether the text encoder is in memory.
    #[must_use]
    pub const fn has_text_encoder(&self) -> bool {
        self.text_encoder.is_some()
    }

    /// Gives the text encoder's memory back. The next request loads it again.
    pub fn drop_text_encoder(&mut self) {
        self.text_encoder = None;
    }

    #[must_use]
    pub const fn transformer(&self) -> &Transformer {
        &self.transformer
    }

    /// What makes frames of latents.
    #[must_use]
    pub const fn vae(&self) -> &Vae {
        &self.vae
    }

    /// The folder that it came from.
    #[must_use]
    pub const fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Makes a clip. Between the two calls that this consists of, the text encoder may go:
    /// see [`Self::read`] and [`Self::make`].
    ///
    /// # Errors
    ///
    /// When the request cannot be met, `listener` breaks off, the device fails, or what comes out is no picture.
    pub fn generate(
        &mut self,
        request: &WanRequest,
        listener: &mut dyn VideoListener,
    ) -> Result<ClipSize> {
        // Refused before gigabytes are loaded.
        self.strides().plan(request)?;
        Schedule::new(request.solver, request.steps, request.shift)?;
        let context = self.read(request)?;
        self.make(request, &context, listener)
    }

    /// Reads the request's texts, with the text encoder, which is loaded if it is not there.
    ///
    /// # Errors
    ///
    /// When the text encoder cannot be loaded, or the device fails.
    pub fn read(&mut self, request: &WanRequest) -> Result<TextContext> {
        let prompt = self.read_text(&request.prompt)?;
        let negative = match &request.negative_prompt {
            _ if request.guidance <= 1.0 => None,
            Some(text) => Some(self.read_text(text)?),
            None => Some(self.read_official_negative()?),
        };
        Ok(TextContext { prompt, negative })
    }

    /// Makes the clip of texts that were read.
    ///
    /// # Errors
    ///
    /// As [`Self::generate`].
    pub fn make(
        &self,
        request: &WanRequest,
        context: &TextContext,
        listener: &mut dyn VideoListener,
    ) -> Result<ClipSize> {
        let (made, size) = self.strides().plan(request)?;
        let shape = (
            self.transformer.config().in_channels,
            size.frames,
            size.rows,
            size.columns,
        );
        let start = noise::tensor(request.seed, NoisePurpose::Start, 0, shape, &self.device)?;
        let Denoised { latents, .. } =
            denoise(&self.transformer, &start, request, context, listener)?;
        let mut index = 0;
        decode(&self.vae, &latents, |frame| {
            let flow = listener.frame(index, made.frames, frame);
            index += 1;
            proceed(flow)
        })?;
        Ok(made)
    }

    fn read_official_negative(&mut self) -> Result<Tensor> {
        if let Some(known) = &self.official_negative {
            return Ok(known.clone());
        }
        let read = self.read_text(negative::OFFICIAL)?;
        self.official_negative = Some(read.clone());
        Ok(read)
    }

    fn read_text(&mut self, text: &str) -> Result<Tensor> {
        let ids = self.tokens.encode(text)?;
        let encoder = match self.text_encoder.take() {
            Some(encoder) => encoder,
            None => self.folder.text_encoder(&self.device, self.precision)?,
        };
        self.text_encoder
            .insert(encoder)
            .encode_padded(&ids, LONGEST_TEXT)
    }

    fn strides(&self) -> Strides {
        Strides {
            space: self.vae.config().stride(),
            time: self.vae.config().frame_stride(),
            patch: self.transformer.config().patch_size,
        }
    }
}

/// What came of a sampling.
#[derive(Debug)]
pub struct Denoised {
    pub latents: Tensor,
    /// How often the blocks computed: with guidance twice a step, unless steps were reused.
    pub computed: usize,
}

/// Samples a clip's latents from noise (channels, frames, rows, columns).
///
/// # Errors
///
/// When shapes do not fit, `progress` breaks off, the device fails, or the model overflows.
pub fn denoise(
    transformer: &Transformer,
    start: &Tensor,
    request: &WanRequest,
    context: &TextContext,
    progress: &mut dyn Progress,
) -> Result<Denoised> {
    let mut schedule = Schedule::new(request.solver, request.steps, request.shift)?;
    let rotation = transformer.rotation(start)?;
    // The sample itself stays in f32: fifty small steps in bf16 would lose what they add.
    let mut latents = start.to_dtype(DType::F32)?;
    let timesteps = schedule.timesteps().to_vec();
    let is_computed = computed_steps(transformer, &timesteps, request.tea_cache)?;
    let is_computed = |step: usize| is_computed.get(step).copied().unwrap_or(true);
    // With the prompt and with the negative one: what the blocks add to them has nothing in common.
    let mut kept = [None, None];
    let mut computed = 0;
    for (number, timestep) in timesteps.iter().enumerate() {
        let mut predict = |text: &Tensor, kept: &mut Option<Tensor>| -> Result<Tensor> {
            let blocks = match kept {
                Some(kept) if !is_computed(number) => Blocks::Reuse(kept),
                kept => {
                    computed += 1;
                    // Gone before the blocks need memory.
                    *kept = None;
                    if is_computed(number + 1) {
                        Blocks::Compute
                    } else {
                        Blocks::Keep(kept)
                    }
                }
            };
            let velocity = transformer.pass(&latents, *timestep, text, &rotation, blocks)?;
            Ok(velocity.to_dtype(DType::F32)?)
        };
        let [kept_towards, kept_away] = &mut kept;
        let towards = predict(&context.prompt, kept_towards)?;
        // One after the other, so that the largest tensors are in memory once.
        let velocity = match &context.negative {
            Some(negative) => {
                let away = predict(negative, kept_away)?;
                (&away + ((towards - &away)? * request.guidance)?)?
            }
            None => towards,
        };
        let sigma = schedule.sigmas().get(number).copied();
        let next = schedule.step(&velocity, &latents)?;
        // Waits for the device: only then is the step really over.
        check_finite(&next)?;
        proceed(progress.step(number + 1, timesteps.len()))?;
        // After the last step the clip is about to be decoded.
        if number + 1 < timesteps.len() && progress.wants_preview() {
            preview::show(&latents, &velocity, sigma.unwrap_or_default(), progress)?;
        }
        latents = next;
    }
    Ok(Denoised { latents, computed })
}

/// Which steps of a sampling are computed.
fn computed_steps(
    transformer: &Transformer,
    timesteps: &[f32],
    tea_cache: Option<TeaCache>,
) -> Result<Vec<bool>> {
    match tea_cache {
        None => Ok(vec![true; timesteps.len()]),
        Some(cache) => Ok(cache.computed_steps(&transformer.time_changes(timesteps)?)),
    }
}

/// Decodes a clip's latents; each frame goes to `take` as soon as it is known.
///
/// # Errors
///
/// What `take` says, when the device fails, or when what comes out is no clip: a number that is not finite,
/// or (only known at the end, as a clip may fade) nothing but black.
pub fn decode(
    vae: &Vae,
    latents: &Tensor,
    mut take: impl FnMut(Frame) -> Result<()>,
) -> Result<()> {
    let mut is_black = true;
    vae.decode(&vae.raw(latents)?, |pixels| {
        let light = ((pixels + 1.0)? * 0.5)?;
        match check_picture(&light) {
            Ok(()) => is_black = false,
            Err(Error::InvalidOutput(InvalidOutput::Black)) => {}
            Err(other) => return Err(other),
        }
        let bytes = (light * 255.0)?.round()?.to_dtype(DType::U8)?;
        let (count, _, height, width) = bytes.dims4()?;
        let rows = bytes.permute((0, 2, 3, 1))?.contiguous()?;
        for number in 0..count {
            let rgb = rows.get(number)?.flatten_all()?.to_vec1()?;
            take(Frame { width, height, rgb })?;
        }
        Ok(())
    })?;
    if is_black {
        return Err(InvalidOutput::Black.into());
    }
    Ok(())
}

/// Ignores all and never breaks off.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoListener;

impl Progress for NoListener {
    fn step(&mut self, _: usize, _: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl VideoListener for NoListener {
    fn frame(&mut self, _: usize, _: usize, _: Frame) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
