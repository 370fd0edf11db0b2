//! Convolutions by cuDNN, on tensor cores: candle asks for them without, which is ten times slower in half precision.

#![expect(unsafe_code, reason = "cuDNN is told where its tensors are")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::cudnn::sys::{
    cudnnConvolutionFwdAlgo_t, cudnnConvolutionMode_t, cudnnMathType_t, cudnnTensorFormat_t,
};
use candle_core::cuda_backend::cudarc::cudnn::{ConvForward, Cudnn};
use candle_core::cuda_backend::{CudaDevice, CudaStorage, DeviceId};
use candle_core::{
    CpuStorage, CustomOp2, DType, Device, Error, Layout, Result, Shape, Tensor, bail,
};
use half::bf16;

thread_local! {
    /// Handles belong to a thread.
    static HANDLES: RefCell<HashMap<DeviceId, Arc<Cudnn>>> = RefCell::default();
    /// What cuDNN advises for a shape. Asking takes it milliseconds, longer than most convolutions.
    static ADVICE: RefCell<HashMap<Problem, cudnnConvolutionFwdAlgo_t>> = RefCell::default();
}

/// Sides of the input and of the kernel, padding and stride: what decides which algorithm is the fastest.
type Problem = ([i32; 4], [i32; 4], usize, usize);

/// Whether these are in `bf16` on a GPU, as cuDNN reads them.
pub fn applies(input: &Tensor, kernel: &Tensor) -> bool {
    let is_here = |tensor: &Tensor| {
        matches!(tensor.device(), Device::Cuda(_))
            && tensor.dtype() == DType::BF16
            && tensor.is_contiguous()
    };
    is_here(input) && is_here(kernel)
}

/// A convolution of pictures (batch, channels, height, width) with a kernel of (outputs, channels, height, width).
pub struct Convolution {
    pub padding: usize,
    pub stride: usize,
}

impl CustomOp2 for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        bail!("this convolution runs on a GPU only")
    }

    fn cuda_fwd(
        &self,
        input: &CudaStorage,
        input_layout: &Layout,
        kernel: &CudaStorage,
        kernel_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let (batch, channels, height, width) = input_layout.shape().dims4()?;
        let (outputs, wanted, kernel_height, kernel_width) = kernel_layout.shape().dims4()?;
        if wanted != channels {
            bail!("a convolution of {channels} channels with a kernel for {wanted}");
        }
        let side =
            |length: usize, kernel: usize| (length + 2 * self.padding - kernel) / self.stride + 1;
        let shape = Shape::from((
            batch,
            outputs,
            side(height, kernel_height),
            side(width, kernel_width),
        ));
        let device = input.device();
        // SAFETY: the convolution writes every number.
        let mut out = unsafe { device.alloc::<bf16>(shape.elem_count())? };

        let cudnn = handle(device)?;
        let [pad, step] = [self.padding, self.stride].map(|number| [number as i32; 2]);
        let mode = cudnnConvolutionMode_t::CUDNN_CROSS_CORRELATION;
        // bf16 in, sums in f32.
        let mut conv = cudnn
            .create_conv2d::<f32>(pad, step, [1, 1], mode)
            .map_err(Error::wrap)?;
        conv.set_math_type(cudnnMathType_t::CUDNN_TENSOR_OP_MATH)
            .map_err(Error::wrap)?;
        let format = cudnnTensorFormat_t::CUDNN_TENSOR_NCHW;
        let tensor = |shape: &Shape| {
            cudnn
                .create_4d_tensor::<bf16>(format, four(shape))
                .map_err(Error::wrap)
        };
        let (x, y) = (tensor(input_layout.shape())?, tensor(&shape)?);
        let w = cudnn
            .create_4d_filter::<bf16>(format, four(kernel_layout.shape()))
            .map_err(Error::wrap)?;
        let forward = ConvForward {
            conv: &conv,
            x: &x,
            w: &w,
            y: &y,
        };
        let problem = (
            four(input_layout.shape()),
            four(kernel_layout.shape()),
            self.padding,
            self.stride,
        );
        let algorithm = advised(problem, || forward.pick_algorithm().map_err(Error::wrap))?;
        let size = forward.get_workspace_size(algorithm).map_err(Error::wrap)?;
        // SAFETY: cuDNN writes it before it reads it.
        let mut workspace = unsafe { device.alloc::<u8>(size.max(1))? };
        let from = input
            .as_cuda_slice::<bf16>()?
            .slice(input_layout.start_offset()..);
        let by = kernel
            .as_cuda_slice::<bf16>()?
            .slice(kernel_layout.start_offset()..);
        let scales = (bf16::ONE, bf16::ZERO);
        // SAFETY: the descriptors say what the four hold.
        unsafe {
            forward.launch(
                algorithm,
                Some(&mut workspace),
                scales,
                &from,
                &by,
                &mut out,
            )
        }
        .map_err(Error::wrap)?;
        Ok((CudaStorage::wrap_cuda_slice(out, device.clone()), shape))
    }
}

/// The algorithm for a problem, asked for once.
fn advised(
    problem: Problem,
    ask: impl FnOnce() -> Result<cudnnConvolutionFwdAlgo_t>,
) -> Result<cudnnConvolutionFwdAlgo_t> {
    if let Some(known) = ADVICE.with_borrow(|advice| advice.get(&problem).copied()) {
        return Ok(known);
    }
    let algorithm = ask()?;
    ADVICE.with_borrow_mut(|advice| advice.insert(problem, algorithm));
    Ok(algorithm)
}

fn handle(device: &CudaDevice) -> Result<Arc<Cudnn>> {
    HANDLES.with_borrow_mut(|handles| {
        if let Some(handle) = handles.get(&device.id()) {
            return Ok(handle.clone());
        }
        let handle = Cudnn::new(device.cuda_stream()).map_err(Error::wrap)?;
        handles.insert(device.id(), handle.clone());
        Ok(handle)
    })
}

fn four(shape: &Shape) -> [i32; 4] {
    [0, 1, 2, 3].map(|place| shape.dims().get(place).copied().unwrap_or(1) as i32)
}
