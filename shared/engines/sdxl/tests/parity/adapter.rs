//! A model with an adapter, which sees pictures.

use std::fs;

use candle_core::{DType, Device, Tensor};
use ourvidz_engine_base::Error;
use ourvidz_engine_base::weights::Shapes;
use ourvidz_engine_sdxl::adapter::{Adapter, AdapterConfig, ImageEncoder, Scope, VisionConfig};
use ourvidz_engine_sdxl::folder::{SdxlComponent, SdxlConfigs, SdxlFiles};
use ourvidz_engine_sdxl::unet::{AdapterKeyValues, Unet, UnetConditioning};
use ourvidz_engine_sdxl::{AdapterImage, RgbImage, Sdxl, SdxlPart, SdxlRequest, requirements};

use crate::files::{Copy, report};
use crate::names::published;
use crate::picture::{Kept, LARGEST_STEP, expected, largest_step, read, request};
use crate::{assert_close, fixture, tensors};

const DEVICE: &Device = &Device::Cpu;
/// How strongly the fixtures' picture is looked at.
const SCALE: f64 = 0.6;
const SIZES: [f32; 6] = [64.0, 64.0, 0.0, 0.0, 64.0, 64.0];
const WEIGHTS: &str = "ip_adapter/ip-adapter.safetensors";

fn files(model: &Copy) -> SdxlFiles {
    SdxlFiles::open(&model.0).unwrap()
}

fn weights(files: &SdxlFiles, component: SdxlComponent) -> candle_nn::VarBuilder<'static> {
    files.builder(component, DType::F32, DEVICE).unwrap()
}

fn image_encoder(files: &SdxlFiles) -> ImageEncoder {
    let config = files.configs.adapter.clone().unwrap().vision;
    ImageEncoder::new(&config, &weights(files, SdxlComponent::ImageEncoder)).unwrap()
}

fn adapter(files: &SdxlFiles) -> Adapter {
    let config = files.configs.adapter.clone().unwrap();
    let weights = weights(files, SdxlComponent::IpAdapter);
    Adapter::new(&config, &files.configs.unet, &weights).unwrap()
}

#[test]
fn a_picture_is_encoded() {
    let model = Copy::with_adapter("encoded");
    let expected = tensors("adapter.safetensors");
    let encoder = image_encoder(&files(&model));
    let pixels = encoder.pixels(&read("picture/fox.png"), DEVICE).unwrap();
    assert_close("pixels", &pixels, &expected["pixels"]);
    let vector = encoder.encode(&expected["pixels"]).unwrap();
    assert_close("embedding", &vector, &expected["embedding"]);
}

#[test]
fn tokens_are_made_of_a_picture_and_of_none() {
    let model = Copy::with_adapter("tokens");
    let expected = tensors("adapter.safetensors");
    let vector = &expected["embedding"];
    let both = Tensor::cat(&[&vector.zeros_like().unwrap(), vector], 0).unwrap();
    let tokens = adapter(&files(&model)).tokens(&both).unwrap();
    assert_close("tokens", &tokens, &expected["tokens"]);
}

#[test]
fn a_step_of_the_unet_sees_them() {
    let model = Copy::with_adapter("step");
    let files = files(&model);
    let expected = tensors("adapter.safetensors");
    let given = tensors("unet.safetensors");
    let adapter = adapter(&files);
    let unet = Unet::new(&files.configs.unet, &weights(&files, SdxlComponent::Unet)).unwrap();
    let step = |key_values: &AdapterKeyValues| {
        let conditioning = UnetConditioning {
            tokens: &given["context"],
            adapter: key_values,
            pooled: &given["pooled"],
            sizes: SIZES,
        };
        unet.forward(&given["sample"], 801.0, &conditioning)
            .unwrap()
    };
    let seeing = |scope, scale| {
        let mut key_values = AdapterKeyValues::new();
        let tokens = &expected["tokens"];
        adapter
            .add_key_values(tokens, scope, scale, &mut key_values)
            .unwrap();
        step(&key_values)
    };
    let found = seeing(Scope::Everything, SCALE);
    assert_close("everywhere", &found, &expected["everywhere"]);
    let found = seeing(Scope::Style, SCALE);
    assert_close("style", &found, &expected["style"]);

    let found = seeing(Scope::Everything, 0.0);
    assert_close("nowhere", &found, &expected["nowhere"]);
    let without = step(&AdapterKeyValues::new());
    assert_eq!(numbers(&found), numbers(&without));
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn looking(scope: Scope, scale: f64) -> SdxlRequest {
    let adapter_images = vec![AdapterImage {
        picture: expected(),
        scope,
        scale,
    }];
    SdxlRequest {
        adapter_images,
        ..request()
    }
}

fn made(model: &Copy, request: &SdxlRequest) -> Vec<RgbImage> {
    let mut kept = Kept::default();
    let mut model = Sdxl::open(&model.0, DEVICE, DType::F32).unwrap();
    assert!(model.has_adapter());
    model.generate(request, &mut kept).unwrap();
    kept.pictures
        .into_iter()
        .map(|(_, picture)| picture)
        .collect()
}

#[test]
fn whole_pictures_are_those_of_diffusers() {
    let model = Copy::with_adapter("pictures");
    for (scope, name) in [
        (Scope::Everything, "picture/fox-character.png"),
        (Scope::Style, "picture/fox-style.png"),
    ] {
        let found = made(&model, &looking(scope, SCALE)).remove(0);
        let difference = largest_step(&found, &read(name));
        println!("{name}: {difference} of 255");
        assert!(difference <= LARGEST_STEP, "{name}: {difference}");
    }
    let blind = made(&model, &request()).remove(0);
    assert!(largest_step(&blind, &expected()) <= LARGEST_STEP);
}

#[test]
fn each_picture_of_a_batch_sees_the_same() {
    let model = Copy::with_adapter("batch");
    let two = SdxlRequest {
        count: 2,
        steps: 2,
        ..looking(Scope::Everything, 1.0)
    };
    let second = SdxlRequest {
        count: 1,
        seed: two.seed + 1,
        ..two.clone()
    };
    let found = made(&model, &two).remove(1);
    let alone = made(&model, &second).remove(0);
    assert!(largest_step(&found, &alone) <= LARGEST_STEP);
    let unguided = SdxlRequest {
        guidance: 1.0,
        ..second
    };
    assert!(largest_step(&made(&model, &unguided).remove(0), &alone) > LARGEST_STEP);
}

#[test]
fn without_an_adapter_nothing_can_be_looked_at() {
    let mut model = Sdxl::open(&fixture("model"), DEVICE, DType::F32).unwrap();
    assert!(!model.has_adapter());
    let result = model.generate(&looking(Scope::Style, 1.0), &mut Kept::default());
    assert!(matches!(result, Err(Error::Request(_))), "{result:?}");
}

#[test]
fn it_is_listed_and_counted_where_it_is() {
    let blind = requirements(&fixture("model")).unwrap();
    assert_eq!(blind.components.len(), SdxlComponent::ALL.len());
    let model = Copy::with_adapter("listed");
    let seeing = requirements(&model.0).unwrap();
    assert!(seeing.are_met(), "{:?}", seeing.components);
    let listed: Vec<_> = seeing.components.iter().map(|(each, _)| *each).collect();
    assert_eq!(
        listed,
        [&SdxlComponent::ALL[..], &SdxlComponent::OPTIONAL[..]].concat()
    );

    let blind = Sdxl::open(&fixture("model"), DEVICE, DType::F32).unwrap();
    let seeing = Sdxl::open(&model.0, DEVICE, DType::F32).unwrap();
    for (part, grows) in [
        (SdxlPart::Text, true),
        (SdxlPart::Unet, true),
        (SdxlPart::Vae, false),
    ] {
        let [less, more] = [&blind, &seeing].map(|model| model.memory_bytes(part).unwrap());
        assert_eq!(more > less, grows, "{part:?}");
    }
}

#[test]
fn what_is_wrong_with_it_is_named() {
    let model = Copy::with_adapter("broken");
    let path = model.0.join(WEIGHTS);
    let whole = candle_core::safetensors::load(&path, DEVICE).unwrap();
    let with = |change: fn(&mut std::collections::HashMap<String, Tensor>)| {
        let mut tensors = whole.clone();
        change(&mut tensors);
        candle_core::safetensors::save(&tensors, &path).unwrap();
    };
    with(|tensors| drop(tensors.remove("ip_adapter.1.to_k_ip.weight")));
    assert_eq!(
        report(&model.0, SdxlComponent::IpAdapter),
        "1 missing: ip_adapter.1.to_k_ip.weight"
    );
    with(|tensors| {
        let latents = tensors["image_proj.norm.bias"].clone();
        tensors.insert("image_proj.latents".to_owned(), latents);
    });
    assert!(
        model.refusal().contains("another projection"),
        "{}",
        model.refusal()
    );
    with(|tensors| drop(tensors.remove("image_proj.proj.weight")));
    assert!(model.refusal().contains("no IP-Adapter"));
    with(|tensors| {
        let odd = tensors["image_proj.proj.weight"].narrow(0, 0, 100).unwrap();
        tensors.insert("image_proj.proj.weight".to_owned(), odd);
    });
    assert!(model.refusal().contains("the UNet wants"));
    with(|_| ());
    assert!(requirements(&model.0).unwrap().are_met());

    fs::copy(&path, model.0.join("ip_adapter/second.safetensors")).unwrap();
    assert!(model.refusal().contains("2 files"));
    fs::remove_file(model.0.join("ip_adapter/second.safetensors")).unwrap();
    fs::remove_dir_all(model.0.join("image_encoder")).unwrap();
    assert!(model.refusal().contains("image_encoder"));
}

#[test]
fn it_is_found_beside_a_single_checkpoint() {
    let model = Copy::with_adapter("single-adapter");
    fs::remove_file(model.0.join("model_index.json")).unwrap();
    fs::rename(
        model.0.join("unet/diffusion_pytorch_model.safetensors"),
        model.0.join("model.safetensors"),
    )
    .unwrap();
    fs::remove_dir_all(model.0.join("unet")).unwrap();
    // A single checkpoint is of full size, and the tiny adapter is not made for it.
    assert!(model.refusal().contains("the UNet wants"));
    fs::remove_dir_all(model.0.join("ip_adapter")).unwrap();
    assert_eq!(
        requirements(&model.0).unwrap().components.len(),
        SdxlComponent::ALL.len()
    );
}

#[test]
fn half_precision_sees_nearly_the_same() {
    let model = Copy::with_adapter("half");
    let few = SdxlRequest {
        steps: 2,
        ..looking(Scope::Everything, 1.0)
    };
    let exact = made(&model, &few).remove(0);
    let mut rough = Kept::default();
    let mut half = Sdxl::open(&model.0, DEVICE, DType::F16).unwrap();
    half.generate(&few, &mut rough).unwrap();
    let total: u32 = exact
        .rgb
        .iter()
        .zip(&rough.pictures[0].1.rgb)
        .map(|(a, b)| u32::from(a.abs_diff(*b)))
        .sum();
    let mean = f64::from(total) / exact.rgb.len() as f64;
    assert!(mean < 12.0, "the pictures differ by {mean} on average");
}

#[test]
fn a_published_adapter_has_the_names_that_are_asked_for() {
    let configs = SdxlConfigs {
        adapter: Some(AdapterConfig {
            vision: VisionConfig::default(),
            tokens: 4,
        }),
        ..SdxlConfigs::full_size()
    };
    let mut wanted = configs.wanted(SdxlComponent::IpAdapter).unwrap();
    let projection: Shapes = [
        ("image_proj.norm.bias", vec![2048]),
        ("image_proj.norm.weight", vec![2048]),
        ("image_proj.proj.bias", vec![4 * 2048]),
        ("image_proj.proj.weight", vec![4 * 2048, 512]),
    ]
    .map(|(name, shape)| (name.to_owned(), shape))
    .into();
    for (name, shape) in projection {
        assert_eq!(wanted.remove(&name), Some(shape), "{name}");
    }
    assert_eq!(wanted, published("adapter"));
}
