"""Names and shapes of the full-size model in both layouts, without its 14 GB: built on the meta device."""

import os

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders import single_file_utils
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from common import FIXTURES, ROOT


def unet():
    return UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(320, 640, 1280),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10),
        attention_head_dim=(5, 10, 20),
        use_linear_projection=True,
        cross_attention_dim=2048,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    )


def vae():
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        sample_size=1024,
    )


def text(model, width, layers, heads):
    config = CLIPTextConfig(
        vocab_size=49408,
        hidden_size=width,
        intermediate_size=4 * width,
        projection_dim=1280,
        num_hidden_layers=layers,
        num_attention_heads=heads,
    )
    return model(config)


def build():
    with torch.device("meta"):
        models = {
            "text_encoder": text(CLIPTextModel, 768, 12, 12),
            "text_encoder_2": text(CLIPTextModelWithProjection, 1280, 32, 20),
            "unet": unet(),
            "vae": vae(),
        }
    return {
        # Published files have this prefix, which newer versions of transformers drop.
        name: {with_prefix(name, key): tuple(value.shape) for key, value in model.state_dict().items()}
        for name, model in models.items()
    }, models


def with_prefix(model, key):
    is_text = model.startswith("text_encoder") and not key.startswith(("text_model.", "text_projection"))
    return f"text_model.{key}" if is_text else key


# --- the single file -------------------------------------------------------------------------------------------

CLIP = "conditioner.embedders.0.transformer."
OPEN_CLIP = "conditioner.embedders.1.model."


def single_unet(key):
    """The name in a single file for a name of the UNet."""
    parts = key.split(".")
    for ours, theirs in {
        **single_file_utils.DIFFUSERS_TO_LDM_MAPPING["unet"]["layers"],
        **single_file_utils.DIFFUSERS_TO_LDM_MAPPING["unet"]["addition_embed_type"],
    }.items():
        if key == ours:
            return "model.diffusion_model." + theirs
    if parts[0] == "mid_block":
        place = {"resnets.0": 0, "attentions.0": 1, "resnets.1": 2}[".".join(parts[1:3])]
        return f"model.diffusion_model.middle_block.{place}." + inside(parts[1], parts[3:])
    block, kind, layer = int(parts[1]), parts[2], int(parts[3])
    if parts[0] == "down_blocks":
        number = 1 + 3 * block + (2 if kind == "downsamplers" else layer)
        if kind == "downsamplers":
            return f"model.diffusion_model.input_blocks.{number}.0.op.{parts[-1]}"
        return f"model.diffusion_model.input_blocks.{number}.{int(kind == 'attentions')}." + inside(kind, parts[4:])
    number = 3 * block + (2 if kind == "upsamplers" else layer)
    if kind == "upsamplers":
        # The last of the block's places: behind the resnet, and behind the attention where there is one.
        return f"model.diffusion_model.output_blocks.{number}.2.conv.{parts[-1]}"
    return f"model.diffusion_model.output_blocks.{number}.{int(kind == 'attentions')}." + inside(kind, parts[4:])


def inside(kind, rest):
    rest = ".".join(rest)
    if kind == "attentions":
        return rest
    for ours, theirs in (
        ("norm1", "in_layers.0"),
        ("conv1", "in_layers.2"),
        ("time_emb_proj", "emb_layers.1"),
        ("norm2", "out_layers.0"),
        ("conv2", "out_layers.3"),
        ("conv_shortcut", "skip_connection"),
    ):
        if rest.startswith(ours + "."):
            return rest.replace(ours, theirs, 1)
    raise ValueError(rest)


def single_vae(key, shape):
    for ours, theirs in single_file_utils.DIFFUSERS_TO_LDM_MAPPING["vae"].items():
        if key == ours:
            return "first_stage_model." + theirs, shape
    for ours, theirs in (("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out")):
        if f"attentions.0.{ours}." in key:
            key = key.replace(f"attentions.0.{ours}.", f"attn_1.{theirs}.")
            shape = (*shape, 1, 1) if len(shape) == 2 else shape
    key = key.replace("mid_block.resnets.0", "mid.block_1").replace("mid_block.resnets.1", "mid.block_2")
    key = key.replace("mid_block.", "mid.").replace("conv_shortcut", "nin_shortcut")
    key = key.replace("downsamplers.0", "downsample").replace("upsamplers.0", "upsample").replace("resnets", "block")
    parts = key.split(".")
    if parts[1] == "up_blocks":
        parts[2] = str(3 - int(parts[2]))
    parts[1] = {"up_blocks": "up", "down_blocks": "down"}.get(parts[1], parts[1])
    return "first_stage_model." + ".".join(parts), shape


def single_open_clip(key, shape):
    """Name, shape and how much of the stored tensor it is."""
    layers = single_file_utils.DIFFUSERS_TO_LDM_MAPPING["openclip"]["layers"]
    if key in layers:
        return OPEN_CLIP + layers[key], shape
    key = key.replace("text_model.encoder.layers.", "transformer.resblocks.")
    for which in "qkv":
        for kind in ("weight", "bias"):
            if key.endswith(f"self_attn.{which}_proj.{kind}"):
                key = key.replace(f"self_attn.{which}_proj.{kind}", f"attn.in_proj_{kind}")
                return OPEN_CLIP + key, (3 * shape[0], *shape[1:])
    for ours, theirs in (
        ("layer_norm1", "ln_1"),
        ("layer_norm2", "ln_2"),
        ("mlp.fc1", "mlp.c_fc"),
        ("mlp.fc2", "mlp.c_proj"),
        ("self_attn", "attn"),
    ):
        key = key.replace(ours, theirs)
    return OPEN_CLIP + key, shape


def single_file(shapes):
    """The single file's names and shapes, and whose each is."""
    stored, users = {}, {}
    for model, tensors in shapes.items():
        for key, shape in tensors.items():
            if model == "unet":
                name, stored_shape = single_unet(key), shape
            elif model == "vae":
                name, stored_shape = single_vae(key, shape)
            elif model == "text_encoder":
                name, stored_shape = CLIP + key, shape
            else:
                name, stored_shape = single_open_clip(key, shape)
            assert stored.setdefault(name, stored_shape) == stored_shape, name
            users.setdefault(name, []).append((model, key))
    return stored, users


def check(stored, users, shapes, models):
    """The names are right if diffusers' own converters make the whole model of them, and nothing else."""
    values = {name: torch.empty(shape, device="meta") for name, shape in stored.items()}
    made = {
        "unet": single_file_utils.convert_ldm_unet_checkpoint(dict(values), models["unet"].config),
        "vae": single_file_utils.convert_ldm_vae_checkpoint(dict(values), models["vae"].config),
        "text_encoder": single_file_utils.convert_ldm_clip_checkpoint(dict(values)),
        "text_encoder_2": single_file_utils.convert_open_clip_checkpoint(
            models["text_encoder_2"], dict(values), prefix=OPEN_CLIP
        ),
    }
    for model, tensors in made.items():
        found = {key: tuple(value.shape) for key, value in tensors.items() if value is not None}
        assert found == shapes[model], (model, set(found.items()) ^ set(shapes[model].items()))
        for key, value in tensors.items():
            sources = [name for name, each in values.items() if each is value]
            assert not sources or (model, key) in users[sources[0]], (model, key, sources)


def lines(shapes):
    return "".join(f"{name} {'x'.join(map(str, shape))}\n" for name, shape in sorted(shapes.items()))


def write():
    shapes, models = build()
    stored, users = single_file(shapes)
    check(stored, users, shapes, models)
    folder = os.path.join(FIXTURES, "sdxl", "names")
    os.makedirs(folder, exist_ok=True)
    for name, tensors in {**shapes, "single_file": stored}.items():
        with open(os.path.join(folder, f"{name}.txt"), "w", encoding="utf-8") as file:
            file.write(lines(tensors))
        print(f"{len(tensors):9} names of {name} in {os.path.relpath(folder, ROOT)}")
