"""Names and shapes of the published checkpoint, built without memory from its configuration.

One line a tensor: `name shape`. A number that counts blocks which are all alike is written `{count}`, so that
thirty blocks take the lines of one.
"""

import json
import re
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from transformers import UMT5Config, UMT5EncoderModel

# The configurations of Wan-AI/Wan2.1-T2V-1.3B-Diffusers.
TRANSFORMER = dict(
    patch_size=[1, 2, 2], num_attention_heads=12, attention_head_dim=128, in_channels=16, out_channels=16,
    text_dim=4096, freq_dim=256, ffn_dim=8960, num_layers=30, cross_attn_norm=True,
    qk_norm="rms_norm_across_heads", eps=1e-6, rope_max_seq_len=1024,
)
VAE = dict(
    base_dim=96, z_dim=16, dim_mult=[1, 2, 4, 4], num_res_blocks=2, temperal_downsample=[False, True, True],
)
TEXT = dict(
    vocab_size=256384, d_model=4096, d_kv=64, d_ff=10240, num_layers=24, num_heads=64,
    relative_attention_num_buckets=32, relative_attention_max_distance=128, layer_norm_epsilon=1e-6,
    feed_forward_proj="gated-gelu",
)
REPEATED = {"text_encoder": r"(encoder\.block\.)(\d+)(\..*)", "transformer": r"(blocks\.)(\d+)(\..*)"}


def lines(component: str, state: dict) -> list[str]:
    """Every tensor once; of blocks that repeat, one line for all, after seeing that they are alike."""
    counted, single = {}, []
    for name, weight in state.items():
        shape = ",".join(map(str, weight.shape))
        found = re.fullmatch(REPEATED.get(component, r"(?!)()()()"), name)
        if found:
            counted.setdefault((found[1], found[3], shape), set()).add(int(found[2]))
        else:
            single.append(f"{name} {shape}")
    for (head, tail, shape), numbers in counted.items():
        assert numbers == set(range(len(numbers))), f"{head}*{tail}: blocks differ"
        single.append(f"{head}{{{len(numbers)}}}{tail} {shape}")
    return sorted(single)


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with torch.device("meta"):
        models = {
            "text_encoder": (TEXT, UMT5EncoderModel(UMT5Config(**TEXT))),
            "transformer": (TRANSFORMER, WanTransformer3DModel(**TRANSFORMER)),
            "vae": (VAE, AutoencoderKLWan(**VAE)),
        }
    for component, (config, model) in models.items():
        state = dict(model.state_dict())
        # The same tensor under a second name, which a saved file leaves out.
        state.pop("encoder.embed_tokens.weight", None)
        if component == "vae":
            config = {
                **config,
                "latents_mean": list(model.config.latents_mean),
                "latents_std": list(model.config.latents_std),
            }
        (folder / f"{component}.json").write_text(json.dumps(config, indent=2) + "\n")
        (folder / f"{component}.txt").write_text("\n".join(lines(component, state)) + "\n")
