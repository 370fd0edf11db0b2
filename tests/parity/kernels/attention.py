"""The attention kernels beside torch's on one GPU: right to bf16's rounding, and how fast.

    python3 tests/parity/kernels/attention.py flash.cubin [more.cubin ...]

Each argument is a module made by nvcc of shared/engines/base/kernels/*.cu, or PTX. Every kernel in it that `KERNELS`
names is tried on the shapes that the models ask for. Needs torch and the driver, nothing of ours.
"""

import struct
import sys

import torch
from launching import functions, launch, median_ms

# name: size of a head, queries of a block, threads, bytes of shared memory
KERNELS = {
    "flash_64": (64, 128, 128, (128 + 256) * 72 * 2),
    "flash_64_m1": (64, 64, 128, (64 + 256) * 72 * 2),
    "flash_64_w8": (64, 256, 256, (256 + 256) * 72 * 2),
    "flash_64_k128": (64, 128, 128, (128 + 512) * 72 * 2),
    "flash_128": (128, 128, 128, (128 + 256) * 136 * 2),
    "flash_128_m1": (128, 64, 128, (64 + 256) * 136 * 2),
    "flash_128_w8": (128, 256, 256, (256 + 256) * 136 * 2),
    "flash_128_k32": (128, 128, 128, (128 + 128) * 136 * 2),
    "flash_hopper_64": (64, 128, 256, (128 + 4 * 128) * 64 * 2 + 1024),
    "flash_hopper_128": (128, 128, 256, (128 + 4 * 128) * 128 * 2 + 1024),
    "flash_hopper_64_w3": (64, 192, 384, (192 + 4 * 128) * 64 * 2 + 1024),
    "flash_hopper_128_k64": (128, 128, 256, (128 + 4 * 64) * 128 * 2 + 1024),
}
# batch, heads, queries, keys, size
SHAPES = {
    "ragged": (2, 3, 333, 517, 64),
    "wide ragged": (2, 3, 333, 517, 128),
    "one key": (1, 2, 17, 1, 128),
    "SDXL 64x64 itself": (12, 10, 4096, 4096, 64),
    "SDXL 64x64 text": (12, 10, 4096, 77, 64),
    "SDXL 32x32 itself": (12, 20, 1024, 1024, 64),
    "WAN clip itself": (1, 12, 32760, 32760, 128),
    "WAN clip text": (1, 12, 32760, 512, 128),
}

def attend(name, function, q, k, v):
    """q, k, v as (batch, length, heads, size), as projections leave them."""
    (batch, queries, heads, size), keys = q.shape, k.shape[1]
    out = torch.full_like(q, float("nan"))
    of = [(t.stride(0), t.stride(2), t.stride(1)) for t in (q, k, v, out)]
    strides = [step for each in of for step in each]
    pointers = [t.data_ptr() for t in (q, k, v, out)]
    scale = size**-0.5 * 1.4426950408889634
    data = struct.pack("<4Q3i4x12qf4x", *pointers, heads, queries, keys, *strides, scale)
    _, rows, threads, shared = KERNELS[name]
    launch(function, (-(-queries // rows), batch * heads, 1), threads, shared, data)
    return out


def sdpa(q, k, v):
    return torch.nn.functional.scaled_dot_product_attention(*(t.transpose(1, 2) for t in (q, k, v)))


def difference(found, q, k, v):
    """Of the last 64 queries of the last head of the last batch, from attention in f64."""
    q, k, v = (t[-1, :, -1].double() for t in (q[:, -64:], k, v))
    right = torch.softmax(q @ k.T * q.shape[-1] ** -0.5, -1) @ v
    return float((found[-1, -64:, -1].double() - right).norm() / right.norm())


def main():
    torch.manual_seed(3)
    ours = {}
    for path in sys.argv[1:]:
        try:
            ours.update(functions(path, {name: kernel[3] for name, kernel in KERNELS.items()}))
        except RuntimeError as problem:
            print(f"{path}: {problem}", flush=True)
    for shape, (batch, heads, queries, keys, size) in SHAPES.items():
        make = lambda length: (torch.randn(batch, length, heads, size, device="cuda") * 1.5).bfloat16()
        q, k, v = make(queries), make(keys), make(keys)
        work = 4 * batch * heads * queries * keys * size
        for name, function in ours.items():
            if KERNELS[name][0] != size:
                continue
            try:
                off = difference(attend(name, function, q, k, v), q, k, v)
                ms = median_ms(lambda: attend(name, function, q, k, v))
                whole = attend(name, function, q, k, v)
                holes = int(whole.isnan().sum())
                verdict = "ok" if off < 1e-2 and holes == 0 else "FAIL"
                print(f"{shape}\t{name}\t{ms:.3f} ms\t{work / ms / 1e9:.0f} TFLOP/s\t{off:.1e}\t{holes} unwritten\t{verdict}", flush=True)
            except RuntimeError as problem:
                print(f"{shape}\t{name}\t{problem}", flush=True)
        for backend in ("FLASH_ATTENTION", "CUDNN_ATTENTION"):
            try:
                from torch.nn.attention import SDPBackend, sdpa_kernel

                with sdpa_kernel(getattr(SDPBackend, backend)):
                    off = difference(sdpa(q, k, v).transpose(1, 2), q, k, v)
                    ms = median_ms(lambda: sdpa(q, k, v))
                print(f"{shape}\ttorch {backend}\t{ms:.3f} ms\t{work / ms / 1e9:.0f} TFLOP/s\t{off:.1e}", flush=True)
            except RuntimeError as problem:
                print(f"{shape}\ttorch {backend}\t{str(problem)[:90]}", flush=True)


main()
