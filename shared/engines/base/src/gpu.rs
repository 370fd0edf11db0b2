//! Launching kernels of our own.

#![expect(
    unsafe_code,
    reason = "a kernel is told addresses, and writes where no one checks"
)]

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::sys::{CUdevice_attribute, CUfunction_attribute};
use candle_core::cuda_backend::cudarc::driver::{
    DevicePtr, DeviceRepr, LaunchConfig, PushKernelArg,
};
use candle_core::cuda_backend::{CudaDevice, CudaStorage, WrapErr};
use candle_core::{DType, Layout, Result, Storage, Tensor, bail};
use half::bf16;

/// Kernels of one file under `kernels/`, as the driver compiles them for the GPU that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Module {
    pub name: &'static str,
    pub ptx: &'static str,
}

/// For GPUs from compute capability 8.0 on.
pub const FLASH: Module = Module {
    name: "flash",
    ptx: include_str!("../kernels/flash.ptx"),
};
/// As [`FLASH`].
pub const ROWS: Module = Module {
    name: "rows",
    ptx: include_str!("../kernels/rows.ptx"),
};
/// For Hopper alone.
pub const FLASH_HOPPER: Module = Module {
    name: "flash_hopper",
    ptx: include_str!("../kernels/flash_hopper.ptx"),
};

/// How many blocks of how many threads, and what each block may use of shared memory beside what it declares.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    pub blocks: (u32, u32),
    pub threads: u32,
    pub shared_bytes: u32,
}

/// What a kernel is told: a struct of plain numbers in the layout of C.
///
/// # Safety
///
/// The kernel's own declaration must be the same, and every address in it must hold what the kernel reads and writes.
pub unsafe trait Parameters: Copy {}

#[repr(transparent)]
struct Argument<P>(P);

// SAFETY: what `Parameters` promises.
unsafe impl<P: Parameters> DeviceRepr for Argument<P> {}

/// Starts a kernel on the device's stream.
pub fn launch<P: Parameters>(
    device: &CudaDevice,
    module: Module,
    name: &str,
    grid: Grid,
    parameters: P,
) -> Result<()> {
    let function = device.get_or_load_custom_func(name, module.name, module.ptx)?;
    if grid.shared_bytes > 0 {
        let limit = CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        function
            .set_attribute(limit, grid.shared_bytes as i32)
            .w()?;
    }
    let launch = LaunchConfig {
        grid_dim: (grid.blocks.0, grid.blocks.1, 1),
        block_dim: (grid.threads, 1, 1),
        shared_mem_bytes: grid.shared_bytes,
    };
    let argument = Argument(parameters);
    let mut builder = function.builder();
    builder.arg(&argument);
    // SAFETY: what `Parameters` promises; the stream keeps the order of reads and writes.
    unsafe { builder.launch(launch) }.w()?;
    Ok(())
}

/// Room for numbers that a kernel writes, every one of them.
pub fn room(device: &CudaDevice, precision: DType, count: usize) -> Result<CudaStorage> {
    // SAFETY: nobody reads it before the kernel, which writes all.
    Ok(unsafe {
        match precision {
            DType::BF16 => {
                CudaStorage::wrap_cuda_slice(device.alloc::<bf16>(count)?, device.clone())
            }
            DType::F32 => CudaStorage::wrap_cuda_slice(device.alloc::<f32>(count)?, device.clone()),
            other => bail!("a kernel of ours does not write {other:?}"),
        }
    })
}

/// Where the numbers of a layout begin.
pub fn address(storage: &CudaStorage, layout: &Layout) -> Result<u64> {
    let stream = storage.device.cuda_stream();
    let (start, size) = match storage.dtype() {
        DType::BF16 => (
            storage.as_cuda_slice::<bf16>()?.device_ptr(&stream).0,
            size_of::<bf16>(),
        ),
        DType::F32 => (
            storage.as_cuda_slice::<f32>()?.device_ptr(&stream).0,
            size_of::<f32>(),
        ),
        other => bail!("a kernel of ours does not read {other:?}"),
    };
    Ok(start + (layout.start_offset() * size) as u64)
}

/// Where a contiguous tensor begins.
pub fn address_of(tensor: &Tensor) -> Result<u64> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cuda(storage) if layout.is_contiguous() => address(storage, layout),
        _ => bail!("a kernel reads contiguous tensors on the GPU"),
    }
}

/// 9 is Hopper.
pub fn major_capability(device: &CudaDevice) -> Result<i32> {
    let attribute = CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
    device.cuda_stream().context().attribute(attribute).w()
}
