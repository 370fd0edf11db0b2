"""A tiny SDXL with every part of the large one, saved in the layout in which models are published."""

import json
import os

import numpy
import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from common import FIXTURES, LARGEST_FIXTURE_BYTES, ROOT, randomise

FOLDER = os.path.join(FIXTURES, "sdxl", "model")
MERGES = 200
FIRST_MERGED = 512


def byte_symbols():
    """The character that stands for each byte, in the order of CLIP's vocabulary."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + place) for place in range(len(others))]


def tokenizer(folder, pad):
    """CLIP's tokenizer with only its first merges: ids have the same order, the vocabulary is a hundredth."""
    planes = numpy.fromfile(os.path.join(ROOT, "shared/prompts/data/clip_merges.bin"), dtype=numpy.uint8)
    planes = planes.reshape(4, -1)[:, :MERGES].astype(int)
    symbols = byte_symbols()
    symbols += [symbol + "</w>" for symbol in symbols]
    merges = []
    for left, right in zip(planes[0] + 256 * planes[1], planes[2] + 256 * planes[3]):
        merges.append(f"{symbols[left]} {symbols[right]}")
        symbols.append(symbols[left] + symbols[right])
    symbols += ["<|startoftext|>", "<|endoftext|>"]

    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as file:
        json.dump({symbol: number for number, symbol in enumerate(symbols)}, file, ensure_ascii=False)
    with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as file:
        file.write("#version: 0.2\n" + "\n".join(merges) + "\n")
    made = CLIPTokenizer.from_pretrained(folder, pad_token=pad, model_max_length=77)
    assert made.convert_tokens_to_ids(symbols) == list(range(len(symbols)))
    return made


def text_config(vocabulary, **other):
    return CLIPTextConfig(
        vocab_size=vocabulary,
        bos_token_id=vocabulary - 2,
        eos_token_id=vocabulary - 1,
        num_attention_heads=4,
        num_hidden_layers=3,
        max_position_embeddings=77,
        **other,
    )


def build():
    """The whole pipeline, with random weights."""
    tokenizers = [
        tokenizer(os.path.join(FOLDER, "tokenizer"), pad="<|endoftext|>"),
        tokenizer(os.path.join(FOLDER, "tokenizer_2"), pad="!"),
    ]
    vocabulary = FIRST_MERGED + MERGES + 2
    small = text_config(vocabulary, hidden_size=32, intermediate_size=48, hidden_act="quick_gelu", projection_dim=32)
    big = text_config(vocabulary, hidden_size=48, intermediate_size=64, hidden_act="gelu", projection_dim=40)
    unet = UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(16, 24, 32),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=2,
        transformer_layers_per_block=(1, 1, 2),
        attention_head_dim=(2, 3, 4),
        use_linear_projection=True,
        cross_attention_dim=80,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 40,
        norm_num_groups=8,
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(8, 16, 16),
        layers_per_block=2,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
        scaling_factor=0.13025,
    )
    randomise(unet, seed=1)
    # A random model's prediction is not noise that was in the input: kept small, so that the loop of 15 steps
    # ends with latents of a usual size.
    unet.conv_out.weight.data *= 0.25
    randomise(vae, seed=2)
    # Most pixels between black and white, so that rounding to 8 bits hides nothing.
    vae.decoder.conv_out.weight.data *= 0.5
    for module in (unet, vae):
        for parameter in module.parameters():
            parameter.data = parameter.data.half().float()
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        timestep_spacing="leading",
        steps_offset=1,
    )
    return StableDiffusionXLPipeline(
        vae=vae,
        text_encoder=randomise(CLIPTextModel(small), seed=3),
        text_encoder_2=randomise(CLIPTextModelWithProjection(big), seed=4),
        tokenizer=tokenizers[0],
        tokenizer_2=tokenizers[1],
        unet=unet,
        scheduler=scheduler,
        add_watermarker=False,
    )


def write(pipeline):
    """Saves the model in f16, which its weights were rounded to, and leaves the pipeline in f32."""
    pipeline.to(torch.float16).save_pretrained(FOLDER)
    pipeline.to(torch.float32)
    # The fast tokenizers' own file repeats vocabulary and merges.
    for name in ("tokenizer", "tokenizer_2"):
        extra = os.path.join(FOLDER, name, "tokenizer.json")
        if os.path.exists(extra):
            os.remove(extra)
    size = sum(os.path.getsize(os.path.join(at, file)) for at, _, files in os.walk(FOLDER) for file in files)
    assert size < LARGEST_FIXTURE_BYTES, f"the model has {size} bytes"
    print(f"{size:9} {os.path.relpath(FOLDER, ROOT)}")
