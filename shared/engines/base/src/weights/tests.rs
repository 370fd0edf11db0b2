//! Weights written to a folder and read again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{DType, Device, Tensor};

use super::*;

/// A folder that goes when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("weights-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, file: &str, tensors: &[(&str, &Tensor)]) {
        let tensors: HashMap<_, _> = tensors
            .iter()
            .copied()
            .map(|(name, t)| (name, t.clone()))
            .collect();
        candle_core::safetensors::save(&tensors, self.0.join(file)).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn counting(shape: &[usize]) -> Tensor {
    let count = shape.iter().product::<usize>() as f32;
    Tensor::arange(0.0, count, &Device::Cpu)
        .unwrap()
        .reshape(shape)
        .unwrap()
}

fn rows(tensor: &Tensor) -> Vec<Vec<f32>> {
    tensor.to_vec2().unwrap()
}

#[test]
fn a_file_is_read_in_the_precision_asked_for() {
    let folder = Folder::new();
    let stored = counting(&[2, 3]).to_dtype(DType::F16).unwrap();
    folder.write("model.fp16.safetensors", &[("a.weight", &stored)]);
    let weights = Weights::in_folder(&folder.0, "model").unwrap();
    assert_eq!(weights.listing()["a.weight"].precision, Some(DType::F16));

    let builder = weights.builder(DType::F32, &Device::Cpu);
    let read = builder.pp("a").get((2, 3), "weight").unwrap();
    assert_eq!(rows(&read), [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]);
    let error = builder.pp("a").get((3, 2), "weight").unwrap_err();
    assert!(
        error.to_string().contains("[2, 3] instead of [3, 2]"),
        "{error}"
    );
    assert!(builder.get((1,), "b").is_err());
}

#[test]
fn an_index_brings_several_files_together() {
    let folder = Folder::new();
    folder.write("m-00001-of-00002.safetensors", &[("a", &counting(&[1]))]);
    folder.write(
        "m-00002-of-00002.safetensors",
        &[("b", &counting(&[2])), ("c", &counting(&[3]))],
    );
    let index = r#"{"metadata":{"total_size":24},"weight_map":{"a":"m-00001-of-00002.safetensors","b":"m-00002-of-00002.safetensors","c":"m-00002-of-00002.safetensors"}}"#;
    let path = folder.0.join("m.safetensors.index.json");
    std::fs::write(&path, index).unwrap();
    let weights = Weights::in_folder(&folder.0, "m").unwrap();
    assert_eq!(
        weights.listing().keys().collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    let read = weights
        .builder(DType::F32, &Device::Cpu)
        .get(3, "c")
        .unwrap();
    assert_eq!(read.to_vec1::<f32>().unwrap(), [0.0, 1.0, 2.0]);

    std::fs::write(&path, index.replace("m-00002", "m-00003")).unwrap();
    let error = Weights::in_folder(&folder.0, "m").unwrap_err().to_string();
    assert!(
        error.contains("m-00003-of-00002.safetensors") && error.contains("missing"),
        "{error}"
    );
    std::fs::write(&path, index.replace("m-00002", "../m-00002")).unwrap();
    let error = Weights::in_folder(&folder.0, "m").unwrap_err().to_string();
    assert!(error.contains("is not a file name"), "{error}");
}

#[test]
fn what_is_no_weights_is_refused_by_name() {
    let folder = Folder::new();
    let refused = |folder: &Path| Weights::in_folder(folder, "model").unwrap_err().to_string();
    assert!(refused(&folder.0).contains("there is no such file"));
    for content in [&b""[..], &b"not weights"[..], &[0xff; 64][..]] {
        std::fs::write(folder.0.join("model.safetensors"), content).unwrap();
        assert!(
            refused(&folder.0).contains("model.safetensors"),
            "{}",
            refused(&folder.0)
        );
    }
}

#[test]
fn parts_of_stored_tensors_have_names_of_their_own() {
    let folder = Folder::new();
    folder.write(
        "model.safetensors",
        &[
            ("fused", &counting(&[6, 2])),
            ("flipped", &counting(&[2, 3])),
            ("pixel", &counting(&[2, 2, 1, 1])),
            ("other", &counting(&[2, 2, 3, 3])),
        ],
    );
    let weights = Weights::in_folder(&folder.0, "model")
        .unwrap()
        .renamed(|stored| match stored {
            "fused" => (0..3)
                .map(|index| (format!("part{index}"), TensorPart::Rows { index, of: 3 }))
                .collect(),
            "flipped" => vec![("matrix".to_owned(), TensorPart::Transposed)],
            "pixel" => vec![("dense".to_owned(), TensorPart::Squeezed)],
            _ => vec![("nothing".to_owned(), TensorPart::Squeezed)],
        });
    let shapes: Vec<_> = weights
        .listing()
        .iter()
        .map(|(name, listed)| (name.as_str(), listed.shape.clone()))
        .collect();
    assert_eq!(
        shapes,
        [
            ("dense", vec![2, 2]),
            ("matrix", vec![3, 2]),
            ("part0", vec![2, 2]),
            ("part1", vec![2, 2]),
            ("part2", vec![2, 2]),
        ]
    );
    let builder = weights.builder(DType::F32, &Device::Cpu);
    assert_eq!(
        rows(&builder.get((2, 2), "part1").unwrap()),
        [[4.0, 5.0], [6.0, 7.0]]
    );
    assert_eq!(
        rows(&builder.get((3, 2), "matrix").unwrap()),
        [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
    );
    assert_eq!(
        rows(&builder.get((2, 2), "dense").unwrap()),
        [[0.0, 1.0], [2.0, 3.0]]
    );
}

#[test]
fn a_model_lists_what_it_wants_without_memory() {
    let vast = 1 << 40;
    let shapes = RequiredTensors::by(|builder| {
        candle_nn::linear(vast, 2, builder.pp("layers.0"))?;
        candle_nn::layer_norm(vast, 1e-5, builder.pp("norm"))
    })
    .unwrap();
    let names: Vec<_> = shapes
        .iter()
        .map(|(name, shape)| (name.as_str(), shape.clone()))
        .collect();
    assert_eq!(
        names,
        [
            ("layers.0.bias", vec![2]),
            ("layers.0.weight", vec![2, vast]),
            ("norm.bias", vec![vast]),
            ("norm.weight", vec![vast]),
        ]
    );
}

#[test]
fn random_weights_keep_activations_in_size() {
    let builder = random(DType::F32, &Device::Cpu);
    let layer = candle_nn::linear(400, 300, builder.pp("layer")).unwrap();
    let input = crate::noise::tensor(
        1,
        crate::noise::NoisePurpose::Start,
        0,
        (50, 400),
        &Device::Cpu,
    )
    .unwrap();
    let output = candle_nn::Module::forward(&layer, &input).unwrap();
    let power = output
        .sqr()
        .unwrap()
        .mean_all()
        .unwrap()
        .to_scalar::<f32>()
        .unwrap();
    assert!((0.8..1.2).contains(&power), "{power}");
}
