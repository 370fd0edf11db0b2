//! Stage by stage.

use candle_core::{DType, Device, Tensor};
use ourvidz_engine_base::noise::{self, NoisePurpose};
use ourvidz_engine_sdxl::SdxlSampler;
use ourvidz_engine_sdxl::folder::{SdxlComponent, SdxlFiles};
use ourvidz_engine_sdxl::sampler::{SamplerState, SigmaSchedule};
use ourvidz_engine_sdxl::schedule_config::{Prediction, ScheduleConfig};
use ourvidz_engine_sdxl::text::{ClipTextEncoder, Encoded, PromptEmbeddings};
use ourvidz_engine_sdxl::tokens::ROW;
use ourvidz_engine_sdxl::unet::{AdapterKeyValues, Unet, UnetConditioning};
use ourvidz_engine_sdxl::vae::{VaeDecoder, VaeEncoder};

use crate::{TOLERANCE, assert_close, assert_within, fixture, tensors};

const DEVICE: &Device = &Device::Cpu;
const LONG_PROMPT: &str = "a red fox in deep snow, film grain, 35mm, golden hour, don't blur; behind it a lake, far hills, clouds and a low sun in the west, birds above the reeds";
const SHORT_PROMPT: &str = "blurry, low quality";
const SIZES: [f32; 6] = [64.0, 64.0, 0.0, 0.0, 64.0, 64.0];

fn files() -> SdxlFiles {
    SdxlFiles::open(&fixture("model")).unwrap()
}

fn weights(files: &SdxlFiles, component: SdxlComponent) -> candle_nn::VarBuilder<'static> {
    files.builder(component, DType::F32, DEVICE).unwrap()
}

fn encoders(files: &SdxlFiles) -> [ClipTextEncoder; 2] {
    let configs = &files.configs;
    [
        ClipTextEncoder::new(
            &configs.text,
            false,
            &weights(files, SdxlComponent::TextEncoder),
        )
        .unwrap(),
        ClipTextEncoder::new(
            &configs.text_2,
            true,
            &weights(files, SdxlComponent::TextEncoder2),
        )
        .unwrap(),
    ]
}

fn unet(files: &SdxlFiles) -> Unet {
    Unet::new(&files.configs.unet, &weights(files, SdxlComponent::Unet)).unwrap()
}

/// What fills up the rows of each encoder.
fn fills(files: &SdxlFiles) -> [u32; 2] {
    [files.tokenizer.end(), 0]
}

fn encode(files: &SdxlFiles, text: &str, rows: usize) -> [Encoded; 2] {
    let [first, second] = encoders(files);
    let [small, big] = fills(files).map(|fill| files.tokenizer.rows(text, rows, fill));
    let end = files.tokenizer.end();
    [
        first.encode(&small, end, DEVICE).unwrap(),
        second.encode(&big, end, DEVICE).unwrap(),
    ]
}

#[test]
fn tokens() {
    let files = files();
    let expected = tensors("text.safetensors");
    for (name, text, rows) in [("long", LONG_PROMPT, 2), ("short", SHORT_PROMPT, 1)] {
        assert_eq!(files.tokenizer.rows_for(text), rows);
        for (encoder, fill) in fills(&files).into_iter().enumerate() {
            let found: Vec<i64> = files
                .tokenizer
                .rows(text, rows, fill)
                .concat()
                .into_iter()
                .map(i64::from)
                .collect();
            let expected = expected[&format!("{name}.ids.{encoder}")]
                .flatten_all()
                .unwrap();
            assert_eq!(
                found,
                expected.to_vec1::<i64>().unwrap(),
                "{name} {encoder}"
            );
        }
    }
}

#[test]
fn text_encoders() {
    let files = files();
    let expected = tensors("text.safetensors");
    for (name, text, rows) in [("long", LONG_PROMPT, 2), ("short", SHORT_PROMPT, 1)] {
        let encoded = encode(&files, text, rows);
        for (number, encoded) in encoded.iter().enumerate() {
            let size = encoded.hidden.dim(2).unwrap();
            let hidden = encoded.hidden.reshape((rows * ROW, size)).unwrap();
            let key = format!("{name}.hidden.{number}");
            assert_close(&key, &hidden, &expected[&key]);
        }
        let [_, second] = encoded;
        let condition = second.pooled.unwrap().narrow(0, 0, 1).unwrap();
        assert_close("pooled", &condition, &expected[&format!("{name}.pooled")]);
    }
}

#[test]
fn unet_step() {
    let files = files();
    let given = tensors("unet.safetensors");
    let conditioning = UnetConditioning {
        tokens: &given["context"],
        adapter: &AdapterKeyValues::new(),
        pooled: &given["pooled"],
        sizes: SIZES,
    };
    assert_eq!(given["times"].to_vec2::<f32>().unwrap(), [SIZES, SIZES]);
    let found = unet(&files)
        .forward(&given["sample"], 801.0, &conditioning)
        .unwrap();
    assert_close("unet", &found, &given["predicted"]);
}

/// The samplers of the fixtures.
fn samplers(files: &SdxlFiles) -> [(&'static str, SdxlSampler, ScheduleConfig); 3] {
    let noise = files.configs.schedule.clone();
    let velocity = ScheduleConfig {
        prediction_type: Prediction::VPrediction,
        ..noise.clone()
    };
    [
        ("euler", SdxlSampler::Euler, noise.clone()),
        ("dpm_karras", SdxlSampler::DpmPlusPlus2MKarras, noise),
        ("euler_velocity", SdxlSampler::Euler, velocity),
    ]
}

#[test]
fn schedules() {
    let expected = tensors("schedule.safetensors");
    for (name, sampler, config) in samplers(&files()) {
        for steps in [1, 4, 15, 25] {
            let key = |what: &str| format!("{name}.{steps}.{what}");
            let schedule = SigmaSchedule::new(sampler, &config, steps);
            let sigmas: Vec<f32> = (0..=steps)
                .map(|step| schedule.sigma(step) as f32)
                .collect();
            let times: Vec<f32> = (0..steps)
                .map(|step| schedule.time(step).unwrap() as f32)
                .collect();
            let tensor = |numbers: Vec<f32>| Tensor::new(numbers, DEVICE).unwrap();
            assert_close(&key("sigmas"), &tensor(sigmas), &expected[&key("sigmas")]);
            assert_eq!(
                times,
                expected[&key("times")].to_vec1::<f32>().unwrap(),
                "{name} {steps}"
            );

            // The prediction is a steep function of the picture, and the reference rounds each step to f32.
            let mut sampling = SamplerState::new(sampler, &config, steps, 0);
            let noise = noise::tensor(3, NoisePurpose::Start, 0, (1, 4, 16, 16), DEVICE).unwrap();
            let mut picture = sampling.start(&noise, None).unwrap();
            let mut number = 0;
            while let Some(time) = sampling.time() {
                let scaled = sampling.scaled(&picture).unwrap();
                let predicted = ((scaled * 3.0).unwrap().sin().unwrap() + 0.001 * time).unwrap();
                picture = sampling.step(&picture, &predicted).unwrap();
                let row = picture.get(0).unwrap().get(0).unwrap().get(0).unwrap();
                // diffusers keeps DPM++'s pictures divided by what ours are scaled by before the model.
                let row = if sampler == SdxlSampler::Euler {
                    row
                } else {
                    (row / schedule.sigma(number + 1).hypot(1.0)).unwrap()
                };
                assert_within(
                    TOLERANCE,
                    &key(&format!("path {number}")),
                    &row,
                    &expected[&key("path")].get(number).unwrap(),
                );
                number += 1;
            }
            assert_eq!(number, steps);
            assert_within(
                TOLERANCE,
                &key("last"),
                &picture.get(0).unwrap(),
                &expected[&key("last")],
            );
        }
    }
}

#[test]
fn fifteen_steps_with_guidance() {
    let files = files();
    let unet = unet(&files);
    let expected = tensors("loop.safetensors");
    let given = &expected["given"];
    let [tokens, pooled] = batch_of_conditions(&files);
    let conditioning = UnetConditioning {
        tokens: &tokens,
        adapter: &AdapterKeyValues::new(),
        pooled: &pooled,
        sizes: SIZES,
    };
    for (name, sampler, config) in samplers(&files) {
        for skipped in [0, 7] {
            let noise = noise::batch(
                41,
                2,
                NoisePurpose::Start,
                0,
                (4, 16, 16),
                DEVICE,
                DType::F32,
            )
            .unwrap();
            let mut sampling = SamplerState::new(sampler, &config, 15, skipped);
            let mut picture = sampling
                .start(&noise, (skipped > 0).then_some(given))
                .unwrap();
            while let Some(time) = sampling.time() {
                let scaled = sampling.scaled(&picture).unwrap();
                let input = Tensor::cat(&[&scaled, &scaled], 0).unwrap();
                let predicted = unet.forward(&input, time as f32, &conditioning).unwrap();
                let halves = predicted.chunk(2, 0).unwrap();
                let difference = ((&halves[1] - &halves[0]).unwrap() * 5.0).unwrap();
                picture = sampling
                    .step(&picture, &(&halves[0] + difference).unwrap())
                    .unwrap();
            }
            let key = format!("{name}.{skipped}");
            assert_close(&key, &picture, &expected[&key]);
        }
    }
}

/// Two pictures without and two with the text, of two rows both.
fn batch_of_conditions(files: &SdxlFiles) -> [Tensor; 2] {
    let [negative, positive] = [SHORT_PROMPT, LONG_PROMPT].map(|text| {
        let [first, second] = encode(files, text, 2);
        PromptEmbeddings::of(&first, &second, DType::F32).unwrap()
    });
    let each = [&negative, &negative, &positive, &positive];
    [
        Tensor::cat(&each.map(|condition| &condition.tokens), 0).unwrap(),
        Tensor::cat(&each.map(|condition| &condition.pooled), 0).unwrap(),
    ]
}

#[test]
fn vae() {
    let files = files();
    let given = tensors("vae.safetensors");
    let weights = weights(&files, SdxlComponent::Vae);
    let decoder = VaeDecoder::new(&files.configs.vae, &weights).unwrap();
    assert_close(
        "decoded",
        &decoder.forward(&given["latents"]).unwrap(),
        &given["picture"],
    );
    let encoder = VaeEncoder::new(&files.configs.vae, &weights).unwrap();
    assert_close(
        "encoded",
        &encoder.forward(&given["pixels"]).unwrap(),
        &given["encoded"],
    );
}
