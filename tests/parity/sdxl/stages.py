"""What each stage of the tiny model makes of given inputs."""

import torch
from diffusers import DPMSolverMultistepScheduler, EulerDiscreteScheduler

from common import noise, save

# Longer than 75 tokens of the tiny vocabulary, so that it takes two chunks.
LONG_PROMPT = (
    "a red fox in deep snow, film grain, 35mm, golden hour, don't blur; "
    "behind it a lake, far hills, clouds and a low sun in the west, birds above the reeds"
)
SHORT_PROMPT = "blurry, low quality"
CHUNK = 75
PIXELS = 64
LATENT = (4, 16, 16)


def chunks(tokenizer, text, count=None):
    """Rows of 77 ids: 75 of the text between start and end, the last row padded."""
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    rows = [ids[first : first + CHUNK] for first in range(0, max(len(ids), 1), CHUNK)]
    rows += [[] for _ in range((count or len(rows)) - len(rows))]
    start, end, pad = tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id
    return torch.tensor([[start, *row, end] + [pad] * (CHUNK - len(row)) for row in rows])


def encode(pipeline, text, count=None):
    """Hidden states of both encoders, chunk after chunk, and the first chunk's pooled vector."""
    states = []
    pooled = None
    ids = []
    for tokenizer, encoder in (
        (pipeline.tokenizer, pipeline.text_encoder),
        (pipeline.tokenizer_2, pipeline.text_encoder_2),
    ):
        rows = chunks(tokenizer, text, count)
        out = encoder(rows, output_hidden_states=True)
        states.append(torch.cat(list(out.hidden_states[-2]), dim=0))
        pooled = out.text_embeds[:1] if "text_embeds" in out else None
        ids.append(rows)
    return ids, states, pooled


def text(pipeline):
    tensors = {}
    for name, prompt, count in (("long", LONG_PROMPT, None), ("short", SHORT_PROMPT, None)):
        ids, states, pooled = encode(pipeline, prompt, count)
        assert (len(ids[0]) > 1) == (name == "long")
        tensors |= {f"{name}.ids.0": ids[0], f"{name}.ids.1": ids[1]}
        tensors |= {f"{name}.hidden.0": states[0], f"{name}.hidden.1": states[1], f"{name}.pooled": pooled}
    save(tensors, "sdxl", "text.safetensors")


def conditions(pipeline):
    """Negative and positive texts of the same length, as both go through the UNet in one batch."""
    _, positive, pooled = encode(pipeline, LONG_PROMPT)
    _, negative, negative_pooled = encode(pipeline, SHORT_PROMPT, count=2)
    context = torch.stack([torch.cat(negative, dim=-1), torch.cat(positive, dim=-1)])
    times = torch.tensor([[PIXELS, PIXELS, 0, 0, PIXELS, PIXELS]] * 2, dtype=torch.float32)
    return context, {"text_embeds": torch.cat([negative_pooled, pooled]), "time_ids": times}


def unet(pipeline):
    context, added = conditions(pipeline)
    sample = noise(7, (2, 4, 16, 24))
    predicted = pipeline.unet(sample, torch.tensor(801.0), context, added_cond_kwargs=added).sample
    print("unet prediction deviates by", predicted.std().item())
    tensors = {"sample": sample, "context": context, "pooled": added["text_embeds"], "times": added["time_ids"]}
    save(tensors | {"predicted": predicted}, "sdxl", "unet.safetensors")


def schedulers(pipeline):
    config = pipeline.scheduler.config
    euler = EulerDiscreteScheduler.from_config(config)
    karras = DPMSolverMultistepScheduler.from_config(config, use_karras_sigmas=True, algorithm_type="dpmsolver++")
    velocity = EulerDiscreteScheduler.from_config(config, prediction_type="v_prediction")
    return {"euler": euler, "dpm_karras": karras, "euler_velocity": velocity}


def schedule(pipeline):
    """Each sampler's grid, and its path with a prediction that is a plain function of the sample."""
    tensors = {}
    for name, scheduler in schedulers(pipeline).items():
        for steps in (1, 4, 15, 25):
            scheduler.set_timesteps(steps)
            sample = noise(3, LATENT).unsqueeze(0) * scheduler.init_noise_sigma
            path = []
            for time in scheduler.timesteps:
                scaled = scheduler.scale_model_input(sample, time)
                predicted = torch.sin(3 * scaled) + 0.001 * time
                sample = scheduler.step(predicted, time, sample, return_dict=False)[0]
                path.append(sample[0, 0, 0])
            tensors[f"{name}.{steps}.sigmas"] = scheduler.sigmas.float()
            tensors[f"{name}.{steps}.times"] = scheduler.timesteps.float()
            tensors[f"{name}.{steps}.path"] = torch.stack(path)
            tensors[f"{name}.{steps}.last"] = sample[0]
    save(tensors, "sdxl", "schedule.safetensors")


def loops(pipeline):
    """Fifteen steps with guidance for a batch of two, and a start from half way."""
    context, added = conditions(pipeline)
    context = context.repeat_interleave(2, dim=0)
    added = {name: tensor.repeat_interleave(2, dim=0) for name, tensor in added.items()}
    start = torch.stack([noise(41 + index, LATENT) for index in range(2)])
    given = 0.5 * torch.stack([noise(91, LATENT)] * 2)
    tensors = {}
    for name, scheduler in schedulers(pipeline).items():
        for skipped in (0, 7):
            scheduler.set_timesteps(15)
            scheduler.set_begin_index(skipped)
            times = scheduler.timesteps[skipped:]
            if skipped:
                sample = scheduler.add_noise(given, start, times[:1].repeat(2))
            else:
                sample = start * scheduler.init_noise_sigma
            for time in times:
                scaled = scheduler.scale_model_input(torch.cat([sample, sample]), time)
                without, with_text = pipeline.unet(scaled, time, context, added_cond_kwargs=added).sample.chunk(2)
                guided = without + 5.0 * (with_text - without)
                sample = scheduler.step(guided, time, sample, return_dict=False)[0]
            tensors[f"{name}.{skipped}"] = sample
            print(name, skipped, "latents deviate by", sample.std().item())
    save(tensors | {"given": given}, "sdxl", "loop.safetensors")


def vae(pipeline):
    latents = 2 * noise(11, (1, 4, 12, 16))
    picture = pipeline.vae.decode(latents).sample
    pixels = (noise(12, (1, 3, 48, 64)) * 0.5).clamp(-1, 1)
    encoded = pipeline.vae.encode(pixels).latent_dist.mean
    print("decoded deviates by", picture.std().item())
    save({"latents": latents, "picture": picture, "pixels": pixels, "encoded": encoded}, "sdxl", "vae.safetensors")
