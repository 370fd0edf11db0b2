//! A model in memory, and what it makes.

mod adapter_images;
mod preview;
mod request;

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use ourvidz_engine_base::noise::{self, NoisePurpose};
use ourvidz_engine_base::output::{check_finite, check_picture};
use ourvidz_engine_base::progress::proceed;
use ourvidz_engine_base::{Error, Progress, Result};

use crate::adapter::{Adapter, ImageEncoder};
use crate::folder::{SdxlComponent, SdxlFiles, count};
use crate::picture::RgbImage;
use crate::sampler::SamplerState;
use crate::text::{ClipTextEncoder, PromptEmbeddings};
use crate::unet::{Unet, UnetConditioning};
use crate::vae::{VaeDecoder, VaeEncoder, VaeTiling};
use adapter_images::EncodedImage;
pub use request::{
    AdapterImage, InitImage, LARGEST_BATCH, LONGEST_PROMPT_ROWS, MOST_STEPS, SdxlRequest,
};

/// Is called at each step, and given each picture as soon as it is decoded.
pub trait ImageListener: Progress {
    /// Picture `index` is ready. [`std::ops::ControlFlow::Break`] ends the work before the next one.
    fn picture(&mut self, index: usize, picture: RgbImage) -> std::ops::ControlFlow<()>;
}

/// What can be brought to memory and given back by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SdxlPart {
    /// Both text encoders, and that of pictures where there is an adapter. Needed for a moment at the beginning:
    /// the first to go when memory is short.
    Text,
    /// The UNet, four fifths of the model, and what the adapter adds to it.
    Unet,
    /// Decoder and encoder.
    Vae,
}

impl SdxlPart {
    /// All of them, in the order in which they are needed.
    pub const ALL: [Self; 3] = [Self::Text, Self::Unet, Self::Vae];

    const fn of(component: SdxlComponent) -> Self {
        match component {
            SdxlComponent::TextEncoder
            | SdxlComponent::TextEncoder2
            | SdxlComponent::ImageEncoder => Self::Text,
            SdxlComponent::Unet | SdxlComponent::IpAdapter => Self::Unet,
            SdxlComponent::Vae => Self::Vae,
        }
    }
}

/// An SDXL. Its parts come to memory when they are needed, or by [`Sdxl::load`].
#[derive(Debug)]
pub struct Sdxl {
    files: SdxlFiles,
    device: Device,
    precision: DType,
    text: Option<(ClipTextEncoder, ClipTextEncoder)>,
    image: Option<ImageEncoder>,
    unet: Option<Unet>,
    adapter: Option<Adapter>,
    vae: Option<(VaeDecoder, VaeEncoder)>,
    tiling: VaeTiling,
}

impl Sdxl {
    /// Opens a model folder or a single checkpoint file; reads no weights yet.
    ///
    /// # Errors
    ///
    /// When there is no model, or it is not an SDXL.
    pub fn open(path: &Path, device: &Device, precision: DType) -> Result<Self> {
        Ok(Self::of_files(SdxlFiles::open(path)?, device, precision))
    }

    /// A full-size model of random weights, to measure speed and memory with.
    #[must_use]
    pub fn random(device: &Device, precision: DType) -> Self {
        Self::of_files(SdxlFiles::random(), device, precision)
    }

    /// A model whose files are open.
    #[must_use]
    pub fn of_files(files: SdxlFiles, device: &Device, precision: DType) -> Self {
        Self {
            files,
            device: device.clone(),
            precision,
            text: None,
            image: None,
            unet: None,
            adapter: None,
            vae: None,
            tiling: VaeTiling::default(),
        }
    }

    /// Decodes in other tiles, or other sizes whole.
    #[must_use]
    pub const fn with_tiling(mut self, tiling: VaeTiling) -> Self {
        self.tiling = tiling;
        self
    }

    /// Whether there is an adapter for reference pictures.
    #[must_use]
    pub const fn has_adapter(&self) -> bool {
        self.files.configs.adapter.is_some()
    }

    /// The VAE overflows in `f16`.
    const fn precision_of(&self, part: SdxlPart) -> DType {
        match (part, self.precision) {
            (SdxlPart::Vae, DType::F16) => DType::F32,
            (_, precision) => precision,
        }
    }

    /// What a part's weights take in memory, whether they are there or not.
    ///
    /// # Errors
    ///
    /// When its configuration is unusable.
    pub fn memory_bytes(&self, part: SdxlPart) -> Result<usize> {
        let mut numbers = 0;
        for component in self.files.configs.components() {
            if SdxlPart::of(component) == part {
                numbers += count(&self.files.configs.wanted(component)?);
            }
        }
        Ok(numbers * self.precision_of(part).size_in_bytes())
    }

    /// Whether a part is in memory.
    #[must_use]
    pub const fn is_loaded(&self, part: SdxlPart) -> bool {
        match part {
            SdxlPart::Text => self.text.is_some(),
            SdxlPart::Unet => self.unet.is_some(),
            SdxlPart::Vae => self.vae.is_some(),
        }
    }

    /// Brings a part to memory, unless it is there.
    ///
    /// # Errors
    ///
    /// When files are missing or do not fit, or memory is short.
    pub fn load(&mut self, part: SdxlPart) -> Result<()> {
        if self.is_loaded(part) {
            return Ok(());
        }
        let weights = |component| {
            self.files
                .builder(component, self.precision_of(part), &self.device)
        };
        let configs = &self.files.configs;
        match part {
            SdxlPart::Text => {
                let first = ClipTextEncoder::new(
                    &configs.text,
                    false,
                    &weights(SdxlComponent::TextEncoder)?,
                )?;
                let second = ClipTextEncoder::new(
                    &configs.text_2,
                    true,
                    &weights(SdxlComponent::TextEncoder2)?,
                )?;
                if let Some(adapter) = &configs.adapter {
                    let weights = weights(SdxlComponent::ImageEncoder)?;
                    self.image = Some(ImageEncoder::new(&adapter.vision, &weights)?);
                }
                self.text = Some((first, second));
            }
            SdxlPart::Unet => {
                let unet = Unet::new(&configs.unet, &weights(SdxlComponent::Unet)?)?;
                if let Some(adapter) = &configs.adapter {
                    let weights = weights(SdxlComponent::IpAdapter)?;
                    self.adapter = Some(Adapter::new(adapter, &configs.unet, &weights)?);
                }
                self.unet = Some(unet);
            }
            SdxlPart::Vae => {
                let weights = weights(SdxlComponent::Vae)?;
                let decoder = VaeDecoder::new(&configs.vae, &weights)?;
                self.vae = Some((decoder, VaeEncoder::new(&configs.vae, &weights)?));
            }
        }
        Ok(())
    }

    /// Gives a part's memory back.
    pub fn unload(&mut self, part: SdxlPart) {
        match part {
            SdxlPart::Text => (self.text, self.image) = (None, None),
            SdxlPart::Unet => (self.unet, self.adapter) = (None, None),
            SdxlPart::Vae => self.vae = None,
        }
    }

    /// Makes pictures. The listener hears of each step of the sampling, and gets picture after picture.
    ///
    /// # Errors
    ///
    /// [`Error::Stopped`] when the listener says so, [`Error::Request`] for what the model cannot do, and
    /// [`Error::InvalidOutput`] when the result is no picture.
    pub fn generate(
        &mut self,
        request: &SdxlRequest,
        listener: &mut dyn ImageListener,
    ) -> Result<()> {
        request.check(self.files.configs.vae.pixels_per_latent())?;
        let conditions = self.conditions(request)?;
        let images = self.encode_adapter_images(&request.adapter_images)?;
        let given = match &request.start {
            Some(start) => {
                Some(self.encode(&start.picture.filling(request.width, request.height))?)
            }
            None => None,
        };
        let steps = request.steps - request.skipped();
        let total = steps * request.count.div_ceil(LARGEST_BATCH);
        let mut done = 0;
        for first in (0..request.count).step_by(LARGEST_BATCH) {
            let count = LARGEST_BATCH.min(request.count - first);
            let seed = request.seed.wrapping_add(first as u64);
            let mut step = |sampler: &SamplerState| {
                done += 1;
                proceed(listener.step(done, total))?;
                preview::show(sampler, first, listener)
            };
            let latents = self.sample(
                request,
                seed,
                count,
                (&conditions, &images),
                given.as_ref(),
                &mut step,
            )?;
            check_finite(&latents)?;
            for index in 0..count {
                let picture = self.decode(&latents.narrow(0, index, 1)?, listener)?;
                proceed(listener.picture(first + index, picture))?;
            }
        }
        Ok(())
    }

    /// The embeddings of the negative prompt, if there is guidance, and of the prompt; of equal length.
    fn conditions(&mut self, request: &SdxlRequest) -> Result<Vec<PromptEmbeddings>> {
        self.load(SdxlPart::Text)?;
        let Some((first, second)) = &self.text else {
            return Err(Error::Unsupported("the text encoders are gone".to_owned()));
        };
        let tokenizer = &self.files.tokenizer;
        let texts: &[&str] = if request.is_guided() {
            &[&request.negative_prompt, &request.prompt]
        } else {
            &[&request.prompt]
        };
        let longest = texts.iter().map(|text| tokenizer.rows_for(text)).max();
        let rows = longest.unwrap_or(1).min(LONGEST_PROMPT_ROWS);
        texts
            .iter()
            .map(|text| {
                let end = tokenizer.end();
                // The first encoder fills up with the end token, the second one with token 0.
                let small = first.encode(&tokenizer.rows(text, rows, end), end, &self.device)?;
                let big = second.encode(&tokenizer.rows(text, rows, 0), end, &self.device)?;
                PromptEmbeddings::of(&small, &big, self.precision)
            })
            .collect()
    }

    fn sample(
        &mut self,
        request: &SdxlRequest,
        seed: u64,
        count: usize,
        (conditions, images): (&[PromptEmbeddings], &[EncodedImage]),
        given: Option<&Tensor>,
        step: &mut dyn FnMut(&SamplerState) -> Result<()>,
    ) -> Result<Tensor> {
        self.load(SdxlPart::Unet)?;
        let Some(unet) = &self.unet else {
            return Err(Error::Unsupported("the UNet is gone".to_owned()));
        };
        let adapter = self.adapter_key_values(images, conditions.len(), count)?;
        let configs = &self.files.configs;
        let place = configs.vae.pixels_per_latent();
        let shape = (
            configs.unet.in_channels,
            request.height / place,
            request.width / place,
        );
        let repeated = |which: fn(&PromptEmbeddings) -> &Tensor| {
            let each: Vec<Tensor> = conditions
                .iter()
                .map(|condition| which(condition).repeat(count_first(which(condition), count)))
                .collect::<candle_core::Result<_>>()?;
            Tensor::cat(&each, 0)
        };
        let (tokens, pooled) = (
            repeated(|each| &each.tokens)?,
            repeated(|each| &each.pooled)?,
        );
        let conditioning = UnetConditioning {
            tokens: &tokens,
            adapter: &adapter,
            pooled: &pooled,
            sizes: request.sizes(),
        };

        // Sampling is in f32: in half precision the last steps would be smaller than the rounding.
        let start = noise::batch(
            seed,
            count,
            NoisePurpose::Start,
            0,
            shape,
            &self.device,
            DType::F32,
        )?;
        let mut sampler = SamplerState::new(
            request.sampler,
            &configs.schedule,
            request.steps,
            request.skipped(),
        );
        let mut state = sampler.start(&start, given)?;
        while let Some(time) = sampler.time() {
            let scaled = sampler.scaled(&state)?.to_dtype(self.precision)?;
            let input = Tensor::cat(&vec![&scaled; conditions.len()], 0)?;
            let predicted = unet
                .forward(&input, time as f32, &conditioning)?
                .to_dtype(DType::F32)?;
            let predicted = match predicted.chunk(conditions.len(), 0)?.as_slice() {
                [without, with] => (without + ((with - without)? * request.guidance)?)?,
                _ => predicted,
            };
            state = sampler.step(&state, &predicted)?;
            step(&sampler)?;
        }
        Ok(state)
    }

    /// Pixels of one latent picture.
    fn decode(&mut self, latent: &Tensor, listener: &mut dyn ImageListener) -> Result<RgbImage> {
        self.load(SdxlPart::Vae)?;
        let Some((decoder, _)) = &self.vae else {
            return Err(Error::Unsupported("the VAE is gone".to_owned()));
        };
        let latent = (latent / self.files.configs.vae.scaling_factor)?
            .to_dtype(self.precision_of(SdxlPart::Vae))?;
        let decoded = self
            .tiling
            .decode(&latent, &|tile| decoder.forward(tile), &mut || {
                proceed(listener.part())
            })?;
        let picture = ((decoded.to_dtype(DType::F32)? / 2.0)? + 0.5)?;
        check_picture(&picture)?;
        RgbImage::of_tensor(&picture.squeeze(0)?)
    }

    /// The latent picture of pixels.
    fn encode(&mut self, picture: &RgbImage) -> Result<Tensor> {
        self.load(SdxlPart::Vae)?;
        let Some((_, encoder)) = &self.vae else {
            return Err(Error::Unsupported("the VAE is gone".to_owned()));
        };
        let pixels = picture.to_tensor(&self.device)?;
        let encoded = encoder.forward(&pixels.to_dtype(self.precision_of(SdxlPart::Vae))?)?;
        check_finite(&encoded)?;
        Ok((encoded.to_dtype(DType::F32)? * self.files.configs.vae.scaling_factor)?)
    }
}

/// Repeats the first dimension alone.
fn count_first(tensor: &Tensor, count: usize) -> Vec<usize> {
    let mut times = vec![1; tensor.rank()];
    if let Some(first) = times.first_mut() {
        *first = count;
    }
    times
}
