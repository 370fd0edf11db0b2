"""What the scripts share: the engines' noise, weights that show mistakes, and files of tensors."""

import os

import numpy
import torch
from safetensors.torch import save_file

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
FIXTURES = os.path.join(ROOT, "tests", "fixtures", "parity")
LARGEST_FIXTURE_BYTES = 2_000_000


def philox(counters, key):
    """Philox4x32-10 over rows of four 32-bit counters, with a key of 64 bits."""
    c = [counters[:, i].astype(numpy.uint64) for i in range(4)]
    k = [key & 0xFFFFFFFF, key >> 32]
    low = numpy.uint64(0xFFFFFFFF)
    shift = numpy.uint64(32)
    for _ in range(10):
        a = numpy.uint64(0xD2511F53) * c[0]
        b = numpy.uint64(0xCD9E8D57) * c[2]
        c = [
            (b >> shift) ^ c[1] ^ numpy.uint64(k[0]),
            b & low,
            (a >> shift) ^ c[3] ^ numpy.uint64(k[1]),
            a & low,
        ]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return numpy.stack(c, axis=1)


def noise(seed, shape, usage=0, step=0):
    """The noise that the engines make for a seed: see shared/engines/base/src/noise.rs."""
    count = int(numpy.prod(shape))
    blocks = numpy.arange((count + 3) // 4, dtype=numpy.uint64)
    counters = numpy.zeros((len(blocks), 4), dtype=numpy.uint64)
    counters[:, 0] = blocks
    counters[:, 2] = step
    counters[:, 3] = usage
    unit = (philox(counters, seed).astype(numpy.float64) + 1) / 2.0**32
    radius = numpy.sqrt(-2 * numpy.log(unit[:, 0::2]))
    angle = 2 * numpy.pi * unit[:, 1::2]
    numbers = numpy.stack([radius * numpy.cos(angle), radius * numpy.sin(angle)], axis=2)
    return torch.from_numpy(numbers.reshape(-1)[:count].astype(numpy.float32)).reshape(shape)


def randomise(module, seed, gain=1.0):
    """
    Fills a model with weights that hide nothing: matrices keep the size of activations, so that attention is
    sharp and a swapped axis is seen; no norm is the identity and no bias is zero. Rounded to f16, in which the
    fixture is stored.
    """
    generator = torch.Generator().manual_seed(seed)

    def normal(parameter):
        return torch.randn(parameter.shape, generator=generator)

    for name, parameter in module.named_parameters():
        if parameter.ndim >= 2:
            inputs = parameter[0].numel()
            is_table = "embedding.weight" in name
            parameter.data = normal(parameter) * (0.5 if is_table else gain / inputs**0.5)
        elif name.endswith("weight"):
            parameter.data = 1 + 0.2 * normal(parameter)
        else:
            parameter.data = 0.1 * normal(parameter)
        parameter.data = parameter.data.half().float()
    return module.eval().requires_grad_(False)


def save(tensors, *path):
    """Writes tensors below tests/fixtures/parity and holds them to the limit of size."""
    file = os.path.join(FIXTURES, *path)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, file)
    size = os.path.getsize(file)
    assert size < LARGEST_FIXTURE_BYTES, f"{file} has {size} bytes"
    print(f"{size:9} {os.path.relpath(file, ROOT)}")
