"""The pictures that whole pipelines make, as PNG: the noise is the engine's, all else is diffusers'."""

import json
import os
from unittest import mock

import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionXLImg2ImgPipeline
from diffusers.pipelines.stable_diffusion_xl import pipeline_stable_diffusion_xl_img2img as image_to_image
from PIL import Image

from common import FIXTURES, ROOT, noise

FOLDER = os.path.join(FIXTURES, "sdxl", "picture")

REQUEST = {
    "prompt": "a red fox in snow",
    "negative_prompt": "blurry",
    "width": 64,
    "height": 64,
    "steps": 15,
    "guidance": 5.0,
    "seed": 42,
}


# How much of the walk is gone when a picture is started from.
CHANGE = 0.6


def asked(**other):
    return {
        "prompt": REQUEST["prompt"],
        "negative_prompt": REQUEST["negative_prompt"],
        "num_inference_steps": REQUEST["steps"],
        "guidance_scale": REQUEST["guidance"],
        "output_type": "pt",
        **other,
    }


def start_noise():
    return noise(REQUEST["seed"], (4, REQUEST["height"] // 4, REQUEST["width"] // 4)).unsqueeze(0)


def keep(made, name):
    inside = ((made > 0) & (made < 1)).float().mean().item()
    print(f"{inside:.0%} of {name}'s numbers are between black and white")
    image = Image.fromarray((made[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy())
    os.makedirs(FOLDER, exist_ok=True)
    image.save(os.path.join(FOLDER, name))
    return image


def from_text(pipeline):
    size = {"width": REQUEST["width"], "height": REQUEST["height"]}
    return keep(pipeline(**asked(latents=start_noise(), **size)).images, "fox.png")


def from_picture(pipeline, image):
    """Another sampler, begun in the middle. The encoder's mean is taken, where diffusers would draw from it."""
    started = StableDiffusionXLImg2ImgPipeline(
        **{name: part for name, part in pipeline.components.items() if name not in ("feature_extractor", "image_encoder")},
        add_watermarker=False,
    )
    started.scheduler = DPMSolverMultistepScheduler.from_config(
        pipeline.scheduler.config, use_karras_sigmas=True, algorithm_type="dpmsolver++"
    )
    with (
        mock.patch.object(image_to_image, "randn_tensor", lambda *_, **__: start_noise()),
        mock.patch.object(image_to_image, "retrieve_latents", lambda encoded, **_: encoded.latent_dist.mode()),
    ):
        keep(started(**asked(image=image, strength=CHANGE)).images, "fox-again.png")


def write(pipeline):
    from_picture(pipeline, from_text(pipeline))
    with open(os.path.join(FOLDER, "fox.json"), "w", encoding="utf-8") as file:
        json.dump(REQUEST | {"change": CHANGE}, file, indent=2)
        file.write("\n")
    print(os.path.relpath(FOLDER, ROOT))
