//! The same noise for the same seed on every device.
//!
//! The generators of CUDA and of processors differ, so a picture could not be made again elsewhere. This one
//! is computed on the processor and then copied: Philox4x32-10, a generator that turns a counter into four
//! numbers (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), and Box-Muller in `f64`.
//! A number depends on seed, stream and position alone, never on how many were asked for before.

use candle_core::{DType, Device, Shape, Tensor};

use crate::Result;

/// What noise is used for: different uses of one seed must not get the same numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum NoisePurpose {
    /// What the model starts from.
    Start = 0,
    /// What a sampler adds between steps; the step follows as its own counter.
    Step = 1,
    /// Sampling from an encoder's distribution.
    Encode = 2,
}

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..ROUNDS {
        if round > 0 {
            key = [
                key[0].wrapping_add(KEY_STEPS[0]),
                key[1].wrapping_add(KEY_STEPS[1]),
            ];
        }
        let first = u64::from(MULTIPLIERS[0]) * u64::from(counter[0]);
        let second = u64::from(MULTIPLIERS[1]) * u64::from(counter[2]);
        counter = [
            (second >> 32) as u32 ^ counter[1] ^ key[0],
            second as u32,
            (first >> 32) as u32 ^ counter[3] ^ key[1],
            first as u32,
        ];
    }
    counter
}

/// A number above 0 and up to 1 of 32 bits: its logarithm is finite.
fn unit(bits: u32) -> f64 {
    (f64::from(bits) + 1.0) / (f64::from(u32::MAX) + 1.0)
}

/// `count` numbers with mean 0 and deviation 1. `step` tells the steps of a sampler apart; else 0.
#[must_use]
pub fn gaussian(seed: u64, usage: NoisePurpose, step: u32, count: usize) -> Vec<f32> {
    let key = [seed as u32, (seed >> 32) as u32];
    let mut numbers = Vec::with_capacity(count + 3);
    let mut block = 0_u64;
    while numbers.len() < count {
        let bits = philox(
            [block as u32, (block >> 32) as u32, step, usage as u32],
            key,
        );
        for [length, angle] in [[bits[0], bits[1]], [bits[2], bits[3]]] {
            let radius = (-2.0 * unit(length).ln()).sqrt();
            let (sine, cosine) = (std::f64::consts::TAU * unit(angle)).sin_cos();
            numbers.extend([(radius * cosine) as f32, (radius * sine) as f32]);
        }
        block += 1;
    }
    numbers.truncate(count);
    numbers
}

/// Noise of a shape, in `f32`.
///
/// # Errors
///
/// When the device fails.
pub fn tensor(
    seed: u64,
    usage: NoisePurpose,
    step: u32,
    shape: impl Into<Shape>,
    device: &Device,
) -> Result<Tensor> {
    let shape = shape.into();
    let numbers = gaussian(seed, usage, step, shape.elem_count());
    Ok(Tensor::from_vec(numbers, shape, device)?)
}

/// Noise for a batch: picture `i` has the noise of `seed + i`, so that it is the same picture as one made alone
/// from that seed. `shape` is that of one picture; the batch is a new first dimension.
///
/// # Errors
///
/// When the device fails.
pub fn batch(
    seed: u64,
    count: usize,
    usage: NoisePurpose,
    step: u32,
    shape: impl Into<Shape>,
    device: &Device,
    precision: DType,
) -> Result<Tensor> {
    let shape = shape.into();
    let mut numbers = Vec::with_capacity(shape.elem_count() * count);
    for index in 0..count as u64 {
        let own = seed.wrapping_add(index);
        numbers.extend(gaussian(own, usage, step, shape.elem_count()));
    }
    let mut dims = vec![count];
    dims.extend(shape.dims());
    Ok(Tensor::from_vec(numbers, dims, device)?.to_dtype(precision)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that the authors publish with their code.
    #[test]
    fn philox_gives_the_published_numbers() {
        for (counter, key, answer) in [
            (
                [0; 4],
                [0; 2],
                [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
            ),
            (
                [u32::MAX; 4],
                [u32::MAX; 2],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ] {
            assert_eq!(philox(counter, key), answer);
        }
    }

    #[test]
    fn it_is_gaussian() {
        let numbers = gaussian(7, NoisePurpose::Start, 0, 100_000);
        let count = numbers.len() as f64;
        let moment = |power: i32| {
            numbers
                .iter()
                .map(|number| f64::from(*number).powi(power))
                .sum::<f64>()
                / count
        };
        assert!(moment(1).abs() < 0.02, "mean {}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.02, "variance {}", moment(2));
        assert!(moment(3).abs() < 0.05, "skew {}", moment(3));
        assert!((moment(4) - 3.0).abs() < 0.1, "kurtosis {}", moment(4));
    }

    #[test]
    fn a_number_depends_on_its_place_alone() {
        let long = gaussian(u64::MAX, NoisePurpose::Start, 0, 101);
        assert_eq!(gaussian(u64::MAX, NoisePurpose::Start, 0, 7), long[..7]);
        assert_ne!(gaussian(u64::MAX, NoisePurpose::Step, 0, 7), long[..7]);
        assert_ne!(gaussian(u64::MAX, NoisePurpose::Start, 1, 7), long[..7]);
    }

    #[test]
    fn a_picture_of_a_batch_has_the_noise_of_its_own_seed() {
        let device = Device::Cpu;
        let all = batch(41, 3, NoisePurpose::Start, 0, (4, 5), &device, DType::F32).unwrap();
        assert_eq!(all.dims(), [3, 4, 5]);
        let second = all.get(1).unwrap().to_vec2::<f32>().unwrap();
        let alone = tensor(42, NoisePurpose::Start, 0, (4, 5), &device).unwrap();
        assert_eq!(second, alone.to_vec2::<f32>().unwrap());
    }
}
