//! The tiny model as a single checkpoint file.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};
use ourvidz_engine_base::weights::TensorPart;
use ourvidz_engine_sdxl::Sdxl;
use ourvidz_engine_sdxl::folder::{SdxlComponent, SdxlFiles, names_of_single_file};

use crate::fixture;
use crate::names::published;
use crate::picture::{Kept, LARGEST_STEP, expected, largest_step, request};

/// The tensors of a component of the folder.
fn of_folder(component: SdxlComponent) -> HashMap<String, Tensor> {
    let folder = fixture("model").join(component.name());
    let file = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.extension()
                .is_some_and(|ending| ending == "safetensors")
        });
    let tensors = candle_core::safetensors::load(file.unwrap(), &Device::Cpu).unwrap();
    let is_text = matches!(
        component,
        SdxlComponent::TextEncoder | SdxlComponent::TextEncoder2
    );
    let prefix = |name: String| {
        let is_complete = !is_text || name.starts_with("text_");
        if is_complete {
            name
        } else {
            format!("text_model.{name}")
        }
    };
    tensors
        .into_iter()
        .map(|(name, tensor)| (prefix(name), tensor))
        .collect()
}

/// What a single file stores for these parts.
fn stored(parts: &[(TensorPart, &Tensor)]) -> Tensor {
    match parts {
        [(TensorPart::Whole, tensor)] => (*tensor).clone(),
        [(TensorPart::Transposed, tensor)] => tensor.t().unwrap().contiguous().unwrap(),
        [(TensorPart::Squeezed, tensor)] => tensor.unsqueeze(2).unwrap().unsqueeze(3).unwrap(),
        [
            (TensorPart::Rows { index: 0, .. }, first),
            (_, second),
            (_, third),
        ] => Tensor::cat(&[*first, *second, *third], 0).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_single_file_makes_the_same_picture() {
    let folder = SdxlFiles::open(&fixture("model")).unwrap();
    let levels = folder.configs.vae.block_out_channels.len();
    let mut file = HashMap::new();
    for component in SdxlComponent::ALL {
        let tensors = of_folder(component);
        let mut used = 0;
        // The names of a large file; the tiny model has some of them.
        for name in published("single_file").into_keys() {
            let names = names_of_single_file(component, &name, levels);
            let parts: Vec<_> = names
                .iter()
                .filter_map(|(name, part)| Some((*part, tensors.get(name)?)))
                .collect();
            if !parts.is_empty() {
                used += parts.len();
                file.insert(name, stored(&parts));
            }
        }
        assert_eq!(used, tensors.len(), "{}", component.name());
    }
    let path = std::env::temp_dir().join(format!("sdxl-single-{}.safetensors", std::process::id()));
    candle_core::safetensors::save(&file, &path).unwrap();

    let files = SdxlFiles::single(path.clone(), folder.configs, folder.tokenizer);
    let mut kept = Kept::default();
    let made = Sdxl::of_files(files, &Device::Cpu, DType::F32).generate(&request(), &mut kept);
    std::fs::remove_file(path).unwrap();
    made.unwrap();
    assert!(largest_step(&kept.pictures[0].1, &expected()) <= LARGEST_STEP);
}
