"""The picture that the whole pipeline makes, as a PNG: the noise is the engine's, all else is diffusers'."""

import json
import os

import torch

from common import FIXTURES, ROOT, noise

REQUEST = {
    "prompt": "a red fox in snow",
    "negative_prompt": "blurry",
    "width": 64,
    "height": 64,
    "steps": 15,
    "guidance": 5.0,
    "seed": 42,
}


def write(pipeline):
    size = (REQUEST["height"] // 4, REQUEST["width"] // 4)
    latents = torch.stack([noise(REQUEST["seed"], (4, *size))])
    made = pipeline(
        prompt=REQUEST["prompt"],
        negative_prompt=REQUEST["negative_prompt"],
        width=REQUEST["width"],
        height=REQUEST["height"],
        num_inference_steps=REQUEST["steps"],
        guidance_scale=REQUEST["guidance"],
        latents=latents,
        output_type="pt",
    ).images
    inside = ((made > 0) & (made < 1)).float().mean().item()
    print(f"{inside:.0%} of the picture's numbers are between black and white")
    picture = (made[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()
    folder = os.path.join(FIXTURES, "sdxl", "picture")
    os.makedirs(folder, exist_ok=True)

    from PIL import Image

    Image.fromarray(picture).save(os.path.join(folder, "fox.png"))
    with open(os.path.join(folder, "fox.json"), "w", encoding="utf-8") as file:
        json.dump(REQUEST, file, indent=2)
        file.write("\n")
    print(os.path.relpath(folder, ROOT))
