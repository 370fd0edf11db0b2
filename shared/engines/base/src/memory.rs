//! The GPU's pool of memory. A processor has none: the functions do nothing there.

use candle_core::Device;

use crate::Result;

/// Lets the pool keep what tensors gave back, instead of returning it to the driver whenever the device is waited
/// for: asking for it again would cost more than many a kernel takes.
///
/// # Errors
///
/// When the driver refuses.
pub fn keep_freed(device: &Device) -> Result<()> {
    pool::keep_freed(device)
}

/// The most bytes that tensors took at a time since the last [`forget_largest_use`].
///
/// # Errors
///
/// When the driver refuses.
pub fn largest_use(device: &Device) -> Result<Option<u64>> {
    pool::largest_use(device)
}

/// Begins to count anew from what is in use now.
///
/// # Errors
///
/// When the driver refuses.
pub fn forget_largest_use(device: &Device) -> Result<()> {
    pool::forget_largest_use(device)
}

#[cfg(not(feature = "cuda"))]
mod pool {
    #![expect(clippy::unnecessary_wraps, reason = "as with a GPU")]

    use super::{Device, Result};

    pub const fn keep_freed(_: &Device) -> Result<()> {
        Ok(())
    }

    pub const fn largest_use(_: &Device) -> Result<Option<u64>> {
        Ok(None)
    }

    pub const fn forget_largest_use(_: &Device) -> Result<()> {
        Ok(())
    }
}

#[cfg(feature = "cuda")]
mod pool {
    #![expect(unsafe_code, reason = "the driver's functions take addresses")]

    use std::ffi::c_void;
    use std::mem::MaybeUninit;

    use candle_core::cuda_backend::WrapErr;
    use candle_core::cuda_backend::cudarc::driver::sys::{
        CUmemPool_attribute, CUmemoryPool, cuDeviceGetDefaultMemPool, cuMemPoolGetAttribute,
        cuMemPoolSetAttribute,
    };

    use super::{Device, Result};

    pub fn keep_freed(device: &Device) -> Result<()> {
        set(
            device,
            CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD,
            u64::MAX,
        )
    }

    pub fn largest_use(device: &Device) -> Result<Option<u64>> {
        let Some(pool) = pool(device)? else {
            return Ok(None);
        };
        let mut bytes = 0_u64;
        let to = std::ptr::from_mut(&mut bytes).cast::<c_void>();
        // SAFETY: this attribute is a number of 64 bits.
        unsafe {
            cuMemPoolGetAttribute(pool, CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_HIGH, to)
        }
        .result()
        .w()?;
        Ok(Some(bytes))
    }

    pub fn forget_largest_use(device: &Device) -> Result<()> {
        set(
            device,
            CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_HIGH,
            0,
        )
    }

    fn set(device: &Device, attribute: CUmemPool_attribute, mut value: u64) -> Result<()> {
        let Some(pool) = pool(device)? else {
            return Ok(());
        };
        let from = std::ptr::from_mut(&mut value).cast::<c_void>();
        // SAFETY: both attributes are numbers of 64 bits.
        unsafe { cuMemPoolSetAttribute(pool, attribute, from) }
            .result()
            .w()?;
        Ok(())
    }

    /// The pool that tensors come from.
    fn pool(device: &Device) -> Result<Option<CUmemoryPool>> {
        let Device::Cuda(device) = device else {
            return Ok(None);
        };
        let stream = device.cuda_stream();
        let mut pool = MaybeUninit::uninit();
        // SAFETY: the driver fills it, or says that it did not.
        let pool = unsafe {
            cuDeviceGetDefaultMemPool(pool.as_mut_ptr(), stream.context().cu_device())
                .result()
                .w()?;
            pool.assume_init()
        };
        Ok(Some(pool))
    }
}
