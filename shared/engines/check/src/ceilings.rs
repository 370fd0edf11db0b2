//! What the device can do at most: the measure for everything else.

use candle_core::Tensor;
use ourvidz_engine_base::Result;

use crate::report::median_seconds;
use crate::{CheckSetting, Report};

pub fn run(setting: &CheckSetting, report: &mut Report) -> Result<()> {
    let device = &setting.device;
    let count: usize = setting.choose(1 << 31, 1 << 16);
    let numbers =
        Tensor::randn(0_f32, 1.0, (count / 1024, 1024), device)?.to_dtype(setting.precision)?;
    let bytes = 2 * count * setting.precision.size_in_bytes();
    let took = median_seconds(device, 5, || Ok(numbers.copy()?))?;
    report.tell("copy", bytes as f64 / took / 1e12, "TB/s")?;
    let took = median_seconds(device, 5, || Ok((&numbers + 1.0)?))?;
    report.tell("add a number to each", bytes as f64 / took / 1e12, "TB/s")?;
    let row = numbers.get(0)?;
    let took = median_seconds(device, 3, || Ok(numbers.broadcast_add(&row)?))?;
    report.tell("add a row to each row", bytes as f64 / took / 1e12, "TB/s")?;
    drop(numbers);

    let side: usize = setting.choose(8192, 64);
    let square = || -> Result<Tensor> {
        Ok(Tensor::randn(0_f32, 1.0, (side, side), device)?.to_dtype(setting.precision)?)
    };
    let (left, right) = (square()?, square()?);
    let took = median_seconds(device, 5, || Ok(left.matmul(&right)?))?;
    let operations = 2.0 * (side as f64).powi(3);
    report.tell("product of matrices", operations / took / 1e12, "TFLOP/s")
}
