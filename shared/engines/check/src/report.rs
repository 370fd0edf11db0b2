//! Lines of what was found, on paper before the next thing is tried.

use std::io::Write;
use std::time::Instant;

use candle_core::{DType, Device, Tensor};
use ourvidz_engine_base::{Error, Result, memory};

/// Writes lines of four words between tabs: what, number, unit, and `ok`, `FAIL` or nothing.
pub struct Report {
    out: Box<dyn Write>,
    failures: usize,
}

impl Report {
    #[must_use]
    pub fn new(out: Box<dyn Write>) -> Self {
        Self { out, failures: 0 }
    }

    /// What was out of bounds so far.
    #[must_use]
    pub const fn failures(&self) -> usize {
        self.failures
    }

    /// A number.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn tell(&mut self, what: &str, number: f64, unit: &str) -> Result<()> {
        self.line(what, number, unit, "")
    }

    /// A difference from what is right, relative to it, which must stay below a bound; NaN does not.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn check(&mut self, what: &str, difference: f64, bound: f64) -> Result<()> {
        let is_right = difference < bound;
        self.failures += usize::from(!is_right);
        let verdict = if is_right { "ok" } else { "FAIL" };
        self.line(what, difference, "of what is right", verdict)
    }

    fn line(&mut self, what: &str, number: f64, unit: &str, verdict: &str) -> Result<()> {
        let number = if number.abs() < 1e-2 && number != 0.0 {
            format!("{number:.2e}")
        } else {
            format!("{number:.3}")
        };
        writeln!(self.out, "{what}\t{number}\t{unit}\t{verdict}")
            .and_then(|()| self.out.flush())
            .map_err(|cause| Error::file("the report", cause))
    }

    /// Runs something and tells what it took of time and, where the device knows, of memory.
    ///
    /// # Errors
    ///
    /// When it fails.
    pub fn timed<T>(
        &mut self,
        what: &str,
        device: &Device,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        memory::forget_largest_use(device)?;
        let (made, seconds) = seconds(device, work)?;
        self.tell(what, seconds, "s")?;
        if let Some(bytes) = memory::largest_use(device)? {
            self.tell(&format!("{what}: memory"), bytes as f64 / 1e9, "GB")?;
        }
        Ok(made)
    }
}

/// What something took, the work of the device included.
///
/// # Errors
///
/// When it fails.
pub fn seconds<T>(device: &Device, work: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    device.synchronize()?;
    let start = Instant::now();
    let made = work()?;
    device.synchronize()?;
    Ok((made, start.elapsed().as_secs_f64()))
}

/// The median of several runs after one that is not counted.
///
/// # Errors
///
/// When one fails.
pub fn median_seconds<T>(
    device: &Device,
    runs: usize,
    work: impl Fn() -> Result<T>,
) -> Result<f64> {
    work()?;
    let mut all = Vec::with_capacity(runs);
    for _ in 0..runs {
        all.push(seconds(device, &work)?.1);
    }
    all.sort_by(f64::total_cmp);
    Ok(all.get(runs / 2).copied().unwrap_or(f64::NAN))
}

/// The distance of two tensors as a share of the second one's length, computed on the processor in `f64`.
///
/// # Errors
///
/// When their shapes differ.
pub fn difference(found: &Tensor, expected: &Tensor) -> Result<f64> {
    let exact = |tensor: &Tensor| -> Result<Tensor> {
        Ok(tensor
            .to_device(&Device::Cpu)?
            .to_dtype(DType::F32)?
            .to_dtype(DType::F64)?)
    };
    let (found, expected) = (exact(found)?, exact(expected)?);
    let length = |tensor: &Tensor| -> Result<f64> {
        Ok(tensor.sqr()?.sum_all()?.to_scalar::<f64>()?.sqrt())
    };
    Ok(length(&(found - &expected)?)? / length(&expected)?)
}
