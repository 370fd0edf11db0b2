//! Names and shapes of the full-size model, in both layouts, against what the engine asks for.

use std::collections::{BTreeMap, BTreeSet};

use ourvidz_engine_base::weights::{Shapes, TensorPart};
use ourvidz_engine_sdxl::folder::{SdxlComponent, SdxlConfigs, names_of_single_file};

use crate::fixture;

const VAE_LEVELS: usize = 4;

pub fn published(name: &str) -> Shapes {
    let path = fixture("names").join(format!("{name}.txt"));
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| {
            let (name, shape) = line.split_once(' ').unwrap();
            let shape = shape.split('x').map(|size| size.parse().unwrap()).collect();
            (name.to_owned(), shape)
        })
        .collect()
}

/// The first encoder's last block and norm are published, but nobody asks for what they make.
fn is_needed(component: SdxlComponent, name: &str) -> bool {
    component != SdxlComponent::TextEncoder
        || !(name.starts_with("text_model.encoder.layers.11.")
            || name.starts_with("text_model.final_layer_norm."))
}

#[test]
fn the_engine_asks_for_what_is_published() {
    let configs = SdxlConfigs::full_size();
    for component in SdxlComponent::ALL {
        let mut published = published(component.name());
        published.retain(|name, _| is_needed(component, name));
        let wanted = configs.wanted(component).unwrap();
        assert!(wanted.len() > 150);
        assert_eq!(wanted, published, "{}", component.name());
    }
}

/// What a part of a stored tensor of this shape has for a shape.
fn shape_of(part: TensorPart, stored: &[usize]) -> Vec<usize> {
    match part {
        TensorPart::Whole => stored.to_vec(),
        TensorPart::Rows { of, .. } => [&[stored[0] / of], &stored[1..]].concat(),
        TensorPart::Transposed => vec![stored[1], stored[0]],
        TensorPart::Squeezed => {
            assert_eq!(stored[2..], [1, 1]);
            stored[..2].to_vec()
        }
    }
}

#[test]
fn a_single_file_has_everything_under_other_names() {
    let stored = published("single_file");
    let mut unused: BTreeSet<&String> = stored.keys().collect();
    for component in SdxlComponent::ALL {
        let mut found = Shapes::new();
        let mut parts: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
        for (name, shape) in &stored {
            for (used, part) in names_of_single_file(component, name, VAE_LEVELS) {
                unused.remove(name);
                if let TensorPart::Rows { index, of: 3 } = part {
                    parts.entry(name).or_default().push(index);
                }
                assert!(
                    found.insert(used, shape_of(part, shape)).is_none(),
                    "{name} doubles another"
                );
            }
        }
        assert_eq!(found, published(component.name()), "{}", component.name());
        assert!(parts.values().all(|parts| *parts == [0, 1, 2]));
    }
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn query_key_and_value_lie_in_this_order() {
    let stored = "conditioner.embedders.1.model.transformer.resblocks.31.attn.in_proj_bias";
    let names = names_of_single_file(SdxlComponent::TextEncoder2, stored, VAE_LEVELS);
    for ((name, part), (index, which)) in names.iter().zip(["q", "k", "v"].into_iter().enumerate())
    {
        assert_eq!(
            name,
            &format!("text_model.encoder.layers.31.self_attn.{which}_proj.bias")
        );
        assert_eq!(*part, TensorPart::Rows { index, of: 3 });
    }
    assert_eq!(names.len(), 3);
}

#[test]
fn foreign_names_mean_nothing() {
    for name in [
        "model_ema.diffusion_model.out.0.weight",
        "model.diffusion_model.input_blocks.x.0.weight",
        "model.diffusion_model.middle_block.3.weight",
        "first_stage_model.loss.logvar",
        "conditioner.embedders.1.model.logit_scale",
        "conditioner.embedders.1.model.transformer.resblocks.0.attn.other",
        "alphas_cumprod",
    ] {
        for component in SdxlComponent::ALL {
            let found = names_of_single_file(component, name, VAE_LEVELS);
            assert!(found.is_empty(), "{name}: {found:?}");
        }
    }
}
