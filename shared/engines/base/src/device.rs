//! On which device to compute, and in which precision.

use std::fmt;
use std::str::FromStr;

use candle_core::{DType, Device, Tensor};

use crate::{Error, Result, memory};

/// A device by name: `cpu`, `cuda` or `cuda:1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceName {
    /// The processor: slow, but everywhere.
    #[default]
    Cpu,
    /// The GPU of a number, counted from 0 as CUDA does.
    Cuda(usize),
}

impl DeviceName {
    /// Whether this program was built with CUDA at all.
    #[must_use]
    pub const fn cuda_is_built_in() -> bool {
        cfg!(feature = "cuda")
    }

    /// How many GPUs CUDA shows: those that `CUDA_VISIBLE_DEVICES` lists, where it is set. It opens none of them.
    ///
    /// # Errors
    ///
    /// When the program was built without CUDA, or there is no driver or no GPU.
    pub fn count_gpus() -> Result<usize> {
        #[cfg(feature = "cuda")]
        {
            use candle_core::cuda_backend::WrapErr as _;
            use candle_core::cuda_backend::cudarc::driver::CudaContext;
            let count = CudaContext::device_count().w()?;
            Ok(usize::try_from(count).unwrap_or_default())
        }
        #[cfg(not(feature = "cuda"))]
        Err(without_cuda())
    }

    /// Opens the device.
    ///
    /// # Errors
    ///
    /// When the program was built without CUDA, or there is no such GPU.
    pub fn open(self) -> Result<Device> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda(_) if !Self::cuda_is_built_in() => Err(without_cuda()),
            Self::Cuda(number) => {
                let device = Device::new_cuda(number)?;
                memory::keep_freed(&device)?;
                check(&device)?;
                Ok(device)
            }
        }
    }

    /// The precision that suits the device: a processor computes `bf16` slower than `f32`.
    #[must_use]
    pub const fn natural_precision(self) -> DType {
        match self {
            Self::Cpu => DType::F32,
            Self::Cuda(_) => DType::BF16,
        }
    }
}

fn without_cuda() -> Error {
    Error::Unsupported("this program was built without CUDA".to_owned())
}

/// Has the device compute something once: a broken one opens as a good one does.
fn check(device: &Device) -> Result<()> {
    const SIDE: usize = 8;
    let ones = Tensor::ones((SIDE, SIDE), DType::F32, device)?;
    let sums = ones.matmul(&ones)?.flatten_all()?.to_vec1::<f32>()?;
    if sums.iter().all(|sum| *sum == SIDE as f32) {
        Ok(())
    } else {
        // The device's fault, and none of the settings'.
        Err(candle_core::Error::msg("the device cannot add").into())
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => formatter.write_str("cpu"),
            Self::Cuda(number) => write!(formatter, "cuda:{number}"),
        }
    }
}

impl FromStr for DeviceName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            Error::Unsupported(format!(
                "device {text:?}: say cpu, cuda or cuda:1 (several only for `run`)"
            ))
        };
        match text.split_once(':') {
            None if text == "cpu" => Ok(Self::Cpu),
            None if text == "cuda" => Ok(Self::Cuda(0)),
            Some(("cuda", number)) => number.parse().map(Self::Cuda).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

/// Reads a precision as people write it: `f32`, `f16` or `bf16`.
///
/// # Errors
///
/// When it is none of these.
pub fn parse_precision(text: &str) -> Result<DType> {
    match text {
        "f32" => Ok(DType::F32),
        "f16" => Ok(DType::F16),
        "bf16" => Ok(DType::BF16),
        _ => Err(Error::Unsupported(format!(
            "precision {text:?}: say f32, f16 or bf16"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_as_people_write_it() {
        for (text, device) in [
            ("cpu", DeviceName::Cpu),
            ("cuda", DeviceName::Cuda(0)),
            ("cuda:1", DeviceName::Cuda(1)),
        ] {
            assert_eq!(text.parse::<DeviceName>().unwrap(), device);
        }
        for text in ["", "gpu", "cuda:", "cuda:x", "cpu:0"] {
            assert!(text.parse::<DeviceName>().is_err(), "{text:?}");
        }
        assert_eq!(DeviceName::Cuda(1).to_string(), "cuda:1");
    }

    #[test]
    fn without_cuda_a_gpu_is_refused_in_words() {
        if !DeviceName::cuda_is_built_in() {
            let error = DeviceName::Cuda(0).open().unwrap_err();
            assert!(error.to_string().contains("built without CUDA"));
            assert!(DeviceName::count_gpus().is_err());
        }
    }

    #[test]
    fn a_device_that_computes_passes_the_check() {
        check(&Device::Cpu).unwrap();
    }

    #[test]
    fn a_precision_is_one_of_three() {
        assert_eq!(parse_precision("bf16").unwrap(), DType::BF16);
        assert!(parse_precision("int8").is_err());
    }
}
