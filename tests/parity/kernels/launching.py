"""Launches kernels of a cubin or of PTX on torch's tensors, by the driver alone."""

import ctypes

import torch

driver = ctypes.CDLL("libcuda.so.1")
DYNAMIC_SHARED_BYTES = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES


def call(name, *arguments):
    status = getattr(driver, name)(*arguments)
    if status:
        raise RuntimeError(f"{name} answers {status}")


def functions(path, names):
    """Those of `names` (with the bytes of shared memory that each may ask for) that the module has."""
    torch.zeros(1, device="cuda")
    module = ctypes.c_void_p()
    with open(path, "rb") as file:
        call("cuModuleLoadData", ctypes.byref(module), file.read() + b"\0")
    found = {}
    for name, shared in names.items():
        function = ctypes.c_void_p()
        if driver.cuModuleGetFunction(ctypes.byref(function), module, name.encode()) == 0:
            call("cuFuncSetAttribute", function, DYNAMIC_SHARED_BYTES, shared)
            found[name] = function
    return found


def launch(function, grid, threads, shared, data):
    """`data` are the bytes of the kernel's one argument."""
    params = ctypes.create_string_buffer(data)
    slots = (ctypes.c_void_p * 1)(ctypes.addressof(params))
    stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
    call("cuLaunchKernel", function, *grid, threads, 1, 1, shared, stream, slots, None)


def median_ms(work, runs=7):
    work()
    torch.cuda.synchronize()
    times = []
    for _ in range(runs):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        work()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end))
    return sorted(times)[runs // 2]
