//! The launches of `kernels/rows.cu`.

#![expect(unsafe_code, reason = "promises what a kernel is told")]

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::{CudaDevice, CudaStorage};
use candle_core::{CpuStorage, CustomOp1, D, DType, Device, Layout, Shape, Tensor, bail};

use super::{After, RowActivation, RowRotation};
use crate::Result;
use crate::gpu::{self, Grid, Parameters};

/// Numbers that a thread takes at a time.
const EIGHT: usize = 8;
/// As `rows.cu` says.
const THREADS: usize = 256;
/// Blocks that keep all multiprocessors of a large GPU busy; groups are cut into parts until there are so many.
const BUSY_BLOCKS: usize = 2048;
const MOST_PARTS: usize = 64;

/// Whether a kernel reads these rows.
pub fn apply(rows: &Tensor) -> bool {
    is_readable(rows) && rows.dim(D::Minus1).is_ok_and(|size| size % EIGHT == 0)
}

/// Whether a kernel reads these channels: the places of each are whole eights.
pub fn apply_to_channels(pictures: &Tensor) -> bool {
    is_readable(pictures)
        && pictures
            .dims4()
            .is_ok_and(|(_, _, height, width)| height * width % EIGHT == 0)
}

fn is_readable(tensor: &Tensor) -> bool {
    matches!(tensor.device(), Device::Cuda(_))
        && tensor.dtype() == DType::BF16
        && tensor.is_contiguous()
        && tensor.layout().start_offset() % EIGHT == 0
}

/// One tensor to another of `shape`, by a launch that is told both addresses.
struct OnGpu<F> {
    name: &'static str,
    shape: Shape,
    launch: F,
}

impl<F: Fn(&CudaDevice, u64, u64) -> candle_core::Result<()>> CustomOp1 for OnGpu<F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        bail!("{} runs on a GPU only", self.name)
    }

    fn cuda_fwd(
        &self,
        from: &CudaStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CudaStorage, Shape)> {
        let out = gpu::room(&from.device, from.dtype(), self.shape.elem_count())?;
        let to = gpu::address(&out, &Layout::contiguous(&self.shape))?;
        (self.launch)(&from.device, gpu::address(from, layout)?, to)?;
        Ok((out, self.shape.clone()))
    }
}

fn on_gpu(
    name: &'static str,
    input: &Tensor,
    shape: impl Into<Shape>,
    launch: impl Fn(&CudaDevice, u64, u64) -> candle_core::Result<()>,
) -> Result<Tensor> {
    let shape = shape.into();
    Ok(input.apply_op1_no_bwd(&OnGpu {
        name,
        shape,
        launch,
    })?)
}

/// The address of a tensor that may not be there.
fn optional(tensor: Option<&Tensor>) -> candle_core::Result<u64> {
    tensor.map_or(Ok(0), gpu::address_of)
}

/// A thread for eight numbers of each.
fn eights(count: usize) -> Grid {
    blocks(count.div_ceil(EIGHT * THREADS), 1)
}

const fn blocks(first: usize, second: usize) -> Grid {
    Grid {
        blocks: (first as u32, second as u32),
        threads: THREADS as u32,
        shared_bytes: 0,
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
struct RowsParams {
    x: u64,
    bias: u64,
    residual: u64,
    gate: u64,
    y: u64,
    count: i64,
    size: i32,
    activation: i32,
}

// SAFETY: the source's `RowsParams` is the same; `finish` checks what the addresses hold.
unsafe impl Parameters for RowsParams {}

pub fn finish(product: &Tensor, bias: Option<&Tensor>, after: After<'_>) -> Result<Tensor> {
    let (count, size) = (product.elem_count(), product.dim(D::Minus1)?);
    let gate = after.gate.map(Tensor::contiguous).transpose()?;
    let residual = after.residual.map(Tensor::contiguous).transpose()?;
    let fits = bias.is_none_or(|bias| bias.elem_count() == size && bias.dtype() == DType::BF16)
        && gate
            .as_ref()
            .is_none_or(|gate| gate.elem_count() == size && gate.dtype() == DType::F32)
        && residual
            .as_ref()
            .is_none_or(|other| other.shape() == product.shape() && is_readable(other));
    if !fits {
        return super::finish(product, bias, after);
    }
    on_gpu("rows_bf16", product, product.shape(), |device, x, y| {
        let parameters = RowsParams {
            x,
            bias: optional(bias)?,
            residual: optional(residual.as_ref())?,
            gate: optional(gate.as_ref())?,
            y,
            count: count as i64,
            size: size as i32,
            activation: match after.activation {
                RowActivation::Keep => 0,
                RowActivation::GeluTanh => 1,
            },
        };
        gpu::launch(device, gpu::ROWS, "rows_bf16", eights(count), parameters)
    })
}

#[repr(C)]
#[derive(Clone, Copy)]
struct GegluParams {
    x: u64,
    bias: u64,
    y: u64,
    count: i64,
    size: i32,
}

// SAFETY: the source's `GegluParams` is the same; `geglu` checks what the addresses hold.
unsafe impl Parameters for GegluParams {}

pub fn geglu(wide: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let size = wide.dim(D::Minus1)? / 2;
    if bias.elem_count() != 2 * size || size % EIGHT != 0 {
        return Err(candle_core::Error::msg("a bias of another layer, or an odd width").into());
    }
    let count = wide.elem_count() / 2;
    let mut shape = wide.dims().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = size;
    }
    on_gpu("geglu_bf16", wide, shape, |device, x, y| {
        let bias = gpu::address_of(bias)?;
        let parameters = GegluParams {
            x,
            bias,
            y,
            count: count as i64,
            size: size as i32,
        };
        gpu::launch(device, gpu::ROWS, "geglu_bf16", eights(count), parameters)
    })
}

#[repr(C)]
#[derive(Clone, Copy)]
struct LayerNormParams {
    x: u64,
    scale: u64,
    shift: u64,
    y: u64,
    size: i32,
    epsilon: f32,
}

// SAFETY: the source's `LayerNormParams` is the same; `check_f32` is asked of what the addresses hold.
unsafe impl Parameters for LayerNormParams {}

/// A number of `f32` for each column.
fn check_f32(tensor: &Tensor, size: usize) -> candle_core::Result<()> {
    if tensor.elem_count() != size || tensor.dtype() != DType::F32 {
        bail!(
            "a kernel wants {size} numbers of f32, not {:?}",
            tensor.layout()
        );
    }
    Ok(())
}

pub fn layer_norm(input: &Tensor, scale: &Tensor, shift: &Tensor, epsilon: f64) -> Result<Tensor> {
    let size = input.dim(D::Minus1)?;
    check_f32(scale, size)?;
    check_f32(shift, size)?;
    on_gpu("layer_norm_bf16", input, input.shape(), |device, x, y| {
        let parameters = LayerNormParams {
            x,
            scale: gpu::address_of(scale)?,
            shift: gpu::address_of(shift)?,
            y,
            size: size as i32,
            epsilon: epsilon as f32,
        };
        let rows = blocks(input.elem_count() / size, 1);
        gpu::launch(device, gpu::ROWS, "layer_norm_bf16", rows, parameters)
    })
}

#[repr(C)]
#[derive(Clone, Copy)]
struct RmsNormParams {
    x: u64,
    scale: u64,
    cosines: u64,
    sines: u64,
    y: u64,
    size: i32,
    head: i32,
    epsilon: f32,
}

// SAFETY: the source's `RmsNormParams` is the same; `rms_norm` checks what the addresses hold.
unsafe impl Parameters for RmsNormParams {}

pub fn rms_norm(
    input: &Tensor,
    scale: &Tensor,
    turn: Option<RowRotation<'_>>,
    epsilon: f64,
) -> Result<Tensor> {
    let size = input.dim(D::Minus1)?;
    let rows = input.elem_count() / size;
    check_f32(scale, size)?;
    if let Some(turn) = turn {
        check_f32(turn.cosines, rows * turn.head / 2)?;
        check_f32(turn.sines, rows * turn.head / 2)?;
    }
    on_gpu("rms_norm_bf16", input, input.shape(), |device, x, y| {
        let parameters = RmsNormParams {
            x,
            scale: gpu::address_of(scale)?,
            cosines: optional(turn.map(|turn| turn.cosines))?,
            sines: optional(turn.map(|turn| turn.sines))?,
            y,
            size: size as i32,
            head: turn.map_or(size, |turn| turn.head) as i32,
            epsilon: epsilon as f32,
        };
        gpu::launch(
            device,
            gpu::ROWS,
            "rms_norm_bf16",
            blocks(rows, 1),
            parameters,
        )
    })
}

#[repr(C)]
#[derive(Clone, Copy)]
struct GroupNormParams {
    x: u64,
    scale: u64,
    shift: u64,
    y: u64,
    sums: u64,
    channels: i32,
    groups: i32,
    places: i32,
    parts: i32,
    has_silu: i32,
    epsilon: f32,
}

// SAFETY: the source's `GroupNormParams` is the same; `group_norm` checks what the addresses hold.
unsafe impl Parameters for GroupNormParams {}

pub fn group_norm(
    input: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    groups: usize,
    epsilon: f64,
    has_silu: bool,
) -> Result<Tensor> {
    let (batch, channels, height, width) = input.dims4()?;
    let is_own = |tensor: &Tensor| tensor.elem_count() == channels && tensor.dtype() == DType::BF16;
    if !is_own(scale) || !is_own(shift) || channels % groups != 0 {
        return Err(candle_core::Error::msg("a norm of other channels").into());
    }
    let all = batch * groups;
    let parts = (BUSY_BLOCKS / all).clamp(1, MOST_PARTS);
    let sums = Tensor::zeros(2 * all * parts, DType::F32, input.device())?;
    on_gpu("group_norm_bf16", input, input.shape(), |device, x, y| {
        let parameters = GroupNormParams {
            x,
            scale: gpu::address_of(scale)?,
            shift: gpu::address_of(shift)?,
            y,
            sums: gpu::address_of(&sums)?,
            channels: channels as i32,
            groups: groups as i32,
            places: (height * width) as i32,
            parts: parts as i32,
            has_silu: i32::from(has_silu),
            epsilon: epsilon as f32,
        };
        for name in ["group_sum_bf16", "group_apply_bf16"] {
            gpu::launch(device, gpu::ROWS, name, blocks(all, parts), parameters)?;
        }
        Ok(())
    })
}

#[repr(C)]
#[derive(Clone, Copy)]
struct ChannelsParams {
    x: u64,
    offset: u64,
    residual: u64,
    y: u64,
    count: i64,
    places: i32,
    channels: i32,
    is_for_each: i32,
}

// SAFETY: the source's `ChannelsParams` is the same; `add_to_channels` checks what the addresses hold.
unsafe impl Parameters for ChannelsParams {}

/// Nothing where the kernel does not apply.
pub fn add_to_channels(
    input: &Tensor,
    offset: Option<&Tensor>,
    residual: Option<&Tensor>,
) -> Result<Option<Tensor>> {
    let precision = input.dtype();
    let name = match precision {
        DType::BF16 => "channels_bf16",
        DType::F32 => "channels_f32",
        _ => return Ok(None),
    };
    let is_here = |tensor: &Tensor| {
        let is_aligned = tensor.layout().start_offset() % EIGHT == 0;
        matches!(tensor.device(), Device::Cuda(_))
            && tensor.dtype() == precision
            && tensor.is_contiguous()
            && is_aligned
    };
    let (batch, channels, height, width) = input.dims4()?;
    let counts = offset.map(Tensor::elem_count);
    let fits = is_here(input)
        && height * width % EIGHT == 0
        && offset.is_none_or(is_here)
        && counts.is_none_or(|count| count == channels || count == batch * channels)
        && residual.is_none_or(|other| is_here(other) && other.shape() == input.shape());
    if !fits {
        return Ok(None);
    }
    let sum = on_gpu(name, input, input.shape(), |device, x, y| {
        let parameters = ChannelsParams {
            x,
            offset: optional(offset)?,
            residual: optional(residual)?,
            y,
            count: input.elem_count() as i64,
            places: (height * width) as i32,
            channels: channels as i32,
            is_for_each: i32::from(counts == Some(batch * channels)),
        };
        gpu::launch(
            device,
            gpu::ROWS,
            name,
            eights(input.elem_count()),
            parameters,
        )
    })?;
    Ok(Some(sum))
}
