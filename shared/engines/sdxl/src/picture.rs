//! Pixels: what comes out, and what is taken as a start.

use candle_core::{DType, Device, Tensor};
use ourvidz_engine_base::{Error, Result};

/// Red, green and blue of a pixel.
const COLOURS: usize = 3;

/// A picture of 8 bits per colour, row by row from above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RgbImage {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Red, green and blue of each pixel.
    pub rgb: Vec<u8>,
}

impl RgbImage {
    /// A picture of `width * height * 3` bytes.
    ///
    /// # Errors
    ///
    /// When the bytes are not so many.
    pub fn new(width: usize, height: usize, rgb: Vec<u8>) -> Result<Self> {
        if width == 0 || height == 0 || rgb.len() != width * height * COLOURS {
            return Err(Error::Request(format!(
                "{} bytes are no picture of {width}x{height}",
                rgb.len()
            )));
        }
        Ok(Self { width, height, rgb })
    }

    /// From numbers (3, height, width) in which 0 is black and 1 is white.
    pub(crate) fn of_tensor(tensor: &Tensor) -> Result<Self> {
        let (_, height, width) = tensor.dims3()?;
        let rgb = tensor
            .to_dtype(DType::F32)?
            .permute((1, 2, 0))?
            .flatten_all()?
            .to_vec1::<f32>()?
            .into_iter()
            .map(|number| (number * 255.0).round() as u8)
            .collect();
        Self::new(width, height, rgb)
    }

    /// Numbers (1, 3, height, width) from -1 to 1, as the VAE wants them.
    pub(crate) fn to_tensor(&self, device: &Device) -> Result<Tensor> {
        let numbers: Vec<f32> = self
            .rgb
            .iter()
            .map(|byte| f32::from(*byte) / 127.5 - 1.0)
            .collect();
        let rows = Tensor::from_vec(numbers, (1, self.height, self.width, COLOURS), device)?;
        Ok(rows.permute((0, 3, 1, 2))?.contiguous()?)
    }

    /// The middle of the picture in another size: as much of it as has the new proportions.
    #[must_use]
    pub fn filling(&self, width: usize, height: usize) -> Self {
        let by_width = self.width * height >= self.height * width;
        // What stays, in pixels of this picture.
        let (inner_width, inner_height) = if by_width {
            (
                self.height as f32 * width as f32 / height as f32,
                self.height as f32,
            )
        } else {
            (
                self.width as f32,
                self.width as f32 * height as f32 / width as f32,
            )
        };
        let columns = Axis {
            length: self.width,
            first: (self.width as f32 - inner_width) / 2.0,
            inner: inner_width,
        }
        .taps(width);
        let rows = Axis {
            length: self.height,
            first: (self.height as f32 - inner_height) / 2.0,
            inner: inner_height,
        }
        .taps(height);

        let byte = |row: usize, column: usize, colour: usize| {
            let place = (row * self.width + column) * COLOURS + colour;
            f32::from(self.rgb.get(place).copied().unwrap_or_default())
        };
        // First along the rows, for every row of this picture; then along the columns.
        let mut narrowed = Vec::with_capacity(self.height * width * COLOURS);
        for row in 0..self.height {
            for taps in &columns {
                narrowed.extend(
                    (0..COLOURS).map(|colour| taps.sum(|column| byte(row, column, colour))),
                );
            }
        }
        let between =
            |row: usize, place: usize| narrowed.get(row * width * COLOURS + place).copied();
        let rgb = rows
            .iter()
            .flat_map(|taps| {
                (0..width * COLOURS).map(move |place| {
                    taps.sum(|row| between(row, place).unwrap_or_default())
                        .round() as u8
                })
            })
            .collect();
        Self { width, height, rgb }
    }

    /// The picture with another one's colours: each of red, green and blue gets the other's mean and spread, by
    /// a share from 0 to 1.
    #[must_use]
    pub fn with_colours_of(&self, other: &Self, share: f32) -> Self {
        let mut rgb = self.rgb.clone();
        for colour in 0..COLOURS {
            let (own_mean, own_spread) = self.mean_and_spread(colour);
            let (mean, spread) = other.mean_and_spread(colour);
            let stretch = if own_spread > 0.0 {
                spread / own_spread
            } else {
                1.0
            };
            for byte in rgb.iter_mut().skip(colour).step_by(COLOURS) {
                let own = f32::from(*byte);
                let moved = (own - own_mean) * stretch + mean;
                *byte = (own + share * (moved - own)).round() as u8;
            }
        }
        Self { rgb, ..*self }
    }

    fn mean_and_spread(&self, colour: usize) -> (f32, f32) {
        let numbers = || {
            self.rgb
                .iter()
                .skip(colour)
                .step_by(COLOURS)
                .map(|byte| f64::from(*byte))
        };
        let count = (self.width * self.height) as f64;
        let mean = numbers().sum::<f64>() / count;
        let variance = numbers().map(|number| (number - mean).powi(2)).sum::<f64>() / count;
        (mean as f32, variance.sqrt() as f32)
    }

    /// The picture's colours and light without its forms: as if seen through frosted glass.
    #[must_use]
    pub fn without_forms(&self, width: usize, height: usize) -> Self {
        /// Fields that stay along the shorter side: few enough that nothing can be recognised.
        const FIELDS: usize = 6;
        let (columns, rows) = if width >= height {
            ((FIELDS * width).div_ceil(height), FIELDS)
        } else {
            (FIELDS, (FIELDS * height).div_ceil(width))
        };
        self.filling(columns, rows).filling(width, height)
    }
}

/// A direction in which a picture is resized: a part of its length, from `first` on, becomes the whole.
struct Axis {
    length: usize,
    first: f32,
    inner: f32,
}

/// The pixels that make one new pixel, and their shares.
struct Taps {
    first: usize,
    shares: Vec<f32>,
}

impl Axis {
    /// A triangle over each new pixel, at least as wide as an old one: smooth when growing, and no pixel is
    /// overlooked when shrinking.
    fn taps(&self, count: usize) -> Vec<Taps> {
        let scale = self.inner / count as f32;
        let reach = scale.max(1.0);
        (0..count)
            .map(|place| {
                let centre = self.first + (place as f32 + 0.5) * scale;
                let last_pixel = self.length - 1;
                let first = ((centre - reach).floor().max(0.0) as usize).min(last_pixel);
                let last = ((centre + reach).ceil().max(0.0) as usize).min(last_pixel);
                let weights = (first..=last).map(|pixel| {
                    let distance = (pixel as f32 + 0.5 - centre).abs();
                    (1.0 - distance / reach).max(0.0)
                });
                let total: f32 = weights.clone().sum();
                let shares = weights.map(|weight| weight / total).collect();
                Taps { first, shares }
            })
            .collect()
    }
}

impl Taps {
    fn sum(&self, pixel: impl Fn(usize) -> f32) -> f32 {
        let pixels = self.first..;
        pixels
            .zip(&self.shares)
            .map(|(place, share)| share * pixel(place))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize, pixel: impl Fn(usize, usize) -> u8) -> RgbImage {
        let rgb = (0..height)
            .flat_map(|row| (0..width).map(move |column| (row, column)))
            .flat_map(|(row, column)| [pixel(row, column); 3])
            .collect();
        RgbImage::new(width, height, rgb).unwrap()
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let picture = grey(7, 5, |row, column| (row * 40 + column * 3) as u8);
        assert_eq!(picture.filling(7, 5), picture);
    }

    #[test]
    fn a_wide_picture_loses_its_sides() {
        let picture = grey(
            30,
            10,
            |_, column| if (10..20).contains(&column) { 200 } else { 0 },
        );
        let square = picture.filling(10, 10);
        assert!(
            square.rgb.iter().all(|byte| *byte == 200),
            "{:?}",
            &square.rgb[..30]
        );
        let high = grey(
            10,
            30,
            |row, _| if (10..20).contains(&row) { 200 } else { 0 },
        );
        assert_eq!(high.filling(10, 10), square);
    }

    #[test]
    fn shrinking_overlooks_no_pixel() {
        let stripes = grey(64, 64, |_, column| if column % 2 == 0 { 0 } else { 255 });
        let small = stripes.filling(8, 8);
        assert!(
            small.rgb.iter().all(|byte| (110..=145).contains(byte)),
            "{:?}",
            &small.rgb[..24]
        );
    }

    #[test]
    fn without_forms_only_light_is_left() {
        let half = grey(96, 96, |row, column| {
            if column < 48 {
                20 + 100 * u8::from(row % 8 < 4)
            } else {
                220
            }
        });
        let blurred = half.without_forms(96, 96);
        let at = |row: usize, column: usize| blurred.rgb[(row * 96 + column) * 3];
        assert!((50..90).contains(&at(48, 8)) && at(48, 88) > 200);
        assert!(at(40, 8).abs_diff(at(44, 8)) < 4, "stripes are gone");
    }

    #[test]
    fn bytes_become_tensors_and_back() {
        let picture = grey(4, 3, |row, column| (row * 80 + column * 7) as u8);
        let tensor = picture.to_tensor(&Device::Cpu).unwrap();
        let unit = ((tensor.squeeze(0).unwrap() + 1.0).unwrap() / 2.0).unwrap();
        assert_eq!(RgbImage::of_tensor(&unit).unwrap(), picture);
        assert!(RgbImage::new(2, 2, vec![0; 11]).is_err());
    }
}
