"""The kernels of rows.cu on a GPU beside torch's: right to bf16's rounding, and how near to the speed of memory.

    python3 tests/parity/kernels/rows.py rows.cubin
"""

import struct
import sys

import torch
import torch.nn.functional as F
from launching import functions, launch, median_ms

THREADS = 256
NAMES = ["rows_bf16", "geglu_bf16", "layer_norm_bf16", "rms_norm_bf16", "group_sum_bf16", "group_apply_bf16"]


def bf16(*shape, offset=0.0):
    return (torch.randn(*shape, device="cuda") + offset).bfloat16()


def f32(*shape):
    return torch.randn(*shape, device="cuda")


def address(tensor):
    return 0 if tensor is None else tensor.data_ptr()


def tell(name, ours, right, torchs, moved):
    y = ours()
    off = float((y.double() - right().double()).norm() / right().double().norm())
    own, other = median_ms(ours), median_ms(torchs)
    verdict = "ok" if off < 1e-2 else "FAIL"
    print(f"{name}\t{own:.3f} ms\t{moved / own / 1e9:.2f} TB/s\ttorch {other:.3f} ms\t{off:.1e}\t{verdict}", flush=True)


def eights(count):
    return (-(-count // (8 * THREADS)), 1, 1)


def rows(f, name, shape, activation, bias, gate, residual, torchs):
    x, size = bf16(*shape), shape[-1]
    bias = bf16(size) if bias else None
    gate = f32(size) if gate else None
    residual = bf16(*shape) if residual else None
    y = torch.empty_like(x)
    data = struct.pack("<5Qq2i", *map(address, (x, bias, residual, gate, y)), x.numel(), size, activation)

    def ours():
        launch(f["rows_bf16"], eights(x.numel()), THREADS, 0, data)
        return y

    moved = x.numel() * (6 if residual is not None else 4)
    tell(name, ours, lambda: torchs(x, bias, gate, residual), lambda: torchs(x, bias, gate, residual), moved)


def geglu(f, shape):
    x, size = bf16(*shape), shape[-1] // 2
    bias = bf16(2 * size)
    y = torch.empty(*shape[:-1], size, device="cuda", dtype=torch.bfloat16)
    data = struct.pack("<3Qqi4x", *map(address, (x, bias, y)), y.numel(), size)

    def ours():
        launch(f["geglu_bf16"], eights(y.numel()), THREADS, 0, data)
        return y

    def torchs():
        a, b = (x + bias).chunk(2, -1)
        return a * F.gelu(b)

    tell("geglu", ours, torchs, torchs, y.numel() * 6)


def norms(f, shape):
    x, size = bf16(*shape, offset=1.0), shape[-1]
    scale, shift, head = f32(size), f32(size), 128
    angles = f32(shape[0], head // 2)
    cosines, sines = angles.cos(), angles.sin()
    y = torch.empty_like(x)
    layer = struct.pack("<4Qif", *map(address, (x, scale, shift, y)), size, 1e-6)
    rms = struct.pack("<5Q2if4x", *map(address, (x, scale, cosines, sines, y)), size, head, 1e-6)

    def run(name, data):
        launch(f[name], (shape[0], 1, 1), THREADS, 0, data)
        return y

    layers = lambda: F.layer_norm(x.float(), (size,), scale, shift, 1e-6).bfloat16()

    def turned():
        normed = F.rms_norm(x.float(), (size,), scale, 1e-6).view(shape[0], -1, head // 2, 2)
        a, b = normed[..., 0], normed[..., 1]
        c, s = cosines[:, None], sines[:, None]
        return torch.stack((a * c - b * s, a * s + b * c), -1).view(*shape).bfloat16()

    tell("layer norm", lambda: run("layer_norm_bf16", layer), layers, layers, x.numel() * 4)
    tell("rms norm, turned", lambda: run("rms_norm_bf16", rms), turned, turned, x.numel() * 4)


def group_norm(f, name, batch, channels, side, parts):
    x, scale, shift = bf16(batch, channels, side, side, offset=1.0), bf16(channels), bf16(channels)
    groups, y = 32, torch.empty_like(x)
    sums = torch.empty(batch * groups * parts * 2, device="cuda")
    data = struct.pack("<5Q5if", *map(address, (x, scale, shift, y, sums)), channels, groups, side * side, parts, 1, 1e-5)

    def ours():
        for kernel in ("group_sum_bf16", "group_apply_bf16"):
            launch(f[kernel], (batch * groups, parts, 1), THREADS, 0, data)
        return y

    torchs = lambda: F.silu(F.group_norm(x, groups, scale, shift, 1e-5))
    tell(f"group norm, silu: {name}, {parts} parts", ours, torchs, torchs, x.numel() * 6)


def main():
    torch.manual_seed(5)
    f = functions(sys.argv[1], dict.fromkeys(NAMES, 0))
    tokens = (12288, 1280)
    rows(f, "bias", tokens, 0, True, False, False, lambda x, b, g, r: x + b)
    rows(f, "bias, residual", tokens, 0, True, False, True, lambda x, b, g, r: x + b + r)
    clip = (32760, 1536)
    gated = lambda x, b, g, r: (r.float() + (x.float() + b.float()) * g).bfloat16()
    rows(f, "bias, gate, residual", clip, 0, True, True, True, gated)
    rows(f, "bias, gelu", (32760, 8960), 1, True, False, False, lambda x, b, g, r: F.gelu(x + b, approximate="tanh"))
    geglu(f, (12288, 10240))
    norms(f, clip)
    for parts in (1, 4, 8):
        group_norm(f, "UNet", 12, 320, 128, parts)
    for parts in (1, 16, 64):
        group_norm(f, "VAE", 1, 128, 1024, parts)


main()
