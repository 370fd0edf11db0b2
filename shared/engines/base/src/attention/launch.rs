//! The launch of `kernels/flash.cu` and `kernels/flash_hopper.cu`.

#![expect(unsafe_code, reason = "promises what a kernel is told")]

use candle_core::cuda_backend::CudaStorage;
use candle_core::{CpuStorage, CustomOp3, DType, Layout, Result, Shape, bail};

use super::shapes::FlashKernel;
use crate::gpu::{self, Grid, Parameters};

/// `softmax(q k^T scale) v`: (batch, heads, length, size) in, (batch, queries, heads, size) out.
pub(super) struct Flash {
    pub kernel: FlashKernel,
    pub scale: f32,
}

/// `FlashParams` of the source.
#[repr(C)]
#[derive(Clone, Copy)]
struct Params {
    query: u64,
    key: u64,
    value: u64,
    out: u64,
    heads: i32,
    queries: i32,
    keys: i32,
    strides: [[i64; 3]; 4],
    scale: f32,
}

// SAFETY: `FlashParams` is the same, and `cuda_fwd` fills it from layouts that `readable` has made fit.
unsafe impl Parameters for Params {}

impl CustomOp3 for Flash {
    fn name(&self) -> &'static str {
        self.kernel.name
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        bail!("{} runs on a GPU only", self.kernel.name)
    }

    fn cuda_fwd(
        &self,
        query: &CudaStorage,
        query_layout: &Layout,
        key: &CudaStorage,
        key_layout: &Layout,
        value: &CudaStorage,
        value_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let (batch, heads, queries, size) = query_layout.shape().dims4()?;
        let keys = key_layout.shape().dim(2)?;
        let wanted = Shape::from((batch, heads, keys, size));
        if size != self.kernel.size
            || *key_layout.shape() != wanted
            || *value_layout.shape() != wanted
        {
            bail!(
                "attention of shapes that do not fit: {query_layout:?} {key_layout:?} {value_layout:?}"
            );
        }
        let row = heads * size;
        let shape = Shape::from((batch, queries, heads, size));
        let out = gpu::room(&query.device, DType::BF16, shape.elem_count())?;
        let params = Params {
            query: gpu::address(query, query_layout)?,
            key: gpu::address(key, key_layout)?,
            value: gpu::address(value, value_layout)?,
            out: gpu::address(&out, &Layout::contiguous(&shape))?,
            heads: heads as i32,
            queries: queries as i32,
            keys: keys as i32,
            strides: [
                strides(query_layout),
                strides(key_layout),
                strides(value_layout),
                [(queries * row) as i64, size as i64, row as i64],
            ],
            scale: self.scale * std::f32::consts::LOG2_E,
        };
        let grid = Grid {
            blocks: (
                queries.div_ceil(self.kernel.rows) as u32,
                (batch * heads) as u32,
            ),
            threads: self.kernel.threads,
            shared_bytes: self.kernel.shared_bytes as u32,
        };
        let module = if self.kernel.is_hopper {
            gpu::FLASH_HOPPER
        } else {
            gpu::FLASH
        };
        gpu::launch(&query.device, module, self.kernel.name, grid, params)?;
        Ok((out, shape))
    }
}

/// Those of batch, head and row.
fn strides(layout: &Layout) -> [i64; 3] {
    let stride = layout.stride();
    [0, 1, 2].map(|dimension| stride.get(dimension).copied().unwrap_or_default() as i64)
}
