"""A WAN model of toy size with random weights, in the folder layout of the published one.

The weights are drawn large on purpose: with the usual small initialisation every softmax is flat and every
modulation near zero, and a model with its attention or its rotary positions wired wrongly gives almost the
same numbers as a correct one.
"""

import json
import math
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, WanPipeline, WanTransformer3DModel
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

# The longest side of a head is given to time, as in the published model (44, 42, 42 of 128): 8, 4, 4 of 16.
HEADS, HEAD_SIZE = 2, 16
# Wider inside than outside, so that mixing up the two sizes cannot go unseen.
TEXT_SIZE, TEXT_HEADS, TEXT_HEAD_SIZE = 32, 4, 12

WORDS = (
    "a an the of in on at and with by over under to from red blue green golden white black old young slow fast "
    "cat dog bird boat river sea lake mountain forest city street house tower bridge train horse woman man child "
    "runs walks swims flies jumps sails drifts turns rises falls waits looks smiles light night morning evening "
    "rain snow fog wind sunset camera zoom pan static close wide shot slowly quickly cinematic soft warm cold "
    "detailed motion blur low quality worst subtitles overall gray style works paintings images still picture"
).split()


def tokenizer() -> Tokenizer:
    """Unigram over words and letters, put together as umT5's: marks for spaces, and an end of sentence."""
    letters = [chr(code) for code in range(33, 127)]
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -4.0)]
    pieces += [(f"▁{word}", -3.0 - 0.01 * index) for index, word in enumerate(WORDS)]
    pieces += [(letter, -6.0 - 0.01 * index) for index, letter in enumerate(letters)]
    built = Tokenizer(models.Unigram(pieces, unk_id=2, byte_fallback=False))
    built.normalizer = normalizers.Sequence([normalizers.NFKC()])
    built.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    built.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    built.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    built.add_special_tokens(["<pad>", "</s>", "<unk>"])
    return built


def draw(module: torch.nn.Module, seed: int) -> None:
    """Replaces every weight by a large random one."""
    source = torch.Generator().manual_seed(seed)

    def normal(shape, spread, middle=0.0):
        return middle + spread * torch.randn(shape, generator=source)

    with torch.no_grad():
        for name, weight in module.named_parameters():
            if name.endswith("relative_attention_bias.weight"):
                drawn = normal(weight.shape, 1.5)
            elif "norm" in name or name.endswith("gamma"):
                drawn = normal(weight.shape, 0.3, 0.0 if name.endswith("bias") else 1.0)
            elif name.endswith("scale_shift_table"):
                drawn = normal(weight.shape, 0.5)
            elif name.endswith("shared.weight") or name.endswith("embed_tokens.weight"):
                drawn = normal(weight.shape, 1.0)
            elif weight.ndim == 1:
                drawn = normal(weight.shape, 0.2)
            else:
                drawn = normal(weight.shape, 1.3 / math.sqrt(weight[0].numel()))
            weight.copy_(drawn)


def build() -> WanPipeline:
    """The pipeline, as diffusers runs it."""
    words = tokenizer()
    text_encoder = UMT5EncoderModel(
        UMT5Config(
            vocab_size=words.get_vocab_size(),
            d_model=TEXT_SIZE,
            d_kv=TEXT_HEAD_SIZE,
            d_ff=48,
            num_layers=2,
            num_heads=TEXT_HEADS,
            relative_attention_num_buckets=32,
            relative_attention_max_distance=128,
            feed_forward_proj="gated-gelu",
        )
    )
    transformer = WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=HEADS,
        attention_head_dim=HEAD_SIZE,
        in_channels=16,
        out_channels=16,
        text_dim=TEXT_SIZE,
        freq_dim=64,
        ffn_dim=64,
        num_layers=2,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        eps=1e-6,
        rope_max_seq_len=1024,
    )
    vae = AutoencoderKLWan(
        base_dim=4, z_dim=16, dim_mult=[1, 2, 4, 4], num_res_blocks=1, temperal_downsample=[False, True, True]
    )
    for seed, module in enumerate((text_encoder, transformer, vae), start=41):
        module.eval()
        draw(module, seed)
    return WanPipeline(
        tokenizer=PreTrainedTokenizerFast(
            tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
        ),
        text_encoder=text_encoder,
        transformer=transformer,
        vae=vae,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=5.0),
    )


def save(pipeline: WanPipeline, folder: Path) -> None:
    """Writes the folder, without the notes about the machine that some of the files would carry."""
    pipeline.save_pretrained(folder, safe_serialization=True)
    for path in folder.rglob("*.json"):
        content = json.loads(path.read_text())
        if path.name != "tokenizer.json" and isinstance(content, dict):
            content.pop("_name_or_path", None)
        path.write_text(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
