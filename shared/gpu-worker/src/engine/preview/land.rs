//! Silhouettes: ridges, woods, dunes and skylines as heights over a horizontal line.

use super::colour::smooth;
use super::mood::View;
use super::random::{grid, line_noise};

/// One layer of land, from the horizon (depth 0) to the viewer's feet (depth 1).
#[derive(Debug, Clone, Copy)]
pub struct LandLayer {
    seed: u64,
    view: View,
    /// 0 at the horizon, 1 at the front.
    pub depth: f32,
    /// Where its foot stands, 0 at the top of the picture, 1 at the bottom.
    base: f32,
    /// How far it rises above that.
    rise: f32,
    /// Features per picture height.
    pitch: f32,
}

impl LandLayer {
    /// Layer `index` of `count` for a view whose horizon is at `horizon`.
    #[must_use]
    pub fn new(seed: u64, view: View, index: usize, count: usize, horizon: f32) -> Self {
        let depth = index as f32 / (count.max(2) - 1) as f32;
        let (rise, pitch) = match view {
            View::Mountains => (0.34 - 0.20 * depth, 1.5 + 1.2 * depth),
            View::Forest => (0.16 - 0.03 * depth, 1.1 + 0.7 * depth),
            View::Dunes => (0.13 + 0.05 * depth, 0.9 + 0.2 * depth),
            View::City => (0.30 - 0.03 * depth, 1.0),
            View::Sea | View::Silk => (0.05, 1.0),
        };
        let drop = if view == View::City { 0.20 } else { 0.38 };
        let seed = seed.wrapping_add(0x51_7c_c1 * (index as u64 + 1));
        Self {
            seed,
            view,
            depth,
            base: horizon + drop * depth * (0.6 + 0.4 * depth),
            rise,
            pitch,
        }
    }

    /// The upper edge at `x` (in picture heights): smaller is higher.
    #[must_use]
    pub fn edge(&self, x: f32) -> f32 {
        let height = match self.view {
            View::Mountains => self.ridge(x),
            View::Forest => self.hills(x) + self.trees(x),
            View::Dunes => self.dunes(x),
            View::City => self.skyline(x),
            View::Sea | View::Silk => self.hills(x),
        };
        self.base - height
    }

    /// Folded noise: each octave is a crest, and fine crests ride on the high ones only.
    fn ridge(&self, x: f32) -> f32 {
        let (mut sum, mut weight, mut pitch, mut carry) = (0.0, 0.55, self.pitch, 1.0_f32);
        for octave in 0..6 {
            let sample = line_noise(
                self.seed.wrapping_add(octave),
                x * pitch + 17.3 * octave as f32,
            );
            let crest = 1.0 - (2.0 * sample - 1.0).abs();
            sum += crest * crest * weight * carry;
            carry = (crest * 1.4).clamp(0.15, 1.0);
            weight *= 0.48;
            pitch *= 2.1;
        }
        sum * self.rise
    }

    fn hills(&self, x: f32) -> f32 {
        let broad = line_noise(self.seed, x * self.pitch);
        let fine = line_noise(self.seed ^ 1, x * self.pitch * 3.1);
        (broad * 0.75 + fine * 0.25) * self.rise
    }

    /// One long slope, one short: what wind makes of sand.
    fn dunes(&self, x: f32) -> f32 {
        let sway = line_noise(self.seed ^ 2, x * 1.3) * 0.5;
        let phase = x * self.pitch + sway + grid(self.seed, 0, 7) * 4.0;
        let inside = phase - phase.floor();
        let crest = if inside < 0.7 {
            smooth(0.0, 0.7, inside)
        } else {
            smooth(1.0, 0.7, inside)
        };
        (crest * 0.7 + line_noise(self.seed, x * 0.8) * 0.5) * self.rise
    }

    /// Conifers as stacked skirts of branches.
    fn trees(&self, x: f32) -> f32 {
        let spacing = 0.010 + 0.020 * self.depth;
        let tallest = 0.030 + 0.125 * self.depth * self.depth;
        let cell = (x / spacing).floor() as i32;
        let mut height = 0.0_f32;
        // A tree is at most four cells wide, so only near neighbours can cover this column.
        for neighbour in cell - 2..=cell + 2 {
            let chance = grid(self.seed, neighbour, 11);
            if chance < 0.18 {
                continue;
            }
            let centre = (neighbour as f32 + 0.2 + 0.6 * grid(self.seed, neighbour, 12)) * spacing;
            let tall = tallest * (0.45 + 0.55 * grid(self.seed, neighbour, 13));
            let off_centre = (x - centre).abs() / (tall * 0.20 + 0.002);
            if off_centre < 1.0 {
                let skirts = (off_centre * 6.0).floor() / 6.0 * 0.55 + off_centre * 0.45;
                height = height.max(tall * (1.0 - skirts));
            }
        }
        height
    }

    fn skyline(&self, x: f32) -> f32 {
        let (cell, inside, width) = self.plot(x);
        let broad = line_noise(self.seed, cell as f32 * 0.21);
        let tall = self.rise * (0.22 + 0.78 * broad * grid(self.seed, cell, 21));
        let from_middle = ((inside - 0.5) * width).abs();
        match (grid(self.seed, cell, 22) * 7.0) as u32 {
            // A mast, a stepped crown, a gap between two houses; the rest are plain slabs.
            0 if from_middle < 0.0016 => tall * 1.28,
            1 if from_middle < width * 0.28 => tall * 1.10,
            2 if from_middle < width * 0.12 => tall * 1.16,
            _ if from_middle > width * 0.48 => tall * 0.45,
            _ => tall,
        }
    }

    /// Which building stands at `x`, how far along its front (0 to 1), and how wide it is.
    fn plot(&self, x: f32) -> (i32, f32, f32) {
        let width = 0.034 + 0.040 * self.depth;
        let place = x / width + grid(self.seed, 0, 23);
        (place.floor() as i32, place - place.floor(), width)
    }

    /// How brightly a window burns at this point of a skyline, 0 where there is none.
    #[must_use]
    pub fn window(&self, x: f32, y: f32, moment: f32) -> f32 {
        if self.view != View::City || self.depth < 0.2 {
            return 0.0;
        }
        let size = 0.0052 + 0.0042 * self.depth;
        let (cell, inside, width) = self.plot(x);
        let along = inside * width / size;
        let floor = y / (size * 1.5);
        let (column, row) = (along.floor() as i32, floor.floor() as i32);
        let (in_x, in_y) = (along - along.floor(), floor - floor.floor());
        if !(0.22..0.78).contains(&in_x) || !(0.25..0.72).contains(&in_y) {
            return 0.0;
        }
        let who = grid(self.seed ^ 0xbeef, cell.wrapping_mul(64) + column, row);
        // A few windows go on or off in the course of a clip.
        let wakes = grid(self.seed ^ 0xcafe, cell.wrapping_mul(64) + column, row) * 12.0;
        let lit = who > 0.66 || (who > 0.62 && moment > wakes);
        if lit {
            0.45 + 0.55 * grid(self.seed, column, row)
        } else {
            0.0
        }
    }
}
