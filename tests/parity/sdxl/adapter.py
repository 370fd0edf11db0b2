"""A tiny IP-Adapter for the tiny model: what each of its stages makes of a picture, and a whole picture with it."""

import os

import torch
from diffusers import UNet2DConditionModel
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

import picture
from common import FIXTURES, LARGEST_FIXTURE_BYTES, ROOT, randomise, save

FOLDER = os.path.join(FIXTURES, "sdxl", "adapter")
WEIGHTS = "ip-adapter.safetensors"
SIDE = 64
TOKENS = 4
SCALE = 0.6
STYLE = {"up": {"block_0": [0.0, SCALE, 0.0]}}


def image_encoder():
    config = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=48,
        projection_dim=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=SIDE,
        patch_size=16,
        hidden_act="gelu",
    )
    return randomise(CLIPVisionModelWithProjection(config), seed=5)


def weights(unet, embedding):
    """The tensors of an adapter, named as the published ones: numbered as torch lists the UNet's attention."""
    context = unet.config.cross_attention_dim
    generator = torch.Generator().manual_seed(6)

    def normal(*shape):
        return torch.randn(shape, generator=generator)

    tensors = {
        "image_proj.proj.weight": normal(TOKENS * context, embedding) / embedding**0.5,
        "image_proj.proj.bias": 0.1 * normal(TOKENS * context),
        "image_proj.norm.weight": 1 + 0.2 * normal(context),
        "image_proj.norm.bias": 0.1 * normal(context),
    }
    for number, name in enumerate(unet.attn_processors):
        if "attn2" in name:
            size = unet.get_submodule(name.removesuffix(".processor")).to_q.out_features
            for layer in ("to_k_ip", "to_v_ip"):
                tensors[f"ip_adapter.{number}.{layer}.weight"] = normal(size, context) / context**0.5
    return {name: tensor.half() for name, tensor in tensors.items()}


def published():
    """Names and shapes of the adapter for the full-size UNet, built on torch's meta device."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            block_out_channels=(320, 640, 1280),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            transformer_layers_per_block=(1, 2, 10),
            attention_head_dim=(5, 10, 20),
            use_linear_projection=True,
            cross_attention_dim=2048,
        )
    lines = []
    for number, name in enumerate(unet.attn_processors):
        if "attn2" in name:
            size = unet.get_submodule(name.removesuffix(".processor")).to_q.out_features
            for layer in ("to_k_ip", "to_v_ip"):
                lines.append(f"ip_adapter.{number}.{layer}.weight {size}x2048\n")
    with open(os.path.join(FIXTURES, "sdxl", "names", "adapter.txt"), "w", encoding="utf-8") as file:
        file.writelines(lines)


def write_model(encoder, tensors):
    encoder.half().save_pretrained(os.path.join(FOLDER, "image_encoder"))
    encoder.float()
    os.makedirs(os.path.join(FOLDER, "ip_adapter"), exist_ok=True)
    save_file(tensors, os.path.join(FOLDER, "ip_adapter", WEIGHTS))
    size = sum(os.path.getsize(os.path.join(at, file)) for at, _, files in os.walk(FOLDER) for file in files)
    assert size < LARGEST_FIXTURE_BYTES, f"the adapter has {size} bytes"
    print(f"{size:9} {os.path.relpath(FOLDER, ROOT)}")


def predicted(pipeline, embeddings, scale):
    """A step of the UNet: the same as without an adapter, see stages.py."""
    given = load_file(os.path.join(FIXTURES, "sdxl", "unet.safetensors"))
    pipeline.set_ip_adapter_scale(scale)
    added = {"text_embeds": given["pooled"], "time_ids": given["times"], "image_embeds": [embeddings]}
    return pipeline.unet(given["sample"], torch.tensor(801.0), given["context"], added_cond_kwargs=added).sample


def write(pipeline):
    encoder = image_encoder()
    write_model(encoder, weights(pipeline.unet, encoder.config.projection_dim))
    processor = CLIPImageProcessor(size=SIDE, crop_size=SIDE)
    pipeline.register_modules(image_encoder=encoder, feature_extractor=processor)
    pipeline.load_ip_adapter(FOLDER, subfolder="ip_adapter", weight_name=WEIGHTS)
    pipeline.unet.eval().requires_grad_(False)

    image = Image.open(os.path.join(picture.FOLDER, "fox.png"))
    pixels = processor(image, return_tensors="pt").pixel_values
    embedding = encoder(pixels).image_embeds
    # Nothing is told as zeros, before the projection.
    embeddings = torch.stack([torch.zeros_like(embedding), embedding])
    tokens = pipeline.unet.encoder_hid_proj([embeddings])[0]
    tensors = {"pixels": pixels, "embedding": embedding, "tokens": tokens.reshape(2, TOKENS, -1)}
    for name, scale in (("everywhere", SCALE), ("style", STYLE), ("nowhere", 0.0)):
        tensors[name] = predicted(pipeline, embeddings, scale)
        print(name, "deviates by", tensors[name].std().item())
    save(tensors, "sdxl", "adapter.safetensors")

    size = {"width": picture.REQUEST["width"], "height": picture.REQUEST["height"]}
    for name, scale in (("fox-character.png", SCALE), ("fox-style.png", STYLE)):
        pipeline.set_ip_adapter_scale(scale)
        asked = picture.asked(latents=picture.start_noise(), ip_adapter_image=image, **size)
        picture.keep(pipeline(**asked).images, name)
    published()
