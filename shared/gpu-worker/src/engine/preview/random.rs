//! Repeatable randomness: hashes and smooth noise made of integer arithmetic and exact float operations only.
//!
//! Nothing here calls `sin`, `pow` or `exp` of the platform's maths library, whose last bits differ between
//! systems: the same prompt and seed must give the same bytes everywhere.

/// Mixes a 64-bit number so that neighbouring inputs give unrelated outputs (the finaliser of `SplitMix64`).
#[must_use]
pub fn scramble(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Hash of a text (FNV-1a, then mixed).
#[must_use]
pub fn hash_text(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    scramble(hash)
}

/// The top 24 bits as a number from 0 up to, not including, 1: every such number is exact in an `f32`.
#[must_use]
pub fn unit(hash: u64) -> f32 {
    (hash >> 40) as f32 / 16_777_216.0
}

/// A stream of numbers from one seed.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A stream that depends on nothing but the seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        scramble(self.0)
    }

    /// The next number between the two.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * unit(self.bits())
    }

    /// True in one of `n` cases.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.bits().is_multiple_of(n)
    }
}

/// A number from 0 to 1 for a point of the integer grid.
#[must_use]
pub fn grid(seed: u64, column: i32, row: i32) -> f32 {
    let place = (u64::from(column as u32) << 32) | u64::from(row as u32);
    unit(scramble(seed ^ place.wrapping_mul(0xd6e8_feb8_6659_fd93)))
}

/// Fifth-degree easing: no visible seams in the second derivative either.
fn ease(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

/// Smooth noise along a line, 0 to 1.
#[must_use]
pub fn line_noise(seed: u64, x: f32) -> f32 {
    let cell = x.floor();
    let blend = ease(x - cell);
    let column = cell as i32;
    let (left, right) = (grid(seed, column, 0), grid(seed, column + 1, 0));
    left + (right - left) * blend
}

/// Smooth noise over the plane, 0 to 1.
#[must_use]
pub fn noise(seed: u64, x: f32, y: f32) -> f32 {
    let (cell_x, cell_y) = (x.floor(), y.floor());
    let (blend_x, blend_y) = (ease(x - cell_x), ease(y - cell_y));
    let (column, row) = (cell_x as i32, cell_y as i32);
    let top_left = grid(seed, column, row);
    let top_right = grid(seed, column + 1, row);
    let low_left = grid(seed, column, row + 1);
    let low_right = grid(seed, column + 1, row + 1);
    let top = top_left + (top_right - top_left) * blend_x;
    let low = low_left + (low_right - low_left) * blend_x;
    top + (low - top) * blend_y
}

/// Several octaves of [`noise`], 0 to 1: each twice as fine and half as strong as the one before.
#[must_use]
pub fn cloudiness(seed: u64, mut x: f32, mut y: f32, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut total) = (0.0, 1.0, 0.0);
    for octave in 0..octaves {
        sum += noise(seed.wrapping_add(u64::from(octave)), x, y) * weight;
        total += weight;
        weight *= 0.5;
        // Not exactly two, and turned a little, so that the grids of the octaves never line up.
        (x, y) = (x * 1.9 + y * 0.6, y * 1.9 - x * 0.6);
    }
    sum / total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_stays_in_range_and_repeats() {
        for step in 0..2_000 {
            let (x, y) = (step as f32 * 0.37 - 200.0, step as f32 * 0.11 - 50.0);
            let value = cloudiness(7, x, y, 5);
            assert!((0.0..=1.0).contains(&value), "{value}");
            assert_eq!(value, cloudiness(7, x, y, 5));
            assert!((0.0..=1.0).contains(&line_noise(7, x)));
        }
    }

    #[test]
    fn other_seed_other_noise() {
        assert_ne!(noise(1, 0.3, 0.4), noise(2, 0.3, 0.4));
        assert_ne!(hash_text("a red fox"), hash_text("a red box"));
    }
}
