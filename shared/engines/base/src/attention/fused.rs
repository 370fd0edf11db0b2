//! Attention in one kernel on a GPU: when it applies, and with which sizes. `kernels/flash.cuh` computes it.

use candle_core::{D, DType, Device, Tensor};

use super::shapes::FlashKernel;
use crate::Result;

/// Fewer queries than this leave most of a block idle: one token that a language model writes is a product of a
/// vector, which the way without the kernel computes as fast as memory allows.
const FEWEST_QUERIES: usize = 16;

/// The kernel for these, if one applies: on a GPU, in `bf16`, without a mask.
pub(super) fn kernel_for(query: &Tensor, mask: Option<&Tensor>) -> Result<Option<FlashKernel>> {
    let applies = mask.is_none() && query.dtype() == DType::BF16 && query.dim(2)? >= FEWEST_QUERIES;
    let Some(is_hopper) = is_hopper(query.device())?.filter(|_| applies) else {
        return Ok(None);
    };
    Ok(FlashKernel::for_size(is_hopper, query.dim(D::Minus1)?))
}

/// Whether the GPU is a Hopper; nothing where there is none.
#[cfg(feature = "cuda")]
fn is_hopper(device: &Device) -> Result<Option<bool>> {
    /// Others, newer ones too, do not know its instructions.
    const MAJOR_CAPABILITY: i32 = 9;
    let Device::Cuda(device) = device else {
        return Ok(None);
    };
    Ok(Some(
        crate::gpu::major_capability(device)? == MAJOR_CAPABILITY,
    ))
}

#[cfg(not(feature = "cuda"))]
#[expect(clippy::unnecessary_wraps, reason = "as with CUDA")]
const fn is_hopper(_: &Device) -> Result<Option<bool>> {
    Ok(None)
}

/// Attention by `kernel`. What comes back is a view: its heads lie beside each other for each query, as the
/// projection that follows wants them.
#[cfg(feature = "cuda")]
pub(super) fn attention(
    kernel: FlashKernel,
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    scale: f64,
) -> Result<Tensor> {
    let size = query.dim(D::Minus1)?;
    let [query, key, value] = [query, key, value].map(|tensor| readable(tensor, kernel.size));
    let operation = super::launch::Flash {
        kernel,
        scale: scale as f32,
    };
    let heads = query?.apply_op3_no_bwd(&key?, &value?, &operation)?;
    // Without the padding, if there was any; a projection wants whole rows.
    Ok(heads
        .narrow(D::Minus1, 0, size)?
        .contiguous()?
        .transpose(1, 2)?)
}

#[cfg(not(feature = "cuda"))]
pub(super) fn attention(
    _: FlashKernel,
    _: &Tensor,
    _: &Tensor,
    _: &Tensor,
    _: f64,
) -> Result<Tensor> {
    Err(crate::Error::Unsupported(
        "this program was built without CUDA".to_owned(),
    ))
}

/// As the kernel reads it: rows of `size` numbers, each beginning at a multiple of 16 bytes.
#[cfg_attr(
    not(any(feature = "cuda", test)),
    expect(dead_code, reason = "only a GPU is told")
)]
fn readable(tensor: &Tensor, size: usize) -> Result<Tensor> {
    let own = tensor.dim(D::Minus1)?;
    if own < size {
        return Ok(tensor
            .pad_with_zeros(D::Minus1, 0, size - own)?
            .contiguous()?);
    }
    let layout = tensor.layout();
    let (stride, offset) = (layout.stride(), layout.start_offset());
    let is_readable = stride.last() == Some(&1)
        && stride.iter().rev().skip(1).all(|step| step % 8 == 0)
        && offset % 8 == 0;
    Ok(if is_readable {
        tensor.clone()
    } else {
        tensor.contiguous()?
    })
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn tensor(shape: (usize, usize, usize, usize)) -> Tensor {
        Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap()
    }

    #[test]
    fn a_processor_has_no_kernel() {
        let query = tensor((1, 1, 64, 64)).to_dtype(DType::BF16).unwrap();
        assert_eq!(kernel_for(&query, None).unwrap(), None);
    }

    #[test]
    fn rows_are_read_where_they_lie_if_they_are_aligned() {
        let is_copied = |tensor: &Tensor| {
            let read = readable(tensor, 64).unwrap();
            assert_eq!(read.dim(D::Minus1).unwrap(), 64);
            read.layout() != tensor.layout()
        };
        // As a projection leaves it, and a part of a wider one.
        assert!(!is_copied(&tensor((1, 5, 2, 64)).transpose(1, 2).unwrap()));
        assert!(!is_copied(
            &tensor((1, 2, 5, 128)).narrow(3, 64, 64).unwrap()
        ));
        assert!(is_copied(&tensor((1, 2, 5, 128)).narrow(3, 4, 64).unwrap()));
        assert!(is_copied(&tensor((1, 2, 64, 5)).transpose(2, 3).unwrap()));
        assert!(is_copied(&tensor((1, 2, 5, 66)).narrow(3, 0, 64).unwrap()));
        assert!(is_copied(&tensor((1, 2, 5, 40))));
    }
}
