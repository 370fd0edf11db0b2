//! Whole and broken model folders.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device};
use ourvidz_engine_sdxl::folder::SdxlComponent;
use ourvidz_engine_sdxl::{Sdxl, SdxlPart, requirements};

use crate::fixture;

/// A copy of the tiny model that may be broken.
pub struct Copy(pub PathBuf);

impl Copy {
    pub fn new(name: &str) -> Self {
        let to = std::env::temp_dir().join(format!("sdxl-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&to);
        copy(&fixture("model"), &to);
        Self(to)
    }

    /// With the tiny adapter beside the model.
    pub fn with_adapter(name: &str) -> Self {
        let model = Self::new(name);
        copy(&fixture("adapter"), &model.0);
        model
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.0.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    pub fn refusal(&self) -> String {
        requirements(&self.0).unwrap_err().to_string()
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

pub fn report(path: &Path, component: SdxlComponent) -> String {
    let found = requirements(path).unwrap();
    assert!(!found.are_met());
    let (_, report) = found
        .components
        .into_iter()
        .find(|(each, _)| *each == component)
        .unwrap();
    report.map_or_else(|why| why, |report| report.to_string())
}

#[test]
fn a_whole_model_meets_the_requirements() {
    let found = requirements(&fixture("model")).unwrap();
    assert!(found.are_met(), "{:?}", found.components);
    assert!(found.numbers.iter().all(|(_, numbers)| *numbers > 10_000));
}

#[test]
fn what_is_missing_is_named() {
    let model = Copy::new("missing");
    fs::remove_file(model.0.join("vae/diffusion_pytorch_model.safetensors")).unwrap();
    assert!(report(&model.0, SdxlComponent::Vae).contains("there is no such file"));

    let path = model.0.join("text_encoder_2/model.safetensors");
    let mut tensors = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
    tensors.remove("text_projection.weight").unwrap();
    candle_core::safetensors::save(&tensors, &path).unwrap();
    assert_eq!(
        report(&model.0, SdxlComponent::TextEncoder2),
        "1 missing: text_projection.weight"
    );
    let mut opened = Sdxl::open(&model.0, &Device::Cpu, DType::F32).unwrap();
    let error = opened.load(SdxlPart::Text).unwrap_err().to_string();
    assert!(
        error.contains("text_encoder_2") && error.contains("text_projection.weight"),
        "{error}"
    );

    fs::remove_file(model.0.join("unet/config.json")).unwrap();
    assert!(model.refusal().contains("unet"));
}

#[test]
fn names_of_older_and_newer_programs_are_understood() {
    let model = Copy::new("names");
    let rename = |file: &str, name: fn(&str) -> String| {
        let path = model.0.join(file);
        let tensors = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
        let renamed: HashMap<_, _> = tensors
            .into_iter()
            .map(|(old, tensor)| (name(&old), tensor))
            .collect();
        candle_core::safetensors::save(&renamed, &path).unwrap();
    };
    let with_prefix = |name: &str| match name.strip_prefix("text_model.") {
        // The other way around than the fixture has it.
        Some(rest) => rest.to_owned(),
        None if name.starts_with("text_projection") => name.to_owned(),
        None => format!("text_model.{name}"),
    };
    rename("text_encoder/model.safetensors", with_prefix);
    rename("text_encoder_2/model.safetensors", with_prefix);
    rename("vae/diffusion_pytorch_model.safetensors", |name| {
        name.replace(".to_q.", ".query.")
            .replace(".to_k.", ".key.")
            .replace(".to_v.", ".value.")
            .replace(".to_out.0.", ".proj_attn.")
    });
    assert!(requirements(&model.0).unwrap().are_met());
    let mut opened = Sdxl::open(&model.0, &Device::Cpu, DType::F32).unwrap();
    for part in SdxlPart::ALL {
        opened.load(part).unwrap();
    }
}

#[test]
fn another_model_is_refused() {
    let model = Copy::new("other");
    model.edit(
        "unet/config.json",
        "\"in_channels\": 4",
        "\"in_channels\": 9",
    );
    assert!(model.refusal().contains("inpainting"));
    model.edit(
        "text_encoder/config.json",
        "\"hidden_size\": 32",
        "\"hidden_size\": 64",
    );
    assert!(model.refusal().contains("UNet wants 80"));
    model.edit("tokenizer/merges.txt", "i n", "i q");
    model.edit(
        "text_encoder/config.json",
        "\"hidden_size\": 64",
        "\"hidden_size\": 32",
    );
    model.edit(
        "unet/config.json",
        "\"in_channels\": 9",
        "\"in_channels\": 4",
    );
    assert!(model.refusal().contains("i q"), "{}", model.refusal());
}

#[test]
fn a_folder_without_a_model_says_so() {
    let folder = std::env::temp_dir().join(format!("sdxl-empty-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    assert!(
        requirements(&folder)
            .unwrap_err()
            .to_string()
            .contains("no model_index.json")
    );
    fs::write(folder.join("a.safetensors"), "x").unwrap();
    let report = report(&folder, SdxlComponent::Unet);
    assert!(report.contains("a.safetensors"), "{report}");
    fs::write(folder.join("b.safetensors"), "x").unwrap();
    assert!(
        requirements(&folder)
            .unwrap_err()
            .to_string()
            .contains("more than one")
    );
    fs::remove_dir_all(folder).unwrap();
}
