"""Makes the CLIP data that is committed: the merges that the tokenizer embeds, and the fixtures of its test.

    python3 -m venv /tmp/clip && . /tmp/clip/bin/activate
    pip install --no-deps -r tests/tools/clip/requirements.txt
    python3 tests/tools/clip/make_clip_data.py

Run from the root of the repository. The output is the same on every run.

Writes
    shared/core/data/clip_merges.bin          the 48,894 merges, in their order; see shared/core/src/clip
    tests/fixtures/clip/random_texts.txt      the counts and a hash of the ids of generated texts
    tests/fixtures/clip/texts.json            hand-picked texts with their ids

The reference is the tokenizer that the diffusers library uses for SDXL: Hugging Face's, in the form that
transformers' CLIPTokenizerFast builds (NFC, white space to one space, lower case; no ftfy).
"""

import gzip
import hashlib
import json
import struct
import sys
from importlib.metadata import files
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

sys.path.insert(0, str(Path(__file__).parent))
from texts import HAND_PICKED, RANDOM_TEXTS, random_texts  # noqa: E402

START, END = 49406, 49407
MERGES = 49152 - 256 - 2
ROOT = Path(__file__).resolve().parents[3]


def read_merges():
    """The merges that CLIP uses: the first 48,894 of the file's 262,144."""
    path = next(f for f in files("open-clip-torch") if f.name == "bpe_simple_vocab_16e6.txt.gz")
    lines = gzip.decompress(path.locate().read_bytes()).decode().split("\n")
    return [tuple(line.split()) for line in lines[1 : MERGES + 1]]


def byte_symbols():
    """CLIP's 256 printable stand-ins for bytes, in the order of their ids."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + place) for place in range(len(hidden))]


def write_merges(merges, ids):
    """Four planes of bytes (low and high of the left ids, low and high of the right): they compress best so."""
    left = [ids[pair[0]] for pair in merges]
    right = [ids[pair[1]] for pair in merges]
    planes = [
        bytes(value & 255 for value in left),
        bytes(value >> 8 for value in left),
        bytes(value & 255 for value in right),
        bytes(value >> 8 for value in right),
    ]
    (ROOT / "shared/core/data/clip_merges.bin").write_bytes(b"".join(planes))


def reference(merges, ids):
    tokenizer = Tokenizer(
        models.BPE(
            vocab=ids | {"<|startoftext|>": START, "<|endoftext|>": END},
            merges=merges,
            end_of_word_suffix="</w>",
            unk_token="<|endoftext|>",
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    words = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(words, behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    frame = ["<|startoftext|>", "<|endoftext|>"]
    tokenizer.add_special_tokens([AddedToken(token, normalized=True, special=True) for token in frame])
    return lambda text: [START, *tokenizer.encode(text).ids, END]


def write_fixtures(encode):
    folder = ROOT / "tests/fixtures/clip"
    folder.mkdir(parents=True, exist_ok=True)

    picked = [{"text": text, "ids": encode(text)} for text in HAND_PICKED]
    lines = ",\n".join(json.dumps(entry) for entry in picked)
    (folder / "texts.json").write_text(f"[\n{lines}\n]\n")

    digest = hashlib.sha256()
    counts = []
    for text in random_texts():
        tokens = encode(text)
        counts.append(len(tokens))
        digest.update(struct.pack("<I", len(tokens)))
        digest.update(struct.pack(f"<{len(tokens)}H", *tokens))
    assert len(counts) == RANDOM_TEXTS
    rows = [" ".join(map(str, counts[at : at + 40])) for at in range(0, len(counts), 40)]
    (folder / "random_texts.txt").write_text(f"{digest.hexdigest()}\n" + "\n".join(rows) + "\n")


def main():
    merges = read_merges()
    symbols = byte_symbols()
    vocabulary = [*symbols, *(symbol + "</w>" for symbol in symbols), *("".join(pair) for pair in merges)]
    ids = {token: place for place, token in enumerate(vocabulary)}
    assert len(merges) == MERGES and len(ids) == START
    write_merges(merges, ids)
    write_fixtures(reference(merges, ids))


if __name__ == "__main__":
    main()
