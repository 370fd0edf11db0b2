//! Convolutions over time, rows and columns that are causal in time.

use std::collections::BTreeMap;

use candle_core::Tensor;
use candle_nn::VarBuilder;

use ourvidz_engine_base::Result;
use ourvidz_engine_base::rows::add_to_channels;

/// The last frames that each convolution needs of earlier chunks of a clip. A new clip starts with a new one.
#[derive(Debug, Default)]
pub struct FrameCache {
    /// By the name of the convolution's weights.
    histories: BTreeMap<String, Tensor>,
    is_past_first: bool,
}

impl FrameCache {
    /// Whether the chunk at hand is the clip's first.
    pub(super) const fn is_first(&self) -> bool {
        !self.is_past_first
    }

    /// The first chunk is done.
    pub(super) const fn first_is_over(&mut self) {
        self.is_past_first = true;
    }

    /// Puts the frames that `name` remembers before `new` ones, and remembers the last `length` of all.
    fn prepend_history(&mut self, name: &str, new: &Tensor, length: usize) -> Result<Tensor> {
        let all = match self.histories.get(name) {
            Some(history) => Tensor::cat(&[history, new], 0)?,
            None => new.clone(),
        };
        let frames = all.dim(0)?;
        let kept = length.min(frames);
        // A copy: a slice would hold on to the whole chunk.
        let history = all.narrow(0, frames - kept, kept)?.force_contiguous()?;
        self.histories.insert(name.to_owned(), history);
        Ok(all)
    }
}

/// A kernel of several frames as one kernel for each of them: candle has convolutions over rows and columns, and
/// the sum of these over shifted frames is the convolution over all three.
#[derive(Debug)]
pub(super) struct CausalConv {
    /// From the oldest frame that is looked at to the newest.
    taps: Vec<Conv>,
    bias: Tensor,
    name: String,
}

impl CausalConv {
    /// A kernel of 3x3x3.
    pub fn cube(inputs: usize, outputs: usize, weights: &VarBuilder<'_>) -> Result<Self> {
        Self::new(inputs, outputs, [3, 3, 3], weights)
    }

    /// A kernel of one position: a matrix.
    pub fn pointwise(inputs: usize, outputs: usize, weights: &VarBuilder<'_>) -> Result<Self> {
        Self::new(inputs, outputs, [1, 1, 1], weights)
    }

    /// A kernel of three frames at one position.
    pub fn temporal(inputs: usize, outputs: usize, weights: &VarBuilder<'_>) -> Result<Self> {
        Self::new(inputs, outputs, [3, 1, 1], weights)
    }

    fn new(
        inputs: usize,
        outputs: usize,
        [frames, rows, columns]: [usize; 3],
        weights: &VarBuilder<'_>,
    ) -> Result<Self> {
        let kernel = weights.get((outputs, inputs, frames, rows, columns), "weight")?;
        let taps = (0..frames)
            .map(|frame| {
                let kernel = kernel.narrow(2, frame, 1)?.squeeze(2)?.contiguous()?;
                Ok(Conv {
                    kernel,
                    bias: None,
                    padding: rows / 2,
                    stride: 1,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            taps,
            bias: weights.get(outputs, "bias")?.reshape((1, outputs, 1, 1))?,
            name: weights.prefix(),
        })
    }

    /// As many frames as come in; what was before the clip counts as zero.
    pub fn forward(&self, new: &Tensor, memory: &mut FrameCache) -> Result<Tensor> {
        let reach = self.taps.len() - 1;
        if reach == 0 {
            return self.sum(|_, tap| Ok(Some(tap.forward(new)?)));
        }
        let frames = new.dim(0)?;
        let all = memory.prepend_history(&self.name, new, reach)?;
        let missing = (frames + reach).saturating_sub(all.dim(0)?);
        self.sum(|number, tap| {
            // The first of the frames that this tap looks at may lie before the clip.
            let before_clip = missing.saturating_sub(number);
            if before_clip >= frames {
                return Ok(None);
            }
            let seen = all.narrow(0, number + before_clip - missing, frames - before_clip)?;
            Ok(Some(tap.forward(&seen)?.pad_with_zeros(
                0,
                before_clip,
                0,
            )?))
        })
    }

    /// Half as many frames as come in: the kernel moves on by two.
    pub fn forward_strided(&self, new: &Tensor, memory: &mut FrameCache) -> Result<Tensor> {
        let all = memory.prepend_history(&self.name, new, 1)?;
        let frames = (all.dim(0)? - 1) / 2;
        self.sum(|number, tap| {
            let positions: Vec<u32> = (0..frames)
                .map(|frame| (2 * frame + number) as u32)
                .collect();
            let seen = all.index_select(&Tensor::new(positions, all.device())?, 0)?;
            Ok(Some(tap.forward(&seen)?))
        })
    }

    /// Remembers the last of some frames without looking at them.
    pub fn remember(&self, new: &Tensor, memory: &mut FrameCache) -> Result<()> {
        memory.prepend_history(&self.name, new, 1)?;
        Ok(())
    }

    /// The parts of all taps that have one, and the bias.
    fn sum(&self, part: impl Fn(usize, &Conv) -> Result<Option<Tensor>>) -> Result<Tensor> {
        let mut sum: Option<Tensor> = None;
        for (number, tap) in self.taps.iter().enumerate() {
            sum = match (sum, part(number, tap)?) {
                (Some(sum), Some(part)) => Some((sum + part)?),
                (sum, part) => sum.or(part),
            };
        }
        // The newest tap looks at the frame itself, so there is a part.
        let sum = sum.ok_or_else(|| candle_core::Error::Msg("a kernel without taps".to_owned()))?;
        add_to_channels(&sum, Some(&self.bias), None)
    }
}

/// How much memory the unfolded input of one convolution may take. Without cuDNN a convolution is a product
/// with its input unfolded, nine times as large for a kernel of 3x3: the largest layer would take 11 GB for
/// four frames of 832x480, so frames are taken a few at a time.
const LARGEST_UNFOLDED_BYTES: usize = 1 << 30;

/// A convolution over rows and columns, of each frame for itself.
#[derive(Debug)]
pub(super) struct Conv {
    kernel: Tensor,
    bias: Option<Tensor>,
    padding: usize,
    stride: usize,
}

impl Conv {
    /// A square kernel of an odd `side`; the picture keeps its size if `stride` is 1 and is not padded else.
    pub fn new(
        inputs: usize,
        outputs: usize,
        side: usize,
        stride: usize,
        weights: &VarBuilder<'_>,
    ) -> Result<Self> {
        Ok(Self {
            kernel: weights.get((outputs, inputs, side, side), "weight")?,
            bias: Some(weights.get(outputs, "bias")?.reshape((1, outputs, 1, 1))?),
            padding: if stride == 1 { side / 2 } else { 0 },
            stride,
        })
    }

    pub fn forward(&self, frames: &Tensor) -> Result<Tensor> {
        self.forward_within(frames, LARGEST_UNFOLDED_BYTES)
    }

    fn forward_within(&self, frames: &Tensor, largest_bytes: usize) -> Result<Tensor> {
        let (count, inputs, rows, columns) = frames.dims4()?;
        let (_, _, kernel_rows, kernel_columns) = self.kernel.dims4()?;
        let positions = rows * columns / (self.stride * self.stride);
        let unfolded =
            inputs * kernel_rows * kernel_columns * positions * frames.dtype().size_in_bytes();
        let at_once = (largest_bytes / unfolded.max(1)).clamp(1, count.max(1));
        let convolved = |first: usize, count: usize| -> Result<Tensor> {
            let some = frames.narrow(0, first, count)?;
            let sum = some.conv2d(&self.kernel, self.padding, self.stride, 1, 1)?;
            match &self.bias {
                Some(bias) => add_to_channels(&sum, Some(bias), None),
                None => Ok(sum),
            }
        };
        if at_once >= count {
            return convolved(0, count);
        }
        let parts = (0..count)
            .step_by(at_once)
            .map(|first| convolved(first, at_once.min(count - first)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Tensor::cat(&parts, 0)?)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};
    use ourvidz_engine_base::noise::{self, NoisePurpose};
    use ourvidz_engine_base::weights::random;

    use super::*;

    fn frames(count: usize) -> Tensor {
        noise::tensor(3, NoisePurpose::Start, 0, (count, 4, 6, 5), &Device::Cpu).unwrap()
    }

    fn numbers(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn frames_a_few_at_a_time_make_the_same_whole() {
        let conv = Conv::new(4, 3, 3, 1, &random(DType::F32, &Device::Cpu)).unwrap();
        let frames = frames(5);
        let whole = conv.forward(&frames).unwrap();
        assert_eq!(whole.dims(), [5, 3, 6, 5]);
        let bytes_of_one = 4 * 9 * 30 * 4;
        for at_once in [0, 1, 2, 4, 5] {
            let parts = conv
                .forward_within(&frames, at_once * bytes_of_one)
                .unwrap();
            assert_eq!(numbers(&parts), numbers(&whole), "{at_once} at once");
        }
    }

    #[test]
    fn a_clip_in_chunks_is_the_clip_at_once() {
        let conv = CausalConv::cube(4, 4, &random(DType::F32, &Device::Cpu)).unwrap();
        let frames = frames(7);
        let whole = numbers(&conv.forward(&frames, &mut FrameCache::default()).unwrap());
        for chunks in [vec![1; 7], vec![1, 2, 4], vec![3, 4], vec![6, 1]] {
            let (mut memory, mut first, mut parts) = (FrameCache::default(), 0, Vec::new());
            for count in &chunks {
                let chunk = frames.narrow(0, first, *count).unwrap();
                parts.extend(numbers(&conv.forward(&chunk, &mut memory).unwrap()));
                first += count;
            }
            assert_eq!(parts.len(), whole.len());
            let largest = parts
                .iter()
                .zip(&whole)
                .map(|(part, whole)| (part - whole).abs());
            assert!(largest.fold(0.0, f32::max) < 1e-5, "{chunks:?}");
        }
    }

    #[test]
    fn a_frame_does_not_see_what_comes_after_it() {
        let conv = CausalConv::cube(4, 4, &random(DType::F32, &Device::Cpu)).unwrap();
        let frames = frames(4);
        let all = conv.forward(&frames, &mut FrameCache::default()).unwrap();
        let early = conv
            .forward(&frames.narrow(0, 0, 2).unwrap(), &mut FrameCache::default())
            .unwrap();
        assert_eq!(numbers(&all.narrow(0, 0, 2).unwrap()), numbers(&early));
    }
}
