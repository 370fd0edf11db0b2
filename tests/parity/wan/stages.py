"""What goes into each stage of the tiny model and what comes out of it, as diffusers and transformers compute it."""

from pathlib import Path

import common
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler, WanPipeline
from diffusers.models.transformers.transformer_wan import WanRotaryPosEmbed
from safetensors.torch import save_file

PROMPT = "A red cat walks slowly over the old bridge, golden light, static camera"
NEGATIVE = "low quality, worst, blur, static picture"
SHIFT = 5.0
SEED = 7


def noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def text(pipeline: WanPipeline) -> dict:
    """umT5: ids and hidden states of a short and of a longer text; the latter meets the far buckets of the bias."""
    written = {}
    far = " ".join([PROMPT] * 12)
    for name, content in (("short", PROMPT), ("far", far)):
        ids = torch.tensor([pipeline.tokenizer(content).input_ids])
        written[f"{name}.ids"] = ids
        written[f"{name}.hidden"] = pipeline.text_encoder(ids).last_hidden_state
    # As the pipeline pads it: nothing after the end of the text.
    written["short.padded"] = pipeline._get_t5_prompt_embeds(PROMPT, max_sequence_length=48)
    # Too long: cut, but the end-of-sentence mark stays.
    written["cut.ids"] = torch.tensor([pipeline.tokenizer(far, truncation=True, max_length=16).input_ids])
    return written


def rope() -> dict:
    """Rotary positions alone, with the published head size, on a grid whose sides all differ."""
    frames, height, width = 3, 4, 5
    turn = WanRotaryPosEmbed(128, (1, 2, 2), 1024)
    cosine, sine = turn(torch.zeros(1, 16, frames, height * 2, width * 2))
    heads = noise(1, 1, frames * height * width, 2, 128)
    even, odd = heads.unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.empty_like(heads)
    turned[..., 0::2] = even * cosine[..., 0::2] - odd * sine[..., 1::2]
    turned[..., 1::2] = even * sine[..., 1::2] + odd * cosine[..., 0::2]
    return {"grid": torch.tensor([frames, height, width]), "heads": heads, "turned": turned}


def transformer(pipeline: WanPipeline) -> dict:
    """The first block alone, and the whole denoiser, on a grid whose sides all differ."""
    model = pipeline.transformer
    frames, height, width = 3, 8, 12
    latents = noise(2, 1, 16, frames, height, width)
    context = noise(3, 1, 20, model.config.text_dim)
    context[:, 13:] = 0.0
    tokens = frames * height * width // 4
    size = model.config.num_attention_heads * model.config.attention_head_dim
    block_in = noise(4, 1, tokens, size)
    block_context = noise(5, 1, 20, size)
    block_time = noise(6, 1, 6, size)
    step = torch.tensor([637.5])
    return {
        "block.hidden": block_in,
        "block.context": block_context,
        "block.time": block_time,
        "block.out": model.blocks[0](block_in, block_context, block_time, model.rope(latents)),
        "latents": latents,
        "context": context,
        "timestep": step,
        "out": model(latents, step, context).sample,
    }


def vae(pipeline: WanPipeline) -> dict:
    """Decoding over four chunks (the cache starts, is filled, and is used twice), and encoding over three."""
    latents = noise(7, 1, 16, 4, 4, 6)
    pixels = noise(8, 1, 3, 9, 32, 48).clamp(-1, 1)
    return {
        "latents": latents,
        "pixels": pipeline.vae.decode(latents).sample,
        "to_encode": pixels,
        "encoded": pipeline.vae.encode(pixels).latent_dist.mode(),
    }


def slope(sample: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
    """Stands in for the model where only the scheduler is looked at: bounded, and different at every step."""
    return torch.sin(3.0 * sample) + 0.5 * torch.cos(timestep.float() / 100.0)


def unipc() -> UniPCMultistepScheduler:
    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=SHIFT, num_train_timesteps=1000
    )


def schedulers() -> dict:
    """The grid of noise levels and the way of a small sample along it."""
    written = {"start": noise(9, 1, 16, 1, 2, 2)}
    for name, make in (("euler", lambda: FlowMatchEulerDiscreteScheduler(shift=SHIFT)), ("unipc", unipc)):
        for steps in (1, 2, 25, 50):
            scheduler = make()
            scheduler.set_timesteps(steps)
            scheduler.set_begin_index(0)
            written[f"{name}.{steps}.sigmas"] = scheduler.sigmas
            written[f"{name}.{steps}.timesteps"] = scheduler.timesteps.float()
            sample, way = written["start"], []
            for timestep in scheduler.timesteps:
                sample = scheduler.step(slope(sample, timestep), timestep, sample, return_dict=False)[0]
                way.append(sample)
            written[f"{name}.{steps}.way"] = torch.cat(way)
    return written


def loop(pipeline: WanPipeline) -> dict:
    """From text to frames, upright: the engines' noise for a seed, guidance, both solvers, decoding."""
    latents = common.noise(SEED, (1, 16, 3, 8, 6))
    written = {"latents": latents}
    for name, scheduler in (("euler", FlowMatchEulerDiscreteScheduler(shift=SHIFT)), ("unipc", unipc())):
        pipeline.scheduler = scheduler
        settings = dict(
            prompt=PROMPT, negative_prompt=NEGATIVE, height=64, width=48, num_frames=9, num_inference_steps=6,
            guidance_scale=6.5,
        )
        written[f"{name}.latents"] = pipeline(latents=latents.clone(), output_type="latent", **settings).frames
        if name == "euler":
            frames = pipeline(latents=latents.clone(), output_type="pt", **settings).frames
            written["frames"] = frames
    return written


def write(pipeline: WanPipeline, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pipeline.set_progress_bar_config(disable=True)
    stages = {
        "text": lambda: text(pipeline),
        "rope": rope,
        "transformer": lambda: transformer(pipeline),
        "vae": lambda: vae(pipeline),
        "schedulers": schedulers,
        "loop": lambda: loop(pipeline),
    }
    for name, stage in stages.items():
        with torch.no_grad():
            written = {key: value.contiguous() for key, value in stage().items()}
        save_file(written, folder / f"{name}.safetensors")
        spread = {key: round(value.float().std().item(), 3) for key, value in written.items() if value.numel() > 1}
        print(name, spread)
