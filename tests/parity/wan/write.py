"""Writes the fixtures of WAN: `python tests/parity/wan/write.py [folder]` (see tests/parity/README.md)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import published
import stages
import tiny
import torch

LARGEST_BYTES = 2_000_000

if __name__ == "__main__":
    torch.set_num_threads(2)
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "fixtures" / "parity" / "wan"
    pipeline = tiny.build()
    tiny.save(pipeline, root / "tiny")
    stages.write(pipeline, root)
    published.write(root / "published")
    for path in root.rglob("*"):
        assert path.stat().st_size < LARGEST_BYTES, f"{path} is too large to be kept in the repository"
