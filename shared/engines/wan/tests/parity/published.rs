//! Names and shapes of the published checkpoint: real files must load although none can lie here.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use candle_core::{DType, Device, safetensors};
use ourvidz_engine_base::weights::Shapes;
use ourvidz_engine_wan::{Folder, WanComponent};

use crate::support::{fixtures, tiny};

/// `name shape` in each line; `{30}` in a name stands for the numbers from 0 to 29.
fn published(component: WanComponent) -> Shapes {
    let path = fixtures()
        .join("published")
        .join(format!("{}.txt", component.folder()));
    let mut shapes = Shapes::new();
    for line in fs::read_to_string(path).unwrap().lines() {
        let (name, shape) = line.split_once(' ').unwrap();
        let shape: Vec<usize> = shape.split(',').map(|side| side.parse().unwrap()).collect();
        match name.split_once('{') {
            None => {
                shapes.insert(name.to_owned(), shape);
            }
            Some((head, rest)) => {
                let (count, tail) = rest.split_once('}').unwrap();
                for number in 0..count.parse::<usize>().unwrap() {
                    shapes.insert(format!("{head}{number}{tail}"), shape.clone());
                }
            }
        }
    }
    shapes
}

/// A folder with the published configurations and no weights.
fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("ourvidz-wan-{name}-{}", std::process::id()));
    for component in WanComponent::ALL {
        let file = format!("{}.json", component.folder());
        fs::create_dir_all(folder.join(component.folder())).unwrap();
        fs::copy(
            fixtures().join("published").join(file),
            folder.join(component.folder()).join("config.json"),
        )
        .unwrap();
    }
    folder
}

#[test]
fn the_model_asks_for_exactly_what_is_published() {
    let path = folder("asks");
    for component in WanComponent::ALL {
        let wanted = Folder::new(&path).wanted(component).unwrap();
        let published = published(component);
        let missing: Vec<_> = published
            .keys()
            .filter(|name| !wanted.contains_key(*name))
            .collect();
        assert!(missing.is_empty(), "the model ignores {missing:?}");
        assert_eq!(wanted, published, "{component:?}");
    }
    fs::remove_dir_all(path).unwrap();
}

#[test]
fn the_published_model_has_the_size_that_is_known() {
    let path = folder("size");
    let folder = Folder::new(&path);
    let numbers: BTreeMap<&str, usize> = WanComponent::ALL
        .into_iter()
        .map(|component| {
            let bytes = folder.bytes(component, DType::BF16).unwrap();
            let of_a_number = if component == WanComponent::Vae { 4 } else { 2 };
            (component.folder(), bytes / of_a_number)
        })
        .collect();
    assert_eq!(numbers["transformer"], 1_418_996_800);
    assert_eq!(numbers["vae"], 126_892_531);
    assert_eq!(numbers["text_encoder"], 5_680_910_336);
    fs::remove_dir_all(path).unwrap();
}

#[test]
fn a_complete_folder_is_complete() {
    let examination = Folder::new(&tiny()).examine(DType::F32);
    assert!(examination.fits(), "{examination}");
}

#[test]
fn what_is_wrong_with_a_folder_is_told_in_words() {
    let path = folder("wrong");
    // Weights of another model beside the published configuration.
    let file = "vae/diffusion_pytorch_model.safetensors";
    fs::copy(tiny().join(file), path.join(file)).unwrap();
    let examination = Folder::new(&path).examine(DType::BF16);
    assert!(!examination.fits());
    let text = examination.to_string();
    for part in [
        "text_encoder: ",
        "model.safetensors: there is no such file",
        "vae: 485 MiB, ",
        "of another shape: decoder.conv_in.bias is [16] instead of [384]",
        "tokenizer: ",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    fs::remove_dir_all(path).unwrap();
}

/// The words' vectors have two names, of which a file may have either or both.
#[test]
fn the_words_are_found_under_either_name() {
    const NAMES: [&str; 2] = ["shared.weight", "encoder.embed_tokens.weight"];
    let path = folder("words");
    let into = path.join("text_encoder");
    fs::copy(
        tiny().join("text_encoder/config.json"),
        into.join("config.json"),
    )
    .unwrap();
    let file = "model.safetensors";
    let stored = safetensors::load(tiny().join("text_encoder").join(file), &Device::Cpu).unwrap();
    let words = stored[NAMES[0]].clone();
    let encode = |folder: &Path| -> Vec<f32> {
        let encoder = Folder::new(folder)
            .text_encoder(&Device::Cpu, DType::F32)
            .unwrap();
        encoder
            .encode(&[5, 6, 1])
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap()
    };
    let expected = encode(&tiny());
    for names in [&NAMES[..1], &NAMES[1..], &NAMES] {
        let mut tensors = stored.clone();
        tensors.remove(NAMES[0]);
        tensors.extend(names.iter().map(|name| ((*name).to_owned(), words.clone())));
        safetensors::save(&tensors, into.join(file)).unwrap();
        assert_eq!(encode(&path), expected, "{names:?}");
        let wanted = Folder::new(&path)
            .wanted(WanComponent::TextEncoder)
            .unwrap();
        let found = Folder::new(&path).found(WanComponent::TextEncoder).unwrap();
        assert!(wanted.keys().eq(found.keys()), "{names:?}");
    }
    fs::remove_dir_all(path).unwrap();
}
