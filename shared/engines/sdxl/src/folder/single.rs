//! The names in a single checkpoint file, which are those of the program that SDXL was trained with.
//!
//! All of its blocks are in one list on the way in and one on the way out, where the folder layout has levels;
//! the second text encoder has query, key and value in one tensor and its projection transposed; and the VAE's
//! attention consists of convolutions.

use ourvidz_engine_base::weights::TensorPart;

use super::SdxlComponent;

const UNET: &str = "model.diffusion_model.";
const VAE: &str = "first_stage_model.";
const FIRST_TEXT: &str = "conditioner.embedders.0.transformer.";
const SECOND_TEXT: &str = "conditioner.embedders.1.model.";

/// Layers of a level in the lists: two residual blocks and a change of size on the way in, three residual blocks
/// on the way out.
const LAYERS_PER_LEVEL: usize = 3;

/// The names that a stored tensor is used under.
pub fn names(
    component: SdxlComponent,
    stored: &str,
    vae_levels: usize,
) -> Vec<(String, TensorPart)> {
    match component {
        SdxlComponent::TextEncoder => whole(stored.strip_prefix(FIRST_TEXT).map(str::to_owned)),
        SdxlComponent::TextEncoder2 => stored
            .strip_prefix(SECOND_TEXT)
            .map(second_text)
            .unwrap_or_default(),
        SdxlComponent::Unet => whole(stored.strip_prefix(UNET).and_then(unet)),
        SdxlComponent::Vae => stored
            .strip_prefix(VAE)
            .and_then(|name| vae(name, vae_levels))
            .into_iter()
            .collect(),
        // Never in the file of a model.
        SdxlComponent::ImageEncoder | SdxlComponent::IpAdapter => Vec::new(),
    }
}

fn whole(name: Option<String>) -> Vec<(String, TensorPart)> {
    name.map(|name| (name, TensorPart::Whole))
        .into_iter()
        .collect()
}

/// Exchanges the beginning of a name.
fn exchange(name: &str, table: &[(&str, &str)]) -> Option<String> {
    table.iter().find_map(|(stored, used)| {
        let rest = name.strip_prefix(stored)?;
        Some(format!("{used}{rest}"))
    })
}

/// Splits off a number: `7.0.weight` is 7 and `0.weight`.
fn number(name: &str) -> Option<(usize, &str)> {
    let (number, rest) = name.split_once('.')?;
    Some((number.parse().ok()?, rest))
}

const UNET_ENDS: [(&str, &str); 7] = [
    ("time_embed.0.", "time_embedding.linear_1."),
    ("time_embed.2.", "time_embedding.linear_2."),
    ("label_emb.0.0.", "add_embedding.linear_1."),
    ("label_emb.0.2.", "add_embedding.linear_2."),
    ("input_blocks.0.0.", "conv_in."),
    ("out.0.", "conv_norm_out."),
    ("out.2.", "conv_out."),
];

const UNET_RESNET: [(&str, &str); 6] = [
    ("in_layers.0.", "norm1."),
    ("in_layers.2.", "conv1."),
    ("emb_layers.1.", "time_emb_proj."),
    ("out_layers.0.", "norm2."),
    ("out_layers.3.", "conv2."),
    ("skip_connection.", "conv_shortcut."),
];

fn unet(name: &str) -> Option<String> {
    if let Some(name) = exchange(name, &UNET_ENDS) {
        return Some(name);
    }
    if let Some(rest) = name.strip_prefix("middle_block.") {
        return match number(rest)? {
            (0, rest) => Some(format!(
                "mid_block.resnets.0.{}",
                exchange(rest, &UNET_RESNET)?
            )),
            (1, rest) => Some(format!("mid_block.attentions.0.{rest}")),
            (2, rest) => Some(format!(
                "mid_block.resnets.1.{}",
                exchange(rest, &UNET_RESNET)?
            )),
            _ => None,
        };
    }
    if let Some(rest) = name.strip_prefix("input_blocks.") {
        let (block, rest) = number(rest)?;
        let block = block.checked_sub(1)?;
        let (level, layer) = (block / LAYERS_PER_LEVEL, block % LAYERS_PER_LEVEL);
        if let Some(rest) = rest.strip_prefix("0.op.") {
            return Some(format!("down_blocks.{level}.downsamplers.0.conv.{rest}"));
        }
        return Some(format!("down_blocks.{level}.{}", inside(layer, rest)?));
    }
    let (block, rest) = number(name.strip_prefix("output_blocks.")?)?;
    let (level, layer) = (block / LAYERS_PER_LEVEL, block % LAYERS_PER_LEVEL);
    // Behind the residual block, and behind the attention where there is one.
    for place in ["1.conv.", "2.conv."] {
        if let Some(rest) = rest.strip_prefix(place) {
            return Some(format!("up_blocks.{level}.upsamplers.0.conv.{rest}"));
        }
    }
    Some(format!("up_blocks.{level}.{}", inside(layer, rest)?))
}

fn inside(layer: usize, rest: &str) -> Option<String> {
    match number(rest)? {
        (0, rest) => Some(format!("resnets.{layer}.{}", exchange(rest, &UNET_RESNET)?)),
        (1, rest) => Some(format!("attentions.{layer}.{rest}")),
        _ => None,
    }
}

const VAE_ATTENTION: [(&str, &str); 5] = [
    ("norm.", "group_norm."),
    ("q.", "to_q."),
    ("k.", "to_k."),
    ("v.", "to_v."),
    ("proj_out.", "to_out.0."),
];

fn vae(name: &str, levels: usize) -> Option<(String, TensorPart)> {
    let (half, rest) = match name.split_once('.')? {
        (half @ ("encoder" | "decoder"), rest) => (half, rest),
        ("quant_conv" | "post_quant_conv", _) => return Some((name.to_owned(), TensorPart::Whole)),
        _ => return None,
    };
    if let Some(rest) = rest.strip_prefix("mid.attn_1.") {
        let used = exchange(rest, &VAE_ATTENTION)?;
        let is_matrix = rest.ends_with("weight") && !rest.starts_with("norm.");
        let part = if is_matrix {
            TensorPart::Squeezed
        } else {
            TensorPart::Whole
        };
        return Some((format!("{half}.mid_block.attentions.0.{used}"), part));
    }
    let used = if let Some(rest) = rest.strip_prefix("mid.block_") {
        let (number, rest) = number(rest)?;
        format!(
            "mid_block.resnets.{}.{}",
            number.checked_sub(1)?,
            shortcut(rest)
        )
    } else if let Some(rest) = rest.strip_prefix("down.") {
        let (level, rest) = number(rest)?;
        format!("down_blocks.{level}.{}", vae_level(rest)?)
    } else if let Some(rest) = rest.strip_prefix("up.") {
        let (level, rest) = number(rest)?;
        let level = levels.checked_sub(level + 1)?;
        format!("up_blocks.{level}.{}", vae_level(rest)?)
    } else if let Some(rest) = rest.strip_prefix("norm_out.") {
        format!("conv_norm_out.{rest}")
    } else {
        rest.to_owned()
    };
    Some((format!("{half}.{used}"), TensorPart::Whole))
}

fn vae_level(rest: &str) -> Option<String> {
    let changes = [
        ("downsample.", "downsamplers.0."),
        ("upsample.", "upsamplers.0."),
    ];
    exchange(rest, &changes).or_else(|| {
        Some(format!(
            "resnets.{}",
            shortcut(rest.strip_prefix("block.")?)
        ))
    })
}

fn shortcut(rest: &str) -> String {
    rest.replace("nin_shortcut.", "conv_shortcut.")
}

const SECOND_TEXT_ENDS: [(&str, &str); 2] = [
    ("token_embedding.", "text_model.embeddings.token_embedding."),
    ("ln_final.", "text_model.final_layer_norm."),
];

const SECOND_TEXT_BLOCK: [(&str, &str); 5] = [
    ("ln_1.", "layer_norm1."),
    ("ln_2.", "layer_norm2."),
    ("mlp.c_fc.", "mlp.fc1."),
    ("mlp.c_proj.", "mlp.fc2."),
    ("attn.out_proj.", "self_attn.out_proj."),
];

fn second_text(name: &str) -> Vec<(String, TensorPart)> {
    match name {
        "positional_embedding" => {
            return whole(Some(
                "text_model.embeddings.position_embedding.weight".to_owned(),
            ));
        }
        "text_projection" => {
            return vec![("text_projection.weight".to_owned(), TensorPart::Transposed)];
        }
        // Checkpoints that other programs wrote again have it as a layer.
        "text_projection.weight" => return whole(Some(name.to_owned())),
        _ => {}
    }
    let Some((block, rest)) = name.strip_prefix("transformer.resblocks.").and_then(number) else {
        return whole(exchange(name, &SECOND_TEXT_ENDS));
    };
    let layer = format!("text_model.encoder.layers.{block}");
    if let Some(kind) = rest.strip_prefix("attn.in_proj_") {
        let parts = ["q", "k", "v"].into_iter().enumerate();
        return parts
            .map(|(index, which)| {
                let part = TensorPart::Rows { index, of: 3 };
                (format!("{layer}.self_attn.{which}_proj.{kind}"), part)
            })
            .collect();
    }
    whole(exchange(rest, &SECOND_TEXT_BLOCK).map(|rest| format!("{layer}.{rest}")))
}
