//! A rectangle of pixels.

/// Eight-bit RGB pixels, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Picture {
    /// A black picture.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            rgb: vec![0; width as usize * height as usize * 3],
        }
    }

    /// A picture of these bytes, if there are exactly as many as the size asks for.
    #[must_use]
    pub fn from_rgb(width: u32, height: u32, rgb: Vec<u8>) -> Option<Self> {
        (rgb.len() == width as usize * height as usize * 3).then_some(Self { width, height, rgb })
    }

    /// Width in pixels.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Its bytes.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Sets every pixel, in parallel bands of rows.
    pub fn fill(&mut self, paint: impl Fn(u32, u32) -> [u8; 3] + Sync) {
        let stride = self.width as usize * 3;
        let threads = std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(MOST_THREADS);
        let rows = (self.height as usize).div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            for (band, bytes) in self.rgb.chunks_mut(stride.max(1) * rows).enumerate() {
                let paint = &paint;
                scope.spawn(move || {
                    for (line, pixels) in bytes.chunks_mut(stride.max(1)).enumerate() {
                        let row = (band * rows + line) as u32;
                        for (column, pixel) in pixels.chunks_exact_mut(3).enumerate() {
                            pixel.copy_from_slice(&paint(column as u32, row));
                        }
                    }
                });
            }
        });
    }

    #[must_use]
    pub fn average(&self) -> [u8; 3] {
        let mut sums = [0_u64; 3];
        for pixel in self.rgb.chunks_exact(3) {
            for (sum, channel) in sums.iter_mut().zip(pixel) {
                *sum += u64::from(*channel);
            }
        }
        let pixels = (self.rgb.len() / 3).max(1) as u64;
        sums.map(|sum| (sum / pixels) as u8)
    }

    /// Mixes a share of one colour into every pixel.
    pub fn tint(&mut self, colour: [u8; 3], share: f32) {
        for pixel in self.rgb.chunks_exact_mut(3) {
            for (old, new) in pixel.iter_mut().zip(colour) {
                *old = (f32::from(*old) + (f32::from(new) - f32::from(*old)) * share + 0.5) as u8;
            }
        }
    }

    /// A smaller copy whose longer side is at most `longest`: each pixel is the mean of those that it covers.
    #[must_use]
    pub fn shrunk(&self, longest: u32) -> Self {
        let side = self.width.max(self.height);
        if side <= longest || side == 0 {
            return self.clone();
        }
        let scaled =
            |length: u32| (u64::from(length) * u64::from(longest) / u64::from(side)).max(1) as u32;
        let (width, height) = (scaled(self.width), scaled(self.height));
        let mut small = Self::new(width, height);
        // Which source rows (or columns) belong to one of the copy's.
        let covered = |index: u32, from: u32, to: u32| {
            let edge = |index: u32| (u64::from(index) * u64::from(from) / u64::from(to)) as usize;
            edge(index)..edge(index + 1).max(edge(index) + 1)
        };
        let stride = self.width as usize * 3;
        small.fill(|column, row| {
            let mut sums = [0_u32; 3];
            let mut count = 0;
            for source_row in covered(row, self.height, height) {
                for source_column in covered(column, self.width, width) {
                    let start = source_row * stride + source_column * 3;
                    for (sum, channel) in sums.iter_mut().zip(&self.rgb[start..start + 3]) {
                        *sum += u32::from(*channel);
                    }
                    count += 1;
                }
            }
            sums.map(|sum| (sum / count.max(1)) as u8)
        });
        small
    }

    /// Whether every pixel is the same colour: what a model gives when its decoder overflowed.
    #[must_use]
    pub fn is_uniform(&self) -> bool {
        let first = self.rgb.get(..3);
        self.rgb.chunks_exact(3).all(|pixel| Some(pixel) == first)
    }

    /// Blends one pixel; points outside are left alone.
    pub fn blend(&mut self, column: i64, row: i64, colour: [u8; 3], share: f32) {
        let inside = (0..i64::from(self.width)).contains(&column)
            && (0..i64::from(self.height)).contains(&row);
        if !inside {
            return;
        }
        let start = (row as usize * self.width as usize + column as usize) * 3;
        for (old, new) in self.rgb[start..start + 3].iter_mut().zip(colour) {
            *old = (f32::from(*old) + (f32::from(new) - f32::from(*old)) * share + 0.5) as u8;
        }
    }
}

/// A preview is a courtesy, not a reason to take a whole machine.
const MOST_THREADS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_averages() {
        let checks: Vec<u8> = (0..8 * 4)
            .flat_map(|pixel| [if pixel % 2 == 0 { 0 } else { 200 }; 3])
            .collect();
        let small = Picture::from_rgb(8, 4, checks).unwrap().shrunk(4);
        assert_eq!((small.width(), small.height()), (4, 2));
        assert!(small.rgb().iter().all(|byte| *byte == 100));
        assert!(small.is_uniform());
    }

    #[test]
    fn odd_sizes_and_small_pictures() {
        let picture = Picture::new(7, 1000);
        assert_eq!(picture.shrunk(320).height(), 320);
        assert_eq!(picture.shrunk(320).width(), 2);
        assert_eq!(picture.shrunk(2000), picture);
        assert_eq!(Picture::from_rgb(2, 2, vec![0; 11]), None);
    }

    #[test]
    fn average_and_tint() {
        let mut picture = Picture::new(2, 1);
        picture.tint([100, 0, 200], 0.5);
        assert_eq!(picture.average(), [50, 0, 100]);
    }
}
