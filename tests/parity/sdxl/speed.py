"""
How fast torch runs a full-size SDXL of random weights on this GPU, to be compared with
`cargo run --release -p ourvidz-engine-sdxl --features cudnn --example speed -- --device cuda`:

    venv/bin/python tests/parity/sdxl/speed.py --batch 6 --steps 15
"""

import argparse
import os
import sys
import time

import torch
from diffusers import EulerDiscreteScheduler

sys.path[:0] = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]

import names

GUIDANCE = 5.0
TOKENS = 77
POOLED = 1280


def materialised(build, device, precision):
    """A model with weights made on the device; they need not mean anything."""
    with torch.device("meta"):
        model = build()
    model = model.to(precision).to_empty(device=device).eval().requires_grad_(False)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            parameter.normal_(0, parameter[0].numel() ** -0.5)
        else:
            parameter.fill_(1)
    return model


def pictures(unet, vae, scheduler, settings, device, precision):
    batch, places = settings.batch, settings.side // 8
    text = torch.randn(2 * batch, TOKENS, unet.config.cross_attention_dim, device=device, dtype=precision)
    sizes = torch.tensor([[settings.side, settings.side, 0, 0, settings.side, settings.side]], device=device)
    added = {
        "text_embeds": torch.randn(2 * batch, POOLED, device=device, dtype=precision),
        "time_ids": sizes.to(precision).repeat(2 * batch, 1),
    }
    scheduler.set_timesteps(settings.steps, device=device)
    latents = torch.randn(batch, 4, places, places, device=device) * scheduler.init_noise_sigma
    for when in scheduler.timesteps:
        scaled = scheduler.scale_model_input(torch.cat([latents, latents]), when).to(precision)
        without, with_text = unet(scaled, when, text, added_cond_kwargs=added).sample.float().chunk(2)
        latents = scheduler.step(without + GUIDANCE * (with_text - without), when, latents).prev_sample
    for latent in latents.split(1):
        decoded = vae.decode(latent.to(precision) / vae.config.scaling_factor).sample
        (decoded.float() / 2 + 0.5).clamp(0, 1).mul(255).round().to(torch.uint8).cpu()


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--device", default="cuda")
    for name, default in (("side", 1024), ("steps", 15), ("batch", 6), ("rounds", 3)):
        arguments.add_argument(f"--{name}", type=int, default=default)
    settings = arguments.parse_args()
    precision = torch.bfloat16
    unet = materialised(names.unet, settings.device, precision)
    vae = materialised(names.vae, settings.device, precision)
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        timestep_spacing="leading",
        steps_offset=1,
    )
    counted = 0.0
    for number in range(settings.rounds + 1):
        start = time.perf_counter()
        # The last picture is copied to the processor, so the round is over when this returns.
        pictures(unet, vae, scheduler, settings, settings.device, precision)
        took = time.perf_counter() - start
        print(f"{'round' if number else 'warm-up'}: {took:.2f} s, {took / settings.batch:.3f} s a picture")
        counted += took if number else 0
    total = max(settings.rounds * settings.batch, 1)
    print(f"{counted / total:.3f} s a picture over {settings.rounds} rounds")


if __name__ == "__main__":
    with torch.no_grad():
        main()
