//! Convolutions on a processor. candle gathers for each output pixel all numbers that it depends on, one at a time,
//! which for the VAEs' few channels takes longer than to multiply them. Here rows are padded and kept as they are: what
//! a kernel's number of one place is multiplied with is the same rows, read from a little further on.

#![expect(unsafe_code, reason = "matrices are multiplied where they lie")]

use candle_core::{
    CpuStorage, CustomOp2, DType, Device, Error, Layout, Result, Shape, Tensor, bail,
};
use gemm::{Parallelism, gemm};
use rayon::prelude::*;

/// Fewer channels make products of matrices so narrow that gathering costs nothing beside them.
const FEWEST_CHANNELS: usize = 16;

/// Output pixels of a band: enough for a product of matrices to be worth its setting up, and few enough for what it
/// reads and writes to stay in a core's cache (1 MB for 256 channels).
const BAND_PIXELS: usize = 1024;

/// Whether these are in `f32` on a processor, and of a shape that is faster this way.
pub fn applies(input: &Tensor, kernel: &Tensor, stride: usize) -> bool {
    let is_here = |tensor: &Tensor| {
        matches!(tensor.device(), Device::Cpu)
            && tensor.dtype() == DType::F32
            && tensor.is_contiguous()
    };
    let has_channels = |tensor: &Tensor| tensor.dim(1).is_ok_and(|count| count >= FEWEST_CHANNELS);
    stride == 1 && is_here(input) && is_here(kernel) && has_channels(input)
}

/// A convolution of pictures (batch, channels, height, width) with a kernel of (outputs, channels, height, width).
pub struct BandedConvolution {
    pub padding: usize,
}

impl CustomOp2 for BandedConvolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        input: &CpuStorage,
        input_layout: &Layout,
        kernel: &CpuStorage,
        kernel_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (CpuStorage::F32(input), CpuStorage::F32(kernel)) = (input, kernel) else {
            bail!("this convolution is of f32 only")
        };
        let problem = Problem::new(
            input_layout.shape().dims4()?,
            kernel_layout.shape().dims4()?,
            self.padding,
        )?;
        let numbers = problem.convolve(
            contiguous(input, input_layout)?,
            contiguous(kernel, kernel_layout)?,
        );
        let shape = (
            problem.batch,
            problem.outputs,
            problem.rows,
            problem.columns,
        );
        Ok((CpuStorage::F32(numbers), Shape::from(shape)))
    }
}

fn contiguous<'a>(numbers: &'a [f32], layout: &Layout) -> Result<&'a [f32]> {
    layout
        .contiguous_offsets()
        .and_then(|(first, end)| numbers.get(first..end))
        .ok_or_else(|| Error::Msg("this convolution is of contiguous tensors only".to_owned()))
}

#[derive(Debug, Clone, Copy)]
struct Problem {
    batch: usize,
    channels: usize,
    height: usize,
    width: usize,
    outputs: usize,
    kernel_height: usize,
    kernel_width: usize,
    padding: usize,
    /// Of the output.
    rows: usize,
    columns: usize,
}

/// Output rows of one picture.
#[derive(Debug, Clone, Copy)]
struct Band {
    picture: usize,
    first: usize,
    count: usize,
}

impl Problem {
    fn new(
        (batch, channels, height, width): (usize, usize, usize, usize),
        (outputs, wanted, kernel_height, kernel_width): (usize, usize, usize, usize),
        padding: usize,
    ) -> Result<Self> {
        let side = |length: usize, kernel: usize| {
            let places = (length + 2 * padding + 1).checked_sub(kernel);
            places.filter(|places| *places > 0)
        };
        match (side(height, kernel_height), side(width, kernel_width)) {
            (Some(rows), Some(columns)) if wanted == channels => Ok(Self {
                batch,
                channels,
                height,
                width,
                outputs,
                kernel_height,
                kernel_width,
                padding,
                rows,
                columns,
            }),
            _ => bail!(
                "a convolution of {channels} channels of {height}x{width} with a kernel for {wanted} of {kernel_height}x{kernel_width}"
            ),
        }
    }

    /// The width of a padded row.
    const fn padded(&self) -> usize {
        self.width + 2 * self.padding
    }

    fn bands(&self) -> Vec<Band> {
        // Each thread gets one at least, of a small picture too.
        let each = (self.batch * self.rows).div_ceil(rayon::current_num_threads());
        let most = (BAND_PIXELS / self.padded()).clamp(1, each.max(1));
        (0..self.batch)
            .flat_map(|picture| {
                (0..self.rows).step_by(most).map(move |first| Band {
                    picture,
                    first,
                    count: most.min(self.rows - first),
                })
            })
            .collect()
    }

    fn convolve(&self, input: &[f32], kernel: &[f32]) -> Vec<f32> {
        let taps = self.taps(kernel);
        let mut out = vec![0.0; self.batch * self.outputs * self.rows * self.columns];
        let writer = Writer(out.as_mut_ptr());
        self.bands().into_par_iter().for_each(|band| {
            let sums = self.band(input, &taps, band);
            self.write(&sums, band, &writer);
        });
        out
    }

    /// The kernel's numbers place by place: for each a matrix (outputs, channels).
    fn taps(&self, kernel: &[f32]) -> Vec<f32> {
        let places = self.kernel_height * self.kernel_width;
        let matrix = self.outputs * self.channels;
        let mut taps = vec![0.0; places * matrix];
        taps.par_chunks_mut(matrix.max(1))
            .enumerate()
            .for_each(|(place, tap)| {
                for (to, from) in tap
                    .iter_mut()
                    .zip(kernel.iter().skip(place).step_by(places))
                {
                    *to = *from;
                }
            });
        taps
    }

    /// The band's sums: (outputs, rows of padded width), of which the last of each row mean nothing.
    fn band(&self, input: &[f32], taps: &[f32], band: Band) -> Vec<f32> {
        let padded = self.padded();
        let rows = band.count + self.kernel_height - 1;
        let plane = rows * padded;
        let mut around = vec![0.0; self.channels * plane];
        let picture = band.picture * self.channels * self.height * self.width;
        for channel in 0..self.channels {
            for row in 0..rows {
                // What lies in the padding stays 0.
                let Some(source) = (band.first + row).checked_sub(self.padding) else {
                    continue;
                };
                if source >= self.height {
                    continue;
                }
                let from = picture + (channel * self.height + source) * self.width;
                let to = channel * plane + row * padded + self.padding;
                if let (Some(to), Some(from)) = (
                    around.get_mut(to..to + self.width),
                    input.get(from..from + self.width),
                ) {
                    to.copy_from_slice(from);
                }
            }
        }

        // Up to the last pixel of the last row.
        let pixels = (band.count - 1) * padded + self.columns;
        let mut sums = vec![0.0; self.outputs * band.count * padded];
        let matrix = self.outputs * self.channels;
        for place in 0..self.kernel_height * self.kernel_width {
            let further = place / self.kernel_width * padded + place % self.kernel_width;
            // SAFETY: the kernel's matrix of this place ends within `taps`; a row of `sums` has room for `pixels`; and
            // the last pixel read, `further + pixels`, is at most the last of a plane: the last place is
            // `kernel_height - 1` rows and `kernel_width - 1` pixels further, and a padded row has that many more
            // pixels than the output's.
            unsafe {
                gemm(
                    self.outputs,
                    pixels,
                    self.channels,
                    sums.as_mut_ptr(),
                    1,
                    (band.count * padded) as isize,
                    place > 0,
                    taps.as_ptr().add(place * matrix),
                    1,
                    self.channels as isize,
                    around.as_ptr().add(further),
                    1,
                    plane as isize,
                    1.0,
                    1.0,
                    false,
                    false,
                    false,
                    // The bands are what threads share.
                    Parallelism::None,
                );
            }
        }
        sums
    }

    fn write(&self, sums: &[f32], band: Band, writer: &Writer) {
        let padded = self.padded();
        for (row, sums) in sums.chunks_exact(padded).enumerate() {
            let (output, row) = (row / band.count, row % band.count);
            let to = (band.picture * self.outputs + output) * self.rows + band.first + row;
            if let Some(sums) = sums.get(..self.columns) {
                // SAFETY: each row of the output belongs to one band alone, and all of them lie within it.
                unsafe {
                    std::ptr::copy_nonoverlapping(
                        sums.as_ptr(),
                        writer.0.add(to * self.columns),
                        self.columns,
                    );
                }
            }
        }
    }
}

/// Where the threads write, each its own rows.
struct Writer(*mut f32);

// SAFETY: no two threads write the same row, and nobody reads before all have ended.
unsafe impl Sync for Writer {}
