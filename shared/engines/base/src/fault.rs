//! What a failure of the tensor library says about the device.
//!
//! candle hands the driver's error on as a text only, so it is told by CUDA's own name for it, which the text
//! contains in every case.

/// What is to be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceFault {
    /// Memory was short. With less in it, the same may work.
    OutOfMemory,
    /// CUDA calls it sticky: every call that follows fails, until the process has ended.
    Sticky,
    /// This call failed; the next one may work.
    Passing,
}

/// Errors after which "the process must be terminated and relaunched" (CUDA's documentation of `CUresult`), and
/// those of a GPU that is gone.
const STICKY: [&str; 17] = [
    "CUDA_ERROR_DEVICE_UNAVAILABLE",
    "CUDA_ERROR_NO_DEVICE",
    "CUDA_ERROR_ECC_UNCORRECTABLE",
    "CUDA_ERROR_NVLINK_UNCORRECTABLE",
    "CUDA_ERROR_CONTAINED",
    "CUDA_ERROR_ILLEGAL_ADDRESS",
    "CUDA_ERROR_LAUNCH_TIMEOUT",
    "CUDA_ERROR_CONTEXT_IS_DESTROYED",
    "CUDA_ERROR_ASSERT",
    "CUDA_ERROR_HARDWARE_STACK_ERROR",
    "CUDA_ERROR_ILLEGAL_INSTRUCTION",
    "CUDA_ERROR_MISALIGNED_ADDRESS",
    "CUDA_ERROR_INVALID_ADDRESS_SPACE",
    "CUDA_ERROR_INVALID_PC",
    "CUDA_ERROR_LAUNCH_FAILED",
    "CUDA_ERROR_EXTERNAL_DEVICE",
    "CUDA_ERROR_UNKNOWN",
];

/// The driver's, cuBLAS' and cuDNN's words for it.
const OUT_OF_MEMORY: [&str; 3] = [
    "CUDA_ERROR_OUT_OF_MEMORY",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
];

impl DeviceFault {
    /// What a failure means.
    #[must_use]
    pub fn of(cause: &candle_core::Error) -> Self {
        Self::of_text(&format!("{cause:?}"))
    }

    fn of_text(text: &str) -> Self {
        let names = |known: &[&str]| known.iter().any(|name| text.contains(name));
        if names(&STICKY) {
            Self::Sticky
        } else if names(&OUT_OF_MEMORY) {
            Self::OutOfMemory
        } else {
            Self::Passing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the driver's errors arrive: in candle's, with a context around them.
    fn driver(name: &str) -> candle_core::Error {
        candle_core::Error::Cuda(format!("DriverError({name}, \"in words\")").into())
            .context("while a layer was computed")
    }

    #[test]
    fn what_the_driver_says_is_told_by_its_name() {
        for (name, fault) in [
            ("CUDA_ERROR_ILLEGAL_ADDRESS", DeviceFault::Sticky),
            ("CUDA_ERROR_LAUNCH_FAILED", DeviceFault::Sticky),
            ("CUDA_ERROR_UNKNOWN", DeviceFault::Sticky),
            ("CUDA_ERROR_OUT_OF_MEMORY", DeviceFault::OutOfMemory),
            ("CUBLAS_STATUS_ALLOC_FAILED", DeviceFault::OutOfMemory),
            ("CUDA_ERROR_INVALID_VALUE", DeviceFault::Passing),
            ("CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", DeviceFault::Passing),
        ] {
            assert_eq!(DeviceFault::of(&driver(name)), fault, "{name}");
        }
    }

    #[test]
    fn a_wrong_shape_is_a_passing_fault() {
        let device = candle_core::Device::Cpu;
        let tensor = candle_core::Tensor::zeros((2, 3), candle_core::DType::F32, &device).unwrap();
        let error = tensor.matmul(&tensor).unwrap_err();
        assert_eq!(DeviceFault::of(&error), DeviceFault::Passing);
    }
}
