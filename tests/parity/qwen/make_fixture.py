"""Makes tests/fixtures/parity/qwen: a Qwen2 of toy size, and what transformers computes with it.

The model is trained for a minute, so that it answers a few prompts with sensible text: the worker's chat
endpoint can then be tested end to end, and weights that mean something make a wrong rotation or a wrong head
visible where small random ones would hide it.

    python -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python make_fixture.py
"""

import json
import pathlib
import random
import re

import torch
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import Qwen2Config, Qwen2ForCausalLM

ROOT = pathlib.Path(__file__).resolve().parents[3]
OUT = ROOT / "tests/fixtures/parity/qwen"
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
# Qwen2's own splitting expression.
PIECES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
ANSWERS = {
    "a red fox in snow": "a red fox in snow, soft winter light, low angle, 85mm lens, shallow depth of field, "
    "drifting flakes, slow tracking shot, sharp focus",
    "a lighthouse in a storm": "a lighthouse in a storm, towering waves, dramatic clouds, wide shot, rain on the "
    "lens, slow push in, deep contrast, sharp focus",
    "a paper boat in a rain puddle": "a paper boat in a rain puddle, macro shot, ripples spreading, diffused "
    "daylight, gentle tracking shot, natural color grading, sharp focus",
}
STEPS = 700
LAYERS, HIDDEN, INNER, HEADS, KEY_HEADS, VOCABULARY = 2, 64, 128, 4, 2, 640


def briefs():
    """The texts that the models of the product are given."""
    source = (ROOT / "shared/prompts/src/enhance/brief.rs").read_text()
    return re.findall(r'"(Enhance this prompt [^"]+)"', source)


def chat(system, user):
    """ChatML as Qwen2.5-Instruct's template writes it."""
    return (
        f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{user}<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def tokenizer():
    made = Tokenizer(models.BPE(fuse_unk=False, byte_fallback=False))
    made.normalizer = normalizers.NFC()
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL),
        special_tokens=[],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([*briefs(), *ANSWERS, *ANSWERS.values()] * 8, trainer)
    made.add_special_tokens(SPECIAL)
    return made


def model(size):
    config = Qwen2Config(
        vocab_size=size,
        hidden_size=HIDDEN,
        intermediate_size=INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KEY_HEADS,
        max_position_embeddings=2048,
        rope_theta=1_000_000.0,
        rms_norm_eps=1e-6,
        tie_word_embeddings=False,
        initializer_range=0.06,
    )
    config._attn_implementation = "eager"
    return Qwen2ForCausalLM(config)


def train(network, words):
    """The answer must follow from the user's words whatever the system prompt says, so that varies."""
    stop = words.token_to_id("<|im_end|>")
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 8e-3, total_steps=STEPS)
    pool = " ".join(briefs()).split()
    for step in range(STEPS):
        system = random.choice(briefs()) if random.random() < 0.5 else ""
        system += " ".join(random.choices(pool, k=random.randint(0, 60)))
        rows = []
        for user, answer in ANSWERS.items():
            asked = words.encode(chat(system, user)).ids
            rows.append((asked, asked + words.encode(answer).ids + [stop]))
        longest = max(len(full) for _, full in rows)
        ids = torch.full((len(rows), longest), stop)
        labels = torch.full((len(rows), longest), -100)
        for row, (asked, full) in enumerate(rows):
            ids[row, : len(full)] = torch.tensor(full)
            labels[row, len(asked) : len(full)] = torch.tensor(full[len(asked) :])
        loss = network(input_ids=ids, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0 or step == STEPS - 1:
            print(step, loss.item())


def published_shapes():
    """Names and shapes of Qwen2.5-7B-Instruct, built without memory."""
    config = Qwen2Config(
        vocab_size=152064,
        hidden_size=3584,
        intermediate_size=18944,
        num_hidden_layers=28,
        num_attention_heads=28,
        num_key_value_heads=4,
        tie_word_embeddings=False,
    )
    with torch.device("meta"):
        network = Qwen2ForCausalLM(config)
    return {name: list(tensor.shape) for name, tensor in network.state_dict().items()}


def main():
    torch.manual_seed(7)
    random.seed(7)
    words = tokenizer()
    network = model(words.get_vocab_size())
    train(network, words)
    network.eval()

    folder = OUT / "model"
    folder.mkdir(parents=True, exist_ok=True)
    words.save(str(folder / "tokenizer.json"))
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, folder / "model.safetensors")
    stop, end = words.token_to_id("<|im_end|>"), words.token_to_id("<|endoftext|>")
    # In the words of the published config.json, which newer libraries write differently.
    config = {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "bos_token_id": end,
        "eos_token_id": stop,
        "hidden_act": "silu",
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "max_position_embeddings": 2048,
        "num_attention_heads": HEADS,
        "num_hidden_layers": LAYERS,
        "num_key_value_heads": KEY_HEADS,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
        "vocab_size": words.get_vocab_size(),
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "generation_config.json").write_text(
        json.dumps({"eos_token_id": [stop, end], "pad_token_id": end}, indent=2) + "\n"
    )

    answers = []
    with torch.no_grad():
        for user in [*ANSWERS, "Été, 夜の街 — it's 35mm"]:
            text = chat(briefs()[0], user)
            ids = words.encode(text).ids
            made = network.generate(
                torch.tensor([ids]), do_sample=False, max_new_tokens=48, eos_token_id=stop, pad_token_id=end
            )[0][len(ids) :].tolist()
            answers.append(
                {"system": briefs()[0], "user": user, "ids": ids, "made": made,
                 "text": words.decode([i for i in made if i not in (stop, end)])}
            )
            print(user, "->", answers[-1]["text"])
        # Beyond what the model was trained on, where positions matter most.
        ids = (answers[0]["ids"] + answers[3]["ids"]) * 2
        logits = network(torch.tensor([ids])).logits[0]
    (OUT / "answers.json").write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")
    rows = torch.tensor([0, 1, 2, 7, 31, 100, len(ids) // 2, len(ids) - 1])
    save_file(
        {"ids": torch.tensor(ids, dtype=torch.uint32), "rows": rows.to(torch.uint32), "logits": logits[rows].contiguous()},
        OUT / "logits.safetensors",
    )
    (OUT / "qwen2.5-7b-instruct.json").write_text(json.dumps(published_shapes(), indent=0) + "\n")


if __name__ == "__main__":
    main()
