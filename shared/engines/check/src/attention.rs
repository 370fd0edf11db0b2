//! Attention as the engines call it against the way without a kernel: is it right, and how fast?

use candle_core::{DType, Tensor};
use ourvidz_engine_base::Result;
use ourvidz_engine_base::attention::{LARGEST_SCORES_BYTES, attention, attention_within};

use crate::report::{difference, median_seconds};
use crate::{CheckSetting, Report};

/// What rounding to `bf16` makes, and below what a mistake makes.
const BOUND: f64 = 1e-2;

#[derive(Clone, Copy)]
struct Shape {
    name: &'static str,
    batch: usize,
    heads: usize,
    queries: usize,
    keys: usize,
    size: usize,
}

const fn shape(name: &'static str, sizes: [usize; 5]) -> Shape {
    let [batch, heads, queries, keys, size] = sizes;
    Shape {
        name,
        batch,
        heads,
        queries,
        keys,
        size,
    }
}

/// Small ones with edges: ends of tiles, one key, sizes that are padded.
const EDGES: [Shape; 8] = [
    shape("whole tiles", [2, 3, 256, 128, 64]),
    shape("ragged ends", [2, 3, 200, 77, 64]),
    shape("one key", [1, 2, 17, 1, 64]),
    shape("wide ragged ends", [1, 3, 333, 517, 128]),
    shape("wide whole tiles", [2, 2, 256, 512, 128]),
    shape("padded 8", [1, 2, 40, 33, 8]),
    shape("padded 40", [1, 2, 130, 129, 40]),
    shape("padded 80", [1, 2, 130, 65, 80]),
];

/// What the models ask for: a step of six pictures with guidance, and a clip of 81 frames.
const FULL: [Shape; 6] = [
    shape("SDXL 64x64 itself", [12, 10, 4096, 4096, 64]),
    shape("SDXL 64x64 text", [12, 10, 4096, 77, 64]),
    shape("SDXL 32x32 itself", [12, 20, 1024, 1024, 64]),
    shape("SDXL 32x32 text", [12, 20, 1024, 77, 64]),
    shape("WAN clip itself", [1, 12, 32760, 32760, 128]),
    shape("WAN clip text", [1, 12, 32760, 512, 128]),
];

impl Shape {
    /// Heads as the projections leave them: beside each other for each place, seen from the heads.
    fn tensors(self, setting: &CheckSetting, precision: DType) -> Result<[Tensor; 3]> {
        let make = |length: usize| -> Result<Tensor> {
            let shape = (self.batch, length, self.heads, self.size);
            Ok(Tensor::randn(0_f32, 1.5, shape, &setting.device)?
                .to_dtype(precision)?
                .transpose(1, 2)?)
        };
        Ok([make(self.queries)?, make(self.keys)?, make(self.keys)?])
    }

    fn scale(self) -> f64 {
        1.0 / (self.size as f64).sqrt()
    }

    fn operations(self) -> f64 {
        4.0 * (self.batch * self.heads * self.queries * self.keys * self.size) as f64
    }
}

pub fn run(setting: &CheckSetting, report: &mut Report) -> Result<()> {
    for shape in EDGES {
        right(shape, setting, report)?;
    }
    for shape in setting.choose(&FULL[..], &[]) {
        right_in_part(*shape, setting, report)?;
        fast(*shape, setting, report)?;
    }
    Ok(())
}

fn right(shape: Shape, setting: &CheckSetting, report: &mut Report) -> Result<()> {
    let [query, key, value] = shape.tensors(setting, DType::BF16)?;
    let found = attention(&query, &key, &value, shape.scale(), None)?;
    let exact = |tensor: &Tensor| tensor.to_dtype(DType::F32);
    let (query, key, value) = (exact(&query)?, exact(&key)?, exact(&value)?);
    let expected = attention_within(
        &query,
        &key,
        &value,
        shape.scale(),
        None,
        LARGEST_SCORES_BYTES,
    )?;
    report.check(shape.name, difference(&found, &expected)?, BOUND)
}

/// At full size the last 64 queries of the last head, which see all keys: the rest is the same code.
fn right_in_part(shape: Shape, setting: &CheckSetting, report: &mut Report) -> Result<()> {
    let [query, key, value] = shape.tensors(setting, DType::BF16)?;
    let all = attention(&query, &key, &value, shape.scale(), None)?;
    let last = |tensor: &Tensor, rows: usize| -> Result<Tensor> {
        Ok(tensor
            .narrow(0, shape.batch - 1, 1)?
            .narrow(1, shape.heads - 1, 1)?
            .narrow(2, tensor.dim(2)? - rows, rows)?
            .contiguous()?)
    };
    let exact = |tensor: &Tensor, rows: usize| -> Result<Tensor> {
        Ok(last(tensor, rows)?.to_dtype(DType::F32)?)
    };
    let (query, keys) = (exact(&query, 64)?, shape.keys);
    let (key, value) = (exact(&key, keys)?, exact(&value, keys)?);
    let expected = attention_within(
        &query,
        &key,
        &value,
        shape.scale(),
        None,
        LARGEST_SCORES_BYTES,
    )?;
    let name = format!("{}: right", shape.name);
    report.check(&name, difference(&last(&all, 64)?, &expected)?, BOUND)
}

fn fast(shape: Shape, setting: &CheckSetting, report: &mut Report) -> Result<()> {
    let [query, key, value] = shape.tensors(setting, setting.precision)?;
    let fused = median_seconds(&setting.device, 5, || {
        attention(&query, &key, &value, shape.scale(), None)
    })?;
    report.tell(shape.name, fused * 1e3, "ms")?;
    report.tell(shape.name, shape.operations() / fused / 1e12, "TFLOP/s")?;
    let unfused = median_seconds(&setting.device, 1, || {
        attention_within(
            &query,
            &key,
            &value,
            shape.scale(),
            None,
            LARGEST_SCORES_BYTES,
        )
    })?;
    report.tell(
        &format!("{}: without kernel", shape.name),
        unfused * 1e3,
        "ms",
    )
}
